"""The themes of recurring feedback, read from `themes.toml` beside this file, which explains how they match."""

import re
import tomllib
from functools import cached_property
from importlib.resources import files
from typing import Any

import msgspec

from bandup.analysis.bands import CRITERIA

GENERAL = ""
"""The criterion of feedback that is given under none."""

_CRITERIA = {"general": GENERAL} | {
    column.removesuffix("_band"): column for columns in CRITERIA.values() for column in columns
}
"""The names of criteria in the file, and the columns they are in frames."""


class InvalidThemes(ValueError):
    """The file of themes has a mistake. The message names the file, the theme and what to correct."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"Correct bandup/analysis/themes.toml: {problem}")


class Theme(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """One thing a teacher can teach, or one of several rules for it: rules of one name are one theme.

    `phrases` and `unless` are regular expressions that must begin at the start of a word; case is ignored. A sentence
    belongs to the theme if it contains one of `phrases` and none of `unless`, and is given under one of `criteria`
    (columns, or `GENERAL`; empty: under any).
    """

    name: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()

    def fits(self, text: str, criterion: str) -> bool:
        """Whether a sentence (without its quotations) belongs to the theme."""
        if self.criteria and criterion not in self.criteria:
            return False
        return bool(self._phrases.search(text)) and not (self.unless and self._unless.search(text))

    @cached_property
    def _phrases(self) -> re.Pattern[str]:
        return _any_of(self.phrases)

    @cached_property
    def _unless(self) -> re.Pattern[str]:
        return _any_of(self.unless)


def load_themes(text: str) -> tuple[tuple[Theme, ...], tuple[Theme, ...]]:
    """The themes and the broad themes of a file's text, in its order. Raises InvalidThemes."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidThemes(f"it is not valid TOML: {error}.") from error
    if unknown := tables.keys() - {"theme", "broad_theme"}:
        raise InvalidThemes(f"every table begins with [[theme]] or [[broad_theme]], not with {', '.join(unknown)}.")
    return _themes(tables, "theme"), _themes(tables, "broad_theme")


def _themes(tables: dict[str, Any], kind: str) -> tuple[Theme, ...]:
    rules = tables.get(kind)
    if not isinstance(rules, list):
        raise InvalidThemes(f"there is no table [[{kind}]].")
    return tuple(_theme(rule, f"[[{kind}]] number {number}") for number, rule in enumerate(rules, 1))


def _theme(table: Any, place: str) -> Theme:  # noqa: ANN401 - any TOML value
    if isinstance(table, dict) and isinstance(table.get("name"), str):
        place = f"{place} (“{table['name']}”)"
    try:
        rule = msgspec.convert(table, Theme)
    except msgspec.ValidationError as error:
        raise InvalidThemes(f"{place}: {error}.") from error
    if not rule.name or not rule.phrases:
        raise InvalidThemes(f"{place} needs a name and at least one phrase.")
    for criterion in rule.criteria:
        if criterion not in _CRITERIA:
            raise InvalidThemes(f"{place}: {criterion!r} is not a criterion. Use {', '.join(_CRITERIA)}.")
    for phrase in (*rule.phrases, *rule.unless):
        if not phrase:
            raise InvalidThemes(f"{place} has an empty phrase, which would fit every sentence.")
        try:
            _any_of((phrase,))
        except re.error as error:
            raise InvalidThemes(f"{place}: {phrase!r} is not a regular expression: {error}.") from error
    return msgspec.structs.replace(rule, criteria=tuple(_CRITERIA[criterion] for criterion in rule.criteria))


def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})", re.IGNORECASE)


THEMES, BROAD_THEMES = load_themes((files("bandup.analysis") / "themes.toml").read_text(encoding="utf-8"))
"""The rules in the order in which advice is compared with them. The broad ones are for sentences that fit no other."""
