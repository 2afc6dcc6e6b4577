"""The figures of `fairlead data quality`."""

from __future__ import annotations

from typing import Any

from fairlead.cli.output import print_table
from fairlead.kernel.wording import amount, duration, words


def print_quality(report: dict[str, Any]) -> None:
    """Sources, known shares and counts as three tables that fit 100 columns."""
    sources = [
        {
            "source": row["source"],
            "last event": f"{row['last_event_at']:%Y-%m-%d %H:%MZ}"
            if row["last_event_at"]
            else None,
            "lag": None if row["lag_hours"] is None else duration(row["lag_hours"] * 3600),
            "state": row["state"],
            "facts": row["facts"],
            "quarantined": row["quarantined"],
            "not needed": row["not_needed"],
            "gaps": ", ".join(row["gaps"]) or "none",
        }
        for row in report["sources"]
    ]
    print_table(sources, "Sources", right=("lag",), whole=("source", "last event"))
    shares = [
        {
            "share": words(row["share"]),
            "known": f"{row['known']:,} of {row['total']:,}",
            "ratio": amount(row["ratio"], "ratio"),
            "grade": row["grade"],
            "KPIs": len(row["kpis"]),
            "to mend": row["mend"] if row["ratio"] is not None and row["ratio"] < 1 else "",
        }
        for row in report["components"]
    ]
    print_table(
        shares, "\nKnown shares behind the KPIs", right=("known", "ratio"), whole=("share",)
    )
    counts = [
        {"what": words(name), "count": sum(row["count"] for row in rows)}
        for name, rows in report["unlinked"].items()
    ]
    print_table(counts, "\nNot placed (list them with --unlinked)")
