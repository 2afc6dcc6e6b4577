"""Who or what started a build of Jenkins, and whether it repeats an earlier one.

A cause is known by its class; where a page gives no class, by the fields that only one cause has.
A class that is not known here leaves trigger and kind of re-run unknown: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_TRIGGERS = {
    "hudson.model.Cause$UserIdCause": "manual",
    "hudson.model.Cause$UserCause": "manual",
    "hudson.model.Cause$RemoteCause": "api",
    "hudson.model.Cause$UpstreamCause": "upstream",
    "org.jenkinsci.plugins.workflow.support.steps.build.BuildUpstreamCause": "upstream",
    "hudson.triggers.TimerTrigger$TimerTriggerCause": "schedule",
    "org.jenkinsci.plugins.parameterizedscheduler.ParameterizedTimerTriggerCause": "schedule",
    "hudson.triggers.SCMTrigger$SCMTriggerCause": "push",
    "com.cloudbees.jenkins.GitHubPushCause": "push",
    "com.dabsquared.gitlabjenkins.cause.GitLabWebHookCause": "push",
    "jenkins.branch.BranchEventCause": "push",
    "jenkins.branch.BranchIndexingCause": "push",
    "org.jenkinsci.plugins.gwt.GenericCause": "api",
}
# Human re-runs name the build that they repeat; a retry by plug-in is automatic.
_REPLAY = "org.jenkinsci.plugins.workflow.cps.replay.ReplayCause"
_REBUILD = "com.sonyericsson.rebuild.RebuildCause"
_RESTART = "org.jenkinsci.plugins.pipeline.modeldefinition.causes.RestartDeclarativePipelineCause"
_RETRY = "com.chikli.hudson.plugin.naginator.NaginatorCause"
_TIMEOUTS = ("$ExceededTimeout", "BuildTimeOutAction", "TimeoutStepExecution")


@dataclass(frozen=True, slots=True)
class Origin:
    """Trigger, person, kind of re-run, the build repeated and the upstream build, where known."""

    trigger: str | None
    user: str | None
    rerun_kind: str
    repeats_number: int | None
    upstream_ref: str | None


def origin_of(build: Mapping[str, Any]) -> Origin:
    """What the causes of a build say; the first known one names the trigger."""
    trigger = user = upstream = None
    rerun_kind, repeats, seen, unknown = "none", None, False, False
    for cause in causes(build):
        seen = True
        name = str(cause.get("_class") or "")
        kind = _repetition(name)
        user = user or cause.get("userId")
        if kind is not None:
            rerun_kind = kind
            repeats = cause.get("originalNumber") or cause.get("upstreamBuild") or repeats
            continue
        found = _TRIGGERS.get(name) or _by_fields(name, cause)
        unknown = unknown or found is None
        trigger = trigger or found
        if found == "upstream" and cause.get("upstreamProject"):
            upstream = f"{cause['upstreamProject']}#{cause.get('upstreamBuild')}"
    if rerun_kind == "none" and (unknown or not seen):
        rerun_kind = "unknown"
    number = int(repeats) if isinstance(repeats, int) and rerun_kind != "none" else None
    return Origin(trigger or ("manual" if number else None), user, rerun_kind, number, upstream)


def causes(build: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All causes in the actions of a build, one after the other."""
    for action in build.get("actions") or ():
        if isinstance(action, Mapping) and "Interrupted" not in str(action.get("_class")):
            yield from (item for item in action.get("causes") or () if isinstance(item, Mapping))


def is_timeout(build: Mapping[str, Any]) -> bool:
    """Whether an aborted build was ended by a time limit."""
    for action in build.get("actions") or ():
        if not isinstance(action, Mapping):
            continue
        names = [action.get("_class"), *(item.get("_class") for item in action.get("causes") or ())]
        if any(mark in str(name) for name in names for mark in _TIMEOUTS):
            return True
    return False


def _repetition(name: str) -> str | None:
    if name in (_REPLAY, _REBUILD, _RESTART):
        return "human"
    return "automatic" if name == _RETRY else None


def _by_fields(name: str, cause: Mapping[str, Any]) -> str | None:
    if name:
        return None
    if "upstreamBuild" in cause:
        return "upstream"
    return "manual" if "userId" in cause else None
