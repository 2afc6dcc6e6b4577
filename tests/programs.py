"""Programs and npm packages that tests use for real; what is missing fails the test by name."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".work" / "npm"
FLAGS = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent")
HINT = "run scripts/system-packages.sh where you may install packages"


def program(name: str) -> str:
    """The path of a program; the test fails when it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"`{name}` is not installed: {HINT}")
    return found


def npm_package(name: str, version: str) -> Path:
    """The folder of an npm package in a cache that git ignores, installed when it is not there.

    A lock keeps parallel test processes from installing into each other.
    """
    folder = CACHE / "node_modules" / name
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "package.json").is_file():
            command = [program("npm"), "install", "--prefix", str(CACHE), *FLAGS]
            subprocess.run([*command, f"{name}@{version}"], check=True)
    return folder
