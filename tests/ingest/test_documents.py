"""Payload files: what is read, and that every broken part is named with its code and place."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from fairlead.ingest.documents import Broken, Document, find_files, read_file
from fairlead.kernel.diagnostic import DiagnosticError


def read(path: Path) -> tuple[list[Document], list[Broken]]:
    found = list(read_file(path))
    return (
        [item for item in found if isinstance(item, Document)],
        [item for item in found if isinstance(item, Broken)],
    )


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_name_before_the_first_dot_is_the_event(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path, "workflow_run.completed.json", b'{"a": 1}'))
    assert [(d.body, d.event) for d in good] == [({"a": 1}, "workflow_run")]
    assert bad == []


def test_one_broken_line_leaves_the_others_readable(tmp_path: Path) -> None:
    path = write(tmp_path, "runs.ndjson", b'{"a": 1}\n{"a": \n\n{"a": 3}\n')
    good, bad = read(path)
    assert [d.body["a"] for d in good] == [1, 3]
    assert [(b.code, b.place) for b in bad] == [("FL3101", f"{path}:2")]
    assert bad[0].text.strip() == '{"a":'


@pytest.mark.diagnostic("FL3101")
def test_truncated_json_is_named_and_kept(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path, "run.json", b'{"run": {"id": 12'))
    assert good == []
    assert bad[0].code == "FL3101"
    assert bad[0].text == '{"run": {"id": 12'


@pytest.mark.diagnostic("FL3101")
def test_truncated_gzip_is_named(tmp_path: Path) -> None:
    whole = gzip.compress(b'{"a": 1}\n' * 2000)
    _, bad = read(write(tmp_path, "runs.ndjson.gz", whole[: len(whole) // 2]))
    assert bad[-1].code == "FL3101"
    assert "ends too early" in bad[-1].message


def test_gzip_and_byte_order_mark_are_read(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path, "run.json.gz", gzip.compress(b'\xef\xbb\xbf{"a": 1}')))
    assert (good[0].body, bad) == ({"a": 1}, [])


@pytest.mark.diagnostic("FL3108")
def test_latin_1_beside_utf_8_is_held_by_line(tmp_path: Path) -> None:
    path = write(tmp_path, "x.ndjson", '{"n": "é"}\n'.encode() + '{"n": "é"}\n'.encode("latin-1"))
    good, bad = read(path)
    assert [d.body["n"] for d in good] == ["é"]
    assert (bad[0].code, bad[0].place) == ("FL3108", f"{path}:2")


@pytest.mark.diagnostic("FL3109")
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", str(2**70)])
def test_number_that_is_not_finite_or_too_large_is_held(tmp_path: Path, number: str) -> None:
    _, bad = read(write(tmp_path, "x.json", f'{{"n": {number}}}'.encode()))
    assert [b.code for b in bad] == ["FL3109"]


@pytest.mark.diagnostic("FL3106")
@pytest.mark.parametrize("depth", [70, 200_000])
def test_deep_nesting_is_held(tmp_path: Path, depth: int) -> None:
    _, bad = read(write(tmp_path, "x.json", b"[" * depth + b"]" * depth))
    assert [b.code for b in bad] == ["FL3106"]


@pytest.mark.diagnostic("FL3106")
def test_line_over_the_limit_is_held_and_the_next_is_read(tmp_path: Path) -> None:
    big = b'{"x": "' + b"a" * (11 * 1024 * 1024) + b'"}\n'
    good, bad = read(write(tmp_path, "x.ndjson", big + b'{"x": "b"}\n'))
    assert [d.body["x"] for d in good] == ["b"]
    assert bad[0].code == "FL3106"
    assert str(len(big)) in bad[0].message


def test_large_list_is_streamed_item_by_item(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    with path.open("w") as file:
        file.write('{"total_count": 200000, "workflow_runs": [')
        for number in range(200_000):
            file.write(f'{"," if number else ""}{{"id": {number}, "name": "{"n" * 980}"}}')
        file.write("]}")
    assert path.stat().st_size > 195_000_000
    count = last = 0
    for item in read_file(path):
        assert isinstance(item, Document)
        last = item.body["workflow_runs"][0]["id"]
        count += 1
    assert (count, last) == (200_000, 199_999)


def test_large_list_that_is_cut_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    with path.open("w") as file:
        file.write("[" + ",".join(f'{{"id": {n}, "x": "{"y" * 1000}"}}' for n in range(34_000)))
    good, bad = read(path)
    assert len(good) >= 33_999
    assert [b.code for b in bad] == ["FL3101"]


@pytest.mark.diagnostic("FL3106")
def test_one_huge_document_without_a_list_is_held(tmp_path: Path) -> None:
    _, bad = read(write(tmp_path, "x.json", b'{"x": "' + b"a" * (33 * 1024 * 1024) + b'"}'))
    assert [b.code for b in bad] == ["FL3106"]


def test_csv_rows_are_dicts_and_ragged_ones_are_held(tmp_path: Path) -> None:
    path = write(tmp_path, "runs.csv", b"id,result\n1,OK\n2\n3,OK,more\n4,KO\n")
    good, bad = read(path)
    assert [d.body for d in good] == [{"id": "1", "result": "OK"}, {"id": "4", "result": "KO"}]
    assert [b.code for b in bad] == ["FL3101", "FL3101"]


def test_csv_of_another_encoding_is_held_by_row(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path, "x.csv", b"id,name\n1,caf\xe9\n2,tea\n"))
    assert [d.body["id"] for d in good] == ["2"]
    assert [b.code for b in bad] == ["FL3108"]


def test_folder_is_walked_in_name_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/2.json", "a.json", "notes.txt"):
        (tmp_path / name).write_text(json.dumps({}))
    assert [p.name for p in find_files([tmp_path])] == ["a.json", "2.json"]


@pytest.mark.diagnostic("FL3112")
def test_missing_and_empty_folders_are_usage_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(DiagnosticError) as caught:
            find_files([path])
        assert caught.value.diagnostics[0].code == "FL3112"


@pytest.mark.diagnostic("FL3116")
def test_symbolic_links_that_loop_or_leave_are_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "loop.json").symlink_to(inside / "loop.json")
    with pytest.raises(DiagnosticError) as caught:
        find_files([inside])
    assert caught.value.diagnostics[0].code == "FL3116"
    (inside / "loop.json").unlink()
    (tmp_path / "secret.json").write_text("{}")
    (inside / "out.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(DiagnosticError) as caught:
        find_files([inside])
    assert caught.value.diagnostics[0].code == "FL3116"
