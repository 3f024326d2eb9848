"""Looks at everything a shop needs to run, and says what to do about what is wrong."""

import asyncio
import contextlib
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from care import shop as shop_file
from care.shop import ShopFileError
from storage import backup, health, schema, selfcheck
from storage.database import StorageError

from . import i18n
from .app import shop_source
from .control import socket_path
from .settings import Settings

Level = Literal["ok", "warn", "bad"]
SIGNS: dict[Level, str] = {"ok": "✓", "warn": "⚠", "bad": "✗"}

LOW_DISK, NO_DISK = 1_000_000_000, 200_000_000  # bytes
BIG_LOG = 256_000_000  # bytes of write-ahead log that nobody folded into the file
OLD_BACKUP = timedelta(days=2)
EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)  # a machine that believes in an earlier day has no clock
AHEAD = timedelta(minutes=5)
CONNECT_SECONDS = 5.0
THOROUGH_SECONDS = 60.0


@dataclass(frozen=True)
class Finding:
    """One line of the report; what to do stands in the sentences."""

    level: Level
    vi: str
    en: str

    def __str__(self) -> str:
        return f"{SIGNS[self.level]} {self.vi} / {self.en}"


def ok(vi: str, en: str) -> Finding:
    return Finding("ok", vi, en)


def warn(vi: str, en: str) -> Finding:
    return Finding("warn", vi, en)


def bad(vi: str, en: str) -> Finding:
    return Finding("bad", vi, en)


async def examine(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    """Every finding, one after another; nothing is changed on the machine."""
    for look in LOOKS:
        for finding in await asyncio.to_thread(look, settings, now):
            yield finding
    for finding in await channels(settings):
        yield finding


def versions(settings: Settings, now: datetime) -> list[Finding]:
    """Python, SQLite, time zones and catalogs."""
    number = ".".join(map(str, selfcheck.sqlite_version()))
    python = ".".join(map(str, sys.version_info[:3]))
    found = [ok(f"Python {python}", "runs")]
    if selfcheck.is_safe(selfcheck.sqlite_version()):
        found.append(ok(f"SQLite {number}", "runs"))
    else:
        found.append(
            warn(
                f"SQLite {number} cũ, nên có từ 3.51.3: cài lại gói pysqlite3",
                "is old: reinstall the package pysqlite3",
            )
        )
    try:
        ZoneInfo("Asia/Ho_Chi_Minh")
        found.append(ok("Dữ liệu múi giờ", "time zones"))
    except ZoneInfoNotFoundError:
        found.append(bad("Thiếu dữ liệu múi giờ: cài gói tzdata", "no time zones: install the package tzdata"))
    return [*found, catalogs()]


def catalogs() -> Finding:
    try:
        for language in i18n.LANGUAGES:
            i18n.catalog(language)
    except Exception as error:
        return bad(f"Thiếu bản dịch ({error}): cài lại Chạm", "catalogs are missing: install Chạm again")
    return ok("Bản dịch", "catalogs")


def clock(settings: Settings, now: datetime) -> list[Finding]:
    """A wrong clock sends reminders at the wrong hour."""
    local = now.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    if now < EARLIEST:
        return [
            bad(f"Đồng hồ máy sai: {local:%d/%m/%Y %H:%M}. Bật đồng bộ giờ (NTP)", "the clock is wrong: switch NTP on")
        ]
    newest = health.newest_event(settings.database_path)
    if newest is not None and newest > now + AHEAD:
        return [
            warn(
                f"Đồng hồ máy ({local:%d/%m/%Y %H:%M}) chậm hơn tin mới nhất đã nhận. Kiểm tra giờ máy",
                "the clock is behind the newest message received: check it",
            )
        ]
    return [ok(f"Đồng hồ máy: {local:%d/%m/%Y %H:%M} giờ Việt Nam", "clock")]


def shop(settings: Settings, now: datetime) -> list[Finding]:
    """The shop file matters only until the first start has read it."""
    if health.has_shop(settings.database_path):
        return [ok("Cửa hàng đã nằm trong dữ liệu", "the shop is in the database")]
    path = shop_source(settings.shop_file)
    if not path.exists():
        return [bad(f"Không thấy tệp cửa hàng {path}", "there is no shop file")]
    try:
        name = shop_file.parse(path.read_bytes()).shop
    except ShopFileError as error:
        return [bad(f"{path}: {error.say(i18n.catalog('vi').gettext)}", error.say(i18n.catalog("en").gettext))]
    if path != settings.shop_file:
        return [
            warn(
                f"Chưa có {settings.shop_file}: lần chạy đầu sẽ dùng cửa hàng mẫu “{name}”",
                "the demo shop will be used",
            )
        ]
    return [ok(f"Tệp cửa hàng {path}: “{name}”", "shop file")]


def database(settings: Settings, now: datetime) -> list[Finding]:
    """The file: there, ours alone, whole, of a schema we know."""
    path = settings.database_path
    if not path.exists():
        return [warn(f"Chưa có dữ liệu ở {path}: sẽ tạo khi chạy lần đầu", "no database yet: the first start makes it")]
    found: list[Finding] = []
    if path.stat().st_mode & 0o077:
        found.append(warn(f"Tài khoản khác đọc được {path}: chmod 600 {path}", "others can read the database"))
    number, running = health.schema_version(path), is_running(settings)
    if number is not None and number > schema.LATEST:
        found.append(bad(f"{path} của bản Chạm mới hơn: cập nhật Chạm", "made by a newer Chạm: update"))
    looked = selfcheck.look(path, THOROUGH_SECONDS, thorough=True)
    if looked.whole is False:
        newest = backup.newest_good(backup.folder_of(path))
        how = f"cham restore {newest}" if newest else "không có bản sao lưu nào dùng được / there is no usable backup"
        found.append(bad(f"Tệp dữ liệu HỎNG ({looked.problems[0]}). Khôi phục: {how}", "the database is DAMAGED"))
    else:
        size = f"{path.stat().st_size / 1_000_000:.1f} MB"
        part = "" if looked.whole else " (chưa xem hết / not wholly seen)"
        found.append(ok(f"Dữ liệu {path}, {size}, nguyên vẹn{part}", "database, whole"))
    return [*found, *log_file(path, running), *kept_back(path)]


def log_file(path: Path, running: bool) -> list[Finding]:
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size > BIG_LOG:
        return [warn(f"{log} quá lớn: khởi động lại Chạm", "the log of the database is very large: restart Chạm")]
    if selfcheck.was_left_open(path) and not running:
        return [warn("Lần trước Chạm tắt đột ngột; dữ liệu không sao", "Chạm was stopped hard last time; no harm done")]
    return []


def kept_back(path: Path) -> list[Finding]:
    """What waits for a person: a quarantine, events set aside."""
    found: list[Finding] = []
    if health.in_quarantine(path):
        found.append(
            warn("Đang CÁCH LY sau khôi phục, chưa gửi tin: cham restore --confirm", "in QUARANTINE, nothing is sent")
        )
    if aside := health.events_aside(path):
        found.append(warn(f"{aside} tin bị gác lại: cham events list", "events were set aside"))
    return found


def disk(settings: Settings, now: datetime) -> list[Finding]:
    """Room, and folders we may write in."""
    found: list[Finding] = []
    for folder in dict.fromkeys((settings.database_path.parent, settings.media_dir)):
        place = next(one for one in (folder, *folder.absolute().parents) if one.exists())
        free = shutil.disk_usage(place).free
        said = f"{free / 1_000_000_000:.1f} GB"
        if not is_writable(place):
            found.append(bad(f"Không ghi được vào {place}: sửa quyền thư mục", "cannot be written: correct its rights"))
        elif free < NO_DISK:
            found.append(
                bad(f"Đĩa của {folder} sắp đầy, còn {said}: dọn bớt", "the disk is nearly full: free some space")
            )
        elif free < LOW_DISK:
            found.append(warn(f"Đĩa của {folder} còn ít, {said}", "little disk space is left"))
        else:
            found.append(ok(f"Thư mục {folder}, đĩa còn {said}", "folder and disk space"))
    return found


def is_writable(folder: Path) -> bool:
    probe = folder / f".cham-probe-{id(folder)}"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError:
        return False
    return True


def backups(settings: Settings, now: datetime) -> list[Finding]:
    if not settings.database_path.exists():
        return []
    archives = backup.listed(backup.folder_of(settings.database_path))
    if not archives:
        return [warn("Chưa có bản sao lưu: cham backup (tự chạy 3:30 mỗi đêm)", "no backup yet: cham backup")]
    made = datetime.fromtimestamp(archives[0].stat().st_mtime, UTC)
    if now - made > OLD_BACKUP:
        return [
            warn(f"Bản sao lưu mới nhất đã cũ ({made:%d/%m/%Y}): cham backup", "the newest backup is old: cham backup")
        ]
    try:
        backup.check(archives[0])
    except StorageError as error:
        return [bad(f"Bản sao lưu mới nhất hỏng ({error}): cham backup", "the newest backup is damaged: make another")]
    return [ok(f"Sao lưu: {len(archives)} bản, mới nhất {archives[0].name}", "backups")]


def port(settings: Settings, now: datetime) -> list[Finding]:
    if is_running(settings):
        return [ok("Chạm đang chạy", "Chạm is running")]
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            place = f"{settings.host}:{settings.port}"
            return [
                bad(f"Không mở được {place} ({error.strerror}): đổi CHAM_PORT", "cannot be opened: change CHAM_PORT")
            ]
    return [ok(f"Cổng {settings.host}:{settings.port} còn trống", "the port is free")]


def is_running(settings: Settings) -> bool:
    """Whether a bot answers its own command line."""
    probe = socket.socket(socket.AF_UNIX)
    probe.settimeout(2)
    with contextlib.closing(probe):
        try:
            probe.connect(str(socket_path(settings.database_path)))
        except OSError:
            return False
    return True


Look = Callable[[Settings, datetime], list[Finding]]
LOOKS: tuple[Look, ...] = (versions, clock, shop, database, disk, backups, port)


async def channels(settings: Settings) -> list[Finding]:
    """Which channels are switched on, and whether their servers can be reached from here."""
    found = [ok("Kênh website: luôn bật", "channel website: always on")]
    if settings.public_url is None:
        found.append(
            warn(
                "Chưa đặt CHAM_PUBLIC_URL: chat chỉ dùng được trên máy này",
                "not set: the chat works on this machine only",
            )
        )
    asked = [(name, address) for name, switch, address in servers(settings) if switch]
    reached = await asyncio.gather(*(reach(address) for _, address in asked))
    for (name, address), why in zip(asked, reached, strict=True):
        if why is None:
            found.append(ok(f"Kênh {name}: nối được {address}", "channel: its server can be reached"))
        else:
            found.append(
                bad(f"Kênh {name}: không nối được {address} ({why})", "its server cannot be reached: check the network")
            )
    if ("telegram", None) in [(name, why) for (name, _), why in zip(asked, reached, strict=True)]:
        found += await telegram(settings)
    off = [name for name, switch, _ in servers(settings) if not switch]
    return [*found, ok(f"Kênh chưa bật: {', '.join(off)}", "channels that are off")] if off else found


async def telegram(settings: Settings) -> list[Finding]:
    """Whether Telegram knows the bot, and sends what it hears to the right place."""
    if settings.telegram_token is None:
        return []
    from .commands.telegram import check  # the client library takes half a second

    by_sign = {sign: level for level, sign in SIGNS.items()}
    lines = [(by_sign[line[0]], line[2:].partition(" / ")) for line in await check(settings)]
    return [Finding(level, vi, en or "the bot's account") for level, (vi, _, en) in lines]


def servers(settings: Settings) -> list[tuple[str, bool, str]]:
    """Name, whether it is switched on, and the server of every other channel."""
    return [
        ("telegram", settings.telegram_token is not None, settings.telegram_api_base),
        ("zalo_oa", settings.zalo_oa_app_id is not None, settings.zalo_oa_api_base),
        ("zalo_bot", settings.zalo_bot_token is not None, settings.zalo_bot_api_base),
        ("messenger", settings.messenger_page_id is not None, settings.messenger_api_base),
    ]


async def reach(address: str) -> str | None:
    """Open and close a connection; no request and no secret is sent. Returns why not."""
    parts = urlsplit(address)
    number = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, number)
        writer.close()
    except TimeoutError:
        return "timeout"
    except OSError as error:
        return error.strerror or type(error).__name__
    return None
