"""Customers, their identities and conversations, and the lines said in them."""

from datetime import datetime
from typing import Any

from .database import Database
from .records import Conversation, Customer, Line, to_json, to_ms

CONVERSATION_COLUMNS = ", ".join(f"c.{name}" for name in Conversation.__dataclass_fields__)


async def by_address(db: Database, channel: str, account: str, address: str) -> tuple[Conversation, Customer] | None:
    """The conversation with an address on a channel, and whose it is."""
    row = await db.one(
        """
        SELECT c.*, p.name, p.pronoun, p.phone, p.email, p.language AS p_language, p.remark, p.sticky_staff_id,
            p.is_test, p.asked_pronoun_at, p.created_at AS p_created_at, p.seen_at
        FROM identities i JOIN conversations c ON c.identity_id = i.id JOIN customers p ON p.id = c.customer_id
        WHERE i.channel = :channel AND i.account = :account AND i.external_id = :address
        """,
        {"channel": channel, "account": account, "address": address},
    )
    if row is None:
        return None
    person = row | {"id": row["customer_id"], "language": row["p_language"], "created_at": row["p_created_at"]}
    return Conversation.of(row), Customer.of(person)


async def begin(
    db: Database,
    channel: str,
    account: str,
    address: str,
    *,
    name: str,
    language: str,
    at: datetime,
    search: str = "",
) -> tuple[Conversation, Customer]:
    """Make a customer with their first identity and its conversation. `search` is the folded name."""
    ms = to_ms(at)
    person = await db.query(
        """
        INSERT INTO customers (name, search, language, created_at, seen_at) VALUES (:name, :search, :language, :at, :at)
        RETURNING *
        """,
        {"name": name, "search": search, "language": language, "at": ms},
    )
    customer = Customer.of(person[0])
    identity = await db.query(
        """
        INSERT INTO identities (customer_id, channel, account, external_id, name, created_at)
        VALUES (:customer_id, :channel, :account, :address, :name, :at) RETURNING id
        """,
        {
            "customer_id": customer.id,
            "channel": channel,
            "account": account,
            "address": address,
            "name": name,
            "at": ms,
        },
    )
    rows = await db.query(
        """
        INSERT INTO conversations (identity_id, customer_id, channel, account, address, language, created_at)
        VALUES (:identity_id, :customer_id, :channel, :account, :address, :language, :at) RETURNING *
        """,
        {
            "identity_id": identity[0]["id"],
            "customer_id": customer.id,
            "channel": channel,
            "account": account,
            "address": address,
            "language": language,
            "at": ms,
        },
    )
    conversation = Conversation.of(rows[0])
    db.touch("conversation", conversation.id)
    return conversation, customer


async def get(db: Database, conversation_id: int) -> Conversation | None:
    """A conversation by its number."""
    row = await db.one("SELECT * FROM conversations WHERE id = :id", {"id": conversation_id})
    return None if row is None else Conversation.of(row)


async def customer(db: Database, customer_id: int) -> Customer | None:
    """A customer by their number."""
    row = await db.one("SELECT * FROM customers WHERE id = :id", {"id": customer_id})
    return None if row is None else Customer.of(row)


async def of_customer(db: Database, customer_id: int) -> list[Conversation]:
    """All threads of a customer, the one they last wrote in first."""
    rows = await db.query(
        "SELECT * FROM conversations WHERE customer_id = :id ORDER BY COALESCE(last_in_at, 0) DESC, id",
        {"id": customer_id},
    )
    return [Conversation.of(row) for row in rows]


async def change(db: Database, conversation_id: int, **values: Any) -> None:
    """Set columns of a conversation: dialogue (as JSON text), language, welcomed_at (ms), seen_seq."""
    names = ", ".join(f"{name} = :{name}" for name in values)
    await db.execute(f"UPDATE conversations SET {names} WHERE id = :id", values | {"id": conversation_id})  # noqa: S608
    db.touch("conversation", conversation_id)


async def welcome(db: Database, conversation_id: int, at: datetime) -> bool:
    """Remember that a customer was welcomed. False: they were before."""
    sql = "UPDATE conversations SET welcomed_at = :at WHERE id = :id AND welcomed_at IS NULL"
    return await db.execute(sql, {"id": conversation_id, "at": to_ms(at)}) == 1


async def change_customer(db: Database, customer_id: int, **values: Any) -> None:
    """Set columns of a customer: name, pronoun, phone, email, language, remark, search, sticky_staff_id, …"""
    names = ", ".join(f"{name} = :{name}" for name in values)
    await db.execute(f"UPDATE customers SET {names} WHERE id = :id", values | {"id": customer_id})  # noqa: S608
    db.touch("customer", customer_id)


async def see(db: Database, conversation_id: int, seq: int) -> bool:
    """Remember how far the customer has read. False: no news."""
    sql = """
        UPDATE conversations SET seen_seq = :seq
        WHERE id = :id AND seen_seq < :seq AND :seq <= last_seq
    """
    changed = await db.execute(sql, {"id": conversation_id, "seq": seq}) == 1
    if changed:
        db.touch("conversation", conversation_id)
    return changed


async def set_reachable(db: Database, channel: str, account: str, address: str, reachable: bool) -> None:
    """Remember whether the channel still lets us write to an address."""
    await db.execute(
        """
        UPDATE identities SET reachable = :reachable
        WHERE channel = :channel AND account = :account AND external_id = :address AND reachable <> :reachable
        """,
        {"channel": channel, "account": account, "address": address, "reachable": int(reachable)},
    )


async def next_seq(db: Database, conversation_id: int) -> int:
    """Take the next place in what the customer sees."""
    row = await db.one(
        "UPDATE conversations SET last_seq = last_seq + 1 WHERE id = :id RETURNING last_seq", {"id": conversation_id}
    )
    if row is None:
        raise LookupError(f"conversation {conversation_id} does not exist")
    return int(row["last_seq"])


async def hear_line(
    db: Database, conversation_id: int, *, text: str, extra: dict[str, Any], external_id: str | None, at: datetime
) -> Line | None:
    """Keep what a customer said, in its place. None: this message is already there."""
    ms = to_ms(at)
    rows = await db.query(
        """
        INSERT INTO lines (conversation_id, author, text, extra, external_id, at)
        VALUES (:conversation_id, 'customer', :text, :extra, :external_id, :at)
        ON CONFLICT (conversation_id, external_id) DO NOTHING RETURNING *
        """,
        {
            "conversation_id": conversation_id,
            "text": text,
            "extra": to_json(extra),
            "external_id": external_id,
            "at": ms,
        },
    )
    if not rows:
        return None
    seq = await place_line(db, rows[0]["id"], conversation_id, heard_at=ms)
    return Line.of(rows[0] | {"seq": seq})


async def place_line(db: Database, line_id: int, conversation_id: int, *, heard_at: int | None = None) -> int:
    """Give a line the next place in what the customer sees, and return it."""
    row = await db.one(
        """
        UPDATE conversations SET last_seq = last_seq + 1, last_in_at = COALESCE(:heard_at, last_in_at)
        WHERE id = :id RETURNING last_seq
        """,
        {"id": conversation_id, "heard_at": heard_at},
    )
    if row is None:
        raise LookupError(f"conversation {conversation_id} does not exist")
    await db.execute("UPDATE lines SET seq = :seq WHERE id = :id", {"seq": row["last_seq"], "id": line_id})
    db.touch("conversation", conversation_id)
    return int(row["last_seq"])


async def add_line(
    db: Database,
    conversation_id: int,
    *,
    author: str,
    text: str,
    extra: dict[str, Any],
    at: datetime,
    staff_id: int | None = None,
    case_id: int | None = None,
) -> int:
    """Keep what the bot or staff says; it gets its place when it is sent. Returns its number."""
    rows = await db.query(
        """
        INSERT INTO lines (conversation_id, case_id, author, staff_id, text, extra, at)
        VALUES (:conversation_id, :case_id, :author, :staff_id, :text, :extra, :at) RETURNING id
        """,
        {
            "conversation_id": conversation_id,
            "case_id": case_id,
            "author": author,
            "staff_id": staff_id,
            "text": text,
            "extra": to_json(extra),
            "at": to_ms(at),
        },
    )
    db.touch("conversation", conversation_id)
    return int(rows[0]["id"])


async def line(db: Database, line_id: int) -> Line | None:
    """A line by its number."""
    row = await db.one("SELECT * FROM lines WHERE id = :id", {"id": line_id})
    return None if row is None else Line.of(row)


async def line_by_external(db: Database, conversation_id: int, external_id: str) -> Line | None:
    """The customer's line that a channel knows by this id."""
    row = await db.one(
        "SELECT * FROM lines WHERE conversation_id = :id AND external_id = :external_id",
        {"id": conversation_id, "external_id": external_id},
    )
    return None if row is None else Line.of(row)


async def edit_line(db: Database, line_id: int, text: str, at: datetime) -> None:
    """Change the words of a line; what it said before is kept in `extra.was`."""
    old = await line(db, line_id)
    if old is None or old.text == text:
        return
    extra = old.extra | {"was": [*old.extra.get("was", []), old.text]}
    await db.execute(
        "UPDATE lines SET text = :text, extra = :extra, edited_at = :at WHERE id = :id",
        {"id": line_id, "text": text, "extra": to_json(extra), "at": to_ms(at)},
    )
    db.touch("conversation", old.conversation_id)
    db.touch("line", old.conversation_id)


async def recall_line(db: Database, line_id: int, at: datetime) -> bool:
    """Take back a line we said. False: it was taken back before."""
    rows = await db.query(
        "UPDATE lines SET recalled_at = :at WHERE id = :id AND recalled_at IS NULL RETURNING conversation_id",
        {"id": line_id, "at": to_ms(at)},
    )
    for row in rows:
        db.touch("conversation", row["conversation_id"])
        db.touch("line", row["conversation_id"])
    return bool(rows)


async def put_in_case(db: Database, line_id: int, case_id: int) -> None:
    """Say which case a line belongs to."""
    await db.execute("UPDATE lines SET case_id = :case_id WHERE id = :id", {"id": line_id, "case_id": case_id})


async def lines_since(db: Database, conversation_id: int, seq: int, limit: int = 200) -> list[Line]:
    """What the customer may see after a place, in order."""
    rows = await db.query(
        """
        SELECT * FROM lines WHERE conversation_id = :id AND seq > :seq AND author <> 'note' ORDER BY seq LIMIT :limit
        """,
        {"id": conversation_id, "seq": seq, "limit": limit},
    )
    return [Line.of(row) for row in rows]


async def last_lines(db: Database, conversation_id: int, limit: int = 100) -> list[Line]:
    """The newest lines of a thread with notes, oldest first."""
    rows = await db.query(
        "SELECT * FROM lines WHERE conversation_id = :id ORDER BY id DESC LIMIT :limit",
        {"id": conversation_id, "limit": limit},
    )
    return [Line.of(row) for row in reversed(rows)]
