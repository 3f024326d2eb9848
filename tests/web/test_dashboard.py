"""The owner's dashboard: who may come in, numbers that lead to what they count, forms that can be taken back."""

import asyncio
import csv
import io
import random
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import openpyxl
import pytest

from care import settings as shop_settings
from storage import audit, faq, staff
from storage.database import Database
from tests.web.dashboard_house import DashboardHouse, Owner, Past, ninety_days, open_dashboard

PAGES = (
    "", "/ratings", "/cases", "/questions", "/deliveries", "/unanswered", "/faq", "/faq/entry",
    "/faq/entry?id=phi_ship",
    "/faq/files", "/touchpoints", "/settings", "/settings/name", "/settings/hours", "/settings/touchpoints",
    "/settings/levels", "/settings/times", "/settings/canned", "/settings/categories", "/settings/roots",
    "/settings/menu", "/settings/thresholds", "/staff", "/audit", "/export",
)  # fmt: skip
EVIL = """"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}'"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[DashboardHouse]:
    async with open_dashboard(tmp_path) as house:
        yield house


@pytest.fixture
async def owner(house: DashboardHouse) -> Owner:
    return await house.owner()


def figure(page: str, path: str) -> str:
    """The number of the tile that leads to an address."""
    link = re.search(rf'<a class="figure" href="{re.escape(path)}">\s*([^<\s]+)', unescape(page))
    assert link is not None, path
    return link[1]


# --- Who may come in --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
async def test_strangers_are_sent_to_sign_in(house: DashboardHouse, path: str) -> None:
    answer = await house.client.get(f"/dashboard{path}", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "/login")


async def test_staff_are_told_that_this_is_the_owners(house: DashboardHouse) -> None:
    minh = await house.sign_in(await house.hire("Minh", language="en"))
    for path in PAGES:
        answer = await minh.get(f"/dashboard{path}")
        assert answer.status == 403
        assert "For the owner only" in await answer.text()


async def test_staff_can_change_nothing(house: DashboardHouse) -> None:
    minh = await house.sign_in(await house.hire("Minh"))
    for path in ("/staff", "/export", "/faq/remove", "/settings/name", "/replay", "/faq/export"):
        assert (await minh.post(f"/dashboard{path}", id="phi_ship", kind="csv")).status == 404
    assert await house.count("SELECT count(*) FROM audit") == 0


async def test_a_form_without_its_token_is_refused(house: DashboardHouse, owner: Owner) -> None:
    answer = await owner.client.post("/dashboard/export", data={"kind": "csv"}, headers=owner.headers())
    assert answer.status == 403


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_every_page_opens_on_an_empty_shop_and_on_a_full_one(house: DashboardHouse, language: str) -> None:
    owner = await house.owner(language=language)
    for path in PAGES:
        await owner.page(f"/dashboard{path}")
    await ninety_days(house, 3)
    for path in PAGES:
        page = await owner.page(f"/dashboard{path}")
        assert " style=" not in page
        assert "<script>" not in page


# --- Numbers ----------------------------------------------------------------------------------------------------


async def test_a_number_leads_to_as_many_rows(house: DashboardHouse, owner: Owner) -> None:
    await ninety_days(house, 6)
    page = await owner.page("/dashboard?days=7")
    assert figure(page, "/dashboard/cases?show=active") == "4"
    assert figure(page, "/dashboard/cases?show=urgent") == "1"
    assert figure(page, "/dashboard/cases?show=overdue") == "1"
    active = await owner.page("/dashboard/cases?show=active")
    assert active.count('href="/desk/case/') == 4
    levels = re.findall(r'href="(/dashboard/ratings\?level=\d[^"]*)">.*?<b>(\d+)</b>', unescape(page))
    assert len(levels) == 6
    for path, count in levels:
        assert (await owner.page(path)).count("<tr>") - 1 == int(count)


async def test_a_period_can_be_chosen(house: DashboardHouse, owner: Owner) -> None:
    async def work(db: Database) -> None:
        past = Past(db, house.clock.now(), random.Random(1))
        await past.rating("giao_hang", 5, house.clock.now() - timedelta(days=40))

    await house.engine.write(work)
    assert "Lê Thu Hà" not in await owner.page("/dashboard/ratings")
    for query in ("days=90", "from=2026-10-01&to=2026-10-31", "from=2026-10-31&to=2026-10-01"):
        assert (await owner.page(f"/dashboard/ratings?{query}")).count("<tr>") == 2
    for query in (
        "days=x",
        "from=x",
        "from=2099-01-01",
        "to=0001-01-01",
        "page=99999999",
        "level=9&staff=x",
        "show=zz",
    ):
        await owner.page(f"/dashboard/ratings?{query}")
        await owner.page(f"/dashboard/cases?{query}")
        await owner.page(f"/dashboard?{query}")


async def test_what_customers_write_runs_nothing(house: DashboardHouse, owner: Owner) -> None:
    async def work(db: Database) -> None:
        now = house.clock.now()
        past = Past(db, now, random.Random(1))
        await past.case("question", now, subject=EVIL)
        await past.ask(EVIL, "unknown", now)
        rating = await past.rating("giao_hang", 2, now)
        await db.execute(
            "UPDATE ratings SET comment = :evil, reason = :evil WHERE id = :id", {"evil": EVIL, "id": rating}
        )
        await db.execute("UPDATE customers SET name = :evil", {"evil": EVIL})

    await house.engine.write(work)
    for path in ("", "/ratings", "/cases", "/questions", "/unanswered", "/faq?try=" + "%3Cscript%3Ealert(1)"):
        page = await owner.page(f"/dashboard{path}")
        assert "<img src=x" not in page
        assert "<script>alert" not in page


async def test_events_set_aside_get_a_fresh_start(house: DashboardHouse, owner: Owner) -> None:
    await ninety_days(house, 0)
    assert "LookupError" in await owner.page("/dashboard/deliveries")
    assert (await owner.form("/dashboard/replay", event="1")).status == 303
    assert await house.count("SELECT count(*) FROM events WHERE state = 'new'") == 1
    assert [one.action for one in await house.engine.read(audit.newest)] == ["events.replay"]


# --- FAQ --------------------------------------------------------------------------------------------------------


async def test_an_entry_is_changed_and_the_change_taken_back(house: DashboardHouse, owner: Owner) -> None:
    values = {"id": "phi_ship", "question": "Phí giao hàng là bao nhiêu?", "phrasings": "ship bao tiền",
              "answer": "Dạ phí là {phi_noi_thanh} {anh} ạ.", "category": "giao hàng", "active": "1"}  # fmt: skip
    preview = await owner.form("/dashboard/faq/entry", act="preview", **values)
    assert "20.000 đồng chị ạ" in await preview.text()
    saved = await owner.form("/dashboard/faq/entry", act="anyway", **values)
    assert saved.headers["Location"] == "/dashboard/faq?done=saved"
    entry = await house.engine.read(lambda db: faq.entry(db, "phi_ship"))
    assert entry is not None
    assert entry.phrasings == ("ship bao tiền",)
    batch = re.search(r'name="batch" value="(\w+)"', await owner.page("/dashboard/faq"))
    assert batch is not None
    await owner.form("/dashboard/faq/undo", batch=batch[1])
    assert len((await house.engine.read(lambda db: faq.entry(db, "phi_ship"))).phrasings) > 1  # type: ignore[union-attr]
    again = await owner.form("/dashboard/faq/undo", batch=batch[1])
    assert again.headers["Location"].endswith("done=not_undone")


async def test_a_wrong_answer_is_explained_at_its_field(owner: Owner) -> None:
    answer = await owner.form(
        "/dashboard/faq/entry", id="phi_ship", question="Phí?", answer="Dạ {phi_shop} ạ.", phrasings=""
    )
    page = await answer.text()
    assert answer.status == 422
    assert 'id="wrong-answer"' in page
    assert "{phi_shop}" in page


async def test_wordings_of_another_entry_are_shown_before_they_are_kept(house: DashboardHouse, owner: Owner) -> None:
    values = {"new": "1", "question": "Phí giao hàng là bao nhiêu?", "answer": "Dạ ạ.", "active": "1"}
    answer = await owner.form("/dashboard/faq/entry", **values)
    assert 'value="anyway"' in await answer.text()
    assert await house.engine.read(faq.count) == 64
    await owner.form("/dashboard/faq/entry", act="anyway", **values)
    assert await house.engine.read(faq.count) == 65


async def test_a_new_entry_never_overwrites_one_that_is_switched_off(house: DashboardHouse, owner: Owner) -> None:
    off = {"id": "phi_ship", "question": "Phí?", "answer": "Dạ ạ.", "phrasings": "", "active": ""}
    await owner.form("/dashboard/faq/entry", act="anyway", **off)
    await owner.form(
        "/dashboard/faq/entry", act="anyway", new="1", id="phi ship", question="Khác?", answer="Dạ.", active="1"
    )
    rows = {row.id: row.question for row in await house.engine.read(lambda db: faq.entries(db, only_active=False))}
    assert (rows["phi_ship"], rows["phi_ship_2"]) == ("Phí?", "Khác?")


async def test_a_question_can_be_tried(owner: Owner) -> None:
    page = await owner.page("/dashboard/faq?try=phi giao hang la bao nhieu")
    assert 'class="tag good"' in page
    assert "Phí giao hàng là bao nhiêu?" in page


async def test_unanswered_questions_teach_or_go(house: DashboardHouse, owner: Owner) -> None:
    async def work(db: Database) -> None:
        past = Past(db, house.clock.now(), random.Random(1))
        for text in ("có may đo không", "may đo ko ạ", "bán ở Lào không"):
            await past.ask(text, "unknown", house.clock.now())

    await house.engine.write(work)
    page = await owner.page("/dashboard/unanswered")
    assert page.count('class="card group"') == 2
    await owner.form(
        "/dashboard/unanswered", ("gap", "có may đo không"), ("gap", "may đo ko ạ"), act="attach", entry="tu_van_size"
    )
    await owner.form("/dashboard/unanswered", act="ignore", gap="bán ở Lào không")
    assert 'class="card group"' not in await owner.page("/dashboard/unanswered")
    entry = await house.engine.read(lambda db: faq.entry(db, "tu_van_size"))
    assert entry is not None
    assert entry.phrasings[-2:] == ("có may đo không", "may đo ko ạ")


async def test_a_file_is_first_shown_and_then_imported(house: DashboardHouse, owner: Owner) -> None:
    body = "id,question,answer\nmay_do,Có may đo không?,Dạ có ạ.\n".encode()
    answer = await owner.upload("/dashboard/faq/files", "moi.csv", body)
    place = answer.headers["Location"]
    assert "Có may đo không?" in await owner.page(place)
    assert await house.engine.read(faq.count) == 64
    token = place.rpartition("=")[2]
    done = await owner.form("/dashboard/faq/import", file=token)
    assert done.headers["Location"] == "/dashboard/faq?done=imported"
    assert await house.engine.read(faq.count) == 65
    twice = await owner.form("/dashboard/faq/import", file=token)
    assert (await owner.get(twice.headers["Location"])).status == 200


async def test_a_wrong_file_imports_nothing(house: DashboardHouse, owner: Owner) -> None:
    for name, body in (("a.csv", b"question,answer\nA?,{x}\nB?,ok"), ("a.xlsx", b"PK"), ("a.bin", b"\0")):
        answer = await owner.upload("/dashboard/faq/files", name, body)
        place = answer.headers["Location"]
        assert (await owner.get(place)).status == 422
        await owner.form("/dashboard/faq/import", file=place.rpartition("=")[2])
    assert await house.engine.read(faq.count) == 64


async def test_another_owner_cannot_see_or_use_the_file(house: DashboardHouse, owner: Owner) -> None:
    other = await house.owner("Ông Năm")
    answer = await owner.upload("/dashboard/faq/files", "moi.csv", b"question,answer\nBi mat?,x")
    place = answer.headers["Location"]
    assert "Bi mat" not in await other.page(place)
    await other.form("/dashboard/faq/import", file=place.rpartition("=")[2])
    assert await house.engine.read(faq.count) == 64


@pytest.mark.parametrize("kind", ["yaml", "csv", "xlsx"])
async def test_the_faq_goes_out_and_comes_back_unchanged(owner: Owner, kind: str) -> None:
    answer = await owner.form("/dashboard/faq/export", kind=kind)
    body = await answer.read()
    assert f'.{kind}"' in answer.headers["Content-Disposition"]
    back = await owner.upload("/dashboard/faq/files", f"faq.{kind}", body)
    page = await owner.page(back.headers["Location"])
    assert "/dashboard/faq/import" not in page


# --- Settings ---------------------------------------------------------------------------------------------------


async def test_a_setting_is_previewed_saved_and_taken_back(house: DashboardHouse, owner: Owner) -> None:
    form = {"sure": "80", "unsure": "30"}
    preview = await (await owner.form("/dashboard/settings/thresholds", act="preview", **form)).text()
    assert "<ins>0.8</ins>" in preview
    before = await house.engine.read(shop_settings.load)
    assert before.thresholds.sure is None
    await owner.form("/dashboard/settings/thresholds", act="save", **form)
    assert (await house.engine.read(shop_settings.load)).thresholds.sure == 0.8
    await owner.form("/dashboard/settings/undo", change="1")
    assert (await house.engine.read(shop_settings.load)).thresholds.sure is None
    answer = await owner.form("/dashboard/settings/undo", change="1")
    assert answer.headers["Location"].endswith("done=not_undone")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("thresholds", {"sure": "20", "unsure": "90"}),
        ("thresholds", {"sure": "abc"}),
        ("hours", {"t2": "25:00-26:00"}),
        ("hours", {}),
        ("name", {"shop": "", "self_word": "em", "language": "vi", "timezone": "Asia/Ho_Chi_Minh"}),
        ("name", {"shop": "A", "self_word": "em", "language": "vi", "timezone": "Mars/Base"}),
        ("touchpoints", {"row.0": "1", "id.0": "a", "title.0": "A", "question.0": "?", "delay.0": "soon"}),
        ("menu", {"row.0": "1", "title.0": "A", "opens.0": "nowhere"}),
        ("levels", {"points_1": "x"}),
    ],
)  # fmt: skip
async def test_a_wrong_setting_is_explained_and_not_kept(
    house: DashboardHouse, owner: Owner, name: str, form: dict[str, str]
) -> None:
    for act in ("preview", "save"):
        answer = await owner.form(f"/dashboard/settings/{name}", act=act, **form)
        assert answer.status == 422, await answer.text()
        assert 'id="wrong"' in await answer.text()
    assert await house.count("SELECT count(*) FROM settings_changes") == 0


def filled(page: str) -> dict[str, str]:
    """What a settings form would send as it stands."""
    form = page[page.index('class="settings"') :]
    inputs = re.findall(r"<input ([^>]*)>", form)
    found: dict[str, str] = {}
    for one in inputs:
        name, value = re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)
        if name and ("checkbox" not in one or " checked" in one):
            found[name[1]] = unescape(value[1]) if value else ""
    for name_, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name_] = unescape(text)
    for name_, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name_] = chosen[1] if chosen else re.findall(r'value="([^"]*)"', options)[0]
    return found


@pytest.mark.parametrize("path", [path for path in PAGES if path.startswith("/settings/")])
async def test_a_form_sent_back_as_it_is_changes_nothing(house: DashboardHouse, owner: Owner, path: str) -> None:
    form = filled(await owner.page(f"/dashboard{path}")) | {"act": "save"}
    form.pop("csrf")
    answer = await owner.form(f"/dashboard{path}", **form)
    assert answer.headers.get("Location", "").endswith("done=same"), await answer.text()


async def test_a_row_is_added_renamed_and_removed(house: DashboardHouse, owner: Owner) -> None:
    form = filled(await owner.page("/dashboard/settings/roots"))
    form.pop("csrf")
    last = max(int(name.partition(".")[2]) for name in form if name.startswith("row."))
    form |= {"title.0": "Hàng lỗi", "gone.1": "1", f"title.{last}": "Thời tiết xấu", "act": "save"}
    await owner.form("/dashboard/settings/roots", **form)
    roots = {one.id: one.title for one in (await house.engine.read(shop_settings.load)).roots}
    assert roots["san_pham"] == "Hàng lỗi"
    assert "mo_ta" not in roots
    assert roots["thoi_tiet_xau"] == "Thời tiết xấu"


# --- Touchpoints, staff, audit, export --------------------------------------------------------------------------


async def test_a_poster_comes_as_a_file(owner: Owner) -> None:
    answer = await owner.get("/dashboard/touchpoints/giao_hang/poster.svg")
    assert answer.content_type == "image/svg+xml"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert (await owner.get("/dashboard/touchpoints/khong_co/poster.svg")).status == 404
    assert (await owner.get("/dashboard/touchpoints/giao_hang/poster.exe")).status == 404


async def test_a_sign_in_link_is_shown_once_and_works_once(house: DashboardHouse, owner: Owner) -> None:
    await owner.form("/dashboard/staff", name="  Hoa   Mai ", role="staff", language="vi")
    hoa = next(one for one in await house.engine.read(staff.everybody) if one.name == "Hoa Mai")
    shown = await (await owner.form(f"/dashboard/staff/{hoa.id}/link")).text()
    link = re.search(r'value="http[^"]*(/login/[\w-]+)"', shown)
    assert link is not None
    assert "/login/" not in await owner.page("/dashboard/staff")
    headers = {"Origin": owner.origin}
    assert (await owner.client.post(link[1], headers=headers, allow_redirects=False)).status == 303
    assert (await owner.client.post(link[1], headers=headers, allow_redirects=False)).status == 410
    assert [one.action for one in await house.engine.read(audit.newest)] == ["staff.link", "staff.add"]
    assert link[1].removeprefix("/login/") not in str(await house.engine.read(audit.newest))


async def test_who_is_let_go_is_signed_out_at_once(house: DashboardHouse, owner: Owner) -> None:
    minh = await house.hire("Minh")
    browser = await house.sign_in(minh)
    assert (await browser.get("/desk")).status == 200
    await owner.form(f"/dashboard/staff/{minh.id}", act="leave")
    assert (await browser.get("/desk")).status == 302
    await owner.form(f"/dashboard/staff/{minh.id}", act="return")
    assert (await browser.get("/desk")).status == 302


async def test_the_last_owner_stays(house: DashboardHouse, owner: Owner) -> None:
    me = house.people["Bà Tư"]
    for form in ({"act": "leave"}, {"act": "role", "role": "staff"}):
        answer = await owner.form(f"/dashboard/staff/{me.id}", **form)
        assert answer.headers["Location"].endswith("done=last_owner")
    assert (await owner.get("/dashboard")).status == 200


async def test_everything_goes_out_as_csv_without_formulas(house: DashboardHouse, owner: Owner) -> None:
    await ninety_days(house, 1)
    evil = "=cmd|' /C calc'!A0"

    async def work(db: Database) -> None:
        await db.execute("UPDATE customers SET name = :evil, phone = '+84901234567'", {"evil": evil})

    await house.engine.write(work)
    answer = await owner.form("/dashboard/export", kind="csv")
    packed = zipfile.ZipFile(io.BytesIO(await answer.read()))
    tables = {
        name: list(csv.DictReader(io.StringIO(packed.read(name).decode("utf-8-sig")))) for name in packed.namelist()
    }
    assert len(tables["customers.csv"]) == await house.count("SELECT count(*) FROM customers")
    assert len(tables["ratings.csv"]) == await house.count("SELECT count(*) FROM ratings")
    assert len(tables["faq.csv"]) == 64
    assert {row["name"] for row in tables["customers.csv"]} == {f"'{evil}"}
    assert {row["phone"] for row in tables["customers.csv"]} == {"'+84901234567"}
    assert tables["audit.csv"][-1]["action"] == "export"


async def test_everything_goes_out_as_a_workbook(house: DashboardHouse, owner: Owner) -> None:
    await ninety_days(house, 1)
    answer = await owner.form("/dashboard/export", kind="xlsx")
    book = await asyncio.to_thread(openpyxl.load_workbook, io.BytesIO(await answer.read()))
    sheet = book["ratings"]
    assert sheet.max_row - 1 == await house.count("SELECT count(*) FROM ratings")
    kinds = {cell.data_type for row in book["customers"].iter_rows(min_row=2) for cell in row if cell.value is not None}
    assert kinds <= {"s", "n"}
