"""The door of webhooks: verify the raw bytes, store them durably, answer; nothing is parsed."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from fairlead.apps.inbox import bell
from fairlead.apps.inbox.refusals import count_refusal
from fairlead.apps.inbox.services import Accepted, store_delivery
from fairlead.ingest.inbound import INBOUND, check_message, scheme_of
from fairlead.ingest.signatures import Message
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.opmodel.kinds.source import Source
from fairlead.web.desk import desk
from fairlead.web.inbound_secrets import live_secrets
from fairlead.web.requests import request_id

_LOG = logging.getLogger(__name__)
# A sender learns that it was refused, not why: the reason stands in the console.
REFUSED = {"title": "The delivery was refused: no such source, or its signature does not fit."}
TOO_LARGE = {"title": "The body is larger than this source takes."}
NO_LENGTH = {"title": "Send the length of the body: chunked bodies are not taken."}
NOT_READY = {"title": "The source cannot be checked now: try again later."}
TRIAL = "fairlead.trial"


def deliver(request: HttpRequest, source_id: str) -> HttpResponse:
    """One delivery: 202 once it is stored, 200 for a repeat, else why it was refused."""
    try:
        source = desk().workspace.source(source_id)
    except DiagnosticError:
        _LOG.exception("the model cannot be read, so that no delivery can be checked")
        return _json({**NOT_READY, "status": 503}, 503)
    if source is None or source.connector not in INBOUND:
        return _refused(request, "", "unknown source", 404)
    limit = INBOUND[source.connector].limit_bytes
    if "HTTP_TRANSFER_ENCODING" in request.META and "CONTENT_LENGTH" not in request.META:
        return _refused(request, source_id, "no length", 411, NO_LENGTH)
    if _length(request) > limit:
        return _refused(request, source_id, "too large", 413, TOO_LARGE)
    try:
        body = request.body
    except RequestDataTooBig:
        return _refused(request, source_id, "too large", 413, TOO_LARGE)
    except UnreadablePostError:
        return _refused(request, source_id, "cut off", 400)
    return _verified(request, source, body)


def _verified(request: HttpRequest, source: Source, body: bytes) -> HttpResponse:
    headers = {name.lower(): value for name, value in request.headers.items()}
    workspace = desk().workspace
    now = workspace.clock.now()
    try:
        scheme = scheme_of(source.connector, source.settings)
        secrets = live_secrets(source, workspace.root)
    except DiagnosticError:
        response = _refused(request, source.id, "secret not readable", 503, NOT_READY)
        response["Retry-After"] = "60"
        return response
    if not secrets:
        return _refused(request, source.id, "no secret declared", 401)
    why = check_message(scheme, Message(headers, body, int(now.timestamp())), secrets)
    if why is not None:
        return _refused(request, source.id, f"signature {why}", 401)
    accepted = store_delivery(
        source_id=source.id,
        connector_id=source.connector,
        scheme=scheme.id,
        headers=headers,
        body=body,
        now=now,
        is_trial=bool(request.META.get(TRIAL)),
    )
    return _answer(accepted)


def _answer(accepted: Accepted) -> HttpResponse:
    if accepted.is_repeat:
        state = "known already"
    else:
        state = "received"
        bell.ring()
    content = {"delivery_id": accepted.delivery_ref, "state": state}
    return _json(content, 200 if accepted.is_repeat else 202)


def _refused(
    request: HttpRequest,
    source_id: str,
    reason: str,
    status: int,
    content: dict[str, Any] = REFUSED,
) -> HttpResponse:
    count_refusal(
        source_id=source_id,
        reason=reason,
        address=request.META.get("REMOTE_ADDR", ""),
        request_id=request_id(request),
        now=desk().workspace.clock.now(),
    )
    return _json({**content, "status": status}, status)


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdigit() else 0


def _json(content: dict[str, Any], status: int) -> HttpResponse:
    response = HttpResponse(json.dumps(content), content_type="application/json", status=status)
    # Refusals are counted; a line for each would let anybody fill the log.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
