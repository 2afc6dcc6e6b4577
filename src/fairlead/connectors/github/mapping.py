"""Turn one payload of GitHub into facts: a webhook message, or a record of the REST API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.github import events
from fairlead.connectors.github.changes import change_facts
from fairlead.connectors.github.commits import commit_facts, push_facts
from fairlead.connectors.github.deployments import deployment_facts, status_facts
from fairlead.connectors.github.jobs import job_facts
from fairlead.connectors.github.releases import TAG, created_tag, published_release, tag_facts
from fairlead.connectors.github.reviews import comment_facts, review_facts
from fairlead.connectors.github.runs import run_facts
from fairlead.connectors.misshapen import refuse_misshapen
from fairlead.facts import Fact

_FACTS: dict[str, Callable[[Mapping[str, Any], MappingContext], list[Fact]]] = {
    "workflow_run": run_facts,
    "workflow_job": job_facts,
    "deployment": deployment_facts,
    "deployment_status": status_facts,
    "commit": commit_facts,
}


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """Facts of one payload; FL3107 for an event that GitHub does not publish."""
    body = payload.body
    if not isinstance(body, Mapping):
        raise MappingError("FL3102", "$", f"an object expected, found {type(body).__name__}")
    event = payload.event or events.event_of(body)
    plain = _FACTS.get(event or "")
    if plain is not None:
        return Mapped(plain(body, context))
    return _others(event, body, context)


def _others(event: str | None, body: Mapping[str, Any], context: MappingContext) -> Mapped:
    if event == "pull_request":
        facts, flags = change_facts(body, context)
        return Mapped(facts, flags=flags)
    if event == "pull_request_review":
        found = review_facts(body, context)
        return Mapped(found, not_needed=None if found else "pull_request_review: not submitted")
    if event == "issue_comment":
        found = comment_facts(body, context)
        return Mapped(found, not_needed=None if found else "issue_comment: on an issue")
    if event == "push":
        return _push(body, context)
    if event == "release":
        return published_release(body, context)
    if event == "create":
        return created_tag(body, context)
    if event in events.NOT_NEEDED:
        return Mapped(not_needed=event)
    known = "workflow_run, workflow_job, deployment, deployment_status, pull_request, push, ..."
    raise MappingError("FL3107", "$", f"`{event}` is no event of GitHub; mapped are {known}")


def _push(body: Mapping[str, Any], context: MappingContext) -> Mapped:
    ref = body.get("ref")
    if not isinstance(ref, str):
        raise MappingError("FL3102", "$.ref", "missing, and the mapping needs it")
    found = push_facts(body, context)
    if ref.startswith(TAG):
        found += tag_facts(body, context)
    return Mapped(found, not_needed=None if found else "push: without commits")


def split(document: Any, event: str) -> Sequence[Payload]:
    """One document as payloads: a page of the REST API, a list of records, or one message.

    `event` is what the file is named after; a name that is no event leaves the body to tell.
    """
    known = events.event_in_name(event)
    if isinstance(document, list):
        return [Payload(item, known) for item in document]
    if isinstance(document, Mapping) and not events.event_of(document):
        for key, kind in events.LISTS.items():
            items = document.get(key)
            if isinstance(items, list):
                return [Payload(_with_repository(item, document), kind) for item in items]
    return [Payload(document, known)]


def _with_repository(item: Any, document: Mapping[str, Any]) -> Any:
    repository = document.get("repository")
    if repository is None or not isinstance(item, Mapping):
        return item
    return {**item, "repository": repository}
