"""QR posters: what is scanned is the link, and no text breaks the page."""

import struct
import xml.etree.ElementTree as ET
import zlib
from typing import Any

import numpy as np
import pytest

from bot.posters import KINDS, PosterUnavailable, available, poster
from care.shop_defaults import TOUCHPOINTS
from care.shop_types import Touchpoint

URL = "https://cham.example.com/t/tai_cua_hang"
NASTY = Touchpoint(id="x", title="<script>&\"'", question='#panic("x") {tên} $x$ ]]> \\ {0} 👩‍👧 ' * 5)


def red_of_png(png: bytes) -> Any:
    """The red channel of an 8-bit RGBA picture: enough to read a QR code, and no imaging library is needed."""
    width, height = struct.unpack(">II", png[16:24])
    assert png[24:26] == bytes([8, 6])
    packed, at = b"", 8
    while at < len(png):
        (size,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        packed += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    raw = zlib.decompress(packed)
    above = [0] * width
    rows = []
    for start in range(0, len(raw), 4 * width + 1):
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + 4 * width : 4], above)
        rows.append(above)
    return np.array(rows, dtype=np.uint8).reshape(height, width)


def _unfiltered(kind: int, line: bytes, above: list[int]) -> list[int]:
    left = corner = 0
    found = []
    for value, up in zip(line, above, strict=True):
        if kind == 4:
            guess = left + up - corner
            nearest = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))
            base = nearest[2]
        else:
            base = (0, left, up, (left + up) // 2)[kind]
        left, corner = (value + base) & 255, up
        found.append(left)
    return found


def test_the_printed_code_opens_the_touchpoint() -> None:
    pytest.importorskip("vl_convert")
    zxingcpp = pytest.importorskip("zxingcpp")
    touchpoint = next(each for each in TOUCHPOINTS if each.id == "tai_cua_hang")
    picture = red_of_png(poster("Nhà Mây", touchpoint, URL, "png"))
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [URL]
    height, width = picture.shape
    assert height / width == pytest.approx(2**0.5, rel=0.01)  # A5 stands upright


@pytest.mark.parametrize("touchpoint", [*TOUCHPOINTS, NASTY], ids=lambda each: str(each.id))
def test_every_touchpoint_makes_a_well_formed_page(touchpoint: Touchpoint) -> None:
    page = ET.fromstring(poster("Tiệm <Bánh> & Hoa " * 6, touchpoint, URL, "svg"))
    texts = [each.text or "" for each in page.iter("{http://www.w3.org/2000/svg}text")]
    assert touchpoint.title in texts
    assert "cham.example.com/t/tai_cua_hang" in texts
    assert not any("{anh}" in text or "{tên}" in text for text in texts)
    assert page.find(".//{http://www.w3.org/2000/svg}script") is None


@pytest.mark.parametrize("touchpoint", [TOUCHPOINTS[0], NASTY], ids=["ordinary", "nasty"])
def test_a_pdf_takes_texts_as_data(touchpoint: Touchpoint) -> None:
    pytest.importorskip("typst")
    assert poster('Shop #panic("x")', touchpoint, URL, "pdf").startswith(b"%PDF-")


def test_the_poster_speaks_the_language_it_is_given() -> None:
    page = poster(
        "Nhà Mây", TOUCHPOINTS[0], URL, "svg", lambda text: {"Scan to rate in a minute": "Quét mã"}.get(text, text)
    )
    assert "Quét mã" in page.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_library_is_named_and_svg_always_works(kind: Any) -> None:
    try:
        assert poster("A", TOUCHPOINTS[0], URL, kind)
    except PosterUnavailable as error:
        assert not available(kind)
        assert "extra" in error.message  # noqa: PT017 - either outcome is right
