"""A student's level in one skill: latest, mean of the latest five, best, weakest criterion."""

from dataclasses import replace

import pytest

from bandup.analysis.bands import Skill
from bandup.analysis.progress import SkillSummary, summary_of_skill
from bandup.analysis.weakest_criterion import Weakest
from tests.analysis.attempt_frames import essays_with_lexis


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, 6.0, 5.5)], SkillSummary(1, 6.0, 1, 6.0, 6.0, 1)),
        # of six, the first is not among the latest five
        (
            [(1, 8.5, 8.0), (2, 6.0, 5.0), (3, 6.0, 5.0), (4, 6.0, 5.0), (5, 6.0, 5.0), (9, 7.0, 6.0)],
            SkillSummary(6, 8.5, 6, 7.0, 6.2, 5, Weakest(("lexical_band",), pytest.approx((0.5 + 5 * 1) * 0.75 / 6))),
        ),
        # an attempt of unknown time can be the best, but is not among the latest
        ([(None, 8.0, 4.0), (3, 6.0, 6.0)], SkillSummary(2, 8.0, 1, 6.0, 6.0, 1)),
        ([(None, 8.0, 4.0)], SkillSummary(1, 8.0)),
    ],
)
def test_summary_of_skill(rows, expected):
    summary = summary_of_skill(essays_with_lexis(*rows), Skill.WRITING)
    assert replace(summary, mean=expected.mean) == expected
    assert summary.mean == pytest.approx(expected.mean)


def test_no_attempts():
    assert summary_of_skill(essays_with_lexis((1, 6.0, 6.0)).iloc[:0], Skill.WRITING) == SkillSummary(0, None)
