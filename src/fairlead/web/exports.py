"""Tables as files: CSV that a spreadsheet cannot take for formulas, and JSON with exact values."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from fairlead.web.questions import unknown_choice

FORMATS = ("csv", "json")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CHUNK = 500


def exported(rows: Sequence[Mapping[str, Any]], name: str, file_format: str) -> HttpResponseBase:
    """Rows as a file to download; FL4114 for an unknown format."""
    if file_format not in FORMATS:
        raise unknown_choice("format", file_format, FORMATS)
    answer: HttpResponseBase
    if file_format == "json":
        text = json.dumps([{k: _json(v) for k, v in row.items()} for row in rows], indent=1)
        answer = HttpResponse(text, content_type="application/json")
    else:
        answer = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{file_format}"'
    return answer


def csv_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Rows as CSV text, some lines at a time; the columns are those of any row."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    yield _text([names])
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK]
        yield _text([cell(row.get(name)) for name in names] for row in some)


def _text(lines: Iterable[Sequence[Any]]) -> str:
    found = io.StringIO()
    csv.writer(found, lineterminator="\r\n").writerows(lines)
    return found.getvalue()


def cell(value: Any) -> Any:
    """A value for CSV; text that a spreadsheet would run begins with an apostrophe."""
    if value is None or isinstance(value, int | float):
        return value
    text = _plain(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)


def _json(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return _plain(value)
