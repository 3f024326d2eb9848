"""Deployment settings: a wrong one stops the start, says what to do, and gives nothing away."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import SECRET_NAMES, Settings, SettingsError, load

TOKEN = "123456789:AAH-canary-canary-canary-canary-canary"


def refusal(environ: dict[str, str], env_file: Path | None = None) -> str:
    """What the owner reads."""
    with pytest.raises(SettingsError) as caught:
        load(environ, env_file)
    return str(caught.value)


def private(folder: Path, text: str) -> Path:
    file = folder / ".env"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


def test_nothing_is_needed_to_start() -> None:
    settings = load({}, None)
    assert settings.database_path == Path("data/cham.db")
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.log_level, settings.log_format) == ("info", "text")
    assert settings.telegram_token is None
    assert settings.secrets() == frozenset()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = private(tmp_path, "CHAM_PORT=9000\nCHAM_HOST=0.0.0.0\n")
    settings = load({"CHAM_PORT": "9001"}, file)
    assert (settings.host, settings.port) == ("0.0.0.0", 9001)


def test_an_empty_line_means_the_default(tmp_path: Path) -> None:
    settings = load({"CHAM_HOST": " "}, private(tmp_path, "CHAM_PORT=\nTELEGRAM_TOKEN=\n"))
    assert (settings.host, settings.port, settings.telegram_token) == ("127.0.0.1", 8080, None)


def test_the_example_file_is_a_valid_one(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / ".env.example"
    assert load({}, private(tmp_path, example.read_text(encoding="utf-8"))) == load({}, None)


@pytest.mark.parametrize("written", ["https://a.vn, http://b.vn:8000", '["https://a.vn", "http://b.vn:8000"]'])
def test_lists_may_be_written_plainly_or_as_json(written: str) -> None:
    assert load({"CHAM_ALLOWED_ORIGINS": written}, None).allowed_origins == ("https://a.vn", "http://b.vn:8000")


@pytest.mark.parametrize(
    ("written", "understood"),
    [("debug", ("debug", "text")), ("JSON", ("info", "json")), ("json,debug", ("debug", "json"))],
)
def test_the_log_setting_takes_level_and_shape_in_any_order(written: str, understood: tuple[str, str]) -> None:
    assert load({"CHAM_LOG": written}, None).log == understood


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("CHAM_PORT", "http", "whole number"),
        ("CHAM_PORT", "70000", "65535"),
        ("CHAM_PUBLIC_URL", "shop.example.vn", "https://shop.example.vn"),
        ("CHAM_PUBLIC_URL", "https://shop.vn/?a=1", "nothing after"),
        ("CHAM_PUBLIC_URL", "https://shop.vn:0/", "full web address"),
        ("CHAM_ALLOWED_ORIGINS", "https://*.vn", "without a path"),
        ("CHAM_ALLOWED_ORIGINS", "https://a.vn/chat", "without a path"),
        ("CHAM_LOG", "loud", "info, text"),
        ("CHAM_CHAT_RATE", "0", "1 or more"),
        ("CHAM_TRUSTED_PROXIES", "proxy.shop.vn", "IP address"),
        ("CHAM_DATABASE", "data/cham.db", "sqlite:///data/cham.db"),
        ("CHAM_DATABASE", "postgresql://cham:canary@db/cham", "later release"),
        ("TELEGRAM_RATE", "0", "greater than 0"),
        ("TELEGRAM_TOKEN", "canary", "<digits>:<secret>"),
        ("TELEGRAM_WEBHOOK_SECRET", "a b", "8-256"),
    ],
)
def test_a_wrong_value_is_named_with_advice_in_both_languages(name: str, value: str, advice: str) -> None:
    said = refusal({name: value, **({"TELEGRAM_TOKEN": TOKEN} if name != "TELEGRAM_TOKEN" else {})})
    assert f"- {name} (environment)" in said
    assert advice in said
    assert "Chạm chưa chạy" in said
    assert "canary" not in said


def test_every_wrong_value_is_told_at_once() -> None:
    said = refusal({"CHAM_PORT": "x", "CHAM_LOG": "y", "CHAM_HOTS": "z"})
    assert all(name in said for name in ("CHAM_PORT", "CHAM_LOG", "CHAM_HOTS"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("TELEGRAM_BOT_TOKEN", "TELEGRAM_TOKEN"),
        ("CHAM_DATABSE", "CHAM_DATABASE"),
        ("ZALO_OA_REFRESHTOKEN", "ZALO_OA_REFRESH_TOKEN"),
    ],
)
def test_a_misspelt_name_is_met_with_the_right_one(written: str, meant: str) -> None:
    assert f"did you mean {meant}?" in refusal({written: TOKEN})


def test_variables_of_other_programs_are_left_alone() -> None:
    assert load({"TELEGRAM_SESSION_STRING_FOR_BACKUPS": "x", "PATH": "/bin"}, None) == load({}, None)


def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    assert "ZALO_COLOUR" in refusal({}, private(tmp_path, "ZALO_COLOUR=red\n"))


def test_a_channel_is_switched_on_whole_or_not_at_all() -> None:
    said = refusal({"ZALO_OA_APP_ID": "1", "ZALO_OA_SECRET_KEY": "canary"})
    assert "ZALO_OA_REFRESH_TOKEN" in said
    assert "ZALO_OA_WEBHOOK_KEY" in said
    assert "ZALO_OA_APP_ID" not in said
    assert "TELEGRAM_TOKEN" in refusal({"TELEGRAM_WEBHOOK_SECRET": "abcdefgh"})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_secrets_in_a_file_others_can_read_stop_the_start(tmp_path: Path, mode: int) -> None:
    file = private(tmp_path, f"TELEGRAM_TOKEN={TOKEN}\n")
    file.chmod(mode)
    said = refusal({}, file)
    assert f"chmod 600 {file}" in said
    assert "canary" not in said


def test_a_file_without_secrets_may_be_readable(tmp_path: Path) -> None:
    file = private(tmp_path, "CHAM_PORT=9000\nTELEGRAM_TOKEN=\n")
    file.chmod(0o644)
    assert load({}, file).port == 9000


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"CHAM_HOST=\xff\xfe\n")
    assert "UTF-8" in refusal({}, file)


def test_secrets_print_as_stars() -> None:
    settings = load({"TELEGRAM_TOKEN": TOKEN}, None)
    assert "canary" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert settings.secrets() == {TOKEN}


def test_the_constructor_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAM_PORT", "1")
    assert Settings().port == 8080
    assert Settings(port=0).port == 0


def test_settings_cannot_be_changed_while_running() -> None:
    with pytest.raises(ValidationError):
        setattr(Settings(), "port", 1)  # noqa: B010  (mypy refuses the plain way, which is the point)


def test_the_names_that_hold_secrets_are_known() -> None:
    assert {"TELEGRAM_TOKEN", "ZALO_OA_SECRET_KEY", "MESSENGER_PAGE_TOKEN", "ZALO_BOT_WEBHOOK_SECRET"} <= SECRET_NAMES
    assert "CHAM_DATABASE" not in SECRET_NAMES
