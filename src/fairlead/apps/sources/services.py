"""What people do with a source: replay its quarantine, try its way in."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.urls import resolve, reverse

from fairlead.connectors import load_connector
from fairlead.connectors.contract import Connector, MappingContext, MappingError, Payload
from fairlead.ingest.deliveries import open_delivery
from fairlead.ingest.documents import Broken
from fairlead.ingest.inbound import INBOUND, kept_headers, scheme_of
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.kernel.ids import random_token
from fairlead.ledger.audit import record
from fairlead.ledger.permissions import Actor
from fairlead.opmodel.kinds.source import Source
from fairlead.web.desk import desk
from fairlead.web.inbound_secrets import live_secrets
from fairlead.web.replay import Replayed, replay_held
from fairlead.web.source_settings import settings_of

TRIAL = "fairlead.trial"


def replay_quarantine(
    *, source_id: str, quarantine_id: int | None, actor: Actor, request_id: str = ""
) -> Replayed:
    """Map one held payload of a source, or all, again."""
    only = None if quarantine_id is None else {quarantine_id}
    done = replay_held(desk().workspace, source_id, only=only)
    record(
        actor=actor,
        action="quarantine_replayed",
        object_type="source",
        object_id=source_id,
        after={
            "quarantine_id": quarantine_id,
            "mapped": done.mapped_count,
            "held": done.held_count,
        },
        request_id=request_id,
    )
    return done


@dataclass(frozen=True)
class Tried:
    """What came of a trial: the door's answer, and what the mapping would have given."""

    status: int
    answer: str
    facts: dict[str, int] = field(default_factory=dict)
    not_needed: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether the signature was right and the delivery stored."""
        return self.status in (200, 202)


def try_source(
    *, source: Source, event: str, body: bytes, actor: Actor, request_id: str = ""
) -> Tried:
    """Sign a message with the declared secret, post it through the very door, map it for show.

    FL3203 and FL3114 where it cannot be signed. The delivery is marked as a trial, so that the
    worker writes nothing of it.
    """
    headers = _signed(source, event, body)
    answer = _post(source.id, headers, body)
    record(
        actor=actor,
        action="source_tried",
        object_type="source",
        object_id=source.id,
        after={"status": answer.status_code},
        request_id=request_id,
    )
    text = answer.content.decode("utf-8", "replace")
    if answer.status_code not in (200, 202):
        return Tried(answer.status_code, text)
    return _shown(source, headers, body, answer.status_code, text)


def _signed(source: Source, event: str, body: bytes) -> dict[str, str]:
    workspace = desk().workspace
    inbound = INBOUND[source.connector]
    scheme = scheme_of(source.connector, source.settings)
    secrets = live_secrets(source, workspace.root)
    now, message_id = int(workspace.clock.now().timestamp()), f"trial-{random_token(9)}"
    signed = scheme.sign(body, secrets[0], now, message_id, scheme.options) if secrets else {}
    headers = {"content-type": "application/json", **signed}
    if inbound.event_header and event:
        headers[inbound.event_header] = event
    if inbound.delivery_header:
        headers[inbound.delivery_header] = message_id
    return headers


def _post(source_id: str, headers: dict[str, str], body: bytes) -> HttpResponse:
    """Call the view of the address as a server would."""
    path = reverse("inbox.deliver", kwargs={"source_id": source_id})
    found = resolve(path)
    given = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()}
    request = WSGIRequest(
        {
            **given,
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "CONTENT_TYPE": headers["content-type"],
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            TRIAL: True,
        }
    )
    answer: HttpResponse = found.func(request, **found.kwargs)
    return answer


def _shown(source: Source, headers: dict[str, str], body: bytes, status: int, text: str) -> Tried:
    workspace = desk().workspace
    opened = open_delivery(
        load_connector(source.connector),
        body,
        kept_headers(source.connector, headers),
        delivery_ref="trial",
        place="trial",
        received_at=workspace.clock.now(),
    )
    if isinstance(opened, Broken):
        return Tried(status, text, refusals=(f"{opened.code}: {opened.message}",))
    try:
        settings = settings_of(workspace, source.id)
    except DiagnosticError as error:
        first = error.diagnostics[0]
        return Tried(status, text, refusals=(f"{first.code}: {first.message}",))
    context = MappingContext(source.id, workspace.clock.now(), settings.settings)
    return _mapped(settings.connector, opened, context, status, text)


def _mapped(
    connector: Connector, opened: list[Payload], context: MappingContext, status: int, text: str
) -> Tried:
    facts: Counter[str] = Counter()
    not_needed, refusals = [], []
    for payload in opened:
        try:
            found = connector.map_payload(payload, context)
        except MappingError as error:
            refusals.append(str(error))
            continue
        except DiagnosticError as error:
            refusals.append(f"{error.diagnostics[0].code}: {error.diagnostics[0].message}")
            continue
        facts.update(fact.type for fact in found.facts)
        if found.not_needed is not None:
            not_needed.append(found.not_needed)
    return Tried(status, text, dict(facts), tuple(not_needed[:10]), tuple(refusals[:10]))
