"""Essays and transcripts in lines that are comfortable to read."""

from markupsafe import Markup

from components.markup import element, joined, paragraphs

STORED_ESSAY_CHARACTERS = 1000
"""The functions store only so much of an essay."""


def essay(text: str, word_count: int | None) -> Markup:
    """The stored essay; says so where the stored text is only its beginning."""
    parts = [element("div", paragraphs(text), "b-prose")]
    if is_cut_off(text, word_count):
        cut = f"Only the first {STORED_ESSAY_CHARACTERS:,} characters are stored; the essay had {word_count:,} words."
        parts.append(element("p", cut, "b-note"))
    return joined(parts)


def is_cut_off(text: str, word_count: int | None) -> bool:
    """Whether the stored text is shorter than the essay was: at the limit, and with fewer words than were counted."""
    return len(text) >= STORED_ESSAY_CHARACTERS and word_count is not None and len(text.split()) < word_count


def transcript(text: str) -> Markup:
    """The whole transcript, one paragraph per line of it."""
    return element("div", paragraphs(text), "b-prose")
