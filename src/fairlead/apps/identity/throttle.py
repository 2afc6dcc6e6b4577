"""Slows guessing: failures per address and per account in the last quarter of an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from fairlead.ledger.audit import AuditEntry

SPAN = timedelta(minutes=15)
LIMIT = 10


def is_throttled(email: str, now: datetime) -> bool:
    """Whether an account saw too many failures of late; the audit log is the count."""
    recent = AuditEntry.objects.filter(
        object_type="account", object_id=email, action="login_failed", at__gt=now - SPAN
    )
    return recent.count() >= LIMIT
