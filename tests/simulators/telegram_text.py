"""Texts as Telegram reads them: HTML, entities in UTF-16 units, lengths, keyboards."""

import re
from typing import Any

import msgspec

from tests.simulators.telegram_request import Json, Params, Refusal, bad

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji", "tg-time": "date_time",
}  # fmt: skip
ENTITY_TYPES = {
    "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline",
    "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention",
    "custom_emoji", "date_time",
}  # fmt: skip
DETECTED = re.compile(
    r"(?P<email>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<url>https?://[^\s<>]+)"
    r"|(?P<mention>(?<![\w@])@\w{4,32})"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)"
    r"|(?P<hashtag>(?<![\w#])#\w*[^\W\d]\w*)"
)
TOKEN = re.compile(r"<(?P<close>/?)(?P<tag>[A-Za-z][A-Za-z0-9-]*)(?P<attributes>[^<>]*)>|&(?P<named>lt|gt|amp|quot);"
                   r"|&#(?P<number>\d+|x[0-9a-fA-F]+);|(?P<stray><)")  # fmt: skip
ATTRIBUTE = re.compile(r"([A-Za-z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
ACTIONS = {
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "pay", "callback_game", "disabled",
}  # fmt: skip


def utf16_length(text: str) -> int:
    """How Telegram counts: characters beyond the basic plane are two."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(text: str) -> tuple[str, list[Json]]:
    """Plain text and entities; wrong markup is refused with the byte offset."""
    reader = _HtmlReader(text)
    position = 0
    for token in TOKEN.finditer(text):
        reader.add(text[position : token.start()])
        reader.take(token, len(text[: token.start()].encode()))
        position = token.end()
    reader.add(text[position:])
    return reader.done()


class _HtmlReader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.plain = ""
        self.open: list[tuple[str, Json]] = []
        self.entities: list[Json] = []

    def add(self, text: str) -> None:
        self.plain += text

    def take(self, token: re.Match[str], offset: int) -> None:
        if token["named"]:
            self.add(NAMED[token["named"]])
        elif token["number"]:
            self.add(_character(token["number"]))
        elif token["stray"]:
            raise _unparsable(f'Unsupported start tag "" at byte offset {offset}')
        elif token["close"]:
            self._close(token["tag"].lower(), offset)
        else:
            self._open(token["tag"].lower(), token["attributes"], offset)

    def _open(self, tag: str, attributes: str, offset: int) -> None:
        given = {m[1].lower(): _unescaped(m[2] or m[3] or m[4] or "") for m in ATTRIBUTE.finditer(attributes)}
        if tag not in TAGS:
            raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {offset}')
        if tag == "span" and given.get("class") != "tg-spoiler":
            raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
        self.open.append((tag, {"type": _entity_type(tag, given), **_entity_extra(tag, given), "offset": self._here()}))

    def _close(self, tag: str, offset: int) -> None:
        if not self.open:
            raise _unparsable(f"Unexpected end tag at byte offset {offset}")
        expected, entity = self.open.pop()
        if tag != expected:
            raise _unparsable(f'Unmatched end tag at byte offset {offset}, expected "</{expected}>", found "</{tag}>"')
        entity["length"] = self._here() - entity["offset"]
        if entity["length"] and (entity["type"] != "text_link" or entity["url"]):
            self.entities.append(entity)

    def _here(self) -> int:
        return utf16_length(self.plain)

    def done(self) -> tuple[str, list[Json]]:
        if self.open:
            raise _unparsable(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        entities = sorted(self.entities, key=lambda entity: (entity["offset"], -entity["length"]))
        return self.plain, _joined_code(entities)


def _joined_code(entities: list[Json]) -> list[Json]:
    """`<pre><code class="language-x">` is one block with a language; a language without a block is dropped."""
    blocks = {(entity["offset"], entity["length"]): entity for entity in entities if entity["type"] == "pre"}
    kept = []
    for entity in entities:
        block = blocks.get((entity["offset"], entity["length"]))
        language = entity.pop("language", "") if entity["type"] == "code" else ""
        if entity["type"] == "code" and block:
            block |= {"language": language} if language else {}
        else:
            kept.append(entity)
    return kept


def _unescaped(text: str) -> str:
    return re.sub(r"&(lt|gt|amp|quot);", lambda found: NAMED[found[1]], text)


def _entity_type(tag: str, given: dict[str, str]) -> str:
    return "expandable_blockquote" if tag == "blockquote" and "expandable" in given else TAGS[tag]


def _entity_extra(tag: str, given: dict[str, str]) -> Json:
    if tag == "a":
        return {"url": given.get("href", "")}
    if tag == "code":
        return {"language": given.get("class", "").removeprefix("language-")}
    if tag == "tg-emoji":
        return {"custom_emoji_id": given.get("emoji-id", "")}
    if tag == "tg-time":
        return {"unix_time": int(given.get("unix", "0") or 0), "date_time_format": given.get("format", "")}
    return {}


def _character(number: str) -> str:
    code = int(number[1:], 16) if number.startswith("x") else int(number)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""


def _unparsable(reason: str) -> Refusal:
    return bad(f"can't parse entities: {reason}")


def check_entities(text: str, entities: list[Any]) -> list[Json]:
    """The entities if every one lies within the text, between whole characters; otherwise a refusal."""
    end, borders = utf16_length(text), _borders(text)
    for entity in entities:
        if not isinstance(entity, dict) or entity.get("type") not in ENTITY_TYPES:
            raise bad("can't parse MessageEntity: unsupported type specified")
        start, length = entity.get("offset"), entity.get("length")
        if not isinstance(start, int) or not isinstance(length, int) or start < 0 or length <= 0:
            raise bad("can't parse MessageEntity: wrong offset or length")
        if start + length > end:
            raise bad(
                f"entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset {end}"
            )
        if start not in borders or start + length not in borders:
            raise bad("entity begins or ends in a middle of a UTF-16 symbol")
    return list(entities)


def _borders(text: str) -> set[int]:
    position, borders = 0, {0}
    for character in text:
        position += 2 if ord(character) > 0xFFFF else 1
        borders.add(position)
    return borders


def detect(text: str) -> list[Json]:
    """The commands, links, mentions and hashtags that Telegram marks by itself."""
    return [
        {"type": found.lastgroup, "offset": utf16_length(text[: found.start()]), "length": utf16_length(found[0])}
        for found in DETECTED.finditer(text)
    ]


def formatted(given: Params, name: str, mode: str, entities: str, limit: int, too_long: str) -> tuple[str, list[Json]]:
    """A text parameter, parsed, checked and trimmed; "" if there is nothing in it."""
    text = given.text(name)
    parsed: list[Json] = []
    match given.text(mode).lower():
        case "html":
            text, parsed = parse_html(text)
        case "" | "none":
            parsed = check_entities(text, given.structure(entities, list) or [])
        case _:
            raise bad("unsupported parse_mode (the simulator reads HTML and entities)")
    text, parsed = _trimmed(text, parsed)
    if utf16_length(text) > limit:
        raise bad(too_long)
    taken = {(entity["offset"], entity["length"]) for entity in parsed}
    return text, parsed + [entity for entity in detect(text) if (entity["offset"], entity["length"]) not in taken]


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    clean = text.strip()
    cut, end = utf16_length(text) - utf16_length(text.lstrip()), utf16_length(clean)
    moved = []
    for entity in entities:
        start = max(entity["offset"] - cut, 0)
        stop = min(entity["offset"] - cut + entity["length"], end)
        if stop > start:
            moved.append({**entity, "offset": start, "length": stop - start})
    return clean, moved


def message_text(given: Params) -> Json:
    """Text and entities of sendMessage or editMessageText."""
    if not given.text("text"):
        raise bad("message text is empty")
    text, entities = formatted(given, "text", "parse_mode", "entities", TEXT_LIMIT, "message is too long")
    if not text:
        raise bad("text must be non-empty")
    return {"text": text, **({"entities": entities} if entities else {})}


def caption(given: Params) -> Json:
    """Caption and its entities, {} if there is none."""
    text, entities = formatted(
        given, "caption", "parse_mode", "caption_entities", CAPTION_LIMIT, "message caption is too long"
    )
    if not text:
        return {}
    return {"caption": text, **({"caption_entities": entities} if entities else {})}


def reply_markup(given: Params, is_private: bool) -> Json | None:
    """The keyboard if it is a valid one, otherwise a refusal; None if there is none."""
    markup: Json | None = given.structure("reply_markup", dict)
    if not markup:
        return None
    if "inline_keyboard" in markup:
        _check_inline(markup["inline_keyboard"])
    elif "keyboard" in markup:
        _check_reply_keyboard(markup["keyboard"], is_private)
    elif not ("remove_keyboard" in markup or "force_reply" in markup):
        raise bad("object expected as reply markup")
    if len(msgspec.json.encode(markup)) > 10_000:
        raise bad("reply markup is too long")
    return markup


def _buttons(rows: Any) -> list[Any]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad("can't parse keyboard: array of arrays expected")
    return [button for row in rows for button in row]


def _check_inline(rows: Any) -> None:
    buttons = _buttons(rows)
    if len(buttons) > 100:
        raise bad("reply markup is too long")
    for button in buttons:
        if not isinstance(button, dict) or not str(button.get("text", "")).strip():
            raise bad('can\'t parse inline keyboard button: field "text" must be non-empty')
        _check_action(button)


def _check_action(button: Json) -> None:
    actions = ACTIONS & button.keys()
    if len(actions) != 1:
        raise bad("text buttons are unallowed in the inline keyboard" if not actions else "BUTTON_TYPE_INVALID")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not re.match(r"(https?://|tg://)\S+\Z", str(button["url"])):
        raise bad("BUTTON_URL_INVALID")
    if "copy_text" in button and not 1 <= len(str(button["copy_text"].get("text", ""))) <= 256:
        raise bad("BUTTON_COPY_TEXT_INVALID")


def _check_reply_keyboard(rows: Any, is_private: bool) -> None:
    for button in _buttons(rows):
        asks = button if isinstance(button, dict) else {"text": button}
        if not str(asks.get("text", "")).strip():
            raise bad("keyboard button text must be non-empty")
        if asks.get("request_contact") and not is_private:
            raise bad("phone number can be requested in private chats only")
