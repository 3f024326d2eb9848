"""Tables for people's own programs: CSV and Excel in which no cell can act as a formula. Reliability T18."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any, BinaryIO

DANGEROUS = ("=", "+", "-", "@", "%", "|", "\t", "\r", "\n")
BOM = "\ufeff"  # so that Excel reads UTF-8
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"  # content type
EXCEL_ROWS = 1_048_576
EXCEL_CELL = 32_767  # characters


def csv_cell(value: Any, zone: tzinfo) -> str:
    """A value as text; what a spreadsheet would take for a formula gets a leading quote."""
    text = plain(value, zone)
    return f"'{text}" if text.startswith(DANGEROUS) and not _is_number(value) else text


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def plain(value: Any, zone: tzinfo) -> str:
    """A value as text: times in the shop's zone, truths as 1 and 0, nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def csv_lines(rows: Iterable[Sequence[Any]], zone: tzinfo) -> Iterator[str]:
    """CSV text piece by piece, every field quoted."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in rows:
        writer.writerow([csv_cell(value, zone) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def csv_text(rows: Iterable[Sequence[Any]], zone: tzinfo) -> bytes:
    """A whole CSV file."""
    return (BOM + "".join(csv_lines(rows, zone))).encode()


class Workbook:
    """An Excel file written row by row in little memory. Every text is a text, whatever it begins with."""

    def __init__(self, file: BinaryIO | str, zone: tzinfo) -> None:
        import xlsxwriter  # slow to load, so only when a workbook is wanted

        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(file, options)
        self._bold = self._book.add_format({"bold": True})
        self._zone = zone
        self._sheet: Any = None
        self._row = 0

    def sheet(self, name: str, columns: Sequence[str]) -> None:
        """Begin a sheet with its heading."""
        self._sheet = self._book.add_worksheet(name[:31])
        self._sheet.freeze_panes(1, 0)
        for at, column in enumerate(columns):
            self._sheet.write_string(0, at, column, self._bold)
            self._sheet.set_column(at, at, min(max(len(column) + 2, 12), 40))
        self._row = 1

    def add(self, row: Sequence[Any]) -> bool:
        """Add a row. False: the sheet is full, as Excel has it."""
        if self._row >= EXCEL_ROWS:
            return False
        for at, value in enumerate(row):
            if _is_number(value):
                self._sheet.write_number(self._row, at, value)
            elif value is not None:
                self._sheet.write_string(self._row, at, plain(value, self._zone)[:EXCEL_CELL])
        self._row += 1
        return True

    def close(self) -> None:
        """Finish the file."""
        self._book.close()
