"""What a connector is: a pure mapping from payloads to facts, and a plan of API requests.

A connector never opens a file or a socket. `map_payload` takes one parsed payload and gives facts,
or says that the payload is not needed, or raises `MappingError`, which puts the payload into
quarantine with a code, a path and a reason. `plan` is a generator: it yields `Request`s and is sent
`Response`s, and yields `Page`s of payloads with the checkpoint to store once they are safe.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fairlead.facts import Fact


@dataclass(frozen=True, slots=True)
class Payload:
    """One parsed message or record of a tool, as it was received.

    `event` is the tool's own name of the message type where something outside the body carries it
    (an HTTP header, the API resource, a file name), else None. `place` says where it was read, and
    `received_at` when it came in, where that was before the mapping.
    """

    body: Any
    event: str | None = None
    delivery_ref: str | None = None
    place: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MappingContext:
    """What a mapping may know besides the payload.

    `settings` is the `settings:` mapping of the configured source (for example a custom result
    map); `received_at` is the instant of receipt, in UTC.
    """

    source: str
    received_at: datetime
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapped:
    """Facts of one payload; without facts, `not_needed` names why none were due.

    `flags` counts remarks such as `unmapped_severity` or `clock_skewed`.
    """

    facts: Sequence[Fact] = ()
    not_needed: str | None = None
    flags: Sequence[str] = ()


class MappingError(Exception):
    """A payload that cannot be mapped: it goes to quarantine and is never lost."""

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(f"{code} at {path or '$'}: {message}")
        self.code, self.path, self.message = code, path, message


@dataclass(frozen=True, slots=True)
class Request:
    """One read-only API request; `url` is absolute or relative to the source's base URL."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    json_body: Any = None
    allow_missing: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """The answer: status, headers with lower-case names, parsed JSON body."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Page:
    """Payloads to map now, and the checkpoint that holds once they are in the lake.

    `resource` names the checkpoint, one per API resource (`acme/shop/runs`). `covered` is the
    interval for which the resource is complete with this page, where the plan knows it.
    """

    resource: str
    payloads: Sequence[Payload]
    checkpoint: Mapping[str, str]
    covered: tuple[datetime, datetime] | None = None


Plan = Generator[Request | Page, Response | None, None]


@dataclass(frozen=True, slots=True)
class PullContext:
    """What a plan starts from: settings of the source, stored checkpoints, now, and the overlap.

    `checkpoints` holds the last stored checkpoint per resource; plans read it through
    `checkpoint_of` and go back by the overlap (1 h), since APIs are eventually consistent.
    """

    source: str
    settings: Mapping[str, Any]
    checkpoints: Mapping[str, Mapping[str, str]]
    now: datetime
    since: datetime
    overlap_seconds: int = 3600

    def checkpoint_of(self, resource: str) -> Mapping[str, str]:
        return self.checkpoints.get(resource, {})


@dataclass(frozen=True)
class Connector:
    """One tool. `emits` names the fact types; `split` turns one document into payloads.

    `split` serves files: a GitHub API page `{"workflow_runs": [...]}`, an Alertmanager message or a
    bare list become single payloads with their event names. `auth_headers` builds the header of a
    pull from the resolved secrets of the source. `settings` maps each setting to what it means.
    `resources` names the fact types of each resource of a pull, by the last part of its name; a
    resource that is not among them gives all that the connector emits.
    """

    id: str
    name: str
    emits: tuple[str, ...]
    map_payload: Callable[[Payload, MappingContext], Mapped]
    split: Callable[[Any, str], Sequence[Payload]] | None = None
    plan: Callable[[PullContext], Plan] | None = None
    auth_headers: Callable[[Mapping[str, str]], Mapping[str, str]] | None = None
    base_url: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    resources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def facts_of(self, resource: str) -> tuple[str, ...]:
        """The fact types for which a pulled resource speaks."""
        return self.resources.get(resource.rpartition("/")[2], self.emits)
