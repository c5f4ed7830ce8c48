"""The panels of large numbers on a student's page."""

import pytest

from bandup.analysis.bands import Skill
from bandup.ui.progress_section import show_summary_cards
from tests.analysis.attempt_frames import essays_with_lexis
from tests.ui.parsed import parsed


@pytest.fixture
def rendered_panels(monkeypatch):
    def rendered(target, *attempts, skill=Skill.WRITING):
        shown = []
        monkeypatch.setattr("streamlit.html", shown.append)
        graded = {skill: essays_with_lexis(*attempts), Skill.SPEAKING: essays_with_lexis((1, 6.0, 6.0)).iloc[:0]}
        show_summary_cards(graded, target)
        return parsed(shown[0])

    return rendered


@pytest.mark.parametrize(
    ("target", "text"),
    [(6.5, "6.0, 0.5 under target 6.5"), (5.0, "6.0, 1.0 above target 5.0"), (6.0, "6.0, on target 6.0")],
)
def test_a_panel_says_the_mean_beside_the_target(rendered_panels, target, text):
    assert rendered_panels(target, (1, 6.0, 5.5), (2, 6.0, 5.5)).lines == [
        *("● Writing", "6.0", "latest of 2 graded attempts"),
        *("Mean of the latest 2", text),
        *("Best", "6.0"),
        *("Weakest criterion", "none stands out"),
    ]


def test_without_a_known_time_only_the_best_is_told(rendered_panels):
    assert rendered_panels(6.5, (None, 8.0, 4.0)).lines == [
        "● Writing",
        "–",
        "latest of 1 graded attempt",
        "Best",
        "8.0",
        "Weakest criterion",
        "none stands out",
    ]


def test_the_gap_is_that_between_the_mean_and_the_target_as_they_are_shown(rendered_panels):
    lines = rendered_panels(6.5, *[(day, band, band) for day, band in enumerate([5.0, 5.0, 5.5, 5.5], 1)]).lines
    assert "5.3, 1.2 under target 6.5" in lines


def test_a_criterion_that_stands_out_is_named_with_its_distance(rendered_panels):
    lines = rendered_panels(6.5, *[(day, 6.0, 5.0) for day in range(1, 7)]).lines
    assert lines[-2:] == ["Weakest criterion", "Lexical Resource, 0.8 under the attempts’ mean"]
