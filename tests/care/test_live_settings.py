"""The shop in the database: seeded once, changed with a history, taken back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from care import settings
from care.faq import store
from care.shop import ShopFileError
from storage import audit, faq
from storage.database import Database
from tests.cast import TestShop, opened


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[TestShop]:
    async with opened(tmp_path) as stage:
        yield stage


async def test_the_shop_comes_back_as_it_was_seeded(shop: TestShop) -> None:
    found = await shop.read(settings.load)
    assert found.shop == "Nhà Mây"
    assert len(found.entries) == 6
    assert found.sla_for("question").first_reply == "5m"


async def test_it_is_read_once_until_it_changes(shop: TestShop) -> None:
    first = await shop.read(settings.load)
    assert await shop.read(settings.load) is first
    await shop.write(lambda db: settings.save_section(db, "shop", "Nhà Mưa", None, shop.clock.now()))
    assert (await shop.read(settings.load)).shop == "Nhà Mưa"


async def test_a_second_seed_changes_nothing(shop: TestShop) -> None:
    found = await shop.read(settings.load)
    assert not await shop.write(lambda db: settings.seed(db, found, shop.clock.now()))


async def test_a_change_is_written_down_and_taken_back(shop: TestShop) -> None:
    now = shop.clock.now()
    change = await shop.write(lambda db: settings.save_section(db, "hours", "9:00-18:00", None, now))
    assert change.before == '"8:30-12:00, 13:30-21:30"'
    await shop.write(lambda db: settings.undo(db, change.id, None, now))
    assert (await shop.read(settings.load)).hours == "8:30-12:00, 13:30-21:30"
    with pytest.raises(settings.NotNow):
        await shop.write(lambda db: settings.undo(db, change.id, None, now))
    assert [one.action for one in await shop.read(audit.newest)] == ["settings.change"] * 2


async def test_an_older_change_is_not_taken_back_over_a_newer_one(shop: TestShop) -> None:
    now = shop.clock.now()
    first = await shop.write(lambda db: settings.save_section(db, "greeting", "Chào {anh}", None, now))
    await shop.write(lambda db: settings.save_section(db, "greeting", "Mời {anh}", None, now))
    with pytest.raises(settings.NotNow):
        await shop.write(lambda db: settings.undo(db, first.id, None, now))


async def test_a_wrong_value_changes_nothing(shop: TestShop) -> None:
    now = shop.clock.now()
    with pytest.raises(ShopFileError):
        await shop.write(lambda db: settings.save_section(db, "timezone", "Sao Hoả", None, now))
    with pytest.raises(LookupError):
        await shop.write(lambda db: settings.save_section(db, "entries", [], None, now))
    assert (await shop.read(settings.load)).timezone == "Asia/Ho_Chi_Minh"


async def test_two_databases_never_share_a_shop(tmp_path: Path, shop: TestShop) -> None:
    (tmp_path / "b").mkdir()
    async with opened(tmp_path / "b", "shop: Nhà Khác\n") as other:
        assert (await other.read(settings.load)).shop == "Nhà Khác"
        assert (await shop.read(settings.load)).shop == "Nhà Mây"


async def test_questions_without_an_answer_are_grouped(shop: TestShop) -> None:
    lan, huy = shop.customer("Lan"), shop.customer("Huy")
    await lan.says("có bán tranh sơn mài không")
    await huy.says("Có bán TRANH SƠN MÀI không?")
    await huy.says("quán cà phê gần đó tên gì nhỉ")
    found = await shop.read(lambda db: store.gaps(db, shop.clock.now().replace(year=2020)))
    assert [gap.times for gap in found if "tranh" in gap.folded] in ([2], [1, 1])


async def test_a_vanished_fact_or_category_never_silences_the_shop(shop: TestShop) -> None:
    lan = shop.customer("Lan")
    entries = {one.id: one for one in await shop.read(faq.entries)}

    async def spoil(db: Database) -> None:
        await faq.put(db, replace(entries["gio_mo_cua"], answer="Dạ mở {gio_la} ạ"), shop.clock.now())
        await faq.remove(db, "doi_tra")
        await store.changed(db)

    await shop.write(spoil)
    await lan.opens_page()
    await lan.says("Cửa hàng mở cửa mấy giờ?")
    lan.hears("nói rõ hơn")
    await lan.taps("Đổi trả")
    lan.hears("muốn hỏi gì")
    lan.never_hears("{")
