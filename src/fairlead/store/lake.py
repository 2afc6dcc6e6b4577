"""The lake: one Delta table of Parquet per fact type, appended to and never changed in place.

Layout: `<root>/lake.json` (format version), `<root>/<fact type>/`. An append is atomic per fact
type and safe beside other writers; a version that is already there is not written again, so that
a run that was killed is completed by running it again. Files and log entries are synced to disk
before an append returns.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from fairlead.facts import Fact, fact_type, fact_types
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError, fail
from fairlead.store.columns import to_batch

FORMAT_VERSION = 1
MARKER = "lake.json"
_ATTEMPTS = 8
_NOT_IN_PATHS = '[]{}*?#%"\\'
_NO_SPACE = ("No space left", "StorageFull", "os error 28", "os error 27", "File too large")


@dataclass(frozen=True)
class Appended:
    """What one append did: rows written and equal versions passed over, by fact type."""

    written: Mapping[str, int]
    known: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.written.values())


class Lake:
    """Facts on disk. Any number of processes may append and read at the same time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._open()

    def _open(self) -> None:
        odd = sorted(set(str(self.root)) & set(_NOT_IN_PATHS))
        if odd:
            raise fail("FL8003", f"a lake cannot lie at `{self.root}`",
                       notes=[f"not allowed in its path: {' '.join(odd)}"])  # fmt: skip
        marker = self.root / MARKER
        try:
            if marker.exists():
                found = json.loads(marker.read_text())["format_version"]
                if found > FORMAT_VERSION:
                    raise fail(
                        "FL8001",
                        f"the lake in `{self.root}` has format {found}, this version reads up to "
                        f"{FORMAT_VERSION}",
                        help="install the newer Fairlead; nothing was changed",
                    )
                return
            if self.root.exists() and any(self.root.iterdir()):
                raise fail("FL8003", f"`{self.root}` is not empty and holds no `{MARKER}`")
            self.root.mkdir(parents=True, exist_ok=True)
            _write_synced(marker, json.dumps({"format_version": FORMAT_VERSION}))
        except (ValueError, KeyError, TypeError):
            raise fail("FL8003", f"`{marker}` cannot be read") from None
        except OSError as error:
            raise _storage_error(self.root, error) from None

    def append(
        self,
        facts: Iterable[Fact],
        *,
        source: str,
        recorded_at: datetime | None = None,
        raw_ref: str | None = None,
    ) -> Appended:
        """Append versions of facts; equal versions that the lake holds are passed over.

        Raises FL3102, FL3110 for values that do not fit their column, FL8002 for a full disk; what
        was written before stays readable, and nothing of the failing fact type is half written.
        """
        instant = recorded_at or SYSTEM_CLOCK.now()
        by_type: dict[str, list[Fact]] = {}
        for fact in facts:
            by_type.setdefault(fact.type, []).append(fact)
        batches = [
            to_batch(fact_type(name), found, source=source, recorded_at=instant, raw_ref=raw_ref)
            for name, found in by_type.items()
        ]
        written, known = {}, {}
        for batch in batches:
            name = batch.fact_type.name
            written[name] = self._append_new(name, batch.table)
            known[name] = len(by_type[name]) - written[name]
        return Appended(written, known)

    def _append_new(self, name: str, table: pa.Table) -> int:
        for attempt in range(_ATTEMPTS):
            delta = self.table(name)
            fresh = table if delta is None else _without_known(delta, table)
            if fresh.num_rows == 0:
                return 0
            try:
                self._write(name, delta, fresh)
                return int(fresh.num_rows)
            except CommitFailedError:
                if attempt + 1 == _ATTEMPTS:
                    raise
                time.sleep(0.02 * 2**attempt)
            except (DeltaError, OSError) as error:
                raise _storage_error(self.root, error) from None
        return 0

    def _write(self, name: str, delta: DeltaTable | None, fresh: pa.Table) -> None:
        path = self.root / name
        before = -1 if delta is None else delta.version()
        if delta is None:
            try:
                write_deltalake(str(path), fresh, mode="append", schema_mode="merge")
            except DeltaError as error:
                # Another process made the table between our look and our write.
                if "already exists" not in str(error) and "schema" not in str(error).lower():
                    raise
                raise CommitFailedError(str(error)) from None
        else:
            write_deltalake(delta, fresh, mode="append", schema_mode="merge")
        _sync_since(path, before)

    def table(self, name: str) -> DeltaTable | None:
        """The Delta table of a fact type, or None while it has no facts."""
        path = self.root / name
        if not (path / "_delta_log").is_dir():
            return None
        try:
            return DeltaTable(str(path))
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise fail("FL8003", f"`{path}` cannot be read: {error}") from None

    def files(self, name: str) -> list[str]:
        """The active Parquet files of a fact type: what any engine reads."""
        delta = self.table(name)
        return [] if delta is None else [_local(uri) for uri in delta.file_uris()]

    def stored_columns(self, name: str) -> set[str]:
        """The columns that the stored table has; newer ones of the fact type may be absent."""
        delta = self.table(name)
        return set() if delta is None else {field.name for field in delta.schema().fields}

    def version(self, name: str) -> int:
        """The Delta version of a fact type's table; -1 while it has none."""
        delta = self.table(name)
        return -1 if delta is None else int(delta.version())

    def versions(self) -> dict[str, str]:
        """The newest entry of each table's log, by the name of its file; opens no table."""
        logs = self.root.glob("*/_delta_log")
        return {
            log.parent.name: max((p.name for p in log.glob("*.json")), default="") for log in logs
        }

    def files_since(self, name: str, version: int) -> list[str] | None:
        """Files that appends after a Delta version added; None when the log no longer tells.

        Compaction adds files without new facts, and those are not among them.
        """
        found: list[str] = []
        log = self.root / name / "_delta_log"
        for number in range(version + 1, self.version(name) + 1):
            entry = log / f"{number:020d}.json"
            if not entry.exists():
                return None
            for line in entry.read_text().splitlines():
                added = json.loads(line).get("add")
                if added and added.get("dataChange", True):
                    found.append(str(self.root / name / unquote(added["path"])))
        return found if all(Path(path).exists() for path in found) else None

    def sizes(self) -> list[dict[str, Any]]:
        """Rows, files, bytes and version of each fact type that has facts."""
        found = []
        for name in fact_types():
            delta = self.table(name)
            if delta is None:
                continue
            actions = pa.table(delta.get_add_actions(flatten=True))
            found.append(
                {
                    "fact": name,
                    "rows": pc.sum(actions["num_records"]).as_py(),
                    "files": actions.num_rows,
                    "bytes": pc.sum(actions["size_bytes"]).as_py(),
                    "version": delta.version(),
                }
            )
        return found

    def compact(self, *, keep_hours: int = 168) -> dict[str, int]:
        """Merge small files and drop files out of use for `keep_hours`; files removed by type.

        Readers that hold a list of files keep them for that long, so keep it above the longest
        report.
        """
        removed = {}
        for name in fact_types():
            delta = self.table(name)
            if delta is None:
                continue
            try:
                metrics = delta.optimize.compact()
                delta.vacuum(
                    retention_hours=keep_hours, dry_run=False, enforce_retention_duration=False
                )
            except (DeltaError, OSError) as error:
                raise _storage_error(self.root, error) from None
            removed[name] = int(metrics["numFilesRemoved"])
        return removed

    def expire(self, now: datetime, *, dry_run: bool = False) -> dict[str, int]:
        """Delete rows whose event lies before the retention of their type; rows by type."""
        found = {}
        for name, kind in fact_types().items():
            delta = self.table(name)
            if delta is None:
                continue
            limit = now - timedelta(days=kind.retention_days)
            old = ds.field(kind.event_at) < pa.scalar(limit, pa.timestamp("us", tz="UTC"))
            found[name] = int(delta.to_pyarrow_dataset().count_rows(filter=old))
            if found[name] and not dry_run:
                literal = limit.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
                delta.delete(f"{kind.event_at} < '{literal}'")
        return found


def _without_known(delta: DeltaTable, table: pa.Table) -> pa.Table:
    """The rows whose (key, content) the table does not hold yet.

    The comparison of a key's hash against file statistics and columns keeps this cheap; the
    digest of the content decides.
    """
    wanted = pc.unique(table["key_hash"])
    dataset = delta.to_pyarrow_dataset()
    low, high = pc.min_max(wanted).as_py().values()
    near = (ds.field("key_hash") >= low) & (ds.field("key_hash") <= high)
    known = dataset.to_table(
        columns=["content_sha256"],
        filter=near & ds.field("key_hash").isin(wanted) if len(wanted) < 2_000 else None,
    )["content_sha256"]
    if len(known) == 0:
        return table
    mask = pc.invert(pc.is_in(table["content_sha256"], value_set=known.combine_chunks()))
    return table.filter(mask)


def _local(uri: str) -> str:
    return uri.removeprefix("file://")


def _write_synced(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    with temporary.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync(path.parent)


def _sync_since(path: Path, version: int) -> None:
    """Sync the log entries after `version`, the data files that they add, and their folders."""
    log = path / "_delta_log"
    for entry in log.iterdir():
        if entry.suffix != ".json" or not entry.stem.isdigit() or int(entry.stem) <= version:
            continue
        for line in entry.read_text().splitlines():
            added = json.loads(line).get("add")
            if added and (path / unquote(added["path"])).exists():
                _sync(path / unquote(added["path"]))
        _sync(entry)
    _sync(log)
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _storage_error(root: Path, error: Exception) -> DiagnosticError:
    text = str(error)
    if any(sign in text for sign in _NO_SPACE) or isinstance(error, OSError):
        return fail(
            "FL8002",
            f"the lake in `{root}` cannot be written: {text.splitlines()[0]}",
            notes=["what was stored before is unharmed"],
            help="free some space or mend the permissions, then run the command again: it "
            "continues where it stopped",
        )
    return fail("FL8003", f"the lake in `{root}` answered: {text.splitlines()[0]}")
