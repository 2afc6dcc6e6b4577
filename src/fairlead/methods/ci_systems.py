"""Read the pipeline files of five CI systems, each by the rules of its own format.

Input: the parsed file as plain values (Jenkins: its text); output: `PipelineFile`. Unknown keys are
passed over; a value of the wrong type counts as absent. Formats: GitHub Actions workflow syntax,
GitLab CI/CD YAML, Jenkins declarative and scripted pipelines, CircleCI 2.1, Buildkite steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fairlead.methods.ci_file import Permissions, PipelineFile, gates_in, with_references

_SHA = re.compile(r"@(?:[0-9a-f]{40}|[0-9a-f]{64})$")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_EXACT = re.compile(r"@\d+\.\d+\.\d+$")
_PLUGIN_SHA = re.compile(r"#[0-9a-f]{40}$")
_GITLAB_KEYWORDS = frozenset(
    {"after_script", "before_script", "cache", "default", "image", "include", "services", "spec"}
    | {"stages", "types", "variables", "workflow"}
)
_GITLAB_STAGES = (".pre", "build", "test", "deploy", ".post")
_COMMENT = re.compile(r"/\*|(?<!:)//")
_JENKINS_STAGE = re.compile(r"""\bstage\s*\(\s*(?:name\s*:\s*)?(['"])(.{1,200}?)\1""")
_JENKINS_INPUT = re.compile(r"""\binput\b\s*(?:\{|\(|message\b|(['"]))""")
_JENKINS_TIMEOUT = re.compile(r"\btimeout\s*\(")
_JENKINS_TOLERATED = re.compile(r"\bcatchError\b|\breturnStatus\s*:\s*true|\bunstable\s*\(")
_JENKINS_LIBRARY = re.compile(
    r"""@Library\s*\(\s*\[?([^)\]]{0,400})|\blibrary\s*\(?\s*['"]([^'"]+)['"]"""
)
_QUOTED = re.compile(r"""['"]([^'"]+)['"]""")
_JENKINS_IMAGE = re.compile(r"""\bimage\s*(?:\(|:)?\s*['"]([^'"]+)['"]""")


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: Any) -> Iterator[str]:
    """Every text below a value, without recursion."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack.extend([*item.values(), *item.keys()])
        elif isinstance(item, list):
            stack.extend(item)


def read_github_actions(found: PipelineFile, body: dict[str, Any]) -> PipelineFile:
    """A workflow: jobs are the stages; permissions at the top or on every job."""
    jobs = {name: _mapping(job) for name, job in _mapping(body.get("jobs")).items()}
    steps = [_mapping(step) for job in jobs.values() for step in _items(job.get("steps"))]
    uses = [row["uses"] for row in [*jobs.values(), *steps] if isinstance(row.get("uses"), str)]
    tolerated = [
        row for row in [*jobs.values(), *steps] if row.get("continue-on-error") not in (None, False)
    ]
    timed = [job for job in jobs.values() if "timeout-minutes" in job]
    commands = [step["run"] for step in steps if isinstance(step.get("run"), str)]
    named = with_references(
        found,
        [name for name in uses if not name.startswith("./")],
        lambda name: bool(_SHA.search(name) or _DIGEST.search(name)),
    )
    return replace(
        named,
        stages=tuple(jobs),
        jobs_count=len(jobs),
        gates=gates_in([*commands, *uses]),
        timed_jobs_count=len(timed),
        tolerated_count=len(tolerated),
        manual_steps=_github_manual_steps(body, uses),
        permissions=_github_permissions(body, list(jobs.values())),
    )


def _github_manual_steps(body: dict[str, Any], uses: list[str]) -> tuple[str, ...]:
    on = body.get("on")
    triggers = list(on) if isinstance(on, dict) else [str(item) for item in _items(on)]
    started = ("started by hand",) if triggers == ["workflow_dispatch"] else ()
    return started + tuple(name for name in uses if "manual-approval" in name)


def _github_permissions(body: dict[str, Any], jobs: list[dict[str, Any]]) -> Permissions:
    declared = [row["permissions"] for row in [body, *jobs] if "permissions" in row]
    if "write-all" in declared:
        return "write_all"
    if "permissions" in body or (jobs and all("permissions" in job for job in jobs)):
        return "restricted"
    return "partly" if declared else "unset"


def read_gitlab_ci(found: PipelineFile, body: dict[str, Any]) -> PipelineFile:
    """A GitLab file: jobs are the top-level mappings that are no keyword and not hidden."""
    jobs = {
        name: job
        for name, job in body.items()
        if isinstance(job, dict) and name not in _GITLAB_KEYWORDS and not name.startswith(".")
    }
    resolved = {name: _extended(body, job) for name, job in jobs.items()}
    default = _mapping(body.get("default"))
    includes = list(_gitlab_includes(body.get("include")))
    stages = [str(stage) for stage in _items(body.get("stages"))] or [
        stage
        for stage in _GITLAB_STAGES
        if any(str(job.get("stage", "test")) == stage for job in resolved.values())
    ]
    named = with_references(
        found,
        [*includes, *_gitlab_images(body, default, resolved)],
        lambda name: bool(_SHA.search(name) or _DIGEST.search(name) or _EXACT.search(name)),
    )
    return replace(
        named,
        stages=tuple(stages),
        jobs_count=len(jobs),
        gates=gates_in([*_texts(list(resolved.values())), *_texts(body.get("include"))]),
        timed_jobs_count=sum("timeout" in {**default, **job} for job in resolved.values()),
        tolerated_count=sum(
            job.get("allow_failure") not in (None, False) for job in resolved.values()
        ),
        manual_steps=tuple(name for name, job in resolved.items() if _is_gitlab_manual(job)),
    )


def _extended(body: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    """A job with what it inherits through `extends`, nearest first; loops end."""
    found, seen = dict(job), set[str]()
    waiting = [str(name) for name in reversed(_items(job.get("extends")))]
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        parent = _mapping(body.get(name))
        found = {**parent, **found}
        waiting += [str(item) for item in reversed(_items(parent.get("extends")))]
    return found


def _is_gitlab_manual(job: dict[str, Any]) -> bool:
    rules = [_mapping(rule) for rule in _items(job.get("rules"))]
    return "manual" in [job.get("when"), *(rule.get("when") for rule in rules)]


def _gitlab_includes(value: Any) -> Iterator[str]:
    for item in _items(value):
        row = (
            item if isinstance(item, dict) else {"remote" if "://" in str(item) else "local": item}
        )
        if "component" in row:
            yield str(row["component"])
        elif "project" in row:
            yield f"{row['project']}@{row.get('ref', 'HEAD')}"
        elif "remote" in row:
            yield str(row["remote"])


def _gitlab_images(
    body: dict[str, Any], default: dict[str, Any], jobs: dict[str, dict[str, Any]]
) -> Iterator[str]:
    for row in [body, default, *jobs.values()]:
        image = row.get("image")
        name = _mapping(image).get("name") if isinstance(image, dict) else image
        if isinstance(name, str) and "$" not in name:
            yield name


def read_circleci(found: PipelineFile, body: dict[str, Any]) -> PipelineFile:
    """A CircleCI file: workflows are the stages; an approval job is a manual step."""
    jobs = {name: _mapping(job) for name, job in _mapping(body.get("jobs")).items()}
    workflows = {
        name: flow
        for name, flow in _mapping(body.get("workflows")).items()
        if isinstance(flow, dict)
    }
    entries = [
        (name, _mapping(value))
        for flow in workflows.values()
        for entry in _items(flow.get("jobs"))
        for name, value in _mapping(entry).items()
    ]
    orbs = [orb for orb in _mapping(body.get("orbs")).values() if isinstance(orb, str)]
    images = [
        str(_mapping(image).get("image"))
        for job in jobs.values()
        for image in _items(job.get("docker"))
        if _mapping(image).get("image")
    ]
    named = with_references(
        found, [*orbs, *images], lambda name: bool(_EXACT.search(name) or _DIGEST.search(name))
    )
    return replace(
        named,
        stages=tuple(workflows),
        jobs_count=len(jobs),
        gates=gates_in([*_texts(list(jobs.values())), *_texts(body.get("commands")), *orbs]),
        timed_jobs_count=sum("no_output_timeout" in set(_texts(job)) for job in jobs.values()),
        manual_steps=tuple(name for name, value in entries if value.get("type") == "approval"),
    )


def read_buildkite(found: PipelineFile, body: dict[str, Any]) -> PipelineFile:
    """A Buildkite file: command steps are the jobs; block and input steps are manual."""
    jobs: list[dict[str, Any]] = []
    manual: list[str] = []
    stages: list[str] = []
    waiting = _items(body.get("steps"))[::-1]
    while waiting:
        step = waiting.pop()
        row = _mapping(step)
        kind = step if isinstance(step, str) else None
        if kind in ("block", "input") or "block" in row or "input" in row:
            manual.append(str(row.get("block") or row.get("input") or kind))
        elif "group" in row or ("steps" in row and "command" not in row):
            stages.append(str(row.get("group") or row.get("label") or "group"))
            waiting += _items(row.get("steps"))[::-1]
        elif any(key in row for key in ("command", "commands", "plugins", "trigger")):
            jobs.append(row)
            stages.append(str(row.get("label") or row.get("name") or row.get("key") or "step"))
    plugins = [name for job in jobs for name in _plugin_names(job.get("plugins"))]
    named = with_references(found, plugins, lambda name: bool(_PLUGIN_SHA.search(name)))
    return replace(
        named,
        stages=tuple(stages),
        jobs_count=len(jobs),
        gates=gates_in(_texts(jobs)),
        timed_jobs_count=sum("timeout_in_minutes" in job for job in jobs),
        tolerated_count=sum(job.get("soft_fail") not in (None, False) for job in jobs),
        manual_steps=tuple(manual),
    )


def _plugin_names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        return
    for item in _items(value):
        if isinstance(item, dict):
            yield from item
        elif isinstance(item, str):
            yield item


def read_jenkins(found: PipelineFile, text: str) -> PipelineFile:
    """A Jenkinsfile, read as text without its comments: it is a program, so this is the outline."""
    body = _without_comments(text)
    stages = [match[2] for match in _JENKINS_STAGE.finditer(body)]
    libraries = [
        name
        for match in _JENKINS_LIBRARY.finditer(body)
        for name in (_QUOTED.findall(match[1] or "") or ([match[2]] if match[2] else []))
    ]
    images = [name for name in _JENKINS_IMAGE.findall(body) if "$" not in name]
    named = with_references(
        found,
        [*libraries, *images],
        lambda name: bool(_SHA.search(name) or _DIGEST.search(name)),
    )
    timeouts = len(_JENKINS_TIMEOUT.findall(body))
    return replace(
        named,
        stages=tuple(stages),
        jobs_count=len(stages),
        gates=gates_in([body]),
        timed_jobs_count=min(timeouts, len(stages)),
        tolerated_count=len(_JENKINS_TOLERATED.findall(body)),
        manual_steps=tuple("input" for _ in _JENKINS_INPUT.finditer(body)),
    )


def _without_comments(text: str) -> str:
    found, at = [], 0
    while match := _COMMENT.search(text, at):
        found.append(text[at : match.start()])
        mark = "*/" if match[0] == "/*" else "\n"
        end = text.find(mark, match.end())
        if end < 0:
            return " ".join(found)
        at = end + (2 if mark == "*/" else 0)
    return " ".join([*found, text[at:]])
