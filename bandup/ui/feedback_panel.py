"""The feedback of one evaluation, whatever its shape, laid out for reading."""

from collections.abc import Mapping

from markupsafe import Markup

from bandup.analysis.bands import criterion_name
from bandup.ui import annotated_text
from bandup.ui.band_badges import badge as band_badge
from bandup.ui.html import element, joined, paragraphs
from data.records import CriterionFeedback, Feedback, QuotedExample, Remarks

HEADINGS = (("strengths", "Strengths"), ("weaknesses", "Weaknesses"), ("improvements", "To improve"))


def panel(
    feedback: Feedback, bands: Mapping[str, float], task_type: str | None, *, with_examples: bool = True
) -> Markup:
    """The whole feedback: what it says in general, by criterion, quoted examples, recommendations.

    `with_examples`: whether the quoted examples stand here; beside the essay they need not.
    `bands`: the stored bands by attribute name, NaN where missing; they stand beside the criteria's names.
    """
    parts = [remarks(feedback.general, "h3")]
    parts += [criterion(one, bands, task_type) for one in feedback.criteria]
    if feedback.quoted_examples and with_examples:
        quotes = joined(quoted_example(example) for example in feedback.quoted_examples)
        parts.append(element("section", joined([element("h3", "Examples from the text"), quotes])))
    if feedback.recommendations:
        listed = lines("recommendations", feedback.recommendations)
        parts.append(element("section", joined([element("h3", "Recommendations"), listed])))
    if feedback.unparsed:
        parts.append(element("pre", feedback.unparsed, "b-asis"))
    return element("div", joined(parts), "b-feedback")


def criterion(one: CriterionFeedback, bands: Mapping[str, float], task_type: str | None) -> Markup:
    """One criterion: its official name, its band, and what the feedback says of it.

    Where the feedback's own text names another band than the attribute, both are shown.
    """
    stored = bands.get(one.column)
    badge = band_badge(stored)
    if one.band and not _is_number(one.band, stored):
        badge += element("span", f"the feedback says {one.band}", "b-note")
    heading = element("h3", joined([element("span", criterion_name(one.column, task_type)), badge]))
    return element("section", joined([heading, remarks(one.remarks, "h4")]))


def _is_number(text: str, number: float | None) -> bool:
    try:
        return float(text) == number
    except ValueError:
        return False


def remarks(said: Remarks, heading_tag: str) -> Markup:
    """Prose, then lists under their headings, then whatever else was there under its own name."""
    parts = [paragraphs(said.text)] if said.text else []
    for name, heading in HEADINGS:
        found = getattr(said, name)
        if found:
            parts += [element(heading_tag, heading), lines(name, found)]
    for name, found in said.others:
        parts += [*([element(heading_tag, name[:1].upper() + name[1:])] if name else []), lines("others", found)]
    return joined(parts)


def quoted_example(example: QuotedExample) -> Markup:
    """A quote, what is wrong with it and what to write instead, where no essay stands beside it."""
    return element("div", annotated_text.example(example), "b-quote")


def lines(kind: str, found: tuple[str, ...]) -> Markup:
    """A list of sentences; `kind` chooses its mark."""
    return element("ul", joined(element("li", line) for line in found), f"b-list b-{kind}")
