"""The transcript of a recording: readable lines, counts of fillers, and a search.

Fillers are a description only: no official mapping from fillers to a band exists.
"""

import re
import unicodedata
from collections.abc import Iterator

import pandas as pd

from bandup.analysis.quote_matching import Span, paragraph_spans

LINE_LENGTH, MAX_LINE_LENGTH = 240, 420
"""Characters of a line: it ends with the first sentence that reaches `LINE_LENGTH`, and at the latest at the maximum."""

_SENTENCE_END = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)[.!?…؟]+[\"'”’»)\]]*\s+(?![a-z])")
_SPACE = re.compile(r"\s+")

_NOT_A_NOUN = (
    r"(?<!\ba )(?<!\bthe )(?<!\bthis )(?<!\bthat )(?<!\bwhat )(?<!\bwhich )(?<!\bsome )(?<!\bany )(?<!\bevery )"
    r"(?<!\beach )(?<!\ball )(?<!\bone )(?<!\bno )(?<!\banother )(?<!\bother )(?<!\bsame )(?<!\bdifferent )"
    r"(?<!\bnew )(?<!\bbest )(?<!\bcertain )(?<!\bspecial )(?<!\bmy )(?<!\byour )(?<!\bhis )(?<!\bher )(?<!\btheir )"
    r"(?<!\bour )(?<!\bmany )"
)
_FILLERS = {
    "um": re.compile(r"\b(?:u+m+|uhm+)\b"),
    "uh": re.compile(r"\bu+h+\b(?![- ]huh|-oh)"),
    "er": re.compile(r"\be+r+\b"),
    "erm": re.compile(r"\be+r+m+\b"),
    "hmm": re.compile(r"\bhm+\b|(?<!\d )\bmm+\b"),
    "you know": re.compile(
        r"\b(?=you )(?<!\bdo )(?<!\bdid )(?<!\bdon't )(?<!\bif )(?<!\bwill )(?<!\bwould )you know\b"
        r"(?! (?:what|how|why|where|who|when|which|that|the|a|an|about|it|him|her|them|me|my|if|whether|any|some)\b)"
    ),
    "I mean": re.compile(
        r"\b(?=i )(?<!\bwhat )(?<!\bthat )(?<!\bdo )(?<!\bdid )(?<!\bif )(?<!\bhow )i mean\b"
        r"(?! (?:it|by|to|that|this|you|him|her|them)\b)"
    ),
    "kind of": re.compile(rf"\b(?=kind){_NOT_A_NOUN}(?:kind of|kinda)\b"),
    "sort of": re.compile(rf"\b(?=sort){_NOT_A_NOUN}(?:sort of|sorta)\b"),
    "like": re.compile(r"[,…] ?like(?= ?[,…])"),
}


def filler_counts(text: str) -> pd.DataFrame:
    """One row per filler that the speaker uses, the most frequent first.

    Columns: `filler` (str), `count` (int64), `per_100_words` (float64; words are separated by spaces).

    Spellings are counted together (`umm`, `uhm`: um). Words that also have a meaning are only counted where they
    clearly have none: `you know` and `I mean` not in a question or before an object (`do you know the`, `what I mean`),
    `kind of` and `sort of` not as a noun (`this kind of`), `like` only between commas. So each count may be too low.
    """
    words = text.casefold().replace("’", "'").replace("...", "…").split()
    spoken = " ".join(words)
    counts = {name: len(pattern.findall(spoken)) for name, pattern in _FILLERS.items()}
    rows = sorted(((name, count) for name, count in counts.items() if count), key=lambda row: -row[1])
    frame = pd.DataFrame(rows, columns=["filler", "count"]).astype({"filler": "str", "count": "int64"})
    return frame.assign(per_100_words=frame["count"] / max(len(words), 1) * 100)


def line_spans(text: str) -> list[Span]:
    """The spans of the lines in the transcript: its own lines, long ones cut after sentences, else after words."""
    return [piece for line in paragraph_spans(text) for piece in _pieces(text, *line)]


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    while end - start > MAX_LINE_LENGTH:
        within = start + MAX_LINE_LENGTH
        ends = [start + match.end() for match in _SENTENCE_END.finditer(text[start:within])]
        # cut after a sentence, else after a word; a word longer than a line stays whole
        following = next((at for at in ends if at - start >= LINE_LENGTH), max(ends, default=0))
        following = following or max((match.end() for match in _SPACE.finditer(text, start, within)), default=0)
        if not following:
            space = _SPACE.search(text, within, end)
            following = space.end() if space else end
        yield Span(start, start + len(text[start:following].rstrip()))
        space = _SPACE.match(text, following, end)
        start = space.end() if space else following
    if start < end:
        yield Span(start, end)


def find_text(text: str, query: str) -> list[Span]:
    """The spans of `query` in the text, also inside words, in order and without overlaps.

    Case and the amount of white space are ignored. Diacritics only count if the query has some: `hoc` finds `học`,
    `học` does not find `hoc`. A blank query finds nothing.
    """
    with_marks = any(map(unicodedata.combining, unicodedata.normalize("NFKD", query)))
    wanted, _ = _folded(query.strip(), with_marks=with_marks)
    letters, origins = _folded(text, with_marks=with_marks)
    spans = []
    at = letters.find(wanted) if wanted else -1
    while at >= 0:
        after = at + len(wanted)
        if after < len(letters) and unicodedata.combining(letters[after]):
            after = at + 1  # the match ends within a letter: its marks follow
        else:
            spans.append(Span(origins[at].start, origins[after - 1].end))
        at = letters.find(wanted, after)
    return spans


def _folded(text: str, *, with_marks: bool) -> tuple[str, list[Span]]:
    """The text as it is searched, and for each of its characters the span of the original letter with its marks."""
    folded: dict[str, str] = {}
    parts: list[str] = []
    origins: list[Span] = []
    start = 0
    while start < len(text):
        end = start + 1
        continues = str.isspace if text[start].isspace() else unicodedata.combining
        while end < len(text) and continues(text[end]):
            end += 1
        letter = text[start:end]
        if letter not in folded:
            folded[letter] = " " if letter.isspace() else _letter(letter, with_marks=with_marks)
        parts.append(folded[letter])
        origins += [Span(start, end)] * len(folded[letter])
        start = end
    return "".join(parts), origins


def _letter(letter: str, *, with_marks: bool) -> str:
    """A letter decomposed and case-folded, without marks unless `with_marks`; empty if it is invisible."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
    return "".join(
        c for c in folded if unicodedata.category(c) != "Cf" and (with_marks or not unicodedata.combining(c))
    )
