"""Read git's raw objects and plumbing output as records: commits, tags, paths with line counts.

Input is what `git cat-file --batch`, `git diff-tree -z --numstat` and `git ls-tree -z` print, as
bytes; nothing here runs git. Text is decoded by the commit's own encoding header, else UTF-8, and
what does not fit is shown as a replacement. A path keeps its bytes apart: those that are not UTF-8
are written as `\\xNN`, which keeps odd paths apart.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import IO

from fairlead.connectors.git.mailmap import Mailmap
from fairlead.methods.repository_history import CommitRecord, FileChange

_REVERTS = re.compile(r"[Tt]his reverts commit ([0-9a-f]{7,64})")
_PICKED = re.compile(r"\(cherry picked from commit ([0-9a-f]{7,64})\)")
_TRAILER = re.compile(r"^([A-Za-z0-9][A-Za-z0-9-]*) ?: ?(.*)$")
_MADE_BY_GIT = re.compile(r"^(?:Signed-off-by: |\(cherry picked from commit )")
_LINE_BYTES = 512
_EARLIEST, _LATEST = 86_400, 7_258_118_400
SAFE_ENCODINGS = frozenset(
    {"utf-8", "ascii", "iso8859-1", "iso8859-2", "iso8859-15", "cp1251", "cp1252", "koi8-r"}
    | {"euc_jp", "shift_jis", "euc_kr", "gb2312", "gbk", "gb18030", "big5"}
)


def decode_path(raw: bytes) -> str:
    """A path as text; bytes that are not UTF-8 stand as `\\xNN`."""
    return raw.decode("utf-8", "backslashreplace")


def parse_commit(sha: str, raw: bytes, mailmap: Mailmap | None = None) -> CommitRecord:
    """One raw commit object as a record; a damaged header leaves its fields empty or null."""
    header, _, message = raw.partition(b"\n\n")
    parents: list[str] = []
    author: tuple[str, str, int | None] = ("", "", None)
    committer = author
    encoding, is_signed = "utf-8", False
    for line in header.split(b"\n"):
        if line.startswith(b"parent "):
            parents.append(line[7:].decode("ascii", "replace"))
        elif line.startswith(b"author "):
            author = _identity(line[7:])
        elif line.startswith(b"committer "):
            committer = _identity(line[10:])
        elif line.startswith(b"encoding "):
            encoding = _encoding(line[9:])
        elif line.startswith(b"gpgsig"):
            is_signed = True
    body = message.decode(encoding, "replace")
    subject, rest = _subject_and_rest(body)
    name, email = _mapped(author, mailmap)
    picked = _PICKED.findall(rest) if rest else None
    return CommitRecord(
        sha=sha,
        parents=tuple(parents),
        authored_epoch=author[2],
        committed_epoch=committer[2],
        author_name=name,
        author_email=email,
        committer_email=_mapped(committer, mailmap)[1],
        subject=subject,
        reverts_shas=tuple(dict.fromkeys(_REVERTS.findall(rest))) if rest else (),
        cherry_picked_from_sha=picked[-1] if picked else None,
        trailers=parse_trailers(rest) if rest else (),
        is_signed=is_signed,
    )


def _subject_and_rest(body: str) -> tuple[str, str]:
    paragraph, _, rest = body.lstrip("\n").partition("\n\n")
    return " ".join(paragraph.split("\n")).strip(), rest.strip("\n")


def _identity(raw: bytes) -> tuple[str, str, int | None]:
    """Name, address and instant of an identity line; found by its brackets, as git does it."""
    start = raw.find(b"<")
    end = raw.find(b">", start)
    if start < 0 or end < 0:
        return raw[:_LINE_BYTES].decode("utf-8", "replace").strip(), "", None
    name = raw[:start][:_LINE_BYTES].decode("utf-8", "replace").strip()
    email = raw[start + 1 : end][:_LINE_BYTES].decode("utf-8", "replace").strip()
    words = raw[raw.rfind(b">") + 1 :].split(None, 1)
    instant = None
    if words and len(words[0]) <= 12 and words[0].isdigit():
        instant = int(words[0])
    if instant is not None and not _EARLIEST <= instant <= _LATEST:
        instant = None
    return name, email, instant


def _mapped(who: tuple[str, str, int | None], mailmap: Mailmap | None) -> tuple[str, str]:
    name, email = who[0], who[1]
    if mailmap:
        name, email = mailmap.look_up(name, email)
    return name, email.lower()


def _encoding(raw: bytes) -> str:
    try:
        found = codecs.lookup(raw.decode("ascii", "replace").strip()).name
    except (LookupError, ValueError):
        return "utf-8"
    return found if found in SAFE_ENCODINGS else "utf-8"


def parse_trailers(rest: str) -> tuple[tuple[str, str], ...]:
    """Trailers of a message without its subject: the last paragraph, when it is a trailer block.

    As git does it: every line is a trailer, or one is of git's own and a quarter of all are.
    """
    lines = [line for line in rest.rpartition("\n\n")[2].split("\n") if line.strip()]
    found: list[tuple[str, str]] = []
    plain, is_gits = 0, False
    for line in lines:
        is_gits = is_gits or _MADE_BY_GIT.match(line) is not None
        match = _TRAILER.match(line)
        if match is not None:
            found.append((match[1], match[2].strip()))
        elif line[0].isspace() and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        elif not _PICKED.match(line):
            plain += 1
    if plain == 0 or (is_gits and len(found) * 3 >= plain):
        return tuple(found)
    return ()


def parse_tag(raw: bytes) -> tuple[str, str, int | None]:
    """Target SHA, target type and tagger instant (null where absent) of a raw tag object."""
    fields: dict[bytes, bytes] = {}
    for line in raw.partition(b"\n\n")[0].split(b"\n"):
        key, _, value = line.partition(b" ")
        fields.setdefault(key, value)
    tagger = fields.get(b"tagger")
    return (
        fields.get(b"object", b"").decode("ascii", "replace"),
        fields.get(b"type", b"").decode("ascii", "replace"),
        _identity(tagger)[2] if tagger is not None else None,
    )


def split_nul(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The NUL-ended tokens of a stream that arrives in chunks; an unended rest is dropped."""
    rest = b""
    for chunk in chunks:
        tokens = (rest + chunk).split(b"\0")
        rest = tokens.pop()
        yield from tokens


def parse_numstat(tokens: Iterable[bytes]) -> Iterator[tuple[str, list[FileChange]]]:
    """Commits with their paths from the tokens of `diff-tree --stdin -z --numstat -M`."""
    sha: str | None = None
    files: list[FileChange] = []
    stream = iter(tokens)
    for token in stream:
        parts = token.split(b"\t", 2)
        if len(parts) < 3:
            if sha is not None:
                yield sha, files
            sha, files = token.decode("ascii", "replace"), []
            continue
        previous = None
        if not parts[2]:
            previous, parts[2] = decode_path(next(stream, b"")), next(stream, b"")
        files.append(
            FileChange(decode_path(parts[2]), previous, _count(parts[0]), _count(parts[1]))
        )
    if sha is not None:
        yield sha, files


def _count(raw: bytes) -> int | None:
    return int(raw) if raw.isdigit() else None


def parse_batch(output: IO[bytes], limit_bytes: int) -> Iterator[tuple[str, str, bytes]]:
    """Name, type and content of each object that `cat-file --batch` prints.

    The type is `missing` where git has no such object; content beyond the limit is passed over.
    """
    while header := output.readline():
        words = header.decode("ascii", "replace").split()
        if len(words) != 3 or not words[2].isdigit():
            yield words[0] if words else "", "missing", b""
            continue
        size = int(words[2])
        content = output.read(min(size, limit_bytes))
        left = size - len(content) + 1
        while left > 0 and (skipped := output.read(min(left, 1 << 16))):
            left -= len(skipped)
        yield words[0], words[1], content
