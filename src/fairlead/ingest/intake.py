"""Maps payloads to facts in batches and appends them; what cannot be mapped is held, with a reason.

An intake can stop at any point: what is in the lake stays, and running the same input again adds
only what is missing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import msgspec

from fairlead.connectors.contract import (
    Connector,
    Mapped,
    MappingContext,
    MappingError,
    Payload,
)
from fairlead.facts import Fact, fact_type
from fairlead.ingest.documents import Broken, Document
from fairlead.ingest.journal import Journal, Rejected
from fairlead.kernel.clock import SYSTEM_CLOCK, Clock
from fairlead.kernel.diagnostic import DiagnosticError

BATCH = 20_000
_FUTURE_SECONDS = 300


class FactSink(Protocol):
    """Where facts go: the lake."""

    def append(
        self, facts: Iterable[Fact], *, source: str, recorded_at: datetime | None = None
    ) -> Any: ...


@dataclass
class IntakeReport:
    """What an intake did: payloads read, facts written by type, what was held and passed over."""

    source: str
    connector: str
    payloads: int = 0
    written: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    not_needed: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    extents: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    @property
    def facts_written(self) -> int:
        return sum(self.written.values())

    @property
    def held_count(self) -> int:
        return sum(self.held.values())


class Intake:
    """One connector's way into the lake, for one source.

    `watch` is told the place of each payload with what became of it; a payload that was mapped and
    whose facts do not fit the lake is told again, as rejected.
    """

    def __init__(
        self,
        sink: FactSink,
        journal: Journal,
        connector: Connector,
        source: str,
        *,
        settings: Mapping[str, Any] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        progress: Callable[[int], None] | None = None,
        watch: Callable[[str, Mapped | Rejected], None] | None = None,
    ) -> None:
        self.sink, self.journal, self.connector, self.source = sink, journal, connector, source
        self.settings = dict(settings or {})
        self.clock = clock
        self.progress = progress or (lambda _: None)
        self.watch = watch or (lambda _place, _outcome: None)
        self.report = IntakeReport(source, connector.id)
        self._facts: list[Fact] = []
        self._owners: list[Payload] = []
        self._rejected: list[Rejected] = []
        self._tallied: Counter[tuple[str, str]] = Counter()

    def take(self, documents: Iterable[Document | Broken | Payload]) -> IntakeReport:
        """Map and append everything; flushes at the end and every 20,000 facts."""
        for document in documents:
            for payload in self._payloads(document):
                self._map(payload)
                if len(self._facts) >= BATCH or len(self._rejected) >= 1_000:
                    self.flush()
        self.flush()
        return self.report

    def _payloads(self, document: Document | Broken | Payload) -> Iterator[Payload]:
        if isinstance(document, Payload):
            yield document
        elif isinstance(document, Broken):
            self.report.payloads += 1
            self._reject(
                Rejected(
                    document.event,
                    None,
                    document.place,
                    document.code,
                    "$",
                    document.message,
                    document.text,
                    document.sha256,
                )
            )
        elif self.connector.split is None:
            yield Payload(document.body, event=document.event, place=document.place)
        else:
            try:
                parts = self.connector.split(document.body, document.event)
            except MappingError as error:
                self.report.payloads += 1
                self._reject_payload(
                    Payload(document.body, document.event, None, document.place), error
                )
                return
            for part in parts:
                yield (
                    part
                    if part.place
                    else Payload(part.body, part.event, part.delivery_ref, document.place)
                )

    def _map(self, payload: Payload) -> None:
        self.report.payloads += 1
        if self.report.payloads % 500 == 0:
            self.progress(self.report.payloads)
        received_at = payload.received_at or self.clock.now()
        context = MappingContext(self.source, received_at, self.settings)
        try:
            mapped = self.connector.map_payload(payload, context)
        except MappingError as error:
            self._reject_payload(payload, error)
            return
        self.watch(payload.place, mapped)
        if mapped.flags:
            self.report.flags.update(mapped.flags)
        if mapped.not_needed is not None:
            self.report.not_needed[mapped.not_needed] += 1
            return
        self._facts.extend(mapped.facts)
        self._owners.extend([payload] * len(mapped.facts))

    def flush(self) -> None:
        """Append what waits and store the counts; facts that do not fit are held one by one."""
        if self._facts:
            self._append(self._facts, self._owners)
            self._facts, self._owners = [], []
        if self._rejected:
            self.journal.hold(self.source, self.connector.id, self._rejected, self.clock.now())
            self._rejected = []
        self._store_counts()
        self.progress(self.report.payloads)

    def _append(self, facts: list[Fact], owners: list[Payload]) -> None:
        try:
            done = self.sink.append(facts, source=self.source, recorded_at=self.clock.now())
        except DiagnosticError as error:
            if error.diagnostics[0].code.startswith("FL8"):
                raise
            self._append_apart(facts, owners)
            return
        self.report.written.update(done.written)
        self.report.known.update(done.known)
        for fact in facts:
            self._widen(fact)

    def _append_apart(self, facts: list[Fact], owners: list[Payload]) -> None:
        """One fact of the batch does not fit its columns: halve until it stands alone, hold it."""
        if len(facts) == 1:
            try:
                self._append_one(facts[0])
            except DiagnosticError as error:
                found = error.diagnostics[0]
                if found.code.startswith("FL8"):
                    raise
                self._reject_payload(owners[0], MappingError(found.code, "$", found.message))
            return
        middle = len(facts) // 2
        self._append(facts[:middle], owners[:middle])
        self._append(facts[middle:], owners[middle:])

    def _append_one(self, fact: Fact) -> None:
        done = self.sink.append([fact], source=self.source, recorded_at=self.clock.now())
        self.report.written.update(done.written)
        self.report.known.update(done.known)
        self._widen(fact)

    def _widen(self, fact: Fact) -> None:
        at = fact.values.get(fact_type(fact.type).event_at)
        if at is None:
            return
        found = self.report.extents.get(fact.type)
        if found is None:
            self.report.extents[fact.type] = (at, at)
        elif at < found[0] or at > found[1]:
            self.report.extents[fact.type] = (min(at, found[0]), max(at, found[1]))

    def _reject_payload(self, payload: Payload, error: MappingError) -> None:
        text = msgspec.json.encode(payload.body, enc_hook=str).decode("utf-8", "replace")
        self._reject(
            Rejected(
                payload.event,
                payload.delivery_ref,
                payload.place,
                error.code,
                error.path,
                error.message,
                text,
                hashlib.sha256(text.encode()).hexdigest(),
            )
        )

    def _reject(self, rejected: Rejected) -> None:
        self.report.held[rejected.code] += 1
        self._rejected.append(rejected)
        self.watch(rejected.place, rejected)

    def _store_counts(self) -> None:
        now, connector = self.clock.now(), self.connector.id
        for kind, counter in (
            ("mapped", self.report.written),
            ("not_needed", self.report.not_needed),
            ("flag", self.report.flags),
        ):
            fresh = {
                label: number - self._tallied[kind, label]
                for label, number in counter.items()
                if number > self._tallied[kind, label]
            }
            self.journal.count(self.source, connector, kind, fresh, now)
            for label, number in fresh.items():
                self._tallied[kind, label] += number


def coverage_facts(report: IntakeReport, now: datetime, *, resource: str = "files") -> list[Fact]:
    """The spans that an intake of files covers, one for each fact type that it gave."""
    from fairlead.facts.fact_type import order_of

    return [
        Fact(
            "source_coverages",
            {
                "resource": f"{resource}:{name}",
                "started_at": first,
                "ended_at": last,
                "basis": "file",
                "fact_refs": [name],
            },
            order=order_of(now),
        )
        for name, (first, last) in sorted(report.extents.items())
        if first < last
    ]
