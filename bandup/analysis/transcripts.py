"""What was said in a recording: comfortable lines, fillers counted, and a search.

Fillers are a description only: no official mapping from fillers to a band exists.
"""

import re
import unicodedata
from collections.abc import Iterator

import pandas as pd

from bandup.analysis.quote_matching import Span, paragraph_spans

COMFORTABLE, LONGEST = 240, 420
"""A line ends with the first sentence that makes it this long in characters, and is cut where none ends in time."""

_SENTENCE_END = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)[.!?…؟]+[\"'”’»)\]]*\s+(?![a-z])")
_SPACE = re.compile(r"\s+")

_NOT_A_NAMED_KIND = (
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
    "kind of": re.compile(rf"\b(?=kind){_NOT_A_NAMED_KIND}(?:kind of|kinda)\b"),
    "sort of": re.compile(rf"\b(?=sort){_NOT_A_NAMED_KIND}(?:sort of|sorta)\b"),
    "like": re.compile(r"[,…] ?like(?= ?[,…])"),
}


def fillers(text: str) -> pd.DataFrame:
    """How often the speaker fills a pause: one row per filler that occurs, the most frequent first.

    Columns: `filler` (str), `count` (int64), `per_100_words` (float64; words are what stands between spaces).

    Spellings are counted together (`umm`, `uhm`: um). Words that mean something elsewhere are counted only where they
    clearly don't: `you know` and `I mean` not in a question or before an object (`do you know the`, `what I mean`),
    `kind of` and `sort of` not as a noun (`this kind of`), `like` only between commas. So each count may be too low.
    """
    words = text.casefold().replace("’", "'").replace("...", "…").split()
    spoken = " ".join(words)
    counts = {name: len(pattern.findall(spoken)) for name, pattern in _FILLERS.items()}
    heard = sorted(((name, count) for name, count in counts.items() if count), key=lambda one: -one[1])
    frame = pd.DataFrame(heard, columns=["filler", "count"]).astype({"filler": "str", "count": "int64"})
    return frame.assign(per_100_words=frame["count"] / max(len(words), 1) * 100)


def lines(text: str) -> list[str]:
    """The transcript in comfortable lines. Nothing but white space around them is lost."""
    return [text[line.start : line.end] for line in line_spans(text)]


def line_spans(text: str) -> list[Span]:
    """Where the lines stand in the transcript: its own, and the long ones cut at the ends of sentences, else of words."""
    return [piece for line in paragraph_spans(text) for piece in _pieces(text, *line)]


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    while end - start > LONGEST:
        within = start + LONGEST
        ends = [start + match.end() for match in _SENTENCE_END.finditer(text[start:within])]
        # a sentence's end; where none is near the end of a word, and a word without end stays whole
        following = next((at for at in ends if at - start >= COMFORTABLE), max(ends, default=0))
        following = following or max((match.end() for match in _SPACE.finditer(text, start, within)), default=0)
        if not following:
            space = _SPACE.search(text, within, end)
            following = space.end() if space else end
        yield Span(start, start + len(text[start:following].rstrip()))
        space = _SPACE.match(text, following, end)
        start = space.end() if space else following
    if start < end:
        yield Span(start, end)


def search(text: str, wanted: str) -> list[Span]:
    """Where the text holds what is wanted, inside words too, first to last and not overlapping.

    Without regard to case and to how much white space there is. Diacritics count only where what is wanted has some:
    `hoc` finds `học`, `học` does not find `hoc`. Blank finds nothing.
    """
    with_marks = any(map(unicodedata.combining, unicodedata.normalize("NFKD", wanted)))
    sought, _ = _folded(wanted.strip(), with_marks=with_marks)
    letters, origins = _folded(text, with_marks=with_marks)
    found = []
    at = letters.find(sought) if sought else -1
    while at >= 0:
        after = at + len(sought)
        if after < len(letters) and unicodedata.combining(letters[after]):
            after = at + 1  # half a letter: its marks follow
        else:
            found.append(Span(origins[at].start, origins[after - 1].end))
        at = letters.find(sought, after)
    return found


def _folded(text: str, *, with_marks: bool) -> tuple[str, list[Span]]:
    """The text as it is searched, and from which letter of the original, marks included, each character of it is."""
    known: dict[str, str] = {}
    parts: list[str] = []
    origins: list[Span] = []
    start = 0
    while start < len(text):
        end = start + 1
        belongs = str.isspace if text[start].isspace() else unicodedata.combining
        while end < len(text) and belongs(text[end]):
            end += 1
        letter = text[start:end]
        if letter not in known:
            known[letter] = " " if letter.isspace() else _letter(letter, with_marks=with_marks)
        parts.append(known[letter])
        origins += [Span(start, end)] * len(known[letter])
        start = end
    return "".join(parts), origins


def _letter(letter: str, *, with_marks: bool) -> str:
    """A letter decomposed, without regard to case, without its marks unless they count; nothing where it is invisible."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
    return "".join(
        c for c in folded if unicodedata.category(c) != "Cf" and (with_marks or not unicodedata.combining(c))
    )
