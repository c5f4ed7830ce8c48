import numpy as np
import pandas as pd
import pytest

from bandup.analysis.bands import CRITERIA, Skill
from bandup.charts import progress_chart, theme
from data.schema import EVALUATIONS
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

FEW = evaluations(
    attempt(1, band=5.5),
    attempt(5, band=6.0, state="suspect"),
    attempt(9, band=6.5),
    attempt(2, "speaking", 5.0),
    attempt(3, "speaking", 7.0, at=None),
    attempt(4, "speaking", None),
)
NO_ROWS = {
    "no rows": EVALUATIONS.empty_frame(),
    "no time": evaluations(attempt(1, at=None)),
    "no band": evaluations(attempt(1, band=None)),
}


def markers(fig) -> list:
    return [trace for trace in fig.data if trace.mode == "markers"]


def test_overall_data():
    rows = progress_chart.overall_over_time_data(FEW)
    assert rows[["skill", "band", "suspect", "evaluation_id"]].to_numpy(dtype=object).tolist() == [
        ["writing", 5.5, False, "ev-1"],
        ["writing", 6.0, True, "ev-5"],
        ["writing", 6.5, False, "ev-9"],
        ["speaking", 5.0, False, "ev-2"],
    ]
    assert rows["at"].dtype == "datetime64[ms, UTC]"
    assert rows["band"].dtype == "float64"


@pytest.mark.parametrize("frame", NO_ROWS.values(), ids=NO_ROWS.keys())
def test_nothing_to_draw(frame):
    assert progress_chart.overall_over_time_data(frame).empty
    assert sentence(progress_chart.overall_over_time(frame)) == "No attempt with a time and a band yet."
    assert sentence(progress_chart.criteria_over_time(frame, Skill.WRITING)) == (
        "No writing attempt with a time and criteria yet."
    )
    assert progress_chart.overall_over_time_alt(frame) == (
        "Writing: no attempts with a time and a band; Speaking: no attempts with a time and a band."
    )
    assert progress_chart.criteria_over_time_alt(frame, Skill.WRITING) == (
        "Writing criteria: no attempts with a time and criteria."
    )


@pytest.mark.parametrize("dark", [False, True])
def test_overall_shows_the_whole_scale_and_a_marker_per_attempt(dark):
    fig = progress_chart.overall_over_time(FEW, dark=dark)
    writing, speaking = markers(fig)
    assert list(fig.layout.yaxis.range) == [-0.1, 9.1]
    assert fig.layout.yaxis.minor.dtick == 0.5
    assert list(writing.y) == [5.5, 6.0, 6.5]
    assert list(speaking.y) == [5.0]
    assert list(writing.x) == list(
        np.array(["2026-01-01T10:30", "2026-01-05T10:30", "2026-01-09T10:30"], "datetime64[ms]")
    )
    assert writing.marker.color == theme.palette(dark=dark).accents[Skill.WRITING]
    assert speaking.marker.color == theme.palette(dark=dark).accents[Skill.SPEAKING]
    assert writing.customdata.tolist() == [["ev-1", "student-1"], ["ev-5", "student-1"], ["ev-9", "student-1"]]


def test_suspect_attempts_are_hollow_and_off_the_line():
    fig = progress_chart.overall_over_time(FEW)
    writing, speaking = markers(fig)
    assert list(writing.marker.symbol) == ["circle", "circle-open", "circle"]
    assert list(speaking.marker.symbol) == ["diamond"]
    line = next(trace for trace in fig.data if trace.mode == "lines")
    assert list(line.y) == [5.5, 6.5]
    assert any("Hollow" in text for text in shown_texts(fig))
    assert not any(
        "Hollow" in text for text in shown_texts(progress_chart.overall_over_time(FEW[FEW["state"] != "suspect"]))
    )


def test_attempts_without_a_time_are_counted():
    assert any(
        "1 attempt at an unknown time: not drawn." in text
        for text in shown_texts(progress_chart.overall_over_time(FEW))
    )


@pytest.mark.parametrize(
    ("writing", "speaking"), [(6.0, 6.0), (6.0, 6.5), (9.0, 9.0), (0.0, 0.0), (9.0, 8.5), (0.5, 0.0), (3.0, 8.0)]
)
def test_labels_at_the_end_do_not_overlap_and_stay_inside(writing, speaking):
    fig = progress_chart.overall_over_time(evaluations(attempt(1, band=writing), attempt(2, "speaking", speaking)))
    heights = {
        annotation.text.split("<b>")[1].split("<")[0]: annotation.y
        for annotation in fig.layout.annotations
        if "latest" in annotation.text
    }
    assert abs(heights["Writing"] - heights["Speaking"]) >= 1.0
    assert all(0.5 <= height <= 8.5 for height in heights.values())
    assert (heights["Writing"] > heights["Speaking"]) is (writing >= speaking)


def test_one_attempt_has_a_range_of_days():
    fig = progress_chart.overall_over_time(evaluations(attempt(10)))
    assert list(fig.layout.xaxis.range) == ["2026-01-06 10:30:00", "2026-01-14 10:30:00"]
    assert points(fig) == 2


def test_a_skill_of_suspect_attempts_only():
    frame = evaluations(attempt(1, state="suspect"))
    assert any("suspect only" in text for text in shown_texts(progress_chart.overall_over_time(frame)))
    assert progress_chart.overall_over_time_alt(frame) == (
        "Writing: 0 graded attempts, and 1 suspect; Speaking: no attempts with a time and a band."
    )


def test_many_attempts_are_downsampled_with_a_note():
    frame = many()
    total = len(progress_chart.overall_over_time_data(frame))
    overall, criteria = progress_chart.overall_over_time(frame), progress_chart.criteria_over_time(frame, Skill.WRITING)
    assert total > 9_000
    assert points(overall) == points(criteria) == theme.MAX_POINTS
    assert not any(trace.mode == "lines" for trace in overall.data)
    assert any(f"4,000 of {total:,} attempts drawn" in text for text in shown_texts(overall))
    assert any("1,000 of" in text for text in shown_texts(criteria))
    assert set(np.concatenate([trace.y for trace in overall.data])) <= set(np.arange(0, 9.5, 0.5))


def test_hostile_text_is_inert_but_opens_the_right_attempt():
    frame = hostile()
    for fig in (
        progress_chart.overall_over_time(frame),
        progress_chart.criteria_over_time(frame, Skill.WRITING),
        progress_chart.criteria_over_time(frame, Skill.SPEAKING, columns=1),
    ):
        assert_tables_text_is_inert(fig)
        assert any("&lt;img src=x" in text for text in shown_texts(fig))
        assert markers(fig)[0].customdata.tolist()[0] == [HOSTILE + "1", HOSTILE]
    assert "<" not in progress_chart.overall_over_time_alt(frame) + progress_chart.criteria_over_time_alt(
        frame, Skill.WRITING
    )


def test_criteria_data():
    frame = evaluations(
        attempt(1, band=5.5), attempt(2, band=6.0, grammar_band=None, overall_band=None), attempt(3, at=None)
    )
    rows = progress_chart.criteria_over_time_data(frame, Skill.WRITING)
    assert rows[["criterion", "band", "evaluation_id"]].to_numpy(dtype=object).tolist() == [
        ["task_achievement_band", 5.5, "ev-1"],
        ["task_achievement_band", 6.0, "ev-2"],
        ["coherence_band", 5.5, "ev-1"],
        ["coherence_band", 6.0, "ev-2"],
        ["lexical_band", 5.5, "ev-1"],
        ["lexical_band", 6.0, "ev-2"],
        ["grammar_band", 5.5, "ev-1"],
    ]


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("skill", list(Skill))
def test_criteria_panels_share_the_scale_and_the_time(skill, columns):
    fig = progress_chart.criteria_over_time(many(60), skill, columns=columns)
    layout = fig.to_dict()["layout"]
    axes = ["", "2", "3", "4"]
    assert {tuple(layout[f"yaxis{axis}"]["range"]) for axis in axes} == {(-0.1, 9.1)}
    assert len({tuple(layout[f"xaxis{axis}"]["range"]) for axis in axes}) == 1
    assert len(markers(fig)) == len(CRITERIA[skill])
    titles = [a.text.replace("<br>", " ") for a in fig.layout.annotations if a.text.startswith("<b>")]
    names = {
        Skill.WRITING: ["Task Achievement / Response", "Coherence and Cohesion"],
        Skill.SPEAKING: ["Fluency and Coherence", "Lexical Resource"],
    }
    assert titles[:2] == [f"<b>{name}</b>" for name in names[skill]]


def test_a_criterion_without_bands_keeps_its_empty_panel():
    frame = evaluations(attempt(1, lexical_band=None))
    fig = progress_chart.criteria_over_time(frame, Skill.WRITING)
    assert [len(trace.y) for trace in markers(fig)] == [1, 1, 0, 1]


def test_suspect_attempts_are_hollow_in_panels():
    fig = progress_chart.criteria_over_time(FEW, Skill.WRITING)
    assert all(list(trace.marker.symbol) == ["circle", "circle-open", "circle"] for trace in markers(fig))


def test_alternative_text_gives_the_numbers():
    assert progress_chart.overall_over_time_alt(FEW) == (
        "Writing: 2 graded attempts from 5.5 to 6.5, 01 Jan 2026 to 09 Jan 2026, lowest 5.5, highest 6.5, and 1 suspect; "
        "Speaking: 1 graded attempt at 5.0."
    )
    assert progress_chart.criteria_over_time_alt(FEW, Skill.WRITING) == (
        "Writing criteria: Task Response, 2 graded attempts from 5.5 to 6.5; Coherence and Cohesion, 2 graded attempts from 5.5 to 6.5; "
        "Lexical Resource, 2 graded attempts from 5.5 to 6.5; Grammatical Range and Accuracy, 2 graded attempts from 5.5 to 6.5; "
        "1 suspect not counted."
    )


def test_the_frame_is_not_changed():
    before = FEW.copy(deep=True)
    progress_chart.overall_over_time(FEW)
    progress_chart.criteria_over_time(FEW, Skill.WRITING)
    pd.testing.assert_frame_equal(FEW, before)
