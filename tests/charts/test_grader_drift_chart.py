import numpy as np
import pandas as pd
import pytest

from bandup.analysis import grader_drift
from bandup.analysis.bands import Skill
from bandup.analysis.grader_drift import ModelChange
from bandup.charts import grader_drift_chart, progress_chart, theme
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

OLD, NEW = "gemini-2.0-flash", "gemini-2.5-flash"


def given(number: int, model: str | None, band: float = 6.0, *, day: int = 1, **more) -> dict:
    return attempt(day, band=band, evaluation_id=f"ev-{number}", user_id=f"student-{number}", model_used=model, **more)


FEW = evaluations(
    *(given(number, OLD, 6.0 + number % 2, day=2) for number in range(6)),
    given(6, NEW, 5.5, day=20),
    given(7, NEW, 6.5, day=21),
    given(8, NEW, 9.0, day=21, state="suspect"),
    given(9, None, 7.0, day=22),
    given(10, OLD, 7.0, at=None),
)


def busy(models: int = 9) -> pd.DataFrame:
    frame = many(3_000)
    random = np.random.default_rng(1)
    names = [f"model-{number}" for number in random.integers(0, models, len(frame))]
    students = [f"s{number}" for number in random.integers(0, 200, len(frame))]
    return frame.assign(model_used=pd.Categorical(names), user_id=pd.Series(students, dtype="str"))


def hostile_models() -> pd.DataFrame:
    return hostile().assign(model_used=pd.Categorical([HOSTILE, HOSTILE + "2"] * 2))


def test_data_of_means():
    rows = grader_drift_chart.bands_by_model_data(FEW, Skill.WRITING)
    pd.testing.assert_frame_equal(rows, grader_drift.over_time(FEW, Skill.WRITING))
    assert rows[["model_used", "period", "n", "students", "mean"]].to_numpy(dtype=object).tolist() == [
        [OLD, "week", 6, 6, 6.5],
        [NEW, "week", 2, 2, 6.0],
        ["not told", "week", 1, 1, 7.0],
    ]
    assert list(rows["low"].notna()) == [True, False, False]


@pytest.mark.parametrize("frame", [EVALUATIONS.empty_frame().assign(state=""), evaluations(given(1, OLD, at=None))])
def test_nothing_to_draw_over_time_is_said(frame):
    assert grader_drift_chart.bands_by_model_data(frame, Skill.WRITING).empty
    assert (
        sentence(grader_drift_chart.bands_by_model(frame, Skill.WRITING))
        == "No graded writing attempt with a time yet."
    )
    assert (
        grader_drift_chart.bands_by_model_alt(frame, Skill.WRITING)
        == "Writing by model: no graded attempts with a time."
    )


def test_no_heaping_is_said():
    frame = EVALUATIONS.empty_frame().assign(state="")
    assert grader_drift_chart.heaping_by_model_data(frame, Skill.SPEAKING).empty
    assert sentence(grader_drift_chart.heaping_by_model(frame, Skill.SPEAKING)) == "No graded speaking attempt yet."
    assert (
        grader_drift_chart.heaping_by_model_alt(frame, Skill.SPEAKING) == "Speaking bands by model: no graded attempts."
    )


@pytest.mark.parametrize("dark", [False, True])
def test_means_have_intervals_and_thin_ones_are_hollow(dark):
    drawn = grader_drift_chart.bands_by_model(FEW, Skill.WRITING, dark=dark)
    old, _, new, _, _, _ = drawn.data
    rows = grader_drift_chart.bands_by_model_data(FEW, Skill.WRITING)
    assert list(old.y) == [6.5]
    assert old.error_y.array[0] == pytest.approx(rows["high"][0] - 6.5)
    assert list(old.marker.symbol) == ["circle"]
    assert list(new.marker.symbol) == ["square-open"]
    assert list(new.error_y.array) == [0]
    low, high = drawn.layout.yaxis.range
    assert low < rows["low"][0]
    assert high > rows["high"][0]
    assert high - low >= 3
    texts = " ".join(shown_texts(drawn)).replace("<br>", " ")
    assert f"<b>{OLD}</b>  6.57" in texts, "the model's own mean, with its attempt of unknown time"
    assert "Hollow: fewer than 5 students, no interval." in texts
    assert "1 attempt without a known time not drawn." in texts
    assert "6 attempts by 6 students" in texts


def test_one_attempt():
    drawn = grader_drift_chart.bands_by_model(evaluations(given(1, OLD, 0.0)), Skill.WRITING)
    assert drawn.data[0].y[0] == 0
    assert drawn.layout.yaxis.range[0] >= theme.BAND_RANGE[0]
    assert points(drawn) == 3


def test_many_models_are_bounded_and_it_is_said():
    frame = busy()
    drawn = grader_drift_chart.bands_by_model(frame, Skill.WRITING)
    assert len(drawn.data) == 2 * grader_drift_chart.MOST_DRAWN
    assert points(drawn) < 200
    assert any("3 models more with" in text.replace("<br>", " ") for text in shown_texts(drawn))
    bars = grader_drift_chart.heaping_by_model(frame, Skill.WRITING)
    assert len(bars.data) == grader_drift_chart.MOST_DRAWN
    assert any("3 models more with" in text.replace("<br>", " ") for text in shown_texts(bars))
    assert "3 models more not drawn" in grader_drift_chart.bands_by_model_alt(frame, Skill.WRITING)


@pytest.mark.parametrize("dark", [False, True])
def test_heaping_fills_whole_bands_and_leaves_halves_hollow(dark):
    data = grader_drift_chart.heaping_by_model_data(FEW, Skill.WRITING)
    pd.testing.assert_frame_equal(data, grader_drift.heaping(FEW, Skill.WRITING))
    drawn = grader_drift_chart.heaping_by_model(FEW, Skill.WRITING, dark=dark)
    assert len(drawn.data) == 3
    old, new, _ = drawn.data
    shares = dict(zip(old.x, old.y, strict=True))
    assert shares[6.0] == pytest.approx(300 / 7)
    assert shares[7.0] == pytest.approx(400 / 7)
    colors = dict(zip(new.x, new.marker.color, strict=True))
    assert colors[5.5] == colors[6.5] == "rgba(0,0,0,0)"
    assert colors[6.0] == theme.palette(dark=dark).accents[Skill.WRITING]
    texts = shown_texts(drawn)
    assert f"<b>{OLD}</b><br>7 attempts, 100 % at whole bands" in texts
    assert f"<b>{NEW}</b><br>2 attempts, 0 % at whole bands" in texts
    assert f"<b>{OLD}</b><br>Band 6.0: 3 of 7, 42.9 %" in texts


def test_no_webgl():
    frame = busy(3)
    for drawn in (
        grader_drift_chart.bands_by_model(frame, Skill.WRITING),
        grader_drift_chart.heaping_by_model(frame, Skill.WRITING),
    ):
        assert {trace.type for trace in drawn.data} <= {"scatter", "bar"}


def test_alternative_texts_say_the_numbers():
    low, high = grader_drift_chart.bands_by_model_data(FEW, Skill.WRITING).loc[0, ["low", "high"]]
    alt = grader_drift_chart.bands_by_model_alt(FEW, Skill.WRITING)
    assert alt.startswith(f"Writing by model: {OLD}, 7 attempts by 7 students, mean 6.57 (")
    assert f"{NEW}, 2 attempts by 2 students, mean 6.00, 20 Jan 2026 to 21 Jan 2026" in alt
    assert low < high
    assert grader_drift_chart.heaping_by_model_alt(FEW, Skill.WRITING) == (
        f"Writing bands by model: {OLD}, 7 attempts, most often 7.0 (57 %), 100 % at whole bands; "
        f"{NEW}, 2 attempts, most often 5.5 (50 %), 0 % at whole bands; "
        "not told, 1 attempt, most often 7.0 (100 %), 100 % at whole bands."
    )


def test_hostile_names_are_inert():
    frame = hostile_models()
    marked = progress_chart.overall_over_time(frame)
    grader_drift_chart.mark_model_changes(
        marked, [ModelChange(pd.Timestamp("2026-01-01T12:00", tz="UTC"), HOSTILE, HOSTILE)], dark=False
    )
    for drawn in (
        grader_drift_chart.bands_by_model(frame, Skill.WRITING),
        grader_drift_chart.heaping_by_model(frame, Skill.WRITING),
        marked,
    ):
        assert_tables_text_is_inert(drawn)
        assert any("&lt;b&gt;x" in text for text in shown_texts(drawn))


def test_changes_are_marked_on_every_panel_and_named_below():
    own = evaluations(*(attempt(day, model_used=OLD if day < 5 else NEW) for day in range(1, 10)))
    changes = grader_drift.changes_for_student(own)
    overall, criteria = progress_chart.overall_over_time(own), progress_chart.criteria_over_time(own, Skill.WRITING)
    for drawn, panels in ((overall, 1), (criteria, 4)):
        before = drawn.layout.height
        grader_drift_chart.mark_model_changes(drawn, changes, dark=False)
        assert [shape.x0 for shape in drawn.layout.shapes] == ["2026-01-05 10:30:00"] * panels
        assert len({shape.xref for shape in drawn.layout.shapes}) == panels
        note = drawn.layout.annotations[-1].text.replace("<br>", " ")
        assert note == f"① From 05 Jan 2026 graded by {NEW}, before by {OLD}."
        assert drawn.layout.height > before


def test_no_change_or_no_time_axis_leaves_the_figure_as_it_was():
    change = ModelChange(pd.Timestamp("2026-01-05", tz="UTC"), OLD, NEW)
    for drawn, changes in (
        (progress_chart.overall_over_time(evaluations(attempt(1))), []),
        (progress_chart.overall_over_time(EVALUATIONS.empty_frame()), [change]),
        (grader_drift_chart.heaping_by_model(FEW, Skill.WRITING), [change]),
    ):
        before = drawn.to_json()
        grader_drift_chart.mark_model_changes(drawn, changes, dark=False)
        assert drawn.to_json() == before


def test_the_latest_changes_are_marked_and_the_rest_counted():
    own = evaluations(*(attempt(day, model_used=f"model-{day}") for day in range(1, 12)))
    drawn = progress_chart.overall_over_time(own)
    grader_drift_chart.mark_model_changes(drawn, grader_drift.changes_for_student(own), dark=True)
    assert len(drawn.layout.shapes) == grader_drift_chart.MOST_MARKED
    assert drawn.layout.shapes[-1].x0 == "2026-01-11 10:30:00"
    assert "4 earlier changes of model not marked." in drawn.layout.annotations[-1].text.replace("<br>", " ")


def test_the_frame_is_left_as_it_was():
    before = FEW.copy(deep=True)
    grader_drift_chart.bands_by_model(FEW, Skill.WRITING)
    grader_drift_chart.heaping_by_model(FEW, Skill.WRITING)
    pd.testing.assert_frame_equal(FEW, before)
