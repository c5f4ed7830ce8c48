import pandas as pd
import pytest

from bandup.analysis import criteria_matrix
from bandup.analysis.bands import Skill
from bandup.charts import criteria_matrix_chart, theme
from data.schema import EVALUATIONS
from tests.charts.samples import (
    HOSTILE,
    assert_tables_text_is_inert,
    attempt,
    evaluations,
    hostile,
    many,
    sentence,
    shown_texts,
)


def graded(user: str, day: int, band: float | None, **more) -> dict:
    return attempt(day, band=band, evaluation_id=f"{user}-{day}", user_id=user, **more)


FEW = evaluations(
    *(graded("ann", day, 5.0, lexical_band=4.0) for day in (1, 2, 3)),
    *(graded("ben", day, 7.0) for day in (1, 2, 3, 4, 5, 6)),
    graded("cat", 1, 6.0, grammar_band=None),
    graded("cat", 2, 8.5, state="suspect"),
    graded("dan", 1, 6.0, at=None),
)


def cells(fig) -> list:
    return [trace for trace in fig.data if trace.type == "bar"]


def figure_of(frame: pd.DataFrame, skill: Skill, **options):
    return criteria_matrix_chart.criteria_matrix(criteria_matrix.means_by_student(frame, skill), skill, **options)


def alt(frame: pd.DataFrame, skill: Skill, **options) -> str:
    return criteria_matrix_chart.criteria_matrix_alt(criteria_matrix.means_by_student(frame, skill), skill, **options)


def classroom(students: int) -> pd.DataFrame:
    frame = many(20 * students)
    return frame.assign(user_id=pd.Series([f"s{n % students:03d}" for n in range(len(frame))], dtype="str"))


def test_data_is_that_of_the_analysis_up_to_a_limit():
    pd.testing.assert_frame_equal(
        criteria_matrix_chart.criteria_matrix_data(criteria_matrix.means_by_student(FEW, Skill.WRITING)),
        criteria_matrix.means_by_student(FEW, Skill.WRITING),
    )
    table = criteria_matrix_chart.criteria_matrix_data(
        criteria_matrix.means_by_student(FEW, Skill.WRITING), target=6.5, targets={"ben": 9.0}
    )
    assert list(table["user_id"]) == ["ben", "ann", "cat"]
    assert list(table["overall_band"]) == [-2.0, -1.5, -0.5]
    assert (
        len(criteria_matrix_chart.criteria_matrix_data(criteria_matrix.means_by_student(classroom(60), Skill.WRITING)))
        == criteria_matrix_chart.MAX_ROWS
    )


@pytest.mark.parametrize("frame", [EVALUATIONS.empty_frame().assign(state=""), evaluations(graded("a", 1, None))])
def test_no_students(frame):
    assert sentence(figure_of(frame, Skill.WRITING)) == "No graded writing attempt with a time yet."
    assert alt(frame, Skill.WRITING) == "Writing criteria by student: no graded attempts with a time."


@pytest.mark.parametrize("dark", [False, True])
def test_a_cell_per_student_and_band(dark):
    fig = figure_of(FEW, Skill.WRITING, dark=dark)
    overall, task, _, lexis, grammar = cells(fig)
    assert list(fig.layout.yaxis.ticktext) == ["ann", "cat", "ben"]
    assert list(fig.layout.xaxis.ticktext) == ["Overall", "Task", "Coherence", "Lexis", "Grammar", "n"]
    assert list(overall.text) == ["5.0", "6.0·", "7.0"]
    assert list(lexis.text) == ["4.0", "6.0·", "7.0"]
    assert list(grammar.text) == ["5.0", "–", "7.0"]
    assert list(overall.marker.color) == [
        theme.band_color(5.0, dark=dark),
        "rgba(0,0,0,0)",
        theme.band_color(7.0, dark=dark),
    ]
    assert list(overall.marker.line.width) == [0, 1.5, 0]
    assert task.customdata.tolist() == [["ann"], ["cat"], ["ben"]]
    counts = fig.data[-1]
    assert list(counts.text) == ["3", "1", "5"]
    assert any("Outlined, with a dot" in text for text in shown_texts(fig))
    assert "<b>ann</b><br>Lexical Resource: mean 4.0 of 3 graded attempts" in list(lexis.hovertext)
    assert "<b>cat</b><br>Grammatical Range and Accuracy: not in the latest graded attempts" in list(grammar.hovertext)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("target", [None, 0.0, 6.5, 9.0])
def test_numbers_are_readable_on_their_cells(target, dark):
    frame = evaluations(*(graded(f"s{step:02d}", day, step / 2) for step in range(19) for day in (1, 2, 3)))
    for trace in cells(figure_of(frame, Skill.WRITING, target=target, dark=dark)):
        for ink, fill in zip(trace.insidetextfont.color, trace.marker.color, strict=True):
            assert theme.contrast(ink, fill) >= 4.5


def test_against_a_target():
    fig = figure_of(FEW, Skill.WRITING, target=6.5)
    overall, _, _, lexis, _ = cells(fig)
    assert list(overall.text) == ["−1.5", "−0.5·", "+0.5"]
    assert "<b>ann</b><br>Lexical Resource: mean 4.0 of 3 graded attempts<br>target 6.5: −2.5" in list(lexis.hovertext)
    assert overall.marker.color[2] == theme.LIGHT.surface, "reached: plain"
    assert lexis.marker.color[0] == theme.LIGHT.accents[Skill.WRITING], "two bands and more: full"
    assert any("minus the target 6.5." in text.replace("<br>", " ") for text in shown_texts(fig))
    own = figure_of(FEW, Skill.WRITING, target=6.5, targets={"ann": 5.0})
    assert cells(own)[0].text[list(own.layout.yaxis.ticktext).index("ann")] == "0.0"
    assert any("the student’s own" in text.replace("<br>", " ") for text in shown_texts(own))


def test_a_band_off_the_scale_is_missing():
    frame = evaluations(
        graded("a", 1, 6.0, lexical_band=11.0), graded("a", 2, 6.0, lexical_band=5.0), graded("b", 1, 11.0)
    )
    table = criteria_matrix_chart.criteria_matrix_data(criteria_matrix.means_by_student(frame, Skill.WRITING))
    assert table[["user_id", "lexical_band", "lexical_band_n"]].to_numpy(dtype=object).tolist() == [["a", 5.0, 1]]


def test_the_weakest_of_many_with_a_note():
    frame = classroom(60)
    fig = figure_of(frame, Skill.SPEAKING)
    assert len(fig.data[0].x) == criteria_matrix_chart.MAX_ROWS
    weakest = criteria_matrix.means_by_student(frame, Skill.SPEAKING)["user_id"]
    assert list(fig.layout.yaxis.ticktext) == list(weakest[: criteria_matrix_chart.MAX_ROWS])
    assert any(f"The 40 weakest of {len(weakest)} students." in text for text in shown_texts(fig))


def test_hostile_ids_are_inert_but_open_the_right_student():
    for skill in Skill:
        fig = figure_of(hostile(), skill)
        assert_tables_text_is_inert(fig)
        assert any("&lt;b&gt;x&lt;/b&gt;" in text for text in shown_texts(fig))
        assert cells(fig)[0].customdata.tolist() == [[HOSTILE]]


def test_no_webgl():
    assert {trace.type for trace in figure_of(FEW, Skill.WRITING).data} == {"bar", "scatter"}


def test_alternative_text_gives_the_numbers():
    assert alt(FEW, Skill.WRITING) == (
        "Writing by student and criterion, mean, latest 5 graded attempts, 3 students, weakest first: "
        "ann 5.0 (3 graded attempts), lowest Lexical Resource 4.0; "
        "cat 6.0 (only 1 graded attempt), lowest Task Achievement / Response, Coherence and Cohesion and Lexical Resource 6.0; "
        "ben 7.0 (5 graded attempts), lowest all four criteria 7.0."
    )
    text = alt(FEW, Skill.WRITING, target=6.0)
    assert "difference of the mean to the target" in text
    assert "ann −1.0 (3 graded attempts), lowest Lexical Resource −2.0" in text
    assert alt(classroom(60), Skill.WRITING).endswith("; 55 more.")


def test_the_frame_is_not_changed():
    before = FEW.copy(deep=True)
    figure_of(FEW, Skill.WRITING, target=6.0)
    pd.testing.assert_frame_equal(FEW, before)
