"""Where a student stands: latest, mean of the latest five, best, weakest criterion."""

import numpy as np
import pandas as pd
import pytest

from bandup.analysis.bands import Skill
from bandup.analysis.skill_summary import Standing, standing

CRITERIA = ("task_achievement_band", "coherence_band", "lexical_band", "grammar_band")


def tries(*attempts):
    """`(day or None, overall band, lexical band)` each; the other criteria are the overall band."""
    rows = pd.DataFrame(
        [
            {
                "user_id": "an",
                "at": None if day is None else f"2026-03-{day:02}T00:00Z",
                "overall_band": overall,
                **dict.fromkeys(CRITERIA, overall),
                "lexical_band": lexical,
            }
            for day, overall, lexical in attempts
        ],
    )
    rows["at"] = pd.to_datetime(rows["at"], utc=True)
    return rows.astype({"at": "datetime64[ms, UTC]"} | dict.fromkeys(("overall_band", *CRITERIA), "float32"))


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ([(1, 6.0, 5.5)], Standing(1, 6.0, 1, 6.0, 6.0, 1, "lexical_band", 5.5)),
        # of six, the first is not among the latest five
        (
            [(1, 8.5, 4.0), (2, 6.0, 6.0), (3, 6.0, 6.0), (4, 6.0, 6.0), (5, 6.0, 5.0), (9, 7.0, 7.0)],
            Standing(6, 8.5, 6, 7.0, 6.2, 5, "lexical_band", 6.0),
        ),
        # an attempt at an unknown time counts for the best, and for nothing that is latest
        ([(None, 8.0, 4.0), (3, 6.0, 6.0)], Standing(2, 8.0, 1, 6.0, 6.0, 1, "task_achievement_band", 6.0)),
        ([(None, 8.0, 4.0)], Standing(1, 8.0)),
    ],
)
def test_standing(attempts, expected):
    found = standing(tries(*attempts), Skill.WRITING)
    for name in ("n", "best", "timed", "latest", "of", "weakest"):
        assert getattr(found, name) == getattr(expected, name), name
    for one, other in ((found.mean, expected.mean), (found.weakest_mean, expected.weakest_mean)):
        assert (one is None) == (other is None)
        if other is not None:
            assert np.isclose(one, other)


def test_without_attempts_nothing_is_told():
    assert standing(tries((1, 6.0, 6.0)).iloc[:0], Skill.WRITING) == Standing(0, None)
