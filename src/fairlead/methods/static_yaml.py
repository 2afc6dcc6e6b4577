"""Load a pipeline file's YAML as plain values, whatever its tags, without trusting its size.

Unknown tags (`!reference`, `!Ref`) keep their plain value. Aliases are expanded up to a limit, so
that a file of nested aliases ends as a refusal and not as exhausted memory. Keys are text, so that
the key `on` stays `on`.
"""

from __future__ import annotations

from typing import Any

import yaml

MAX_NODES = 50_000
MAX_DEPTH = 60
MAX_CHARACTERS = 1 << 20
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTED = {"'", '"', "|", ">"}
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class YamlProblemError(Exception):
    """Why a file could not be read, in one line."""


def load_documents(text: str) -> list[Any]:
    """Every document of the file; YamlProblemError says why it cannot be read."""
    if len(text) > MAX_CHARACTERS:
        raise YamlProblemError(f"longer than {MAX_CHARACTERS} characters")
    loader = _LOADER(text)
    try:
        found = []
        budget = [MAX_NODES]
        while loader.check_node():
            found.append(_plain(loader.get_node(), budget, 0))
        return found
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise YamlProblemError(f"line {line}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise YamlProblemError(str(error).split("\n")[0][:200]) from None
    finally:
        loader.dispose()


def _plain(node: Any, budget: list[int], depth: int) -> Any:
    budget[0] -= 1
    if budget[0] < 0 or depth > MAX_DEPTH:
        raise YamlProblemError(f"more than {MAX_NODES} values or {MAX_DEPTH} levels")
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(_plain(key, budget, depth + 1)) if _is_plain(key) else "?"
            inner = _plain(value, budget, depth + 1)
            if name == "<<":
                for part in inner if isinstance(inner, list) else [inner]:
                    found = {**part, **found} if isinstance(part, dict) else found
            else:
                found[name] = inner
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, budget, depth + 1) for item in node.value]
    return _scalar(node)


def _is_plain(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode)


def _scalar(node: Any) -> Any:
    text: str = node.value
    if node.style in _QUOTED:
        return text
    if text in _NULLS:
        return None
    return _BOOLS.get(text, text)
