"""A student's level in one skill: latest, mean of the latest five, best, weakest criterion."""

import numpy as np
import pytest

from bandup.analysis.bands import CRITERIA, Skill
from bandup.analysis.progress import SkillSummary, summary_of_skill
from tests.analysis.attempt_frames import essays_with_lexis


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, 6.0, 5.5)], SkillSummary(1, 6.0, 1, 6.0, 6.0, 1, ("lexical_band",), 5.5)),
        # of six, the first is not among the latest five
        (
            [(1, 8.5, 4.0), (2, 6.0, 6.0), (3, 6.0, 6.0), (4, 6.0, 6.0), (5, 6.0, 5.0), (9, 7.0, 7.0)],
            SkillSummary(6, 8.5, 6, 7.0, 6.2, 5, ("lexical_band",), 6.0),
        ),
        # an attempt of unknown time can be the best, but is not among the latest
        ([(None, 8.0, 4.0), (3, 6.0, 6.0)], SkillSummary(2, 8.0, 1, 6.0, 6.0, 1, CRITERIA[Skill.WRITING], 6.0)),
        ([(None, 8.0, 4.0)], SkillSummary(1, 8.0)),
    ],
)
def test_summary_of_skill(rows, expected):
    summary = summary_of_skill(essays_with_lexis(*rows), Skill.WRITING)
    for name in ("n", "best", "n_dated", "latest", "n_latest", "weakest"):
        assert getattr(summary, name) == getattr(expected, name), name
    for mean, expected_mean in ((summary.mean, expected.mean), (summary.weakest_mean, expected.weakest_mean)):
        assert (mean is None) == (expected_mean is None)
        if expected_mean is not None:
            assert np.isclose(mean, expected_mean)


def test_no_attempts():
    assert summary_of_skill(essays_with_lexis((1, 6.0, 6.0)).iloc[:0], Skill.WRITING) == SkillSummary(0, None)
