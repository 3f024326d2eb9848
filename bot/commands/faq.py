"""`cham faq`: bring entries in and out, measure them with real questions, ask one question."""

import asyncio
import base64
import csv
import io
import json
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.control import OperationFailed, call
from bot.files import write_new
from bot.operations import OPERATIONS
from bot.settings import Settings

SHOWN = 30
EXAMPLE = 'cần dạng / must look like {"q": "ship bao lâu", "id": "thoi_gian_giao"}'
CSV_COLUMNS = (
    "id",
    "category",
    "question",
    "phrasings",
    "answer",
    "media",
    "checked_on",
    "valid_from",
    "valid_to",
    "active",
)
RISKY = ("=", "+", "-", "@", "%", "|", "\t", "\r", "\n")  # a cell that begins so may be read as a formula


def add_arguments(parser: ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", metavar="VIỆC", required=True)
    bring = words.add_parser(
        "import", help="nhập .yaml, .csv, .xlsx (xem trước, --apply mới ghi) / import, a dry run first"
    )
    bring.add_argument("file", type=Path, metavar="TỆP")
    bring.add_argument("--apply", action="store_true", help="ghi thật / really do it")
    bring.add_argument(
        "--replace", action="store_true", help="bỏ các câu không có trong tệp / remove entries not in the file"
    )
    out = words.add_parser("export", help="xuất .yaml, .csv hoặc .xlsx / export")
    out.add_argument("file", type=Path, metavar="TỆP")
    out.add_argument("--force", action="store_true", help="ghi đè / overwrite")
    check = words.add_parser("check", help="đo FAQ bằng câu hỏi thật / measure the FAQ with real questions")
    check.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="TỆP",
        help="tệp cửa hàng; mặc định: FAQ đang dùng / default: the FAQ in use",
    )
    check.add_argument(
        "--queries", type=Path, required=True, metavar="JSONL", help='mỗi dòng / each line {"q": …, "id": … | null}'
    )
    ask = words.add_parser("ask", help="hỏi thử một câu / ask one question")
    ask.add_argument("text", nargs="+", metavar="CÂU_HỎI")


def main(settings: Settings, chosen: Namespace) -> int:
    return {"import": bring_in, "export": take_out, "check": measure, "ask": ask}[chosen.what](settings, chosen)


def bring_in(settings: Settings, chosen: Namespace) -> int:
    data = base64.b64encode(chosen.file.read_bytes()).decode()
    done = asyncio.run(
        call(
            settings,
            OPERATIONS,
            "faq-import",
            name=chosen.file.name,
            data=data,
            apply=chosen.apply,
            replace=chosen.replace,
        )
    )
    for sign, name in (("+", "added"), ("~", "changed"), ("-", "removed"), ("✗", "wrong"), ("⚠", "clashes")):
        _some(sign, done[name])
    counts = f"+{len(done['added'])} ~{len(done['changed'])} -{len(done['removed'])} ={done['same']}"
    if done["wrong"]:
        print(f"{counts}. Chưa ghi gì: sửa các lỗi trên rồi nhập lại. / Nothing was changed: correct the errors above.")
        return 1
    if done["applied"]:
        print(f"✓ {counts}. Đã ghi, bot dùng ngay. / Done, the bot uses it at once.")
    elif done["added"] or done["changed"] or done["removed"]:
        print(f"{counts}. Mới xem trước; thêm --apply để ghi. / A dry run; add --apply to do it.")
    else:
        print(f"{counts}. Không có gì thay đổi. / Nothing would change.")
    return 0


def _some(sign: str, lines: Sequence[str]) -> None:
    for line in lines[:SHOWN]:
        print(f"{sign} {line}")
    if len(lines) > SHOWN:
        print(f"{sign} … và {len(lines) - SHOWN} mục nữa / and {len(lines) - SHOWN} more")


def take_out(settings: Settings, chosen: Namespace) -> int:
    entries = asyncio.run(call(settings, OPERATIONS, "faq-export"))
    write_new(chosen.file, written(chosen.file.suffix.lower(), entries), overwrite=chosen.force)
    print(f"✓ {chosen.file}: {len(entries)} câu / entries")
    return 0


def written(kind: str, entries: list[dict[str, Any]]) -> bytes:
    """The entries as a file that `cham faq import` reads again, and a spreadsheet runs nothing of."""
    if kind in (".yaml", ".yml"):
        import yaml

        text = yaml.safe_dump({"entries": entries}, allow_unicode=True, sort_keys=False, width=110)
        return str(text).encode()
    if kind == ".csv":
        return _csv(entries)
    if kind == ".xlsx":
        return _xlsx(entries)
    raise OperationFailed(f"Chỉ xuất được .yaml, .csv, .xlsx, không phải “{kind}”. / Only .yaml, .csv and .xlsx.")


def _cells(entry: dict[str, Any]) -> list[str]:
    joined = {"phrasings": " | ".join(entry.get("phrasings", ())), "media": " | ".join(entry.get("media", ()))}
    values = entry | joined | {"active": "1" if entry.get("active", True) else "0"}
    return [str(values.get(name) or "") for name in CSV_COLUMNS]


def _csv(entries: list[dict[str, Any]]) -> bytes:
    out = io.StringIO(newline="")
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(CSV_COLUMNS)
    for entry in entries:
        table.writerow([f"'{cell}" if cell.startswith(RISKY) else cell for cell in _cells(entry)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()  # Excel needs the mark to see that it is UTF-8


def _xlsx(entries: list[dict[str, Any]]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("FAQ")
        for number, cells in enumerate([list(CSV_COLUMNS), *map(_cells, entries)]):
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell)
    return out.getvalue()


def measure(settings: Settings, chosen: Namespace) -> int:
    from care.faq import Entry
    from care.faq.check import check

    entries = _entries_of(settings, chosen.file)
    learnt = [Entry(one["id"], one["question"], tuple(one.get("phrasings", ()))) for one in entries]
    report = check(learnt, _queries(chosen.queries))
    _print_report(report)
    return 0


def _entries_of(settings: Settings, path: Path | None) -> list[dict[str, Any]]:
    if path is None:
        return [one for one in asyncio.run(call(settings, OPERATIONS, "faq-export")) if one.get("active", True)]
    from care import shop as shop_file

    return shop_file.sections(shop_file.parse(path.read_bytes()))["entries"]  # type: ignore[return-value]


def _queries(path: Path) -> list[Any]:
    """Lines like {"q": "ship bao lâu", "id": "thoi_gian_giao"}; id: a list when several answer, null when none."""
    from care.faq.check import Query

    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            wanted: Any = next((said[name] for name in ("id", "entry", "entries") if said.get(name)), [])
            text = said["q"] if "q" in said else said["text"]
            found.append(Query(str(text), frozenset([wanted] if isinstance(wanted, str) else wanted)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise OperationFailed(f"{path}, dòng {number}: {EXAMPLE}") from error
    if not found:
        raise OperationFailed(f"{path} không có câu nào. / There are no questions in {path}.")
    return found


def _print_report(report: Any) -> None:
    print(
        f"{report.answerable} câu có lời đáp, {report.unanswerable} câu không / questions with an answer, and without"
    )
    rows = (
        (report.top1, "tìm đúng ngay đầu / right at first"),
        (report.recall3, "đúng trong ba câu / right among three"),
        (report.answered, "được trả lời ngay / answered at once"),
        (report.right, "trả lời đúng, trên số đã trả lời / right, of those answered"),
        (report.wrong, "trả lời sai, trên tất cả / wrong, of all"),
        (report.out_of_scope_answered, "ngoài FAQ mà vẫn trả lời / outside the FAQ, answered all the same"),
    )
    for share, says in rows:
        print(f"  {share * 100:5.1f} %  {says}")
    for weak in report.worst:
        instead = f" → {weak.instead}" if weak.instead else ""
        print(f"  ⚠ {weak.entry_id}: sai {weak.missed}/{weak.asked}{instead}")


def ask(settings: Settings, chosen: Namespace) -> int:
    found = asyncio.run(call(settings, OPERATIONS, "faq-ask", text=" ".join(chosen.text)))
    print(
        {
            "answer": "✓ Trả lời ngay / answered at once:",
            "suggest": "? Gợi ý để khách chọn / offered to choose from:",
            "unknown": "✗ Chưa biết, mời nhân viên / not known, a person is offered:",
        }[found["kind"]]
    )
    for one in found["matches"]:
        print(f"  {one['confidence']:>3} %  {one['id']}: {one['question']}")
    if found["kind"] == "answer":
        print(f"  → {found['matches'][0]['answer']}")
    return 0
