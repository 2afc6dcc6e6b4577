"""The state of the log's integrity, and the act of verifying it now.

A log of up to 50,000 entries is verified while the page waits, a longer one in the background. What
came of it is an entry of the log itself, so that the state shown is the state recorded.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from threading import Lock, Thread
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.ledger.audit import AuditEntry, record
from fairlead.ledger.audit_checkpoints import ANCHOR_STATE, checkpoint_if_possible, last_checkpoint
from fairlead.ledger.audit_proofs import verify_database
from fairlead.ledger.permissions import Actor
from fairlead.web.requests import actor_of, request_id

WAIT_UP_TO, SHOWN_FINDINGS = 50_000, 20
ACTION = "audit_verified"
_running = Lock()
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class LogState:
    """What the panel says; `outcome` is None where nobody verified the log yet."""

    size: int
    anchor: str
    signed_size: int
    signed_at: datetime | None
    outcome: dict[str, Any] | None
    verified_at: datetime | None
    is_running: bool


def log_state() -> LogState:
    """The size, the last checkpoint, and what the last verification found."""
    last = last_checkpoint()
    size = AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    found = AuditEntry.objects.filter(action=ACTION).order_by("-seq").first()
    return LogState(
        size=size,
        anchor=ANCHOR_STATE,
        signed_size=last.size if last else 0,
        signed_at=last.created_at if last else None,
        outcome=json.loads(found.payload_json) if found and found.payload_json else None,
        verified_at=found.at if found else None,
        is_running=_running.locked(),
    )


def verify(request: HttpRequest) -> HttpResponse:
    """Verify the log now; the answer is the page of the log with its renewed state."""
    if request.method == "POST":
        actor, number = actor_of(request), request_id(request)
        if AuditEntry.objects.count() <= WAIT_UP_TO:
            run_verification(actor=actor, request_id=number)
        else:
            Thread(target=_in_background, args=(actor, number), daemon=True).start()
    return HttpResponseRedirect("/activity")


def run_verification(*, actor: Actor, request_id: str = "") -> None:
    """Sign, verify, and record what was found; one at a time in a process."""
    if not _running.acquire(blocking=False):
        return
    try:
        checkpoint_if_possible(SYSTEM_CLOCK.now())
        found = verify_database()
        outcome = {
            "size": found.size,
            "verified_up_to": found.verified_up_to,
            "signed_up_to": found.signed_up_to,
            "findings": [
                {"kind": f.kind, "first": f.first, "last": f.last, "detail": f.detail}
                for f in found.findings[:SHOWN_FINDINGS]
            ],
            "finding_count": len(found.findings),
        }
        record(
            actor=actor,
            action=ACTION,
            object_type="audit_log",
            object_id=str(found.size),
            after=outcome,
            payload=outcome,
            request_id=request_id,
        )
    finally:
        _running.release()


def _in_background(actor: Actor, number: str) -> None:
    try:
        run_verification(actor=actor, request_id=number)
    except Exception:
        _LOG.exception("the audit log could not be verified")
    finally:
        connection.close()
