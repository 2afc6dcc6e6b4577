"""The worker: leases deliveries, maps them, settles them, and brings derived facts up to date.

It may be killed at any instant: a delivery is settled only after its facts are on disk, and one
that is mapped twice adds nothing, since the lake passes over versions that it holds.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import close_old_connections

from fairlead.apps.inbox import bell
from fairlead.apps.inbox.leases import LEASE, Outcome, forget_settled, give_back, settle, take_batch
from fairlead.apps.inbox.mapping import map_deliveries
from fairlead.engine.refresh import refresh
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.ids import random_token
from fairlead.ledger.audit_checkpoints import checkpoint_if_due
from fairlead.ledger.inbox import Delivery
from fairlead.web.workspace import Workspace

BATCH = 500
LOOK_SECONDS = 0.5
REFRESH_EVERY = timedelta(seconds=30)
FORGET_EVERY = timedelta(hours=1)
CHECKPOINT_EVERY = timedelta(minutes=1)
PAUSE_SECONDS = 10.0
_LOG = logging.getLogger(__name__)


def _name() -> str:
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{random_token(6)}"


@dataclass
class Worker:
    """One worker; leases run by the machine's clock, whatever instant the workspace replays.

    `ease` is how long it rests after each batch, as a multiple of the time that the batch took:
    beside the web in one process, requests come first.
    """

    workspace: Workspace
    batch: int = BATCH
    lease: timedelta = LEASE
    ease: float = 0.0
    owner: str = field(default_factory=_name)
    _is_derived: bool = False
    _derived_at: datetime | None = None
    _forgot_at: datetime | None = None
    _looked_at: datetime | None = None

    def step(self) -> int:
        """Map one batch; how many deliveries were settled."""
        taken = take_batch(
            owner=self.owner, limit=self.batch, now=SYSTEM_CLOCK.now(), lease=self.lease
        )
        if not taken:
            return 0
        try:
            outcomes = map_deliveries(self.workspace, taken)
        except BaseException:
            give_back(keys=[item.pk for item in taken])
            raise
        settle(outcomes=outcomes, now=self.workspace.clock.now())
        self._release(taken, outcomes)
        self._is_derived = False
        return len(outcomes)

    def _release(self, taken: Sequence[Delivery], outcomes: Mapping[int, Outcome]) -> None:
        """What crashed is free again, and its try counts."""
        Delivery.objects.filter(
            pk__in=[item.pk for item in taken if item.pk not in outcomes], state="received"
        ).update(leased_until=None, lease_owner="")

    def derive(self) -> None:
        """Bring derived facts up to date with what was mapped."""
        refresh(self.workspace.lake, self.workspace.model, self.workspace.clock)
        self._is_derived, self._derived_at = True, SYSTEM_CLOCK.now()

    def drain(self) -> int:
        """Map all that waits now, and derive; how many deliveries were settled."""
        total = 0
        while count := self.step():
            total += count
        if total or not self._is_derived:
            self.derive()
        return total

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; trouble is logged, and tried again after a pause."""
        while not stop.is_set():
            close_old_connections()
            try:
                began = time.monotonic()
                if not self._turn():
                    bell.wait(LOOK_SECONDS)
                elif self.ease:
                    stop.wait(self.ease * (time.monotonic() - began))
            except Exception:
                _LOG.exception("the worker pauses for %s s", PAUSE_SECONDS)
                stop.wait(PAUSE_SECONDS)

    def _turn(self) -> int:
        """One batch, and the chores that are due; under load they wait, but not for ever."""
        count, now = self.step(), SYSTEM_CLOCK.now()
        waited = self._derived_at is None or now - self._derived_at >= REFRESH_EVERY
        if not self._is_derived and (not count or waited):
            self.derive()
        if self._forgot_at is None or now - self._forgot_at >= FORGET_EVERY:
            forget_settled(now=self.workspace.clock.now())
            self._forgot_at = now
        if self._looked_at is None or now - self._looked_at >= CHECKPOINT_EVERY:
            checkpoint_if_due(now)
            self._looked_at = now
        return count
