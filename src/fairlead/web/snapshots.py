"""Answers of the engine that pages show, kept until the lake or the model changes.

A question that was answered for the present state of lake and model comes from memory or from a
file beside the lake; any other is worked out in the background, while the page shows the last
answer there is, or that it is on its way. A file is written whole or not at all.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from fairlead.engine.evaluate import Filter
from fairlead.engine.quality import QualityReader, services_of
from fairlead.engine.scorecard import Question, ScorecardReader, bare_card
from fairlead.engine.sources import source_states
from fairlead.kernel.ids import content_sha256
from fairlead.kernel.measure import Scorecard
from fairlead.kernel.window import Step, Window
from fairlead.kpis.shelf import definition_of
from fairlead.packs.scorecard import SCORECARD
from fairlead.web.workspace import Workspace

MEMORY_LIMIT = 64
SHORT_WINDOW_DAYS = 120
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """What a page asks: a window, a filter, and one KPI or the whole scorecard."""

    window: Window
    filter: tuple[tuple[str, str], ...] = ()
    kpi_id: str | None = None
    as_of: datetime | None = None
    parts: tuple[str, ...] = ("team", "tier", "service")
    companions: bool = True
    records_limit: int = 0

    @property
    def step(self) -> Step:
        """Weeks for short windows, months for long ones."""
        return "month" if self.window.days > SHORT_WINDOW_DAYS else "week"

    @property
    def key(self) -> str:
        """The question as a digest."""
        return content_sha256(dataclasses.asdict(self))[:32]


@dataclass(frozen=True)
class Snapshot:
    """An answer, or None when there is none yet; whether it is of the present state."""

    card: Scorecard | None
    is_fresh: bool
    progress: str = ""


@dataclass
class Snapshots:
    """The answers of one workspace."""

    workspace: Workspace
    folder: Path
    is_background: bool = True
    _memory: OrderedDict[str, tuple[str, Scorecard]] = field(default_factory=OrderedDict)
    _running: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def state(self) -> str:
        """A digest of the lake's versions and of the hour, since what is pending grows older."""
        versions = self.workspace.lake.versions()
        hour = self.workspace.clock.now().strftime("%Y-%m-%dT%H")
        return hashlib.sha256(f"{sorted(versions.items())}|{hour}".encode()).hexdigest()[:32]

    def get(self, asked: Asked) -> Snapshot:
        """The answer at hand; a missing or old one is worked out in the background."""
        state = self.state()
        known = self._known(asked.key)
        if known is not None and known[0] == state:
            return Snapshot(known[1], is_fresh=True)
        if not self.is_background:
            return Snapshot(self._answer(asked, state, lambda _: None), is_fresh=True)
        self._start(asked, state)
        return Snapshot(
            known[1] if known else None, is_fresh=False, progress=self._running.get(asked.key, "")
        )

    def wait(self, asked: Asked) -> Scorecard:
        """The answer of the present state, worked out here where there is none."""
        state = self.state()
        known = self._known(asked.key)
        if known is not None and known[0] == state:
            return known[1]
        return self._answer(asked, state, lambda _: None)

    def _known(self, key: str) -> tuple[str, Scorecard] | None:
        with self._lock:
            if key in self._memory:
                self._memory.move_to_end(key)
                return self._memory[key]
        path = self.folder / f"{key}.json"
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            state, body = text.split(b"\n", 1)
            found = (state.decode(), msgspec.json.decode(body, type=Scorecard))
        except (ValueError, msgspec.DecodeError):
            path.unlink(missing_ok=True)
            return None
        self._remember(key, found)
        return found

    def _remember(self, key: str, found: tuple[str, Scorecard]) -> None:
        with self._lock:
            self._memory[key] = found
            self._memory.move_to_end(key)
            while len(self._memory) > MEMORY_LIMIT:
                self._memory.popitem(last=False)

    def _start(self, asked: Asked, state: str) -> None:
        with self._lock:
            if asked.key in self._running:
                return
            self._running[asked.key] = "waiting for its turn"
        threading.Thread(target=self._work, args=(asked, state), daemon=True).start()

    def _work(self, asked: Asked, state: str) -> None:
        try:
            self._answer(asked, state, lambda name: self._running.update({asked.key: name}))
        except Exception:
            _LOG.exception("a snapshot could not be made")
        finally:
            with self._lock:
                self._running.pop(asked.key, None)

    def _answer(self, asked: Asked, state: str, progress: Callable[[str], None]) -> Scorecard:
        card = make_answer(self.workspace, asked, progress)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{asked.key}.json"
        part = path.with_suffix(f".{threading.get_ident()}.part")
        part.write_bytes(state.encode() + b"\n" + msgspec.json.encode(card))
        part.replace(path)
        self._remember(asked.key, (state, card))
        return card


def make_answer(workspace: Workspace, asked: Asked, progress: Callable[[str], None]) -> Scorecard:
    """The scorecard of a question, of one KPI where it names one."""
    now = asked.as_of or workspace.clock.now()
    question = Question(
        window=asked.window.until(now),
        as_of=now,
        only=Filter(dict(asked.filter)),
        step=asked.step,
        parts=asked.parts,
        companions=asked.companions,
        records_limit=asked.records_limit,
    )
    with workspace.session(asked.as_of) as session:
        reader = ScorecardReader(session, workspace.model, workspace.clock)
        if asked.kpi_id is None:
            card = reader.scorecard(question, progress)
        else:
            card = _of_one_kpi(reader, question, asked.kpi_id)
        states = source_states(
            session,
            workspace.model,
            workspace.journal.counts(),
            workspace.journal.quarantined_counts(),
            now,
        )
    return dataclasses.replace(card, sources=states)


def _of_one_kpi(reader: ScorecardReader, question: Question, kpi_id: str) -> Scorecard:
    kpi = definition_of(kpi_id)
    line = next((line for line in SCORECARD if line.kpi_id == kpi_id), None)
    bare = bare_card(kpi, line.group if line else "delivery")
    if line is not None:
        bare = dataclasses.replace(
            bare,
            requirement_id=line.requirement_id,
            name=line.name,
            connect=line.connect,
            default_target=line.default_target,
        )
    only = services_of(reader.model, question.only.equals)
    quality = QualityReader(reader.session, reader.facts, question.window, only)
    card = reader.card(kpi, question, quality, bare)
    return Scorecard(
        title=reader.model.workspace.title or reader.model.workspace.id,
        scope=dict(question.only.equals),
        window=question.window,
        as_of=question.as_of,
        made_at=reader.clock.now(),
        cards=[card],
    )
