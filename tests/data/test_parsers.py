import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from time import perf_counter
from typing import Any
from unicodedata import normalize

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.cards import Cards, cards_of
from data.flags import DEFAULT_CRITERION_FLAGS, Flag, flags_in
from data.json_text import MAX_NESTING
from data.parsers import evaluation_of, feedback_of, flashcard_set_of
from data.records import Card, CriterionFeedback, Feedback, QuotedExample, Remarks
from data.schema import EVALUATIONS, FLASHCARD_SETS, TABLES
from data.values import NO_FLAG
from tests.wire_values import items_of, wire, wire_values

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
CRITERION = {
    "band": "6.5",
    "feedback": "Clear position.",
    "strengths": ["Answers the question"],
    "weaknesses": ["Thin examples"],
    "improvements": ["Give one example each"],
}
CRITERION_REMARKS = Remarks(
    "Clear position.", ("Answers the question",), ("Thin examples",), ("Give one example each",)
)
QUESTION_AND_ANSWER = {"question": "Q?", "answer": "A."}


def both_ways(content: Any) -> list[dict[str, Any]]:
    """A document as the functions store it: JSON text, or DynamoDB's own types."""
    return [{"S": json.dumps(content)}, wire(content)]


def nested(levels: int, opening: str, inner: str, closing: str) -> dict[str, str]:
    return {"S": opening * levels + inner + closing * levels}


def texts_in(record: Any) -> Iterator[str]:
    """Every text of a record of `data.records`, however deep."""
    if isinstance(record, str):
        yield record
    elif isinstance(record, tuple):
        for element in record:
            yield from texts_in(element)
    elif not isinstance(record, int):
        for value in vars(record).values():
            yield from texts_in(value)


def strings_in(content: Any) -> Iterator[str]:
    """Every string of a JSON value but the keys."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list | dict):
        for element in content.values() if isinstance(content, dict) else content:
            yield from strings_in(element)


@pytest.mark.parametrize(
    ("content", "feedback"),
    [
        ({}, Feedback()),
        (
            {"strengths": ["Clear", "Concise"], "weaknesses": ["Short"]},
            Feedback(general=Remarks(strengths=("Clear", "Concise"), weaknesses=("Short",))),
        ),
        (
            {"fluency": {}, "pronunciation": {}},
            Feedback(
                criteria=(
                    CriterionFeedback("fluency_band", "", Remarks()),
                    CriterionFeedback("pronunciation_band", "", Remarks()),
                )
            ),
        ),
        (
            {
                "overall": "A good essay.",
                "strengths": ["S"],
                "weaknesses": ["W"],
                "recommendations": ["R1", "R2"],
                "quoted_examples": [{"quote": "He go", "issue": "agreement", "suggestion": "He goes"}],
                "task_achievement": CRITERION,
                "coherence": CRITERION,
                "lexical": CRITERION,
                "grammar": CRITERION,
            },
            Feedback(
                general=Remarks("A good essay.", ("S",), ("W",)),
                recommendations=("R1", "R2"),
                quoted_examples=(QuotedExample("He go", "agreement", "He goes"),),
                criteria=tuple(
                    CriterionFeedback(column, "6.5", CRITERION_REMARKS)
                    for column in ("task_achievement_band", "coherence_band", "lexical_band", "grammar_band")
                ),
            ),
        ),
        (
            {"overall": "Fluent.", "fluency": CRITERION, "lexical": "Good range", "grammar": ["One", "Two"]},
            Feedback(
                general=Remarks("Fluent."),
                criteria=(
                    CriterionFeedback("fluency_band", "6.5", CRITERION_REMARKS),
                    CriterionFeedback("lexical_band", "", Remarks("Good range")),
                    CriterionFeedback("grammar_band", "", Remarks(others=(("", ("One", "Two")),))),
                ),
            ),
        ),
        ({"fluency": {"band": 7}}, Feedback(criteria=(CriterionFeedback("fluency_band", "7", Remarks()),))),
        ({"fluency": {"score": 6.5}}, Feedback(criteria=(CriterionFeedback("fluency_band", "6.5", Remarks()),))),
        ({"fluency": {"band": "error"}}, Feedback(criteria=(CriterionFeedback("fluency_band", "error", Remarks()),))),
        (
            {"fluency": {"band": "7.0", "score": "6.0"}},
            Feedback(criteria=(CriterionFeedback("fluency_band", "7.0", Remarks(others=(("score", ("6.0",)),))),)),
        ),
        (
            {"fluency": {"tips": {"slow_down": "yes", "pause": ["often", "long"]}}},
            Feedback(
                criteria=(
                    CriterionFeedback(
                        "fluency_band",
                        "",
                        Remarks(others=(("tips", ("slow down: yes", "pause: often", "pause: long")),)),
                    ),
                )
            ),
        ),
        # names that mean a criterion; a second one of the same criterion stands under its own name
        (
            {
                "Task Response": "T",
                "Coherence & Cohesion": "C",
                "grammatical-range-and-accuracy": "G",
                "vocabulary": "V",
            },
            Feedback(
                criteria=(
                    CriterionFeedback("task_achievement_band", "", Remarks("T")),
                    CriterionFeedback("coherence_band", "", Remarks("C")),
                    CriterionFeedback("grammar_band", "", Remarks("G")),
                    CriterionFeedback("lexical_band", "", Remarks("V")),
                )
            ),
        ),
        (
            {"lexical": "first", "vocabulary": "second"},
            Feedback(
                general=Remarks(others=(("vocabulary", ("second",)),)),
                criteria=(CriterionFeedback("lexical_band", "", Remarks("first")),),
            ),
        ),
        (
            {"fluency_band": {"band": 7, "feedback": "F"}},
            Feedback(criteria=(CriterionFeedback("fluency_band", "7", Remarks("F")),)),
        ),
        # names that mean nothing to us
        (
            {"next_steps": ["Read", "Write"], "examiner": {"name": "Model", "mood": None}, "score": 7, "passed": True},
            Feedback(
                general=Remarks(
                    others=(
                        ("next steps", ("Read", "Write")),
                        ("examiner", ("name: Model",)),
                        ("score", ("7",)),
                        ("passed", ("true",)),
                    )
                )
            ),
        ),
        ({"nothing": [None, ""], "at_all": {"here": []}}, Feedback()),
        # other types where text or a list should be
        ({"overall": ["A", "B"]}, Feedback(general=Remarks(others=(("overall", ("A", "B")),)))),
        ({"strengths": "One"}, Feedback(general=Remarks(strengths=("One",)))),
        ({"recommendations": {"first": "Read"}}, Feedback(recommendations=("first: Read",))),
        ({"quoted_examples": {"quote": "q"}}, Feedback(quoted_examples=(QuotedExample("q"),))),
        (
            {"quoted_examples": ["just text", {"quote": " "}, {"issue": "i"}, {"quote": "q", "issue": 7}]},
            Feedback(
                general=Remarks(others=(("quoted examples", ("just text", "quote:  ", "issue: i")),)),
                quoted_examples=(QuotedExample("q", "7"),),
            ),
        ),
        (
            {"quoted_examples": [{"quote": "q", "issue": "i", "correction": "c"}]},
            Feedback(
                general=Remarks(others=(("quoted examples", ("quote: q", "correction: c")),)),
                quoted_examples=(QuotedExample("q", "i"),),
            ),
        ),
    ],
)
def test_feedback_of_every_shape_as_text_and_as_a_native_map(content, feedback):
    for value in both_ways(content):
        assert feedback_of(value) == (feedback, NO_FLAG)


@pytest.mark.parametrize("value", [None, {"NULL": True}, {"S": ""}, {"S": " \n"}])
def test_absent_feedback_is_empty_and_unflagged(value):
    feedback, flags = feedback_of(value)
    assert not feedback
    assert flags == NO_FLAG


@pytest.mark.parametrize(
    "text",
    ["Well done!", "{'strengths': []}", '{"strengths": ["a"', "{} {}", "```json\n[1\n```", "9" * 5000, "[" * 100_000],
    ids=lambda text: text[:12],
)
def test_text_that_is_no_json_is_kept_as_it_is(text):
    assert feedback_of({"S": text}) == (Feedback(unparsed=text), Flag.FEEDBACK_NOT_JSON)


@pytest.mark.parametrize(
    ("content", "general"),
    [
        (["One", {"tip": "Two"}], Remarks(others=(("", ("One", "tip: Two")),))),
        (["One"], Remarks("One")),
        ("Well done!", Remarks("Well done!")),
        (7, Remarks("7")),
        (None, Remarks()),
        ([], Remarks()),
    ],
)
def test_json_that_is_no_map_is_flagged_and_its_text_is_kept(content, general):
    assert feedback_of({"S": json.dumps(content)}) == (Feedback(general=general), Flag.FEEDBACK_NOT_JSON)


@pytest.mark.parametrize("levels", [2, MAX_NESTING, MAX_NESTING + 1, 300, *range(480, 500), 5000])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ('{"a":', "}"),
        ('{"fluency":', "}"),
        ('{"quoted_examples":', "}"),
        ("[", "]"),
        ('{"flashcards":', "}"),
        ('[{"question":', "}]"),
    ],
)
def test_however_deep_the_nesting_the_innermost_text_is_kept(levels, opening, closing):
    value = nested(levels, opening, '"innermost"', closing)
    feedback, _ = feedback_of(value)
    assert any("innermost" in text for text in texts_in(feedback))
    assert any("innermost" in text for text in texts_in(cards_of(value)[:3]))


def test_nesting_beyond_the_limit_is_text_and_within_it_is_read():
    within, beyond = (nested(levels, '{"a":', '"x"', "}") for levels in (MAX_NESTING, MAX_NESTING + 1))
    assert feedback_of(within)[1] == NO_FLAG
    assert feedback_of(beyond) == (Feedback(unparsed=beyond["S"]), Flag.FEEDBACK_NOT_JSON)


@pytest.mark.parametrize(
    ("value", "feedback"),
    [
        ({"S": "no json \ud83d"}, Feedback(unparsed="no json \ufffd")),
        ({"S": r'{"overall": "\ud83d"}'}, Feedback(general=Remarks("\ufffd"))),
        ({"S": '{"overall": "\ud83d"}'}, Feedback(general=Remarks("\ufffd"))),
        (
            {"S": r'{"\udc00": [{"\ud83d": "\ud83d"}]}'},
            Feedback(general=Remarks(others=(("\ufffd", ("\ufffd: \ufffd",)),))),
        ),
        (wire({"overall": "\ud83d"}), Feedback(general=Remarks("\ufffd"))),
        ({"S": r'{"overall": "\ud83d\ude00"}'}, Feedback(general=Remarks("😀"))),
    ],
)
def test_half_characters_are_replaced_wherever_they_stand(value, feedback):
    assert feedback_of(value)[0] == feedback


FEEDBACK_NAMES = (
    *("overall", "feedback", "strengths", "weaknesses", "improvements", "recommendations", "quoted_examples"),
    *("quote", "issue", "suggestion", "correction", "band", "score", "next_steps", ""),
    *("task_achievement", "Task Response", "coherence", "lexical", "vocabulary", "grammar", "fluency", "fluency_band"),
)
json_leaves = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), max_size=4)
    | st.integers(-9, 9)
    | st.booleans()
    | st.none()
)
json_values = st.recursive(
    json_leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FEEDBACK_NAMES), inner, max_size=5),
    max_leaves=12,
)
feedback_maps = st.dictionaries(st.sampled_from(FEEDBACK_NAMES), json_values, max_size=6)


def numbered(content: Any, numbers: Iterator[int]) -> Any:
    """The same value, with a number that makes each of its strings unique."""
    if isinstance(content, str):
        return f"‹{next(numbers)}›{content}"
    if isinstance(content, list):
        return [numbered(element, numbers) for element in content]
    if isinstance(content, dict):
        return {name: numbered(element, numbers) for name, element in content.items()}
    return content


@settings(deadline=None, max_examples=200)
@given(feedback_maps)
@example({"quoted_examples": [{"quote": "", "issue": {"a": ""}, "suggestion": [""], "correction": ""}]})
@example({"fluency": {"band": {"a": [""]}, "score": "", "feedback": {"a": ""}}, "fluency_band": ""})
def test_no_text_of_a_feedback_is_lost(content):
    content = numbered(content, count())
    for value in both_ways(content):
        feedback, flags = feedback_of(value)
        found = "\n".join(texts_in(feedback))
        assert [text for text in strings_in(content) if text not in found] == []
        assert flags in {NO_FLAG, Flag.JSON_WRAPPED}


def fenced(text: str) -> str:
    return f"Here it is:\n```json\n{text}\n```\nThat is all."


def each_part_encoded(content: Any) -> Any:
    """The value with each of its maps and lists one level below as JSON text."""
    if isinstance(content, list):
        return [json.dumps(element) if isinstance(element, dict) else element for element in content]
    return {name: json.dumps(part) if isinstance(part, dict) else part for name, part in content.items()}


WRAPPINGS = {
    "in a fence": (lambda content: fenced(json.dumps(content)), Flag.JSON_IN_CODE_FENCE),
    "in a fence that does not end": (lambda content: "```json\n" + json.dumps(content), Flag.JSON_IN_CODE_FENCE),
    "in a fence without a language": (lambda content: f"```\n{json.dumps(content)}```", Flag.JSON_IN_CODE_FENCE),
    "encoded twice": (lambda content: json.dumps(json.dumps(content)), Flag.JSON_ENCODED_TWICE),
    "encoded three times": (lambda content: json.dumps(json.dumps(json.dumps(content))), Flag.JSON_ENCODED_TWICE),
    "a fence encoded again": (
        lambda content: json.dumps(fenced(json.dumps(content))),
        Flag.JSON_IN_CODE_FENCE | Flag.JSON_ENCODED_TWICE,
    ),
    "an encoded text in a fence": (
        lambda content: fenced(json.dumps(json.dumps(content))),
        Flag.JSON_IN_CODE_FENCE | Flag.JSON_ENCODED_TWICE,
    ),
    "under `result`": (lambda content: json.dumps({"result": content}), Flag.JSON_WRAPPED),
    "as text under `Data`": (
        lambda content: json.dumps({"Data": json.dumps(content)}),
        Flag.JSON_WRAPPED | Flag.JSON_ENCODED_TWICE,
    ),
    "under two names": (lambda content: json.dumps({"response": {"output": content}}), Flag.JSON_WRAPPED),
    "each part encoded": (lambda content: json.dumps(each_part_encoded(content)), Flag.JSON_ENCODED_TWICE),
}
by_wrapping = pytest.mark.parametrize(("wrap", "flags"), WRAPPINGS.values(), ids=WRAPPINGS.keys())


@by_wrapping
def test_feedback_is_read_however_its_json_is_wrapped(wrap, flags):
    content = {"overall": "Good.", "strengths": ["S"], "fluency": CRITERION}
    feedback, found = feedback_of({"S": wrap(content)})
    assert (feedback.general.text, feedback.general.strengths) == ("Good.", ("S",))
    assert feedback.criteria == (CriterionFeedback("fluency_band", "6.5", CRITERION_REMARKS),)
    assert found == flags


@by_wrapping
def test_cards_are_read_however_their_json_is_wrapped(wrap, flags):
    cards = cards_of({"S": wrap([QUESTION_AND_ANSWER, QUESTION_AND_ANSWER | {"type": "x"}])})
    assert cards.cards == (Card("Q?", "A."), Card("Q?", "A.", "X"))
    assert (cards.unreadable, cards.flags) == ((), flags)


@pytest.mark.parametrize("name", ["cards", "flashcards", "Flash Cards", "flashCards", "questions", "items"])
def test_what_is_beside_a_wrapped_list_of_cards_is_kept(name):
    cards = cards_of(wire({"title": "Bees", name: [QUESTION_AND_ANSWER], "total": 1}))
    assert cards == Cards((Card("Q?", "A."),), (), ("title: Bees", "total: 1"), Flag.JSON_WRAPPED)


def test_text_around_a_fence_is_kept():
    assert cards_of({"S": fenced(json.dumps([QUESTION_AND_ANSWER]))}).beside == ("Here it is:", "That is all.")
    feedback, _ = feedback_of({"S": fenced('{"overall": "Good."}')})
    assert feedback.general.others == (("(beside the JSON)", ("Here it is:", "That is all.")),)


def test_parts_beside_a_wrapped_feedback_are_read_with_it():
    feedback, flags = feedback_of(wire({"feedback": {"overall": "Good."}, "overall_band": "6.5", "grammar": "G"}))
    grammar = CriterionFeedback("grammar_band", "", Remarks("G"))
    assert feedback == Feedback(Remarks("Good."), criteria=(grammar,), overall_band="6.5")
    assert flags == Flag.JSON_WRAPPED


def test_every_value_of_a_repeated_name_is_kept_and_the_last_one_counts():
    feedback, flags = feedback_of({"S": '{"grammar": {"band": "5.0", "band": "6.0", "band": 7, "feedback": "G"}}'})
    remarks = Remarks("G", others=(("band (earlier values)", ("5.0", "6.0")),))
    assert feedback.criteria == (CriterionFeedback("grammar_band", "7", remarks),)
    assert flags == Flag.JSON_NAME_REPEATED
    cards = cards_of({"S": '[{"question": "Q?", "answer": "first", "answer": "last", "answer": "last"}]'})
    assert cards.cards == (Card("Q?", "last", others=(("answer (earlier values)", '["first"]'),)),)
    assert cards.flags == Flag.JSON_NAME_REPEATED


@pytest.mark.parametrize("text", ["[Good] essay", '"quoted"', "[1, 2]", "{curly}", "```", '["a", 1]'])
def test_a_text_that_only_looks_like_json_stays_as_it_is(text):
    feedback, flags = feedback_of(wire({"overall": text, "strengths": [text]}))
    assert (feedback, flags) == (Feedback(Remarks(text, (text,))), NO_FLAG)


@pytest.mark.parametrize(
    "text",
    [
        "```" * 130_000,
        "``` " + " " * 400_000,
        "```json" * 60_000 + "[",
        '"' * 400_000,
        '{"a":1,' * 60_000,
        "\\" * 400_000,
    ],
    ids=["fences", "a fence and spaces", "openings", "quotes", "maps", "backslashes"],
)
def test_the_largest_items_are_decoded_in_linear_time(text):
    started = perf_counter()
    for value in ({"S": text}, {"S": json.dumps(text)}, wire([text]), wire({"overall": text})):
        feedback_of(value)
        cards_of(value)
    assert perf_counter() - started < 3


def test_a_map_of_many_repeated_names_is_decoded_in_linear_time():
    text = "{" + ",".join(f'"a{n % 20_000}":{n}' for n in range(40_000)) + "}"
    started = perf_counter()
    assert feedback_of({"S": text})[1] == Flag.JSON_NAME_REPEATED
    assert perf_counter() - started < 3


wrapped_texts = st.lists(st.sampled_from([*WRAPPINGS.values()]), max_size=2)


@settings(deadline=None, max_examples=200)
@given(feedback_maps, wrapped_texts)
def test_no_text_of_a_wrapped_feedback_is_lost(content, wrappings):
    content = numbered(content, count())
    text = json.dumps(content)
    for wrap, _ in wrappings:
        text = wrap(json.loads(text)) if text.startswith("{") else json.dumps({"result": text})
    feedback, _ = feedback_of({"S": text})
    found = "\n".join(texts_in(feedback))
    assert [text for text in strings_in(content) if text not in found and json.dumps(text)[1:-1] not in found] == []


CARD_NAMES = ("question", "answer", "type", "questionType", "question_type", "difficulty", "options", "choices", "hint")


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.dictionaries(st.sampled_from(CARD_NAMES), json_values, max_size=5) | json_values, max_size=4),
    wrapped_texts,
)
def test_no_text_of_a_wrapped_set_of_cards_is_lost(content, wrappings):
    content = numbered(content, count())
    text = json.dumps(content)
    for wrap, _ in wrappings:
        text = wrap(json.loads(text)) if text.startswith("[") else json.dumps({"cards": text})
    cards = cards_of({"S": text})
    found = "\n".join([*texts_in(cards.cards), *cards.unreadable, *cards.beside])
    found = normalize("NFC", found).upper()  # types are upper-cased
    for string in strings_in(content):
        as_shown = {string.strip(), json.dumps(string)[1:-1]}
        assert any(normalize("NFC", text).upper() in found for text in as_shown), string


@pytest.mark.parametrize(
    ("column", "names"),
    [
        (
            "task_achievement_band",
            ("task_achievement", "taskAchievement", "TaskResponse", "task-response", "TASK ACHIEVEMENT", "TA", "tr"),
        ),
        (
            "coherence_band",
            ("coherence_cohesion", "coherenceAndCohesion", "Coherence & Cohesion", "coherence and cohesion", "CC"),
        ),
        (
            "lexical_band",
            ("lexical_resource", "lexicalResource", "Lexical-Resource", "LR", "lexical_band", "lexicalBand"),
        ),
        (
            "grammar_band",
            (
                "grammatical_range_accuracy",
                "grammaticalRangeAndAccuracy",
                "Grammatical Range & Accuracy",
                "GRA",
                "gra_score",
            ),
        ),
        ("fluency_band", ("fluency_coherence", "fluencyAndCoherence", "Fluency and Coherence", "FC")),
        ("pronunciation_band", ("pronunciation", "Pronunciation ", "P", "pronunciationScore")),
    ],
)
def test_every_name_of_a_criterion_means_it(column, names):
    for name in names:
        feedback, _ = feedback_of(wire({name: {"score": "6.5", "description": "D", "suggestions": ["I"]}}))
        remarks = Remarks("D", improvements=("I",))
        assert feedback == Feedback(criteria=(CriterionFeedback(column, "6.5", remarks),)), name


def test_the_documented_functions_feedback_is_read_whole():
    stored = {
        "overall_band": 6.5,
        "coherence_cohesion": {
            "score": 6,
            "description": "Logical.",
            "examples": [{"quote": "Firstly", "issue": "overused"}, "Paragraph two"],
            "suggestions": ["Vary linkers"],
        },
    }
    remarks = Remarks("Logical.", improvements=("Vary linkers",), others=(("examples", ("Paragraph two",)),))
    for value in both_ways(stored):
        assert feedback_of(value) == (
            Feedback(
                quoted_examples=(QuotedExample("Firstly", "overused"),),
                criteria=(CriterionFeedback("coherence_band", "6", remarks),),
                overall_band="6.5",
            ),
            NO_FLAG,
        )


@pytest.mark.parametrize(
    ("content", "criterion", "others"),
    [
        ({"LR": "6.5", "lexical_resource": {"feedback": "F"}}, ("6.5", "F"), ()),
        ({"lexical": {"band": 6, "feedback": "F"}, "lexicalBand": 7}, ("6", "F"), (("lexicalBand", ("7",)),)),
        ({"lexical": {"band": 6}, "vocabulary": {"band": 7}}, ("6", ""), (("vocabulary", ("band: 7",)),)),
        ({"lexical": 7}, ("7", ""), ()),
        ({"lexical": "Wide range"}, ("", "Wide range"), ()),
    ],
)
def test_two_names_of_one_criterion_lose_nothing(content, criterion, others):
    feedback, _ = feedback_of(wire(content))
    (found,) = feedback.criteria
    assert (found.column, found.band, found.remarks.text) == ("lexical_band", *criterion)
    assert feedback.general.others == others


@pytest.mark.parametrize(
    ("entry", "card"),
    [
        ({"question_type": "inference"}, Card("Q?", "A.", "INFERENCE")),
        ({"questionType": "TRUE_FALSE", "chunk_reference": 3}, Card("Q?", "A.", "TRUE_FALSE", source_chunk="3")),
        ({"type": "x", "question_type": "X"}, Card("Q?", "A.", "X")),
        ({"question_type": "y", "type": "x"}, Card("Q?", "A.", "X", others=(("question type", "y"),))),
        ({"options": ["a", 2, None]}, Card("Q?", "A.", options=("a", "2", ""))),
        ({"options": '["a", "b"]'}, Card("Q?", "A.", options=("a", "b"))),
        ({"options": {"B": "b", "a": "a"}}, Card("Q?", "A.", options=("a", "b"))),
        ({"options": {"x": "b"}}, Card("Q?", "A.", others=(("options", '{"x": "b"}'),))),
        ({"options": "A) a B) b"}, Card("Q?", "A.", others=(("options", "A) a B) b"),))),
        ({"options": []}, Card("Q?", "A.")),
        (
            {"explanation": "E", "page_ref": 4, "none": None},
            Card("Q?", "A.", others=(("explanation", "E"), ("page ref", "4"))),
        ),
    ],
)
def test_every_field_of_a_card_is_kept(entry, card):
    for value in both_ways([QUESTION_AND_ANSWER | entry]):
        assert cards_of(value).cards == (card,)


@pytest.mark.parametrize(
    ("entry", "card"),
    [
        (QUESTION_AND_ANSWER, Card("Q?", "A.")),
        (
            QUESTION_AND_ANSWER | {"type": "vocabulary", "difficulty": " Easy ", "source_chunk": "p. 3"},
            Card("Q?", "A.", "VOCABULARY", "EASY", "p. 3"),
        ),
        ({"question": " Q? ", "answer": "\nA.\n"}, Card("Q?", "A.")),
        ({"question": "Q?"}, Card("Q?", "")),
        ({"question": None, "answer": "A."}, Card("", "A.")),
        ({"question": 7, "answer": ["a", "b"]}, Card("7", '["a", "b"]')),
        ({"question": "Q?", "answer": "A.", "type": None, "source_chunk": 3}, Card("Q?", "A.", "", "", "3")),
    ],
)
def test_a_card_from_text_a_native_list_and_a_wrapper(entry, card):
    for content, flags in (([entry], NO_FLAG), ({"flashcards": [entry]}, Flag.JSON_WRAPPED), (entry, NO_FLAG)):
        for value in both_ways(content):
            assert cards_of(value) == Cards((card,), flags=flags)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("just text", "just text"),
        (7, "7"),
        (None, "null"),
        ([], "[]"),
        ({}, "{}"),
        (["Q?", "A."], '["Q?", "A."]'),
        ({"question": " ", "answer": ""}, '{"question": " ", "answer": ""}'),
        ({"front": "Q?", "back": "A."}, '{"front": "Q?", "back": "A."}'),
    ],
)
def test_an_entry_that_is_no_card_is_kept_as_text_beside_the_cards(entry, text):
    for value in both_ways([entry, QUESTION_AND_ANSWER]):
        assert cards_of(value) == Cards((Card("Q?", "A."),), (text,), flags=Flag.CARDS_NOT_READABLE)


@pytest.mark.parametrize(
    ("value", "unreadable"),
    [
        (None, ()),
        ({"NULL": True}, ()),
        ({"S": ""}, ()),
        ({"S": "  "}, ()),
        ({"S": "[]"}, ()),
        ({"L": []}, ()),
        ({"S": "Here are your cards:"}, ("Here are your cards:",)),
        ({"S": '[{"question": "Q?"'}, ('[{"question": "Q?"',)),
        ({"S": '{"cards": []}'}, ()),
        ({"S": '{"flashcards": "none"}'}, ('{"flashcards": "none"}',)),
        ({"S": "null"}, ("null",)),
        ({"N": "7"}, ("7",)),
        ({"B": b"a"}, ("YQ==",)),
    ],
)
def test_what_holds_no_cards_is_kept_as_text(value, unreadable):
    cards = cards_of(value)
    assert cards[:3] == ((), unreadable, ())
    assert (Flag.CARDS_NOT_READABLE in cards.flags) == bool(unreadable)


def evaluation(**attributes: Any) -> dict[str, Any]:
    return {"evaluation_id": {"S": "e-1"}, "user_id": {"S": "u-1"}, "status": {"S": "completed"}} | attributes


def test_an_opened_evaluation_holds_its_row_its_texts_and_the_item_as_stored():
    item = evaluation(
        evaluation_type={"S": "speaking"},
        overall_band={"S": "error"},
        fluency_band={"N": "7"},
        lexical_band={"NULL": True},
        transcript={"S": "Well, <script> \ud83d"},
        essay_text={"L": [{"S": "odd"}]},
        feedback={"S": '{"overall": "Good."}'},
        cost={"S": "0.0012"},
        estimated_cost={"N": "0.002"},
        created_at={"N": "299123"},
        audio_url={"S": "s3://b/u/20250529_090000_a.mp3"},
    )
    opened = evaluation_of(item, NOW)
    assert len(opened.frame) == 1
    assert [*opened.frame.columns] == [*EVALUATIONS.columns]
    assert opened.frame["flags"].dtype == "int64"
    assert opened.frame["at"].iloc[0] == pd.Timestamp("2025-05-29T09:00Z")
    assert opened.frame["flags"].iloc[0] == (
        Flag.BAND_NOT_A_NUMBER
        | Flag.OVERALL_BAND_IS_ERROR
        | Flag.STORED_AS_OTHER_TYPE
        | Flag.TEXT_NOT_TEXT
        | Flag.TIME_NOT_PLAUSIBLE
        | Flag.TIME_FROM_FILE_NAME
    )
    assert opened.feedback == Feedback(general=Remarks("Good."))
    assert opened.transcript == "Well, <script> \ufffd"
    assert opened.essay_text == '["odd"]'
    assert opened.costs == (("cost", "0.0012"), ("estimated_cost", "0.002"))
    assert opened.stored_bands == {"overall_band": "error", "fluency_band": "7"}
    assert json.loads(opened.raw)["overall_band"] == {"S": "error"}


def test_an_evaluation_of_keys_alone_opens_empty():
    opened = evaluation_of({"evaluation_id": {"S": "e-1"}, "user_id": {"S": "u-1"}}, NOW)
    assert (opened.essay_text, opened.transcript, opened.costs, opened.stored_bands) == ("", "", (), {})
    assert not opened.feedback
    assert opened.frame["flags"].iloc[0] == Flag.TIME_UNKNOWN


@pytest.mark.parametrize(
    ("attributes", "missing"),
    [
        ({"evaluation_type": {"S": "writing"}}, True),
        ({"evaluation_type": {"S": " Speaking"}}, True),
        ({"evaluation_type": {"S": "writing"}, "feedback": {"S": "{}"}}, True),
        ({"evaluation_type": {"S": "writing"}, "feedback": {"S": "null"}}, True),
        ({"evaluation_type": {"S": "writing"}, "feedback": {"S": '{"overall": "x"}'}}, False),
        ({"evaluation_type": {"S": "writing"}, "feedback": {"S": "not json"}}, False),
        ({"evaluation_type": {"S": "writing"}, "status": {"S": "failed"}}, False),
        ({"evaluation_type": {"S": "flashcard"}}, False),
        ({}, False),
    ],
)
def test_only_a_completed_writing_or_speaking_attempt_misses_its_feedback(attributes, missing):
    flags = evaluation_of(evaluation(**attributes), NOW).frame["flags"].iloc[0]
    assert bool(flags & Flag.FEEDBACK_MISSING) == missing


def flashcards(number: int) -> dict[str, str]:
    return {"S": json.dumps([QUESTION_AND_ANSWER] * number)}


@pytest.mark.parametrize(
    ("attributes", "readable", "flags"),
    [
        ({"flashcards": flashcards(2), "total_cards": {"N": "2"}}, 2, NO_FLAG),
        ({"flashcards": flashcards(2), "num_cards": {"N": "2"}}, 2, NO_FLAG),
        ({"flashcards": flashcards(2)}, 2, NO_FLAG),
        ({"flashcards": flashcards(2), "total_cards": {"N": "3"}}, 2, Flag.CARD_COUNT_DIFFERS),
        ({"flashcards": flashcards(2), "num_cards": {"N": "0"}}, 2, Flag.CARD_COUNT_DIFFERS),
        ({"flashcards": flashcards(2), "total_cards": {"N": "2"}, "num_cards": {"N": "1"}}, 2, Flag.CARD_COUNT_DIFFERS),
        ({"flashcards": flashcards(2), "total_cards": {"S": "two"}}, 2, Flag.NUMBER_NOT_READABLE),
        ({"total_cards": {"N": "0"}}, 0, NO_FLAG),
        ({"total_cards": {"N": "5"}}, 0, Flag.CARD_COUNT_DIFFERS),
        ({"flashcards": {"S": '[{"question": "Q?"}, 7]'}, "total_cards": {"N": "2"}}, 1, Flag.CARDS_NOT_READABLE),
        ({"flashcards": {"S": "garbage"}}, 0, Flag.CARDS_NOT_READABLE),
    ],
)
def test_a_set_counts_its_readable_cards_and_compares_them_with_the_stored_number(attributes, readable, flags):
    item = {"set_id": {"S": "s-1"}, "user_id": {"S": "u-1"}, "created_at": {"N": "1748682000"}} | attributes
    opened = flashcard_set_of(FLASHCARD_SETS, item, NOW)
    assert [*opened.frame.columns] == [*FLASHCARD_SETS.columns, "readable_cards"]
    assert opened.frame["readable_cards"].iloc[0] == readable == len(opened.cards)
    assert opened.frame["flags"].iloc[0] == flags


def test_a_set_of_the_evaluations_table_opens_under_its_evaluation_id():
    item = evaluation(
        evaluation_type={"S": "flashcard"}, flashcards=flashcards(1), page_count={"N": "12"}, document_id={"S": "a.pdf"}
    )
    opened = flashcard_set_of(EVALUATIONS, item, NOW)
    row = opened.frame.iloc[0]
    assert (row["set_id"], row["user_id"], row["page_count"], row["document_id"]) == ("e-1", "u-1", 12, "a.pdf")
    assert opened.table == "evaluations"
    assert opened.cards == (Card("Q?", "A."),)
    assert "set_id" not in json.loads(opened.raw)


@pytest.mark.parametrize(
    ("stored", "question_types"),
    [
        ({"L": [{"S": "DEFINITION"}, {"S": "VOCABULARY"}]}, ("DEFINITION", "VOCABULARY")),
        ({"SS": ["DEFINITION"]}, ("DEFINITION",)),
        ({"S": "DEFINITION"}, ("DEFINITION",)),
        ({"NULL": True}, ()),
        (None, ()),
    ],
)
def test_the_question_types_asked_for(stored, question_types):
    item = {"set_id": {"S": "s-1"}, "user_id": {"S": "u-1"}} | ({"question_types": stored} if stored else {})
    assert flashcard_set_of(FLASHCARD_SETS, item, NOW).question_types == question_types


@settings(deadline=None)
@given(wire_values)
def test_any_value_opens_as_feedback_and_as_cards(value):
    feedback, _ = feedback_of(value)
    cards, unreadable, beside, _ = cards_of(value)
    for text in (*texts_in(feedback), *texts_in(cards), *unreadable, *beside):
        text.encode()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_any_item_opens(table, data):
    item = data.draw(items_of(table))
    assert len(flashcard_set_of(table, item, NOW).frame) == 1
    if table is EVALUATIONS:
        assert len(evaluation_of(item, NOW).frame) == 1


def test_a_negative_cost_is_not_shown_and_flagged():
    opened = evaluation_of(evaluation(cost={"S": "-0.01"}, estimated_cost={"S": "about 1 cent"}), NOW)
    assert opened.costs == (("estimated_cost", "about 1 cent"),)
    assert Flag.VALUE_OUT_OF_RANGE in flags_in(int(opened.frame["flags"].iloc[0]))


CRITERIA_FEEDBACK = {
    "task_achievement": {},
    "coherence": {"feedback": "Good."},
    "lexical": {"band": 6.0},
    "grammar": {},
}


@pytest.mark.parametrize(
    ("attributes", "flags"),
    [
        ({}, {Flag.TASK_ACHIEVEMENT_IS_DEFAULT, Flag.GRAMMAR_IS_DEFAULT}),
        ({"grammar_band": {"S": "6.5"}}, {Flag.TASK_ACHIEVEMENT_IS_DEFAULT}),
        ({"evaluation_type": {"S": "speaking"}}, set()),
        ({"status": {"S": "processing"}}, set()),
        ({"feedback": {"S": '{"strengths": [], "weaknesses": []}'}}, set()),
        ({"feedback": {"M": {"coherence": {"M": {}}}}}, {Flag.COHERENCE_IS_DEFAULT}),
    ],
)
def test_a_criterion_of_six_over_empty_feedback_is_a_default(attributes, flags):
    bands = {column: {"S": "6.0"} for column in DEFAULT_CRITERION_FLAGS}
    stored = bands | {"evaluation_type": {"S": "writing"}, "feedback": {"S": json.dumps(CRITERIA_FEEDBACK)}}
    opened = evaluation_of(evaluation(**stored | attributes), NOW)
    found = {*flags_in(int(opened.frame["flags"].iloc[0]))}
    assert {flag for flag in found if flag.label.endswith("_is_default")} == flags
