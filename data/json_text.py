"""Decode JSON however writers wrap it: in a code fence, as JSON text within JSON text, with a name used twice.

Every function takes linear time in the length of the text and never raises.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeGuard

from data import values
from data.flags import Flag
from data.values import NO_FLAG, WireValue

JSON = Any
"""A value parsed from JSON: dict, list, str, int, float, bool or None."""

MAX_NESTING = 64
"""JSON nested deeper than this is kept as text. It is twice the depth of DynamoDB's own maps; real feedback is flat."""
MAX_ENCODINGS = 4
"""How often JSON text within JSON text is decoded. Two occur; each further level doubles the backslashes."""

_FENCE = re.compile(r"```\s*+(?:json[c5]?+\s*+)?(?=[\[{\"])", re.IGNORECASE)
_FENCE_END = "```"
_STARTS_JSON = ("{", "[", '"')


@dataclass(frozen=True)
class Document:
    """A decoded value and how it was wrapped. `beside` holds the text before and after a code fence.

    `readable` is False for text that is not JSON; `value` is None then.
    """

    value: JSON
    readable: bool = True
    flags: Flag = NO_FLAG
    beside: tuple[str, ...] = ()


def read(value: WireValue) -> Document:
    """Decode a stored value: native DynamoDB types as they are, text as JSON."""
    return read_text(value["S"]) if "S" in value else Document(values.plain(value))


def read_text(text: str, encodings: int = MAX_ENCODINGS) -> Document:
    """Decode JSON text. Half characters are replaced; of a name used twice, the earlier values get a name of their own."""
    document = _parsed(text)
    if not document.readable:
        document = _fenced(text)
    if encodings > 1 and _may_hold_json(document.value):
        inner = read_text(document.value, encodings - 1)
        if isinstance(inner.value, dict | list):
            flags = document.flags | inner.flags | Flag.JSON_ENCODED_TWICE
            return Document(inner.value, flags=flags, beside=inner.beside)
    return document


def read_element(value: JSON, *, is_whole: bool = False) -> Document:
    """Decode an element of a decoded value where it is JSON text of a map, or of a list of texts and maps.

    `is_whole`: the element is all there is, so any list is decoded, and one beside other text, which the caller keeps.
    """
    if _may_hold_json(value):
        inner = read_text(value)
        is_content = isinstance(inner.value, dict) or (
            isinstance(inner.value, list)
            and (is_whole or all(isinstance(element, str | dict) for element in inner.value))
        )
        if is_content and (is_whole or not inner.beside):
            return Document(inner.value, flags=inner.flags | Flag.JSON_ENCODED_TWICE, beside=inner.beside)
    return Document(value)


def as_text(value: JSON) -> str:
    """A text as it is, any other value as compact JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _may_hold_json(value: JSON) -> TypeGuard[str]:
    return isinstance(value, str) and (value.lstrip().startswith(_STARTS_JSON) or _FENCE_END in value)


def _parsed(text: str) -> Document:
    is_repeated = False

    def map_of(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
        nonlocal is_repeated
        is_repeated |= len({name for name, _ in pairs}) < len(pairs)
        return _map_of(pairs)

    try:
        value = _cleaned(json.loads(text.lstrip("\ufeff"), object_pairs_hook=map_of), MAX_NESTING)
    except (ValueError, RecursionError):
        return Document(None, readable=False)
    return Document(value, flags=Flag.JSON_NAME_REPEATED if is_repeated else NO_FLAG)


def _fenced(text: str) -> Document:
    """The map or list in the first Markdown code fence of a text, up to the last end of a fence."""
    opening = _FENCE.search(text)
    if opening is None:
        return Document(None, readable=False)
    end = text.rfind(_FENCE_END, opening.end())
    inside, after = (text[opening.end() :], "") if end < 0 else (text[opening.end() : end], text[end + 3 :])
    inner = _parsed(inside)
    if not inner.readable:
        return inner
    beside = (values.clean(part).strip() for part in (text[: opening.start()], after))
    return Document(inner.value, flags=inner.flags | Flag.JSON_IN_CODE_FENCE, beside=tuple(filter(None, beside)))


def _cleaned(value: JSON, levels: int) -> JSON:
    """The value with its half characters replaced. Raises ValueError where it nests deeper than `levels`."""
    if isinstance(value, str):
        return values.clean(value)
    if isinstance(value, list | dict) and not levels:
        raise ValueError(f"nested deeper than {MAX_NESTING} levels")
    if isinstance(value, list):
        return [_cleaned(element, levels - 1) for element in value]
    if isinstance(value, dict):
        return _map_of((values.clean(name), _cleaned(element, levels - 1)) for name, element in value.items())
    return value


def _map_of(pairs: Iterable[tuple[str, JSON]]) -> dict[str, JSON]:
    """A map of all pairs: of a name used twice, the last value, and the differing earlier ones as a list of their own."""
    result: dict[str, JSON] = {}
    earlier: dict[str, list[JSON]] = {}
    for name, value in pairs:
        if name in result and result[name] != value:
            earlier.setdefault(name, []).append(result[name])
        result[name] = value
    for name, replaced in earlier.items():
        own_name = f"{name} (earlier values)"
        while own_name in result:
            own_name += "′"
        result[own_name] = replaced
    return result
