"""Slows guessing: failures per account and per network address in the last quarter of an hour."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from fairlead.ledger.audit import AuditEntry
from fairlead.ledger.people import account_ref

SPAN = timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 10, 50


def is_throttled(account: str, address: str, now: datetime) -> bool:
    """Whether an account or an address saw too many failures of late; the log is the count.

    An address that is shared by an office may fail more often than one account.
    """
    recent = AuditEntry.objects.filter(actor_id="", at__gt=now - SPAN, action="login_failed")
    if recent.filter(object_type="account", object_id=account_ref(account)).count() >= PER_ACCOUNT:
        return True
    noted = json.dumps({"address": address}, sort_keys=True)
    return recent.filter(payload_json=noted).count() >= PER_ADDRESS
