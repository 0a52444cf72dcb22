"""Writes tables row by row as CSV, JSON Lines and Parquet; a file is named when complete."""

from __future__ import annotations

import codecs
import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Final

from hippo_cli.data.spreadsheet_cells import guarded
from hippo_cli.data.tables import Column, Row
from hippo_common.errors import HippoError

_ROWS_IN_A_GROUP: Final = 20_000

Write = Callable[[Row], object]


class UnfittingValue(ValueError):
    """A value is not of its column's kind; `column` is the column's name."""

    def __init__(self, column: str) -> None:
        """Name the column."""
        super().__init__(f"a value of column {column} is not of its kind")
        self.column = column


class Format(StrEnum):
    """The formats of an export."""

    CSV = "csv"
    EXCEL = "excel"
    JSONL = "jsonl"
    PARQUET = "parquet"
    HIPPO = "hippo"
    MINARI = "minari"
    D3RLPY = "d3rlpy"
    IMITATION = "imitation"

    @property
    def is_of_games(self) -> bool:
        """Return whether it is a format of games' data sets; the tables beside them are CSV."""
        return self in (Format.MINARI, Format.D3RLPY, Format.IMITATION)

    @property
    def extension(self) -> str:
        """The end of a table's file name, after the dot."""
        return "csv" if self is Format.EXCEL or self.is_of_games else self.value

    @property
    def guards_cells(self) -> bool:
        """Return whether texts are written as `spreadsheet_cells.guarded` makes them."""
        return self.extension == "csv"


_LIBRARIES: Final = {
    Format.MINARI: ("minari", "h5py"),
    Format.D3RLPY: ("numpy", "h5py"),
    Format.IMITATION: ("numpy", "pyarrow"),
}


def check(form: Format) -> None:
    """Check that this machine can write a format.

    Raises:
        HippoError: a library is missing.
    """
    if form is Format.PARQUET and find_spec("pyarrow") is None:
        raise HippoError(
            "Parquet files need the library pyarrow, which is not installed.",
            "Run `pip install 'hippo-gym-aws[parquet]'`, or use --format csv.",
        )
    missing = [name for name in _LIBRARIES.get(form, ()) if find_spec(name) is None]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise HippoError(
            f"-f {form.value} needs {' and '.join(missing)}, which {are} not installed.",
            f"Run `pip install 'hippo-gym-aws[{form.value}]'`, or use --games -f csv.",
        )


def check_figures() -> None:
    """Check that the library that draws a report's figures is installed.

    Raises:
        HippoError: it is missing.
    """
    if find_spec("matplotlib") is None:
        raise HippoError(
            "Reports need the library matplotlib, which is not installed.",
            "Run `pip install 'hippo-gym-aws[report]'`, or `pip install '.[report]'` in a copy of the repository.",
        )


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that replaces an earlier one of its name when the block ends."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def table(path: Path, columns: Sequence[Column], form: Format) -> Iterator[Write]:
    """Open a table to write rows to, in the order of `columns`."""
    opened = {Format.EXCEL: _excel, Format.JSONL: _json_lines, Format.PARQUET: _parquet}.get(form, _csv)
    with whole(path) as file, opened(file, columns) as write:
        yield write


@contextmanager
def _csv(file: IO[bytes], columns: Sequence[Column]) -> Iterator[Write]:
    with _as_text(file) as text:
        writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow([column.name for column in columns])
        yield lambda row: writer.writerow([_in_csv(cell) for cell in row])


@contextmanager
def _excel(file: IO[bytes], columns: Sequence[Column]) -> Iterator[Write]:
    """Write CSV with a byte-order mark: without it, Excel does not read the file as UTF-8."""
    file.write(codecs.BOM_UTF8)
    with _csv(file, columns) as write:
        yield write


@contextmanager
def _json_lines(file: IO[bytes], columns: Sequence[Column]) -> Iterator[Write]:
    names = [column.name for column in columns]
    encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode
    with _as_text(file) as text:
        yield lambda row: text.write(encode(dict(zip(names, row, strict=True))) + "\n")


@contextmanager
def _parquet(file: IO[bytes], columns: Sequence[Column]) -> Iterator[Write]:
    pyarrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    types = {
        "text": pyarrow.string(),
        "time": pyarrow.timestamp("us", tz="UTC"),
        "number": pyarrow.float64(),
        "whole": pyarrow.int64(),
        "truth": pyarrow.bool_(),
        "numbers": pyarrow.list_(pyarrow.float64()),
    }
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    schema = pyarrow.schema([(column.name, types[column.kind]) for column in columns])
    rows: list[Row] = []
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:

        def flush() -> None:
            arrays = [array(column, cells) for column, cells in zip(columns, zip(*rows, strict=True), strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            rows.clear()

        def array(column: Column, cells: Sequence[Any]) -> Any:
            kind = types[column.kind]
            try:
                return pyarrow.array(cells, kind)
            except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError):
                if column.kind == "text":
                    texts = [cell if cell is None or isinstance(cell, str) else encode(cell) for cell in cells]
                    return pyarrow.array(texts, kind)
                return pyarrow.array([_numbers(column, cell) for cell in cells], kind)

        def write(row: Row) -> None:
            rows.append(row)
            if len(rows) >= _ROWS_IN_A_GROUP:
                flush()

        yield write
        if rows:
            flush()


def _numbers(column: Column, cell: Any) -> Any:
    """Return a number or a list of numbers as floats; records hold not-a-number and infinities as texts.

    Raises:
        UnfittingValue: it is something else.
    """
    try:
        if column.kind == "number":
            return None if cell is None else float(cell)
        if column.kind == "numbers" and isinstance(cell, list | None):
            return None if cell is None else [float(each) for each in cell]
    except (TypeError, ValueError):
        pass
    raise UnfittingValue(column.name)


@contextmanager
def _as_text(file: IO[bytes]) -> Iterator[Any]:
    import io

    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    try:
        yield text
        text.flush()
    finally:
        text.detach()


def _in_csv(cell: Any) -> Any:
    if isinstance(cell, list | dict):
        return json.dumps(cell, ensure_ascii=False, separators=(",", ":"))
    return guarded(cell) if isinstance(cell, str) else _plain(cell)


def _plain(cell: Any) -> Any:
    """Format a cell as text: times in ISO 8601, UTC; true and false in lower case."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell
