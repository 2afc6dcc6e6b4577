"""Maps a batch of deliveries: facts into the lake, the rest into quarantine, one outcome each."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from fairlead.apps.inbox.leases import ATTEMPTS, Outcome
from fairlead.connectors.contract import Mapped
from fairlead.ingest.deliveries import open_delivery
from fairlead.ingest.intake import Intake
from fairlead.ingest.journal import Rejected
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.ledger.inbox import Delivery
from fairlead.web.source_settings import settings_of
from fairlead.web.workspace import Workspace

_LOG = logging.getLogger(__name__)


@dataclass
class _Told:
    """What the intake said of one delivery."""

    facts: Counter[str] = field(default_factory=Counter)
    not_needed: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def outcome(self) -> Outcome:
        """One rejected part puts the whole delivery on the list of those to look at."""
        content: dict[str, Any] = {
            "facts": dict(self.facts),
            "not_needed": self.not_needed[:5],
            "flags": sorted(set(self.flags)),
        }
        if not self.rejected:
            return Outcome("mapped", content)
        first = self.rejected[0]
        reason = {"code": first.code, "path": first.path, "message": first.message[:500]}
        return Outcome("quarantined", content | reason)


def map_deliveries(workspace: Workspace, deliveries: Sequence[Delivery]) -> dict[int, Outcome]:
    """The outcome of each, once its facts are in the lake or it is in quarantine.

    A delivery whose mapping crashes is tried alone, and after three tries is held like any other
    that cannot be mapped; those without an outcome here are tried again. Storage errors are raised.
    """
    done: dict[int, Outcome] = {}
    ordered = sorted(deliveries, key=lambda item: (item.source_id, item.connector_id, item.pk))
    for _, found in groupby(ordered, key=lambda item: (item.source_id, item.connector_id)):
        done |= _map_source(workspace, list(found))
    return done


def _map_source(workspace: Workspace, deliveries: list[Delivery]) -> dict[int, Outcome]:
    done: dict[int, Outcome] = {}
    due: list[Delivery] = []
    for item in deliveries:
        if item.outcome.get("is_trial"):
            done[item.pk] = Outcome("mapped", {"is_trial": True})
        elif item.attempt_count > ATTEMPTS:
            done[item.pk] = _hold(workspace, item, "FL3202", _never_finished(item))
        else:
            due.append(item)
    return done | _map_due(workspace, due)


def _map_due(workspace: Workspace, due: list[Delivery]) -> dict[int, Outcome]:
    if not due:
        return {}
    try:
        return _take(workspace, due)
    except DiagnosticError as error:
        first = error.diagnostics[0]
        if first.code.startswith("FL8"):
            raise
        return {item.pk: _hold(workspace, item, first.code, first.message) for item in due}
    except Exception as error:
        if len(due) > 1:
            found: dict[int, Outcome] = {}
            for item in due:
                found |= _map_due(workspace, [item])
            return found
        _LOG.exception("the mapping of delivery %s crashed", due[0].pk)
        if due[0].attempt_count < ATTEMPTS:
            return {}
        message = f"the mapping crashed {ATTEMPTS} times: {type(error).__name__}"
        return {due[0].pk: _hold(workspace, due[0], "FL3202", message)}


def _take(workspace: Workspace, due: list[Delivery]) -> dict[int, Outcome]:
    """Map and append; `take` returns after the lake and the quarantine are on disk."""
    source_id, connector_id = due[0].source_id, due[0].connector_id
    source = settings_of(workspace, source_id, connector_id)
    told = {place_of(item): _Told() for item in due}

    def watch(place: str, outcome: Mapped | Rejected) -> None:
        if isinstance(outcome, Rejected):
            told[place].rejected.append(outcome)
            return
        told[place].facts.update(fact.type for fact in outcome.facts)
        told[place].flags += outcome.flags
        if outcome.not_needed is not None:
            told[place].not_needed.append(outcome.not_needed)

    intake = Intake(
        workspace.lake,
        workspace.journal,
        source.connector,
        source_id,
        settings=source.settings,
        clock=workspace.clock,
        watch=watch,
    )
    opened = (
        open_delivery(
            source.connector,
            bytes(item.body),
            item.headers,
            delivery_ref=item.delivery_ref,
            place=place_of(item),
            received_at=item.received_at,
        )
        for item in due
    )
    intake.take(
        part for found in opened for part in (found if isinstance(found, list) else [found])
    )
    return {item.pk: told[place_of(item)].outcome() for item in due}


def place_of(item: Delivery) -> str:
    """Where a payload was read, for the quarantine."""
    return f"delivery:{item.pk}"


def _never_finished(item: Delivery) -> str:
    return f"tried {item.attempt_count - 1} times, and the worker never lived to finish it"


def _hold(workspace: Workspace, item: Delivery, code: str, message: str) -> Outcome:
    body = bytes(item.body)
    rejected = Rejected(
        item.event or None,
        item.delivery_ref,
        place_of(item),
        code,
        "$",
        message,
        body.decode("utf-8", "backslashreplace"),
        hashlib.sha256(body).hexdigest(),
    )
    now = workspace.clock.now()
    workspace.journal.hold(item.source_id, item.connector_id, [rejected], now)
    return Outcome("quarantined", {"code": code, "path": "$", "message": message[:500]})
