"""The desk in a real browser, on a desktop and on a phone."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Page, ViewportSize, async_playwright, expect

from care import logins
from storage import conversations
from tests.web.desk_house import Browser, DeskHouse, open_desk
from tests.web.test_desk import PNG, XSS

CHROMIUM = Path("/usr/bin/chromium")
ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
PHONE: ViewportSize = {"width": 390, "height": 844}
ERRORS: dict[Page, list[str]] = {}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=str(CHROMIUM), args=ARGS.split())
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[DeskHouse]:
    async with open_desk(tmp_path) as house:
        house.clock.forward(seconds=(datetime.now(UTC) - house.clock.now()).total_seconds())  # browsers have their own
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def minh(desk: DeskHouse) -> Browser:
    return await desk.sign_in(await desk.hire("Minh", language="en"))


@pytest_asyncio.fixture(loop_scope="module")
async def window(chromium: Chromium, minh: Browser) -> AsyncIterator[BrowserContext]:
    context = await chromium.new_context(viewport={"width": 1300, "height": 850})
    context.set_default_timeout(8000)
    await context.add_cookies([{"name": minh.name, "value": minh.cookie, "url": minh.origin}])
    yield context
    broken = [error for page in context.pages for error in ERRORS.get(page, [])]
    await context.close()
    assert broken == []


async def open_page(window: BrowserContext, address: str) -> Page:
    """A page that has connected; what goes wrong in its scripts is kept in ERRORS."""
    page = await window.new_page()
    ERRORS[page] = []
    page.on("pageerror", lambda error: ERRORS[page].append(str(error)))
    async with page.expect_request("**/desk/events?*"):
        await page.goto(address)
    return page


async def test_a_reply_reaches_the_thread_once_however_often_it_is_pressed(
    desk: DeskHouse, minh: Browser, window: BrowserContext
) -> None:
    case = await desk.waiting_case("Lan")
    page = await open_page(window, f"{minh.origin}/desk/case/{case.id}")
    await page.click("[data-mode=reply]")
    await page.fill("#reply-text", "Dạ còn size M ạ")
    await page.evaluate(
        "for (let i = 0; i < 3; i++) document.querySelector('[data-compose=reply] [data-send]').click()"
    )
    await expect(page.locator(".line.staff[data-line]")).to_have_count(1)
    await expect(page.locator(".line.unsent")).to_have_count(0)
    assert await desk.count("SELECT count(*) FROM lines WHERE author = 'staff'") == 1
    await expect(page.locator("#reply-text")).to_have_value("")
    await expect(page.locator(".head .tag", has_text="In progress")).to_be_visible()


async def test_what_was_written_survives_a_lost_network_and_goes_once(
    desk: DeskHouse, minh: Browser, window: BrowserContext
) -> None:
    case = await desk.waiting_case("Lan")
    page = await open_page(window, f"{minh.origin}/desk/case/{case.id}")
    await page.click("[data-mode=reply]")
    await page.fill("#reply-text", "Dạ em gửi chị bảng size")
    await page.route("**/reply", lambda route: route.abort())
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".line.unsent .not")).to_contain_text("Not sent")
    await page.unroute("**/reply")
    await page.click(".line.unsent .link >> nth=0")
    await expect(page.locator(".line.staff[data-line]")).to_have_count(1)
    assert await desk.count("SELECT count(*) FROM outbox WHERE purpose = 'relay'") == 1


async def test_the_two_boxes_keep_their_own_words(desk: DeskHouse, minh: Browser, window: BrowserContext) -> None:
    case, other = await desk.waiting_case("Lan"), await desk.waiting_case("Huy")
    page = await open_page(window, f"{minh.origin}/desk/case/{case.id}")
    await expect(page.locator("#mode-note")).to_have_attribute("aria-selected", "true")  # nobody holds the case
    await page.fill("#note-text", "khách này hay trả hàng")
    await page.click("[data-mode=reply]")
    assert await page.input_value("#reply-text") == ""
    await page.fill("#reply-text", "Dạ em chào chị")
    await page.click(f"a[data-case='{other.id}']")
    await expect(page.locator("#case")).to_have_attribute("data-case", str(other.id))
    assert await page.input_value("#note-text") == ""
    await page.reload()
    await page.click(f"a[data-case='{case.id}']")
    await expect(page.locator("#note-text")).to_have_value("khách này hay trả hàng")
    await page.click("[data-mode=note]")
    await page.click("[data-compose=note] [data-send]")
    await expect(page.locator(".line.note[data-line]")).to_have_count(1)
    assert await desk.count("SELECT count(*) FROM outbox") == 0


async def test_news_arrives_by_itself_and_disturbs_nobody_who_writes(
    desk: DeskHouse, minh: Browser, window: BrowserContext
) -> None:
    case = await desk.waiting_case("Lan")
    conversation = await desk.engine.read(lambda db: conversations.get(db, case.conversation_id))
    assert conversation is not None
    page = await open_page(window, f"{minh.origin}/desk/case/{case.id}")
    await page.click("[data-mode=reply]")
    await page.fill("#reply-text", "Dạ em đang")
    await desk.says(conversation, "em ơi còn không", case.id)
    await expect(page.locator(".line.customer .words", has_text="em ơi còn không")).to_be_visible()
    assert await page.input_value("#reply-text") == "Dạ em đang"
    await expect(page.locator("#reply-text")).to_be_focused()
    new = await desk.waiting_case("Huy")
    await expect(page.locator(f"a[data-case='{new.id}']")).to_be_visible()
    await expect(page).to_have_title(re.compile(r"^\(2\) #"))


async def test_canned_replies_open_with_a_slash_and_names_with_an_at(
    desk: DeskHouse, minh: Browser, window: BrowserContext
) -> None:
    await desk.hire("Hoa")
    case = await desk.waiting_case("Lan")
    page = await open_page(window, f"{minh.origin}/desk/case/{case.id}")
    await page.click("[data-mode=reply]")
    await page.type("#reply-text", "/xin ma don")
    await expect(page.locator("#picker [role=option]")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("#reply-text")).to_have_value(re.compile("mã đơn"))
    await page.click("[data-mode=note]")
    await page.type("#note-text", "nhờ @ho")
    await page.keyboard.press("Enter")
    await expect(page.locator("#note-text")).to_have_value("nhờ @Hoa ")


async def test_no_customer_runs_a_script_at_the_desk(desk: DeskHouse, minh: Browser, window: BrowserContext) -> None:
    numbers = []
    for place, text in enumerate(XSS):
        conversation, customer = await desk.customer(text, address=f"evil-{place}")
        case = await desk.opens(conversation, customer, subject=text, order_code=text, tried=[text])
        media = [{"kind": "file", "token": "a" * 32, "name": text}, {"kind": text, "name": text}]
        await desk.says(conversation, text, case.id, media=media)
        await minh.post(f"/desk/case/{case.id}/note", text=f"@Minh {text}")
        numbers.append(case.id)
    page = await open_page(window, f"{minh.origin}/desk")
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.on("request", lambda request: asked.extend({request.url} if "evil.example" in request.url else ()))
    for number in numbers:
        await page.click(f"a[data-case='{number}']")
        await expect(page.locator("#case")).to_have_attribute("data-case", str(number))
        await minh.post(f"/desk/case/{number}/claim")  # and the same through a live update
    await expect(page.locator("#thread .step", has_text="Minh")).to_be_visible()
    assert (
        await page.locator("#thread script, #thread iframe, #list script, #card script, #thread svg[onload]").count()
        == 0
    )
    assert asked == []


async def test_a_case_is_finished_in_its_dialog_only_with_a_cause(
    desk: DeskHouse, minh: Browser, window: BrowserContext
) -> None:
    case = await desk.waiting_case("Lan")
    page = await open_page(window, f"{minh.origin}/desk/case/{case.id}")
    await page.click("[data-opens=resolve-dialog]")
    await page.click("#resolve-dialog .main")
    assert await desk.count("SELECT count(*) FROM cases WHERE state = 'resolved'") == 0
    await page.check("#resolve-dialog input[value=san_pham]")
    await page.click("#resolve-dialog .main")
    await expect(page.locator("#resolve-dialog[open]")).to_have_count(0)
    await expect(page.locator(".head .tag", has_text="Resolved")).to_be_visible()
    await expect(page.locator("[data-compose=reply]")).to_have_count(0)


async def test_on_a_phone_the_list_leads_to_the_case_and_back(
    desk: DeskHouse, minh: Browser, window: BrowserContext
) -> None:
    case = await desk.waiting_case("Lan")
    page = await open_page(window, f"{minh.origin}/desk")
    await page.set_viewport_size(PHONE)
    await expect(page.locator("#main")).to_be_hidden()
    await page.click(f"a[data-case='{case.id}']")
    await expect(page.locator("#list")).to_be_hidden()
    await page.click(".show-card")
    await expect(page.locator("#c-name")).to_be_visible()
    await page.click(".show-card")
    await page.click(".back")
    await expect(page.locator("#list")).to_be_visible()
    await page.go_back()
    await expect(page.locator("#thread")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_a_picture_is_attached_and_sent(desk: DeskHouse, minh: Browser, window: BrowserContext) -> None:
    case = await desk.waiting_case("Lan")
    page = await open_page(window, f"{minh.origin}/desk/case/{case.id}")
    await page.click("[data-mode=reply]")
    await page.set_input_files("[data-upload]", {"name": "áo.png", "mimeType": "image/png", "buffer": PNG})
    await expect(page.locator(".uploads li[data-token]")).to_contain_text("áo.png")
    await page.click("[data-compose=reply] [data-send]")
    await expect(page.locator(".line.staff .media img")).to_have_count(1)


async def test_whoever_is_signed_out_elsewhere_is_shown_the_way_in(
    desk: DeskHouse, minh: Browser, window: BrowserContext
) -> None:
    case = await desk.waiting_case("Lan")
    page = await open_page(window, f"{minh.origin}/desk/case/{case.id}")
    await expect(page.locator("#thread .line")).to_have_count(1)
    person, now = desk.people["Minh"], desk.clock.now()
    await desk.engine.write(lambda db: logins.sign_out_everywhere(db, person.id, now))
    await page.wait_for_url("**/login")
