"""Links from an incident to the deployment or change that its record names as the cause.

A reference is written `deployment:<id>` or `change:<id>`. In a field that holds nothing but the
reference the prefix may be left out: it is then a deployment, or what `cause_kind` says. Nothing
else of a text is read as a reference.
"""

from __future__ import annotations

import re
from datetime import datetime

from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

_REFERENCE = re.compile(r"\b(deployment|change):([^\s,;<>\"']*[^\s,;<>\"'.)\]])")
_BARE = re.compile(r"^[^\s,;]+$")
EXPLICIT = 0.99


def cause_field(context: MappingContext) -> str | None:
    """The field that names the cause, as the source is configured."""
    found = context.settings.get("cause_field")
    return str(found) if found else None


def references_in(value: str, default_kind: str) -> list[str]:
    """The references that a field's text names, each once, in order."""
    found = [f"{kind}:{name}" for kind, name in _REFERENCE.findall(value)]
    if not found and _BARE.match(value):
        found = [f"{default_kind}:{value}"]
    return list(dict.fromkeys(found))


def cause_links(
    incident_id: str, value: str | None, decided_at: datetime, context: MappingContext
) -> list[Fact]:
    """One accepted link per named cause (confidence 0.99, delivery.md 4.9)."""
    kind = str(context.settings.get("cause_kind", "deployment"))
    if kind not in ("deployment", "change"):
        raise MappingError(
            "FL3110", "settings.cause_kind", f"`{kind}` is not among `deployment`, `change`"
        )
    return [
        Fact(
            type="incident_links",
            values={
                "from_ref": f"incident:{incident_id}",
                "to_ref": reference,
                "relation": "caused_by_change",
                "reason": f"named in `{cause_field(context)}`",
                "confidence_ratio": EXPLICIT,
                "decided_by": "human",
                "accepted": True,
                "decided_at": decided_at,
            },
            order=order_of(decided_at),
            source_ref=incident_id,
        )
        for reference in references_in(value or "", kind)
    ]
