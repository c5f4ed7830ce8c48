"""What an opened set showed, in the list of sets, the student's items and the jobs."""

import pandas as pd
import pytest

from bandup.analysis.opened_sets import opened_set
from bandup.analysis.states import STUCK_AFTER, with_state
from bandup.queries.dataset import build
from bandup.queries.opened_sets import OpenedSets
from data.columns import frame_of_items
from data.flags import Flag
from data.parsers import flashcard_set_of
from data.results import AllItems, Cost, FlashcardSetRead, StudentItems
from data.schema import EVALUATIONS, FLASHCARD_SETS, TABLES
from tests.items import NOW, before, flashcard_set, item, job, writing
from tests.wire_values import wire

CARDS = [{"question": "Q?", "answer": "A."}]
AMONG_EVALUATIONS = {"evaluation_type": "flashcard"}


def dataset_of(evaluations=(), sets=()):
    frames = frame_of_items(EVALUATIONS, evaluations, NOW), frame_of_items(FLASHCARD_SETS, sets, NOW)
    return build(AllItems(*frames, NOW, Cost(), {}), STUCK_AFTER)


def opened(stored, table="flashcard_sets"):
    """An item of a table as its page reads it."""
    record = flashcard_set_of(TABLES[table], stored, NOW)
    row = with_state(record.frame, "set_id", NOW).iloc[0]
    return FlashcardSetRead(row, record, Cost())


def among_evaluations(**attributes):
    return writing(*[...] * 5, evaluation_id="s1", evaluation_type="flashcard", **attributes)


def shown(dataset, set_id="s1"):
    """State and whether it counts as not opened, in the list of sets and among the jobs."""
    rows = [dataset.sets[dataset.sets["set_id"] == set_id], dataset.jobs[dataset.jobs["id"] == set_id]]
    found = {(str(row["state"].iloc[0]), bool(row["flags"].iloc[0] & Flag.CARDS_NOT_COUNTED)) for row in rows}
    (state,) = found
    return state


CASES = {
    "no count, no cards": ({}, ("succeeded", True), ("empty", False)),
    "no count, cards": ({"flashcards": wire(CARDS)}, ("succeeded", True), ("succeeded", False)),
    "a count, no cards": ({"total_cards": 5}, ("succeeded", False), ("empty", False)),
    "a count, unreadable cards": ({"num_cards": 5, "flashcards": "x"}, ("succeeded", False), ("empty", False)),
    "a count of 0, cards": ({"num_cards": 0, "flashcards": wire(CARDS)}, ("empty", False), ("succeeded", False)),
    "a count, its cards": ({"total_cards": 1, "flashcards": wire(CARDS)}, ("succeeded", False), ("succeeded", False)),
}


@pytest.mark.parametrize(("attributes", "before_opening", "afterwards"), CASES.values(), ids=CASES.keys())
def test_lists_agree_with_a_set_that_was_opened(attributes, before_opening, afterwards):
    stored = flashcard_set(**attributes)
    dataset, memory = dataset_of([writing()], [stored, flashcard_set(set_id="s2", user_id="u2")]), OpenedSets()
    assert shown(memory.in_dataset(dataset)) == before_opening
    read = opened(stored)
    memory.remember(read)
    after = memory.in_dataset(dataset)
    assert shown(after) == afterwards == (str(read.row["state"]), False)
    assert shown(after, "s2") == ("succeeded", True)
    own = after.students.set_index("user_id")["unsuccessful"]
    assert own.to_dict() == {"u1": int(afterwards[0] == "empty"), "u2": 0}
    for frame in (after.flashcard_sets, after.sets, after.jobs, after.students):
        assert frame.dtypes.to_dict()
    assert shown(dataset) == before_opening  # shared frames are not changed


@pytest.mark.parametrize(("flashcards", "state"), [(wire(CARDS), "succeeded"), ("none", "empty")])
def test_a_set_of_the_evaluations_table_is_judged_once_it_was_opened(flashcards, state):
    stored = among_evaluations(flashcards=flashcards, total_cards=3)
    dataset, memory = dataset_of([stored, writing()]), OpenedSets()
    assert shown(memory.in_dataset(dataset)) == ("succeeded", True)
    memory.remember(opened(stored, "evaluations"))
    after = memory.in_dataset(dataset)
    assert shown(after) == (state, False)
    own = after.evaluations.set_index("evaluation_id")["state"].astype("str").to_dict()
    assert own == {"s1": state, "e1": "succeeded"}
    assert (after.evaluations is dataset.evaluations) == (state == "succeeded")


def test_a_students_items_agree_with_the_opened_set():
    sets = with_state(frame_of_items(FLASHCARD_SETS, [flashcard_set()], NOW), "set_id", NOW)
    none = with_state(frame_of_items(EVALUATIONS, [], NOW), "evaluation_id", NOW)
    read, memory = StudentItems("u1", none, sets, NOW, Cost(), {}), OpenedSets()
    assert memory.in_student(read) is read
    memory.remember(opened(flashcard_set()))
    assert memory.in_student(read).flashcard_sets["state"].astype("str").to_list() == ["empty"]


@pytest.mark.parametrize(
    "written_again",
    [
        {"total_cards": 5},
        {"created_at": before(minutes=1)},
        {"status": "processing", "created_at": ..., "started_at": before(days=1)},
    ],
)
def test_a_set_that_was_written_again_is_judged_by_its_new_item(written_again):
    memory = OpenedSets()
    memory.remember(opened(flashcard_set()))
    dataset = dataset_of([], [flashcard_set(**written_again)])
    assert memory.in_dataset(dataset) is dataset


def test_sets_of_one_id_in_both_tables_or_of_two_users_are_told_apart():
    memory = OpenedSets()
    memory.remember(opened(flashcard_set()))
    others = dataset_of([among_evaluations(created_at=before(days=1))], [flashcard_set(user_id="u2")])
    assert memory.in_dataset(others) is others


def test_other_flags_of_the_row_are_kept():
    stored, twin = flashcard_set(), flashcard_set(user_id="u2")
    memory = OpenedSets()
    memory.remember(opened(stored))
    after = memory.in_dataset(dataset_of([], [stored, twin]))
    flags = after.sets.set_index("user_id")["flags"]
    assert flags["u1"] == Flag.TWIN
    assert flags["u2"] == Flag.TWIN | Flag.CARDS_NOT_COUNTED


def test_an_unfinished_set_changes_nothing():
    stored = item(set_id="s1", user_id="u1", status="processing", started_at=before(days=1))
    memory = OpenedSets()
    memory.remember(opened(stored))
    dataset = dataset_of([job("failed")], [stored])
    assert memory.in_dataset(dataset) is dataset


def test_the_same_opened_sets_give_the_same_frames():
    dataset, memory = dataset_of([], [flashcard_set()]), OpenedSets()
    memory.remember(opened(flashcard_set()))
    first = memory.in_dataset(dataset)
    memory.remember(opened(flashcard_set()))
    assert memory.in_dataset(dataset).jobs is first.jobs


def test_the_memory_is_bounded():
    memory = OpenedSets(max_opened=2)
    for set_id in ("s1", "s2", "s1", "s3"):
        memory.remember(opened(flashcard_set(set_id=set_id)))
    assert [one.set_id for one in memory._now.sets] == ["s1", "s3"]


def test_an_opened_set_is_known_by_what_its_row_says():
    row = opened(flashcard_set(total_cards=2)).row
    found = opened_set(row, "flashcard_sets")
    assert (found.set_id, found.user_id, found.state) == ("s1", "u1", "empty")
    assert found.signature == ("completed", pd.Timestamp(row["at"]), 2, None)
