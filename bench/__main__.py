"""Runs the benches one after the other, each in a process of its own, and writes the page of them.

    python -m bench [names] [--quick]

Figures of full runs are kept in `.work/bench/`, so that measuring some of them renews the page
without the others. Exit code 1 says that a target is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from bench.figure import Figure, seconds_text, show, timed
from bench.readme import Result, machine, write
from fairlead.kernel.clock import SYSTEM_CLOCK

NAMES = (
    "scorecard", "delivery_kpis", "expression", "mapping", "git_scan", "ranges", "attribution",
    "late_event", "start_up", "pages", "webhooks", "audit_log",
)  # fmt: skip
ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".work" / "bench"
README = Path(__file__).parent / "README.md"
QUICK = 0.05
# Runs in the process of one bench: measures, and leaves the figures in a file.
_MEASURE = """
import dataclasses, importlib, json, pathlib, sys
name, scale, path = sys.argv[1:]
figures = importlib.import_module(f"bench.{name}").measure(float(scale))
pathlib.Path(path).write_text(json.dumps([dataclasses.asdict(figure) for figure in figures]))
"""


def run_one(name: str, scale: float, kept: Path) -> list[Figure] | None:
    """The figures of one bench from a process of its own; None when it broke."""
    path = kept / f"{name}.figures.json"
    words = [sys.executable, "-c", _MEASURE, name, str(scale), str(path)]
    if subprocess.run(words, check=False, cwd=ROOT).returncode:
        return None
    found = [Figure(**row) for row in json.loads(path.read_text())]
    path.unlink()
    return found


def keep(name: str, figures: list[Figure]) -> None:
    """Keep the figures of a full run for the page."""
    content = {
        "figures": [asdict(figure) for figure in figures],
        "measured_on": SYSTEM_CLOCK.now().date().isoformat(),
        "machine": machine(),
    }
    (KEPT / f"{name}.json").write_text(json.dumps(content, indent=1))


def kept_results() -> dict[str, Result]:
    """What full runs gave, by bench."""
    found = {}
    for name in NAMES:
        path = KEPT / f"{name}.json"
        if path.exists():
            content = json.loads(path.read_text())
            figures = [Figure(**row) for row in content["figures"]]
            found[name] = Result(figures, content["measured_on"], content["machine"])
    return found


def asked() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, and say so.")
    parser.add_argument("names", nargs="*", help=f"benches, all by default: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="a twentieth of each size, no page")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no bench `{unknown[0]}`; allowed: {', '.join(NAMES)}")
    return chosen


def main() -> int:
    """Run what is asked for; 1 when a target is missed, 4 when a bench broke."""
    chosen, code = asked(), 0
    names = chosen.names or NAMES
    KEPT.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names, 1):
        print(f"[{number}/{len(names)}] {name}", file=sys.stderr, flush=True)
        seconds, figures = timed(
            lambda name=name: run_one(name, QUICK if chosen.quick else 1.0, KEPT)  # type: ignore[misc]
        )
        if figures is None:
            print(f"`{name}` broke; its figures are as they were", file=sys.stderr)
            code = 4
            continue
        code = max(code, show(figures))
        print(f"      took {seconds_text(seconds)}", file=sys.stderr, flush=True)
        if not chosen.quick:
            keep(name, figures)
    if not chosen.quick:
        write_page()
    return code


def write_page() -> None:
    """Renew the page when every bench has figures of a full run."""
    results = kept_results()
    missing = [name for name in NAMES if name not in results]
    if missing:
        print(f"the page waits for full runs of: {', '.join(missing)}", file=sys.stderr)
        return
    write(README, results)
    print(f"wrote {README.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
