"""The dashboard in a real browser: charts under a strict policy, nothing wider than a phone, files by script."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, ViewportSize, async_playwright, expect

from tests.web.dashboard_house import DashboardHouse, Owner, ninety_days, open_dashboard

CHROMIUM = Path("/usr/bin/chromium")
ARGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
PHONE: ViewportSize = {"width": 390, "height": 844}
ROOMS = (
    "?days=7", "/ratings", "/cases?show=active", "/questions", "/deliveries", "/faq?q=giao", "/faq/entry?id=phi_ship",
    "/faq/files", "/touchpoints", "/settings", "/settings/touchpoints", "/settings/times", "/staff", "/audit",
    "/export",
)  # fmt: skip
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[DashboardHouse]:
    async with open_dashboard(tmp_path) as house:
        await ninety_days(house, 6)
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def phone(chromium: Chromium, house: DashboardHouse) -> AsyncIterator[tuple[Page, Owner]]:
    owner = await house.owner()
    context = await chromium.new_context(viewport=PHONE)
    await context.add_cookies([{"name": owner.name, "value": owner.cookie, "url": owner.origin}])
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield page, owner
    await context.close()
    assert wrong == []


async def test_charts_are_drawn_and_explained(phone: tuple[Page, Owner]) -> None:
    page, owner = phone
    await page.goto(f"{owner.origin}/dashboard?days=7")
    await expect(page.locator("[data-chart] canvas")).to_have_count(2)
    question = page.locator(".how summary").first
    await question.click()
    await expect(page.locator(".how p").first).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".how p").first).to_be_hidden()


async def test_nothing_is_wider_than_a_phone(phone: tuple[Page, Owner]) -> None:
    page, owner = phone
    for room in ROOMS:
        await page.goto(f"{owner.origin}/dashboard{room}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], room


async def test_a_file_is_sent_by_the_page(phone: tuple[Page, Owner]) -> None:
    page, owner = phone
    await page.goto(f"{owner.origin}/dashboard/faq/files")
    body = "question,answer\nCó may đo không?,Dạ có ạ.".encode()
    await page.set_input_files("#file", {"name": "moi.csv", "mimeType": "text/csv", "buffer": body})
    await page.locator("form[data-upload] button").click()
    await expect(page.get_by_text("Có may đo không?")).to_be_visible()
