"""Properties of ranges, roles, paths and lead time, over drawn histories and instants."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.methods.change_links import CommitMarks, PullRequest, link_changes
from fairlead.methods.change_roles import ChangeRoles
from fairlead.methods.commit_graph import Commit, CommitGraph
from fairlead.methods.lead_time import STAGES, Instants, lead_time
from fairlead.methods.path_filter import path_matcher
from fairlead.methods.ranges import EMPTY, FIRST_DEPLOYMENT, ShippedRange, Step, ranges_of

START = datetime(2026, 3, 1, tzinfo=UTC)
MAYBE_INSTANT = st.none() | st.integers(-(10**12), 10**12).map(
    lambda micros: START + timedelta(microseconds=micros)
)


@st.composite
def histories(draw: st.DrawFn) -> CommitGraph:
    count = draw(st.integers(1, 14))
    commits = []
    for number in range(count):
        earlier = [f"c{other}" for other in range(number)] + ["missing"]
        parents = draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True))
        commits.append(Commit(f"c{number}", tuple(parents), START + timedelta(hours=number)))
    return CommitGraph.of(draw(st.permutations(commits)))


@st.composite
def timelines(draw: st.DrawFn) -> tuple[CommitGraph, list[Step], str]:
    graph = draw(histories())
    versions = st.sampled_from([*graph.shas, "unknown", None])
    drawn = draw(st.lists(st.tuples(versions, st.booleans()), max_size=12))
    steps = [
        Step(f"d{number:02}", START + timedelta(minutes=45 * number), sha, is_counted)
        for number, (sha, is_counted) in enumerate(drawn)
    ]
    baseline = draw(st.sampled_from([FIRST_DEPLOYMENT, EMPTY, "c0", "gone"]))
    return graph, steps, baseline


def reach(graph: CommitGraph, sha: str) -> set[int]:
    found: set[int] = set()
    waiting = {graph.index[sha]}
    while waiting:
        found |= waiting
        waiting = {parent for number in waiting for parent in graph.parents[number]} - found
    return found


def sides(found: ShippedRange) -> list[set[int]]:
    return [
        set(found.first), set(found.reshipped), set(found.removed), set(found.before_baseline),
        set(found.uncertain),
    ]  # fmt: skip


@pytest.mark.row("K02")
@settings(max_examples=300, deadline=None)
@given(timelines())
def test_known_ranges_are_differences_of_reachable_sets(
    drawn: tuple[CommitGraph, list[Step], str],
) -> None:
    graph, steps, baseline = drawn
    contained: set[int] = set()
    base: str | None = None
    for step, found in zip(steps, ranges_of(graph, steps, baseline), strict=True):
        parts = sides(found)
        assert sum(map(len, parts)) == len(set().union(*parts)), "a commit has one role"
        if step.commit_sha not in graph.index:
            assert found.cause in ("no_sha", "commit_unknown")
            base = None
            continue
        new = reach(graph, step.commit_sha or "")
        fresh = set(found.first) | set(found.uncertain)
        if not found.is_baseline:
            assert fresh == new - contained
            if base is not None and found.cause is None:
                old = reach(graph, base)
                assert fresh | set(found.reshipped) == new - old
                assert set(found.removed) == old - new
        if found.is_baseline and baseline == "c0":
            contained |= reach(graph, "c0")
        contained |= new
        base = step.commit_sha


@pytest.mark.row("K02")
@settings(max_examples=200, deadline=None)
@given(timelines(), st.integers(0, 12), st.randoms(use_true_random=False))
def test_recomputed_suffix_equals_the_rebuild(
    drawn: tuple[CommitGraph, list[Step], str], keep: int, rng: object
) -> None:
    graph, steps, baseline = drawn
    rebuilt = list(ranges_of(graph, steps, baseline))
    shuffled = steps.copy()
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert list(ranges_of(graph, shuffled, baseline)) == rebuilt
    since = START + timedelta(minutes=45 * keep)
    assert list(ranges_of(graph, shuffled, baseline, since)) == rebuilt[keep:]


@st.composite
def linked(draw: st.DrawFn) -> tuple[CommitGraph, list[CommitMarks], list[PullRequest]]:
    graph = draw(histories())
    shas = st.sampled_from([*graph.shas, "gone"])
    marks = [
        CommitMarks(
            subject=draw(st.sampled_from([None, "Fix (#1)", "Work"])),
            patch_id=draw(st.sampled_from([None, "p1", "p2", f"own{number}"])),
            reverts_sha=draw(st.none() | shas),
            cherry_picked_from_sha=draw(st.none() | shas),
        )
        for number in range(len(graph))
    ]
    requests = [
        PullRequest(
            f"pr:{number}",
            draw(st.sampled_from(["merged", "open"])),
            START + timedelta(hours=number),
            draw(st.none() | shas),
            draw(st.none() | shas),
            tuple(draw(st.lists(shas, max_size=3, unique=True))),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    return graph, marks, requests


@pytest.mark.row("K02")
@settings(max_examples=200, deadline=None)
@given(linked(), st.data())
def test_each_change_has_one_role_in_a_range_and_one_first_deployment(
    drawn: tuple[CommitGraph, list[CommitMarks], list[PullRequest]], data: st.DataObject
) -> None:
    graph, marks, requests = drawn
    links = link_changes(graph, marks, requests)
    for change, commits in enumerate(links.commits_of):
        assert all(links.change_of[commit] == change for commit in commits)
    versions = data.draw(st.lists(st.sampled_from(graph.shas), max_size=8))
    steps = [
        Step(f"d{number}", START + timedelta(days=number), sha)
        for number, sha in enumerate(versions)
    ]
    verdicts = bytearray(data.draw(st.lists(st.integers(0, 2), min_size=len(graph), max_size=20)))
    roles = ChangeRoles(graph, links, verdicts + bytearray(len(graph)))
    firsts: Counter[int] = Counter()
    for step, shipped in zip(steps, ranges_of(graph, steps, EMPTY), strict=True):
        found = roles.take(shipped, graph.index[step.commit_sha or ""])
        assert len({one.change for one in found}) == len(found)
        firsts.update(one.change for one in found if one.role == "first")
    assert all(count == 1 for count in firsts.values())


@settings(max_examples=200, deadline=None)
@given(linked(), st.randoms(use_true_random=False))
def test_links_do_not_depend_on_the_order_of_pull_requests(
    drawn: tuple[CommitGraph, list[CommitMarks], list[PullRequest]], rng: object
) -> None:
    graph, marks, requests = drawn
    shuffled = requests.copy()
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert link_changes(graph, marks, shuffled) == link_changes(graph, marks, requests)


@pytest.mark.row("K02")
@settings(max_examples=500, deadline=None)
@given(st.tuples(*[MAYBE_INSTANT] * 7), MAYBE_INSTANT.filter(bool))
def test_stages_add_up_to_the_lead_time(
    early: tuple[datetime | None, ...], deployed_at: datetime
) -> None:
    found = lead_time(Instants(*early, deployed_at))
    if early[0] is None or deployed_at < early[0]:
        assert found.lead_time_seconds is None
        assert not found.stage_seconds
        assert (found.excluded_reason == "negative_span") is (early[0] is not None)
        return
    assert tuple(found.stage_seconds) == STAGES
    assert all(seconds >= 0 for seconds in found.stage_seconds.values())
    assert sum(found.stage_seconds.values()) == found.lead_time_seconds
    assert found.lead_time_seconds == (deployed_at - early[0]) // timedelta(seconds=1)
    missing = {stage for stage, at in zip(STAGES, early[1:], strict=False) if at is None}
    assert missing <= set(found.unknown_stages)
    assert all(found.stage_seconds[stage] == 0 for stage in missing)


def test_stage_whose_instant_lies_before_an_earlier_one_is_unknown() -> None:
    hours = [0, 2, 1, 3, 4, 5, 9, 8]
    found = lead_time(Instants(*(START + timedelta(hours=hour) for hour in hours)))
    # Reviewed before opened, and started after the finish: both clamped, the total is 8 h.
    assert found.unknown_stages == ("pickup", "deploy")
    assert [found.stage_seconds[stage] // 3600 for stage in STAGES] == [2, 0, 1, 1, 1, 3, 0]


@pytest.mark.parametrize(
    ("glob", "path", "is_held"),
    [
        ("services/cart/**", "services/cart/a/b.py", True),
        ("services/cart/**", "services/cartoon/a.py", False),
        ("services/cart", "services/cart/a/b.py", True),
        ("services/cart/", "services/cart/a.py", True),
        ("services/*/api", "services/cart/api/v1.py", True),
        ("services/*", "services/cart/a.py", False),
        ("**/Dockerfile", "Dockerfile", True),
        ("**/Dockerfile", "deep/down/Dockerfile", True),
        ("a?.py", "ab.py", True),
        ("a?.py", "a/.py", False),
        ("a+b.py", "a+b.py", True),
        ("./go.mod", "go.mod", True),
    ],
)
def test_globs_hold_the_paths_that_they_name(glob: str, path: str, is_held: bool) -> None:
    assert path_matcher([glob])(path) is is_held
    assert path_matcher([])(path) is False
