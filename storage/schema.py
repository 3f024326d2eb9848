"""The schema as numbered migrations: never edited after a release, all or nothing, a backup before each upgrade.

Times are INTEGER milliseconds UTC, money INTEGER đồng, truths 0 or 1, JSON as TEXT. `{id}` is a generated key.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

from .database import StorageError

SQLITE_TYPES = {"id": "INTEGER PRIMARY KEY"}

FIRST = """
CREATE TABLE events (
    id {id}, channel TEXT NOT NULL, account TEXT NOT NULL, event_id TEXT NOT NULL, lane TEXT NOT NULL,
    raw TEXT NOT NULL, received_at INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'new',
    tries INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '', done_at INTEGER, UNIQUE (channel, account, event_id)
);
CREATE INDEX events_waiting ON events (state, id) WHERE state <> 'done';
CREATE INDEX events_done ON events (done_at) WHERE state = 'done';

CREATE TABLE staff (
    id {id}, name TEXT NOT NULL, role TEXT NOT NULL, language TEXT NOT NULL DEFAULT 'vi',
    active INTEGER NOT NULL DEFAULT 1, lead INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL
);
CREATE TABLE staff_identities (
    id {id}, staff_id INTEGER NOT NULL REFERENCES staff (id), channel TEXT NOT NULL, account TEXT NOT NULL,
    external_id TEXT NOT NULL, created_at INTEGER NOT NULL, UNIQUE (channel, account, external_id)
);
CREATE TABLE login_links (
    token_hash TEXT PRIMARY KEY, staff_id INTEGER REFERENCES staff (id), role TEXT NOT NULL, purpose TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER, tries INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY, staff_id INTEGER NOT NULL REFERENCES staff (id), csrf TEXT NOT NULL,
    created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER,
    device TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sessions_of_staff ON sessions (staff_id);

CREATE TABLE customers (
    id {id}, name TEXT NOT NULL DEFAULT '', pronoun TEXT NOT NULL DEFAULT '', phone TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '', language TEXT NOT NULL DEFAULT '', remark TEXT NOT NULL DEFAULT '',
    search TEXT NOT NULL DEFAULT '', sticky_staff_id INTEGER REFERENCES staff (id),
    is_test INTEGER NOT NULL DEFAULT 0,
    asked_pronoun_at INTEGER, created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL
);
CREATE INDEX customers_search ON customers (search);
CREATE INDEX customers_phone ON customers (phone) WHERE phone <> '';
CREATE TABLE identities (
    id {id}, customer_id INTEGER NOT NULL REFERENCES customers (id), channel TEXT NOT NULL, account TEXT NOT NULL,
    external_id TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', reachable INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL, UNIQUE (channel, account, external_id)
);
CREATE INDEX identities_of_customer ON identities (customer_id);
CREATE TABLE conversations (
    id {id}, identity_id INTEGER NOT NULL UNIQUE REFERENCES identities (id),
    customer_id INTEGER NOT NULL REFERENCES customers (id), channel TEXT NOT NULL, account TEXT NOT NULL,
    address TEXT NOT NULL, language TEXT NOT NULL DEFAULT 'vi', dialogue TEXT NOT NULL DEFAULT '{{}}',
    last_seq INTEGER NOT NULL DEFAULT 0, seen_seq INTEGER NOT NULL DEFAULT 0, welcomed_at INTEGER,
    created_at INTEGER NOT NULL, last_in_at INTEGER, last_out_at INTEGER
);
CREATE INDEX conversations_of_customer ON conversations (customer_id);
CREATE TABLE visitors (
    key_hash TEXT PRIMARY KEY, visitor TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, language TEXT NOT NULL,
    created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL
);

CREATE TABLE cases (
    id {id}, customer_id INTEGER NOT NULL REFERENCES customers (id),
    conversation_id INTEGER NOT NULL REFERENCES conversations (id), kind TEXT NOT NULL, state TEXT NOT NULL,
    urgent INTEGER NOT NULL DEFAULT 0, owner_only INTEGER NOT NULL DEFAULT 0, subject TEXT NOT NULL DEFAULT '',
    category TEXT NOT NULL DEFAULT '', order_code TEXT NOT NULL DEFAULT '', touchpoint TEXT NOT NULL DEFAULT '',
    tried TEXT NOT NULL DEFAULT '[]', assignee_id INTEGER REFERENCES staff (id), root_cause TEXT NOT NULL DEFAULT '',
    rating_id INTEGER, opened_at INTEGER NOT NULL, due_at INTEGER, claimed_at INTEGER, replied_at INTEGER,
    resolved_at INTEGER, confirmed_at INTEGER, reopened INTEGER NOT NULL DEFAULT 0, recovered_at INTEGER,
    changed_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX one_open_case ON cases (customer_id, kind) WHERE state IN ('open', 'claimed', 'pending',
    'reopened');
CREATE INDEX cases_by_state ON cases (state, opened_at);
CREATE INDEX cases_of_conversation ON cases (conversation_id);
CREATE INDEX cases_by_day ON cases (opened_at);
CREATE INDEX cases_by_change ON cases (changed_at);
CREATE TABLE case_events (
    id {id}, case_id INTEGER NOT NULL REFERENCES cases (id), at INTEGER NOT NULL,
    staff_id INTEGER REFERENCES staff (id),
    what TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '{{}}'
);
CREATE INDEX case_events_of_case ON case_events (case_id, id);
CREATE TABLE clocks (
    id {id}, case_id INTEGER NOT NULL REFERENCES cases (id), kind TEXT NOT NULL, started_at INTEGER NOT NULL,
    warn_at INTEGER NOT NULL, due_at INTEGER NOT NULL, stopped_at INTEGER, outcome TEXT NOT NULL DEFAULT 'running',
    staff_id INTEGER REFERENCES staff (id), note TEXT NOT NULL DEFAULT ''
);
CREATE INDEX clocks_of_case ON clocks (case_id, kind);
CREATE UNIQUE INDEX one_running_clock ON clocks (case_id, kind) WHERE stopped_at IS NULL AND kind <> 'promise';

CREATE TABLE lines (
    id {id}, conversation_id INTEGER NOT NULL REFERENCES conversations (id), seq INTEGER,
    case_id INTEGER REFERENCES cases (id),
    author TEXT NOT NULL, staff_id INTEGER REFERENCES staff (id), text TEXT NOT NULL,
    extra TEXT NOT NULL DEFAULT '{{}}',
    external_id TEXT, at INTEGER NOT NULL, edited_at INTEGER, recalled_at INTEGER,
    UNIQUE (conversation_id, external_id)
);
CREATE INDEX lines_in_order ON lines (conversation_id, seq);
CREATE INDEX lines_of_case ON lines (case_id, id) WHERE case_id IS NOT NULL;
CREATE TABLE outbox (
    id {id}, channel TEXT NOT NULL, account TEXT NOT NULL, address TEXT NOT NULL, lane TEXT NOT NULL,
    conversation_id INTEGER REFERENCES conversations (id), line_id INTEGER REFERENCES lines (id),
    case_id INTEGER REFERENCES cases (id), purpose TEXT NOT NULL, payload TEXT NOT NULL, key TEXT UNIQUE,
    state TEXT NOT NULL DEFAULT 'ready', reason TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0,
    ambiguous INTEGER NOT NULL DEFAULT 0, part INTEGER NOT NULL DEFAULT 0, external_ids TEXT NOT NULL DEFAULT '[]',
    chosen INTEGER, due_at INTEGER NOT NULL, expires_at INTEGER, lease_until INTEGER,
    created_at INTEGER NOT NULL, settled_at INTEGER
);
CREATE INDEX outbox_waiting ON outbox (channel, account, state, due_at, id) WHERE state IN ('ready', 'sending');
CREATE INDEX outbox_in_lane ON outbox (lane, id) WHERE state IN ('ready', 'sending');
CREATE INDEX outbox_of_line ON outbox (line_id);
CREATE INDEX outbox_of_case ON outbox (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;

CREATE TABLE surveys (
    id {id}, customer_id INTEGER NOT NULL REFERENCES customers (id),
    conversation_id INTEGER NOT NULL REFERENCES conversations (id), occasion TEXT NOT NULL UNIQUE,
    touchpoint TEXT NOT NULL, case_id INTEGER REFERENCES cases (id), rerates_id INTEGER, asked_at INTEGER NOT NULL
);
CREATE INDEX surveys_by_touchpoint ON surveys (touchpoint, asked_at);
CREATE INDEX surveys_of_customer ON surveys (customer_id);
CREATE TABLE ratings (
    id {id}, survey_id INTEGER NOT NULL UNIQUE REFERENCES surveys (id),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    conversation_id INTEGER NOT NULL REFERENCES conversations (id), touchpoint TEXT NOT NULL, channel TEXT NOT NULL,
    level INTEGER NOT NULL, reason TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '',
    staff_id INTEGER REFERENCES staff (id), case_id INTEGER REFERENCES cases (id),
    rerates_id INTEGER REFERENCES ratings (id),
    points INTEGER NOT NULL DEFAULT 0, counts INTEGER NOT NULL DEFAULT 1, at INTEGER NOT NULL
);
CREATE INDEX ratings_by_day ON ratings (at);
CREATE INDEX ratings_of_customer ON ratings (customer_id, at);
CREATE TABLE testimonials (
    id {id}, customer_id INTEGER NOT NULL REFERENCES customers (id), rating_id INTEGER REFERENCES ratings (id),
    line_id INTEGER REFERENCES lines (id), permission TEXT NOT NULL DEFAULT 'asked', at INTEGER NOT NULL,
    answered_at INTEGER
);
CREATE TABLE points_ledger (
    id {id}, customer_id INTEGER NOT NULL REFERENCES customers (id), points INTEGER NOT NULL, reason TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE, staff_id INTEGER REFERENCES staff (id), at INTEGER NOT NULL
);
CREATE INDEX points_of_customer ON points_ledger (customer_id);
CREATE TABLE referrals (
    code TEXT PRIMARY KEY, customer_id INTEGER NOT NULL UNIQUE REFERENCES customers (id), created_at INTEGER NOT NULL
);

CREATE TABLE timers (
    id {id}, kind TEXT NOT NULL, subject_id INTEGER NOT NULL, key TEXT UNIQUE, payload TEXT NOT NULL DEFAULT '{{}}',
    due_at INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'waiting', tries INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '', done_at INTEGER
);
CREATE INDEX timers_due ON timers (due_at) WHERE state = 'waiting';
CREATE INDEX timers_of_subject ON timers (kind, subject_id) WHERE state = 'waiting';

CREATE TABLE faq_entries (
    id TEXT PRIMARY KEY, position INTEGER NOT NULL, category TEXT NOT NULL DEFAULT '', question TEXT NOT NULL,
    phrasings TEXT NOT NULL DEFAULT '[]', answer TEXT NOT NULL, media TEXT NOT NULL DEFAULT '[]',
    topics TEXT NOT NULL DEFAULT '[]', checked_on TEXT NOT NULL DEFAULT '', valid_from TEXT NOT NULL DEFAULT '',
    valid_to TEXT NOT NULL DEFAULT '', active INTEGER NOT NULL DEFAULT 1, changed_at INTEGER NOT NULL
);
CREATE TABLE faq_changes (
    id {id}, batch TEXT NOT NULL, entry_id TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
    staff_id INTEGER REFERENCES staff (id), at INTEGER NOT NULL, undone_at INTEGER
);
CREATE INDEX faq_changes_in_batch ON faq_changes (batch);
CREATE TABLE faq_asks (
    id {id}, conversation_id INTEGER NOT NULL REFERENCES conversations (id), text TEXT NOT NULL, folded TEXT NOT NULL,
    outcome TEXT NOT NULL, entry_id TEXT NOT NULL DEFAULT '', confidence INTEGER NOT NULL DEFAULT 0,
    offered TEXT NOT NULL DEFAULT '[]', helped INTEGER, handled TEXT NOT NULL DEFAULT '', at INTEGER NOT NULL
);
CREATE INDEX faq_asks_by_day ON faq_asks (at);
CREATE INDEX faq_asks_open ON faq_asks (outcome, handled, at);
CREATE TABLE faq_proposals (
    id {id}, entry_id TEXT NOT NULL, wording TEXT NOT NULL, folded TEXT NOT NULL, source TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1, state TEXT NOT NULL DEFAULT 'open', staff_id INTEGER REFERENCES staff (id),
    at INTEGER NOT NULL, decided_at INTEGER, UNIQUE (entry_id, folded)
);

CREATE TABLE settings (section TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE versions (name TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE settings_changes (
    id {id}, section TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, staff_id INTEGER REFERENCES staff (id),
    at INTEGER NOT NULL, undone_at INTEGER
);
CREATE TABLE audit (
    id {id}, at INTEGER NOT NULL, staff_id INTEGER REFERENCES staff (id), action TEXT NOT NULL,
    subject TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '{{}}'
);
CREATE INDEX audit_by_day ON audit (at);

CREATE TABLE attachments (
    id {id}, token TEXT NOT NULL UNIQUE, conversation_id INTEGER REFERENCES conversations (id), kind TEXT NOT NULL,
    mime TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL, path TEXT NOT NULL,
    remote TEXT NOT NULL DEFAULT '{{}}', created_at INTEGER NOT NULL
);
CREATE TABLE staff_groups (
    id {id}, channel TEXT NOT NULL, account TEXT NOT NULL, address TEXT NOT NULL, title TEXT NOT NULL DEFAULT '',
    forum INTEGER NOT NULL DEFAULT 0, kinds TEXT NOT NULL DEFAULT '[]', language TEXT NOT NULL DEFAULT 'vi',
    state TEXT NOT NULL DEFAULT 'bound', bound_by INTEGER REFERENCES staff (id), bound_at INTEGER NOT NULL,
    UNIQUE (channel, account, address)
);
CREATE TABLE topics (
    id {id}, group_id INTEGER NOT NULL REFERENCES staff_groups (id), case_id INTEGER NOT NULL REFERENCES cases (id),
    thread TEXT NOT NULL DEFAULT '', card_id TEXT NOT NULL DEFAULT '', shown TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'open', UNIQUE (group_id, case_id)
);
CREATE INDEX topics_by_thread ON topics (group_id, thread);
CREATE TABLE relays (
    id {id}, channel TEXT NOT NULL, account TEXT NOT NULL, address TEXT NOT NULL, external_id TEXT NOT NULL,
    line_id INTEGER REFERENCES lines (id), case_id INTEGER REFERENCES cases (id), at INTEGER NOT NULL,
    UNIQUE (channel, account, address, external_id)
);
CREATE INDEX relays_of_line ON relays (line_id);
CREATE TABLE confirmations (
    code_hash TEXT PRIMARY KEY, staff_id INTEGER NOT NULL REFERENCES staff (id), place TEXT NOT NULL,
    action TEXT NOT NULL,
    expires_at INTEGER NOT NULL, used_at INTEGER, tries INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE poll_offsets (channel TEXT NOT NULL, account TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (channel,
    account));
"""

Step = Callable[[Any], None]


def _first(connection: Any) -> None:
    for statement in statements(FIRST.format(**SQLITE_TYPES)):
        connection.execute(statement)


MIGRATIONS: tuple[Step, ...] = (_first,)
LATEST = len(MIGRATIONS)


def statements(script: str) -> list[str]:
    """The single statements of a script; none of ours holds a semicolon inside."""
    return [one.strip() for one in script.split(";") if one.strip()]


def version(connection: Any) -> int:
    """How many migrations the file has had."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(path: str, *, steps: tuple[Step, ...] = MIGRATIONS) -> int:
    """Bring the file to the newest schema and return the version it had before.

    Everything happens in one transaction on a connection of its own. A file that holds data is copied
    to `<file>.before-<version>` first. A newer schema is refused: older code would misread it.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch(mode=0o600)  # customers' words: for our own account only; the log files take after it
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        connection.execute("PRAGMA foreign_keys=OFF")
        had = version(connection)
        if had > len(steps):
            raise StorageError(
                f"{path} was written by a newer Chạm (schema {had}, this one knows {len(steps)}): "
                "start the newer version, or restore a backup made before the upgrade"
            )
        if had < len(steps):
            _back_up(connection, path, had)
            _apply(connection, steps, had)
        return had
    finally:
        connection.close()


def _back_up(connection: Any, path: str, had: int) -> None:
    if had == 0:
        return
    target = Path(f"{path}.before-{had + 1}")
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)  # empty, so that it may be filled, and nobody else's from the first byte
    connection.execute("VACUUM INTO ?", (str(target),))


def _apply(connection: Any, steps: tuple[Step, ...], had: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        had = version(connection)  # another process may have been first
        for step in steps[had:]:
            step(connection)
        if broken := connection.execute("PRAGMA foreign_key_check").fetchall():
            raise StorageError(f"migration leaves {len(broken)} rows without what they refer to")
        connection.execute(f"PRAGMA user_version={len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
