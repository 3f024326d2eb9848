"""A language model behind an OpenAI-compatible address. Off unless CHAM_LLM_BASE and CHAM_LLM_MODEL are set.

It is asked before a turn and outside any transaction, gets the question and a few FAQ entries, and can trigger
nothing: what it says is checked by `care.faq.grounded`, and any trouble with it means going on without it.
API: https://platform.openai.com/docs/api-reference/chat/create
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp
import msgspec

from care.faq import grounded
from care.faq.grounded import Enquiry, Grounded
from handlers import assist
from handlers.messages import Incoming
from handlers.turn import House
from storage.database import Engine

from .settings import Settings

log = logging.getLogger(__name__)

TOTAL_SECONDS = 8
ANSWER_TOKENS = 600
BODY_LIMIT = 64 * 1024  # bytes of a reply that are read
FAILURES = 3  # in a row; then the model is left alone
LEFT_ALONE_SECONDS = 60
AT_ONCE = 4  # requests; further customers are served without it


class NoReply(Exception):
    """The model did not answer, or not so that it could be read."""


class _Said(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Said


class _Completion(msgspec.Struct):
    choices: list[_Choice]


@dataclass
class Breaker:
    """Leaves a failing service alone for a while, then lets one request try."""

    monotonic: Callable[[], float]
    failures: int = 0
    closed_until: float = 0.0

    def may_try(self) -> bool:
        """A request may be made."""
        return self.monotonic() >= self.closed_until

    def worked(self) -> None:
        """It answers."""
        self.failures = 0

    def failed(self) -> None:
        """It does not."""
        self.failures += 1
        if self.failures >= FAILURES:
            self.closed_until = self.monotonic() + LEFT_ALONE_SECONDS


@dataclass
class Model:
    """The client. `total` is the time limit in seconds of a whole request."""

    base: str
    model: str
    key: str = ""
    total: float = TOTAL_SECONDS
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def complete(self, messages: list[dict[str, str]]) -> str:
        """What the model says. Raises NoReply."""
        body = {"model": self.model, "messages": messages, "temperature": 0, "max_tokens": ANSWER_TOKENS}
        try:
            async with self._open().post(
                f"{self.base}/chat/completions", json=body, headers=self._headers(), allow_redirects=False
            ) as response:
                raw = await response.content.read(BODY_LIMIT + 1)
                while len(raw) <= BODY_LIMIT and (more := await response.content.read(BODY_LIMIT)):
                    raw += more
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NoReply(type(error).__name__) from error
        if status != 200 or len(raw) > BODY_LIMIT:
            raise NoReply(f"status {status}, {len(raw)} bytes")
        return _content(raw)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            limit = aiohttp.ClientTimeout(total=self.total, connect=min(3.0, self.total))
            self._session = aiohttp.ClientSession(timeout=limit, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()


def _content(raw: bytes) -> str:
    try:
        said = msgspec.json.decode(raw, type=_Completion).choices[0].message.content
    except (msgspec.DecodeError, UnicodeError, IndexError) as error:
        raise NoReply("junk") from error
    return said or ""


@dataclass
class Assist:
    """Asks the model about what the FAQ is unsure of. `draft` never raises and never takes longer than the limit."""

    engine: Engine
    house: House
    model: Model
    breaker: Breaker
    _busy: int = 0

    async def draft(self, now: datetime, channel: str, account: str, incoming: Incoming) -> Grounded | None:
        """What the model found in the FAQ. None: nothing, or it may not, cannot or must not be asked."""
        if not self.breaker.may_try() or self._busy >= AT_ONCE:
            return None
        self._busy += 1
        try:
            enquiry = await self.engine.read(lambda db: assist.enquiry(self.house, db, now, channel, account, incoming))
            return None if enquiry is None else await self._ask(enquiry)
        except Exception:
            log.exception("the language model could not be asked; going on without it")
            return None
        finally:
            self._busy -= 1

    async def _ask(self, enquiry: Enquiry) -> Grounded | None:
        try:
            async with asyncio.timeout(self.model.total):
                reply = await self.model.complete(grounded.messages(enquiry))
        except (NoReply, TimeoutError) as error:
            self.breaker.failed()
            log.warning("the language model did not answer (%s); going on without it", str(error) or "too slow")
            return None
        self.breaker.worked()
        found = grounded.accept(reply, enquiry)
        log.info("the language model was %s", "used" if found else "not used")
        return found

    async def close(self) -> None:
        """Hang up."""
        await self.model.close()


def create(settings: Settings, engine: Engine, house: House, monotonic: Callable[[], float]) -> Assist | None:
    """The assistant, if the settings name a model."""
    if settings.llm_base is None or settings.llm_model is None:
        return None
    key = "" if settings.llm_key is None else settings.llm_key.get_secret_value()
    return Assist(engine, house, Model(settings.llm_base, settings.llm_model, key), Breaker(monotonic))
