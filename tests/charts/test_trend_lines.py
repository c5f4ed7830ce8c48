"""The trend, its noise band and the target over a figure; the latest attempts against those before."""

from datetime import timedelta

import pandas as pd
import plotly.graph_objects as go
import pytest

from bandup.analysis.bands import CRITERIA, Skill
from bandup.analysis.progress import blocks, trend
from bandup.charts import blocks_chart, theme, trend_lines


def attempts(count: int, rise: float = 0.0, skill: Skill = Skill.WRITING) -> pd.DataFrame:
    """So many weekly attempts on a line from 5.0."""
    first = pd.Timestamp("2026-01-05T10:00:00Z")
    at = pd.Series([first + timedelta(days=7 * week) for week in range(count)], dtype="datetime64[ms, UTC]")
    bands = [round((5.0 + rise * week / max(1, count - 1)) * 2) / 2 for week in range(count)]
    columns = ("overall_band", *CRITERIA[skill])
    return pd.DataFrame({"at": at} | {name: pd.Series(bands, dtype="float32") for name in columns})


def test_a_trend_is_drawn_under_the_points() -> None:
    drawn = go.Figure(go.Scatter(x=[1], y=[1], name="points"))
    found = trend(attempts(8, 2.0), Skill.WRITING)
    assert found is not None
    trend_lines.mark_trend(drawn, found, dark=False)
    assert [trace.name for trace in drawn.data] == [None, None, None, "points"]
    lower, upper, line, _ = drawn.data
    assert (lower.y < line.y).all()
    assert (line.y < upper.y).all()
    assert line.y[0] == pytest.approx(found.start)
    assert line.y[1] == pytest.approx(found.start + found.rise)


def test_the_noise_band_stays_on_the_scale() -> None:
    high = attempts(8).assign(overall_band=pd.Series([9.0] * 8, dtype="float32"))
    found = trend(high, Skill.WRITING)
    assert found is not None
    drawn = go.Figure()
    trend_lines.mark_trend(drawn, found, dark=True)
    assert max(drawn.data[1].y) <= theme.BAND_RANGE[1]


def test_the_target_stands_at_its_band_with_its_number() -> None:
    drawn = go.Figure()
    trend_lines.mark_target(drawn, 6.5, dark=False)
    assert drawn.layout.shapes[0].y0 == drawn.layout.shapes[0].y1 == 6.5
    assert drawn.layout.annotations[0].text == "target 6.5"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("skill", [*Skill])
@pytest.mark.parametrize("count", [0, 1, 5, 7, 40])
def test_latest_against_before(count: int, skill: Skill, dark: bool) -> None:
    found = blocks(attempts(count, 3.0, skill), skill)
    drawn = blocks_chart.latest_against_before(found, skill, dark=dark)
    hollow = [trace for trace in drawn.data if trace.mode == "markers" and trace.marker.symbol == "circle-open"]
    filled = [trace for trace in drawn.data if trace.mode == "markers" and trace.marker.symbol == "circle"]
    assert len(filled) == (5 if count else 0)
    assert len(hollow) == (5 if count > 5 else 0)
    assert blocks_chart.latest_against_before_alt(found, skill)


def test_only_a_certain_change_is_thick_and_says_so() -> None:
    sure = blocks_chart.latest_against_before(blocks(attempts(10, 4.0), Skill.WRITING), Skill.WRITING)
    unsure = blocks_chart.latest_against_before(blocks(attempts(10, 0.0), Skill.WRITING), Skill.WRITING)
    widths = [{trace.line.width for trace in drawn.data if trace.mode == "lines"} for drawn in (sure, unsure)]
    assert widths == [{6}, {1.5}]
    assert all("likely more than noise" in note.text for note in sure.layout.annotations[:5])
    assert not any("likely" in note.text for note in unsure.layout.annotations[:5])
