"""Find a git repository (folder, bare folder, linked work tree, bundle file) and list its refs."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fairlead.ingest.git_command import Deadline, Git, GitError, made_view
from fairlead.kernel.diagnostic import DiagnosticError, fail

WALKED = ("refs/heads/", "refs/remotes/", "refs/tags/")
_SHALLOW_LIMIT_BYTES = 16 << 20
_HEADER_LIMIT = 1_000_000
_BUNDLE_MAGIC = (b"# v2 git bundle\n", b"# v3 git bundle\n")
_SCP_FORM = re.compile(r"^(?:[^/@]+@)?([^/:]+):(?!//)(.+)$")
_SHA = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")


@dataclass(frozen=True)
class Location:
    """A repository that was found: a view to read it by, its refs, and what kind it is.

    `head_ref` is the full name of the branch that HEAD names, None when HEAD is detached.
    """

    root: Path
    repo_id: str
    view: Git
    refs: Mapping[str, str]
    head_ref: str | None
    head_sha: str | None
    origin_host: str | None
    origin_head: str | None
    kind: str
    is_shallow: bool
    is_partial: bool


@contextmanager
def located(path: Path, seconds: float) -> Iterator[Location]:
    """The repository at a path, for as long as the context lasts; FL3112, FL3115 or FL3116."""
    deadline = Deadline(seconds)
    root = _existing(path)
    try:
        if root.is_file():
            with _bundle(root, deadline) as found:
                yield found
        else:
            with _folder(root, deadline) as found:
                yield found
    except GitError as error:
        raise unreadable(path, error.message) from None


def unreadable(path: Path, why: str) -> DiagnosticError:
    """FL3115 with git's own reason."""
    return fail(
        "FL3115",
        f"`{path}` cannot be read as a git repository: {why}",
        notes=["readable: a work tree, a bare repository, a bundle file"],
        help="clone it anew, or give the folder that holds `.git`",
    )


def _existing(path: Path) -> Path:
    try:
        path.stat()
        return path.resolve()
    except (OSError, RuntimeError) as error:
        if isinstance(error, RuntimeError) or error.errno == errno.ELOOP:
            raise fail("FL3116", f"`{path}` is a symbolic link that loops") from None
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise fail(
                "FL3112", f"there is no `{path}`", help="give the path of a repository or bundle"
            ) from None
        raise unreadable(path, (error.strerror or str(error)).lower()) from None


@contextmanager
def _folder(root: Path, deadline: Deadline) -> Iterator[Location]:
    original = Git(root, deadline, is_view=False)
    words = ("--absolute-git-dir", "--git-common-dir", "--git-path", "objects")
    answer = original.run("rev-parse", *words, "--show-object-format", "--is-bare-repository")
    lines = answer.decode("utf-8", "surrogateescape").rstrip("\n").split("\n")
    if len(lines) != 5:
        raise unreadable(root, "its path holds a line break")
    common, objects = (root / line for line in lines[1:3])
    refs, symbolic = _listed_refs(original)
    head_ref = original.run("symbolic-ref", "-q", "HEAD", is_failure_ok=True).decode().strip()
    head_sha = original.run("rev-parse", "-q", "--verify", "HEAD", is_failure_ok=True)
    head = head_sha.decode().strip() or None
    url = original.run(
        *("config", "--file", str(common / "config"), "--no-includes"),
        *("--get", "remote.origin.url"),
        is_failure_ok=True,
    )
    origin = url.decode("utf-8", "replace").strip()
    with made_view(lines[3], head) as folder:
        is_shallow = _copy_shallow(common / "shallow", folder / "shallow")
        yield Location(
            root=root,
            repo_id=derive_repo_id(origin, _folder_name(root, Path(lines[0]))),
            view=Git(folder, deadline, objects.resolve()),
            refs=refs,
            head_ref=head_ref or None,
            head_sha=head,
            origin_host=_host_and_path(origin)[0],
            origin_head=symbolic.get("refs/remotes/origin/HEAD"),
            kind="bare repository" if lines[4] == "true" else "work tree",
            is_shallow=is_shallow,
            is_partial=any(objects.glob("pack/*.promisor")),
        )


def _listed_refs(git: Git) -> tuple[dict[str, str], dict[str, str]]:
    answer = git.run("for-each-ref", "--format=%(objectname) %(refname) %(symref)", *WALKED)
    refs: dict[str, str] = {}
    symbolic: dict[str, str] = {}
    for line in answer.decode("utf-8", "surrogateescape").splitlines():
        sha, name, target = line.split(" ", 2)
        if target:
            symbolic[name] = target
        elif _SHA.match(sha):
            refs[name] = sha
    return refs, symbolic


def _copy_shallow(source: Path, target: Path) -> bool:
    try:
        if source.is_symlink() or source.stat().st_size > _SHALLOW_LIMIT_BYTES:
            return False
        lines = source.read_text("ascii", "replace").split("\n")
    except OSError:
        return False
    shas = [line for line in lines if _SHA.match(line)]
    target.write_text("".join(f"{sha}\n" for sha in shas))
    return bool(shas)


@contextmanager
def _bundle(file: Path, deadline: Deadline) -> Iterator[Location]:
    header = _bundle_header(file)
    if any(line.startswith(b"-") for line in header):
        raise unreadable(file, "the bundle builds on commits that are not in it")
    is_sha256 = b"@object-format=sha256" in header
    with made_view("sha256" if is_sha256 else "sha1", None) as folder:
        view = Git(folder, deadline)
        answer = view.run("bundle", "unbundle", str(file))
        listed = [line.split(" ", 1) for line in answer.decode("utf-8", "replace").splitlines()]
        refs = {name: sha for sha, name in listed if name.startswith(WALKED)}
        head = next((sha for sha, name in listed if name == "HEAD"), None)
        named = [name for name, sha in refs.items() if sha == head and "/heads/" in name]
        (folder / "HEAD").write_text(f"{head or next(iter(refs.values()), '0' * 40)}\n")
        yield Location(
            root=file,
            repo_id=derive_repo_id("", file.stem),
            view=view,
            refs=refs,
            head_ref=named[0] if len(named) == 1 else None,
            head_sha=head,
            origin_host=None,
            origin_head=None,
            kind="bundle",
            is_shallow=False,
            is_partial=any((folder / "objects/pack").glob("*.promisor")),
        )


def _bundle_header(file: Path) -> list[bytes]:
    """The lines before a bundle's pack: capabilities, commits that it needs, refs."""
    with file.open("rb") as stream:
        if stream.readline(64) not in _BUNDLE_MAGIC:
            raise unreadable(file, "the file is no bundle")
        lines: list[bytes] = []
        while (line := stream.readline(4_096).rstrip(b"\n")) and len(lines) < _HEADER_LIMIT:
            lines.append(line)
        return lines


def derive_repo_id(origin_url: str, folder_name: str) -> str:
    """Owner and name in the origin's URL (`acme/shop`), else the folder's name.

    The path of a URL with a host is kept whole, since GitLab groups nest; credentials in it, a
    trailing `.git` and the host are left out.
    """
    path = _host_and_path(origin_url)[1].strip("/").removesuffix(".git").strip("/")
    return path or folder_name.removesuffix(".git") or "repository"


def _host_and_path(url: str) -> tuple[str | None, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None, ""
    if parts.scheme and parts.scheme != "file" and parts.hostname:
        return parts.hostname, parts.path
    match = _SCP_FORM.match(url)
    if match and not parts.scheme.startswith("file") and "\\" not in url:
        return match[1], match[2]
    return None, ""


def _folder_name(root: Path, git_folder: Path) -> str:
    if git_folder.name == ".git":
        return git_folder.parent.name
    return root.name if git_folder != root else git_folder.name
