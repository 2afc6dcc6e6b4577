"""Builds and ingests acme with progress, then prints its scorecard and writes the HTML page."""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter

import click

from fairlead.cli.context import Context
from fairlead.cli.intake import ingest_paths
from fairlead.cli.output import progress_bar, say, suggest
from fairlead.kernel.clock import FixedClock, SystemClock
from fairlead.web.source_settings import settings_of

MARKER = ".fairlead-demo"
HOST, PORT = "127.0.0.1", 8700


def is_earlier_demo(folder: Path) -> bool:
    """Whether the folder was made by this command."""
    return (folder / MARKER).exists()


def run_demo(into: Path, *, seed: int, months: int, end: date | None) -> None:
    """Payloads, model, lake, scorecard; says what it is doing and how long it took."""
    from fairlead.demo.acme import build_acme, write_model

    began = perf_counter()
    last = last_day(end)
    into.mkdir(parents=True, exist_ok=True)
    (into / MARKER).touch()
    with progress_bar() as progress:
        task = progress.add_task("building acme's year", total=None)

        def built(what: str, done: int, total: int) -> None:
            progress.update(task, description=f"building {what}", completed=done, total=total)

        manifest = build_acme(into, seed=seed, end=last, months=months, progress=built)
    write_model(into, last=last)
    say(f"built {months} months of acme in {perf_counter() - began:.1f} s: {into}/payloads")
    ingested = perf_counter()
    clock = FixedClock(datetime.combine(last + timedelta(days=1), time(6), UTC))
    context = Context(into, clock)
    payloads = held = 0
    for source_id, connector_id, paths in manifest.sources:
        settings = settings_of(context, source_id, connector_id, None)
        report = ingest_paths(context, source_id, settings, [Path(path) for path in paths])
        payloads += report.payloads
        held += report.held_count
    say(f"read {payloads:,} payloads of {len(manifest.sources)} sources in "
        f"{perf_counter() - ingested:.1f} s; {held} are in quarantine, with reasons")  # fmt: skip
    derived = perf_counter()
    from fairlead.engine.refresh import refresh

    refresh(context.lake, context.model, clock)
    say(f"derived deployments, links and failures in {perf_counter() - derived:.1f} s")
    _show(context, into)
    say(f"done in {perf_counter() - began:.0f} s")
    suggest(f"FAIRLEAD_NOW={clock.instant.isoformat()} fairlead -w {into} "
            "kpi show change_failure_rate --by team --trend")  # fmt: skip


def wants_console(asked: bool | None) -> bool:
    """Whether to start the console: as asked, else where somebody sits at a terminal."""
    if asked is not None:
        return asked
    return sys.stdout.isatty() and not os.environ.get("CI")


def start_console(into: Path, last: date) -> None:
    """Serve the console on the example company, with a log-in that is ready; until stopped."""
    from fairlead.cli.serving import free_port, ready_ledger, serve

    now = datetime.combine(last + timedelta(days=1), time(6), UTC)
    os.environ["FAIRLEAD_NOW"] = now.isoformat()
    os.environ.pop("FAIRLEAD_DATABASE", None)  # the example has a ledger of its own
    created = ready_ledger(Context(into.resolve(), FixedClock(now)))
    assert created is not None
    port = free_port(HOST, PORT)
    say(f"the console: http://{HOST}:{port}")
    say(f"log in as {created[0]} with password {created[1]} (shown once); stop with Ctrl-C")
    serve(HOST, port, 1, has_worker=True)


def last_day(end: date | None) -> date:
    """The last day of the history: as asked, else yesterday."""
    return end or (SystemClock().now() - timedelta(days=1)).date()


def _show(context: Context, into: Path) -> None:
    from fairlead.cli.scorecards import make_scorecard, render_scorecard
    from fairlead.engine.evaluate import Filter

    card = make_scorecard(context, context.window(None), None, Filter(), records_limit=150)
    click.echo(render_scorecard(card, "table", context))
    page = into / "scorecard.html"
    page.write_text(render_scorecard(card, "html", context), encoding="utf-8")
    say(f"the scorecard as one page: {page.resolve()}")
