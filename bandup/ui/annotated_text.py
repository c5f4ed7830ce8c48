"""Essays and transcripts for reading, with what was quoted or searched marked in them."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from markupsafe import Markup

from bandup.analysis.quote_matching import (
    STORED_CHARACTERS,
    Placed,
    Segment,
    Span,
    cut,
    is_cut_off,
    numbered,
    paragraph_spans,
)
from bandup.analysis.transcripts import line_spans
from bandup.ui.html import element, joined, paragraphs
from data.records import QuotedExample

Numbered = tuple[int, Span]


def essay(text: str, placed: Sequence[Placed], word_count: int | None) -> Markup:
    """The stored essay, its quoted examples marked and numbered, and beside each paragraph what is said of them.

    Below stand a line that says so where the stored text is only the essay's beginning, and the examples that were not
    found. `placed`: as of `bandup.analysis.quote_matching.placed`; an example's number is its place there.
    """
    found = numbered(placed)
    if found:
        passages = [_passage(text, line, marked, placed) for line, marked in _by_line(paragraph_spans(text), found)]
        parts = [element("div", joined(passages), "b-passages")]
    else:
        parts = [element("div", paragraphs(text), "b-prose")]
    if is_cut_off(text, word_count):
        parts.append(element("p", _cut_note(word_count), "b-note"))
    if len(found) < len(placed):
        parts.append(_not_found([one for one in placed if one.span is None], is_stored=bool(text.strip())))
    return element("div", joined(parts), "b-annotated")


def transcript(text: str, found: Iterable[Span] = ()) -> Markup:
    """The whole transcript in comfortable lines, with what a search found in it marked."""
    lines = _by_line(line_spans(text), list(enumerate(found, 1)))
    drawn = (element("p", _marked(text[slice(*line)], marked, numbers=False)) for line, marked in lines)
    return element("div", joined(drawn), "b-prose")


def example(one: QuotedExample) -> Markup:
    """A quote, what is wrong with it and what to write instead."""
    parts = [element("blockquote", one.quote)]
    for label, said in (("Issue: ", one.issue), ("Better: ", one.suggestion)):
        if said:
            parts.append(element("p", joined([element("b", label), element("span", said)])))
    return joined(parts)


def _passage(text: str, line: Span, marked: list[Numbered], placed: Sequence[Placed]) -> Markup:
    """A paragraph and the notes on the quotes that begin in it."""
    parts = [element("p", _marked(text[slice(*line)], marked, numbers=True))]
    notes = [_note(number, placed[number - 1]) for number, _ in marked if _begins(placed[number - 1], line)]
    if notes:
        parts.append(element("ol", joined(notes), "b-notes"))
    return element("div", joined(parts), "b-passage")


def _begins(one: Placed, line: Span) -> bool:
    return one.span is not None and line.start <= one.span.start


def _note(number: int, one: Placed) -> Markup:
    said = example(one.example)
    if one.cut_off:
        said += element("p", "The stored text ends within this quote.", "b-note")
    return Markup('<li class="b-quote" value="{}">{}</li>').format(number, said)


def _not_found(placed: Sequence[Placed], *, is_stored: bool) -> Markup:
    if not is_stored:
        heading, reason = "Examples from the essay", "No essay is stored to find them in."
    elif any(one.cut_off for one in placed):
        heading, reason = "Not found in the essay", "They may stand in the part that is not stored."
    else:
        heading, reason = "Not found in the essay", "The grader may have put the words another way."
    listed = element("ul", joined(element("li", example(one.example), "b-quote") for one in placed), "b-notes")
    return element("section", joined([element("h3", heading), element("p", reason, "b-note"), listed]))


def _cut_note(word_count: int | None) -> str:
    if word_count is None:
        return f"Only the first {STORED_CHARACTERS:,} characters of an essay are stored; this one may have been longer."
    return f"Only the first {STORED_CHARACTERS:,} characters are stored; the essay had {word_count:,} words."


def _by_line(lines: Iterable[Span], marked: Iterable[Numbered]) -> Iterator[tuple[Span, list[Numbered]]]:
    """Each line with the numbered spans that touch it, in the line's own characters."""
    waiting = deque(sorted(marked, key=lambda one: one[1]))
    touching: list[Numbered] = []
    for line in lines:
        while waiting and waiting[0][1].start < line.end:
            touching.append(waiting.popleft())
        touching = [(number, span) for number, span in touching if span.end > line.start]
        yield (
            line,
            [
                (number, Span(max(span.start, line.start) - line.start, min(span.end, line.end) - line.start))
                for number, span in touching
            ],
        )


def _marked(line: str, marked: Iterable[Numbered], *, numbers: bool) -> Markup:
    """A line with its spans marked, each with its number where it ends."""
    parts = []
    for piece, following in pairwise([*cut(line, marked), Segment("")]):
        if not piece.numbers:
            parts.append(Markup.escape(piece.text))
            continue
        ended = sorted({*piece.numbers}.difference(following.numbers))
        label = element("sup", "".join(f"[{number}]" for number in ended)) if numbers and ended else Markup("")
        shared = "b-found b-shared" if len(piece.numbers) > 1 else "b-found"
        parts.append(element("mark", Markup.escape(piece.text) + label, shared))
    return joined(parts)
