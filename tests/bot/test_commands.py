"""The words of the command line, from the first word to the sentence on the screen."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.commands.faq import written

ROOT = Path(__file__).parent.parent.parent
HEAVY = frozenset(
    """
    aiogram aiohttp apscheduler asyncio babel care handlers holidays jinja2 msgspec numpy openpyxl pydantic sqlite_utils
    storage structlog telegram typst vl_convert xlsxwriter yaml
    """.split()
)


def test_help_loads_nothing_that_is_slow() -> None:
    program = "import sys, bot.cli; bot.cli.parser().format_help(); print(*{n.partition('.')[0] for n in sys.modules})"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=50)
    assert run.returncode == 0, run.stderr
    assert set(run.stdout.split()) & HEAVY == set()


class Console:
    """Runs commands in a folder of their own and reads the screen."""

    def __init__(self, folder: Path, screen: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._screen = screen

    def __call__(self, *words: str) -> tuple[int, str]:
        self._screen.readouterr()
        try:
            code = cli.main(["--env-file", str(self.folder / ".env"), *words])
        except SystemExit as left:
            code = int(str(left.code))
        said = self._screen.readouterr()
        return code, said.out + said.err


@pytest.fixture
def cham(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Console:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("CHAM_PORT=0\n")
    return Console(tmp_path, capsys)


def test_wrong_words_are_refused_with_the_right_ones(cham: Console) -> None:
    assert cham("nonsense")[0] == 2
    assert cham("events")[0] == 2
    assert cham("restore")[0] == 2
    assert cham("faq", "import")[0] == 2
    code, said = cham("--help")
    assert code == 0
    for word in cli.COMMANDS:
        assert word in said


def test_a_wrong_setting_stops_every_command_with_a_sentence(cham: Console) -> None:
    (cham.folder / ".env").write_text("CHAM_PROT=8080\n")
    code, said = cham("events", "list")
    assert code == 1
    assert "CHAM_PORT" in said
    assert "Traceback" not in said


def test_commands_before_the_first_start_say_what_to_do(cham: Console) -> None:
    for words in (("shop", "export"), ("posters",), ("faq", "export", "f.yaml"), ("faq", "ask", "ship")):
        code, said = cham(*words)
        assert code == 1, words
        assert "cham run" in said, words


def test_demo_backup_restore_and_back(cham: Console) -> None:
    assert cham("demo", "load")[0] == 0
    code, said = cham("demo", "load")
    assert code == 1
    assert "cham demo remove" in said
    assert cham("backup")[0] == 0
    assert cham("demo", "remove")[0] == 0
    assert "cham-" in cham("backup", "--list")[1]
    code, said = cham("restore", "--newest", "--yes")
    assert code == 0
    assert "CÁCH LY" in said
    code, said = cham("doctor")
    assert "cham restore --confirm" in said
    assert code == 0
    assert cham("restore", "--confirm")[0] == 0
    assert "Không có cách ly" in cham("restore", "--confirm")[1]
    assert "400" in cham("demo", "remove")[1]


def test_restore_asks_before_it_replaces_anything(cham: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    cham("demo", "load")
    cham("backup")
    monkeypatch.setattr("builtins.input", lambda prompt: "")
    code, said = cham("restore", "--newest")
    assert code == 1
    assert "Chưa thay đổi gì" in said
    assert not list(cham.folder.glob("data/*before-restore*"))
    code, said = cham("restore", "nowhere.tar.gz")
    assert code == 1
    assert "nowhere.tar.gz" in said


def test_the_shop_and_the_faq_travel_out_and_in_unchanged(cham: Console) -> None:
    cham("demo", "load")
    assert cham("shop", "export", "shop.yaml")[0] == 0
    assert "shop: Nhà Mây" in (cham.folder / "shop.yaml").read_text(encoding="utf-8")
    assert cham("shop", "export", "shop.yaml")[0] == 1  # there already
    for kind in ("yaml", "csv", "xlsx"):
        assert cham("faq", "export", f"faq.{kind}")[0] == 0
        code, said = cham("faq", "import", f"faq.{kind}")
        assert code == 0
        assert "Không có gì thay đổi" in said, said


def test_an_import_is_a_dry_run_first_and_all_or_nothing(cham: Console) -> None:
    cham("demo", "load")
    new = cham.folder / "new.csv"
    new.write_text("question,answer\nCó giữ xe không?,Dạ có ạ.\n", encoding="utf-8")
    code, said = cham("faq", "import", "new.csv")
    assert code == 0
    assert "--apply" in said
    assert "+1" in said
    code, said = cham("faq", "import", "new.csv", "--apply")
    assert "✓ +1" in said
    assert "Không có gì thay đổi" in cham("faq", "import", "new.csv", "--apply")[1]

    new.write_text("question,answer\nCâu mới nữa?,Dạ.\nThiếu lời đáp?,\n", encoding="utf-8")
    code, said = cham("faq", "import", "new.csv", "--apply")
    assert code == 1
    assert "✗ 3:" in said
    cham("faq", "export", "after.yaml")
    assert "Câu mới nữa" not in (cham.folder / "after.yaml").read_text(encoding="utf-8")
    assert cham("faq", "import", "nothing.csv")[0] == 1


def test_measuring_needs_readable_questions(cham: Console) -> None:
    cham("demo", "load")
    (cham.folder / "bad.jsonl").write_text('{"q": "ship"}\nnonsense\n')
    code, said = cham("faq", "check", "--queries", "bad.jsonl")
    assert code == 1
    assert "dòng 2" in said


def test_posters_for_one_touchpoint(cham: Console) -> None:
    cham("demo", "load")
    code, said = cham("posters", "--kind", "svg", "--touchpoint", "giao_hang")
    assert code == 0
    assert (cham.folder / "posters" / "giao_hang.svg").read_bytes().startswith(b"<svg")
    assert "CHAM_PUBLIC_URL" in said
    assert cham("posters", "--touchpoint", "nowhere")[0] == 1


def test_events_that_are_not_there(cham: Console) -> None:
    cham("demo", "load")
    assert "Không có tin nào" in cham("events", "list")[1]
    assert cham("events", "replay", "7")[0] == 1
    assert cham("events", "replay", "--all")[0] == 0


def test_a_spreadsheet_runs_nothing_of_an_export() -> None:
    entries: list[dict[str, Any]] = [{"id": "x", "question": "=1+1", "answer": "+84 903", "phrasings": ["@SUM(A1)"]}]
    text = written(".csv", entries).decode("utf-8-sig")
    assert '"\'=1+1"' in text
    assert '"\'+84 903"' in text
    assert '"\'@SUM(A1)"' in text
