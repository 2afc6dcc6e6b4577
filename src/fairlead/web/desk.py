"""What the pages of one process share: the workspace that is served and its kept answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.conf import settings

from fairlead.web.snapshots import Snapshots
from fairlead.web.workspace import Workspace


@dataclass(frozen=True)
class Desk:
    """The workspace and the answers of its engine."""

    workspace: Workspace
    snapshots: Snapshots


@cache
def desk() -> Desk:
    """The desk of this process."""
    workspace: Workspace = settings.WORKSPACE
    folder = settings.STATE_FOLDER / "answers"
    return Desk(workspace, Snapshots(workspace, folder, settings.ANSWERS_IN_BACKGROUND))
