import pandas as pd
import pytest

from bandup.analysis.attempts import graded_attempts
from bandup.analysis.bands import Skill
from bandup.analysis.class_estimates import published_estimates
from bandup.analysis.progress import fit_trend
from bandup.charts import comparison_chart, theme
from tests.charts.samples import (
    HOSTILE,
    assert_tables_text_is_inert,
    attempt,
    evaluations,
    hostile,
    many,
    points,
    sentence,
    shown_texts,
)

EMPTY = evaluations(attempt(1)).head(0)
EARLY = evaluations(attempt(1, band=5.0), attempt(3, band=6.0), attempt(2, "speaking", 8.0))
LATE = evaluations(attempt(20, band=7.0), attempt(25, band=7.5), attempt(28, band=6.0, state="suspect"))


def on_axes(frame, other, skill=Skill.WRITING, **more):
    time_range = comparison_chart.common_time_range(frame, other, skill)
    return comparison_chart.overall_on_shared_axes(
        frame, skill, fit_trend(graded_attempts(frame, skill), published_estimates(skill)), time_range, **more
    )


def markers(fig):
    """The one trace of points that holds any."""
    (trace,) = (trace for trace in fig.data if trace.mode == "markers" and len(trace.x))
    return trace


@pytest.mark.parametrize(
    ("first", "second", "days"),
    [
        (EARLY, LATE, (1, 28)),
        (LATE, EARLY, (1, 28)),
        (EARLY, EMPTY, (1, 3)),
        (EMPTY, LATE, (20, 28)),
        (EMPTY, EMPTY, None),
        (evaluations(attempt(1, at=None)), evaluations(attempt(1, band=None)), None),
    ],
)
def test_the_time_range_covers_both_students(first, second, days):
    time_range = comparison_chart.common_time_range(first, second, Skill.WRITING)
    assert (time_range and tuple(at.day for at in time_range)) == days


def test_both_figures_have_the_same_axes_and_only_their_own_points():
    early, late = on_axes(EARLY, LATE), on_axes(LATE, EARLY)
    assert early.layout.xaxis.range == late.layout.xaxis.range
    assert early.layout.yaxis.range == late.layout.yaxis.range == theme.BAND_RANGE
    assert (early.layout.yaxis.dtick, early.layout.yaxis.minor.dtick) == (1, 0.5)
    assert list(markers(early).y) == [5.0, 6.0]  # no speaking
    first, last = (pd.Timestamp(end) for end in early.layout.xaxis.range)
    assert first < pd.Timestamp("2026-01-01")
    assert last > pd.Timestamp("2026-01-28")


def test_skills_differ_by_marker_and_the_default_answer_is_hollow():
    assert list(markers(on_axes(LATE, EARLY)).marker.symbol) == ["circle", "circle", "circle-open"]
    assert list(markers(on_axes(EARLY, LATE, Skill.SPEAKING)).marker.symbol) == ["diamond"]


def test_a_trend_is_drawn_where_there_is_one():
    five = evaluations(*(attempt(day, band=6.0) for day in (1, 5, 9, 13, 17)))
    assert [trace.line.dash for trace in on_axes(five, LATE).data].count("dash") == 1
    assert [trace.line.dash for trace in on_axes(EARLY, LATE).data].count("dash") == 0


@pytest.mark.parametrize("frame", [EMPTY, evaluations(attempt(1, at=None))], ids=["no rows", "no time"])
def test_nothing_to_draw(frame):
    assert sentence(on_axes(frame, LATE)) == "No attempt with a time and a band yet."
    assert sentence(on_axes(frame, EMPTY)) == "No attempt with a time and a band yet."
    assert (
        comparison_chart.overall_on_shared_axes_alt(frame, Skill.WRITING, "u1")
        == "Writing of u1: no attempts with a time and a band."
    )


@pytest.mark.parametrize(
    ("frame", "skill", "alt"),
    [
        (EARLY, Skill.WRITING, "Writing of u1: 2 graded attempts from 5.0 to 6.0, lowest 5.0, highest 6.0."),
        (EARLY, Skill.SPEAKING, "Speaking of u1: 1 graded attempt from 8.0 to 8.0, lowest 8.0, highest 8.0."),
        (
            LATE,
            Skill.WRITING,
            "Writing of u1: 2 graded attempts from 7.0 to 7.5, lowest 7.0, highest 7.5, and 1 suspect.",
        ),
        (LATE.tail(1), Skill.WRITING, "Writing of u1: 0 graded attempts, and 1 suspect."),
    ],
)
def test_alt(frame, skill, alt):
    assert comparison_chart.overall_on_shared_axes_alt(frame, skill, "u1") == alt


@pytest.mark.parametrize("dark", [False, True])
def test_many_are_downsampled(dark):
    assert 0 < points(on_axes(many(), LATE, dark=dark)) <= theme.MAX_POINTS


def test_hostile_text_is_inert():
    fig = on_axes(hostile(), LATE)
    assert_tables_text_is_inert(fig)
    assert not any(HOSTILE in text for text in shown_texts(fig))
