"""Map one CDEvent to facts; other CloudEvents are refused unless the source ignores them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fairlead.connectors.cdevents.delivery import map_artifact, map_change, map_service
from fairlead.connectors.cdevents.envelope import Event, open_event, type_of_event
from fairlead.connectors.cdevents.incidents import map_incident
from fairlead.connectors.cdevents.runs import map_pipeline_run, map_task_run
from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.misshapen import refuse_misshapen
from fairlead.connectors.name_globs import matches_any, setting_globs
from fairlead.connectors.nesting import inside, listed

Mapper = Callable[[Event, MappingContext], Mapped]

_RUNS = ("queued", "started", "finished")
MAPPERS: Mapping[tuple[str, str], Mapper] = {
    **{("pipelinerun", predicate): map_pipeline_run for predicate in _RUNS},
    **{("taskrun", predicate): map_task_run for predicate in _RUNS},
    **{("service", name): map_service for name in ("deployed", "upgraded", "rolledback")},
    **{("artifact", name): map_artifact for name in ("packaged", "published")},
    ("change", "merged"): map_change,
    **{("incident", name): map_incident for name in ("detected", "reported", "resolved")},
}
NOT_NEEDED = frozenset(
    (
        *("artifact", "change", "service", "environment", "build", "repository", "branch"),
        *("testcaserun", "testsuiterun", "testoutput", "test", "testcase", "testsuite"),
        *("ticket", "approval", "incident", "pipelinerun", "taskrun"),
    )
)


def split(document: Any, _event: str = "") -> Sequence[Payload]:
    """One event, or a batch of them."""
    return [Payload(item) for item in listed(document)]


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """A batch maps event by event; anything else is one event."""
    if isinstance(payload.body, list):
        return _batch(payload, context)
    event_type = type_of_event(payload.body, payload.event)
    if not event_type.startswith("dev.cdevents."):
        if matches_any(setting_globs(context.settings, "ignored_types"), event_type):
            return Mapped(not_needed=f"`{event_type}` is ignored by the source's settings")
        raise MappingError("FL3107", "$.type", f"`{event_type}` is no CDEvent")
    event = open_event(payload.body, event_type, context)
    mapper = MAPPERS.get((event.subject, event.predicate))
    if mapper is None:
        if event.subject in NOT_NEEDED:
            return Mapped(not_needed=f"no fact is made of {event.subject} {event.predicate}")
        raise MappingError("FL3107", "$.context.type", f"`{event_type}` is not supported")
    with inside(event.place):
        return mapper(event, context)


def _batch(payload: Payload, context: MappingContext) -> Mapped:
    found = []
    for index, item in enumerate(payload.body):
        with inside(f"$[{index}]"):
            found.append(map_payload(Payload(item, place=payload.place), context))
    facts = [fact for mapped in found for fact in mapped.facts]
    flags = [flag for mapped in found for flag in mapped.flags]
    reasons = sorted({mapped.not_needed for mapped in found if mapped.not_needed})
    return Mapped(facts, None if facts else "; ".join(reasons) or "an empty batch", flags)
