"""QR posters: one A5 page per touchpoint that invites a customer to rate it in chat.

The page is drawn as SVG by hand; PNG and PDF are made from the same drawing by optional libraries, loaded on use.
"""

import base64
import io
import json
import textwrap
from collections.abc import Callable
from typing import Any, Literal
from xml.sax.saxutils import escape

import segno

from care.address import Address, fill
from care.cleaning import N_, clean
from care.shop_types import Touchpoint

Kind = Literal["png", "svg", "pdf"]
KINDS: tuple[Kind, ...] = ("png", "svg", "pdf")
CONTENT_TYPES: dict[Kind, str] = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}

WIDTH, HEIGHT = 1480, 2100  # A5 portrait, ten units a millimetre
QR_SIZE = 900
_INK, _SOFT, _ACCENT, _PAPER = "#1f2a37", "#5b6675", "#0f766e", "#fbfaf7"
_FONT = "Be Vietnam Pro, Inter, Roboto, Noto Sans, DejaVu Sans, Arial, sans-serif"
_LEVEL_COLOURS = ("#dc2626", "#ea580c", "#d97706", "#65a30d", "#16a34a", "#0f766e")

Gettext = Callable[[str], str]


class PosterUnavailable(RuntimeError):
    """This kind of poster needs an optional library that is not installed; `message` says which."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


def poster(shop_name: str, touchpoint: Touchpoint, url: str, kind: Kind, gettext: Gettext = lambda text: text) -> bytes:
    """One poster as a file. Blocks for up to a second: call it in a thread. Raises PosterUnavailable."""
    if kind == "svg":
        return _svg(shop_name, touchpoint, url, gettext).encode()
    return _png(shop_name, touchpoint, url, gettext) if kind == "png" else _pdf(shop_name, touchpoint, url, gettext)


def _png(shop_name: str, touchpoint: Touchpoint, url: str, gettext: Gettext) -> bytes:
    try:
        import vl_convert  # 90 MB of memory once loaded, so only when a poster is wanted
    except ImportError as error:
        raise PosterUnavailable(N_("PNG posters need the extra “charts”. SVG works without it.")) from error
    return bytes(vl_convert.svg_to_png(_svg(shop_name, touchpoint, url, gettext), scale=1))


def _pdf(shop_name: str, touchpoint: Touchpoint, url: str, gettext: Gettext) -> bytes:
    try:
        import typst
    except ImportError as error:
        raise PosterUnavailable(N_("PDF posters need the extra “pdf”. SVG works without it.")) from error
    said = _texts(shop_name, touchpoint, gettext)
    qr = io.BytesIO()
    segno.make(url, error="m").save(qr, kind="svg", border=0, dark=_INK, xmldecl=False)
    data = {**said, "url": _shown(url), "qr": qr.getvalue().decode(), "colours": _LEVEL_COLOURS}
    # Texts travel as data: nothing a shop writes becomes part of the template.
    return bytes(typst.compile(_TEMPLATE.encode(), sys_inputs={"data": json.dumps(data)}))


def _texts(shop_name: str, touchpoint: Touchpoint, gettext: Gettext) -> dict[str, str]:
    return {
        "shop": clean(shop_name, 80).strip(),
        "title": clean(touchpoint.title, 80).strip(),
        "question": clean(fill(touchpoint.question, Address()), 200).strip(),
        "scan": gettext(N_("Scan to rate in a minute")),
        "how": gettext(N_("Open the camera or Zalo, point it at the code, choose a level from 1 to 6.")),
        "worst": gettext(N_("Terrible")),
        "best": gettext(N_("Unbelievably good")),
    }


def _shown(url: str) -> str:
    """The address as people read it aloud."""
    return url.removeprefix("https://").removeprefix("http://")


def _svg(shop_name: str, touchpoint: Touchpoint, url: str, gettext: Gettext) -> str:
    said = _texts(shop_name, touchpoint, gettext)
    middle = WIDTH // 2
    question = _lines(said["question"], width=34, most=3)
    top = 360 + 84 * len(question)
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>',
        f'<rect width="{WIDTH}" height="190" fill="{_ACCENT}"/>',
        _text(middle, 122, said["shop"], 76, "#ffffff", bold=True),
        _text(middle, 290, said["title"], 46, _ACCENT, bold=True),
        *(_text(middle, 380 + 84 * row, line, 62, _INK, bold=True) for row, line in enumerate(question)),
        _card((WIDTH - QR_SIZE) // 2, top + 10, QR_SIZE, url),
        _text(middle, top + QR_SIZE + 100, said["scan"], 56, _INK, bold=True),
        *(_text(middle, top + QR_SIZE + 165 + 52 * row, line, 38, _SOFT) for row, line in enumerate(_how(said["how"]))),
        _scale(HEIGHT - 270, said["worst"], said["best"]),
        _text(middle, HEIGHT - 50, _shown(url), 34, _SOFT),
    ]
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'


def _how(text: str) -> list[str]:
    return _lines(text, width=60, most=2)


def _lines(text: str, width: int, most: int) -> list[str]:
    return textwrap.wrap(text, width, max_lines=most, placeholder=" …")


def _text(x: int, y: int, text: str, size: int, colour: str, bold: bool = False) -> str:
    room = WIDTH - 140
    squeezed = min(size, int(room / max(len(text) * 0.58, 1)))  # long names get smaller letters, not cut ones
    weight = ' font-weight="700"' if bold else ""
    place = f'x="{x}" y="{y}" text-anchor="middle" font-family="{_FONT}" font-size="{max(squeezed, 14)}"'
    return f'<text {place} fill="{colour}"{weight}>{escape(text)}</text>'


def _card(x: int, y: int, size: int, url: str) -> str:
    """The QR code on a white card with its quiet zone."""
    drawn = io.BytesIO()
    segno.make(url, error="m").save(drawn, kind="svg", border=4, dark=_INK, light="#ffffff", scale=10, xmldecl=False)
    picture = base64.b64encode(drawn.getvalue()).decode()
    box = f'x="{x}" y="{y}" width="{size}" height="{size}"'
    inner = f'x="{x + 10}" y="{y + 10}" width="{size - 20}" height="{size - 20}"'
    frame = f'<rect {box} rx="36" fill="#ffffff" stroke="#d9d5cb" stroke-width="3"/>'
    return f'{frame}<image {inner} href="data:image/svg+xml;base64,{picture}"/>'


def _scale(y: int, worst: str, best: str) -> str:
    """Six circles, one for each level."""
    parts: list[str] = []
    for number, colour in enumerate(_LEVEL_COLOURS, 1):
        x = WIDTH // 2 + (number * 2 - 7) * 85
        parts.append(f'<circle cx="{x}" cy="{y}" r="62" fill="{colour}"/>')
        parts.append(_text(x, y + 21, str(number), 60, "#ffffff", bold=True))
    return "".join(
        [*parts, _text(WIDTH // 2 - 425, y + 118, worst, 34, _SOFT), _text(WIDTH // 2 + 425, y + 118, best, 34, _SOFT)]
    )


_TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set page(width: 148mm, height: 210mm, margin: 0mm, fill: rgb("#fbfaf7"))
#set text(font: ("Be Vietnam Pro", "Inter", "Noto Sans", "Libertinus Serif"), fill: rgb("#1f2a37"))
#set align(center)
#set par(leading: 0.5em)
#block(width: 100%, height: 19mm, fill: rgb("#0f766e"), above: 0mm, below: 0mm)[
  #align(horizon)[#text(size: 22pt, weight: "bold", fill: white, data.shop)]
]
#pad(x: 10mm)[
  #v(5mm)
  #text(size: 13pt, weight: "bold", fill: rgb("#0f766e"), data.title)
  #v(1mm)
  #block(text(size: 18pt, weight: "bold", data.question))
  #v(2mm)
  #rect(fill: white, stroke: 0.5pt + rgb("#d9d5cb"), radius: 4mm, inset: 8mm)[
    #image(bytes(data.qr), format: "svg", width: 80mm)
  ]
  #v(1mm)
  #text(size: 16pt, weight: "bold", data.scan) \\
  #text(size: 10.5pt, fill: rgb("#5b6675"), data.how)
  #v(6mm)
  #grid(columns: 6, gutter: 4mm, ..data.colours.enumerate().map(((n, colour)) => circle(
    radius: 6mm, fill: rgb(colour), align(center + horizon, text(size: 16pt, weight: "bold", fill: white, str(n + 1))),
  )))
  #grid(columns: (1fr, 1fr), text(size: 9.5pt, fill: rgb("#5b6675"), data.worst),
    text(size: 9.5pt, fill: rgb("#5b6675"), data.best))
  #v(1mm)
  #text(size: 9pt, fill: rgb("#5b6675"), data.url)
]
"""


def available(kind: Kind) -> bool:
    """Whether this machine can make the kind without trying."""
    from importlib.util import find_spec

    needed: dict[str, Any] = {"png": "vl_convert", "pdf": "typst"}
    return kind == "svg" or find_spec(needed[kind]) is not None
