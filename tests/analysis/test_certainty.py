"""The two words and the distances from which they are used."""

import numpy as np
import pytest

from bandup.analysis.certainty import CLAIMED, Certainty, certainty_of, limits


def test_the_limits_are_those_of_students_t():
    perhaps, likely = limits([8, 30, 10**6])
    assert perhaps == pytest.approx([2.306, 2.042, 1.960], abs=0.001)
    assert likely[2] == pytest.approx(2.8, abs=0.001)
    assert (likely > perhaps).all()


def test_statements_made_together_are_tested_more_strictly():
    perhaps, _ = limits([8], statements=5)
    assert perhaps == pytest.approx([3.355], abs=0.001)


@pytest.mark.parametrize(
    ("errors", "expected"), [(0.0, "no_clear_change"), (2.0, "no_clear_change"), (2.01, "perhaps"), (3.01, "likely")]
)
def test_each_word_begins_beyond_its_limit(errors, expected):
    assert certainty_of(np.array([errors]), np.array([2.0]), np.array([3.0])).tolist() == [expected]


def test_only_two_words_claim_a_change():
    assert {*CLAIMED} == {Certainty.PERHAPS, Certainty.LIKELY}
