"""`fairlead --help` from the shell, against a Python that does nothing.

Both start as processes in turns, and the least time of each counts. The cost does not depend on the
size of anything, so there is no growth.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.figure import Figure, run_alone, timed

PROGRAM = Path(sys.executable).parent / "fairlead"
TURNS = 15
TARGET_SECONDS = 0.3


def run(words: Sequence[str]) -> bytes:
    """What a program prints; a failure stops the benchmark."""
    return subprocess.run(words, check=True, capture_output=True).stdout


def measure(scale: float = 1.0) -> list[Figure]:
    """One figure; the scale lessens the number of turns alone."""
    ours, theirs = [], []
    for _ in range(max(3, round(TURNS * scale))):
        seconds, text = timed(lambda: run([str(PROGRAM), "--help"]))
        assert b"scorecard" in text, text
        ours.append(seconds)
        theirs.append(timed(lambda: run([sys.executable, "-c", "pass"]))[0])
    return [
        Figure(
            work="`fairlead --help`",
            seconds=min(ours),
            alternative="`python -c pass`",
            alternative_seconds=min(theirs),
            target=f"under {TARGET_SECONDS} s",
            is_met=min(ours) < TARGET_SECONDS,
        )
    ]


def main() -> int:
    """Measure and print; 1 when the target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())
