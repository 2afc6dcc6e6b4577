"""Map an Argo CD application to deployment events: its running sync and its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fairlead.connectors.argocd.application import describe, revision_values
from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.misshapen import refuse_misshapen
from fairlead.connectors.nesting import (
    chosen,
    inside,
    listed,
    mapping_of,
    members,
    past_instant,
    required_past,
)
from fairlead.connectors.reading import identifier, in_order, look_up, require, text
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

TEMPLATE = "argocd/1"
PHASES: dict[str, str | None] = {
    "Running": "running",
    "Terminating": "running",
    "Succeeded": "success",
    "Failed": "failure",
    "Error": "error",
}


def split(document: Any, _event: str = "") -> Sequence[Payload]:
    """Notifications, `{items: [...]}` of the API, or a list of either."""
    return [Payload(item) for item in listed(document, "items")]


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """A notification wraps the application and names the template's version."""
    body = mapping_of(payload.body)
    if "fairlead" in body:
        if body["fairlead"] != TEMPLATE:
            raise MappingError(
                "FL3107", "$.fairlead", f"`{body['fairlead']}` is not among `{TEMPLATE}`"
            )
        application = require(body, "application", Mapping)
        with inside("$.application"):
            return _mapped(application, context)
    if "metadata" not in body:
        raise MappingError("FL3107", "$", "neither an application nor our notification")
    return _mapped(body, context)


def _mapped(application: Mapping[str, Any], context: MappingContext) -> Mapped:
    shared = describe(application, context)
    namespace = text(application, "metadata.namespace") or "-"
    name = f"{namespace}/{identifier(application, 'metadata.name')}"
    facts = []
    for index, entry in enumerate(members(application, "status.history")):
        with inside(f"$.status.history[{index}]"):
            facts += _history(name, entry, shared, context)
    operation = look_up(application, "status.operationState")
    reason = None
    if operation is not None:
        reason = _no_deployment(operation)
        if reason is None:
            with inside("$.status.operationState"):
                facts += _operation(name, operation, application, shared, context)
    return Mapped(facts, None if facts else reason or "no sync and no history yet")


def _no_deployment(operation: Any) -> str | None:
    if look_up(operation, "operation.sync.dryRun") is True:
        return "a dry run deploys nothing"
    if look_up(operation, "operation.sync.resources"):
        return "a partial sync places no version"
    return None


def _operation(
    name: str, operation: Any, application: Any, shared: dict[str, Any], context: MappingContext
) -> list[Fact]:
    """Running and finished state of the present sync; images are known of the present one alone."""
    phase = identifier(operation, "phase")
    state = chosen(phase, PHASES, "$.phase")
    started_at = required_past(operation, "startedAt", context)
    images = [str(item) for item in members(application, "status.summary.images")]
    by = text(operation, "operation.initiatedBy.username")
    values = {**shared, **revision_values(look_up(operation, "syncResult"), images, context)}
    values |= {"started_by_id": by}
    ref = f"{name}@{_stamp(started_at)}"
    facts = [_fact(f"{ref}:running", ref, "running", started_at, values)]
    if state != "running":
        finished_at = required_past(operation, "finishedAt", context)
        in_order(started_at, finished_at, "$.finishedAt")
        facts.append(_fact(f"{ref}:{state}", ref, str(state), finished_at, values))
    return facts


def _history(name: str, entry: Any, shared: dict[str, Any], context: MappingContext) -> list[Fact]:
    """A history entry is a sync that succeeded."""
    deployed_at = required_past(entry, "deployedAt", context)
    started_at = past_instant(entry, "deployStartedAt", context)
    number = identifier(entry, "id")
    ref = f"{name}@{_stamp(started_at)}" if started_at else f"{name}#{number}"
    values = {**shared, **revision_values(entry, [], context)}
    values |= {"started_by_id": text(entry, "initiatedBy.username")}
    facts = [_fact(f"{name}#{number}:success", ref, "success", deployed_at, values)]
    if started_at is not None:
        in_order(started_at, deployed_at, "$.deployedAt")
        facts.append(_fact(f"{name}#{number}:running", ref, "running", started_at, values))
    return facts


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _fact(
    event_ref: str, deployment_ref: str, state: str, event_at: datetime, values: dict[str, Any]
) -> Fact:
    own = {
        "event_ref": event_ref,
        "deployment_ref": deployment_ref,
        "state": state,
        "event_at": event_at,
    }
    return Fact("deployment_events", {**own, **values}, order_of(event_at), event_ref)
