"""Pipeline, operation and ownership of a repository as labelled figures, from its files alone.

Input: `RepositoryEvidence` and the parsed pipeline files; output: one `Section` each. What files
cannot tell (runs, reviews, approvals, incidents) stands in the last section with the tool that
would tell it. Figures about people need five of them (S12) and never name anyone.
Complexity: O(files + commits).
"""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.methods.ci_file import PipelineFile
from fairlead.methods.ci_posture import SYSTEM_NAMES
from fairlead.methods.ops_posture import Finding, image_pins, look_for, ownership
from fairlead.methods.repository_evidence import RepositoryEvidence
from fairlead.methods.repository_report import Figure, Section, Unit, absent, ratio

PEOPLE_MINIMUM = 5
ACTIVE_DAYS = 90
_REVIEW_TRAILERS = frozenset({"reviewed-by", "acked-by", "approved-by"})
_FORGES = {"github.com": "GitHub", "gitlab.com": "GitLab"}
_CI_CONNECTORS = {
    "github_actions": "GitHub",
    "gitlab_ci": "GitLab",
    "jenkins": "Jenkins",
    "circleci": "CircleCI",
    "buildkite": "Buildkite",
}


def pipeline_section(evidence: RepositoryEvidence, files: Sequence[PipelineFile]) -> Section:
    """What the pipeline files promise; whether it happens, runs alone tell."""
    if evidence.paths is None or not files:
        why = "the files are not in this clone" if evidence.paths is None else "no pipeline file"
        text = "GitHub Actions, GitLab CI, Jenkins, CircleCI and Buildkite are known"
        missing = absent("pipeline_files", "Pipeline files", "text", "exact", why, text)
        return Section("pipeline", "Pipeline posture", [missing])
    read = [row for row in files if row.problem is None]
    jobs = sum(row.jobs_count for row in read)
    manual = [step for row in read for step in row.manual_steps]
    tolerated = sum(row.tolerated_count for row in read)
    loose = list(dict.fromkeys(name for row in read for name in row.unpinned))
    figures = [
        Figure(
            "pipeline_files",
            "Pipeline files",
            ", ".join(_by_system(files)),
            "text",
            "exact",
            _problems(files),
            n=len(files),
        ),
        *(_gate(gate, read) for gate in ("test", "lint", "scan")),
        ratio(
            "pinned_references",
            "Pinned actions, images and includes",
            sum(row.pinned_count for row in read),
            sum(row.references_count for row in read),
            "exact",
            f"not pinned: {_few(loose)}" if loose else "none can change under you",
            empty_reason="nothing is fetched",
        ),
        ratio(
            "timed_jobs",
            "Jobs with a time limit",
            sum(row.timed_jobs_count for row in read),
            jobs,
            "exact",
            "a hanging job without one holds its runner for hours",
            empty_reason="no jobs",
        ),
        _plain("manual_steps", "Manual steps", len(manual), _few(manual) or "none in the files"),
        _plain("tolerated_failures", "Jobs and steps that may fail", tolerated, "and stay green"),
        *_permissions(read),
    ]
    return Section("pipeline", "Pipeline posture", figures)


def _by_system(files: Sequence[PipelineFile]) -> list[str]:
    systems = dict.fromkeys(row.system for row in files)
    return [f"{SYSTEM_NAMES[name]} {sum(row.system == name for row in files)}" for name in systems]


def _problems(files: Sequence[PipelineFile]) -> str:
    broken = [f"{row.path} ({row.problem})" for row in files if row.problem]
    if broken:
        return f"cannot be read: {_few(broken)}"
    return f"stages: {_few([stage for row in files for stage in row.stages]) or 'none'}"


def _gate(gate: str, read: Sequence[PipelineFile]) -> Figure:
    name = {"test": "Runs tests", "lint": "Runs a linter", "scan": "Runs a security scan"}[gate]
    hits = [row.path for row in read if gate in row.gates]
    text = f"in {_few(hits)}" if hits else "no known tool is named in the pipeline files"
    if not read:
        why = "no pipeline file can be read"
        return absent(f"gate_{gate}", name, "yes_no", "proxy", why, text)
    return Figure(f"gate_{gate}", name, bool(hits), "yes_no", "proxy", text, n=len(read))


def _permissions(read: Sequence[PipelineFile]) -> list[Figure]:
    rows = [row for row in read if row.permissions is not None]
    if not rows:
        return []
    loose = [f"{row.path} ({row.permissions})" for row in rows if row.permissions != "restricted"]
    return [
        ratio(
            "restricted_permissions",
            "Workflows with restricted permissions",
            len(rows) - len(loose),
            len(rows),
            "exact",
            f"not: {_few(loose)}" if loose else "every workflow declares them",
            empty_reason="no workflow",
        )
    ]


def ops_section(evidence: RepositoryEvidence) -> Section:
    """What the files hold for those who run the software."""
    if evidence.paths is None:
        text = "runbooks, lock files, alerts and the like"
        why = "the files are not in this clone"
        missing = absent("ops_files", "Files of operation", "yes_no", "exact", why, text)
        return Section("ops", "Ops posture", [missing])
    pins = image_pins(evidence.texts)
    name = "Base images pinned by digest"
    pinned = ratio(
        "pinned_images",
        name,
        pins.pinned_count if pins else 0,
        pins.images_count if pins else 0,
        "exact",
        f"not pinned: {_few(pins.unpinned)}" if pins and pins.unpinned else "of Dockerfiles",
        empty_reason="no Dockerfile",
    )
    answers = [_answer(finding) for finding in look_for(evidence.paths)]
    return Section("ops", "Ops posture", [*answers, pinned])


def _answer(finding: Finding) -> Figure:
    question = finding.question
    text = _few(finding.examples, finding.files_count) if finding.is_present else question.why
    return Figure(
        question.id, question.name, finding.is_present, "yes_no", "exact", text, finding.files_count
    )


def ownership_section(evidence: RepositoryEvidence) -> Section:
    """Whether files have owners, and on how many people the repository rests."""
    figures = []
    owners = ownership(evidence.paths or (), evidence.texts)
    if owners is None:
        why = "the files are not in this clone" if evidence.paths is None else "no CODEOWNERS file"
        text = "share of files with an owner"
        figures.append(absent("owned_files", "Files with an owner", "ratio", "exact", why, text))
    else:
        text = f"{owners.path} names {owners.owners_count} owners; the last rule that matches wins"
        figures.append(
            ratio(
                "owned_files",
                "Files with an owner",
                owners.owned_count,
                owners.files_count,
                "exact",
                text,
                empty_reason="no files",
            )
        )
    figures += [_authors(evidence), _reviewed(evidence)]
    return Section("ownership", "Ownership", figures)


def _authors(evidence: RepositoryEvidence) -> Figure:
    since = evidence.as_of_epoch - ACTIVE_DAYS * 86_400
    people = {
        row.author_email
        for row in evidence.history.commits
        if row.authored_epoch is not None
        and row.authored_epoch >= since
        and "[bot]" not in row.author_name
    }
    name = f"Authors in the last {ACTIVE_DAYS} days"
    text = "after the mailmap, without bots; a count, never a ranking"
    if 0 < len(people) < PEOPLE_MINIMUM:
        why = f"fewer than {PEOPLE_MINIMUM}"
        return absent("active_authors", name, "count", "exact", why, text)
    return Figure("active_authors", name, len(people), "count", "exact", text)


def _reviewed(evidence: RepositoryEvidence) -> Figure:
    rows = [row for row in evidence.commits if len(row.parents) < 2]
    hits = sum(1 for row in rows if any(key.lower() in _REVIEW_TRAILERS for key, _ in row.trailers))
    name, text = "Commits with a review trailer", "Reviewed-by, Acked-by or Approved-by"
    if hits == 0:
        why = "no commit has one; reviews live elsewhere"
        return absent(
            "review_trailers", name, "ratio", "proxy", why, text, _forge(evidence.origin_host)
        )
    return ratio("review_trailers", name, hits, len(rows), "proxy", text, empty_reason="no commits")


def _forge(host: str | None) -> str:
    return _FORGES.get(host or "", "GitHub or GitLab")


def connect_section(evidence: RepositoryEvidence, files: Sequence[PipelineFile]) -> Section:
    """What git cannot know, and which connection would tell it."""
    forge = _forge(evidence.origin_host)
    systems = dict.fromkeys(_CI_CONNECTORS[row.system] for row in files)
    ci = ", ".join(systems) or "GitHub, GitLab, Jenkins, CircleCI or Buildkite"
    rows: list[tuple[str, str, Unit, str]] = [
        ("pipeline_success_rate", "Pipeline success rate", "ratio", ci),
        ("build_test_duration", "Build and test duration, queue time", "seconds", ci),
        ("pickup_and_review_time", "Pickup and review time, reviews, approvals", "seconds", forge),
        ("deployment_frequency", "Deployment frequency", "per_week", f"{forge} or Argo CD"),
        ("lead_time_for_changes", "Lead time to production", "seconds", f"{forge} or Argo CD"),
        ("change_failure_rate", "Change failure rate", "ratio", "PagerDuty, Opsgenie or Jira"),
        ("time_to_restore", "Time to restore", "seconds", "PagerDuty, Opsgenie or Jira"),
        ("alert_noise", "Alert noise", "ratio", "Alertmanager, PagerDuty or Opsgenie"),
    ]
    text = "git does not record it"
    figures = [
        absent(figure_id, name, unit, "exact", "not in git", text, connect)
        for figure_id, name, unit, connect in rows
    ]
    return Section("connect", "Connect to unlock", figures)


def _plain(figure_id: str, name: str, value: int, text: str) -> Figure:
    return Figure(figure_id, name, value, "count", "exact", text)


def _few(names: Sequence[str], count: int | None = None) -> str:
    """The first three names and how many more there are."""
    total = len(names) if count is None else count
    shown = ", ".join(names[:3])
    return f"{shown} and {total - 3} more" if total > 3 else shown
