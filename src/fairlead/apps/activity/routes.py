"""The addresses of the audit log."""

from __future__ import annotations

from fairlead.apps.activity import entry, listing, verification
from fairlead.web.access import action, page

ROUTES = [
    page("activity", listing.activity, "activity:read"),
    page("activity/export", listing.export, "activity:export"),
    action("activity/verify", verification.verify, "audit:verify"),
    page("activity/<int:seq>", entry.entry, "activity:read"),
]
