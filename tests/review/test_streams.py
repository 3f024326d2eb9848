"""A login that ends while a page is just opening its stream hears nothing."""

from pathlib import Path

import pytest

from care import logins
from tests.web.desk_house import open_desk


async def test_a_login_that_ended_just_before_the_stream_opened_hears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_desk(tmp_path) as desk:
        minh = await desk.hire("Minh")
        browser = await desk.sign_in(minh)
        real, looks = desk.engine.read, []

        async def read(work):  # type: ignore[no-untyped-def]
            found = await real(work)
            looks.append(1)
            if len(looks) == 2:  # who it is, what is watched; now the login ends, and only then the stream opens
                await desk.engine.write(lambda db: logins.sign_out_everywhere(db, minh.id, desk.clock.now()))
            return found

        monkeypatch.setattr(desk.engine, "read", read)
        stream = await browser.get("/desk/events")
        assert b"event: gone" in await stream.content.read()
