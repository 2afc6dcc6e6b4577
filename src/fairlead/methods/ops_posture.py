"""What the files of a repository say of its operation: ownership, pins, runbooks, alerts, licence.

Input: the paths of a tree, and the texts of the few files that `wanted_paths` names; output: one
`Finding` per question. A finding is exact about the files; whether a practice is lived, files alone
cannot tell. An absent file is `False`; what could not be looked at is null.
Complexity: O(paths) with one match a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairlead.methods.code_owners import PLACES, CodeOwners

_DOCKERFILE = re.compile(r"(?:^|/)(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$|\.[Dd]ockerfile$")
_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE | re.MULTILINE)
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_VENDORED = re.compile(r"(?:^|/)(?:node_modules|vendor|third_party|\.venv|testdata|fixtures)/")
MAX_TEXTS = 200


@dataclass(frozen=True)
class Question:
    """One thing to look for: its id, its name, the pattern of its paths and why it matters."""

    id: str
    name: str
    pattern: re.Pattern[str]
    why: str


@dataclass(frozen=True)
class Finding:
    """The answer: whether such files are there, how many, and a few of them."""

    question: Question
    is_present: bool
    files_count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Pins:
    """Base images of Dockerfiles, and how many are pinned by digest."""

    images_count: int
    pinned_count: int
    unpinned: tuple[str, ...]


@dataclass(frozen=True)
class Ownership:
    """CODEOWNERS: where it stands, how many files it covers, how many owners it names."""

    path: str
    files_count: int
    owned_count: int
    owners_count: int


def _question(identifier: str, name: str, pattern: str, why: str) -> Question:
    return Question(identifier, name, re.compile(pattern, re.IGNORECASE), why)


QUESTIONS: tuple[Question, ...] = (
    _question(
        "infrastructure_as_code",
        "Infrastructure as code",
        r"\.(?:tf|tofu|bicep)$|\.tf\.json$|(?:^|/)Pulumi\.ya?ml$|(?:^|/)cdk\.json$|(?:^|/)Chart\.yaml$"
        r"|(?:^|/)kustomization\.ya?ml$|(?:^|/)(?:playbooks?|ansible)/.+\.ya?ml$|(?:^|/)helmfile\.ya?ml$"
        r"|(?:^|/)(?:template|cloudformation)[^/]*\.(?:ya?ml|json)$",
        "what is built by hand cannot be rebuilt",
    ),
    _question(
        "lockfiles",
        "Dependency lock files",
        r"(?:^|/)(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|uv\.lock|poetry\.lock"
        r"|Pipfile\.lock|pdm\.lock|pylock(?:\.\w+)?\.toml|requirements[\w.-]*\.lock|Cargo\.lock|go\.sum"
        r"|Gemfile\.lock|composer\.lock|gradle\.lockfile|packages\.lock\.json|mix\.lock"
        r"|\.terraform\.lock\.hcl|flake\.lock|conda-lock\.yml)$",
        "the same commit builds the same thing",
    ),
    _question(
        "dependency_updates",
        "Dependency updates (Dependabot, Renovate)",
        r"^\.github/dependabot\.ya?ml$|^(?:\.github/|\.gitlab/)?\.?renovate(?:rc)?(?:\.json5?)?$",
        "known holes are offered to be closed",
    ),
    _question(
        "runbooks",
        "Runbooks",
        r"(?:^|/)(?:runbooks?|playbooks?|oncall|on-call)(?:/.+)?\.(?:md|rst|adoc|txt)$"
        r"|(?:^|/)(?:runbooks?|oncall|on-call)/.+",
        "who is paged knows the first steps",
    ),
    _question(
        "alerts",
        "Alert rules",
        r"(?:^|/)(?:alerts?|alerting|alert[-_]?rules|prometheus[-_]?rules?|rules)(?:/.+)?\.ya?ml$"
        r"|\.(?:rules|alerts?)\.ya?ml$|(?:^|/)alertmanager\.ya?ml$",
        "failure is noticed by a machine before a user",
    ),
    _question(
        "slo",
        "SLO definitions",
        r"(?:^|/)(?:slos?|openslo|sloth|pyrra)(?:/.+)?\.ya?ml$|\.slo\.ya?ml$|(?:^|/)slo[-_][^/]+\.ya?ml$",
        "good enough is written down",
    ),
    _question(
        "security_policy",
        "SECURITY.md",
        r"^(?:\.github/|docs/|\.gitlab/)?SECURITY\.(?:md|rst|adoc|txt)$",
        "a finder knows where to report",
    ),
    _question(
        "licence",
        "Licence",
        r"^(?:LICEN[CS]E|COPYING|UNLICENSE)(?:[.-][\w.-]+)?$|^LICENSES/.+",
        "others know what they may do",
    ),
    _question(
        "catalog",
        "Catalog entry",
        r"(?:^|/)(?:catalog-info|backstage|opslevel|cortex|compass)\.ya?ml$",
        "the service has a known owner",
    ),
    _question(
        "changelog",
        "Changelog",
        r"^(?:docs/)?(?:CHANGELOG|CHANGES|HISTORY|NEWS)(?:\.\w+)?$|^changelog\.d/",
        "a release says what it changed",
    ),
)


def look_for(paths: Iterable[str]) -> list[Finding]:
    """Every question with its answer; vendored folders and test data are passed over."""
    own = [path for path in paths if not _VENDORED.search(path)]
    found = []
    for question in QUESTIONS:
        hits = [path for path in own if question.pattern.search(path)]
        shortest = sorted(hits, key=lambda path: (path.count("/"), path))[:3]
        found.append(Finding(question, bool(hits), len(hits), tuple(shortest)))
    return found


def is_dockerfile(path: str) -> bool:
    """Whether a path is a Dockerfile of the project itself."""
    return bool(_DOCKERFILE.search(path)) and not _VENDORED.search(path)


def wanted_paths(paths: Sequence[str]) -> list[str]:
    """The files whose text is needed: the CODEOWNERS file in force, and Dockerfiles."""
    owners = next((place for place in PLACES if place in set(paths)), None)
    dockerfiles = [path for path in paths if is_dockerfile(path)][:MAX_TEXTS]
    return [*([owners] if owners else []), *dockerfiles]


def image_pins(texts: Mapping[str, str]) -> Pins | None:
    """Base images of the Dockerfiles; own stages, `scratch` and variables are none."""
    images: list[str] = []
    for path, text in texts.items():
        if not is_dockerfile(path):
            continue
        stages: set[str] = set()
        for image, stage in _FROM.findall(text):
            if image.lower() not in stages and image != "scratch" and "$" not in image:
                images.append(image)
            stages.add(stage.lower())
    loose = [image for image in images if not _DIGEST.search(image)]
    if not images:
        return None
    return Pins(len(images), len(images) - len(loose), tuple(dict.fromkeys(loose)))


def ownership(paths: Sequence[str], texts: Mapping[str, str]) -> Ownership | None:
    """How much of the tree the CODEOWNERS file covers; None when there is none or it is unread."""
    place = next((place for place in PLACES if place in texts), None)
    if place is None:
        return None
    owners = CodeOwners.parse(texts[place])
    owned = sum(1 for path in paths if owners.owners_of(path))
    return Ownership(place, len(paths), owned, len(owners.owners))
