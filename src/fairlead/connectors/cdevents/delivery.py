"""Services, artifacts and merged changes of CDEvents."""

from __future__ import annotations

import re
from urllib.parse import unquote

from fairlead.connectors.cdevents.envelope import Event
from fairlead.connectors.contract import Mapped, MappingContext
from fairlead.connectors.nesting import commit_of, members
from fairlead.connectors.reading import identifier, look_up, text
from fairlead.facts import Fact
from fairlead.facts.fact_type import order_of

_DIGEST = re.compile(r"^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$")


def version_of(purl: str | None) -> str | None:
    """The version part of a package URL, decoded: what follows the last `@` before `?` or `#`."""
    if not purl or "@" not in purl:
        return None
    return unquote(re.split(r"[?#]", purl.rsplit("@", 1)[1])[0]) or None


def digest_of(purl: str | None) -> str | None:
    """The digest in a package URL's version, else None."""
    version = version_of(purl)
    return version if version and _DIGEST.match(version) else None


def map_service(event: Event, _context: MappingContext) -> Mapped:
    """A service that runs a version in an environment, so its deployment succeeded."""
    purl = text(event.body, "subject.content.artifactId")
    digest = digest_of(purl)
    commit = text(event.custom, "commit_sha") or version_of(purl)
    values = {
        "event_ref": event.id,
        "deployment_ref": event.id,
        "repo_id": text(event.custom, "repo_id"),
        "service_ref": identifier(event.body, "subject.id"),
        "environment": identifier(event.body, "subject.content.environment.id"),
        "state": "success",
        "kind": "rollback" if event.predicate == "rolledback" else None,
        "event_at": event.at,
        "commit_sha": commit_of(commit),
        "artifact_digests": [digest] if digest else None,
        "version_label": None if digest else version_of(purl),
        "mechanism": "code",
    }
    flags = () if digest or values["commit_sha"] else ("unlinked",)
    return Mapped([Fact("deployment_events", values, order_of(event.at), event.id)], None, flags)


def map_artifact(event: Event, _context: MappingContext) -> Mapped:
    """An artifact is named by its digest; a package URL without one names none."""
    purl = identifier(event.body, "subject.id")
    digest = digest_of(purl)
    if digest is None:
        return Mapped(not_needed="the package URL carries no digest")
    change = text(event.body, "subject.content.change.id")
    values = {
        "artifact_digest": digest,
        "purl": purl,
        "repo_id": text(event.custom, "repo_id"),
        "commit_sha": commit_of(text(event.custom, "commit_sha") or change),
        "run_ref": text(event.custom, "run_ref"),
        "built_at": event.at if event.predicate == "packaged" else None,
        "published_at": event.at if event.predicate == "published" else None,
    }
    return Mapped([Fact("artifacts", values, order_of(event.at), event.id)])


def map_change(event: Event, _context: MappingContext) -> Mapped:
    """A merged change; its SHA stands in customData or among the tags of its links."""
    tagged = (text(link, "tags.commit_sha") for link in members(event.body, "context.links"))
    merge_sha = commit_of(text(event.custom, "commit_sha") or next(filter(None, tagged), None))
    repo_id = identifier(event.body, "subject.content.repository.id")
    number = identifier(event.body, "subject.id")
    values = {
        "repo_id": repo_id,
        "change_ref": number if number.startswith(("pr:", "commit:")) else f"pr:{number}",
        "title": text(event.body, "subject.content.description"),
        "merged_at": event.at,
        "merge_sha": merge_sha,
        "integration": "unknown",
        "base_branch": text(event.custom, "base_branch"),
        "labels": look_up(event.custom, "labels"),
        "state": "merged",
    }
    flags = () if merge_sha else ("unlinked",)
    return Mapped([Fact("changes", values, order_of(event.at), event.id)], None, flags)
