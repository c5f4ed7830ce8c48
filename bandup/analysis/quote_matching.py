"""Quoted examples found again in the essay they speak of.

A grader's quote is seldom the essay's text to the letter: quotation marks and dashes change their shape, case, spacing
and final punctuation change, the middle is left out. Texts are therefore compared word by word in several readings, the
strictest first, and a quote that no reading holds is not found: nothing is guessed. Where a quote fits several places,
it stands at the first; the same quote given again stands at the next, and when none is left, at the first again.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, groupby, pairwise
from typing import NamedTuple

from data.records import QuotedExample

STORED_CHARACTERS = 1000
"""The functions store only so much of an essay."""

NEAR = 300
"""How many characters of normalised text may lie between the parts of a quote with an ellipsis: some fifty words."""

MOST_PARTS = 6
SURE_WORDS, SURE_CHARACTERS = 3, 15
"""So much of a quote is needed before it is looked for in pieces, inside words or at a cut-off end."""

_APOSTROPHES = "'’‘ʼ＇`´′‛"
_QUOTATION_MARKS = '"“”„‟«»‹›‚″〝〞＂'
_DASHES = "-‐‑‒–—―−﹘﹣－"
_ELLIPSIS = "…"
_SHAPES = str.maketrans(
    {**dict.fromkeys(_APOSTROPHES + _QUOTATION_MARKS, "'"), **dict.fromkeys(_DASHES, "-"), "\u00ad": ""}
)
_SENTENCE_ENDS = frozenset(".!?")
_ADDED = frozenset("'.,;:!?-()[]{}*_\\" + _ELLIPSIS)
"""Signs a grader adds or leaves out around a quote. Others, as `%` or `+`, belong to it."""

_TOKEN = re.compile(r"(?:[wd]|(?<=[wd])'(?=[wd])|(?<=d)[.,](?=d))+|…[….]*|\.[….]+|[^ ]")
"""Over the classes of `_Classes`: a word (`don't`, `3.5`), an ellipsis, or one sign."""

_PARAGRAPH = re.compile(r"\S(?:[^\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]*\S)?")


class Span(NamedTuple):
    """A piece of a text: characters from `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True)
class Placed:
    """A quoted example and where it stands in the essay, None where it was not found there.

    `cut_off`: the quote, or its end, may lie in the part of the essay that was not stored.
    """

    example: QuotedExample
    span: Span | None
    cut_off: bool = False


class Segment(NamedTuple):
    """A piece of a text with the numbers of the examples that cover it, ascending; none where it is plain text."""

    text: str
    numbers: tuple[int, ...] = ()


def is_cut_off(text: str, word_count: float | None = None) -> bool:
    """Whether the stored text may be the beginning of a longer essay: just as long as is stored, and fewer words than
    were counted, or the count is unknown.
    """
    return len(text) == STORED_CHARACTERS and (word_count is None or not word_count <= len(text.split()))


def find(quote: str, text: str) -> Span | None:
    """Where the quote stands in the text; None where it does not.

    Read the same: case, white space, shapes of quotation marks, apostrophes and dashes, `...` and `…`, Unicode's
    composed and decomposed forms, invisible characters, and signs around the quote that the text does not have there.
    In turn, each only where the ones before found nothing:

    1. the quote as it is, its case too; then without regard to case;
    2. two words or more without regard to punctuation within a sentence (`however it is` for `however, it is`);
    3. a quote with ellipses in its middle: its parts in order, at most `NEAR` apart;
    4. three words or more that begin or end inside a word;
    5. in a text of just `STORED_CHARACTERS`, which is cut off: its last three words or more as the quote's beginning.

    Words are only matched whole (but in 4 and 5), so that `the` is not found in `other`, and a span takes in whole
    words. A quote without a letter or digit is not looked for.
    """
    place = next(_places(_tokens(quote)[0], _Text(text), cut_off=is_cut_off(text)), None)
    return place.span if place else None


def placed(examples: Sequence[QuotedExample], text: str, word_count: float | None = None) -> list[Placed]:
    """The examples in the order of their places in the text, then those not found, in the order given.

    `word_count`: the words the whole essay had, where known; it tells whether the stored text is cut off.
    """
    read, cut_off = _Text(text), is_cut_off(text, word_count)
    iterators: dict[tuple[str, ...], Iterator[_Place]] = {}
    firsts: dict[tuple[str, ...], _Place] = {}
    found, not_found = [], []
    for example in examples:
        quote = _tokens(example.quote)[0]
        key = tuple(token.cased for token in _bare(quote))
        place = next(iterators.setdefault(key, _places(quote, read, cut_off=cut_off)), firsts.get(key))
        if place is None:
            not_found.append(Placed(example, None, cut_off=cut_off))
        else:
            firsts.setdefault(key, place)
            found.append(Placed(example, place.span, cut_off=place.cut_off))
    return sorted(found, key=lambda one: one.span or ()) + not_found


def numbered(examples: Iterable[Placed]) -> list[tuple[int, Span]]:
    """The numbers (from 1, their place in the list) and spans of the examples that were found."""
    return [(number, one.span) for number, one in enumerate(examples, 1) if one.span is not None]


def cut(text: str, marked: Iterable[tuple[int, Span]]) -> list[Segment]:
    """The text cut where a numbered span begins or ends; the pieces joined are the text. Spans may overlap."""
    begins: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for number, span in marked:
        begins.setdefault(span.start, []).append(number)
        ends.setdefault(span.end, []).append(number)
    edges = sorted({0, len(text), *begins, *ends})
    covering: set[int] = set()
    pieces = []
    for start, end in pairwise(edges):
        covering.difference_update(ends.get(start, ()))
        covering.update(begins.get(start, ()))
        pieces.append(Segment(text[start:end], tuple(sorted(covering))))
    return pieces


def paragraph_spans(text: str) -> list[Span]:
    """Where the text's lines stand, without the white space around them; lines of white space are left out."""
    return [Span(*match.span()) for match in _PARAGRAPH.finditer(text)]


class _Token(NamedTuple):
    """A word or a sign: in plain shapes, and the same without regard to case."""

    cased: str
    folded: str
    is_word: bool


class _Place(NamedTuple):
    span: Span
    cut_off: bool = False


class _Classes(dict[int, str]):
    """A character's class, one letter each, so that a text's classes are as long as the text.

    `w` letters, marks and invisible characters; `d` digits; `'` apostrophes; space; `.`, `,` and `…`; `s` other signs.
    """

    def __missing__(self, code: int) -> str:
        self[code] = found = self._of(chr(code))
        return found

    @staticmethod
    def _of(character: str) -> str:
        if character in _APOSTROPHES:
            return "'"
        if character in f".,{_ELLIPSIS}":
            return character
        if character.isspace():
            return " "
        category = unicodedata.category(character)
        if category[0] in "LM" or category == "Cf":
            return "w"
        return "d" if category[0] == "N" else "s"


_CLASSES = _Classes()


def _tokens(text: str) -> tuple[list[_Token], list[tuple[int, int]]]:
    """The text's words and signs in order, and where each stands; what is invisible is left out."""
    known: dict[str, _Token] = {}
    tokens, spans = [], []
    for match in _TOKEN.finditer(text.translate(_CLASSES)):
        span = match.span()
        written = text[span[0] : span[1]]
        token = known.get(written)
        if token is None:
            cased = _ELLIPSIS if _ELLIPSIS in written or written.startswith("..") else _plain_shapes(written)
            known[written] = token = _Token(cased, _plain_shapes(cased.casefold()), any(map(str.isalnum, cased)))
        if token.cased:
            tokens.append(token)
            spans.append(span)
    return tokens, spans


def _plain_shapes(written: str) -> str:
    """A word or sign decomposed (NFKD), its quotation marks and dashes in one shape, without invisible characters."""
    if written.isascii():
        return written.replace('"', "'").replace("`", "'")
    decomposed = unicodedata.normalize("NFKD", written.translate(_SHAPES))
    return "".join(c for c in decomposed if not c.isspace() and unicodedata.category(c) != "Cf")


class _Reading:
    """The forms of a text's tokens in one line, a space before, between and after them."""

    def __init__(self, forms: Sequence[str], spans: Sequence[tuple[int, int]]) -> None:
        self.line = _line(forms) if forms else ""
        self._offsets = list(accumulate((len(form) + 1 for form in forms[:-1]), initial=0))
        self._spans = spans

    def span(self, start: int, end: int) -> Span:
        """The original text of the tokens that a piece of the line touches. A word's leading space is its own."""
        first, last = bisect_right(self._offsets, start) - 1, bisect_left(self._offsets, end) - 1
        return Span(self._spans[first][0], self._spans[last][1])

    def spans(self, sought: str) -> Iterator[Span]:
        """The original text wherever the line holds this, overlapping places too."""
        at = self.line.find(sought)
        while at >= 0:
            yield self.span(at, at + len(sought.rstrip(" ")))
            at = self.line.find(sought, at + 1)


class _Text:
    """An essay's readings, each made when first needed."""

    def __init__(self, text: str) -> None:
        self.end = len(text.rstrip())
        self.tokens, self.spans = _tokens(text)

    @cached_property
    def cased(self) -> _Reading:
        return _Reading([token.cased for token in self.tokens], self.spans)

    @cached_property
    def folded(self) -> _Reading:
        return _Reading([token.folded for token in self.tokens], self.spans)

    @cached_property
    def unpunctuated(self) -> _Reading:
        forms = [_unpunctuated(token) for token in self.tokens]
        spans = [span for form, span in zip(forms, self.spans, strict=True) if form]
        return _Reading([form for form in forms if form], spans)


def _places(quote: list[_Token], text: _Text, *, cut_off: bool) -> Iterator[_Place]:
    """The places of a quote in order: all that the strictest reading that holds one holds."""
    bare = _bare(quote)
    words = sum(token.is_word for token in bare)
    if not words:
        return
    core = " ".join(token.folded for token in bare)
    is_held = core in text.folded.line
    looks: list[Iterator[Span]] = []
    if is_held:
        forms = [quote, bare] if len(bare) < len(quote) else [quote]
        looks += [text.cased.spans(_line(token.cased for token in form)) for form in forms]
        looks += [text.folded.spans(_line(token.folded for token in form)) for form in forms]
    if words > 1:
        looks.append(_without_punctuation(bare, text))
    if words >= SURE_WORDS:
        looks.append(_in_parts(bare, text))
    if is_held and words >= SURE_WORDS and len(core) >= SURE_CHARACTERS:
        looks.append(text.folded.spans(core))
    for look in looks:
        first = next(look, None)
        if first is not None:
            yield from map(_Place, chain([first], look))
            return
    beginning = _beginning_at_the_end(bare, text) if cut_off and words >= SURE_WORDS else None
    if beginning is not None:
        yield _Place(beginning, cut_off=True)


def _line(forms: Iterable[str]) -> str:
    return f" {' '.join(forms)} "


def _bare(tokens: list[_Token]) -> list[_Token]:
    """The tokens without the signs around them that a grader may have added."""
    kept = [at for at, token in enumerate(tokens) if token.cased not in _ADDED]
    return tokens[kept[0] : kept[-1] + 1] if kept else []


def _unpunctuated(token: _Token) -> str:
    """A word without apostrophes, one sign for the ends of sentences, nothing for other punctuation."""
    if token.is_word:
        return token.folded.replace("'", "")
    return "." if token.cased in _SENTENCE_ENDS else "" if token.cased in _ADDED else token.folded


def _without_punctuation(bare: list[_Token], text: _Text) -> Iterator[Span]:
    return text.unpunctuated.spans(_line(form for token in bare if (form := _unpunctuated(token))))


def _in_parts(bare: list[_Token], text: _Text) -> Iterator[Span]:
    """From the first part to the last wherever all follow each other, `NEAR` or nearer: the shortest such pieces."""
    grouped = groupby(bare, lambda token: token.cased == _ELLIPSIS)
    parts = [part for is_ellipsis, tokens in grouped if not is_ellipsis and (part := _bare(list(tokens)))]
    if not 1 < len(parts) <= MOST_PARTS:
        return
    line, sought = text.folded.line, [_line(token.folded for token in part) for part in parts]
    at = 0
    while True:
        for form in sought:
            begin = line.find(form, at)
            if begin < 0:
                return
            # the space after a part is the one before the next
            at = begin + len(form) - 1
        end, begins = at, [begin]
        for form in reversed(sought[:-1]):
            begins.insert(0, line.rfind(form, 0, begins[0] + 1))
        if all(
            later - begin <= len(form) + NEAR for form, (begin, later) in zip(sought, pairwise(begins), strict=False)
        ):
            yield text.folded.span(begins[0], end)
        at = begins[0] + 1


def _beginning_at_the_end(bare: list[_Token], text: _Text) -> Span | None:
    """The text's end where it is the quote's beginning, its last word perhaps cut off; the longest such piece."""
    stop = next((end for end in range(len(text.tokens), 0, -1) if text.tokens[end - 1].cased not in _ADDED), 0)
    tail = [token.folded for token in text.tokens[:stop]]
    sought = [token.folded for token in bare[:stop]]
    for length in range(len(sought), SURE_WORDS - 1, -1):
        if not sought[length - 1].startswith(tail[-1]) or tail[-length:-1] != sought[: length - 1]:
            continue
        enough = sum(token.is_word for token in bare[:length]) >= SURE_WORDS
        if enough and len(" ".join(tail[-length:])) >= SURE_CHARACTERS:
            return Span(text.spans[stop - length][0], text.end)
    return None
