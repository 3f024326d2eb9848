"""Tables that leave the house: no cell can act as a formula, every value comes back (T18)."""

import csv
import io
from datetime import UTC, datetime

import openpyxl
import pytest

from care import exports
from care.formats import SHOP_ZONE

CORPUS = (
    "=1+1", "+84901234567", "-2+3", "@SUM(A1)", "%0A", "|calc", "\t=1", "\r=1", "=HYPERLINK(\"http://x\",\"y\")",
    "=cmd|' /C calc'!A0", "bình thường", "'đã có dấu", "a,b;c\"d", "hai\ndòng", "0901234567",
)  # fmt: skip


def read_back(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("said", CORPUS)
def test_no_csv_cell_begins_like_a_formula(said: str) -> None:
    line = "".join(exports.csv_lines([[said]], SHOP_ZONE))
    cell = read_back(line)[0][0]
    assert not cell.startswith(exports.DANGEROUS)
    assert cell.removeprefix("'") == said.removeprefix("'")
    assert line.startswith('"')


def test_numbers_stay_numbers_and_times_are_the_shops() -> None:
    at = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    line = "".join(exports.csv_lines([[-5, 2.5, True, None, at]], SHOP_ZONE))
    assert read_back(line) == [["-5", "2.5", "1", "", "2026-11-21 10:00:00"]]


def test_a_csv_file_opens_in_excel_as_utf_8() -> None:
    assert exports.csv_text([["Chị Lan"]], SHOP_ZONE).decode("utf-8") == '\ufeff"Chị Lan"\r\n'


def test_an_excel_file_holds_texts_not_formulas() -> None:
    file = io.BytesIO()
    book = exports.Workbook(file, SHOP_ZONE)
    book.sheet("khách", ["text", "number"])
    for said in CORPUS:
        assert book.add([said, 7])
    book.close()
    sheet = openpyxl.load_workbook(io.BytesIO(file.getvalue())).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=2))
    assert {cell[0].data_type for cell in rows} == {"s"}
    back = [str(cell[0].value).replace("_x000D_", "\r") for cell in rows]  # how workbooks spell that letter
    assert back == list(CORPUS)
    assert {cell[1].value for cell in rows} == {7}
