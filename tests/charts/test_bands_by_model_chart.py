import pandas as pd
import pytest

from bandup.analysis import grader_drift
from bandup.analysis.bands import Skill
from bandup.charts import bands_by_model_chart, theme
from bandup.charts.drawable_models import MAX_MODELS
from data.schema import EVALUATIONS
from tests.charts.model_samples import GRADED, NEW, OLD, graded_by, hostile_models, many_models
from tests.charts.samples import assert_tables_text_is_inert, evaluations, points, sentence, shown_texts


def test_data_of_means():
    rows = bands_by_model_chart.bands_by_model_data(GRADED, Skill.WRITING)
    pd.testing.assert_frame_equal(rows, grader_drift.severity_over_time(GRADED, Skill.WRITING))
    assert rows[["model_used", "period", "n", "students", "mean"]].to_numpy(dtype=object).tolist() == [
        [OLD, "week", 6, 6, 6.5],
        [NEW, "week", 2, 2, 6.0],
        ["not stored", "week", 1, 1, 7.0],
    ]
    assert list(rows["low"].notna()) == [True, False, False]


@pytest.mark.parametrize("frame", [EVALUATIONS.empty_frame().assign(state=""), evaluations(graded_by(1, OLD, at=None))])
def test_nothing_to_draw(frame):
    assert bands_by_model_chart.bands_by_model_data(frame, Skill.WRITING).empty
    assert (
        sentence(bands_by_model_chart.bands_by_model(frame, Skill.WRITING))
        == "No graded writing attempt with a time yet."
    )
    assert (
        bands_by_model_chart.bands_by_model_alt(frame, Skill.WRITING)
        == "Writing by model: no graded attempts with a time."
    )


@pytest.mark.parametrize("dark", [False, True])
def test_means_have_intervals_and_those_of_few_students_are_hollow(dark):
    fig = bands_by_model_chart.bands_by_model(GRADED, Skill.WRITING, dark=dark)
    old, new, _ = fig.data
    rows = bands_by_model_chart.bands_by_model_data(GRADED, Skill.WRITING)
    assert list(old.y) == [6.5]
    assert old.error_y.array[0] == pytest.approx(rows["high"][0] - 6.5)
    assert list(old.marker.symbol) == ["circle"]
    assert list(new.marker.symbol) == ["square-open"]
    assert list(new.error_y.array) == [0]
    low, high = fig.layout.yaxis.range
    assert low < rows["low"][0]
    assert high > rows["high"][0]
    assert high - low >= 3
    texts = " ".join(shown_texts(fig)).replace("<br>", " ")
    assert [trace.name for trace in fig.data][:2] == [OLD, NEW]
    assert fig.layout.showlegend
    assert "Hollow: fewer than 5 students, no interval." in texts
    assert "1 graded attempt at an unknown time: not drawn." in texts
    assert "6 graded attempts by 6 students" in texts


def test_one_attempt():
    fig = bands_by_model_chart.bands_by_model(evaluations(graded_by(1, OLD, 0.0)), Skill.WRITING)
    assert fig.data[0].y[0] == 0
    assert fig.layout.yaxis.range[0] >= theme.BAND_RANGE[0]
    assert points(fig) == 1


def test_many_models_are_limited_with_a_note():
    frame = many_models()
    fig = bands_by_model_chart.bands_by_model(frame, Skill.WRITING)
    assert len(fig.data) == MAX_MODELS
    assert points(fig) < 200
    assert any("3 more models with" in text.replace("<br>", " ") for text in shown_texts(fig))
    assert "3 more models not drawn" in bands_by_model_chart.bands_by_model_alt(frame, Skill.WRITING)


def test_no_webgl():
    fig = bands_by_model_chart.bands_by_model(many_models(3), Skill.WRITING)
    assert {trace.type for trace in fig.data} <= {"scatter", "bar"}


def test_alternative_text_gives_the_numbers():
    low, high = bands_by_model_chart.bands_by_model_data(GRADED, Skill.WRITING).loc[0, ["low", "high"]]
    alt = bands_by_model_chart.bands_by_model_alt(GRADED, Skill.WRITING)
    assert alt.startswith(f"Writing by model: {OLD}, 7 graded attempts by 7 students, mean 6.57 (")
    assert f"{NEW}, 2 graded attempts by 2 students, mean 6.00, 20 Jan 2026 to 21 Jan 2026" in alt
    assert low < high


def test_hostile_names_are_inert():
    fig = bands_by_model_chart.bands_by_model(hostile_models(), Skill.WRITING)
    assert_tables_text_is_inert(fig)
    assert any("&lt;b&gt;x" in text for text in shown_texts(fig))


def test_the_frame_is_not_changed():
    before = GRADED.copy(deep=True)
    bands_by_model_chart.bands_by_model(GRADED, Skill.WRITING)
    pd.testing.assert_frame_equal(GRADED, before)
