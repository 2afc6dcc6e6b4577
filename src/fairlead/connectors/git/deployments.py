"""Make a ref of plain git a deployment, where the setting `production` says that it is one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.facts.fact_type import Fact, order_of


def deployment_facts(
    values: Mapping[str, Any], ref: str, at: datetime | None, context: MappingContext
) -> list[Fact]:
    rule = context.settings.get("production")
    if not rule or at is None:
        return []
    if not isinstance(rule, Mapping) or not isinstance(rule.get("refs"), str):
        raise MappingError("FL3111", "settings.production.refs", "a regular expression expected")
    if not compiled(rule["refs"], "production.refs").search(ref):
        return []
    event_ref = f"{ref}@{values['commit_sha']}"
    found = {
        "source": context.source,
        "event_ref": event_ref,
        "deployment_ref": event_ref,
        "repo_id": values["repo_id"],
        "service_ref": rule.get("service") or values.get("service_id"),
        "environment": rule.get("environment", "production"),
        "state": "success",
        "event_at": at,
        "commit_sha": values["commit_sha"],
        "version_label": values.get("version_label"),
        "mechanism": "code",
    }
    return [Fact("deployment_events", found, order_of(at), event_ref)]


def compiled(pattern: Any, name: str) -> re.Pattern[str]:
    """A setting as a regular expression; FL3111 when it is none."""
    try:
        return re.compile(pattern)
    except (re.error, TypeError) as error:
        raise MappingError("FL3111", f"settings.{name}", f"`{pattern}`: {error}") from None
