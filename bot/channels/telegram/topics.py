"""Cases in a staff group: a topic each in a forum, a thread of replies in a plain group; cards are edited in place."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from bot.channel import Rejected, Rendered
from care.text import utf16_length
from storage import groups, relays
from storage.database import Database, Work
from storage.groups import Topic
from storage.records import StaffGroup

from .sending import WITHOUT_CAPTION

if TYPE_CHECKING:
    from .adapter import Telegram

T = TypeVar("T")
log = logging.getLogger(__name__)

TITLE_LIMIT = 128  # characters


class Topics:
    """Says things about cases in one bot's groups."""

    def __init__(self, channel: "Telegram") -> None:
        self._channel = channel
        self._drawn: set[int] = set()  # cards already edited by a message that is not done yet

    async def send(self, message: Rendered) -> list[str]:
        """Say something in the right place and remember what it shows. Raises SendError."""
        from . import client as refusals

        group = await self._read(lambda db: groups.get(db, int(message.extra["group"])))
        if group is None or message.case_id is None:
            return await self._channel.carry_out(message)
        try:
            return await self._say(group, message)
        except refusals.TopicGone:
            log.info("the topic of case %s is gone, a new one is made", message.case_id)
            await self._show(group, message, thread="", card_id="")
            made = await self._say(group, message)
            if "card" not in message.extra:
                await self._channel.report("card", group.address, str(message.case_id))
            return made
        except refusals.TopicClosed:
            topic = await self._topic(group, message)
            await self._switch(group, message, topic, closed=False)
            return await self._say(group, message)
        except refusals.NoTopics:
            await self._channel.report("no_topics", group.address, "")
            await self._write(lambda db: groups.change(db, group.id, forum=0))
            return await self._say(replace_forum(group), message)

    async def _say(self, group: StaffGroup, message: Rendered) -> list[str]:
        topic = await self._topic(group, message)
        if message.extra.get("refresh") and topic.card_id:
            return await self._redraw(group, message, topic)
        placed = self._placed(group, message, topic)
        made = await self._channel.carry_out(placed)
        if "card" in message.extra:
            await self._show(group, message, card_id=made[-1].split(",")[0])
        await self._remember(group, message, made)
        return made

    async def _topic(self, group: StaffGroup, message: Rendered) -> Topic:
        """Where the case is shown; in a forum its topic is made first."""
        case_id = _case(message)
        known = await self._read(lambda db: groups.topic(db, group.id, case_id))
        if known is not None and (known.thread or not group.forum):
            return known
        if not group.forum:
            return await self._show(group, message)
        from aiogram.methods import CreateForumTopic

        title = str(message.extra.get("topic") or f"#{case_id}")[:TITLE_LIMIT]
        made = await self._channel.call(group.address, CreateForumTopic(chat_id=int(group.address), name=title))
        return await self._show(group, message, thread=str(made["message_thread_id"]), shown=title, state="open")

    def _placed(self, group: StaffGroup, message: Rendered, topic: Topic) -> Rendered:
        """With the customer's name before their words; in a plain group as an answer to the card."""
        extra = dict(message.extra)
        text = message.text
        if extra.get("from") == "customer":
            number = "" if group.forum else f"#{message.case_id} · "
            needs_head = bool(text) or bool(message.media and message.media[0]["kind"] not in WITHOUT_CAPTION)
            text = f"👤 {number}{extra.get('who', '')}: {text}".strip() if needs_head or not group.forum else ""
        if not group.forum and topic.card_id and not extra.get("answers"):
            extra["answers"] = topic.card_id
        return replace(message, text=fitting(text), thread=topic.thread if group.forum else "", extra=extra)

    async def _redraw(self, group: StaffGroup, message: Rendered, topic: Topic) -> list[str]:
        """The card as it stands now; the topic's name and lock follow. Each step may be repeated."""
        if message.delivery_id not in self._drawn:
            try:
                await self._channel.carry_out(replace(message, operation="edit", target=topic.card_id))
            except Rejected as error:
                from . import client as refusals

                if isinstance(error, (refusals.TopicGone, refusals.TopicClosed)):
                    raise
                return await self._new_card(group, message, topic)
            self._drawn.add(message.delivery_id)
        if group.forum and topic.thread:
            await self._rename(group, message, topic)
            if bool(message.extra.get("closed")) != (topic.state == "closed"):
                await self._switch(group, message, topic, closed=bool(message.extra.get("closed")))
        self._drawn.discard(message.delivery_id)
        return [topic.card_id]

    async def _new_card(self, group: StaffGroup, message: Rendered, topic: Topic) -> list[str]:
        """Somebody deleted the card: post it again."""
        made = await self._channel.carry_out(self._placed(group, message, replace(topic, card_id="")))
        await self._show(group, message, card_id=made[-1].split(",")[0])
        await self._remember(group, message, made)
        return made

    async def _rename(self, group: StaffGroup, message: Rendered, topic: Topic) -> None:
        title = str(message.extra.get("topic") or topic.shown)[:TITLE_LIMIT]
        if title == topic.shown:
            return
        from aiogram.methods import EditForumTopic

        call = EditForumTopic(chat_id=int(group.address), message_thread_id=int(topic.thread), name=title)
        await self._channel.call(group.address, call)
        await self._show(group, message, shown=title)

    async def _switch(self, group: StaffGroup, message: Rendered, topic: Topic, *, closed: bool) -> None:
        """Close the topic of a case that is done, or open it again."""
        from aiogram.methods import CloseForumTopic, ReopenForumTopic

        method = CloseForumTopic if closed else ReopenForumTopic
        call = method(chat_id=int(group.address), message_thread_id=int(topic.thread or 0))
        await self._channel.call(group.address, call)
        await self._show(group, message, state="closed" if closed else "open")

    async def _remember(self, group: StaffGroup, message: Rendered, made: list[str]) -> None:
        numbers = [one for part in made for one in part.split(",") if one]
        now = self._channel.tools.clock.now()

        async def keep(db: Database) -> None:
            for number in numbers:
                await relays.add(db, group.channel, group.account, group.address, number, now,
                                 line_id=message.line_id, case_id=message.case_id)  # fmt: skip

        await self._write(keep)

    async def _show(self, group: StaffGroup, message: Rendered, **values: str) -> Topic:
        case_id = _case(message)
        return await self._write(lambda db: groups.show(db, group.id, case_id, **values))

    async def _read(self, work: Work[T]) -> T:
        return await self._channel.tools.engine.read(work)

    async def _write(self, work: Work[T]) -> T:
        return await self._channel.tools.engine.write(work)


def _case(message: Rendered) -> int:
    if message.case_id is None:
        raise LookupError("a message about no case has no topic")
    return message.case_id


def replace_forum(group: StaffGroup) -> StaffGroup:
    """The group as one without topics."""
    return replace(group, forum=False)


def fitting(text: str) -> str:
    """Cut to what one message holds: the whole is on the desk."""
    while utf16_length(text) > 4096:
        text = text[: len(text) - 1 - (utf16_length(text) - 4096) // 2]
    return text
