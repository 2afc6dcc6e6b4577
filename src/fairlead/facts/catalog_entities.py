"""One version of one entity of the catalog: a service, team, person, system or domain.

Grain:    one row per version of an entity.
Key:      entity_id, valid_from_at.
Order:    valid_from_at.
Late:     the version in force at an instant is the one with the greatest start at or before it.
Keep:     for good, since old facts resolve against the catalog of their time.
Source:   platform.md section 3; repo_ids, paths, observation_seconds and descriptor_json by
          decision record 0003.
"""

from fairlead.facts.fact_type import declare

FACT = declare(
    "catalog_entities",
    key="entity_id valid_from_at",
    state="final",
    event_at="valid_from_at",
    columns="entity_ref kind namespace name title owner_ref team_id system_ref lifecycle tier type "
    "repo_id repo_ids paths observation_seconds dependency_refs file line descriptor_sha256 "
    "is_tombstone removal_reason renamed_from_ref descriptor_json",
    types={"paths": "list", "line": "integer"},
    retention_days=36_500,
)
