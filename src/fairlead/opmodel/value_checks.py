"""Checks what a type cannot: zones, regular expressions, periods, paths, ids of other rooms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from zoneinfo import available_timezones

from fairlead.kernel.diagnostic import Diagnostic, DiagnosticError
from fairlead.kernel.ids import near_match
from fairlead.kernel.window import FORMS, load_zone, parse_period
from fairlead.opmodel.drafts import Draft, text_at
from fairlead.opmodel.field_errors import key_node, node_at, place_of, written
from fairlead.opmodel.known import Known
from fairlead.opmodel.source_checks import check_source, unknown_connector

_ANY_DAY = datetime(2026, 1, 15, tzinfo=UTC)
_BASELINES = ("first_deployment", "empty")


def check_values(draft: Draft, known: Known) -> Iterator[Diagnostic]:
    """Every finding of one document that its types do not show."""
    check = _CHECKS.get(draft.kind.__name__)
    if check is not None:
        yield from check(draft, known)


def _finding(
    draft: Draft, location: tuple[str, ...], message: str, note: str, like: str | None = None
) -> Diagnostic:
    help_text = f"did you mean `{like}`?" if like else None
    place = place_of(draft.tree, draft.node, location)
    return Diagnostic("FL1007", message, place, [note], help_text)


def _workspace(draft: Draft, known: Known) -> Iterator[Diagnostic]:
    yield from _zone(draft, known)
    for name in ("release_tag_pattern", "ticket_pattern"):
        yield from _pattern(draft, name)
    yield from _period(draft, "default_period")
    lake = text_at(draft, "lake")
    if lake is not None and _leaves(lake):
        yield Diagnostic(
            "FL1009",
            f"the lake `{lake}` lies outside the workspace",
            place_of(draft.tree, draft.node, ("lake",)),
            ["the path is relative to the workspace and has no `..`"],
            "write `lake: .fairlead/lake`",
        )


def _leaves(path: str) -> bool:
    pure = PurePosixPath(path.replace("\\", "/"))
    return pure.is_absolute() or ".." in pure.parts or path[1:2] == ":" or path.startswith("~")


def _zone(draft: Draft, _: Known) -> Iterator[Diagnostic]:
    zone = text_at(draft, "time_zone")
    if zone is None:
        return
    try:
        load_zone(zone)
    except DiagnosticError as error:
        found = error.diagnostics[0]
        like = near_match(zone, available_timezones())
        yield _finding(draft, ("time_zone",), found.message, found.notes[0], like)


def _person(draft: Draft, known: Known) -> Iterator[Diagnostic]:
    yield from _zone(draft, known)
    accounts = draft.node.field("accounts")
    for connector in (accounts.fields or {}) if accounts else ():
        if known.connectors and connector not in known.connectors:
            yield unknown_connector(draft, connector, ("accounts", connector), known)


def _pattern(draft: Draft, name: str) -> Iterator[Diagnostic]:
    pattern = text_at(draft, name)
    if pattern is None:
        return
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        shown = written(node_at(draft.node, (name,)))
        yield _finding(draft, (name,), f"{shown} is no regular expression", str(error))


def _period(draft: Draft, name: str) -> Iterator[Diagnostic]:
    period = text_at(draft, name)
    if period is None:
        return
    try:
        parse_period(period, "UTC", _ANY_DAY)
    except DiagnosticError:
        yield _finding(draft, (name,), f"`{period}` is no period", f"allowed forms: {FORMS}")


def _service(draft: Draft, _: Known) -> Iterator[Diagnostic]:
    baseline = text_at(draft, "baseline")
    if baseline and baseline not in _BASELINES and not re.fullmatch(r"[0-9a-f]{7,64}", baseline):
        note = "allowed: `first_deployment`, `empty`, or a commit SHA of 7 to 64 hex digits"
        message = f"`{baseline}` is no baseline"
        yield _finding(draft, ("baseline",), message, note, near_match(baseline, _BASELINES))


def _kpi_target(draft: Draft, known: Known) -> Iterator[Diagnostic]:
    kpi = text_at(draft, "kpi")
    if kpi is not None:
        yield from _known_kpi(draft, kpi, ("kpi",), known)
    yield from _period(draft, "baseline")
    values = draft.node.value
    if not {"target", "low", "high", "improvement_ratio"} & values.keys():
        yield Diagnostic(
            "FL1006",
            "the target has no value",
            draft.tree.place(key_node(draft.node, ("kpi",))),
            ["one of `target`, `low`, `high` and `improvement_ratio` is needed"],
        )
    low, high = values.get("low"), values.get("high")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        yield _finding(
            draft,
            ("low",),
            f"`low` {low} is above `high` {high}",
            "`low` is the lower end of the band",
        )


def _dora_bands(draft: Draft, known: Known) -> Iterator[Diagnostic]:
    bands = draft.node.field("bands")
    for kpi in (bands.fields or {}) if bands else ():
        yield from _known_kpi(draft, kpi, ("bands", kpi), known)


def _known_kpi(
    draft: Draft, kpi: str, location: tuple[str, ...], known: Known
) -> Iterator[Diagnostic]:
    if kpi in known.kpis:
        return
    like = near_match(kpi, known.kpis)
    place = (
        draft.tree.place(key_node(draft.node, location))
        if len(location) > 1
        else place_of(draft.tree, draft.node, location)
    )
    yield Diagnostic(
        "FL2001",
        f"there is no KPI `{kpi}`",
        place,
        [f"KPIs: {', '.join(sorted(known.kpis))}"],
        f"did you mean `{like}`?" if like else None,
    )


_CHECKS: dict[str, Callable[[Draft, Known], Iterator[Diagnostic]]] = {
    "Workspace": _workspace,
    "Person": _person,
    "Service": _service,
    "KpiTarget": _kpi_target,
    "DoraBands": _dora_bands,
    "Source": check_source,
}
