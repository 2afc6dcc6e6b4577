"""One edge between an incident and what it came from, repeats or belongs to.

Grain:    one row per edge and version.
Key:      from_ref, to_ref, relation (references are `kind:id`).
Order:    the instant of the decision.
Late:     a person's decision outranks the engine's, whenever it is made.
Keep:     ten years.
Source:   incidents.md section 3.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "incident_links",
    key="from_ref to_ref relation",
    state="mutable",
    event_at="decided_at",
    columns="reason confidence_ratio log_ratio decided_by accepted decided_at",
    types={"accepted": "bool"},
    allowed={
        "relation": "alert_of duplicate_of child_of repeat_l1 repeat_l2 repeat_l3 caused_by_change "
        "customer_ticket",
        "decided_by": "engine human",
    },
)
