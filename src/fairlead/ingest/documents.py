"""Reads payload files: JSON, NDJSON, CSV, each also gzipped; broken parts are named, never lost.

A JSON document larger than 32 MiB is streamed item by item; a single item may have at most 10 MiB
and a depth of 64. Folders are walked in name order; symbolic links that leave them are refused.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import math
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from fairlead.kernel.diagnostic import fail

STREAM_ABOVE = 32 * 1024 * 1024
ITEM_LIMIT = 10 * 1024 * 1024
DEPTH_LIMIT = 64
LARGEST_NUMBER = 2.0**63
SUFFIXES = (".json", ".ndjson", ".jsonl", ".csv")


@dataclass(frozen=True)
class Document:
    """One parsed JSON document, NDJSON line or CSV row."""

    body: Any
    event: str
    place: str


@dataclass(frozen=True)
class Broken:
    """A part of a file that cannot be read: why, and its text (or where to find it)."""

    code: str
    message: str
    text: str
    sha256: str
    event: str
    place: str


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The payload files of files and folders, in name order; FL3112, FL3116."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += _walk(path)
        elif path.is_file():
            found.append(path)
        else:
            raise fail("FL3112", f"there is no file or folder `{path}`")
    if not found:
        raise fail(
            "FL3112",
            f"no payload files in {', '.join(f'`{path}`' for path in paths)}",
            notes=[f"read are {', '.join(SUFFIXES)}, each also with .gz"],
        )
    return found


def _walk(folder: Path) -> list[Path]:
    root = folder.resolve()
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            try:
                target = path.resolve(strict=True)
            except (OSError, RuntimeError):
                message = f"`{path}` is a symbolic link that leads nowhere or in a loop"
                raise fail("FL3116", message) from None
            if not target.is_relative_to(root):
                raise fail("FL3116", f"`{path}` is a symbolic link out of `{folder}`")
        if path.is_file() and _kind(path) in SUFFIXES:
            found.append(path)
    return found


def _kind(path: Path) -> str:
    return (path.with_suffix("") if path.suffix == ".gz" else path).suffix.lower()


def read_file(path: Path) -> Iterator[Document | Broken]:
    """Every document of a file and every broken part; FL3112 when it cannot be opened."""
    event = _plain(path.name.split(".", 1)[0])
    try:
        with _open(path) as stream:
            yield from _read(stream, _kind(path), path, event)
    except (OSError, EOFError, zlib.error) as error:
        yield _broken("FL3101", f"the file ends too early or cannot be read: {error}", b"", event,
                      _plain(str(path)))  # fmt: skip


def _plain(text: str) -> str:
    """A file name that can be stored, whatever bytes it is made of."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")


def _open(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def _read(stream: IO[bytes], kind: str, path: Path, event: str) -> Iterator[Document | Broken]:
    if kind == ".csv":
        yield from _read_csv(stream, path, event)
    elif kind in (".ndjson", ".jsonl"):
        yield from _read_lines(stream, path, event)
    else:
        yield from _read_json(stream, path, event)


def _read_lines(stream: IO[bytes], path: Path, event: str) -> Iterator[Document | Broken]:
    number = 0
    while line := stream.readline(ITEM_LIMIT + 1):
        number += 1
        place = f"{_plain(str(path))}:{number}"
        if len(line) > ITEM_LIMIT:
            size, digest = len(line), hashlib.sha256(line)
            while not line.endswith(b"\n") and (line := stream.readline(ITEM_LIMIT)):
                size += len(line)
                digest.update(line)
            yield Broken("FL3106", f"a line of {size} bytes, at most {ITEM_LIMIT} are read",
                         f"see {place}", digest.hexdigest(), event, place)  # fmt: skip
        elif line.strip():
            yield parse_document(line, event, place)


def _read_json(stream: IO[bytes], path: Path, event: str) -> Iterator[Document | Broken]:
    head = stream.read(STREAM_ABOVE + 1)
    if len(head) <= STREAM_ABOVE:
        found = parse_document(head, event, _plain(str(path)))
        yield found
        return
    yield from _stream_json(_Chained(head, stream), path, event)


class _Chained:
    """What was read already, then the rest of the stream."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest = io.BytesIO(head), rest

    def read(self, size: int = -1) -> bytes:
        return self._head.read(size) or self._rest.read(size)


def _stream_json(stream: Any, path: Path, event: str) -> Iterator[Document | Broken]:
    """Mappings that stand in a list at the top, or in any list of a mapping at the top."""
    import ijson

    count = 0
    builder: Any = None
    start = ""
    try:
        for prefix, kind, value in ijson.parse(stream, use_float=True):
            if builder is None and kind == "start_map" and _is_item(prefix):
                builder, start = ijson.ObjectBuilder(), prefix
            if builder is None:
                continue
            builder.event(kind, value)
            if kind == "end_map" and prefix == start:
                count += 1
                name = start.removesuffix("item").removesuffix(".")
                body = {name: [builder.value]} if name else builder.value
                yield _checked(body, event, f"{_plain(str(path))}#{count}", b"")
                builder = None
    except ijson.JSONError as error:
        yield _broken("FL3101", f"after {count} items: {error}", b"", event, _plain(str(path)))
        return
    if not count:
        message = f"one document of more than {STREAM_ABOVE // 2**20} MiB without a list of objects"
        yield _broken("FL3106", message, b"", event, _plain(str(path)))


def _is_item(prefix: str) -> bool:
    return prefix == "item" or (prefix.endswith(".item") and prefix.count(".") == 1)


def _read_csv(stream: IO[bytes], path: Path, event: str) -> Iterator[Document | Broken]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", errors="surrogateescape")
    csv.field_size_limit(ITEM_LIMIT)
    reader = csv.DictReader(text, restkey="", restval=None)
    if reader.fieldnames is not None and len(set(reader.fieldnames)) != len(reader.fieldnames):
        yield _broken("FL3101", "a column stands twice in the header", b"", event, f"{path}:1")
        return
    try:
        yield from _csv_rows(reader, path, event)
    except csv.Error as error:
        place = f"{_plain(str(path))}:{reader.line_num}"
        yield _broken("FL3101", f"the rest of the file cannot be read: {error}", b"", event, place)


def _csv_rows(reader: csv.DictReader[str], path: Path, event: str) -> Iterator[Document | Broken]:
    for row in reader:
        place = f"{_plain(str(path))}:{reader.line_num}"
        raw = json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogateescape")
        if "" in row or None in row.values():
            yield _broken("FL3101", "another number of cells than the header", raw, event, place)
        elif any(_is_undecoded(value) for value in row.values()):
            yield _broken("FL3108", "the row is not valid UTF-8", raw, event, place)
        else:
            yield Document(dict(row), event, place)


def _is_undecoded(value: str) -> bool:
    return any("\udc80" <= char <= "\udcff" for char in value)


def parse_document(raw: bytes, event: str, place: str) -> Document | Broken:
    """One JSON document, or what is wrong with it: FL3101, FL3106, FL3108, FL3109."""
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return _broken("FL3108", f"byte {error.start} is not valid UTF-8", raw, event, place)
    try:
        body = msgspec.json.decode(raw)
    except RecursionError:
        return _broken("FL3106", "nested too deeply", raw, event, place)
    except msgspec.DecodeError as error:
        is_number = b"NaN" in raw or b"Infinity" in raw or "out of range" in str(error)
        code = "FL3109" if is_number else "FL3101"
        return _broken(code, str(error), raw, event, place)
    return _checked(body, event, place, raw)


def _checked(body: Any, event: str, place: str, raw: bytes) -> Document | Broken:
    """The document, unless it is nested too deeply or holds a number beyond 64 bits."""
    stack = [(body, 1)]
    while stack:
        value, depth = stack.pop()
        if depth > DEPTH_LIMIT:
            return _broken("FL3106", f"nested deeper than {DEPTH_LIMIT}", raw, event, place)
        if type(value) is dict:
            stack.extend((item, depth + 1) for item in value.values())
        elif type(value) is list:
            stack.extend((item, depth + 1) for item in value)
        elif type(value) in (int, float) and not _is_usual(value):
            return _broken("FL3109", f"`{value}` is not finite or too large", raw, event, place)
    return Document(body, event, place)


def _is_usual(value: float) -> bool:
    return math.isfinite(value) and abs(value) < LARGEST_NUMBER


def _broken(code: str, message: str, raw: bytes, event: str, place: str) -> Broken:
    text = raw.decode("utf-8", "backslashreplace") if len(raw) <= ITEM_LIMIT else f"see {place}"
    digest = hashlib.sha256(raw or f"{place}{message}".encode()).hexdigest()
    return Broken(code, message, text or f"see {place}", digest, event, place)
