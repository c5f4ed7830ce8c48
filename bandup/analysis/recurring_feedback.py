"""Recurring feedback: the weaknesses and advice of several attempts, grouped by theme and counted.

A grader says one thing in many ways ("Article use is inconsistent", "Articles (a, an, the) are often missing or
wrong"). `themes.toml` holds the phrases by which sentences are grouped. A sentence that fits no theme is listed in its
own words, so nothing is lost.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd

from bandup.analysis.themes import BROAD_THEMES, GENERAL, THEMES
from bandup.memo import memoized
from data.records import Feedback

MAX_SENTENCE_CHARACTERS = 1000
"""A sentence is matched by its first characters up to this number; longer text is not a sentence."""

MAX_THEMES = 8
"""Themes listed for one student, the most frequent first."""

_OTHER_LISTS = re.compile(r"weakness|improve|issue|error|mistake", re.IGNORECASE)
"""Headings of lists that a grader adds and that hold weaknesses or advice, as in "areas for improvement"."""

_QUOTED = re.compile(
    r"“[^“”]*”|„[^„“”]*[“”]|‘[^‘’]*(?:(?<=\w)’(?=\w)[^‘’]*)*’|«[^«»]*»|\"[^\"]*\"|`[^`]*`"
    r"|(?<!\w)'(?:[^']|(?<=\w)'(?=\w))*'(?!\w)"
)
_NO_PROBLEM = re.compile(
    r"\W*(?:(?:none|nil|n\W?a|not applicable)(?: (?:identified|noted|found|apparent|observed|significant))?"
    r"|nothing (?:urgent|essential|major|significant|serious|to (?:improve|correct|add))\b.*"
    r"|(?:there (?:are|is) )?no (?:\w+ ){0,2}(?:weakness(?:es)?|issues?|problems?|errors?)"
    r"(?: (?:(?:are|is|were|was) )?(?:identified|noted|found|apparent|observed))?(?: (?:at|for|in|with) .*)?)\W*",
    re.IGNORECASE | re.DOTALL,
)
"""A sentence in a list of weaknesses that says there are none."""


@memoized
def recurring_themes(feedbacks: Sequence[tuple[str, Feedback]]) -> pd.DataFrame:
    """One row per theme that the feedback of several attempts mentions, with the number of attempts.

    `feedbacks`: `(evaluation_id, feedback)`, the newest first. A weakness counts for every theme it names, advice for
    the first of `THEMES` that fits, since advice names much in passing; a theme counts once per attempt. Sentences that
    fit no theme are grouped if they differ only in case, punctuation, numbers and quotations, under the newest of them.

    Columns: `theme` (str; of `THEMES` and `BROAD_THEMES`, else the grader's own words), `criteria` (object: list of
    the criteria's columns it is mentioned under, in order of first mention; empty if only in general), `attempts`
    (int64: evaluations that mention it), `as_weakness` (int64: those that call it a weakness), `of` (int64: evaluations
    with readable feedback), `samples` (object: list of `(evaluation_id, sentence)`, one per attempt, the newest first, a
    weakness rather than advice), `last` (int64: the position in `feedbacks` of the newest attempt that mentions it).
    Sorted by `attempts`, then `as_weakness`, most first, then by `last`, then by theme.
    """
    groups: dict[tuple[bool, str], _Group] = {}
    evaluation_ids: set[str] = set()
    for position, (evaluation_id, feedback) in enumerate(feedbacks):
        is_readable = feedback.general or feedback.recommendations or feedback.criteria or feedback.quoted_examples
        if evaluation_id in evaluation_ids or not is_readable:
            continue
        evaluation_ids.add(evaluation_id)
        for sentence, criterion, advice in _remarks(feedback):
            names = themes_of(sentence, criterion, advice=advice)
            for key in [(True, name) for name in names] or [(False, _own_words(sentence))]:
                group = groups.setdefault(key, _Group(key[1] if names else sentence, position))
                group.samples.setdefault(evaluation_id, sentence)
                if not advice:
                    group.weaknesses.add(evaluation_id)
                if criterion:
                    group.criteria.setdefault(criterion)
    rows = sorted(groups.values(), key=lambda row: (-len(row.samples), -len(row.weaknesses), row.last, row.theme))
    return pd.DataFrame(
        {
            "theme": pd.Series([group.theme for group in rows], dtype="str"),
            "criteria": pd.Series([[*group.criteria] for group in rows], dtype="object"),
            "attempts": pd.Series([len(group.samples) for group in rows], dtype="int64"),
            "as_weakness": pd.Series([len(group.weaknesses) for group in rows], dtype="int64"),
            "of": pd.Series([len(evaluation_ids)] * len(rows), dtype="int64"),
            "samples": pd.Series([[*group.samples.items()] for group in rows], dtype="object"),
            "last": pd.Series([group.last for group in rows], dtype="int64"),
        }
    )


def repeated_themes(themes: pd.DataFrame) -> pd.DataFrame:
    """The first `MAX_THEMES` themes that at least two attempts name. `themes`: as of `recurring_themes`."""
    return themes[themes["attempts"] >= 2].head(MAX_THEMES)


def describe_sources(number: int, themes: pd.DataFrame) -> str:
    """Which feedback was searched, with what was left out: `the latest 20 graded attempts, of which 19 have feedback`.

    `number`: the attempts given to `recurring_themes`; `themes`: what it returned.
    """
    latest = "the latest graded attempt" if number == 1 else f"the latest {number:,} graded attempts"
    readable = int(themes["of"].max()) if len(themes) else number
    return (
        latest
        if readable == number
        else f"{latest}, of which {readable:,} {'has' if readable == 1 else 'have'} readable feedback"
    )


def themes_of(sentence: str, criterion: str = GENERAL, *, advice: bool = False) -> list[str]:
    """The names of the themes a sentence belongs to, in the order of the file; for advice only the first one.

    `criterion`: the column of the criterion it is given under. Quotations, the student's own words, are ignored.

    >>> themes_of("Frequent errors in articles and prepositions", "grammar_band")
    ['Articles (a, an, the)', 'Prepositions']
    """
    text = _without_quotes(sentence)
    for themes in (THEMES, BROAD_THEMES):
        names = list(dict.fromkeys(theme.name for theme in themes if theme.fits(text, criterion)))
        if names:
            return names[:1] if advice else names
    return []


@dataclass
class _Group:
    """One row in preparation.

    `samples`: a sentence per evaluation, the newest first; `weaknesses`: the evaluations that call it a weakness;
    `criteria`: the criteria it is mentioned under, as an ordered set.
    """

    theme: str
    last: int
    samples: dict[str, str] = field(default_factory=dict)
    weaknesses: set[str] = field(default_factory=set)
    criteria: dict[str, None] = field(default_factory=dict)


def _remarks(feedback: Feedback) -> Iterator[tuple[str, str, bool]]:
    """The sentences of a feedback, each with its criterion and whether it is advice: weaknesses first, then advice.

    Those under criteria come before general ones, as they are more exact.
    """
    sections = [
        *((criterion.column, criterion.remarks) for criterion in feedback.criteria),
        (GENERAL, feedback.general),
    ]
    lines = [(line, column, False) for column, remarks in sections for line in remarks.weaknesses]
    lines += [(line, column, True) for column, remarks in sections for line in remarks.improvements]
    lines += [(line, GENERAL, True) for line in feedback.recommendations]
    for column, remarks in sections:
        for heading, others in remarks.others:
            if _OTHER_LISTS.search(heading):
                lines += [(line, column, "improve" in heading.lower()) for line in others]
    for line, column, advice in lines:
        sentence = " ".join(line.split())
        if sentence and not _NO_PROBLEM.fullmatch(sentence):
            yield sentence, column, advice


def _without_quotes(sentence: str) -> str:
    """The beginning of a sentence without its quotations; with them if it consists of quotations only."""
    beginning = sentence[:MAX_SENTENCE_CHARACTERS]
    unquoted = _QUOTED.sub(" ", beginning)
    return unquoted if re.search(r"\w", unquoted) else beginning


def _own_words(sentence: str) -> str:
    """The key by which sentences are grouped: lower-case words without punctuation, numbers and quotations."""
    words = re.sub(r"[\W\d_]+", " ", _without_quotes(sentence).casefold()).strip()
    return words or sentence[:MAX_SENTENCE_CHARACTERS].casefold()
