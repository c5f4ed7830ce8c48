"""The panels of large numbers on a student's page."""

import pytest

from bandup.analysis.bands import Skill
from bandup.ui.summary_cards import panels
from tests.analysis.test_skill_summary import tries
from tests.ui.parsed import parsed


def drawn(target, *attempts, skill=Skill.WRITING):
    graded = {skill: tries(*attempts), Skill.SPEAKING: tries((1, 6.0, 6.0)).iloc[:0]}
    return parsed(panels(graded, target))


@pytest.mark.parametrize(
    ("target", "said"),
    [(6.5, "6.0, 0.5 under target 6.5"), (5.0, "6.0, 1.0 above target 5.0"), (6.0, "6.0, on target 6.0")],
)
def test_a_panel_says_the_mean_beside_the_target(target, said):
    assert drawn(target, (1, 6.0, 5.5), (2, 6.0, 5.5)).lines == [
        *("● Writing", "6.0", "latest of 2 attempts"),
        *("Mean of the latest 2", said),
        *("Best", "6.0"),
        *("Weakest criterion", "Lexical Resource 5.5"),
    ]


def test_without_a_known_time_only_the_best_is_told():
    assert drawn(6.5, (None, 8.0, 4.0)).lines == ["● Writing", "–", "latest of 1 attempt", "Best", "8.0"]
