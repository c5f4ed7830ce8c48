import math

import numpy as np
import pandas as pd
import pytest

from analysis.bands import Skill
from charts import criteria, theme
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
EVALUATION = {"overall_band": 6.5, "task_achievement_band": 7.0, "coherence_band": None, "lexical_band": 0.0}


def test_breakdown_data_weakest_first_of_the_latest():
    summary = criteria.criteria_breakdown_data(FEW, Skill.WRITING, latest=2)
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


def test_of_equal_means_the_official_order():
    summary = criteria.criteria_breakdown_data(evaluations(attempt(1)), Skill.WRITING)
    assert list(summary["criterion"]) == ["task_achievement_band", "coherence_band", "lexical_band", "grammar_band"]


def test_latest_attempts_are_the_last_by_time():
    assert list(criteria.latest_attempts(FEW, Skill.WRITING, latest=2)["evaluation_id"]) == ["ev-2", "ev-3"]
    assert list(criteria.latest_attempts(FEW.iloc[::-1], Skill.WRITING, latest=9)["evaluation_id"]) == [
        "ev-1",
        "ev-2",
        "ev-3",
    ]


@pytest.mark.parametrize("frame", [EVALUATIONS.empty_frame(), evaluations(attempt(1, state="suspect"))])
def test_breakdown_of_nothing_says_so(frame):
    summary = criteria.criteria_breakdown_data(frame, Skill.WRITING)
    assert list(summary.columns) == ["criterion", "mean", "n", "lowest", "highest"]
    assert summary.empty
    assert (
        sentence(criteria.criteria_breakdown(frame, Skill.WRITING))
        == "No writing attempt with a time and criteria yet."
    )
    assert criteria.criteria_breakdown_alt(frame, Skill.WRITING) == (
        "Writing criteria: no attempts with a time and criteria."
    )


@pytest.mark.parametrize("dark", [False, True])
def test_breakdown_draws_each_attempt_and_the_mean_with_its_number(dark):
    drawn = criteria.criteria_breakdown(FEW, Skill.WRITING, latest=2, dark=dark)
    means = [trace for trace in drawn.data if trace.mode == "markers+text"]
    dots = [trace for trace in drawn.data if trace.mode == "markers"]
    assert [trace.text[0] for trace in means] == ["<b>5.00</b>", "<b>5.50</b>", "<b>6.00</b>", "<b>7.00</b>"]
    assert [trace.x[0] for trace in means] == [5.0, 5.5, 6.0, 7.0]
    assert [list(trace.x) for trace in dots] == [[5.0, 5.0], [5.0, 6.0], [6.0, 6.0], [7.0]]
    assert list(drawn.layout.xaxis.range) == [-0.1, 9.1]
    assert drawn.layout.title.text == "Writing: the latest 2 attempts"
    first, last = drawn.layout.yaxis.range
    assert first > last, "the weakest stands on top"
    assert [a.text for a in drawn.layout.annotations] == [
        "Coherence and Cohesion",
        "Grammatical Range and Accuracy",
        "Task Response",
        "Lexical Resource",
    ]


def test_attempts_of_one_band_do_not_hide_each_other():
    drawn = criteria.criteria_breakdown(evaluations(*(attempt(day) for day in range(1, 6))), Skill.WRITING)
    dots = next(trace for trace in drawn.data if trace.mode == "markers")
    assert len(set(dots.y)) == 5
    assert all(0 < height < 0.5 for height in dots.y)


def test_breakdown_of_many():
    drawn = criteria.criteria_breakdown(many(), Skill.SPEAKING, latest=1_000_000)
    assert drawn.layout.title.text == "Speaking: the latest 1,000 attempts"
    assert points(drawn) <= theme.MAX_POINTS + 3 * 4


def test_breakdown_shows_no_text_of_the_tables():
    drawn = criteria.criteria_breakdown(hostile(), Skill.WRITING)
    assert_tables_text_is_inert(drawn)
    assert not any("evil" in text for text in shown_texts(drawn))
    assert "evil" not in criteria.criteria_breakdown_alt(hostile(), Skill.WRITING)


def test_breakdown_in_words():
    assert criteria.criteria_breakdown_alt(FEW, Skill.WRITING, latest=2) == (
        "Writing, the latest 2 attempts, weakest criterion first: Coherence and Cohesion mean 5.00 (5.0 to 5.0), "
        "Grammatical Range and Accuracy mean 5.50 (5.0 to 6.0), Task Response mean 6.00 (6.0 to 6.0), "
        "Lexical Resource mean 7.00 (7.0 to 7.0)."
    )
    assert criteria.criteria_breakdown_alt(FEW, Skill.SPEAKING).startswith("Speaking, the only attempt, ")


def test_bands_of_one_attempt():
    bands = criteria.evaluation_bands_data(EVALUATION, Skill.WRITING, "TASK_1")
    assert list(bands["criterion"]) == [
        "overall_band",
        "task_achievement_band",
        "coherence_band",
        "lexical_band",
        "grammar_band",
    ]
    assert bands["name"][1] == "Task Achievement"
    np.testing.assert_array_equal(bands["band"], [6.5, 7.0, math.nan, 0.0, math.nan])


def test_a_frame_of_one_row_is_the_same_as_a_mapping():
    frame = evaluations(attempt(1, **EVALUATION | {"grammar_band": None}))
    pd.testing.assert_frame_equal(
        criteria.evaluation_bands_data(frame, Skill.WRITING, "TASK_1"),
        criteria.evaluation_bands_data(EVALUATION, Skill.WRITING, "TASK_1"),
    )


@pytest.mark.parametrize("value", [None, math.nan, pd.NA, 42.0, -1.0, 6.3, "error", "<img src=x>"])
def test_a_band_that_is_none_is_missing(value):
    bands = criteria.evaluation_bands_data(EVALUATION | {"grammar_band": value}, Skill.WRITING, None)
    assert math.isnan(bands["band"][4])


@pytest.mark.parametrize("dark", [False, True])
def test_missing_is_a_word_and_zero_is_a_band(dark):
    drawn = criteria.evaluation_bands(EVALUATION, Skill.WRITING, "TASK_2", dark=dark)
    marks = {trace.y[0]: (trace.x[0], trace.text[0]) for trace in drawn.data if trace.mode == "markers+text"}
    assert marks == {0: (6.5, "<b>6.5</b>"), 1: (7.0, "<b>7.0</b>"), 3: (0.0, "<b>0.0</b>")}
    assert [a.y for a in drawn.layout.annotations if "missing" in a.text] == [2, 4]
    assert list(drawn.layout.xaxis.range) == [-0.1, 9.1]


@pytest.mark.parametrize("evaluation", [{}, EVALUATIONS.empty_frame(), {"overall_band": None}])
def test_an_attempt_without_bands_says_so(evaluation):
    assert sentence(criteria.evaluation_bands(evaluation, Skill.SPEAKING, None)) == "This attempt has no readable band."


def test_a_hostile_task_type_is_never_shown():
    frame = hostile().head(1)
    drawn = criteria.evaluation_bands(frame, Skill.WRITING, str(frame["task_type"].iloc[0]))
    assert_tables_text_is_inert(drawn)
    assert not any("evil" in text for text in shown_texts(drawn))


def test_bands_of_one_attempt_in_words():
    assert criteria.evaluation_bands_alt(EVALUATION, Skill.WRITING, "TASK_2") == (
        "Writing: Overall band 6.5, Task Response 7.0, Coherence and Cohesion missing, Lexical Resource 0.0, "
        "Grammatical Range and Accuracy missing."
    )
