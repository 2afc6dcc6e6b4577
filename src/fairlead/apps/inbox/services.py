"""Stores what was delivered: durable before it is answered, and once however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from fairlead.apps.inbox.together import Together
from fairlead.ingest.deliveries import event_of
from fairlead.ingest.inbound import INBOUND, kept_headers
from fairlead.kernel.ids import random_token
from fairlead.ledger.inbox import Delivery

REF_LENGTH = 120


@dataclass(frozen=True)
class Accepted:
    """The id under which a delivery is known, and whether it was there already."""

    delivery_ref: str
    is_repeat: bool


_together: Together[Accepted] = Together()


def store_delivery(
    *,
    source_id: str,
    connector_id: str,
    scheme: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    is_trial: bool = False,
) -> Accepted:
    """Store a verified delivery; a repeat changes nothing.

    The sender's id is rarely signed, so one that comes with another body is another delivery:
    nothing is lost to an id that was used twice. A trial has an id of its own, so that the real
    message of the same body is no repeat.
    """
    digest = hashlib.sha256(body).hexdigest()
    row = Delivery(
        source_id=source_id,
        connector_id=connector_id,
        delivery_ref=f"trial:{random_token(12)}"
        if is_trial
        else _sender_ref(connector_id, headers, digest),
        event=event_of(connector_id, headers)[:200],
        scheme=scheme,
        headers=kept_headers(connector_id, headers),
        body=body,
        body_sha256=digest,
        received_at=now,
        outcome={"is_trial": True} if is_trial else {},
    )
    return _together.run(lambda: _insert(row))


def _insert(row: Delivery) -> Accepted:
    """Insert a row, unless the source delivered the same already."""
    for _ in range(2):
        try:
            with transaction.atomic():
                row.save(force_insert=True)
            return Accepted(row.delivery_ref, is_repeat=False)
        except IntegrityError:
            known = Delivery.objects.filter(source_id=row.source_id, delivery_ref=row.delivery_ref)
            if row.body_sha256 in known.values_list("body_sha256", flat=True):
                break
            row.delivery_ref = f"{row.delivery_ref}#{row.body_sha256}"
    return Accepted(row.delivery_ref, is_repeat=True)


def _sender_ref(connector_id: str, headers: Mapping[str, str], digest: str) -> str:
    """The sender's id of the delivery, or the digest of the body where it sends none."""
    inbound = INBOUND[connector_id]
    given = headers.get("webhook-id", "") or headers.get(inbound.delivery_header, "")
    return given.strip()[:REF_LENGTH] or f"sha256:{digest}"
