"""One check-in of a source: proof that silence meant nothing happened.

Grain:    one row per check-in.
Key:      heartbeat_id, occurred_at.
Order:    occurred_at.
Late:     counts at its own instant.
Keep:     two years.
Source:   incidents.md section 3.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "heartbeats",
    key="heartbeat_id occurred_at",
    state="final",
    event_at="occurred_at",
    columns="expected_interval_seconds state",
    retention_days=731,
    allowed={"state": "ok missed"},
)
