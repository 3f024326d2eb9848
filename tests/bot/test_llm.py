"""The language model is switched on by settings only, whole or not at all, and its key is a secret."""

from pathlib import Path

import msgspec
import pytest

from bot.app import build
from bot.llm import FAILURES, LEFT_ALONE_SECONDS, Breaker, Model, NoReply
from bot.settings import SECRET_NAMES, Settings, SettingsError, load
from handlers.messages import Incoming
from storage.events import RawEvent
from tests.bot.llm_server import says, serving
from tests.cast import DEMO, Script
from tests.clock import FakeClock

HERE = {"CHAM_LLM_BASE": "https://llm.example/v1", "CHAM_LLM_MODEL": "small"}


def test_it_is_off_by_default(tmp_path: Path) -> None:
    assert build(Settings(database=f"sqlite:///{tmp_path}/cham.db")).assist is None


def test_an_address_and_a_name_switch_it_on(tmp_path: Path) -> None:
    settings = load(HERE | {"CHAM_DATABASE": f"sqlite:///{tmp_path}/cham.db", "CHAM_LLM_KEY": "sk-canary"}, None)
    assist = build(settings).assist
    assert assist is not None
    assert (assist.model.base, assist.model.model, assist.model.key) == ("https://llm.example/v1", "small", "sk-canary")
    assert "sk-canary" in settings.secrets(), "or the log would not redact it"
    assert "sk-canary" not in repr(settings)
    assert "CHAM_LLM_KEY" in SECRET_NAMES


@pytest.mark.parametrize(
    "environ",
    [
        {"CHAM_LLM_BASE": "https://llm.example/v1"},
        {"CHAM_LLM_MODEL": "small"},
        {"CHAM_LLM_KEY": "sk-canary"},
        HERE | {"CHAM_LLM_BASE": "llm.example"},
    ],
)
def test_half_of_it_stops_the_start_and_gives_nothing_away(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as refused:
        load(environ, None)
    assert "CHAM_LLM_" in str(refused.value)
    assert "sk-canary" not in str(refused.value)


def test_after_a_pause_one_failure_is_enough_to_pause_again() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(FAILURES):
        assert breaker.may_try()
        breaker.failed()
    assert not breaker.may_try()
    now[0] = LEFT_ALONE_SECONDS
    assert breaker.may_try()
    breaker.failed()
    assert not breaker.may_try()
    now[0] *= 2
    breaker.worked()
    breaker.failed()
    assert breaker.may_try()


@pytest.mark.slow
async def test_a_bot_that_is_set_up_asks_it_before_the_turn(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(DEMO, encoding="utf-8")
    async with serving() as server:
        server.reply = lambda asked: says("giao_tinh", "được miễn phí", "Đơn từ 500.000 đồng được miễn phí ạ.")
        base = {"CHAM_LLM_BASE": server.base, "CHAM_DATABASE": f"sqlite:///{tmp_path}/cham.db"}
        settings = load(HERE | base | {"CHAM_SHOP_FILE": str(tmp_path / "shop.yaml")}, None)
        script = Script("script")
        app = build(settings, FakeClock(), extra={("script", ""): script})
        await app.open()
        said = Incoming("1", "lan@script", "lan@script", text="tỉnh xa thì sao")
        await app.intake.accept("script", "", [RawEvent("1", said.chat, msgspec.json.encode(said).decode())])
        await app.settle()
        await app.stop()
    assert [asked["question"] for asked in server.asked] == ["tỉnh xa thì sao"]
    assert [one.text for one in script.sent if "Đơn từ 500.000 đồng được miễn phí" in one.text]


async def test_a_redirect_is_not_followed_with_the_key() -> None:
    async with serving() as server:
        server.status, server.raw = 307, b""
        model = Model(server.base, "small", "sk-canary", total=2)
        with pytest.raises(NoReply, match="307"):
            await model.complete([{"role": "user", "content": "x"}])
        await model.close()
        assert len(server.bodies) == 1
