import pandas as pd
import pytest

from bandup.analysis.bands import Skill
from bandup.analysis.blocks import compare_blocks
from bandup.analysis.class_estimates import published_estimates
from bandup.charts import criteria_change_chart
from tests.charts.samples import weekly_attempts


def blocks_of(attempts: pd.DataFrame, skill: Skill = Skill.WRITING) -> pd.DataFrame:
    return compare_blocks(attempts, published_estimates(skill))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("skill", [*Skill])
@pytest.mark.parametrize("count", [0, 1, 5, 7, 40])
def test_two_markers_per_criterion(count: int, skill: Skill, dark: bool):
    comparison = blocks_of(weekly_attempts(count, 3.0, skill), skill)
    fig = criteria_change_chart.criteria_change(comparison, skill, dark=dark)
    hollow = [trace for trace in fig.data if trace.mode == "markers" and trace.marker.symbol == "circle-open"]
    filled = [trace for trace in fig.data if trace.mode == "markers" and trace.marker.symbol == "circle"]
    assert len(filled) == (5 if count else 0)
    assert len(hollow) == (5 if count > 5 else 0)
    assert criteria_change_chart.criteria_change_alt(comparison, skill)


def test_only_a_certain_change_is_thick_and_says_so():
    sure = criteria_change_chart.criteria_change(blocks_of(weekly_attempts(10, 4.0)), Skill.WRITING)
    unsure = criteria_change_chart.criteria_change(blocks_of(weekly_attempts(10, 0.0)), Skill.WRITING)
    widths = [{trace.line.width for trace in fig.data if trace.mode == "lines"} for fig in (sure, unsure)]
    assert widths == [{6}, {1.5}]
    assert all(note.text.endswith((", likely", ", perhaps")) for note in sure.layout.annotations[:5])
    assert any("likely" in note.text for note in sure.layout.annotations[:5])
    assert not any("likely" in note.text or "perhaps" in note.text for note in unsure.layout.annotations[:5])


@pytest.mark.parametrize(
    ("before", "latest", "label"),
    [
        (5.0, 5.0, "<b>5.0</b>  level"),
        (5.04, 5.0, "<b>5.0</b>  level"),
        (4.5, 5.0, "<b>5.0</b>  +0.5"),
        (6.25, 5.25, "<b>5.3</b>  −1.0"),
        (5.1, 5.25, "<b>5.3</b>  +0.2"),
    ],
)
def test_the_label_is_the_change_between_the_means_as_they_are_shown(before: float, latest: float, label: str):
    means = {"before_mean": before, "latest_mean": latest, "change": latest - before, "certainty": "no_clear_change"}
    comparison = blocks_of(weekly_attempts(10)).assign(**means)
    fig = criteria_change_chart.criteria_change(comparison, Skill.WRITING)
    assert fig.layout.annotations[0].text == f"Overall band  {label}"


def test_data_leaves_out_criteria_without_a_latest_mean():
    comparison = blocks_of(weekly_attempts(7).assign(lexical_band=float("nan")))
    data = criteria_change_chart.criteria_change_data(comparison)
    pd.testing.assert_frame_equal(data, comparison[comparison["criterion"] != "lexical_band"].reset_index(drop=True))
