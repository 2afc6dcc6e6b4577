"""Looks over an installation: each check says ok, warn or bad, what it saw, and how to mend it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.web.workspace import check_workspace

if TYPE_CHECKING:
    from fairlead.cli.context import Context

State = Literal["ok", "warn", "bad"]
GIBIBYTE = 1024**3
LEAST_FREE, GOOD_FREE = 1 * GIBIBYTE, 5 * GIBIBYTE


@dataclass(frozen=True)
class Check:
    """One line of the doctor."""

    name: str
    state: State
    seen: str
    mend: str = ""


def examine(context: Context) -> Iterator[Check]:
    """Every check, in the order in which troubles cause each other."""
    model = check_model(context)
    yield model
    yield check_clock()
    yield from check_programs()
    if model.state == "bad":
        mend = "mend the model first"
        yield Check("installation", "warn", "lake, ledger, keys and secrets not checked", mend)
        return
    checks: tuple[Callable[[Context], Iterator[Check]], ...] = (
        check_lake, check_disk, check_key_files, check_ledger, check_secrets,
    )  # fmt: skip
    for check in checks:
        yield from check(context)


def check_model(context: Context) -> Check:
    """Whether the operating model is right."""
    _, report = check_workspace(context.root)
    if report.errors:
        first = report.errors[0]
        seen = f"{len(report.errors)} errors, the first: {first.code} {first.message}"
        return Check("model", "bad", seen, "fairlead model check")
    return Check("model", "ok", f"{context.root} is valid")


def check_clock() -> Check:
    """Whether the clock is the machine's."""
    given = os.environ.get("FAIRLEAD_NOW")
    if given:
        return Check("clock", "warn", f"stands still at {given}", "unset FAIRLEAD_NOW")
    return Check("clock", "ok", f"{SYSTEM_CLOCK.now():%Y-%m-%d %H:%M:%S} UTC")


def check_programs() -> Iterator[Check]:
    """Programs that some commands need."""
    needed = {"git": "`repo` commands need it"}
    for name, why in needed.items():
        found = shutil.which(name)
        if found:
            yield Check(f"program {name}", "ok", found)
        else:
            yield Check(f"program {name}", "warn", "not installed", f"install {name}: {why}")


def check_lake(context: Context) -> Iterator[Check]:
    """Whether the lake can be read and written."""
    folder = context.lake_folder
    if not folder.exists():
        yield Check("lake", "warn", f"{folder} does not exist yet", "fairlead ingest or pull")
        return
    try:
        rows = sum(int(size["rows"]) for size in context.lake.sizes())
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, DiagnosticError) as error:
        yield Check("lake", "bad", _line(error), f"ls -ld {folder}; the account must own it")
        return
    yield Check("lake", "ok", f"{rows:,} rows, can be written")


def check_disk(context: Context) -> Iterator[Check]:
    """Whether there is room beside the lake."""
    folder = _existing(context.lake_folder)
    free = shutil.disk_usage(folder).free
    seen = f"{free / GIBIBYTE:.1f} GiB free"
    if free < LEAST_FREE:
        yield Check("disk", "bad", seen, "make room: fairlead lake expire, fairlead lake compact")
    elif free < GOOD_FREE:
        yield Check("disk", "warn", seen, "plan for more room")
    else:
        yield Check("disk", "ok", seen)


def check_key_files(context: Context) -> Iterator[Check]:
    """Whether only their owner can read the keys."""
    folder = context.lake_folder.parent
    for name, variable in (
        ("secret_key", "FAIRLEAD_SECRET_KEY"),
        ("audit_key", "FAIRLEAD_AUDIT_KEY"),
    ):
        path, label = folder / name, name.replace("_", " ")
        if os.environ.get(variable):
            yield Check(label, "ok", f"from {variable}")
        elif not path.exists():
            yield Check(label, "ok", "made when it is first needed")
        elif path.stat().st_mode & 0o077:
            yield Check(label, "bad", f"{path} can be read by others", f"chmod 600 {path}")
        else:
            yield Check(label, "ok", f"{path}, for its owner alone")
    if (folder / "audit_key").exists() or os.environ.get("FAIRLEAD_AUDIT_KEY"):
        from fairlead.ledger.audit_keys import audit_key

        try:
            audit_key(folder)
        except DiagnosticError as error:
            yield Check("audit key use", "bad", _line(error), error.diagnostics[0].help or "")


def check_ledger(context: Context) -> Iterator[Check]:
    """Whether the database answers, has every migration, and the clock did not go back."""
    file = context.lake_folder.parent / "ledger.sqlite3"
    where = os.environ.get("FAIRLEAD_DATABASE")
    if not where and not file.exists():
        yield Check("ledger", "warn", "not made yet", "fairlead serve makes it")
        return
    from fairlead.cli.serving import set_up

    set_up(context)
    from django.db import Error, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (Error, ImportError) as error:
        mend = "is the server of FAIRLEAD_DATABASE up, and its address right?"
        yield Check("ledger", "bad", f"does not answer: {_line(error)}", mend)
        return
    if waiting:
        seen = f"{len(waiting)} migrations are missing"
        yield Check("ledger", "bad", seen, "fairlead serve brings it up to date")
        return
    yield Check("ledger", "ok", f"{connection.vendor}, up to date")
    yield _check_order()


def _check_order() -> Check:
    from fairlead.ledger.audit import AuditEntry

    last = AuditEntry.objects.order_by("-seq").values_list("seq", "at").first()
    now = SYSTEM_CLOCK.now()
    if last is not None and last[1] > now:
        seen = f"the last entry is of {last[1]:%Y-%m-%d %H:%M:%S}, after the machine's clock"
        return Check("audit log", "bad", seen, "set the clock; then fairlead audit verify")
    return Check("audit log", "ok", f"{last[0] if last else 0:,} entries; fairlead audit verify")


def check_secrets(context: Context) -> Iterator[Check]:
    """Whether the references of every source lead to a secret."""
    from fairlead.ingest.secrets import resolve_secret
    from fairlead.opmodel.kinds.source import Source

    count, is_whole = 0, True
    for source_id, source in sorted(context.model.all_of(Source).items()):
        for name, reference in source.secrets.items():
            count += 1
            try:
                resolve_secret(reference, root=context.root)
            except DiagnosticError as error:
                is_whole = False
                mend = f"give the secret behind `{reference}`"
                yield Check(f"secret {source_id}.{name}", "warn", _line(error), mend)
    if is_whole:
        seen = f"all {count} references resolve" if count else "no source names one"
        yield Check("secrets", "ok", seen)


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _line(error: Exception) -> str:
    if isinstance(error, DiagnosticError):
        return f"{error.diagnostics[0].code} {error.diagnostics[0].message}"
    return " ".join(str(error).split())[:200]
