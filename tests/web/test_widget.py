"""The chat widget in a real browser: what a visitor sees, and that nothing of theirs is lost or doubled."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
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

from tests.web.widget_server import WIDGET, WidgetServer

CHROMIUM = Path("/usr/bin/chromium")
ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
PHONE: ViewportSize = {"width": 390, "height": 844}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]
Visit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=str(CHROMIUM), args=ARGS.split())
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def server() -> AsyncIterator[WidgetServer]:
    server = WidgetServer()
    runner = web.AppRunner(server.app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    yield server
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1200, "height": 800}, locale="vi-VN")
    context.set_default_timeout(8000)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def visit(context: BrowserContext, server: WidgetServer) -> Visit:
    """Open the page; errors of its scripts fail the test."""

    async def visit(path: str = "/", clock: bool = False, page: Page | None = None) -> Page:
        page = page or await context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        if clock:
            await page.clock.install(time=datetime(2026, 11, 22, 3, tzinfo=UTC))
            await page.clock.pause_at(datetime(2026, 11, 22, 3, 0, 1, tzinfo=UTC))
        await page.goto(server.url + path)
        await expect(page.locator(".go, .p").filter(visible=True).first).to_be_visible()
        return page

    return visit


async def opened(visit: Visit, **options: Any) -> Page:
    page = await visit(**options)
    await page.locator(".go").click()
    await expect(box(page)).to_be_focused()
    return page


def box(page: Page) -> Locator:
    return page.locator("textarea")


def bubbles(page: Page) -> Locator:
    return page.locator(".m .b")


def a_file(name: str, mime: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": mime, "buffer": content}


async def write(page: Page, text: str) -> None:
    await box(page).fill(text)
    await box(page).press("Enter")


async def until(true: Callable[[], object], what: str) -> None:
    """Wait for something on the server's side."""
    for _ in range(400):
        if true():
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"never happened: {what}")


async def test_the_widget_stays_under_thirty_thousand_bytes() -> None:
    assert WIDGET.stat().st_size < 30_000


async def test_the_widget_never_builds_html_from_text() -> None:
    dangerous = r"innerHTML|outerHTML|insertAdjacentHTML|\.write\(|\beval\b|Function\("
    assert not re.findall(dangerous, WIDGET.read_text())


async def test_a_customer_writes_and_is_answered(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await write(page, "ship đà nẵng mất mấy ngày vậy shop")
    await expect(page.locator(".m.y .s")).to_contain_text("Sent")
    await server.says("bot", "Dạ khoảng 3–5 ngày ạ.")
    await server.says("staff", "Dạ chị Lan ơi, còn size M ạ.", name="Minh")
    await expect(bubbles(page)).to_have_text(
        ["ship đà nẵng mất mấy ngày vậy shop", "Dạ khoảng 3–5 ngày ạ.", "Dạ chị Lan ơi, còn size M ạ."]
    )
    await expect(page.locator(".m.st .who")).to_contain_text("Minh · Nhà Mây")
    await until(lambda: server.sent("seen") and server.sent("seen")[-1]["seq"] == 3, "seen")


async def test_it_says_it_is_a_machine_and_a_person_is_one_tap_away(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await expect(page.locator(".top")).to_contain_text("Automatic assistant")
    await page.get_by_role("button", name="Talk to staff").click()
    await until(lambda: server.said() == ["Talk to staff"], "asked for a person")


async def test_a_reload_keeps_everything_even_without_network(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await write(page, "một")
    await server.says("bot", "hai")
    await expect(bubbles(page)).to_have_text(["một", "hai"])
    await server.hang_up()
    await page.route("**/chat/**", lambda route: route.abort())
    server.refuse_socket = True
    await write(page, "ba")
    await box(page).fill("dở dang")
    await page.reload()
    await page.locator(".go").click()
    await expect(bubbles(page)).to_have_text(["một", "hai", "ba"])
    await expect(box(page)).to_have_value("dở dang")
    await page.unroute("**/chat/**")
    server.refuse_socket = False
    await until(lambda: server.said() == ["một", "ba"], "what was kept went out")
    await expect(bubbles(page)).to_have_text(["một", "hai", "ba"])


async def test_a_lost_network_loses_nothing_and_doubles_nothing(
    visit: Visit, server: WidgetServer, context: BrowserContext
) -> None:
    page = await opened(visit)
    await write(page, "trước")
    await until(lambda: server.said() == ["trước"], "first message")
    await context.set_offline(True)
    await expect(page.locator(".ln")).to_contain_text("offline")
    for number in range(5):
        await write(page, f"lúc mất mạng {number}")
    server.add("staff", "trả lời lúc khách mất mạng", name="Minh")
    await expect(page.locator(".m.y .s").last).to_contain_text("Sending")
    await context.set_offline(False)
    wanted = ["trước", *(f"lúc mất mạng {number}" for number in range(5))]
    await until(lambda: server.said() == wanted, "all messages, once, in order")
    await expect(page.locator(".ln")).to_be_hidden()
    await expect(bubbles(page)).to_have_text([wanted[0], "trả lời lúc khách mất mạng", *wanted[1:]])


async def test_lost_acknowledgements_double_nothing(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    server.drop_acks = 2
    for text in ("một", "hai", "ba"):
        await write(page, text)
    await until(lambda: server.said() == ["một", "hai", "ba"], "each message once, in order")
    assert len(server.sent("msg")) >= 3
    await expect(page.locator(".m.y")).to_have_count(3)
    await expect(page.locator(".m.y .s").last).to_contain_text("Sent")
    await asyncio.sleep(0.3)
    assert server.said() == ["một", "hai", "ba"]


async def test_the_same_line_twice_is_shown_once(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await write(page, "chào")
    await server.says("bot", "Dạ em chào ạ.")
    for line in server.lines * 2:
        await server.push(line)
    await server.says("bot", "hết")
    await expect(bubbles(page)).to_have_text(["chào", "Dạ em chào ạ.", "hết"])


async def test_without_websocket_it_polls(visit: Visit, server: WidgetServer) -> None:
    server.refuse_socket = True
    page = await opened(visit)
    await write(page, "qua đường vòng")
    await until(lambda: server.said() == ["qua đường vòng"], "sent over HTTP")
    await server.says("bot", "Dạ em nghe ạ.")
    await expect(bubbles(page)).to_have_text(["qua đường vòng", "Dạ em nghe ạ."])
    await write(page, "lần nữa")
    await until(lambda: server.said() == ["qua đường vòng", "lần nữa"], "sent again")


async def test_two_tabs_of_one_visitor_stay_in_step(visit: Visit, server: WidgetServer) -> None:
    first, second = await opened(visit), await opened(visit)
    await write(first, "từ thẻ một")
    await expect(bubbles(second)).to_have_text(["từ thẻ một"])
    await write(second, "từ thẻ hai")
    await expect(bubbles(first)).to_have_text(["từ thẻ một", "từ thẻ hai"])
    assert len(server.keys) == 1
    assert server.said() == ["từ thẻ một", "từ thẻ hai"]


async def test_a_refused_key_is_replaced_and_nothing_written_is_lost(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await write(page, "một")
    await until(lambda: server.said() == ["một"], "first message")
    server.keys[:] = ["another"]
    server.lines.clear()
    await server.hang_up()
    await write(page, "hai")
    await until(lambda: server.said() == ["hai"], "sent as a new visitor")
    await expect(bubbles(page)).to_have_text(["hai"])


async def test_a_refused_message_can_be_sent_again_by_a_tap(visit: Visit, server: WidgetServer) -> None:
    server.errors["khó"] = {"code": "text", "text": "Tin này chưa gửi được."}
    page = await opened(visit)
    await write(page, "khó")
    failed = page.locator(".m.y .s.e button")
    await expect(failed).to_contain_text("Tap to send again")
    await write(page, "dễ")
    await until(lambda: server.said() == ["dễ"], "later messages are not held up")
    server.errors.clear()
    await failed.click()
    await until(lambda: server.said() == ["dễ", "khó"], "sent again")
    await expect(failed).to_have_count(0)


async def test_recalled_and_edited_lines_change_in_place(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await write(page, "chào")
    await server.says("staff", "giá 100", name="Minh")
    await server.says("staff", "giá 200", name="Minh")
    await expect(bubbles(page)).to_have_text(["chào", "giá 100", "giá 200"])
    await server.push(server.lines[1] | {"t": "update", "text": "", "recalled": True})
    await server.push(server.lines[2] | {"t": "update", "text": "giá 250", "edited": True})
    await expect(bubbles(page)).to_have_text(["chào", "This message was taken back.", "giá 250"])


async def test_what_was_recalled_while_away_is_gone_after_coming_back(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await write(page, "chào")
    await server.says("staff", "gửi nhầm", name="Minh")
    await expect(bubbles(page)).to_have_text(["chào", "gửi nhầm"])
    server.lines[1] |= {"text": "", "recalled": True}
    await server.hang_up()
    await expect(bubbles(page)).to_have_text(["chào", "This message was taken back."])


async def test_a_button_is_pressed_once(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await write(page, "chào")
    await server.says("bot", "Mức nào ạ?", choices=["1 Tồi tệ", "2 Cơ bản"], ref="9")
    await page.get_by_role("button", name="2 Cơ bản").dblclick()
    await until(lambda: server.sent("press"), "pressed")
    await server.push(server.lines[-1] | {"t": "update"})
    await expect(page.locator(".ch button")).to_have_text(["✓ 2 Cơ bản"])
    assert [(frame["ref"], frame["n"]) for frame in server.sent("press")] == [("9", 1)]


async def test_a_first_time_visitor_is_greeted_at_five_seconds(visit: Visit, server: WidgetServer) -> None:
    page = await visit(clock=True)
    await page.clock.run_for(4500)
    await until(lambda: server.sent("hello"), "connected before the greeting")
    await asyncio.sleep(0.2)
    assert not server.sent("greet")
    await page.clock.run_for(600)
    await until(lambda: server.sent("greet"), "greeted")
    await expect(page.locator(".tz")).to_contain_text("trợ lý tự động")
    await expect(page.locator(".n")).to_have_text("1")
    again = await visit(clock=True)
    await again.clock.run_for(20_000)
    await asyncio.sleep(0.2)
    assert len(server.sent("greet")) == 1
    await page.locator(".tz").get_by_role("button", name="Giao hàng").click()
    await until(lambda: server.sent("press"), "the teaser's button works")


async def test_who_has_opened_the_panel_is_not_greeted(visit: Visit, server: WidgetServer) -> None:
    page = await visit(clock=True)
    await page.locator(".go").click()
    await page.keyboard.press("Escape")
    await page.clock.run_for(20_000)
    await until(lambda: server.sent("hello"), "connected")
    await asyncio.sleep(0.2)
    assert not server.sent("greet")


async def test_who_is_typing_on_the_page_is_not_interrupted(visit: Visit, server: WidgetServer) -> None:
    page = await visit(clock=True)
    await page.clock.run_for(4500)
    await until(lambda: server.sent("hello"), "connected")
    await page.get_by_label("Search").press_sequentially("áo")
    await page.clock.run_for(1500)
    await asyncio.sleep(0.2)
    assert not server.sent("greet")
    await page.clock.run_for(3000)
    await until(lambda: server.sent("greet"), "greeted after typing")


async def test_enter_that_ends_a_composition_does_not_send(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await box(page).fill("chào shop")
    for init in ({"isComposing": True}, {"keyCode": 229}):
        prevented = await box(page).evaluate(
            """(el, init) => !el.dispatchEvent(new KeyboardEvent('keydown',
               {key: 'Enter', bubbles: true, cancelable: true, composed: true, ...init}))""",
            init,
        )
        assert not prevented
    await box(page).press("Shift+Enter")
    await box(page).press_sequentially("còn hàng không")
    assert not server.said()
    await box(page).press("Enter")
    await until(lambda: server.said() == ["chào shop\ncòn hàng không"], "sent as two lines")


async def test_the_keyboard_is_enough(visit: Visit, server: WidgetServer) -> None:
    page = await visit()
    await page.get_by_label("Search").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(box(page)).to_be_focused()
    await page.keyboard.type("chào")
    await page.keyboard.press("Tab")
    await expect(page.locator(".sd")).to_be_focused()
    await page.keyboard.press("Enter")
    await until(lambda: server.said() == ["chào"], "sent")
    await page.keyboard.press("Escape")
    await expect(page.locator(".p")).to_be_hidden()
    await expect(page.locator(".go")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_label("Search")).to_be_focused()


async def test_a_screen_reader_finds_its_way(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await expect(page.get_by_role("dialog", name="Chat with Nhà Mây")).to_be_visible()
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    nameless = await page.locator("#cham").evaluate(
        """host => [...host.shadowRoot.querySelectorAll('button:not([hidden]),textarea,input:not([hidden])')]
           .filter(el => !el.getAttribute('aria-label') && !el.textContent.trim()).length"""
    )
    assert nameless == 0


async def test_on_a_phone_it_fills_the_screen_with_large_targets(visit: Visit, server: WidgetServer) -> None:
    page = await visit()
    await page.set_viewport_size(PHONE)
    await page.locator(".go").click()
    panel = await page.locator(".p").bounding_box()
    assert panel is not None
    assert (panel["x"], panel["y"], panel["width"], panel["height"]) == (0, 0, 390, 844)
    await server.says("bot", "Mức nào ạ?", choices=["1", "2"], ref="9")
    await expect(page.locator(".ch button")).to_have_count(2)
    for button in await page.locator(".p button:visible").all():
        size = await button.bounding_box()
        assert size is not None
        assert size["height"] >= 44
        assert size["width"] >= 34
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_files_are_uploaded_and_shown(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await page.locator("input[type=file]").set_input_files(a_file("áo rách.png", "image/png", PNG))
    await until(lambda: server.uploads == ["áo rách.png"], "uploaded")
    await write(page, "hàng lỗi nè shop")
    await until(lambda: server.said() == ["hàng lỗi nè shop"], "sent with its picture")
    assert server.sent("msg")[-1]["files"] == ["f1.áo rách.png"]
    await expect(page.locator(".m.y img")).to_have_attribute("alt", "áo rách.png")
    await expect(page.locator(".at")).to_be_hidden()


async def test_a_file_that_cannot_go_says_why(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    files = [
        a_file("phim.png", "image/png", b"0" * 1_100_000),
        a_file("chay.exe", "application/x-msdownload", b"MZ"),
    ]
    await page.locator("input[type=file]").set_input_files(files)
    await expect(page.locator(".at .e").nth(0)).to_contain_text("Larger than")
    await expect(page.locator(".at .e").nth(1)).to_contain_text("This kind of file cannot be sent.")
    assert not server.uploads
    await page.get_by_role("button", name="Remove phim.png").click()
    await expect(page.locator(".at .e")).to_have_count(1)


async def test_links_are_only_http_and_open_apart(visit: Visit, server: WidgetServer) -> None:
    page = await opened(visit)
    await server.says("bot", "Xem https://example.com/a?b=1. hoặc javascript:alert(1) (http://example.org/x)")
    links = page.locator(".b a")
    await expect(links).to_have_text(["https://example.com/a?b=1", "http://example.org/x"])
    assert {await link.get_attribute("rel") for link in await links.all()} == {"noopener noreferrer nofollow"}


HOSTILE = [
    "<script>HIT</script>",
    "<img src=x onerror=HIT>",
    "<svg onload=HIT>",
    "<svg><script>HIT</script></svg>",
    "<iframe srcdoc='<script>HIT</script>'>",
    "<iframe src=javascript:HIT>",
    "<body onload=HIT>",
    "<a href=javascript:HIT>x</a>",
    "javascript:HIT",
    "JaVaScRiPt:HIT",
    "data:text/html,<script>HIT</script>",
    "vbscript:HIT",
    '"><script>HIT</script>',
    "'><img src=x onerror=HIT>",
    "</textarea><script>HIT</script>",
    "</script><script>HIT</script>",
    "<details open ontoggle=HIT>",
    "<video><source onerror=HIT>",
    "<input autofocus onfocus=HIT>",
    "<math><mtext><img src=x onerror=HIT>",
    "<style>@import 'javascript:HIT'</style>",
    "<object data=javascript:HIT>",
    "<embed src=javascript:HIT>",
    "<form action=javascript:HIT><button>",
    "<marquee onstart=HIT>",
    "<template><script>HIT</script></template>",
    "{{constructor.constructor('HIT')()}}",
    "${HIT}",
    "`${HIT}`",
    "<!--><script>HIT</script>",
    'https://x.example/"onmouseover=HIT',
    "http://x.example/'><script>HIT</script>",
    "https://x.example/<img src=x onerror=HIT>",
    "http://javascript:HIT",
    "\u202e<script>HIT</script>",
    "<img/src=x/onerror=HIT>",
    "%(name)s%(constructor)s",
    "<scr\u0000ipt>HIT</script>",
]


async def test_hostile_texts_and_names_run_no_script(
    visit: Visit, server: WidgetServer, context: BrowserContext
) -> None:
    await context.add_init_script("window.hits = 0")
    server.shop = HOSTILE[1]
    page = await opened(visit)
    hostile = [text.replace("HIT", "window.hits++") for text in HOSTILE]
    for number, text in enumerate(hostile):
        media = [{"url": text, "kind": "image" if number % 2 else "file", "name": text, "mime": text, "size": 1}]
        server.add("staff", text, name=text, media=media, choices=[text], ref=str(number))
    await server.tell()
    await server.push({"t": "typing", "name": hostile[1]})
    await write(page, hostile[0])
    await expect(page.locator(".m")).to_have_count(len(hostile) + 1)
    await page.locator("input[type=file]").set_input_files(a_file(hostile[1], "image/png", PNG))
    await page.reload()
    await page.locator(".go").click()
    await expect(page.locator(".m")).to_have_count(len(hostile) + 1)
    for link in await page.locator(".p a").all():
        assert re.match("https?:", await link.get_attribute("href") or "")
    assert await page.evaluate("window.hits") == 0
    assert not await page.locator(".p script, .p iframe, .p object, .p embed, .p style").count()


async def test_it_works_without_local_storage(visit: Visit, server: WidgetServer, context: BrowserContext) -> None:
    await context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    )
    page = await opened(visit)
    await write(page, "chào")
    await server.says("bot", "Dạ em nghe ạ.")
    await expect(bubbles(page)).to_have_text(["chào", "Dạ em nghe ạ."])
    assert not await context.cookies()


async def test_a_touchpoint_page_opens_and_starts_once(visit: Visit, server: WidgetServer) -> None:
    server.attributes = ' data-start="t_giao_hang"'
    page = await visit()
    await expect(page.locator(".p")).to_be_visible()
    await until(lambda: server.sent("start"), "started")
    await page.reload()
    await until(lambda: len(server.sent("hello")) == 2, "back again")
    await asyncio.sleep(0.2)
    assert [frame["payload"] for frame in server.sent("start")] == ["t_giao_hang"]


async def test_the_page_can_open_close_and_start(visit: Visit, server: WidgetServer) -> None:
    page = await visit()
    await page.evaluate("Cham.open()")
    await expect(page.locator(".p")).to_be_visible()
    await page.evaluate("Cham.close()")
    await expect(page.locator(".p")).to_be_hidden()
    await page.evaluate("Cham.start('t_doi_tra')")
    await until(lambda: [frame["payload"] for frame in server.sent("start")] == ["t_doi_tra"], "started")


async def test_the_language_changes_with_a_tap(visit: Visit, server: WidgetServer) -> None:
    server.texts = {name: f"vi:{text}" for name, text in server.texts.items()}
    page = await opened(visit)
    await expect(box(page)).to_have_attribute("placeholder", "vi:Write a message…")
    await page.locator(".lg").click()
    await expect(box(page)).to_have_attribute("placeholder", "Write a message…")
    await until(lambda: server.sent("hello")[-1]["lang"] == "en", "the server hears of it")
    await page.reload()
    await page.locator(".go").click()
    await expect(box(page)).to_have_attribute("placeholder", "Write a message…")
