"""What `fairlead repo scan --state` keeps between two scans, so that the second reads only news."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from fairlead.methods.repository_evidence import Churn
from fairlead.methods.repository_history import CommitRecord

VERSION = 1


@dataclass
class ScanState:
    """Refs and commits of the last scan; `churn` is None where line counts were not read."""

    version: int
    repo_id: str
    refs: dict[str, str] = field(default_factory=dict)
    mailmap_sha: str | None = None
    commits: list[CommitRecord] = field(default_factory=list)
    churn: dict[str, Churn] | None = None


def load_state(path: Path, repo_id: str) -> ScanState | None:
    """The kept state of this repository; None when there is none or it is of another kind."""
    try:
        found = msgspec.msgpack.decode(path.read_bytes(), type=ScanState)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return found if (found.version, found.repo_id) == (VERSION, repo_id) else None


def save_state(path: Path, state: ScanState) -> None:
    """Write the state beside its place, then put it there in one step."""
    draft = path.with_name(f"{path.name}.draft")
    draft.write_bytes(msgspec.msgpack.encode(state))
    os.replace(draft, path)  # noqa: PTH105 - one step, on every platform
