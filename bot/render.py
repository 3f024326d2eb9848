"""From what was said to what a channel can carry: split texts, buttons or numbers, cards."""

from dataclasses import replace
from typing import Any

from care.text import split_at_sentences, utf16_length
from storage.records import Delivery

from .channel import Capabilities, Rendered


def render(delivery: Delivery, can: Capabilities) -> list[Rendered]:
    """The parts of a message, in order; there is always at least one."""
    payload = delivery.payload
    choices = [choice["label"] for choice in payload.get("choices", ())]
    media = _media(payload)
    text = _full_text(payload)
    as_buttons = bool(choices) and can.buttons != "none" and len(choices) <= can.button_limit
    if choices and not as_buttons:
        text = f"{text}\n{numbered(choices)}".strip()
    texts = split_at_sentences(text, can.text_limit) if utf16_length(text) > can.text_limit else [text]
    parts = [_part(delivery, number, one) for number, one in enumerate(texts)]
    last = parts[-1]
    parts[-1] = replace(
        last,
        buttons=tuple((cut(label, can.label_limit), f"{delivery.id}.{n}") for n, label in enumerate(choices))
        if as_buttons
        else (),
        media=media,
    )
    return parts


def numbered(labels: list[str]) -> str:
    """Choices as people type them: "1. …", a line each; a typed "2" then counts as the press."""
    return "\n".join(f"{number}. {label}" for number, label in enumerate(labels, start=1))


def cut(label: str, limit: int) -> str:
    """A label that fits, with … where something is missing. 0: no limit."""
    if not limit or utf16_length(label) <= limit:
        return label
    while utf16_length(label) > limit - 1:
        label = label[:-1]
    return label.rstrip() + "…"


def _full_text(payload: dict[str, Any]) -> str:
    card = payload.get("card")
    head = "\n".join(part for part in (card["title"], card.get("text", "")) if part) if card else ""
    return "\n".join(part for part in (head, payload.get("text", "")) if part)


def _media(payload: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    media = list(payload.get("media", ()))
    card = payload.get("card")
    if card and card.get("media"):
        media.append(card["media"])
    return tuple(media)


def _part(delivery: Delivery, number: int, text: str) -> Rendered:
    payload = delivery.payload
    return Rendered(
        delivery_id=delivery.id,
        part=number,
        address=delivery.address,
        text=text,
        operation=payload.get("operation", "send"),
        target=payload.get("target", ""),
        thread=payload.get("thread", ""),
        line_id=delivery.line_id,
        case_id=delivery.case_id,
        extra=payload.get("extra", {}) | ({"group": payload["group"]} if "group" in payload else {}),
    )
