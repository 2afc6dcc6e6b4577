"""Write which paths each commit of the platform monorepo touched, as an in-house export.

GitHub tells the files of a commit only one commit at a time. So acme exports `git log --numstat` of
its monorepo, one record a path; a mapping in the operating model turns the records into facts.
"""

from __future__ import annotations

from fairlead.demo.acme.instants import iso
from fairlead.demo.acme.outbox import Outbox
from fairlead.demo.acme.records import Change, Commit

SOURCE = "platform-paths"


def send_paths(outbox: Outbox, changes: list[Change], root: Commit) -> None:
    """Every path of every commit that the default branch reaches."""
    _send(outbox, root)
    for change in changes:
        commits = [*change.commits, *([change.merge_commit] if change.merge_commit else [])]
        for item in commits:
            if item.is_on_main:
                _send(outbox, item)


def _send(outbox: Outbox, item: Commit) -> None:
    for path, added, deleted in item.files:
        body = {
            "commit": item.sha,
            "committed_at": iso(item.committed_at),
            "path": path,
            "added": added,
            "deleted": deleted,
        }
        outbox.send(SOURCE, "commit_file", item.committed_at + 60, body)
