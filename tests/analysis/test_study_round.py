"""A round of studying flashcards."""

from random import Random

import pytest

from bandup.analysis.study_round import Round, start


def test_a_known_card_does_not_come_again() -> None:
    after = start(3).turned().with_known()
    assert after == Round(3, (1, 2))
    assert (after.card, after.known, after.is_turned) == (1, 1, False)


def test_a_card_to_repeat_comes_after_the_others() -> None:
    after = start(3).turned().with_again()
    assert after == Round(3, (1, 2, 0))
    assert after.known == 0


def test_turning_twice_shows_the_question_again() -> None:
    assert start(2).turned().turned() == start(2)


def test_a_round_ends_when_all_are_known() -> None:
    ended = start(2).with_known().with_known()
    assert ended.card is None
    assert ended.known == ended.total == 2


@pytest.mark.parametrize("total", [0, 1, 50])
def test_a_shuffled_round_holds_every_card_once(total: int) -> None:
    assert sorted(start(total, Random(1)).to_do) == list(range(total))


def test_shuffling_changes_the_order() -> None:
    assert start(50, Random(1)).to_do != start(50).to_do
    assert start(50, Random(1)).to_do == start(50, Random(1)).to_do


def test_an_empty_set_has_no_card() -> None:
    assert start(0).card is None
