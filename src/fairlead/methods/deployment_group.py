"""Joins the fan-out of one version over production environments into one group, the counting unit.

Method:     walk counted deployments of one service by (finished_at, deployment_id); one joins the
            open group of its version unless its environment is in it already; placing a version
            closes every other group that holds this environment.
Inputs:     members of one service and mechanism: deployment id, environment, version, finish.
Outputs:    per member the group (the id of its first member) and the last finish of the group.
Complexity: O(n log n + n·e) for e environments.
Source:     delivery.md section 4.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from fairlead.methods.deployment_kind import Version


@dataclass(frozen=True, slots=True)
class Member:
    """One counted deployment."""

    deployment_id: str
    environment: str | None
    version: Version
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """The group of a member, and the instant at which the group was fully rolled out."""

    group_id: str
    fully_rolled_out_at: datetime


@dataclass
class _Group:
    version: Version
    members: list[Member] = field(default_factory=list)
    environments: set[str | None] = field(default_factory=set)

    def accepts(self, member: Member) -> bool:
        return member.environment not in self.environments and self.version.is_same(member.version)


def group_members(members: Iterable[Member]) -> dict[str, Membership]:
    """The group of every member, by deployment id."""
    groups: list[_Group] = []
    open_groups: list[_Group] = []
    for member in sorted(members, key=lambda item: (item.finished_at, item.deployment_id)):
        group = next((found for found in open_groups if found.accepts(member)), None)
        if group is None:
            group = _Group(member.version)
            groups.append(group)
        open_groups = [
            found
            for found in open_groups
            if found is not group and member.environment not in found.environments
        ]
        open_groups.append(group)
        group.members.append(member)
        group.environments.add(member.environment)
    return {
        member.deployment_id: _membership(group) for group in groups for member in group.members
    }


def _membership(group: _Group) -> Membership:
    return Membership(group.members[0].deployment_id, group.members[-1].finished_at)
