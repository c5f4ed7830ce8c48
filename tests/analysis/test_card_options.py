import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandup.analysis.card_options import named_option, options_of

RAIN = ("rain", "snow", "café")


@pytest.mark.parametrize(
    ("options", "answer", "right"),
    [
        (RAIN, "B", "B"),
        (RAIN, "b", "B"),
        (RAIN, " (b) ", "B"),
        (RAIN, "B)", "B"),
        (RAIN, "B.", "B"),
        (RAIN, "Option B", "B"),
        (RAIN, "Answer: B", "B"),
        (RAIN, "The correct answer is B.", "B"),
        (RAIN, "B) snow", "B"),
        (RAIN, "B. Snow.", "B"),
        (RAIN, "snow", "B"),
        (RAIN, "SNOW.", "B"),
        (RAIN, "cafe\u0301", "C"),
        (RAIN, "B) rain", None),  # letter and text name different options
        (RAIN, "D", None),
        (RAIN, "2", None),  # counted from 0 or from 1
        (RAIN, "A or B", None),
        (RAIN, "A, B", None),
        (RAIN, "A storm", None),
        (RAIN, "hail", None),
        (RAIN, "", None),
        (("B", "A"), "A", None),  # the text of one option, the letter of another
        (("A", "B"), "A", "A"),
        (("rain", "rain"), "rain", None),
        (("rain", "rain"), "B", "B"),
        (("True", "False"), "false", "B"),
        ((), "A", None),
        (("A) rain", "B) snow"), "snow", "B"),
        (("A) rain", "B) snow"), "B", "B"),
        (("A) rain", "B) snow"), "B) snow", "B"),
        (tuple(map(str, range(30))), "29", "30"),
    ],
)
def test_an_option_is_right_only_where_the_answer_names_it_alone(options, answer, right):
    assert [option.letter for option in options_of(options, answer) if option.is_right] == ([right] if right else [])


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (RAIN, ["A rain", "B snow", "C café"]),
        (("A) rain", "b. snow", "(C) hail"), ["A rain", "B snow", "C hail"]),
        (("A) rain", "C) snow"), ["A A) rain", "B C) snow"]),  # letters of their own that are not ours
        (("A good idea", "B"), ["A A good idea", "B B"]),
    ],
)
def test_options_have_one_letter_each(options, shown):
    assert [f"{option.letter} {option.text}" for option in options_of(options, "")] == shown


@pytest.mark.parametrize(("answer", "named"), [("B", "B. snow"), ("snow", ""), ("B) snow", ""), ("", ""), ("hail", "")])
def test_the_option_is_named_where_the_answer_is_only_its_letter(answer, named):
    assert named_option(options_of(RAIN, answer), answer) == named


@given(st.lists(st.text(max_size=6), max_size=30), st.text(max_size=8) | st.sampled_from("ABCDE"))
def test_any_options_are_shown_and_at_most_one_is_right(options, answer):
    found = options_of(options, answer)
    assert len(found) == len(options)
    assert all(option.text in original for option, original in zip(found, options, strict=True))
    assert sum(option.is_right for option in found) <= 1
