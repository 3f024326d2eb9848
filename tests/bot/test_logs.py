"""Logs: a canary secret goes in by every way we know and comes out by none."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs

TOKEN = "123456789:AAH" + "canary" * 6
CANARY = "canary-of-the-shop"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the process wrote; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    logs.start("debug", "json", secrets=[CANARY], stream=out)
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "text",
    [
        f"https://api.telegram.org/bot{TOKEN}/getMe",
        "https://api.telegram.org/bot123456789%3AAAHcanary/getMe",
        f"https://api.telegram.org/file/bot{TOKEN}/photo.jpg",
        f"token={TOKEN}",
        "Authorization: Bearer canary.canary",
        "{'Authorization': 'Bearer canary'}",
        "Authorization: Basic Y2FuYXJ5canary",
        "authorization=canary",
        "access_token=canary&x=1",
        '{"access_token": "canary", "refresh_token":"canary"}',
        '{\\"access_token\\": \\"canary\\"}',
        "{'secret_key': 'canary'}",
        "X-Telegram-Bot-Api-Secret-Token: canary",
        "('X-Bot-Api-Secret-Token', 'canary')",
        "POST /login/canarycanary123 200",
        "GET /media/canarycanary123/anh.jpg",
        "Cookie: cham_session=canarycanary",
        f"the shop's {CANARY} is out",
    ],
)
@pytest.mark.parametrize("way", ["ours", "library", "argument", "traceback"])
def test_no_secret_is_written(written: io.StringIO, text: str, way: str) -> None:
    if way == "ours":
        logs.logger("cham").info("said", detail=text)
    elif way == "library":
        logging.getLogger("some.library").warning(text)
    elif way == "argument":
        logging.getLogger("some.library").debug("called %s with %r", "it", {"value": text})
    else:
        try:
            raise RuntimeError(text)
        except RuntimeError:
            logs.logger("cham").exception("failed")
    assert written.getvalue()
    assert "canary" not in written.getvalue()


@pytest.mark.parametrize(
    "text", ["Case 123456789: opened at 10:30", "order 1234567:8", "bearer of news:", "/login/new", "/media/a.jpg"]
)
def test_ordinary_words_stay(text: str) -> None:
    assert logs.Redactor()(text).split()[0] == text.split()[0]
    assert logs.STARS not in logs.Redactor(["ab"])(text) or "earer" in text


def test_every_line_is_one_json_object_in_vietnamese(written: io.StringIO) -> None:
    logs.logger("cham").info("Đã mở hồ sơ", case=12)
    logging.getLogger("some.library").warning("bị ngắt %s", "mạng")
    ours, library = map(json.loads, written.getvalue().splitlines())
    assert (ours["event"], ours["case"], ours["level"], ours["logger"]) == ("Đã mở hồ sơ", 12, "info", "cham")
    assert (library["event"], library["level"]) == ("bị ngắt mạng", "warning")
    assert ours["timestamp"].endswith("Z")


def test_bound_ids_follow_every_line(written: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(conversation=5):
        logging.getLogger("some.library").info("inside")
    logs.logger("cham").info("outside")
    inside, outside = map(json.loads, written.getvalue().splitlines())
    assert inside["conversation"] == 5
    assert "conversation" not in outside


@pytest.mark.parametrize("name", ["httpx", "httpcore", "aiohttp.access"])
def test_libraries_that_write_whole_addresses_are_quiet(written: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("GET /bot…")
    assert written.getvalue() == ""


def test_the_last_setup_counts(written: io.StringIO) -> None:
    second = io.StringIO()
    logs.start("info", "text", stream=second)
    logs.logger("cham").debug("hidden")
    logs.logger("cham").info("seen", case=1)
    assert written.getvalue() == ""
    assert "seen" in second.getvalue()
    assert "hidden" not in second.getvalue()


def test_an_exception_is_told_in_one_line_without_secrets() -> None:
    assert logs.redacted(ValueError(f"bad {CANARY}"), [CANARY]) == "ValueError: bad ***"
