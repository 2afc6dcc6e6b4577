"""One interval for which a source's records of some fact types were fetched completely.

Grain:    one row per source, group of fact types and start, and version.
Key:      source, resource, started_at.
Order:    our own recorded instant.
Late:     an interval that grows is a new version of the same start.
Keep:     ten years.
Source:   delivery.md sections 4.1 and 4.8 (a zero needs a live source); decision record 0003.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "source_coverages",
    key="source resource started_at",
    state="mutable",
    event_at="started_at",
    columns="ended_at basis fact_refs",
    allowed={"basis": "pull file heartbeat declared"},
)
