"""The Bot API through aiogram's client: calls, files, and what a refusal means to us. Nothing else imports aiogram.

Answers stay plain JSON: a server that is older or newer than the library must not make a sent message look unsent.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import msgspec
from aiogram import Bot
from aiogram.client.default import Default, DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetUpdates, TelegramMethod
from aiogram.methods.base import Response
from aiogram.types import InputFile
from aiohttp import ClientConnectorError, ClientError, ClientTimeout, ConnectionTimeoutError
from pydantic import BaseModel

from bot.channel import Ambiguous, Down, Misconfigured, Moved, Rejected, SendError, Throttled, Unreachable

CALL_SECONDS = 25  # the server itself waits up to 8 s in a flood before it answers
POLL_SECONDS = 50
FILE_LIMIT = 20 * 1024 * 1024  # bytes; Telegram gives bots no larger ones
UNNAMED_WAIT = 5.0  # seconds, when a 429 does not say

# Substrings of descriptions, lower case: https://core.telegram.org/bots/api#making-requests and the server's source.
TOPIC_GONE = ("message thread not found", "topic_deleted", "topic_id_invalid")
NO_TOPICS = ("the chat is not a forum", "not enough rights to create a topic")
THROWN_OUT = ("chat not found", "kicked", "not a member", "was deleted")
GROUP_GONE = (*THROWN_OUT, "chat_write_forbidden", "not enough rights to send", "have no write access")
NO_SUCH_PERSON = ("chat not found", "user not found", "peer_id_invalid", "can't initiate conversation")
BAD_MARKUP = ("can't parse entities", "button_", "reply markup", "inline keyboard")
BAD_FILE = ("wrong file identifier", "failed to get http url", "wrong type of the web page", "file is too big")


class _Answer(msgspec.Struct):
    ok: bool = False
    result: msgspec.Raw = msgspec.Raw(b"null")


_ANSWER = msgspec.json.Decoder(_Answer)


class _HasFiles(Exception):
    """This call uploads something: it is no JSON."""


def _hook(value: Any) -> Any:
    """Library objects as JSON: what is set of them; account-wide defaults are ours, and there are none."""
    if isinstance(value, InputFile):
        raise _HasFiles
    if isinstance(value, BaseModel):
        return {name: one for name, one in vars(value).items() if one is not None and not isinstance(one, Default)}
    raise NotImplementedError(type(value).__name__)


_ENCODER = msgspec.json.Encoder(enc_hook=_hook)
_JSON = {"Content-Type": "application/json"}


class _Session(AiohttpSession):
    """aiogram's session with answers left as they came, proxies' error pages recognised, and JSON instead of forms.

    Building a form takes longer than everything else about sending a message; files still go as one.
    """

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        try:
            body = _ENCODER.encode(method)
        except _HasFiles:
            return await super().make_request(bot, method, timeout)
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        limit = ClientTimeout(total=timeout or self.timeout)
        try:
            session = await self.create_session()
            async with session.post(url, data=body, headers=_JSON, timeout=limit) as answer:
                content = await answer.text()
        except TimeoutError as error:
            raise TelegramNetworkError(method=method, message="Request timeout error") from error
        except ClientError as error:
            raise TelegramNetworkError(method=method, message=type(error).__name__) from error
        return self.check_response(bot, method, answer.status, content).result

    def check_response(self, bot: Bot, method: TelegramMethod[Any], status_code: int, content: str) -> Response[Any]:
        if status_code == 200:
            try:
                answer = _ANSWER.decode(content)
            except msgspec.DecodeError as error:
                raise ClientDecodeError("not an answer of the Bot API", error, content) from error
            if answer.ok:
                return Response.model_construct(ok=True, result=answer.result)
        elif status_code >= 500:
            raise TelegramServerError(method=method, message=f"HTTP {status_code}")
        return super().check_response(bot, method, status_code, content)


class TopicGone(Rejected):
    """The topic was deleted: make a new one."""


class NoTopics(Rejected):
    """The group has no topics, or we may not make any."""


class TopicClosed(Rejected):
    """The topic is closed: open it first."""


class GroupGone(SendError):
    """We are not in this group any more, or may not write there."""

    retry = True
    reason = "group gone"


class BadMarkup(Rejected):
    """The buttons or the formatting: the words alone would go through."""


class BadFile(Rejected):
    """The file number does not work any more: upload the file itself."""


class Client:
    """Calls the Bot API; every failure comes out as one of our refusals."""

    def __init__(self, token: str, api_base: str) -> None:
        session = _Session(api=TelegramAPIServer.from_base(api_base), timeout=CALL_SECONDS)
        if not api_base.startswith("https:"):
            session._connector_init["ssl"] = False  # no certificates to load for a server of one's own
        self.bot = Bot(token, session=session, default=DefaultBotProperties(parse_mode=None))

    async def call(self, method: TelegramMethod[Any], *, timeout: int | None = None) -> Any:
        """The plain JSON of the result. Raises SendError."""
        chat = getattr(method, "chat_id", None)
        try:
            return msgspec.json.decode(await self.bot(method, request_timeout=timeout))
        except (TelegramAPIError, ClientDecodeError, ClientError, OSError) as error:
            raise refusal(error, chat) from error

    async def updates(self, offset: int, kinds: tuple[str, ...]) -> list[msgspec.Raw]:
        """The next batch, each update still as it came. Raises SendError."""
        method = GetUpdates(offset=offset or None, timeout=POLL_SECONDS, limit=100, allowed_updates=list(kinds))
        try:
            batch = await self.bot(method, request_timeout=POLL_SECONDS + 10)
            return msgspec.json.decode(batch, type=list[msgspec.Raw])  # type: ignore[call-overload,no-any-return]
        except (TelegramAPIError, ClientDecodeError, ClientError, OSError) as error:
            raise refusal(error, None) from error

    async def download(self, path: str) -> bytes:
        """A file's bytes; at most FILE_LIMIT. Raises SendError or ValueError."""
        url = self.bot.session.api.file_url(self.bot.token, path)
        data = bytearray()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                async for chunk in self.bot.session.stream_content(url):
                    data += chunk
                    if len(data) > FILE_LIMIT:
                        raise ValueError("the file is larger than Telegram said")
        except (ClientError, OSError, TimeoutError) as error:
            raise Down(type(error).__name__) from error
        return bytes(data)

    async def close(self) -> None:
        """Hang up."""
        await self.bot.session.close()


def refusal(error: Exception, chat: Any) -> SendError:
    """What an error of the client means to us. `chat` tells people from groups: groups have negative numbers."""
    text = str(getattr(error, "message", error))
    for kind, meaning in MEANINGS:
        if isinstance(error, kind):
            return meaning(error, text, chat)
    return Ambiguous(type(error).__name__)


def _other(text: str) -> SendError:
    """A 429 without its parameters comes as a plain error."""
    return Throttled(UNNAMED_WAIT, detail=text) if "too many requests" in text.lower() else Rejected(text)


def _network(error: Exception) -> SendError:
    """Without a connection nothing was sent; after that, nobody knows."""
    cause = error.__cause__
    name = type(cause or error).__name__
    never_out = isinstance(cause, (ClientConnectorError, ConnectionTimeoutError, ssl.SSLError))
    return Down(name) if never_out else Ambiguous(name)


def _bad_request(text: str, chat: Any) -> SendError:
    for words, kind in (
        (TOPIC_GONE, TopicGone),
        (NO_TOPICS, NoTopics),
        (("topic_closed",), TopicClosed),
        (BAD_MARKUP, BadMarkup),
        (BAD_FILE, BadFile),
        (GROUP_GONE if _is_group(chat) else (), GroupGone),
        (() if _is_group(chat) else NO_SUCH_PERSON, Unreachable),
    ):
        if any(word in text for word in words):
            return kind(text)
    return Rejected(text)


def _is_group(chat: Any) -> bool:
    return str(chat or "").startswith("-")


# The first kind that fits; the order matters, for some are kinds of others.
MEANINGS: tuple[tuple[type[Exception], Callable[[Any, str, Any], SendError]], ...] = (
    (TelegramRetryAfter, lambda error, text, chat: Throttled(float(error.retry_after), detail=text)),
    (TelegramMigrateToChat, lambda error, text, chat: Moved(str(error.migrate_to_chat_id))),
    (TelegramEntityTooLarge, lambda error, text, chat: Rejected(text)),
    (TelegramNetworkError, lambda error, text, chat: _network(error)),
    (TelegramServerError, lambda error, text, chat: Down(text)),
    (TelegramUnauthorizedError, lambda error, text, chat: Misconfigured(text)),
    (TelegramNotFound, lambda error, text, chat: Misconfigured(text)),
    (TelegramForbiddenError, lambda error, text, chat: GroupGone(text) if _is_group(chat) else Unreachable(text)),
    (TelegramBadRequest, lambda error, text, chat: _bad_request(text.lower(), chat)),
    (ClientDecodeError, lambda error, text, chat: Ambiguous("an answer that could not be read")),
    (TelegramAPIError, lambda error, text, chat: _other(text)),
)
