from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from bandup.analysis import practice
from bandup.analysis.bands import Skill
from bandup.charts import practice_chart, theme
from data.schema import EVALUATIONS
from tests.charts.samples import (
    assert_tables_text_is_inert,
    attempt,
    evaluations,
    hostile,
    many,
    sentence,
    shown_texts,
)

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
FEW = evaluations(
    attempt(1),
    attempt(2, "speaking"),
    attempt(3, state="suspect"),
    attempt(4, state="superseded"),
    attempt(29, "speaking"),
    attempt(30, at=None),
)


def bars(fig) -> list:
    return [trace for trace in fig.data if trace.type == "bar"]


def test_data_is_that_of_the_analysis_up_to_a_limit():
    data = practice_chart.practice_per_week_data(FEW, NOW)
    pd.testing.assert_frame_equal(data, practice.attempts_per_week(FEW, NOW))
    assert data[["writing", "speaking"]].to_numpy().tolist() == [[2, 1], [0, 0], [0, 0], [0, 0], [0, 1]]
    later = practice_chart.practice_per_week_data(FEW, NOW + timedelta(days=360))
    assert len(later) == practice_chart.MAX_WEEKS
    assert later["week"].iloc[-1] == pd.Timestamp("2027-01-25")


@pytest.mark.parametrize("days", [0, 30, 90])
def test_the_time_axis_ends_with_the_week_of_now(days):
    now = NOW + timedelta(days=days)
    first, last = (pd.Timestamp(end) for end in practice_chart.practice_per_week(FEW, now).layout.xaxis.range)
    assert pd.Timedelta(0) < last - pd.Timestamp(now).tz_localize(None) <= pd.Timedelta(weeks=1)
    assert last - first >= pd.Timedelta(weeks=practice_chart.MIN_WEEKS)


@pytest.mark.parametrize("frame", [EVALUATIONS.empty_frame().assign(state=""), evaluations(attempt(1, at=None))])
def test_nothing_to_draw(frame):
    assert sentence(practice_chart.practice_per_week(frame, NOW)) == "No attempt with a known time yet."
    assert practice_chart.practice_per_week_alt(frame, NOW) == "Practice per week: no attempt with a known time yet."


def test_practice_long_ago():
    fig = practice_chart.practice_per_week(FEW, NOW + timedelta(days=600))
    assert sentence(fig) == "No attempt in the latest 53 weeks; the last on 29 Jan 2026."


@pytest.mark.parametrize("dark", [False, True])
def test_bars_dots_and_the_longest_gap(dark):
    fig = practice_chart.practice_per_week(FEW, NOW, dark=dark)
    writing, speaking = bars(fig)
    assert list(writing.y) == [2, 0, 0, 0, 0]
    assert list(speaking.y) == [1, 0, 0, 0, 1]
    assert (writing.name, speaking.name) == ("Writing 2", "Speaking 2")
    assert writing.marker.color == theme.palette(dark=dark).accents[Skill.WRITING]
    assert writing.marker.pattern.shape != speaking.marker.pattern.shape
    assert writing.hovertext[0] == "Week 2026-W01, from 29 Dec 2025<br>Writing: 2"
    dots, gap = [trace for trace in fig.data if trace.type == "scatter"]
    assert len(dots.x) == 3
    assert [str(end)[:10] for end in gap.x] == ["2026-01-05", "2026-01-26"]
    assert "26 days" in shown_texts(fig)
    assert "1 attempt at an unknown time: not drawn." in shown_texts(fig)


def test_one_attempt_is_a_bar_of_its_week():
    fig = practice_chart.practice_per_week(evaluations(attempt(30)), NOW)
    assert [trace.name for trace in bars(fig)] == ["Writing 1"]
    start, end = (pd.Timestamp(limit) for limit in fig.layout.xaxis.range)
    assert end - start >= pd.Timedelta(weeks=practice_chart.MIN_WEEKS)
    assert not any("days" in text for text in shown_texts(fig))


def test_many_weeks_are_limited_with_a_note():
    frame = many()
    fig = practice_chart.practice_per_week(frame, NOW + timedelta(days=20))
    assert len(bars(fig)[0].x) == practice_chart.MAX_WEEKS
    notes = fig.layout.annotations[-1].text
    assert "The latest 53 of 60 weeks." in notes
    assert "at an unknown time" in notes


def test_hostile_text_is_not_shown():
    fig = practice_chart.practice_per_week(hostile(), NOW)
    assert_tables_text_is_inert(fig)
    assert not any("evil" in text for text in shown_texts(fig))


def test_alternative_text_gives_the_numbers():
    assert practice_chart.practice_per_week_alt(FEW, NOW) == (
        "Practice per week (Writing 2, Speaking 2): 4 attempts, graded or not, in 2 of 5 weeks; the longest gap 26 days "
        "(3 Jan 2026 to 29 Jan 2026). The last attempt was 2 days ago."
    )


def test_the_frame_is_not_changed():
    before = FEW.copy(deep=True)
    practice_chart.practice_per_week(FEW, NOW)
    pd.testing.assert_frame_equal(FEW, before)
