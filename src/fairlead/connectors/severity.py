"""Turn a tool's priority into a severity by the source's `severity_map`, and say when it cannot."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.connectors.contract import MappingContext, MappingError

INCIDENT_SEVERITIES = ("sev1", "sev2", "sev3", "sev4", "sev5")
ALERT_SEVERITIES = ("critical", "error", "warning", "info")
UNMAPPED = "unmapped_severity"


def severity_map(
    context: MappingContext, shipped: Mapping[str, str], allowed: tuple[str, ...]
) -> dict[str, str]:
    """Shipped words with those of `settings.severity_map` over them, in lower case."""
    given = context.settings.get("severity_map") or {}
    for word, value in given.items():
        if value not in allowed:
            raise MappingError(
                "FL3110",
                f"settings.severity_map.{word}",
                f"`{value}` is not among {', '.join(f'`{name}`' for name in allowed)}",
            )
    return {str(word).lower(): value for word, value in {**shipped, **given}.items()}


def incident_severity(
    raw: str | None, context: MappingContext, shipped: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """sev1 to sev5 of a tool's priority; sev3 and a flag when it is absent or unknown."""
    known = severity_map(context, shipped, INCIDENT_SEVERITIES)
    found = known.get(raw.lower()) if raw else None
    return (found, ()) if found else ("sev3", (UNMAPPED,))


def alert_severity(
    raw: str | None, context: MappingContext, shipped: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """critical to info of a tool's word; warning and a flag when it is absent or unknown."""
    known = severity_map(context, shipped, ALERT_SEVERITIES)
    found = known.get(raw.lower()) if raw else None
    return (found, ()) if found else ("warning", (UNMAPPED,))
