"""Adding a customer's words to the FAQ from the desk: proposed, never live, and only words of one's own cases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from care.shop import parse
from storage import faq_proposals
from tests.cast import DEMO
from tests.web.dashboard_house import open_dashboard
from tests.web.desk_house import DeskHouse


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHouse]:
    async with open_dashboard(tmp_path, parse(DEMO)) as house:
        yield house


async def first_line(desk: DeskHouse) -> int:
    return await desk.count("SELECT min(id) AS n FROM lines WHERE author = 'customer'")


async def test_a_colleague_proposes_a_customers_words(desk: DeskHouse) -> None:
    minh = await desk.sign_in(await desk.hire("Minh"))
    case = await desk.waiting_case("Lan", "bao giờ <b>hàng</b> về tới dưới quê")
    line = await first_line(desk)
    assert f"/desk/case/{case.id}/teach?line={line}" in await minh.page(f"/desk/case/{case.id}")
    page = await minh.page(f"/desk/case/{case.id}/teach?line={line}")
    assert "bao giờ &lt;b&gt;hàng&lt;/b&gt; về tới dưới quê" in page
    entry = (await desk.engine.read(desk.web.house.shop)).entries[0]
    assert f'<option value="{entry.id}">' in page
    answer = await minh.post(f"/desk/case/{case.id}/teach", line_id=str(line), entry_id=entry.id)
    assert answer.status in (200, 303)
    (found,) = await desk.engine.read(faq_proposals.waiting)
    assert (found.entry_id, found.source, found.wording) == (entry.id, "staff", "bao giờ <b>hàng</b> về tới dưới quê")
    assert "Minh đề xuất thêm cách hỏi" in await minh.page(f"/desk/case/{case.id}")


async def test_lines_of_elsewhere_do_not_exist(desk: DeskHouse) -> None:
    minh = await desk.sign_in(await desk.hire("Minh"))
    case = await desk.waiting_case("Lan", "cái hôm bữa livestream á")
    foreign = await first_line(desk)
    other = await desk.waiting_case("Huy", "còn bàn tối nay không")
    for query in (f"line={foreign}", "line=0", "line=x", "line=" + "9" * 30, ""):
        assert (await minh.get(f"/desk/case/{other.id}/teach?{query}")).status == 404
    assert (await minh.get(f"/desk/case/{case.id + 50}/teach?line={foreign}")).status == 404
    entry = (await desk.engine.read(desk.web.house.shop)).entries[0]
    answer = await minh.post(f"/desk/case/{other.id}/teach", line_id=str(foreign), entry_id=entry.id)
    assert answer.status == 409
    assert await desk.engine.read(faq_proposals.waiting) == []


async def test_strangers_are_sent_to_the_sign_in(desk: DeskHouse) -> None:
    case = await desk.waiting_case()
    answer = await desk.client.get(f"/desk/case/{case.id}/teach?line=1", allow_redirects=False)
    assert answer.status == 302
