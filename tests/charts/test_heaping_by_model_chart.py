import pandas as pd
import pytest

from bandup.analysis import grader_drift
from bandup.analysis.bands import Skill
from bandup.charts import heaping_by_model_chart, theme
from bandup.charts.drawable_models import MAX_MODELS
from data.schema import EVALUATIONS
from tests.charts.model_samples import GRADED, NEW, OLD, hostile_models, many_models
from tests.charts.samples import assert_tables_text_is_inert, sentence, shown_texts


def test_nothing_to_draw():
    frame = EVALUATIONS.empty_frame().assign(state="")
    assert heaping_by_model_chart.heaping_by_model_data(frame, Skill.SPEAKING).empty
    assert sentence(heaping_by_model_chart.heaping_by_model(frame, Skill.SPEAKING)) == "No graded speaking attempt yet."
    assert (
        heaping_by_model_chart.heaping_by_model_alt(frame, Skill.SPEAKING)
        == "Speaking bands by model: no graded attempts."
    )


@pytest.mark.parametrize("dark", [False, True])
def test_the_figure_fills_whole_bands_and_leaves_halves_hollow(dark):
    data = heaping_by_model_chart.heaping_by_model_data(GRADED, Skill.WRITING)
    pd.testing.assert_frame_equal(data, grader_drift.heaping(GRADED, Skill.WRITING))
    fig = heaping_by_model_chart.heaping_by_model(GRADED, Skill.WRITING, dark=dark)
    assert len(fig.data) == 3
    old, new, _ = fig.data
    shares = dict(zip(old.x, old.y, strict=True))
    assert shares[6.0] == pytest.approx(300 / 7)
    assert shares[7.0] == pytest.approx(400 / 7)
    colors = dict(zip(new.x, new.marker.color, strict=True))
    assert colors[5.5] == colors[6.5] == "rgba(0,0,0,0)"
    assert colors[6.0] == theme.palette(dark=dark).accents[Skill.WRITING]
    texts = shown_texts(fig)
    assert f"<b>{OLD}</b><br>7 graded attempts, 100 % at whole bands" in texts
    assert f"<b>{NEW}</b><br>2 graded attempts, 0 % at whole bands" in texts
    assert f"<b>{OLD}</b><br>Band 6.0: 3 of 7, 42.9 %" in texts


def test_many_models_are_limited_with_a_note():
    fig = heaping_by_model_chart.heaping_by_model(many_models(), Skill.WRITING)
    assert len(fig.data) == MAX_MODELS
    assert any("3 more models with" in text.replace("<br>", " ") for text in shown_texts(fig))


def test_no_webgl():
    fig = heaping_by_model_chart.heaping_by_model(many_models(3), Skill.WRITING)
    assert {trace.type for trace in fig.data} <= {"scatter", "bar"}


def test_alternative_text_gives_the_numbers():
    assert heaping_by_model_chart.heaping_by_model_alt(GRADED, Skill.WRITING) == (
        f"Writing bands by model: {OLD}, 7 graded attempts, most often 7.0 (57 %), 100 % at whole bands; "
        f"{NEW}, 2 graded attempts, most often 5.5 (50 %), 0 % at whole bands; "
        "not stored, 1 graded attempt, most often 7.0 (100 %), 100 % at whole bands."
    )


def test_hostile_names_are_inert():
    fig = heaping_by_model_chart.heaping_by_model(hostile_models(), Skill.WRITING)
    assert_tables_text_is_inert(fig)
    assert any("&lt;b&gt;x" in text for text in shown_texts(fig))


def test_the_frame_is_not_changed():
    before = GRADED.copy(deep=True)
    heaping_by_model_chart.heaping_by_model(GRADED, Skill.WRITING)
    pd.testing.assert_frame_equal(GRADED, before)
