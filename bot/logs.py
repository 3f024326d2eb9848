"""Logs: one line per event, ids only, every secret replaced before a line leaves the process."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog

STARS = "***"
QUIET = ("aiohttp.access", "aiohttp.web_log", "apscheduler", "httpcore", "httpx", "asyncio", "aiogram.event")
SHORTEST_SECRET = 6  # shorter values would blank out ordinary words

PATTERNS = (
    # A bot token, Telegram's or Zalo's; it sits in the path of every call, so `\b` would miss "/bot123…".
    (re.compile(r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}"), STARS),
    (re.compile(r"(/bot)\d+(?::|%3A)[^/\s\"']+", re.IGNORECASE), rf"\1{STARS}"),
    (re.compile(r"(\bBearer\s+)[^\s\"',}\\]+", re.IGNORECASE), rf"\1{STARS}"),
    (
        re.compile(
            r"(\bAuthorization\\*[\"']?\s*[:=,]\s*\\*[\"']?(?:Basic\s+)?)(?!Bearer|Basic)[^\s\"',}]+", re.IGNORECASE
        ),
        rf"\1{STARS}",
    ),
    # Zalo's and Messenger's tokens and secrets travel as parameters, headers and JSON fields of these names.
    (
        re.compile(
            r"((?:access_token|refresh_token|secret_key|app_secret|appsecret_proof|verify_token|secret_token|client_secret"
            r"|x-bot-api-secret-token|x-telegram-bot-api-secret-token|x-zevent-signature|x-hub-signature-256)"
            r"\\*[\"']?\s*[:=,]\s*\\*[\"']?)[^\s\"'&,;})\\]+",
            re.IGNORECASE,
        ),
        rf"\1{STARS}",
    ),
    # One-time links and capabilities of our own.
    (re.compile(r"(/(?:login|media)/)[A-Za-z0-9_-]{8,}"), rf"\1{STARS}"),
    (re.compile(r"((?:cham_session|cookie)[\"']?\s*[:=]\s*[\"']?)[^\s\"';,}]+", re.IGNORECASE), rf"\1{STARS}"),
)


class Redactor:
    """Replaces what must never be written: known secret values first, then everything that looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        if self._known:
            text = self._known.sub(STARS, text)
        for pattern, replacement in PATTERNS:
            text = pattern.sub(replacement, text)
        return text


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """The last step of every line, tracebacks included, whoever wrote it."""

    def __init__(self, redact: Redactor, **options: Any) -> None:
        super().__init__(**options)
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


def start(level: str = "info", shape: str = "text", secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Set up logging for the whole process. Safe to call again; the last call counts."""
    shared = _shared()
    formatter = RedactingFormatter(
        Redactor(secrets),
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(shape)],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:  # at INFO these write whole addresses, tokens included
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _shared() -> list[structlog.types.Processor]:
    """What our own lines and library lines go through alike."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
    ]


def _renderers(shape: str) -> list[structlog.types.Processor]:
    if shape == "json":
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)]


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for one module. Bind ids only: no texts, names or phone numbers."""
    made: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return made


def redacted(error: BaseException, secrets: Iterable[str] = ()) -> str:
    """An exception in one line, fit for a table or a page."""
    return Redactor(secrets)(f"{type(error).__name__}: {error}")
