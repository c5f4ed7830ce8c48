import pandas as pd
import pytest

from bandup.analysis.bands import BAND_VALUES, Skill
from bandup.charts import band_distribution_chart
from data.schema import EVALUATIONS
from tests.charts.samples import assert_tables_text_is_inert, attempt, evaluations, hostile, many, sentence, shown_texts

FEW = evaluations(
    attempt(1, band=0.0),
    attempt(2, band=6.0),
    attempt(3, band=6.0, at=None),
    attempt(4, band=6.0, state="suspect"),
    attempt(5, band=6.5),
    attempt(6, band=9.0),
    attempt(7, band=None),
    attempt(8, band=11.0),
    attempt(9, "speaking", 7.0),
)


def test_counts_every_half_step():
    counts = band_distribution_chart.band_distribution_data(FEW, Skill.WRITING)
    expected = pd.DataFrame({"band": BAND_VALUES, "count": 0, "suspect": 0}).set_index("band")
    expected.loc[[0.0, 6.0, 6.5, 9.0], "count"] = [1, 2, 1, 1]
    expected.loc[6.0, "suspect"] = 1
    pd.testing.assert_frame_equal(counts, expected.reset_index())


@pytest.mark.parametrize("frame", [EVALUATIONS.empty_frame(), evaluations(attempt(1, band=None))])
def test_nothing_to_count(frame):
    assert band_distribution_chart.band_distribution_data(frame, Skill.WRITING)["count"].sum() == 0
    assert (
        sentence(band_distribution_chart.band_distribution(frame, Skill.WRITING))
        == "No writing attempt with an overall band yet."
    )
    assert (
        band_distribution_chart.band_distribution_alt(frame, Skill.WRITING)
        == "Writing: no attempts with an overall band."
    )


@pytest.mark.parametrize("dark", [False, True])
def test_bars_and_title(dark):
    fig = band_distribution_chart.band_distribution(FEW, Skill.WRITING, dark=dark)
    graded, suspect = fig.data
    assert list(graded.x) == list(suspect.x) == list(BAND_VALUES)
    assert list(graded.y)[12:14] == [2, 1]
    assert list(suspect.y)[12:14] == [1, 0]
    assert suspect.marker.color == "rgba(0,0,0,0)", "hollow"
    assert graded.hovertext[12] == "Band 6.0: 2 graded attempts"
    assert suspect.hovertext[12] == "Band 6.0: 1 default answer"
    assert fig.layout.title.text == "Writing: 5 graded attempts, most often 6.0, 1 default answer"
    low, high = fig.layout.xaxis.range
    assert low <= 0 - 0.25
    assert high >= 9 + 0.25


def test_one_attempt_has_whole_numbers_on_the_axis():
    fig = band_distribution_chart.band_distribution(evaluations(attempt(1)), Skill.WRITING)
    assert fig.layout.yaxis.dtick == 1
    assert fig.layout.title.text == "Writing: 1 graded attempt, most often 6.0"
    assert len(fig.data) == 1


def test_many():
    frame = many()
    counts = band_distribution_chart.band_distribution_data(frame, Skill.WRITING)
    writing = frame[(frame["evaluation_type"] == "writing") & frame["overall_band"].notna()]
    assert counts["count"].sum() + counts["suspect"].sum() == len(writing)
    assert counts["suspect"].sum() == (writing["state"] == "suspect").sum() > 0
    assert sum(len(trace.x) for trace in band_distribution_chart.band_distribution(frame, Skill.WRITING).data) == 38


def test_shows_no_text_of_the_tables():
    fig = band_distribution_chart.band_distribution(hostile(), Skill.SPEAKING)
    assert_tables_text_is_inert(fig)
    assert not any("evil" in text for text in shown_texts(fig))


def test_alternative_text_gives_the_numbers():
    assert band_distribution_chart.band_distribution_alt(FEW, Skill.WRITING) == (
        "Writing: 5 graded attempts from 0.0 to 9.0, most often 6.0 (2 of 5), and 1 suspect."
    )
    assert band_distribution_chart.band_distribution_alt(evaluations(attempt(1, state="suspect")), Skill.WRITING) == (
        "Writing: no attempts with an overall band, and 1 suspect."
    )
    two = evaluations(attempt(1, band=5.0), attempt(2, band=7.5))
    assert band_distribution_chart.band_distribution_alt(two, Skill.WRITING) == (
        "Writing: 2 graded attempts from 5.0 to 7.5, most often 5.0 and 7.5 (1 of 2 each)."
    )


def test_with_several_most_frequent_bands_the_title_names_none():
    fig = band_distribution_chart.band_distribution(
        evaluations(attempt(1, band=6.0), attempt(2, band=7.0)), Skill.WRITING
    )
    assert fig.layout.title.text == "Writing: 2 graded attempts"
