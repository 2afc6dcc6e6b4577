"""One interval in which one component of a service was impaired by an incident.

Grain:    one row per component and start, and version.
Key:      incident_id, component_id, started_at.
Order:    the source's update instant.
Late:     an end that arrives later is a new version of the interval.
Keep:     ten years.
Source:   incidents.md section 3.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "impact_intervals",
    key="incident_id component_id started_at",
    state="mutable",
    event_at="started_at",
    columns="ended_at level weight_ratio interval_source",
    allowed={"level": "degraded partial major"},
)
