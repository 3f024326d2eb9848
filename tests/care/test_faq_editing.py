"""Editing the FAQ: checked as a whole, kept by batch, taken back by batch; files are never trusted (T19)."""

import io
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import openpyxl
import pytest

from care import settings as shop_settings
from care.faq import Entry as Learnt
from care.faq import FaqIndex, editing, gaps, importing
from care.faq.store import Gap
from care.settings import NotNow
from care.shop import Entry, Shop, ShopFileError
from storage import audit, faq, schema
from storage.sqlite import SqliteEngine
from tests.clock import START

FACTS = {"phi_ship": "20.000 đồng"}
SHOP = Shop(
    shop="Nhà Mây",
    facts=FACTS,
    entries=(
        Entry(id="phi", question="Phí ship bao nhiêu?", answer="Dạ {phi_ship} ạ.", phrasings=("ship mấy tiền",)),
        Entry(id="gio", question="Mấy giờ mở cửa?", answer="Dạ 8 giờ ạ.", category="giờ"),
    ),
)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SqliteEngine]:
    path = tmp_path / "cham.db"
    schema.migrate(str(path))
    engine = SqliteEngine(path)
    await engine.start()
    await engine.write(lambda db: shop_settings.seed(db, msgspec.structs.replace(SHOP), START))
    yield engine
    await engine.stop()


def made(**values: object) -> Entry:
    return editing.entry_of({"id": "phi", "question": "Phí ship?", "answer": "Dạ {phi_ship} ạ."} | values, SHOP)


async def test_a_change_is_live_and_can_be_taken_back(engine: SqliteEngine) -> None:
    before = await engine.read(shop_settings.load)
    batch = await engine.write(lambda db: editing.put(db, before, made(), None, START))
    assert batch is not None
    shop = await engine.read(shop_settings.load)
    assert shop.entry("phi").question == "Phí ship?"  # type: ignore[union-attr]
    await engine.write(lambda db: editing.undo(db, shop, batch, None, START))
    again = await engine.read(shop_settings.load)
    assert again.entry("phi") == before.entry("phi")
    with pytest.raises(NotNow):
        await engine.write(lambda db: editing.undo(db, again, batch, None, START))
    log = await engine.read(audit.newest)
    assert [one.action for one in log] == ["faq.undo", "faq.change"]


async def test_what_was_changed_since_is_not_taken_back(engine: SqliteEngine) -> None:
    shop = await engine.read(shop_settings.load)
    batch = await engine.write(lambda db: editing.put(db, shop, made(), None, START))
    await engine.write(lambda db: editing.put(db, shop, made(answer="Dạ khác ạ."), None, START))
    assert batch is not None
    with pytest.raises(NotNow):
        await engine.write(lambda db: editing.undo(db, shop, batch, None, START))


async def test_saving_the_same_changes_nothing(engine: SqliteEngine) -> None:
    shop = await engine.read(shop_settings.load)
    same = editing.entry_of(msgspec.to_builtins(shop.entry("phi")), shop)
    assert await engine.write(lambda db: editing.put(db, shop, same, None, START)) is None
    assert await engine.read(editing.history) == []


async def test_an_entry_the_menu_opens_cannot_go(engine: SqliteEngine) -> None:
    menu = [{"title": "Giờ", "opens": "entry:gio"}]
    await engine.write(lambda db: shop_settings.save_section(db, "quick_menu", menu, None, START))
    shop = await engine.read(shop_settings.load)
    with pytest.raises(ShopFileError):
        await engine.write(lambda db: editing.remove(db, shop, "gio", None, START))
    assert await engine.read(faq.count) == 2


async def test_a_removed_entry_comes_back_in_its_place(engine: SqliteEngine) -> None:
    shop = await engine.read(shop_settings.load)
    batch = await engine.write(lambda db: editing.remove(db, shop, "phi", None, START))
    assert batch is not None
    assert await engine.read(faq.count) == 1
    await engine.write(lambda db: editing.undo(db, shop, batch, None, START))
    assert [row.id for row in await engine.read(faq.entries)] == ["phi", "gio"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"answer": "Dạ {phi_shop} ạ."}, "answer"),
        ({"question": "  "}, "question"),
        ({"valid_from": "2026-12-02", "valid_to": "2026-12-01"}, "valid_to"),
        ({"valid_from": "mai"}, "valid_from"),
        ({"phrasings": [f"cách {n}" for n in range(editing.MOST_WORDINGS + 1)]}, "phrasings"),
    ],
)
def test_a_wrong_field_is_named(values: dict[str, object], field: str) -> None:
    with pytest.raises(ShopFileError) as wrong:
        made(**values)
    assert wrong.value.path[0] == field


def test_wordings_are_tidied() -> None:
    entry = made(phrasings=["  ship   mấy tiền ", "Ship mấy tiền", "ship may tien", "phí ship?", "", "bao tiền ship"])
    assert entry.phrasings == ("ship mấy tiền", "bao tiền ship")


def test_new_ids_are_readable_and_free() -> None:
    assert editing.new_id("Phí giao hàng là bao nhiêu?", ()) == "phi_giao_hang_la_bao_nhieu"
    assert editing.new_id("Phí?", {"phi"}) == "phi_2"
    assert editing.new_id("???", ()) == "cau_hoi"


def test_wordings_two_entries_share_are_shown() -> None:
    found = editing.same_words(made(id="ship", phrasings=["SHIP may tien"]), SHOP.entries)
    assert [(one.wording, one.other_id, one.is_same) for one in found] == [("SHIP may tien", "phi", True)]


def test_wordings_the_bot_would_mix_up_are_shown() -> None:
    index = FaqIndex.build([Learnt(one.id, one.question, one.phrasings) for one in SHOP.entries])
    found = editing.alike(
        made(id="ship", question="Phí ship bao nhiêu vậy shop?"), index, {one.id: one for one in SHOP.entries}
    )
    assert [one.other_id for one in found] == ["phi"]


# --- Files ------------------------------------------------------------------------------------------------------

KNOWN = [editing.row_of(entry, at) for at, entry in enumerate(SHOP.entries)]


def csv_file(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def xlsx_file(*rows: list[object]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_a_dry_run_tells_new_changed_and_same() -> None:
    rows = importing.rows_of("a.csv", csv_file(
        "id,question,answer,phrasings", "phi,Phí ship bao nhiêu?,Dạ {phi_ship} ạ.,ship mấy tiền",
        "gio,Mấy giờ mở cửa?,Dạ 9 giờ ạ.,", ",Có bán sỉ không?,Dạ có ạ.,bán buôn không | có giá sỉ không",
    ))  # fmt: skip
    plan = importing.plan(SHOP, KNOWN, rows)
    assert [one.entry_id for one in plan.added] == ["co_ban_si_khong"]
    assert plan.added[0].after is not None
    assert plan.added[0].after.phrasings == ("bán buôn không", "có giá sỉ không")
    assert [one.entry_id for one in plan.changed] == ["gio"]
    assert (plan.same, plan.is_ready) == (1, True)


def test_every_wrong_row_is_named_and_nothing_is_ready() -> None:
    rows = importing.rows_of(
        "a.csv", csv_file("question;answer", "Một?;Dạ {khong_co} ạ.", "Hai?;", ";Ba", "Bốn?;Dạ bốn ạ.", "Năm?;=1+1")
    )
    plan = importing.plan(SHOP, KNOWN, rows)
    assert [(one.number, one.error.path[0]) for one in plan.wrong] == [
        (2, "answer"), (3, "answer"), (4, "question"), (6, "answer"),
    ]  # fmt: skip
    assert not plan.is_ready


def test_entries_that_are_not_in_the_file_go_only_when_asked() -> None:
    rows = importing.rows_of("a.csv", csv_file("id,question,answer", "gio,Mấy giờ mở cửa?,Dạ 8 giờ ạ."))
    assert importing.plan(SHOP, KNOWN, rows).removed == ()
    assert [one.entry_id for one in importing.plan(SHOP, KNOWN, rows, remove_others=True).removed] == ["phi"]


def test_what_is_exported_comes_back_as_it_was() -> None:
    odd = Entry(id="odd", question="+84 là gì?", answer="=1 là gì\nhai dòng", phrasings=("-a", "b"), active=False)
    from care import exports
    from care.formats import SHOP_ZONE

    entries = [*SHOP.entries, msgspec.structs.replace(odd, answer="-1 độ\nhai dòng")]
    known = [editing.row_of(entry, at) for at, entry in enumerate(entries)]
    body = exports.csv_text([importing.COLUMNS, *importing.table(entries)], SHOP_ZONE)
    plan = importing.plan(SHOP, known, importing.rows_of("a.csv", body))
    assert (plan.edits, plan.same, plan.wrong) == ((), 3, ())


def test_an_excel_file_is_read_with_vietnamese_headings() -> None:
    data = xlsx_file(["Câu hỏi", "Trả lời", "Cách hỏi"], ["Có ship không?", "Dạ có ạ.", "ship ko\nco ship k"], [None])
    plan = importing.plan(SHOP, KNOWN, importing.rows_of("a.xlsx", data))
    assert plan.added[0].after is not None
    assert plan.added[0].after.phrasings == ("ship ko", "co ship k")


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 80_000_000)
    return file.getvalue()


def with_part(name: str, body: bytes) -> bytes:
    file = io.BytesIO(xlsx_file(["question", "answer"], ["a", "b"]))
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr(name, body)
    return file.getvalue()


BILLION = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.exe", b"MZ"),
        ("a.csv", b""),
        ("a.csv", b"question,answer\n" + b"x" * 6_000_000),
        ("a.csv", "question,answer\nPhí?,Dạ".encode("utf-16")),
        ("a.csv", "question,answer\nPhí?,Dạ".encode("cp1258", "replace") + b"\xf0\xff"),
        ("a.csv", b"question,answer\n" + b'"' + b"y" * 200_000),
        ("a.csv", b"question,answer\n" + b"a,b\n" * 20_001),
        ("a.csv", b"question,answer\n" + b"a," * 1_000_000),
        ("a.csv", b"ten,gia\na,b"),
        ("a.xlsx", b"not a zip"),
        ("a.xlsx", bomb()),
        ("a.xlsx", with_part("xl/vbaProject.bin", b"x")),
        ("a.xlsx", with_part("xl/externalLinks/externalLink1.xml", b"<x/>")),
        ("a.xlsx", with_part("docProps/evil.xml", BILLION)),
        ("a.xlsx", with_part("x", b"") [:600]),
        ("a.yaml", b"entries: 5"),
        ("a.yaml", b"a: &x 1\nb: *x"),
        ("a.yaml", b"- just a text"),
    ],
)  # fmt: skip
def test_hostile_and_broken_files_are_refused_quickly(name: str, data: bytes) -> None:
    started = time.process_time()
    with pytest.raises(ShopFileError) as wrong:
        importing.rows_of(name, data)
    assert wrong.value.message
    assert time.process_time() - started < 5


def test_decomposed_letters_become_one_letter() -> None:
    rows = importing.rows_of("a.csv", csv_file("question,answer", "Phi\u0301 ship?,Da\u0323"))
    assert importing.plan(SHOP, KNOWN, rows).added[0].after.question == "Phí ship?"  # type: ignore[union-attr]


async def test_an_import_is_one_batch_and_one_undo(engine: SqliteEngine) -> None:
    shop = await engine.read(shop_settings.load)
    known = await engine.read(faq.entries)
    rows = importing.rows_of("a.csv", csv_file("question,answer", "Một?,Dạ một ạ.", "Hai?,Dạ hai ạ."))
    plan = importing.plan(shop, known, rows)
    batch = await engine.write(lambda db: importing.carry_out(db, plan, None, START))
    assert await engine.read(faq.count) == 4
    with pytest.raises(NotNow):  # what was planned is not what is there any more
        await engine.write(lambda db: importing.carry_out(db, plan, None, START))
    await engine.write(lambda db: editing.undo(db, shop, batch, None, START))
    assert await engine.read(faq.count) == 2


# --- Gaps -------------------------------------------------------------------------------------------------------


def test_questions_of_one_meaning_stand_together() -> None:
    said = (
        Gap("shop co ban buon khong", "shop có bán buôn không", 3),
        Gap("ban buon ko a", "bán buôn ko ạ", 2),
        Gap("co ship qua lao khong", "có ship qua Lào không", 4),
        Gap("ship qua lao dc ko shop", "ship qua lào dc ko shop", 1),
        Gap("may do", "may đo", 1),
    )
    groups = gaps.group(said)
    assert [(one.times, len(one.gaps)) for one in groups] == [(5, 2), (5, 2), (1, 1)]


def test_many_gaps_are_grouped_quickly() -> None:
    said = [Gap(f"cau hoi so {n} ve chuyen {n % 37}", f"câu {n}", 1) for n in range(300)]
    started = time.process_time()
    assert gaps.group(said)
    assert time.process_time() - started < 2


async def test_attaching_teaches_the_entry_and_empties_the_list(engine: SqliteEngine) -> None:
    shop = await engine.read(shop_settings.load)
    said = [("tiền ship sao", "tien ship sao")]
    assert await engine.write(lambda db: gaps.attach(db, shop, "phi", said, None, START))
    assert not await engine.write(lambda db: gaps.attach(db, shop, "khong_co", said, None, START))
    entry = await engine.read(lambda db: faq.entry(db, "phi"))
    assert entry is not None
    assert entry.phrasings == ("ship mấy tiền", "tiền ship sao")
