"""The trend with its noise band, the target and the changes of model on a figure."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from bandup.analysis.bands import Skill
from bandup.analysis.class_estimates import published_estimates
from bandup.analysis.grader_drift import ModelChange, model_changes_of_student
from bandup.analysis.progress import fit_trend
from bandup.charts import heaping_by_model_chart, overlays, progress_chart, theme
from data.schema import EVALUATIONS
from tests.charts.model_samples import GRADED, NEW, OLD, hostile_models
from tests.charts.samples import (
    HOSTILE,
    assert_tables_text_is_inert,
    attempt,
    evaluations,
    shown_texts,
    weekly_attempts,
)

PUBLISHED = published_estimates(Skill.WRITING)


def test_a_trend_is_drawn_under_the_points():
    fig = go.Figure(go.Scatter(x=[1], y=[1], name="points"))
    trend = fit_trend(weekly_attempts(8, 2.0), PUBLISHED)
    assert trend is not None
    overlays.mark_trend(fig, trend, dark=False)
    assert [trace.name for trace in fig.data] == [*[None] * 5, "points"]
    noise_lower, noise_upper, slope_lower, slope_upper, line, _ = fig.data
    assert (noise_lower.y < line.y).all()
    assert (line.y < noise_upper.y).all()
    assert line.y[1] - line.y[0] == pytest.approx(trend.change)
    for slope, sign in ((slope_lower, -1), (slope_upper, 1)):
        assert slope.y[1] == pytest.approx(trend.level), "all lines meet at the mean of the points"
        assert all((slope.y[[0, 2]] - line.y) * sign > 0)
    assert slope_upper.y[2] - slope_upper.y[1] == pytest.approx((trend.upper) * (1 - trend.centre))


def test_the_interval_of_the_slope_is_darker_than_the_noise():
    fig = go.Figure()
    overlays.mark_trend(fig, fit_trend(weekly_attempts(8, 2.0), PUBLISHED), dark=False)
    noise, slope = (float(fig.data[place].fillcolor.rpartition(",")[2].strip(" )")) for place in (1, 3))
    assert noise < slope


def test_the_noise_band_stays_on_the_scale():
    high = weekly_attempts(8).assign(overall_band=pd.Series([9.0] * 8, dtype="float32"))
    trend = fit_trend(high, PUBLISHED)
    assert trend is not None
    fig = go.Figure()
    overlays.mark_trend(fig, trend, dark=True)
    assert max(max(trace.y) for trace in fig.data[:4]) <= theme.BAND_RANGE[1]


def test_the_target_is_a_line_at_its_band_with_its_number():
    fig = go.Figure()
    overlays.mark_target(fig, 6.5, dark=False)
    assert fig.layout.shapes[0].y0 == fig.layout.shapes[0].y1 == 6.5
    assert fig.layout.annotations[0].text == "target 6.5"


def test_changes_are_marked_on_every_panel_and_named_below():
    own = evaluations(*(attempt(day, model_used=OLD if day < 5 else NEW) for day in range(1, 10)))
    changes = model_changes_of_student(own)
    overall, criteria = progress_chart.overall_over_time(own), progress_chart.criteria_over_time(own, Skill.WRITING)
    for fig, panels in ((overall, 1), (criteria, 4)):
        before = fig.layout.height
        overlays.mark_model_changes(fig, changes, dark=False)
        assert [shape.x0 for shape in fig.layout.shapes] == ["2026-01-05 10:30:00"] * panels
        assert len({shape.xref for shape in fig.layout.shapes}) == panels
        note = fig.layout.annotations[-1].text.replace("<br>", " ")
        assert note == f"① Graded by {NEW} from 05 Jan 2026, by {OLD} before."
        assert fig.layout.height > before


def test_no_change_or_no_time_axis_leaves_the_figure_as_it_was():
    change = ModelChange(pd.Timestamp("2026-01-05", tz="UTC"), OLD, NEW)
    for fig, changes in (
        (progress_chart.overall_over_time(evaluations(attempt(1))), []),
        (progress_chart.overall_over_time(EVALUATIONS.empty_frame()), [change]),
        (heaping_by_model_chart.heaping_by_model(GRADED, Skill.WRITING), [change]),
    ):
        before = fig.to_json()
        overlays.mark_model_changes(fig, changes, dark=False)
        assert fig.to_json() == before


def test_the_latest_changes_are_marked_and_the_rest_counted():
    own = evaluations(*(attempt(day, model_used=f"model-{day}") for day in range(1, 12)))
    fig = progress_chart.overall_over_time(own)
    overlays.mark_model_changes(fig, model_changes_of_student(own), dark=True)
    assert len(fig.layout.shapes) == overlays.MAX_MODEL_CHANGES
    assert fig.layout.shapes[-1].x0 == "2026-01-11 10:30:00"
    assert "4 earlier changes of model: not marked." in fig.layout.annotations[-1].text.replace("<br>", " ")


def test_hostile_names_are_inert():
    fig = progress_chart.overall_over_time(hostile_models())
    change = ModelChange(pd.Timestamp("2026-01-01T12:00", tz="UTC"), HOSTILE, HOSTILE)
    overlays.mark_model_changes(fig, [change], dark=False)
    assert_tables_text_is_inert(fig)
    assert any("&lt;b&gt;x" in text for text in shown_texts(fig))
