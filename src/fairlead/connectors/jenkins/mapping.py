"""Turn one build of Jenkins into facts, as `api/json` gives it or as the pull enriched it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairlead.connectors.contract import Mapped, MappingContext, MappingError, Payload
from fairlead.connectors.jenkins.builds import build_facts
from fairlead.connectors.jenkins.code import job_in_address
from fairlead.connectors.misshapen import refuse_misshapen


@refuse_misshapen
def map_payload(payload: Payload, context: MappingContext) -> Mapped:
    """Facts of one build; FL3107 for a record that is no build."""
    body = payload.body
    if not isinstance(body, Mapping):
        raise MappingError("FL3102", "$", f"an object expected, found {type(body).__name__}")
    build = body.get("build", body)
    if not isinstance(build, Mapping) or "number" not in build:
        raise MappingError("FL3107", "$", "neither a build nor an enriched `{job, build}` record")
    given = body.get("job")
    holder: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    job = holder.get("fullName") or job_in_address(str(build.get("url") or ""))
    if not job:
        raise MappingError("FL3102", "$.url", "missing, and no `job.fullName` names the job")
    facts, flags = build_facts(str(job), build, body, context)
    return Mapped(facts, flags=flags)


def split(document: Any, event: str) -> Sequence[Payload]:  # noqa: ARG001 - the contract's
    """One document as builds: a job with its `builds`, a list of builds, or one build."""
    if isinstance(document, list):
        return [Payload(item, "build") for item in document]
    builds = document.get("builds") if isinstance(document, Mapping) else None
    if not isinstance(builds, list):
        return [Payload(document, "build")]
    job = {key: document[key] for key in ("fullName", "_class") if key in document}
    return [Payload({"job": job, "build": item}, "build") for item in builds]
