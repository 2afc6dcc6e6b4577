"""Diagnostics as SARIF 2.1.0, so that CI shows them beside the lines of a change."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from fairlead.kernel.codes import CODES
from fairlead.kernel.diagnostic import Diagnostic, Place

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(findings: Sequence[Diagnostic]) -> dict[str, Any]:
    """One run with a rule per code that occurs, and a result per finding."""
    codes = sorted({item.code for item in findings})
    rules = [{"id": code, "shortDescription": {"text": CODES.get(code, code)}} for code in codes]
    driver = {"name": "fairlead", "version": version("fairlead"), "rules": rules}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(item, codes.index(item.code)) for item in findings],
            }
        ],
    }


def as_rows(findings: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """The findings as plain JSON objects."""
    return [
        {
            "code": item.code,
            "severity": item.severity,
            "message": item.message,
            "file": item.place.file if item.place else None,
            "line": item.place.line if item.place else None,
            "column": item.place.column if item.place else None,
            "length": item.place.length if item.place and item.place.line else None,
            "notes": list(item.notes),
            "help": item.help,
        }
        for item in findings
    ]


def _result(item: Diagnostic, index: int) -> dict[str, Any]:
    text = "; ".join([item.message, *item.notes, *([item.help] if item.help else [])])
    result: dict[str, Any] = {
        "ruleId": item.code,
        "ruleIndex": index,
        "level": item.severity,
        "message": {"text": text},
    }
    if item.place is not None and item.place.file:
        result["locations"] = [{"physicalLocation": _location(item.place)}]
    return result


def _location(place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": place.file}}
    if place.line is not None:
        region: dict[str, Any] = {"startLine": place.line}
        if place.column is not None:
            region["startColumn"] = place.column
            region["endColumn"] = place.column + place.length
        location["region"] = region
    return location
