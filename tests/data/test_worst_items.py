"""The worst items of DynamoDB's full size are read in little memory, in about linear time, and none of them grows."""

import json
import tracemalloc
from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.excerpts import MAX_LEAVES, MAX_NAME_LENGTH, excerpt
from data.parsers import evaluation_of, feedback_of, flashcard_set_of
from data.records import Feedback
from data.schema import FLASHCARD_SETS
from tests import worst_items
from tests.data.test_parsers import texts_in
from tests.items import NOW, flashcard_set, writing

MAX_MEMORY = 150e6
"""Bytes over what is held before."""
EVALUATIONS, SETS = worst_items.evaluations(), worst_items.sets()
OPENERS: dict[str, Callable[[], Any]] = {
    **{f"evaluation: {name}": lambda own=own: evaluation_of(writing(**own), NOW) for name, own in EVALUATIONS.items()},
    **{
        f"set: {name}": lambda own=own: flashcard_set_of(FLASHCARD_SETS, flashcard_set(**own), NOW)
        for name, own in SETS.items()
    },
}


@pytest.mark.parametrize("open_item", OPENERS.values(), ids=OPENERS)
def test_the_worst_items_open_in_little_memory(open_item: Callable[[], Any]) -> None:
    tracemalloc.start()
    try:
        record = open_item()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MAX_MEMORY
    assert kept < 5e6
    assert len(record.raw) < 5_000_000


def characters(feedback: Feedback) -> int:
    return sum(map(len, texts_in(feedback)))


@pytest.mark.parametrize("content", worst_items.FEEDBACKS.values(), ids=worst_items.FEEDBACKS)
def test_feedback_makes_no_more_text_than_was_stored_and_what_is_left_out_is_counted(content: Any) -> None:
    stored = json.dumps(content)
    feedback, _ = feedback_of({"S": stored})
    assert characters(feedback) <= len(stored) + MAX_LEAVES * 64 * MAX_NAME_LENGTH
    leaves = excerpt(content, 1).omitted + 1
    assert feedback.omitted == max(0, leaves - MAX_LEAVES)
    if isinstance(content, dict) and "weaknesses" in content and len(content["weaknesses"]) == 1:
        assert feedback.general.weaknesses == ("Short",)


names = st.text(max_size=3) | st.sampled_from(["strengths", "grammar", "feedback", "quote", "quoted_examples", "band"])
contents = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=40) | st.dictionaries(names, inner, max_size=40),
    max_leaves=400,
)


@given(contents, st.integers(1, 60))
def test_an_excerpt_has_the_first_leaves_and_counts_the_others(content: Any, most: int) -> None:
    def leaves(value: Any) -> int:
        if not isinstance(value, list | dict) or not value:
            return 1
        return sum(map(leaves, value.values() if isinstance(value, dict) else value))

    shown = excerpt(content, most)
    assert leaves(shown.value) == min(leaves(content), most)
    assert shown.omitted == leaves(content) - leaves(shown.value)
    if not shown.omitted:
        assert shown.value is content


@settings(max_examples=30, deadline=None)
@given(contents, st.sampled_from(["list", "names", "nested"]))
def test_any_feedback_repeated_to_100_kb_stays_small(piece: Any, how: str) -> None:
    whole = worst_items.SIZE // 4  # memory is traced slowly
    size = max(1, len(json.dumps(piece, ensure_ascii=False).encode()))
    number = whole // (size + 12)
    content: Any = [piece] * number if how == "list" else {f"n{at}": piece for at in range(number)}
    if how == "nested":
        content = {"n" * (whole // 2): [piece] * (number // 2)}
    text = json.dumps(content, ensure_ascii=False)
    tracemalloc.start()
    try:
        feedback, _ = feedback_of({"S": text})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MAX_MEMORY / 4
    assert characters(feedback) <= len(text) + MAX_LEAVES * 64 * MAX_NAME_LENGTH


def test_reading_takes_linear_time() -> None:
    def seconds(leaves: int, name: int) -> float:
        content = {"a": {"k" * name: {f"leaf{number}": 1 for number in range(leaves)}}}
        value = {"S": json.dumps(content)}

        def once() -> float:
            started = perf_counter()
            feedback_of(value)
            return perf_counter() - started

        return min(once() for _ in range(5))

    small, large = seconds(3_000, 30_000), seconds(15_000, 150_000)
    assert large < 20 * small  # five times the size; a path in front of each leaf takes 25 times as long
