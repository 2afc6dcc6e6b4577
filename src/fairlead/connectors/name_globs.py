"""Match names against the globs of a source's settings, exactly or by `*`, `?` and `[...]`.

Names are never guessed by substring: what no glob names, no mapping assumes.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fairlead.kernel.diagnostic import fail


def setting_globs(settings: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A setting that lists globs, as a tuple; FL1007 when it is neither a text nor a list."""
    given = settings.get(name)
    if given is None:
        return ()
    if isinstance(given, str):
        return (given,)
    if isinstance(given, list | tuple) and all(isinstance(item, str) for item in given):
        return tuple(given)
    raise fail("FL1007", f"`{name}` is `{given!r}`", notes=["allowed: a glob, or a list of globs"])


def matches_any(globs: tuple[str, ...], *names: str | None) -> bool:
    """Whether any of the names matches any of the globs; case matters."""
    if not globs:
        return False
    matcher = _matcher(globs)
    return any(name is not None and matcher.match(name) is not None for name in names)


@lru_cache(maxsize=256)
def _matcher(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{fnmatch.translate(glob)})" for glob in globs))
