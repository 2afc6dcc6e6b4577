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
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar, cast

import msgspec
from markupsafe import Markup

from fairlead.engine.evaluate import Filter
from fairlead.engine.quality import QualityReader, services_of
from fairlead.engine.scorecard import Question, ScorecardReader, bare_card
from fairlead.engine.sources import source_states
from fairlead.kernel.ids import content_sha256
from fairlead.kernel.measure import Scorecard
from fairlead.kernel.window import Step, Window
from fairlead.kpis.shelf import definition_of, kpis
from fairlead.packs.scorecard import SCORECARD
from fairlead.web.workspace import Workspace

MEMORY_BYTES = 48 * 1024 * 1024
SHORT_WINDOW_DAYS = 120
AT_ONCE = 2
Progress = Callable[[str], None]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_LOG = logging.getLogger(__name__)


class Keepable(Protocol[T_co]):
    """A question whose answer is kept: a key of its own, the answer's type, and how to make it."""

    @property
    def key(self) -> str: ...

    @property
    def shape(self) -> Any: ...

    def answer(self, workspace: Workspace, progress: Progress) -> T_co: ...


def key_of(question: Any) -> str:
    """A frozen dataclass of a question as a digest; its class is part of it."""
    return content_sha256([type(question).__name__, dataclasses.asdict(question)])[:32]


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
    shape: ClassVar[Any] = Scorecard

    @property
    def step(self) -> Step:
        """Weeks for short windows, months for long ones."""
        return "month" if self.window.days > SHORT_WINDOW_DAYS else "week"

    @property
    def key(self) -> str:
        """The question as a digest."""
        return key_of(self)

    def answer(self, workspace: Workspace, progress: Progress) -> Scorecard:
        """The scorecard, of one KPI where the question names one."""
        return make_answer(workspace, self, progress)


@dataclass(frozen=True)
class Snapshot(Generic[T]):
    """An answer, or None when there is none yet; whether it is of the present state."""

    card: T | None
    is_fresh: bool
    progress: str = ""


class _Kept(NamedTuple):
    """One answer in memory: the state that it is of, the answer, its size on disk."""

    state: str
    answer: Any
    size: int


@dataclass
class Snapshots:
    """The answers of one workspace."""

    workspace: Workspace
    folder: Path
    is_background: bool = True
    _memory: OrderedDict[str, _Kept] = field(default_factory=OrderedDict)
    _failed: dict[str, Exception] = field(default_factory=dict)
    _running: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turns: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))

    def state(self) -> str:
        """A digest of lake, model and hour, since what is pending grows older."""
        versions = self.workspace.lake.versions()
        model = self.workspace.live_model.now().digest
        hour = self.workspace.clock.now().strftime("%Y-%m-%dT%H")
        text = f"{sorted(versions.items())}|{model}|{hour}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def get(self, asked: Keepable[T]) -> Snapshot[T]:
        """The answer at hand; a missing or old one is worked out in the background.

        What went wrong there is raised here, once; asking again tries again.
        """
        state, key = self.state(), asked.key
        known = self._known(asked, key)
        if known is not None and known.state == state:
            return Snapshot(known.answer, is_fresh=True)
        if not self.is_background:
            return Snapshot(self._answer(asked, key, state, lambda _: None), is_fresh=True)
        failure = self._failed.pop(key, None)
        if failure is not None:
            raise failure
        self._start(asked, key, state)
        return Snapshot(
            known.answer if known else None, is_fresh=False, progress=self._running.get(key, "")
        )

    def wait(self, asked: Keepable[T]) -> T:
        """The answer of the present state, worked out here where there is none."""
        state, key = self.state(), asked.key
        known = self._known(asked, key)
        if known is not None and known.state == state:
            return cast("T", known.answer)
        return self._answer(asked, key, state, lambda _: None)

    def _known(self, asked: Keepable[Any], key: str) -> _Kept | None:
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
            found = _Kept(state.decode(), _decoded(body, asked.shape), len(body))
        except (ValueError, msgspec.DecodeError):
            path.unlink(missing_ok=True)
            return None
        self._remember(key, found)
        return found

    def _remember(self, key: str, found: _Kept) -> None:
        with self._lock:
            self._memory[key] = found
            self._memory.move_to_end(key)
            total = sum(kept.size for kept in self._memory.values())
            while total > MEMORY_BYTES and len(self._memory) > 1:
                total -= self._memory.popitem(last=False)[1].size

    def _start(self, asked: Keepable[Any], key: str, state: str) -> None:
        with self._lock:
            if key in self._running:
                return
            self._running[key] = "waiting for its turn"
        threading.Thread(target=self._work, args=(asked, key, state), daemon=True).start()

    def _work(self, asked: Keepable[Any], key: str, state: str) -> None:
        try:
            with self._turns:
                self._answer(asked, key, state, lambda name: self._running.update({key: name}))
        except Exception as error:
            _LOG.exception("an answer could not be made")
            self._failed[key] = error
        finally:
            with self._lock:
                self._running.pop(key, None)

    def _answer(self, asked: Keepable[T], key: str, state: str, progress: Progress) -> T:
        found = asked.answer(self.workspace, progress)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{key}.json"
        part = path.with_suffix(f".{threading.get_ident()}.part")
        body = msgspec.json.encode(found, enc_hook=_plain)
        part.write_bytes(state.encode() + b"\n" + body)
        part.replace(path)
        self._remember(key, _Kept(state, found, len(body)))
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, Markup):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def _decoded(body: bytes, shape: Any) -> Any:
    def markup(kind: type, value: Any) -> Any:
        if kind is Markup:
            return Markup(value)
        if kind is object:
            return value
        raise NotImplementedError(kind.__name__)

    return msgspec.json.decode(body, type=shape, dec_hook=markup)


def make_answer(workspace: Workspace, asked: Asked, progress: Progress) -> Scorecard:
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
    if question.companions and card.measure is not None:
        brief = dataclasses.replace(question, parts=(), records_limit=0)
        companions = [
            reader.card(other, brief, quality, bare_card(other, bare.group))
            for other in kpis().values()
            if other.companion_of == kpi_id
        ]
        card = dataclasses.replace(card, companions=companions)
    return Scorecard(
        title=reader.model.workspace.title or reader.model.workspace.id,
        scope=dict(question.only.equals),
        window=question.window,
        as_of=question.as_of,
        made_at=reader.clock.now(),
        cards=[card],
    )
