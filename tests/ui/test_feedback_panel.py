from dataclasses import replace

import pytest
from markupsafe import Markup

from bandup.ui.attempt_panels import feedback_panel
from data.parsers import feedback_of
from data.records import CriterionFeedback, Feedback, QuotedExample, Remarks
from tests.ui.parsed import HOSTILE, Parsed, balanced, parsed

NAN = float("nan")
BANDS = {"overall_band": 6.5, "task_achievement_band": 6.5, "lexical_band": 7.0, "grammar_band": NAN}


def feedback_full_of(text: str) -> Feedback:
    """A feedback with the text in every slot."""
    content = Remarks(text, (text, text), (text,), (text,), ((text, (text,)), ("", (text,))))
    return Feedback(
        general=content,
        recommendations=(text, text),
        quoted_examples=(QuotedExample(text, text, text),),
        criteria=(CriterionFeedback("lexical_band", text, content), CriterionFeedback("grammar_band", "", content)),
        unparsed=text,
    )


SLOTS = parsed(feedback_panel(feedback_full_of("harmless"), BANDS, "TASK_2")).text.lower().count("harmless")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_a_text_in_every_slot(text):
    markup = feedback_panel(feedback_full_of(text), BANDS, "TASK_2")
    page = parsed(markup)
    assert isinstance(markup, Markup)
    assert page.structure == parsed(feedback_panel(feedback_full_of("harmless"), BANDS, "TASK_2")).structure
    # a heading of the feedback's own is capitalised, all else stands as it is
    assert page.text.count(text) + (text != text.capitalize()) * page.text.count(text.capitalize()) == SLOTS == 31


@pytest.mark.parametrize("text", HOSTILE)
def test_a_task_type_can_not_become_a_tag(text):
    assert (
        parsed(feedback_panel(feedback_full_of("x"), BANDS, text)).structure
        == parsed(feedback_panel(feedback_full_of("x"), BANDS, None)).structure
    )


def general(**content) -> Parsed:
    """The panel of general remarks alone."""
    return parsed(feedback_panel(Feedback(general=Remarks(**content)), BANDS, None))


def of_criterion(column: str, content: str, bands) -> list[str]:
    """The lines of one criterion's feedback that has a band and no remarks."""
    return parsed(
        feedback_panel(Feedback(criteria=(CriterionFeedback(column, content, Remarks()),)), bands, None)
    ).lines


def test_only_elements_for_reading():
    structure = parsed(feedback_panel(feedback_full_of("x"), BANDS, "TASK_1")).structure
    assert balanced(structure)
    tags = {entry.strip("</").split(" ")[0] for entry in structure}
    assert tags == {"div", "section", "h3", "h4", "p", "ul", "li", "blockquote", "b", "span", "pre"}
    assert all(entry.split(" ", 1)[1].startswith("class='b-") for entry in structure if " " in entry)


@pytest.mark.parametrize(
    ("overall_band", "lines"),
    [
        ("", []),
        ("6.5", []),
        ("7.0", ["The feedback gives the overall band 7.0."]),
        ("<b>", ["The feedback gives the overall band <b>."]),
    ],
)
def test_the_feedbacks_own_overall_band_is_shown_where_it_differs(overall_band, lines):
    assert parsed(feedback_panel(Feedback(overall_band=overall_band), BANDS, None)).lines == lines


def test_nothing_said_is_an_empty_panel():
    assert feedback_panel(Feedback(), BANDS, None) == Markup('<div class="b-feedback"></div>')


@pytest.mark.parametrize(
    ("stored", "content", "shown"),
    [
        (6.5, "6.5", ["6.5"]),
        (6.5, " 6.5 ", ["6.5"]),
        (7.0, "7", ["7.0"]),
        (7.0, "7.0", ["7.0"]),
        (7.0, "", ["7.0"]),
        (6.5, "7.0", ["6.5", "the feedback says 7.0"]),
        (7.0, "70", ["7.0", "the feedback says 70"]),
        (NAN, "6.0", ["–", "the feedback says 6.0"]),
        (NAN, "", ["–"]),
        (NAN, "error", ["–", "the feedback says error"]),
        (6.0, "six", ["6.0", "the feedback says six"]),
        (0.0, "0", ["0.0"]),
    ],
)
def test_a_band_that_differs_from_the_stored_one_is_shown_beside_it(stored, content, shown):
    assert of_criterion("lexical_band", content, {"lexical_band": stored}) == ["Lexical Resource", *shown]


def test_a_criterion_without_a_stored_band():
    assert of_criterion("fluency_band", "6.5", {}) == ["Fluency and Coherence", "–", "the feedback says 6.5"]


@pytest.mark.parametrize(
    ("task_type", "name"),
    [
        ("TASK_1", "Task Achievement"),
        ("TASK_2", "Task Response"),
        (None, "Task Achievement / Response"),
        (NAN, "Task Achievement / Response"),
    ],
)
def test_a_task_names_its_criterion(task_type, name):
    markup = feedback_panel(
        Feedback(criteria=(CriterionFeedback("task_achievement_band", "", Remarks()),)), BANDS, task_type
    )
    assert parsed(markup).lines == [name, "6.5"]


def test_headings_stand_over_what_is_there_and_nothing_else():
    page = parsed(feedback_panel(replace(feedback_full_of("x"), general=Remarks(), criteria=()), BANDS, None))
    assert page.lines == [
        "Examples from the text",
        "x",
        "Issue: ",
        "x",
        "Better: ",
        "x",
        "Recommendations",
        "x",
        "x",
        "x",
    ]
    quote_alone = parsed(feedback_panel(Feedback(quoted_examples=(QuotedExample("x"),)), BANDS, None))
    assert quote_alone.lines == ["Examples from the text", "x"]
    assert general(improvements=("x",)).lines == ["To improve", "x"]
    assert general(others=(("", ("x",)),)).lines == ["x"]
    assert general(others=(("word choice", ("x",)),)).lines == ["Word choice", "x"]


def test_prose_stands_in_its_paragraphs():
    assert general(text="one\n\ntwo").structure == ["<div class='b-feedback'", "<p", "</p", "<p", "</p", "</div"]
    assert general(text="one\n\ntwo").lines == ["one", "two"]


def test_headings_go_down_by_one():
    """The panel is under a heading of the second level."""
    criteria = (CriterionFeedback("lexical_band", "", Remarks(strengths=("x",))),)
    structure = parsed(feedback_panel(Feedback(Remarks(strengths=("x",)), criteria=criteria), BANDS, None)).structure
    assert [entry for entry in structure if entry.startswith("<h")] == ["<h3", "<h3", "<h4"]


@pytest.mark.parametrize(
    ("stored", "lines"),
    [
        ('{"strengths": ["Clear <b>"], "weaknesses": []}', ["Strengths", "Clear <b>"]),
        (
            '{"overall": "Good", "lexical": {"band": 7.0, "feedback": "Wide"}}',
            ["Good", "Lexical Resource", "7.0", "Wide"],
        ),
        ('{"lexical": {"band": 5}}', ["Lexical Resource", "7.0", "the feedback says 5"]),
        ("not JSON </pre><script>", ["not JSON </pre><script>"]),
        ('["a", "b"]', ["a", "b"]),
        ('{"<script>": {"x": "</ul>"}}', ["<script>", "x: </ul>"]),
    ],
)
def test_feedback_as_it_is_stored(stored, lines):
    feedback, _ = feedback_of({"S": stored})
    page = parsed(feedback_panel(feedback, BANDS, None))
    assert page.lines == lines
    assert balanced(page.structure)
