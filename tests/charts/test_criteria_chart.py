import pandas as pd
import pytest

from bandup.analysis.bands import Skill
from bandup.charts import criteria_chart, theme
from data.schema import EVALUATIONS
from tests.charts.samples import (
    assert_tables_text_is_inert,
    attempt,
    evaluations,
    hostile,
    many,
    points,
    sentence,
    shown_texts,
)

BANDS = {"task_achievement_band": 6.0, "coherence_band": 5.0, "lexical_band": 7.0, "grammar_band": 5.0}
FEW = evaluations(
    attempt(1, band=4.0),
    attempt(2, band=6.0, **BANDS),
    attempt(3, band=6.0, **BANDS | {"grammar_band": 6.0, "lexical_band": None}),
    attempt(4, band=6.0, state="suspect"),
    attempt(5, band=6.0, at=None),
    attempt(6, band=None, **BANDS),
    attempt(7, "speaking", 9.0),
)


def test_breakdown_data_weakest_first_of_the_latest():
    summary = criteria_chart.criteria_breakdown_data(FEW, Skill.WRITING, latest=2)
    expected = pd.DataFrame(
        {
            "criterion": ["coherence_band", "grammar_band", "task_achievement_band", "lexical_band"],
            "mean": [5.0, 5.5, 6.0, 7.0],
            "n": [2, 2, 2, 1],
            "lowest": [5.0, 5.0, 6.0, 7.0],
            "highest": [5.0, 6.0, 6.0, 7.0],
        }
    ).astype({"criterion": "str"})
    pd.testing.assert_frame_equal(summary, expected)


def test_equal_means_are_in_the_official_order():
    summary = criteria_chart.criteria_breakdown_data(evaluations(attempt(1)), Skill.WRITING)
    assert list(summary["criterion"]) == ["task_achievement_band", "coherence_band", "lexical_band", "grammar_band"]


def test_latest_attempts_are_the_last_by_time():
    assert list(criteria_chart.latest_attempts(FEW, Skill.WRITING, latest=2)["evaluation_id"]) == ["ev-2", "ev-3"]
    assert list(criteria_chart.latest_attempts(FEW.iloc[::-1], Skill.WRITING, latest=9)["evaluation_id"]) == [
        "ev-1",
        "ev-2",
        "ev-3",
    ]


@pytest.mark.parametrize("frame", [EVALUATIONS.empty_frame(), evaluations(attempt(1, state="suspect"))])
def test_breakdown_of_nothing(frame):
    summary = criteria_chart.criteria_breakdown_data(frame, Skill.WRITING)
    assert list(summary.columns) == ["criterion", "mean", "n", "lowest", "highest"]
    assert summary.empty
    assert (
        sentence(criteria_chart.criteria_breakdown(frame, Skill.WRITING))
        == "No writing attempt with a time and criteria yet."
    )
    assert criteria_chart.criteria_breakdown_alt(frame, Skill.WRITING) == (
        "Writing criteria: no attempts with a time and criteria."
    )


@pytest.mark.parametrize("dark", [False, True])
def test_breakdown_draws_each_attempt_and_the_mean_with_its_number(dark):
    fig = criteria_chart.criteria_breakdown(FEW, Skill.WRITING, latest=2, dark=dark)
    means = [trace for trace in fig.data if trace.mode == "markers+text"]
    dots = [trace for trace in fig.data if trace.mode == "markers"]
    assert [trace.text[0] for trace in means] == ["<b>5.0</b>", "<b>5.5</b>", "<b>6.0</b>", "<b>7.0</b>"]
    assert [trace.x[0] for trace in means] == [5.0, 5.5, 6.0, 7.0]
    assert [list(trace.x) for trace in dots] == [[5.0, 5.0], [5.0, 6.0], [6.0, 6.0], [7.0]]
    assert list(fig.layout.xaxis.range) == [-0.1, 9.1]
    assert fig.layout.title.text == "Writing: the latest 2 graded attempts"
    first, last = fig.layout.yaxis.range
    assert first > last, "the weakest is on top"
    assert [a.text for a in fig.layout.annotations] == [
        "Coherence and Cohesion",
        "Grammatical Range and Accuracy",
        "Task Response",
        "Lexical Resource",
    ]


def test_attempts_of_one_band_do_not_hide_each_other():
    fig = criteria_chart.criteria_breakdown(evaluations(*(attempt(day) for day in range(1, 6))), Skill.WRITING)
    dots = next(trace for trace in fig.data if trace.mode == "markers")
    assert len(set(dots.y)) == 5
    assert all(0 < height < 0.5 for height in dots.y)


def test_breakdown_of_many():
    fig = criteria_chart.criteria_breakdown(many(), Skill.SPEAKING, latest=1_000_000)
    assert fig.layout.title.text == "Speaking: the latest 1,000 graded attempts"
    assert points(fig) <= theme.MAX_POINTS + 3 * 4


def test_breakdown_shows_no_text_of_the_tables():
    fig = criteria_chart.criteria_breakdown(hostile(), Skill.WRITING)
    assert_tables_text_is_inert(fig)
    assert not any("evil" in text for text in shown_texts(fig))
    assert "evil" not in criteria_chart.criteria_breakdown_alt(hostile(), Skill.WRITING)


def test_breakdown_in_words():
    assert criteria_chart.criteria_breakdown_alt(FEW, Skill.WRITING, latest=2) == (
        "Writing, the latest 2 graded attempts, weakest criterion first: Coherence and Cohesion mean 5.0 (5.0 to 5.0), "
        "Grammatical Range and Accuracy mean 5.5 (5.0 to 6.0), Task Response mean 6.0 (6.0 to 6.0), "
        "Lexical Resource mean 7.0 (7.0 to 7.0)."
    )
    assert criteria_chart.criteria_breakdown_alt(FEW, Skill.SPEAKING).startswith("Speaking, the only graded attempt, ")
