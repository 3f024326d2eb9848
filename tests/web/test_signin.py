"""Signing in by one-time links, sessions that end at once, and requests that other sites forge."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from care import logins
from storage import logins as stored
from storage import staff
from tests.web.desk_house import DeskHouse, open_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHouse]:
    async with open_desk(tmp_path) as house:
        yield house


def ours(desk: DeskHouse) -> dict[str, str]:
    return {"Origin": str(desk.client.make_url("/")).rstrip("/")}


async def test_looking_at_a_link_uses_nothing_up(desk: DeskHouse) -> None:
    link = await desk.link(await desk.hire("Minh"))
    for _ in range(3):  # chat apps open links for a preview
        page = await (await desk.client.get(link)).text()
        assert "Minh" in page
        assert '<form method="post">' in page
    answer = await desk.client.post(link, headers=ours(desk), allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/desk")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: DeskHouse) -> None:
    answer = await desk.client.post(await desk.link(await desk.hire("Minh")), headers=ours(desk), allow_redirects=False)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    token = cookie.split("=", 1)[1].split(";")[0]
    assert len(token) >= 43  # 256 bits
    assert await desk.count("SELECT count(*) FROM sessions WHERE token_hash = :t", t=token) == 0
    assert await desk.count("SELECT count(*) FROM sessions WHERE token_hash = :t", t=logins.hashed(token)) == 1


async def test_behind_https_the_cookie_is_secure(tmp_path: Path) -> None:
    async with open_desk(tmp_path, public_url="https://chat.nhamay.vn") as desk:
        link = await desk.link(await desk.hire("Minh"))
        headers = {"Origin": "https://chat.nhamay.vn"}
        answer = await desk.client.post(link, headers=headers, allow_redirects=False)
        assert "Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Set-Cookie"].startswith("__Host-")
        assert "max-age" in answer.headers["Strict-Transport-Security"]


async def test_a_used_link_says_what_to_do(desk: DeskHouse) -> None:
    link = await desk.link(await desk.hire("Minh"))
    await desk.client.post(link, headers=ours(desk), allow_redirects=False)
    for answer in (await desk.client.get(link), await desk.client.post(link, headers=ours(desk))):
        assert answer.status == 410
        assert "cham login-link" in await answer.text()
        assert "Set-Cookie" not in answer.headers


async def test_a_link_runs_out_after_fifteen_minutes(desk: DeskHouse) -> None:
    link = await desk.link(await desk.hire("Minh"))
    desk.clock.forward(minutes=14, seconds=59)
    assert (await desk.client.get(link)).status == 200
    desk.clock.forward(seconds=1)
    assert (await desk.client.get(link)).status == 410
    assert (await desk.client.post(link, headers=ours(desk))).status == 410


async def test_an_unknown_link_gives_nothing_away(desk: DeskHouse) -> None:
    for secret in ("x" * 43, "a", "%00", "..%2f..%2fetc"):
        assert (await desk.client.get(f"/login/{secret}")).status == 404
        assert (await desk.client.post(f"/login/{secret}", headers=ours(desk))).status == 404


async def test_of_eight_who_press_at_once_one_gets_in(desk: DeskHouse) -> None:
    link = await desk.link(await desk.hire("Bà Tư", "owner"))
    answers = await asyncio.gather(
        *(desk.client.post(link, headers=ours(desk), allow_redirects=False) for _ in range(8))
    )
    assert sorted(answer.status for answer in answers) == [303, *[410] * 7]


async def test_a_link_of_somebody_who_left_or_changed_role_is_void(desk: DeskHouse) -> None:
    minh, hoa = await desk.hire("Minh"), await desk.hire("Hoa")
    left, changed = await desk.link(minh), await desk.link(hoa)
    await desk.engine.write(lambda db: staff.change(db, minh.id, active=False))
    await desk.engine.write(lambda db: staff.change(db, hoa.id, role="owner"))
    for link in (left, changed):
        assert (await desk.client.post(link, headers=ours(desk), allow_redirects=False)).status == 410


@pytest.mark.parametrize("change", [{"role": "owner"}, {"active": False}])
async def test_a_new_role_or_leaving_ends_every_login(desk: DeskHouse, change: dict[str, Any]) -> None:
    minh = await desk.hire("Minh")
    phone, laptop = await desk.sign_in(minh), await desk.sign_in(minh)
    await desk.engine.write(lambda db: staff.change(db, minh.id, lead=True))
    assert (await phone.get("/desk")).status == 200
    await desk.engine.write(lambda db: staff.change(db, minh.id, **change))
    assert [(await one.get("/desk")).status for one in (phone, laptop)] == [302, 302]


async def test_signing_in_again_ends_the_old_session_of_the_browser(desk: DeskHouse) -> None:
    minh = await desk.hire("Minh")
    old = await desk.sign_in(minh)
    answer = await desk.client.post(await desk.link(minh), headers=old.headers(), allow_redirects=False)
    assert answer.status == 303
    assert answer.cookies[old.name].value != old.cookie
    assert (await old.get("/desk")).status == 302


async def test_nobody_sees_the_desk_without_signing_in(desk: DeskHouse) -> None:
    for path in ("/desk", "/desk/case/1", "/desk/events"):
        answer = await desk.client.get(path, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (302, "/login")
    wrong = {"Cookie": "cham=" + "x" * 43}
    assert (await desk.client.get("/desk", headers=wrong, allow_redirects=False)).status == 302
    assert "cham login-link" in await (await desk.client.get("/login")).text()


async def test_twelve_idle_hours_end_a_session_and_use_keeps_it(desk: DeskHouse) -> None:
    minh = await desk.sign_in(await desk.hire("Minh"))
    for _ in range(3):
        desk.clock.forward(hours=11)
        assert (await minh.get("/desk")).status == 200
    desk.clock.forward(hours=12)
    assert (await minh.get("/desk")).status == 302


async def test_what_the_page_asks_by_itself_does_not_keep_it_awake(desk: DeskHouse) -> None:
    minh = await desk.sign_in(await desk.hire("Minh"))
    for _ in range(4):
        desk.clock.forward(hours=4)
        answer = await minh.get("/desk", **{"X-Live": "1", "X-Part": "list"})
    assert answer.status == 302


async def test_leaving_ends_the_session_everywhere_it_matters(desk: DeskHouse) -> None:
    minh = await desk.sign_in(await desk.hire("Minh"))
    answer = await minh.post("/logout")
    assert answer.status == 303
    assert (await minh.get("/desk")).status == 302


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.nhamay.vn"},
        {},  # a browser always says one of the two
    ],
)
async def test_a_request_from_elsewhere_is_refused(desk: DeskHouse, headers: dict[str, str]) -> None:
    minh = await desk.sign_in(await desk.hire("Minh"))
    case = await desk.waiting_case()
    forged = {"Cookie": f"{minh.name}={minh.cookie}", "X-CSRF-Token": minh.csrf} | headers
    answer = await desk.client.post(f"/desk/case/{case.id}/claim", headers=forged, allow_redirects=False)
    assert answer.status == 403
    assert await desk.count("SELECT count(*) FROM cases WHERE state = 'open'") == 1


@pytest.mark.parametrize("token", ["", "x", "ữ" * 20])
async def test_a_request_without_the_sessions_token_is_refused(desk: DeskHouse, token: str) -> None:
    minh = await desk.sign_in(await desk.hire("Minh"))
    case = await desk.waiting_case()
    for form in ({}, {"csrf": token}):
        answer = await desk.client.post(
            f"/desk/case/{case.id}/claim", data=form, headers=minh.headers(), allow_redirects=False
        )
        assert answer.status == 403
    assert await desk.count("SELECT count(*) FROM cases WHERE state = 'open'") == 1


async def test_the_token_of_another_session_does_not_count(desk: DeskHouse) -> None:
    minh, hoa = await desk.sign_in(await desk.hire("Minh")), await desk.sign_in(await desk.hire("Hoa"))
    headers = minh.headers(**{"X-CSRF-Token": hoa.csrf})
    assert (await desk.client.post("/logout", headers=headers)).status == 403


async def test_a_form_without_a_script_carries_the_token_in_a_field(desk: DeskHouse) -> None:
    minh = await desk.sign_in(await desk.hire("Minh"))
    case = await desk.waiting_case()
    path = f"/desk/case/{case.id}/claim"
    answer = await desk.client.post(path, data={"csrf": minh.csrf}, headers=minh.headers(), allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, f"/desk/case/{case.id}")


async def test_every_page_is_hardened_and_has_no_inline_script(desk: DeskHouse) -> None:
    minh = await desk.sign_in(await desk.hire("Minh"))
    case = await desk.waiting_case()
    for path in ("/login", "/desk", f"/desk/case/{case.id}", "/nowhere"):
        answer = await minh.get(path)
        text = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick" not in text
        assert text.count("<script") == text.count('<script type="module" src="/static/')


async def test_static_files_are_kept_for_ever_under_their_hash(desk: DeskHouse) -> None:
    page = await (await desk.client.get("/login")).text()
    name = page.split('href="/static/app.')[1].split('"')[0]
    answer = await desk.client.get(f"/static/app.{name}")
    assert "immutable" in answer.headers["Cache-Control"]
    outdated = await desk.client.get("/static/app.000000000000.css")
    assert (outdated.status, outdated.headers["Cache-Control"]) == (200, "no-cache")
    for name in ("nothing.css", "..%2fserver.py", "app"):
        assert (await desk.client.get(f"/static/{name}")).status == 404


async def test_errors_speak_the_readers_language(desk: DeskHouse) -> None:
    linh = await desk.sign_in(await desk.hire("Linh", language="en"))
    assert "There is nothing here." in await (await linh.get("/nowhere")).text()
    json = await (await linh.get("/nowhere", Accept="application/json")).json()
    assert json["ok"] is False
    assert json["text"].startswith("There is nothing here.")


async def test_old_links_and_sessions_are_forgotten(desk: DeskHouse) -> None:
    minh = await desk.hire("Minh")
    await desk.sign_in(minh)
    desk.clock.forward(days=60)
    await desk.engine.write(lambda db: stored.forget_before(db, desk.clock.now()))
    assert await desk.count("SELECT count(*) FROM sessions") == 0
    assert await desk.count("SELECT count(*) FROM login_links") == 0
