"""What one Bot API call says, however it was encoded, and how a call is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.web_request import FileField

Json = dict[str, Any]


class Refusal(Exception):
    """The server says no: an error code, its description and, for a few errors, parameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(description: str, **parameters: int) -> Refusal:
    """A 400; the description is the part after "Bad Request: "."""
    return Refusal(400, f"Bad Request: {description}", **parameters)


def forbidden(description: str) -> Refusal:
    """A 403; the description is the part after "Forbidden: "."""
    return Refusal(403, f"Forbidden: {description}")


def conflict(description: str) -> Refusal:
    """A 409; the description is the part after "Conflict: "."""
    return Refusal(409, f"Conflict: {description}")


def too_many(retry_after: int) -> Refusal:
    """A 429 that names the seconds to wait."""
    return Refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


@dataclass(frozen=True)
class Upload:
    """A file that came with the call."""

    name: str
    data: bytes
    mime: str


class Params:
    """The parameters of one call. Nested values may be JSON texts (forms) or JSON values (JSON bodies)."""

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None) -> None:
        self.values = {name: value for name, value in values.items() if value is not None}
        self.uploads = dict(uploads or {})

    def has(self, name: str) -> bool:
        """Was it given, and not as an empty text?"""
        return self.values.get(name, "") != "" or name in self.uploads

    def text(self, name: str) -> str:
        """A text, "" if absent."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; a text that is none is refused."""
        if not self.has(name):
            return default
        try:
            return int(str(self.values[name]))
        except ValueError:
            raise bad(f"invalid {name} specified") from None

    def number(self, name: str) -> float:
        """A number such as a latitude; absent or unreadable is refused."""
        try:
            return float(str(self.values[name]))
        except (KeyError, ValueError):
            raise bad(f"{name} is empty or invalid") from None

    def boolean(self, name: str) -> bool:
        """True for true, True, yes, 1."""
        return str(self.values.get(name, "")).lower() in ("true", "yes", "1", "t", "y")

    def structure(self, name: str, kind: type) -> Any:
        """A list or an object, or None if absent; anything else is refused."""
        if not self.has(name):
            return None
        value = self.values[name]
        if isinstance(value, str):
            value = _decoded(name, value)
        if not isinstance(value, kind):
            raise bad(f"object expected as {name}" if kind is dict else f"{name} must be an array")
        return value


def _decoded(name: str, value: str) -> Any:
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise bad(f"can't parse {name} JSON object") from None


async def read_params(request: web.Request) -> Params:
    """Query string, urlencoded form, JSON body and multipart, the body winning over the query."""
    values: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        values |= await _json_body(request)
    elif request.can_read_body:
        for name, value in (await request.post()).items():
            if isinstance(value, FileField):
                uploads[name] = Upload(value.filename, value.file.read(), value.content_type)
            else:
                values[name] = value if isinstance(value, str) else bytes(value).decode()
    return Params(values, uploads)


async def _json_body(request: web.Request) -> Json:
    body = await request.read()
    if not body:
        return {}
    try:
        return msgspec.json.decode(body, type=Json)
    except msgspec.DecodeError:
        raise bad("can't parse JSON object") from None
