"""Releases, lead time, stability and branches of a repository as labelled figures.

Formulas: delivery.md 4.32, through `release_attribution` and `branch_health`; medians and quantiles
by S2 (linear), shares with their Wilson interval (S3). Input: `RepositoryEvidence`; output: one
`Section` each. Complexity: O(commits log commits).
"""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.methods.branch_health import branch_states, integrations, numbered_count
from fairlead.methods.intervals import wilson
from fairlead.methods.repository_evidence import RepositoryEvidence
from fairlead.methods.repository_report import Figure, Section, absent, ratio, statistic

DAY = 86_400
STALE_DAYS = 30
LEAST_DAYS = 7
NO_TAGS = "no release tag; give your pattern with `--tag-pattern`"
DEPLOYMENTS = "deployments (GitHub, GitLab, Argo CD or a `production` rule for tags)"
INCIDENTS = "incidents (PagerDuty, Opsgenie, Jira)"
REVIEWS = "pull requests (GitHub, GitLab)"


def releases_section(evidence: RepositoryEvidence) -> Section:
    """How often releases are made, how large they are, and what still waits."""
    attribution, first = evidence.attribution, evidence.first_release
    releases = attribution.releases[first:]
    reason = _no_releases(evidence)
    gaps = attribution.gap_seconds()[max(first - 1, 0) :]
    sizes = attribution.commit_counts[first:]
    figures = [
        _frequency(evidence),
        Figure(
            "releases_count",
            "Releases",
            len(releases) if attribution.releases else None,
            "count",
            "exact",
            f"tags that match `{evidence.pattern.pattern}`; "
            f"{evidence.prereleases_count} pre-releases stay out",
            reason=reason if not attribution.releases else None,
        ),
        statistic(
            "release_gap",
            "Time between releases (median)",
            gaps,
            "seconds",
            "proxy",
            "from one release to the next, whichever line it belongs to",
            empty_reason=reason or "only one release",
        ),
        statistic(
            "release_size",
            "Commits in a release (median)",
            sizes,
            "count",
            "exact",
            "commits that no earlier release contains",
            empty_reason=reason or "no release",
        ),
        *_waiting(evidence, reason),
    ]
    return Section("releases", "Releases", figures)


def _no_releases(evidence: RepositoryEvidence) -> str | None:
    if not evidence.history.commits:
        return "no commits"
    if not evidence.attribution.releases:
        return NO_TAGS
    if evidence.first_release >= len(evidence.attribution.releases):
        return "no release since then"
    return None


def _frequency(evidence: RepositoryEvidence) -> Figure:
    name = "Release frequency"
    if not evidence.attribution.releases or evidence.span is None:
        why = _no_releases(evidence) or "no dated commit"
        text = "releases a week; stands for deployment frequency"
        return absent("release_frequency", name, "per_week", "proxy", why, text, DEPLOYMENTS)
    count = len(evidence.attribution.releases) - evidence.first_release
    start = evidence.span[0] if evidence.since_epoch is None else evidence.since_epoch
    days = (evidence.as_of_epoch - start) / DAY
    since = "the first commit" if evidence.since_epoch is None else "`--since`"
    text = f"{count} in {days:.1f} days since {since}; stands for deployment frequency"
    if days < LEAST_DAYS:
        why = f"the period is shorter than {LEAST_DAYS} days"
        return absent("release_frequency", name, "per_week", "proxy", why, text)
    return Figure("release_frequency", name, count / days * 7, "per_week", "proxy", text, count)


def _waiting(evidence: RepositoryEvidence, reason: str | None) -> list[Figure]:
    name, oldest = "Unreleased commits", "Oldest unreleased commit"
    if not evidence.attribution.releases or evidence.tip is None:
        why = reason or "no default branch"
        text = "commits of the default branch in no release"
        return [absent("unreleased_count", name, "count", "exact", why, text)]
    waiting = evidence.attribution.unreleased(evidence.tip)
    rows = [evidence.history.commits[index].authored_epoch for index in waiting]
    ages = [evidence.as_of_epoch - row for row in rows if row is not None]
    text = "commits of the default branch that no release contains"
    found = [Figure("unreleased_count", name, len(waiting), "count", "exact", text)]
    if ages:
        aged = "age of the oldest of them, by its author instant"
        found.append(
            Figure("unreleased_age", oldest, max(ages), "seconds", "exact", aged, len(ages))
        )
    return found


def lead_time_section(evidence: RepositoryEvidence) -> Section:
    """From author to release, and from side branch to merge."""
    first = evidence.first_release
    spans, negative = evidence.attribution.lead_seconds(since_release=first)
    reason = _no_releases(evidence) or "no released commit with an author instant"
    text = f"author instant to the first release with the commit; {len(negative)} negative ones out"
    lead = [
        statistic(
            f"lead_time_to_release{suffix}",
            f"Lead time to release ({label})",
            spans,
            "seconds",
            "proxy",
            text,
            share=share,
            empty_reason=reason,
            connect=DEPLOYMENTS,
        )
        for suffix, label, share in (
            ("", "median", 0.5),
            ("_p75", "p75", 0.75),
            ("_p90", "p90", 0.9),
        )
    ]
    later, _ = evidence.attribution.lead_seconds(since_release=max(first, 1))
    without = statistic(
        "lead_time_without_first_release",
        "Without the first release (median)",
        later,
        "seconds",
        "proxy",
        "the first release carries all that was there before releases began",
        empty_reason=_no_releases(evidence) or "only one release",
    )
    return Section(
        "lead_time", "Lead time", [*lead, without, *_integration(evidence), *_size(evidence)]
    )


def _integration(evidence: RepositoryEvidence) -> list[Figure]:
    name = "Time on a side branch (median)"
    text = "first commit of a side branch to its merge into the default branch"
    if evidence.default is None:
        return [absent("integration_time", name, "seconds", "proxy", "no default branch", text)]
    since = evidence.since_epoch
    merged = {row.sha for row in evidence.commits} if since is not None else None
    rows = integrations(evidence.history, evidence.default)
    chosen = [row for row in rows if merged is None or row.merge_sha in merged]
    waits = [
        row.waited_seconds
        for row in chosen
        if row.waited_seconds is not None and row.waited_seconds >= 0
    ]
    squashed = numbered_count(evidence.history, evidence.default)
    if squashed:
        text += f"; {squashed} squashed changes give their number only"
    return [
        statistic(
            "integration_time",
            name,
            waits,
            "seconds",
            "proxy",
            text,
            empty_reason="no merge commits on the default branch",
            connect=REVIEWS if squashed else None,
        )
    ]


def _size(evidence: RepositoryEvidence) -> list[Figure]:
    name, text = "Lines in a commit (median)", "added + deleted lines, merges left out"
    if evidence.churn is None:
        why = "line counts were not read"
        return [absent("commit_size", name, "lines", "exact", why, text)]
    churn = evidence.churn
    rows = [churn[row.sha] for row in evidence.commits if row.sha in churn]
    lines = [row.added_count + row.deleted_count for row in rows]
    files = [row.files_count for row in rows]
    return [
        statistic("commit_size", name, lines, "lines", "exact", text, empty_reason="no commits"),
        statistic(
            "commit_files",
            "Files in a commit (median)",
            files,
            "files",
            "exact",
            "paths that a commit touches, merges left out",
            empty_reason="no commits",
        ),
    ]


def stability_section(evidence: RepositoryEvidence) -> Section:
    """Failed releases and the way back, as far as reverts and patch releases tell."""
    first = evidence.first_release
    count = len(evidence.attribution.releases) - first
    failures = [row for row in evidence.attribution.failures() if row.release >= first]
    reason = _no_releases(evidence) or "no release"
    spans = [row.recovery_seconds for row in failures if row.recovery_seconds is not None]
    reverted = [row for row in failures if row.by_revert]
    patched = sum(1 for row in failures if row.by_patch)
    share = ratio(
        "change_failure_proxy",
        "Releases with a failure",
        len(failures),
        count,
        "proxy",
        f"{len(reverted)} hold a commit that was reverted later, {patched} were followed by a "
        "patch release of the same minor within 7 days",
        empty_reason=reason,
        interval=wilson,
    )
    recovery = statistic(
        "recovery_proxy",
        "Failed release to release of the revert (median)",
        spans,
        "seconds",
        "proxy",
        f"{len(reverted) - len(spans)} reverts are not released yet",
        empty_reason=_no_releases(evidence) or "no failed release with a released revert",
        connect=INCIDENTS,
    )
    return Section("stability", "Stability proxies", [share, recovery])


def branches_section(evidence: RepositoryEvidence) -> Section:
    """How many branches there are, how old and how far away."""
    if evidence.default is None or evidence.tip is None:
        text = "branches besides the default branch"
        missing = absent("branches_count", "Branches", "count", "exact", "no default branch", text)
        return Section("branches", "Branches", [missing])
    states = branch_states(evidence.history, evidence.branches, evidence.default)
    open_ones = [state for state in states if not state.is_merged]
    ages = [evidence.as_of_epoch - row.tip_epoch for row in open_ones if row.tip_epoch is not None]
    behind = [state.behind_count for state in open_ones if state.behind_count is not None]
    merged = len(states) - len(open_ones)
    stale = sum(1 for age in ages if age > STALE_DAYS * DAY)
    default = evidence.default.name
    return Section(
        "branches",
        "Branches",
        [
            _count("branches_count", "Branches", len(states), f"besides `{default}`"),
            _count("merged_branches", "Merged, not deleted", merged, f"all is in `{default}`"),
            _count("stale_branches", "Stale", stale, f"unmerged, no commit for {STALE_DAYS} days"),
            _spread("branch_age", "Age of unmerged branches (median)", ages, "seconds"),
            _spread("branch_ahead", "Commits ahead (median)", [s.ahead_count for s in open_ones]),
            _spread("branch_behind", "Commits behind (median)", behind),
        ],
    )


def _count(figure_id: str, name: str, value: int, text: str) -> Figure:
    return Figure(figure_id, name, value, "count", "exact", text)


def _spread(figure_id: str, name: str, values: Sequence[int], unit: str = "count") -> Figure:
    return statistic(
        figure_id,
        name,
        values,
        "seconds" if unit == "seconds" else "count",
        "exact",
        "since the last commit" if unit == "seconds" else "against the default branch",
        empty_reason="no unmerged branch",
    )
