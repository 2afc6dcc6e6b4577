"""Sources and what is known of their data, as tables: what to distrust and what mends it."""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.kernel.measure import KpiCard, QualityComponent, Scorecard
from fairlead.kernel.wording import ABSENT, amount, duration, minute, words
from fairlead.reports.tables import Table, columns


def sources_table(card: Scorecard) -> Table | None:
    zone = card.window.zone
    rows = [
        (
            s.source,
            s.connector,
            "silent" if s.is_silent else "alive",
            minute(s.last_event_at, zone) if s.last_event_at else ABSENT,
            duration(s.lag_seconds) if s.lag_seconds is not None else ABSENT,
            _gap_words(s.gaps),
            f"{s.facts_count:,}",
            f"{s.quarantined_count:,}",
            f"{s.not_needed_count:,}",
        )
        for s in sorted(card.sources, key=lambda s: (not s.is_silent, s.source))
    ]
    heads = columns("source", "connector", "state", "last event", "#lag", "gaps", "#facts",
                    "#quarantined", "#not needed")  # fmt: skip
    return Table("Sources, silent ones first", heads, rows) if rows else None


def _gap_words(gaps: Sequence[tuple[object, object]]) -> str:
    if not gaps:
        return "none"
    longest = max((b - a).total_seconds() for a, b in gaps)  # type: ignore[operator]
    return f"{len(gaps)}, longest {duration(longest)}"


def known_table(cards: Sequence[KpiCard]) -> Table | None:
    """Every known share behind the numbers once, weakest first, with the KPIs that it limits."""
    found: dict[str, QualityComponent] = {}
    users: dict[str, list[str]] = {}
    for card in cards:
        for entry in (card, *card.companions):
            quality = entry.measure.quality if entry.measure else None
            for component in quality.components if quality else ():
                found.setdefault(component.name, component)
                users.setdefault(component.name, [])
                if card.name not in users[component.name]:
                    users[component.name].append(card.name)
    ordered = sorted(found.values(), key=lambda c: (c.ratio is None, c.ratio or 0.0, c.name))
    rows = [
        (
            words(c.name),
            amount(c.ratio, "ratio") if c.ratio is not None else "no records",
            f"{c.known:,} of {c.total:,}",
            ", ".join(users[c.name]),
            (c.help or "") if c.ratio is None or c.ratio < 1 else "",
        )
        for c in ordered
    ]
    heads = columns("what is known", "#share", "#count", "behind", "mend")
    return (
        Table("What is known of the data, weakest first", heads, rows, is_marked=True)
        if rows
        else None
    )
