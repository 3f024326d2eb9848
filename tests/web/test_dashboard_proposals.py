"""The owner decides about proposed wordings on a page; nobody else does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from care.faq import proposals
from care.settings import load
from storage import faq, faq_proposals
from storage.database import Database
from tests.web.dashboard_house import DashboardHouse, open_dashboard

WORDS = "gửi về dưới quê hết nhiêu <b>tiền</b> z shop"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[DashboardHouse]:
    async with open_dashboard(tmp_path) as opened:
        yield opened


async def propose(house: DashboardHouse, source: str = "tap", staff_id: int | None = None) -> int:
    async def work(db: Database) -> int:
        made = await proposals.propose(db, await load(db), "phi_ship", WORDS, source, house.clock.now(), staff_id)
        assert made is not None
        return made.id

    return await house.engine.write(work)


async def phrasings(house: DashboardHouse) -> tuple[str, ...]:
    row = await house.engine.read(lambda db: faq.entry(db, "phi_ship"))
    assert row is not None
    return row.phrasings


async def test_the_page_shows_words_source_and_count(house: DashboardHouse) -> None:
    owner = await house.owner()
    text = await (await owner.get("/dashboard/proposals")).text()
    assert "Chưa có đề xuất nào" in text
    minh = await house.hire("Minh")
    await propose(house)
    await propose(house, "staff", minh.id)
    text = await (await owner.get("/dashboard/proposals")).text()
    assert "&lt;b&gt;tiền&lt;/b&gt;" in text, "customers' words are shown as words"
    assert "2×" in text
    assert "Minh đề xuất" in text
    assert "/dashboard/proposals" in await (await owner.get("/dashboard/unanswered")).text()


async def test_approving_makes_the_words_a_way_to_ask(house: DashboardHouse) -> None:
    owner, number = await house.owner(), await propose(house)
    answer = await owner.form("/dashboard/proposals", id=str(number), act="approve")
    assert answer.headers["Location"] == "/dashboard/proposals?done=approved"
    assert WORDS in await phrasings(house)
    again = await owner.form("/dashboard/proposals", id=str(number), act="approve")
    assert again.headers["Location"] == "/dashboard/proposals?done=same"


async def test_declining_leaves_the_entry_alone(house: DashboardHouse) -> None:
    owner, number = await house.owner(), await propose(house)
    answer = await owner.form("/dashboard/proposals", id=str(number), act="decline")
    assert answer.headers["Location"] == "/dashboard/proposals?done=declined"
    assert WORDS not in await phrasings(house)
    assert await house.engine.read(faq_proposals.waiting) == []


@pytest.mark.parametrize("number", ["0", "999", "x", "9" * 40, ""])
async def test_a_number_from_nowhere_changes_nothing(house: DashboardHouse, number: str) -> None:
    owner = await house.owner()
    await propose(house)
    answer = await owner.form("/dashboard/proposals", id=number, act="approve")
    assert answer.headers["Location"] == "/dashboard/proposals?done=same"
    assert WORDS not in await phrasings(house)


async def test_staff_neither_see_nor_decide(house: DashboardHouse) -> None:
    number = await propose(house)
    minh = await house.sign_in(await house.hire("Minh"))
    assert (await minh.get("/dashboard/proposals")).status == 403
    data = {"csrf": minh.csrf, "id": str(number), "act": "approve"}
    answer = await minh.client.post("/dashboard/proposals", data=data, headers=minh.headers(), allow_redirects=False)
    assert answer.status == 404
    assert WORDS not in await phrasings(house)


async def test_without_the_forms_token_nothing_happens(house: DashboardHouse) -> None:
    owner, number = await house.owner(), await propose(house)
    data = {"id": str(number), "act": "approve"}
    answer = await owner.client.post("/dashboard/proposals", data=data, headers=owner.headers(), allow_redirects=False)
    assert answer.status == 403
    assert WORDS not in await phrasings(house)
