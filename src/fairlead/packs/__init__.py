"""Content that ships with Fairlead: starting profiles, pages of error codes, the scorecard's list.

Everything is read through `importlib.resources`, so it works from a wheel and offline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

SHARED_PROFILE = "shared"


def error_page(code: str) -> str:
    """The page of an error code, as Markdown; KeyError when there is none."""
    page = files(__name__) / "errors" / f"{code}.md"
    if not page.is_file():
        raise KeyError(code)
    return page.read_text("utf-8")


def profile_ids() -> tuple[str, ...]:
    """The ids of the starting profiles, in alphabetical order."""
    folder = files(__name__) / "profiles"
    names = (entry.name for entry in folder.iterdir() if entry.is_dir())
    return tuple(sorted(name for name in names if name != SHARED_PROFILE))


def profile_files(profile: str) -> Mapping[str, str]:
    """The templates of a profile by path: what all profiles share, overlaid by its own files."""
    folder = files(__name__) / "profiles"
    found = dict(_texts(folder / SHARED_PROFILE, ""))
    found.update(_texts(folder / profile, ""))
    return dict(sorted(found.items()))


def _texts(folder: Traversable, above: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        path = f"{above}{entry.name}"
        if entry.is_dir():
            yield from _texts(entry, f"{path}/")
        elif not entry.name.endswith(".pyc"):
            yield path, entry.read_text("utf-8")
