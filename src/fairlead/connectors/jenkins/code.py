"""Which repository, branch and commit a build of Jenkins is about.

A build may hold the git data of several checkouts: its own code and shared libraries. Libraries
named in the settings are left out; when several repositories remain, none is guessed and the flag
`ambiguous_repository` says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from fairlead.connectors.name_globs import matches_any, setting_globs

_CHANGE = re.compile(r"^(?:PR|MR)-(\d+)(?:-(?:head|merge))?$")
_ADDRESS = re.compile(r"^(?:[a-z+]+://(?:[^@/]+@)?[^/]+/|(?:[^@/]+@)?[^:/]+:)(.+?)(?:\.git)?/?$")
_IN_PATH = re.compile(r"/job/([^/]+)")


@dataclass(frozen=True, slots=True)
class Code:
    """Repository, branch, commit and change of a build, as far as its git data tell."""

    repo_id: str | None
    branch: str | None
    commit_sha: str | None
    change_ref: str | None
    is_ambiguous: bool


def code_of(job: str, build: Mapping[str, Any], settings: Mapping[str, Any]) -> Code:
    """The code that a build is about."""
    change = _CHANGE.match(job.rpartition("/")[2])
    change_ref = f"pr:{change[1]}" if change else None
    found = {item[0]: item for item in _checkouts(build, settings)}
    if len(found) != 1:
        sha = None if found else _last_change(build)
        return Code(None, None, sha, change_ref, len(found) > 1)
    repo_id, branch, sha = next(iter(found.values()))
    return Code(repo_id, None if change_ref else branch, sha, change_ref, False)


def _checkouts(
    build: Mapping[str, Any], settings: Mapping[str, Any]
) -> Iterator[tuple[str, str | None, str | None]]:
    libraries = setting_globs(settings, "libraries")
    for action in build.get("actions") or ():
        if not isinstance(action, Mapping) or not action.get("remoteUrls"):
            continue
        repo_id = repository_of(str(action["remoteUrls"][0]))
        if matches_any(libraries, repo_id):
            continue
        revision = action.get("lastBuiltRevision") or {}
        names = [str(item["name"]) for item in revision.get("branch") or () if item.get("name")]
        yield repo_id, _branch(names[0]) if names else None, revision.get("SHA1")


def _last_change(build: Mapping[str, Any]) -> str | None:
    """The last commit of the change log, for builds whose git data are not told."""
    items = [item for log in build.get("changeSets") or () for item in log.get("items") or ()]
    found = [str(item["commitId"]) for item in items if item.get("commitId")]
    return found[-1] if found else None


def repository_of(address: str) -> str:
    """The path of a repository in its clone address, without host, user and `.git`."""
    match = _ADDRESS.match(address)
    return (match[1] if match else address).removeprefix("scm/")


def _branch(name: str) -> str | None:
    if name == "detached":
        return None
    for prefix in ("refs/remotes/origin/", "refs/heads/", "remotes/origin/", "origin/"):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def job_in_address(address: str) -> str | None:
    """The full name of the job in a build's address: `/job/shop/job/main/12/` is `shop/main`.

    A branch with a slash keeps it encoded in the job's name (`feature%2Fx`), and so twice here.
    """
    names = [unquote(name) for name in _IN_PATH.findall(address)]
    return "/".join(names) or None
