"""Every table of the ledger, where the framework looks for them; each has its own module."""

from fairlead.ledger.audit import AuditCheckpoint, AuditEntry
from fairlead.ledger.inbox import Delivery, RefusalNote, RefusedDelivery
from fairlead.ledger.people import Person, RoleGrant
from fairlead.ledger.tokens import ApiToken

__all__ = [
    "ApiToken",
    "AuditCheckpoint",
    "AuditEntry",
    "Delivery",
    "Person",
    "RefusalNote",
    "RefusedDelivery",
    "RoleGrant",
]
