"""Find the places of quoted examples in the essay.

A grader's quote is seldom the exact text of the essay: quotation marks and dashes change their shape, case, spacing and
final punctuation change, the middle is left out. Texts are therefore compared word by word in several readings, the
strictest first. A quote that is in no reading is not found: nothing is guessed. A quote that fits several places gets
the first; the same quote given again gets the next, and the first again when none is left.
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
"""The functions store only this many characters of an essay."""

MAX_GAP = 300
"""Characters of normalised text between two parts of a quote with an ellipsis, at most: some fifty words."""

MAX_PARTS = 6
MIN_QUOTE_WORDS, MIN_QUOTE_CHARACTERS = 3, 15
"""The size a quote must have to be searched for in parts, inside words or at a cut-off end."""

_APOSTROPHES = "'’‘ʼ＇`´′‛"
_QUOTATION_MARKS = '"“”„‟«»‹›‚″〝〞＂'
_DASHES = "-‐‑‒–—―−﹘﹣－"
_ELLIPSIS = "…"
_SHAPES = str.maketrans(
    {**dict.fromkeys(_APOSTROPHES + _QUOTATION_MARKS, "'"), **dict.fromkeys(_DASHES, "-"), "\u00ad": ""}
)
_SENTENCE_ENDS = frozenset(".!?")
_ADDED = frozenset("'.,;:!?-()[]{}*_\\" + _ELLIPSIS)
"""Signs that a grader adds or leaves out around a quote. Others (`%`, `+`) belong to the quote."""

_TOKEN = re.compile(r"(?:[wd]|(?<=[wd])'(?=[wd])|(?<=d)[.,](?=d))+|…[….]*|\.[….]+|[^ ]")
"""Matches in a text's classes (see `_Classes`): a word (`don't`, `3.5`), an ellipsis, or one sign."""

_PARAGRAPH = re.compile(r"\S(?:[^\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]*\S)?")


class Span(NamedTuple):
    """A piece of a text: the characters from `start` up to but not including `end`."""

    start: int
    end: int


@dataclass(frozen=True)
class LocatedQuote:
    """A quoted example and its place in the essay, None if it was not found.

    `cut_off`: the quote, or its end, may be in the part of the essay that was not stored.
    """

    example: QuotedExample
    span: Span | None
    cut_off: bool = False


class Segment(NamedTuple):
    """A piece of a text with the numbers of the examples that cover it, ascending; none for plain text."""

    text: str
    numbers: tuple[int, ...] = ()


def is_cut_off(text: str, word_count: float | None = None) -> bool:
    """Whether the stored text may be only the beginning of the essay.

    It is if it has exactly `STORED_CHARACTERS` and fewer words than were counted (or the count is unknown).
    """
    return len(text) == STORED_CHARACTERS and (word_count is None or not word_count <= len(text.split()))


def locate_quotes(examples: Sequence[QuotedExample], text: str, word_count: float | None = None) -> list[LocatedQuote]:
    """The examples in the order of their places in the text, then those not found, in the order given.

    `word_count`: the number of words of the whole essay, if known; it shows whether the stored text is cut off.

    Differences in these are ignored: case, white space, shapes of quotation marks, apostrophes and dashes, `...` and
    `…`, Unicode's composed and decomposed forms, invisible characters, and signs around the quote that the text does
    not have there. The following are tried in turn, each only if the ones before found nothing:

    1. the quote as it is, with its case; then ignoring case;
    2. two words or more, ignoring punctuation within a sentence (`however it is` for `however, it is`);
    3. a quote with ellipses in its middle: its parts in order, at most `MAX_GAP` apart;
    4. three words or more that begin or end inside a word;
    5. in a text that is cut off: its last three words or more as the beginning of the quote.

    Only whole words match (except in 4 and 5), so that `the` is not found in `other`, and a span consists of whole
    words. A quote without a letter or digit is never found.
    """
    readings, cut_off = _Text(text), is_cut_off(text, word_count)
    iterators: dict[tuple[str, ...], Iterator[_Place]] = {}
    firsts: dict[tuple[str, ...], _Place] = {}
    found, not_found = [], []
    for example in examples:
        quote = _tokens(example.quote)[0]
        key = tuple(token.cased for token in _bare(quote))
        place = next(iterators.setdefault(key, _places(quote, readings, cut_off=cut_off)), firsts.get(key))
        if place is None:
            not_found.append(LocatedQuote(example, None, cut_off=cut_off))
        else:
            firsts.setdefault(key, place)
            found.append(LocatedQuote(example, place.span, cut_off=place.cut_off))
    return sorted(found, key=lambda quote: quote.span or ()) + not_found


def numbered_spans(examples: Iterable[LocatedQuote]) -> list[tuple[int, Span]]:
    """The numbers (position in the list, from 1) and spans of the examples that were found."""
    return [(number, example.span) for number, example in enumerate(examples, 1) if example.span is not None]


def cut_at_spans(text: str, marked: Iterable[tuple[int, Span]]) -> list[Segment]:
    """The text cut where a numbered span begins or ends; joined, the pieces are the text. Spans may overlap."""
    begins: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for number, span in marked:
        begins.setdefault(span.start, []).append(number)
        ends.setdefault(span.end, []).append(number)
    covering: set[int] = set()
    segments = []
    for start, end in pairwise(sorted({0, len(text), *begins, *ends})):
        covering.difference_update(ends.get(start, ()))
        covering.update(begins.get(start, ()))
        segments.append(Segment(text[start:end], tuple(sorted(covering))))
    return segments


def paragraph_spans(text: str) -> list[Span]:
    """The spans of the text's lines without the white space around them; blank lines are left out."""
    return [Span(*match.span()) for match in _PARAGRAPH.finditer(text)]


def at_most(most: int, spans: Sequence[Span]) -> list[Span]:
    """The spans, from the last of `most` on as one that reaches to the end: each becomes an element of a page."""
    return [*spans] if len(spans) <= most else [*spans[: most - 1], Span(spans[most - 1].start, spans[-1].end)]


class _Token(NamedTuple):
    """A word or a sign: in plain shapes, and the same case-folded."""

    cased: str
    folded: str
    is_word: bool


class _Place(NamedTuple):
    span: Span
    cut_off: bool = False


class _Classes(dict[int, str]):
    """The class of each character as one letter, so that the classes of a text are as long as the text.

    `w` letters, marks and invisible characters; `d` digits; `'` apostrophes; space; `.`, `,` and `…`; `s` others.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if character in _APOSTROPHES:
            letter = "'"
        elif character in f".,{_ELLIPSIS}":
            letter = character
        elif character.isspace():
            letter = " "
        elif category[0] in "LM" or category == "Cf":
            letter = "w"
        else:
            letter = "d" if category[0] == "N" else "s"
        self[code] = letter
        return letter


_CLASSES = _Classes()


def _tokens(text: str) -> tuple[list[_Token], list[tuple[int, int]]]:
    """The words and signs of a text in order, and the span of each; invisible characters are left out."""
    by_text: dict[str, _Token] = {}
    tokens, spans = [], []
    for match in _TOKEN.finditer(text.translate(_CLASSES)):
        span = match.span()
        written = text[span[0] : span[1]]
        token = by_text.get(written)
        if token is None:
            cased = _ELLIPSIS if _ELLIPSIS in written or written.startswith("..") else _plain_shapes(written)
            by_text[written] = token = _Token(cased, _plain_shapes(cased.casefold()), any(map(str.isalnum, cased)))
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
    """The forms of a text's tokens in one line, with a space before, between and after them."""

    def __init__(self, forms: Iterable[str], spans: Iterable[tuple[int, int]]) -> None:
        tokens = [(form, span) for form, span in zip(forms, spans, strict=True) if form]
        self.line = _line(form for form, _ in tokens) if tokens else ""
        self._offsets = list(accumulate((len(form) + 1 for form, _ in tokens[:-1]), initial=0))
        self._spans = [span for _, span in tokens]

    def span(self, start: int, end: int) -> Span:
        """The span in the original text of the tokens that a piece of the line touches, with the space before each."""
        first, last = bisect_right(self._offsets, start) - 1, bisect_left(self._offsets, end) - 1
        return Span(self._spans[first][0], self._spans[last][1])

    def spans(self, form: str) -> Iterator[Span]:
        """The spans in the original text wherever the line contains `form`, overlapping ones too."""
        at = self.line.find(form)
        while at >= 0:
            yield self.span(at, at + len(form.rstrip(" ")))
            at = self.line.find(form, at + 1)


class _Text:
    """The readings of an essay, each built when first needed."""

    def __init__(self, text: str) -> None:
        self.end = len(text.rstrip())
        self.tokens, self.spans = _tokens(text)

    @cached_property
    def cased(self) -> _Reading:
        return _Reading((token.cased for token in self.tokens), self.spans)

    @cached_property
    def folded(self) -> _Reading:
        return _Reading((token.folded for token in self.tokens), self.spans)

    @cached_property
    def unpunctuated(self) -> _Reading:
        return _Reading(map(_unpunctuated, self.tokens), self.spans)


def _places(quote: list[_Token], text: _Text, *, cut_off: bool) -> Iterator[_Place]:
    """The places of a quote in order, in the strictest reading that contains it."""
    bare = _bare(quote)
    words = sum(token.is_word for token in bare)
    if not words:
        return
    core = " ".join(token.folded for token in bare)
    is_contained = core in text.folded.line
    searches: list[Iterator[Span]] = []
    if is_contained:
        forms = [quote, bare] if len(bare) < len(quote) else [quote]
        searches += [text.cased.spans(_line(token.cased for token in form)) for form in forms]
        searches += [text.folded.spans(_line(token.folded for token in form)) for form in forms]
    if words > 1:
        searches.append(text.unpunctuated.spans(_line(filter(None, map(_unpunctuated, bare)))))
    if words >= MIN_QUOTE_WORDS:
        searches.append(_in_parts(bare, text))
    if is_contained and words >= MIN_QUOTE_WORDS and len(core) >= MIN_QUOTE_CHARACTERS:
        searches.append(text.folded.spans(core))
    for spans in searches:
        if first := next(spans, None):
            yield from map(_Place, chain([first], spans))
            return
    if cut_off and words >= MIN_QUOTE_WORDS and (beginning := _beginning_at_the_end(bare, text)):
        yield _Place(beginning, cut_off=True)


def _line(forms: Iterable[str]) -> str:
    return f" {' '.join(forms)} "


def _bare(tokens: list[_Token]) -> list[_Token]:
    """The tokens without the signs around them that a grader may have added."""
    own = [at for at, token in enumerate(tokens) if token.cased not in _ADDED]
    return tokens[own[0] : own[-1] + 1] if own else []


def _unpunctuated(token: _Token) -> str:
    """A word without apostrophes, one sign for the end of a sentence, nothing for other punctuation."""
    if token.is_word:
        return token.folded.replace("'", "")
    return "." if token.cased in _SENTENCE_ENDS else "" if token.cased in _ADDED else token.folded


def _in_parts(bare: list[_Token], text: _Text) -> Iterator[Span]:
    """The shortest spans in which all parts follow each other, at most `MAX_GAP` apart."""
    grouped = groupby(bare, lambda token: token.cased == _ELLIPSIS)
    parts = [part for is_ellipsis, tokens in grouped if not is_ellipsis and (part := _bare(list(tokens)))]
    if not 1 < len(parts) <= MAX_PARTS:
        return
    line, forms = text.folded.line, [_line(token.folded for token in part) for part in parts]
    at = 0
    while True:
        for form in forms:
            begin = line.find(form, at)
            if begin < 0:
                return
            # the space after a part is the one before the next
            at = begin + len(form) - 1
        end, begins = at, [begin]
        for form in reversed(forms[:-1]):
            begins.insert(0, line.rfind(form, 0, begins[0] + 1))
        if all(
            later - begin <= len(form) + MAX_GAP for form, (begin, later) in zip(forms, pairwise(begins), strict=False)
        ):
            yield text.folded.span(begins[0], end)
        at = begins[0] + 1


def _beginning_at_the_end(bare: list[_Token], text: _Text) -> Span | None:
    """The longest end of the text that is the beginning of the quote, its last word perhaps cut off."""
    stop = next((end for end in range(len(text.tokens), 0, -1) if text.tokens[end - 1].cased not in _ADDED), 0)
    tail = [token.folded for token in text.tokens[:stop]]
    head = [token.folded for token in bare[:stop]]
    for length in range(len(head), MIN_QUOTE_WORDS - 1, -1):
        if not head[length - 1].startswith(tail[-1]) or tail[-length:-1] != head[: length - 1]:
            continue
        enough = sum(token.is_word for token in bare[:length]) >= MIN_QUOTE_WORDS
        if enough and len(" ".join(tail[-length:])) >= MIN_QUOTE_CHARACTERS:
            return Span(text.spans[stop - length][0], text.end)
    return None
