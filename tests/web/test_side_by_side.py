"""Customer and colleague in two real browsers on one real bot: what one does, the other sees, once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    FilePayload,
    Locator,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)

from care import logins
from storage.records import Case, Staff
from tests.clock import FakeClock
from tests.web.website_house import WebsiteHouse, opened

CHROMIUM = Path("/usr/bin/chromium")
ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
DESKTOP: ViewportSize = {"width": 1280, "height": 820}
PHONE: ViewportSize = {"width": 390, "height": 844}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
XSS = [
    "<script>pwned=1</script>",
    "<img src=x onerror=pwned=1>",
    '"><svg onload=pwned=1>',
    "'-pwned=1-'",
    "javascript:pwned=1",
    "[x](javascript:pwned=1)",
    "{{constructor.constructor('pwned=1')()}}",
    "${pwned=1}",
    "</textarea><script>pwned=1</script>",
    "<a href=javascript:pwned=1>x</a>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<style>@import 'javascript:pwned=1'</style>",
    'https://a.vn/"onmouseover=pwned=1//',
    "&lt;script&gt;pwned=1&lt;/script&gt;",
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(120),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=str(CHROMIUM), args=ARGS.split())
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[WebsiteHouse]:
    async with opened(tmp_path, FakeClock(datetime.now(UTC).replace(hour=3))) as one:
        yield one


@dataclass
class Screen:
    """A browser of one person."""

    context: BrowserContext
    page: Page
    broken: list[str]

    async def is_whole(self) -> None:
        """No script failed, no foreign script ran, nothing is wider than the screen."""
        assert self.broken == []
        for page in self.context.pages:
            assert await page.evaluate("typeof pwned") == "undefined"
        width = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0


@dataclass
class Stage:
    """Both of them, and the bot between."""

    house: WebsiteHouse
    chromium: Browser
    screens: list[Screen]

    async def screen(self, address: str, size: ViewportSize = DESKTOP) -> Screen:
        context = await self.chromium.new_context(viewport=size, locale="vi-VN", has_touch=size is PHONE)
        context.set_default_timeout(8000)
        screen = Screen(context, await context.new_page(), [])
        screen.page.on("pageerror", lambda error: screen.broken.append(str(error)))
        screen.page.on("dialog", lambda dialog: screen.broken.append(dialog.message))
        self.screens.append(screen)
        await screen.page.goto(self.house.url + address)
        return screen

    async def customer(self, size: ViewportSize = DESKTOP) -> Screen:
        """Somebody on the shop's page with the chat open."""
        screen = await self.screen("/", size)
        await screen.page.locator(".go").click()
        await expect(box(screen)).to_be_visible()
        return screen

    async def colleague(self, name: str = "Minh", size: ViewportSize = DESKTOP) -> tuple[Screen, Staff]:
        """Somebody who signed in through a one-time link, as people do."""
        person = await self.house.hire(name)
        secret = await self.house.app.engine.write(
            lambda db: logins.new_link(db, person.id, self.house.clock.now(), "desk")
        )
        screen = await self.screen(f"/login/{secret}", size)
        async with screen.page.expect_request("**/desk/events*"):
            await screen.page.locator("form[method=post] button").first.click()
        return screen, person


@pytest_asyncio.fixture(loop_scope="module")
async def stage(house: WebsiteHouse, chromium: Browser) -> AsyncIterator[Stage]:
    one = Stage(house, chromium, [])
    yield one
    for screen in one.screens:
        await screen.context.close()


def box(screen: Screen) -> Locator:
    return screen.page.locator("textarea").first


def bubbles(screen: Screen, text: str = "") -> Locator:
    found = screen.page.locator(".m .b")
    return found.filter(has_text=text) if text else found


async def writes(screen: Screen, text: str) -> None:
    await box(screen).fill(text)
    await box(screen).press("Enter")


async def calls_a_person(stage: Stage, lan: Screen) -> Case:
    await writes(lan, "cho em gặp nhân viên ạ")
    await expect(bubbles(lan, "mời bạn nhân viên")).to_be_visible()
    return await newest_case(stage)


async def newest_case(stage: Stage) -> Case:
    rows = await stage.house.rows("SELECT * FROM cases ORDER BY id DESC LIMIT 1")
    return Case.of(rows[0])


async def opens_case(minh: Screen, case: Case) -> None:
    await minh.page.locator(f"a[data-case='{case.id}']").click()
    await expect(minh.page.locator("#case")).to_have_attribute("data-case", str(case.id))


async def replies(minh: Screen, text: str) -> None:
    await minh.page.locator("[data-mode=reply]").click()
    await minh.page.locator("#reply-text").fill(text)
    await minh.page.locator("[data-compose=reply] [data-send]").click()


def words(minh: Screen, text: str) -> Locator:
    return minh.page.locator("#thread .line[data-line] .words").filter(has_text=text)


async def finishes(minh: Screen) -> None:
    await minh.page.locator("[data-opens=resolve-dialog]").click()
    await minh.page.locator("#resolve-dialog input[type=radio]").first.check()
    await minh.page.locator("#resolve-dialog .button.main").click()


async def test_a_case_from_the_first_word_to_the_confirmation(stage: Stage) -> None:
    minh, _ = await stage.colleague()
    lan = await stage.customer()
    case = await calls_a_person(stage, lan)
    await opens_case(minh, case)  # it came by itself
    await minh.page.locator("form[action$='/claim'] button").first.click()
    await expect(minh.page.locator("#case[data-state=claimed]")).to_be_visible()
    await replies(minh, "Dạ em là Minh, chị cần gì ạ?")
    await expect(bubbles(lan, "em là Minh")).to_have_count(1)
    await expect(lan.page.locator(".m", has_text="em là Minh")).to_contain_text("Minh")
    await writes(lan, "còn size M không em")
    await expect(words(minh, "còn size M không em")).to_have_count(1)
    await minh.page.locator("[data-mode=note]").click()
    await minh.page.locator("#note-text").fill("khách quen, giảm giá được")
    await minh.page.locator("[data-compose=note] [data-send]").click()
    await expect(words(minh, "khách quen")).to_have_count(1)
    await replies(minh, "Dạ hết hàng rồi ạ")
    await expect(bubbles(lan, "hết hàng rồi")).to_have_count(1)
    await minh.page.locator("form[action$='/recall'] button").last.click()
    await expect(bubbles(lan, "hết hàng rồi")).to_have_count(0)
    await expect(minh.page.locator(".line.recalled")).to_have_count(1)
    await finishes(minh)
    await lan.page.get_by_role("button", name="Ổn rồi").click()
    await expect(bubbles(lan, "cảm ơn")).to_have_count(1)
    await expect(minh.page.locator("#case")).to_have_attribute("data-state", "confirmed")
    assert "khách quen" not in await lan.page.content()
    for screen in (lan, minh):
        await screen.is_whole()


async def test_a_customer_who_is_not_content_is_back_with_the_same_person(stage: Stage) -> None:
    minh, _ = await stage.colleague()
    lan = await stage.customer()
    case = await calls_a_person(stage, lan)
    await opens_case(minh, case)
    await replies(minh, "Dạ em gửi chị bảng size ạ")
    await expect(bubbles(lan, "bảng size")).to_have_count(1)
    await finishes(minh)
    await lan.page.get_by_role("button", name="Chưa ổn").click()
    await expect(minh.page.locator("#case")).to_have_attribute("data-state", "reopened")


async def test_a_terrible_rating_is_urgent_at_the_desk_at_once(stage: Stage) -> None:
    minh, _ = await stage.colleague()
    lan = await stage.screen("/t/giao_hang")
    await lan.page.get_by_role("button", name="1 Tồi tệ").click()
    await expect(bubbles(lan, "thật lòng xin lỗi")).to_have_count(1)
    await expect(minh.page.locator("a.case.urgent")).to_be_visible()
    await writes(lan, "shipper nói chuyện cộc lốc")
    await opens_case(minh, await newest_case(stage))
    await expect(words(minh, "cộc lốc")).to_have_count(1)
    await expect(minh.page.locator(".level-1")).to_be_visible()
    await lan.page.reload()
    await expect(bubbles(lan, "thật lòng xin lỗi")).to_have_count(1)
    assert await stage.house.count("SELECT count(*) FROM surveys") == 1


async def test_after_a_rescue_the_customer_rates_again_and_is_won_back(stage: Stage) -> None:
    minh, _ = await stage.colleague()
    lan = await stage.screen("/t/giao_hang")
    await lan.page.get_by_role("button", name="2 Cơ bản").click()
    await lan.page.get_by_role("button", name="Giao hàng", exact=True).last.click()
    await expect(bubbles(lan, "quản lý bên em sẽ nhắn")).to_have_count(1)
    await opens_case(minh, await newest_case(stage))
    await replies(minh, "Dạ em gửi lại chị cái mới ạ")
    await expect(bubbles(lan, "cái mới")).to_have_count(1)
    await finishes(minh)
    await expect(bubbles(lan, "đã ổn chưa")).to_have_count(1)
    assert isinstance(stage.house.clock, FakeClock)
    stage.house.clock.forward(minutes=31)
    await lan.page.get_by_role("button", name="5 Đáng ngạc nhiên").last.click()
    await expect(bubbles(lan, "cơ hội sửa sai")).to_have_count(1)
    await expect(minh.page.locator("#case")).to_have_attribute("data-state", "confirmed")


async def test_a_lost_network_and_reloads_lose_nothing_and_double_nothing(stage: Stage) -> None:
    minh, person = await stage.colleague()
    lan = await stage.customer()
    case = await calls_a_person(stage, lan)
    await opens_case(minh, case)
    await replies(minh, "Dạ em đây ạ")
    await expect(bubbles(lan, "em đây")).to_have_count(1)
    await lan.context.set_offline(True)
    for number in range(3):
        await writes(lan, f"mất mạng {number}")
    await stage.house.act(person, "reply", case_id=case.id, text="trả lời lúc khách mất mạng")
    await lan.page.wait_for_timeout(300)
    await lan.context.set_offline(False)
    await expect(bubbles(lan, "trả lời lúc khách mất mạng")).to_have_count(1)
    for number in range(3):
        await expect(words(minh, f"mất mạng {number}")).to_have_count(1)
    await minh.context.set_offline(True)
    await writes(lan, "nhân viên mất mạng")
    await minh.page.wait_for_timeout(300)
    await minh.context.set_offline(False)
    await expect(words(minh, "nhân viên mất mạng")).to_have_count(1, timeout=20_000)
    before = await texts(lan)
    for screen in (lan, minh):
        await screen.page.reload()
    await expect(bubbles(lan, "nhân viên mất mạng")).to_have_count(1)
    assert await texts(lan) == before
    assert len(before) == len(set(before))
    for text in [f"mất mạng {number}" for number in range(3)]:
        await expect(words(minh, text)).to_have_count(1)
    said = await stage.house.rows(
        "SELECT text FROM lines WHERE author = 'customer' AND text LIKE 'mất mạng%' ORDER BY seq"
    )
    assert [row["text"] for row in said] == [f"mất mạng {number}" for number in range(3)]


async def texts(screen: Screen) -> list[str]:
    found = await bubbles(screen).all_inner_texts()
    return [one.strip() for one in found]


async def test_what_one_types_shows_at_the_other(stage: Stage) -> None:
    minh, _ = await stage.colleague()
    lan = await stage.customer()
    await opens_case(minh, await calls_a_person(stage, lan))
    await minh.page.locator("[data-mode=reply]").click()
    await minh.page.locator("#reply-text").press_sequentially("Dạ em đang xem", delay=20)
    await expect(lan.page.get_by_text("Minh đang").first).to_be_visible()


async def test_two_tabs_of_a_customer_agree(stage: Stage) -> None:
    lan = await stage.customer()
    await writes(lan, "Cửa hàng mở cửa mấy giờ?")
    await expect(bubbles(lan, "8 giờ 30")).to_have_count(1)
    other = await lan.context.new_page()
    await other.goto(stage.house.url)
    if await other.locator(".go").is_visible():
        await other.locator(".go").click()
    await expect(other.locator(".m .b").filter(has_text="8 giờ 30")).to_have_count(1)
    await other.get_by_role("button", name="👍 Được rồi").click()
    await expect(lan.page.get_by_role("button", name="👍 Được rồi")).to_be_disabled()
    await expect(lan.page.get_by_role("button", name="👎 Chưa đúng ý")).to_have_count(0)
    await expect(bubbles(lan, "xưng hô")).to_have_count(1)


async def test_hostile_texts_names_and_files_run_nothing_on_either_side(stage: Stage) -> None:
    minh, person = await stage.colleague()
    lan = await stage.customer()
    case = await calls_a_person(stage, lan)
    await opens_case(minh, case)
    await writes(lan, f"/xungho chị {XSS[1]}")
    for text in XSS:
        await writes(lan, text)
    for text in XSS[:5]:
        await stage.house.act(person, "reply", case_id=case.id, text=text)
    await stage.house.act(person, "note", case_id=case.id, text=XSS[1])
    await stage.house.app.engine.write(lambda db: name_them(db, case))
    file: FilePayload = {"name": '"><img src=x onerror=pwned=1>.png', "mimeType": "image/png", "buffer": PNG}
    await lan.page.locator("input[type=file]").set_input_files(file)
    await expect(lan.page.locator(".tr, form button[type=submit], form button").last).to_be_enabled()
    await writes(lan, "kèm hình")
    await expect(words(minh, "kèm hình")).to_have_count(1)
    for text in XSS:
        await expect(minh.page.get_by_text(text, exact=True).first).to_be_visible()
        await expect(lan.page.get_by_text(text, exact=True).first).to_be_visible()
    for screen in (lan, minh):
        await screen.page.reload()
        await screen.page.wait_for_timeout(500)
        assert screen.broken == []
        assert await screen.page.evaluate("typeof pwned") == "undefined"


async def name_them(db: Any, case: Case) -> None:
    from storage import cases, conversations

    await conversations.change_customer(db, case.customer_id, name=XSS[1], remark=XSS[0])
    await cases.change(db, case.id, case.opened_at, subject=XSS[2], order_code=XSS[3])


async def test_on_a_phone_both_sides_fit(stage: Stage) -> None:
    minh, _ = await stage.colleague(size=PHONE)
    lan = await stage.customer(size=PHONE)
    case = await calls_a_person(stage, lan)
    await lan.is_whole()
    await minh.is_whole()
    await opens_case(minh, case)
    await replies(minh, "Dạ em chào chị, " + "câu này dài " * 30)
    await expect(bubbles(lan, "câu này dài")).to_have_count(1)
    await writes(lan, "x" * 400)
    await expect(words(minh, "x" * 400)).to_have_count(1)
    for screen in (lan, minh):
        await screen.is_whole()
