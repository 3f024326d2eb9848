"""Requests no browser would send are answered, never a stumble of ours."""

from pathlib import Path

import pytest

from care import logins
from tests.web.desk_house import open_desk


def test_a_cookie_of_any_bytes_is_just_unknown() -> None:
    assert len(logins.hashed("\udcff\udc80")) == 64


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59:59-23:59", "2026-02-31T10:00", "", "x" * 500])
async def test_an_impossible_time_is_a_sentence_for_the_colleague(tmp_path: Path, at: str) -> None:
    async with open_desk(tmp_path) as desk:
        minh = await desk.sign_in(await desk.hire("Minh"))
        case = await desk.waiting_case("Lan")
        answer = await minh.post(f"/desk/case/{case.id}/schedule", text="Dạ", at=at)
        assert answer.status == 409
