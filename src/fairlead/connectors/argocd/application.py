"""What an Argo CD application says of all its deployments: service, environment, repository."""

from __future__ import annotations

from typing import Any

from fairlead.connectors.contract import MappingContext, MappingError
from fairlead.connectors.nesting import commit_of, repository_of
from fairlead.connectors.reading import identifier, look_up, text


def describe(application: Any, context: MappingContext) -> dict[str, Any]:
    """Names as the application states them; labels are taken only where the source says so."""
    labels = look_up(application, "metadata.labels") or {}
    service = _labelled(labels, context, "service_label")
    environment = _labelled(labels, context, "environment_label")
    return {
        "service_ref": service or identifier(application, "metadata.name"),
        "environment": environment or _destination(application),
        "repo_id": repository_of(text(application, "spec.source.repoURL")),
        "mechanism": "code",
    }


def _labelled(labels: Any, context: MappingContext, setting: str) -> str | None:
    name = context.settings.get(setting)
    found = labels.get(name) if name else None
    return str(found) if found else None


def _destination(application: Any) -> str | None:
    cluster = text(application, "spec.destination.name") or text(
        application, "spec.destination.server"
    )
    namespace = text(application, "spec.destination.namespace")
    return f"{cluster}/{namespace}" if cluster and namespace else cluster or namespace


def revision_values(synced: Any, images: list[str], context: MappingContext) -> dict[str, Any]:
    """Commit, digests and version of a sync; a revision that is no SHA is a chart's version."""
    revisions = [text(synced, "revision"), *(look_up(synced, "revisions") or [])]
    named = [str(revision) for revision in revisions if revision]
    digests = sorted({image.split("@", 1)[1] for image in images if "@" in image})
    tags = [tag for image in images if (tag := tag_of(image))]
    basis = context.settings.get("commit_from", "revision")
    if basis not in ("revision", "image_tag"):
        raise MappingError(
            "FL3110", "settings.commit_from", f"`{basis}` is not among `revision`, `image_tag`"
        )
    candidates = named if basis == "revision" else tags
    versions = [revision for revision in named if commit_of(revision) is None]
    return {
        "commit_sha": next((word for word in candidates if commit_of(word)), None),
        "artifact_digests": digests or None,
        "version_label": versions[0] if versions else tags[0] if len(tags) == 1 else None,
    }


def tag_of(image: str) -> str | None:
    """The tag of an image reference; a port of the registry is none."""
    name = image.split("@", 1)[0].rsplit("/", 1)[-1]
    return name.partition(":")[2] or None
