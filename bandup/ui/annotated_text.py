"""Essays and transcripts for reading, with quoted examples or search results marked in them."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import streamlit as st
from markupsafe import Markup

from bandup.analysis import quote_matching, transcripts
from bandup.analysis.quote_matching import STORED_CHARACTERS, LocatedQuote, Segment, Span
from bandup.formatting import counted
from bandup.templating import render
from bandup.ui import html, page
from data.records import Evaluation

NumberedSpan = tuple[int, Span]

MAX_PARAGRAPHS = 120
MAX_LINES = 400
MAX_MARKS = 200
"""Elements made of one text: paragraphs of an essay, lines of a transcript (the last holds the rest), marks of a search."""


def evaluation_essay(evaluation: Evaluation, word_count: int | None) -> Markup:
    """The stored essay with the quoted examples of its feedback."""
    quotes = quote_matching.locate_quotes(evaluation.feedback.quoted_examples, evaluation.essay_text, word_count)
    return essay(evaluation.essay_text, quotes, word_count)


def show_transcript(text: str) -> None:
    """Show the whole transcript, a search in it, and its fillers: counted only, as no official rule maps them to bands."""
    query = st.text_input("Search in the transcript", key="transcript_search", type="search")
    matches = transcripts.find_text(text, query) if query else []
    if query:
        marked = f"; the first {MAX_MARKS:,} are marked" if len(matches) > MAX_MARKS else ""
        page.note(f"Found {counted(len(matches), 'time')}{marked}.")
    html.show(transcript(text, matches[:MAX_MARKS]))
    fillers = transcripts.filler_counts(text)
    counts = ", ".join(f"{filler} {count}" for filler, count in zip(fillers["filler"], fillers["count"], strict=True))
    page.note(
        f"Fillers: {counts}. These counts are a description only." if counts else "No fillers (um, uh, you know)."
    )


def essay(text: str, quotes: Sequence[LocatedQuote], word_count: int | None) -> Markup:
    """The stored essay with its quoted examples marked and numbered, and notes on them beside each paragraph.

    A line below it says where only the beginning of the essay is stored. The examples that were not found come last.
    `quotes`: as of `bandup.analysis.quote_matching.locate_quotes`; an example's number is its place in the list.
    """
    spans = quote_matching.numbered_spans(quotes)
    paragraphs = quote_matching.at_most(MAX_PARAGRAPHS, quote_matching.paragraph_spans(text))
    marked_paragraphs = [
        {
            "pieces": _pieces(text[slice(*line)], marked),
            "notes": [(number, quotes[number - 1]) for number, _ in marked if _begins_in(quotes[number - 1], line)],
        }
        for line, marked in _by_line(paragraphs, spans)
    ]
    not_found = [quote for quote in quotes if quote.span is None]
    heading, reason = _why_not_found(not_found, is_stored=bool(text.strip()))
    return render(
        "annotated_essay.html",
        marked_paragraphs=marked_paragraphs if spans else [],
        paragraphs=[text[slice(*paragraph)] for paragraph in paragraphs],
        cut_note=_cut_note(word_count) if quote_matching.is_cut_off(text, word_count) else "",
        not_found=not_found,
        not_found_heading=heading,
        not_found_reason=reason,
    )


def transcript(text: str, matches: Iterable[Span] = ()) -> Markup:
    """The whole transcript in lines of readable length, with the matches of a search marked."""
    lines_of_text = quote_matching.at_most(MAX_LINES, transcripts.line_spans(text))
    lines = _by_line(lines_of_text, list(enumerate(matches, 1)))
    pieces = [_pieces(text[slice(*line)], marked, with_numbers=False) for line, marked in lines]
    return render("transcript.html", lines=pieces)


def _begins_in(quote: LocatedQuote, line: Span) -> bool:
    return quote.span is not None and line.start <= quote.span.start


def _why_not_found(quotes: Sequence[LocatedQuote], *, is_stored: bool) -> tuple[str, str]:
    """A heading for the quotes that were not found, and the reason."""
    if not is_stored:
        return "Examples from the essay", "No essay is stored to find them in."
    if any(quote.cut_off for quote in quotes):
        return "Not found in the essay", "They may be in the part that is not stored."
    return "Not found in the essay", "The grader may have changed the wording."


def _cut_note(word_count: int | None) -> str:
    if word_count is None:
        return f"Only the first {STORED_CHARACTERS:,} characters of an essay are stored; this one may have been longer."
    return f"Only the first {STORED_CHARACTERS:,} characters are stored; the essay had {word_count:,} words."


def _by_line(lines: Iterable[Span], spans: Iterable[NumberedSpan]) -> Iterator[tuple[Span, list[NumberedSpan]]]:
    """Each line with the numbered spans that touch it, counted from the line's own first character."""
    waiting = deque(sorted(spans, key=lambda numbered: numbered[1]))
    touching: list[NumberedSpan] = []
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


def _pieces(
    line: str, spans: Iterable[NumberedSpan], *, with_numbers: bool = True
) -> list[tuple[Segment, Sequence[int]]]:
    """A line cut where a span begins or ends: each piece, and the numbers of the spans that end with it."""
    segments = quote_matching.cut_at_spans(line, spans)
    return [
        (segment, sorted({*segment.numbers}.difference(following.numbers)) if with_numbers else ())
        for segment, following in pairwise([*segments, Segment("")])
    ]
