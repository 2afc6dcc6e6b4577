"""Reads case files: YAML with the place of every case, checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fairlead.engine.conformance.table import coerce, parse_table
from fairlead.facts import fact_type, fact_types
from fairlead.facts.fact_type import COMMON_COLUMNS
from fairlead.kernel.diagnostic import Place, fail
from fairlead.kernel.ids import near_match
from fairlead.kernel.window import Window

SHARED_KEYS = {
    "kpi", "window", "as_of", "settings", "definition", "facts", "fold", "model", "digits",
}  # fmt: skip
CASE_KEYS = SHARED_KEYS | {"name", "why", "expect", "records", "orders"}


@dataclass(frozen=True)
class Case:
    """One case: what its file shares, overlaid by its own content; `line` is where it stands."""

    file: Path
    line: int
    name: str
    content: Mapping[str, Any]

    @property
    def place(self) -> Place:
        return Place(file=str(self.file), line=self.line)

    def fail(self, message: str, *, notes: tuple[str, ...] = (), offset: int = 0) -> Exception:
        """An FL4104 at this case, ready to be raised."""
        place = Place(file=str(self.file), line=self.line + offset)
        return fail("FL4104", f"{self.name}: {message}", place=place, notes=notes)


def read_cases(file: Path) -> list[Case]:
    """The cases of one file; FL4104 with file and line when the file is wrong."""
    document, lines = _load(file)
    unknown = set(document) - SHARED_KEYS - {"cases", "source", "about"}
    if unknown:
        raise fail("FL4104", f"unknown key `{sorted(unknown)[0]}`", place=Place(str(file), 1))
    shared = {key: value for key, value in document.items() if key in SHARED_KEYS}
    found = []
    cases = document.get("cases")
    if not isinstance(cases, list) or not cases:
        raise fail("FL4104", "the file has no `cases`", place=Place(str(file), 1))
    for index, content in enumerate(cases):
        line = lines[index]
        place = Place(str(file), line)
        if not isinstance(content, Mapping):
            raise fail("FL4104", "a case is a mapping", place=place)
        for key in content:
            if key not in CASE_KEYS:
                like = near_match(str(key), CASE_KEYS)
                raise fail(
                    "FL4104",
                    f"unknown key `{key}` in a case",
                    place=place,
                    help=f"did you mean `{like}`?" if like else None,
                )
        for required in ("name", "why"):
            if not content.get(required):
                raise fail("FL4104", f"the case has no `{required}`", place=place)
        if "expect" not in content:
            raise fail("FL4104", f"{content['name']}: the case expects nothing", place=place)
        found.append(Case(file, line, str(content["name"]), {**shared, **content}))
    return found


def _load(file: Path) -> tuple[Mapping[str, Any], list[int]]:
    """The document and the line of each case."""
    import yaml
    import yamlcore

    try:
        text = file.read_text(encoding="utf-8")
        document = yaml.load(text, Loader=yamlcore.CCoreLoader)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(str(file), mark.line + 1 if mark else 1, mark.column + 1 if mark else None)
        raise fail("FL4104", f"the file cannot be read: {error}", place=place) from None
    if not isinstance(document, Mapping) or not isinstance(root, yaml.MappingNode):
        raise fail("FL4104", "a case file is a mapping", place=Place(str(file), 1))
    lines: list[int] = []
    for key, value in root.value:
        if key.value == "cases" and isinstance(value, yaml.SequenceNode):
            lines = [item.start_mark.line + 1 for item in value.value]
    return document, lines


def case_files(folder: Path, shelf: str) -> Iterator[Path]:
    """Case files of a shelf: `<folder>/<shelf>/*.yaml`, or `<folder>/*.yaml` without a shelf."""
    place = folder / shelf
    yield from sorted((place if place.is_dir() else folder).glob("*.yaml"))


def facts_of(case: Case) -> dict[str, list[dict[str, Any]]]:
    """The facts that a case gives, typed by the columns of their fact types."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, text in (case.content.get("facts") or {}).items():
        if name not in fact_types():
            like = near_match(name, fact_types())
            raise case.fail(
                f"there is no fact type `{name}`",
                notes=(f"did you mean `{like}`?",) if like else (),
            )
        columns = {**COMMON_COLUMNS, **fact_type(name).columns}
        rows = []
        for raw in parse_table(text or "", f"{case.file}:{case.line}"):
            unknown = [column for column in raw if column not in columns]
            if unknown:
                like = near_match(unknown[0], columns)
                raise case.fail(
                    f"`{name}` has no column `{unknown[0]}`",
                    notes=(f"did you mean `{like}`?",) if like else (),
                )
            rows.append({column: coerce(cell, columns[column]) for column, cell in raw.items()})
        found[name] = rows
    return found


def window_of(case: Case) -> Window:
    """The window of a case; `zone` defaults to UTC."""
    given = case.content.get("window")
    if not isinstance(given, Mapping) or not {"start", "end"} <= set(given):
        raise case.fail("the case has no `window: {start, end}`")
    return Window(
        case_instant(case, given["start"]),
        case_instant(case, given["end"]),
        str(given.get("zone", "UTC")),
    )


def case_instant(case: Case, value: Any) -> datetime:
    """An instant of a case; YAML may have read it already."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise case.fail(f"`{value}` is no instant") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
