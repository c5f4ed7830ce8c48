import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bandup.analysis.attempts import graded_attempts
from bandup.analysis.bands import BAND_VALUES, Skill
from bandup.analysis.blocks import compare_blocks
from bandup.analysis.measurement_error import critical_value, stored_band_sem
from bandup.analysis.progress import (
    Certainty,
    Trend,
    describe_trend,
    fit_trend,
    noise_band,
    trends_by_student,
    weakest_criteria,
)
from benchmarks import progress as simulation
from tests.analysis.attempt_frames import FIRST, WRITING, essays_with_bands
from tests.items import before, evaluations, speaking, writing

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

SEM = stored_band_sem(Skill.WRITING)


def writing_trend(bands, days=None, column="overall_band"):
    return fit_trend(essays_with_bands(bands, days), Skill.WRITING, column)


def even_information(n):
    """Sum of squares of n even times from 0 to 1 about their mean."""
    return n * (n + 1) / (12 * (n - 1))


@pytest.mark.parametrize(
    ("bands", "days"),
    [
        ([], []),
        ([6.0], [0]),
        ([6.0, 7.0], [0, 10]),
        ([6.0, 7.0, 8.0], [0, 10, None]),
        ([6.0, None, 8.0], [0, 10, 20]),
        ([6.0, 7.0, 8.0], [5, 5, 5]),
        ([6.0, 7.0, 8.0, 5.0], [5, 5, 5, None]),
    ],
    ids=["none", "one", "two", "undated third", "third without a band", "one time", "one time and undated"],
)
def test_no_trend_without_three_dated_bands_at_different_times(bands, days):
    assert writing_trend(bands, days) is None


def test_a_line_without_scatter_has_the_published_noise():
    trend = writing_trend([5.0, 5.5, 6.0, 6.5])
    assert (trend.n, trend.outliers, trend.first, trend.last) == (4, 0, FIRST, FIRST + pd.Timedelta(days=30))
    assert (trend.start, trend.rise, trend.residual_sd) == pytest.approx((5.0, 1.5, 0.0))
    assert trend.noise == SEM
    assert trend.standard_error == pytest.approx(SEM / math.sqrt(even_information(4)))
    assert trend.critical == pytest.approx(1.96, abs=0.001)
    assert (trend.lower, trend.upper) == pytest.approx((1.5 - 1.18, 1.5 + 1.18), abs=0.01)
    assert trend.certainty is Certainty.LIKELY


def test_with_few_attempts_the_residual_sd_is_tested_by_students_t():
    trend = writing_trend([5.0, 6.5, 6.5])
    own = math.sqrt(0.25**2 + 0.5**2 + 0.25**2)
    assert trend.residual_sd == pytest.approx(own)
    assert trend.noise == pytest.approx(own)
    assert trend.critical == pytest.approx(12.706, abs=0.001)
    assert trend.standard_error == pytest.approx(own / math.sqrt(0.5))
    assert trend.certainty is Certainty.NO_CLEAR_CHANGE


def test_the_line_is_fitted_to_times_not_to_their_order():
    assert writing_trend([5.0, 6.0, 6.0], [0, 1, 100]).rise < writing_trend([5.0, 6.0, 6.0], [0, 50, 100]).rise


@pytest.mark.parametrize("place", [0, 4, 9])
@pytest.mark.parametrize("off", [-3.0, 3.0])
def test_one_attempt_far_off_is_an_outlier(place, off):
    bands = [5.5, 5.5, 5.5, 6.0, 6.0, 6.0, 6.0, 6.5, 6.5, 6.5]
    clean = writing_trend(bands)
    bands[place] += off
    trend = writing_trend(bands)
    assert trend.outliers == 1
    assert trend.rise == pytest.approx(clean.rise, abs=0.2)
    assert trend.certainty is clean.certainty is Certainty.LIKELY


def test_an_outlier_still_counts_in_the_residual_sd():
    level = writing_trend([6.0] * 9 + [9.0])
    assert (level.outliers, level.rise) == (1, 0.0)
    assert level.residual_sd == pytest.approx(1.8 * SEM / math.sqrt(8))


def test_seven_attempts_have_no_outlier():
    assert writing_trend([6.0] * 6 + [9.0]).outliers == 0
    assert writing_trend([6.0] * 7 + [9.0]).outliers == 1


def test_at_most_a_quarter_are_outliers():
    assert writing_trend([6.0, 9.0, 6.0, 6.0, 6.0, 9.0, 6.0, 6.0, 6.0]).outliers == 2
    assert writing_trend([6.0, 9.0, 6.0, 6.0, 9.0, 6.0, 6.0, 9.0, 6.0]).outliers == 0


def test_outliers_are_looked_for_twice():
    """Two are far off the first line; only the 9.0 is far off the line through the other six."""
    trend = writing_trend([5.5, 5.0, 5.5, 6.0, 6.5, 9.0, 6.5, 6.0])
    assert (trend.outliers, trend.rise) == (1, pytest.approx(1.12, abs=0.01))


def test_a_student_who_scatters_widely_has_no_outliers_and_the_residual_sd_is_the_noise():
    bands = [4.0, 8.0] * 6
    trend = writing_trend(bands)
    residuals = np.array(bands) - np.polyval(np.polyfit(range(12), bands, 1), range(12))
    own = math.sqrt((residuals**2).sum() / 10)
    assert trend.outliers == 0
    assert trend.residual_sd == trend.noise == pytest.approx(own)
    assert trend.standard_error == pytest.approx(math.hypot(own, SEM) / math.sqrt(even_information(12)))
    assert trend.critical == pytest.approx(critical_value(0.05, 10))


def test_a_little_more_scatter_than_published_is_ascribed_to_chance():
    trend = writing_trend([5.5, 6.5] * 6)
    assert SEM < trend.residual_sd < SEM * math.sqrt(1 + 6.5 / 11)
    assert trend.noise == trend.residual_sd
    assert trend.standard_error == pytest.approx(SEM / math.sqrt(even_information(12)))


def test_a_criterion_is_tested_more_strictly_than_the_overall_band():
    bands = [5.5, 6.5] * 6
    overall, lexis = (writing_trend(bands, column=column) for column in ("overall_band", "lexical_band"))
    assert lexis.rise == overall.rise
    assert lexis.critical == pytest.approx(critical_value(0.05 / 4, 10))
    assert lexis.standard_error > overall.standard_error


def test_each_skill_has_its_own_error():
    rows = essays_with_bands([5.0, 5.5, 6.0, 6.5]).rename(columns={"task_achievement_band": "fluency_band"})
    assert fit_trend(rows, Skill.SPEAKING).noise == stored_band_sem(Skill.SPEAKING) > SEM


def test_attempts_of_one_time_are_all_used():
    trend = writing_trend([6.0, 6.0, 7.0, 7.0], [0, 0, 30, 30])
    assert (trend.n, trend.start, trend.rise) == (4, 6.0, 1.0)


@pytest.mark.parametrize(("others", "rise"), [([9.0], 4.0), ([0.0, 9.0], -0.5)])
def test_the_only_attempts_of_another_time_are_not_outliers(others, rise):
    trend = writing_trend([5.0] * 8 + others, [0] * 8 + [30] * len(others))
    assert (trend.outliers, trend.rise) == (0, pytest.approx(rise))


def test_more_attempts_than_the_medians_use():
    bands = [5.0 + 0.5 * (number // 100) for number in range(500)]
    bands[250] = 0.0
    trend = writing_trend(bands)
    assert (trend.n, trend.outliers, trend.certainty) == (500, 1, Certainty.LIKELY)
    assert trend.rise == pytest.approx(2.4, abs=0.1)


def test_the_noise_band_runs_along_the_line_from_first_to_last():
    trend = writing_trend([5.0, 5.5, 6.0, 6.5])
    band = noise_band(trend)
    assert band["at"].to_list() == [trend.first, trend.last]
    assert str(band["at"].dtype).endswith("UTC]")
    assert band["line"].to_list() == pytest.approx([5.0, 6.5])
    assert (band["line"] - band["lower"]).to_list() == pytest.approx([1.96 * SEM] * 2)
    assert (band["upper"] - band["line"]).to_list() == pytest.approx([1.96 * SEM] * 2)


def trend_of(rise, standard_error, n=6, first="2025-08-10", last="2025-12-20", outliers=0):
    days = [pd.Timestamp(day, tz="UTC") for day in (first, last)]
    return Trend(Skill.WRITING, "overall_band", n, outliers, *days, 6.0, rise, standard_error, 1.96, SEM, SEM)


@pytest.mark.parametrize(
    ("trend", "words"),
    [
        (trend_of(0.6, 0.2), "up 0.6 bands since August; with 6 graded attempts this is likely more than noise."),
        (trend_of(0.6, 0.4), "6 graded attempts since August; no clear change yet."),
        (trend_of(0.75, 0.2), "up 0.8 bands since August; with 6 graded attempts this is likely more than noise."),
        (trend_of(1.3, 0.2), "up 1.3 bands since August; with 6 graded attempts this is likely more than noise."),
        (trend_of(-1.1, 0.2), "down 1.1 bands since August; with 6 graded attempts this is likely more than noise."),
        (trend_of(0.25, 0.1), "up 0.3 bands since August; with 6 graded attempts this is likely more than noise."),
        (trend_of(0.21, 0.1), "up 0.2 bands since August; with 6 graded attempts this is likely more than noise."),
        (
            trend_of(-0.03, 0.01),
            "down under 0.1 bands since August; with 6 graded attempts this is likely more than noise.",
        ),
        (trend_of(2.0, 5.0, n=3), "3 graded attempts since August; no clear change yet."),
        (trend_of(0.0, 0.2, last="2026-01-02"), "6 graded attempts since August 2025; no clear change yet."),
        (trend_of(0.0, 0.2, last="2025-08-31"), "6 graded attempts since 10 August; no clear change yet."),
        (trend_of(0.0, 0.2, last="2026-08-11"), "6 graded attempts since August 2025; no clear change yet."),
        (
            trend_of(0.0, 0.2, n=9, outliers=1),
            "9 graded attempts since August; no clear change yet. The line leaves out 1 graded attempt far from it.",
        ),
        (
            trend_of(0.6, 0.2, n=9, outliers=2),
            "up 0.6 bands since August; with 9 graded attempts this is likely more than noise."
            " The line leaves out 2 graded attempts far from it.",
        ),
    ],
)
def test_describe_trend(trend, words):
    assert describe_trend(trend, Skill.WRITING, trend.n) == f"Writing: {words}"


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "Speaking: no graded attempt with a known time yet."),
        (1, "Speaking: 1 graded attempt: too few for a trend."),
        (2, "Speaking: 2 graded attempts: too few for a trend."),
        (3, "Speaking: 3 graded attempts: all at the same time."),
    ],
)
def test_describe_trend_without_a_trend(n, words):
    assert describe_trend(None, Skill.SPEAKING, n) == words


@pytest.mark.parametrize(("rise", "standard_error"), [(0.5, 0.256), (-0.5, 0.256), (0.0, 0.0)])
def test_a_rise_within_its_interval_is_never_called_likely(rise, standard_error):
    trend = trend_of(rise, standard_error)
    assert trend.certainty is Certainty.NO_CLEAR_CHANGE
    assert "likely" not in describe_trend(trend, Skill.WRITING, 6)


def test_the_weakest_criterion_is_of_the_latest_attempts():
    rows = essays_with_bands(
        [6.0] * 7, coherence_band=[1.0, 1.0, *[6.0] * 5], grammar_band=[9.0, 9.0, *[5.5] * 4, None]
    )
    assert weakest_criteria(rows, Skill.WRITING) == (("grammar_band",), 5.5)


def test_equally_weak_criteria_are_all_named_in_the_official_order():
    assert weakest_criteria(essays_with_bands([6.0]), Skill.WRITING) == (WRITING, 6.0)
    rows = essays_with_bands([6.0] * 3, coherence_band=[5.0, 5.5, 5.5], grammar_band=[5.5, 5.5, 5.0])
    assert weakest_criteria(rows, Skill.WRITING) == (("coherence_band", "grammar_band"), pytest.approx(16 / 3))


@pytest.mark.parametrize(
    "rows",
    [
        essays_with_bands([]),
        essays_with_bands([6.0], [None]),
        essays_with_bands([6.0], **{column: [None] for column in WRITING}),
    ],
)
def test_no_weakest_criterion_without_dated_criteria(rows):
    assert weakest_criteria(rows, Skill.WRITING) is None


def test_the_class_leaves_out_other_skills_and_default_answers():
    table = trends_by_student(
        evaluations(
            *(writing(evaluation_id=f"e{n}", created_at=before(days=n), lexical_band="5.5") for n in (1, 2, 3)),
            writing(*("6.0",) * 5, evaluation_id="e4", confidence_score="0.7", created_at=before(days=400)),
            writing(evaluation_id="e5", user_id="undated", created_at=...),
            speaking(evaluation_id="e6", user_id="speaks"),
        ),
        Skill.WRITING,
    )
    assert table["user_id"].to_list() == ["u1", "undated"]
    assert table["n"].to_list() == [3, 0]
    assert table["rise"].iloc[0] == 0.0
    assert table["certainty"].to_list() == [Certainty.NO_CLEAR_CHANGE, Certainty.TOO_FEW]
    assert table["weakest"].iloc[0] == "lexical_band"
    assert table["weakest_mean"].iloc[0] == 5.5
    assert table[["rise", "weakest", "weakest_mean"]].iloc[1].isna().all()


@pytest.mark.parametrize("items", [(), (speaking(),), (writing(created_at=...),)], ids=["none", "other", "undated"])
def test_the_class_table_has_its_columns_whatever_there_is(items):
    table = trends_by_student(evaluations(*items), Skill.WRITING)
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == {
        "user_id": "str",
        "n": "int64",
        "rise": "float64",
        "certainty": "category",
        "weakest": "str",
        "weakest_mean": "float64",
    }


def varied_class(rng, students=300):
    """Varied students: few and many attempts, at the same time, undated, without some bands, with outliers."""
    numbers = np.r_[np.full(20, 1), np.full(20, 2), rng.integers(3, 45, students - 40)]
    attempts = simulation.simulate(
        rng, numbers, rise=0.7, noise=0.6, outliers=simulation.SOME_OUTLIERS, criterion_noise=0.5
    ).evaluations()
    attempts["at"] = attempts["at"].dt.floor("D")
    for column in ("overall_band", *WRITING):
        attempts.loc[rng.uniform(size=len(attempts)) < 0.05, column] = np.nan
    attempts.loc[rng.uniform(size=len(attempts)) < 0.05, "at"] = pd.NaT
    attempts.loc[attempts["user_id"] == "u00050", "at"] = FIRST
    attempts.loc[attempts["user_id"] == "u00051", [*WRITING]] = np.nan
    return attempts.sample(frac=1, random_state=1)


def test_the_class_has_the_same_trends_as_each_student():
    everyone = varied_class(np.random.default_rng(5))
    table = trends_by_student(everyone, Skill.WRITING).set_index("user_id")
    assert {*table["certainty"]} == {*Certainty}
    by_user = graded_attempts(everyone, Skill.WRITING).groupby("user_id")
    assert table.index.to_list() == sorted(by_user.groups)
    for user, own in by_user:
        row, trend, weakest = table.loc[user], fit_trend(own, Skill.WRITING), weakest_criteria(own, Skill.WRITING)
        assert row["n"] == (own["at"].notna() & own["overall_band"].notna()).sum()
        if trend is None:
            assert row["certainty"] == Certainty.TOO_FEW
            assert math.isnan(row["rise"])
        else:
            assert row["certainty"] == trend.certainty
            assert row["rise"] == pytest.approx(trend.rise, abs=1e-12)
        if weakest is None:
            assert pd.isna(row["weakest"])
        else:
            assert (row["weakest"], row["weakest_mean"]) == (" ".join(weakest[0]), pytest.approx(weakest[1], abs=1e-12))


@pytest.mark.parametrize("outliers", simulation.OUTLIERS, ids=["none", "half", "every"])
@pytest.mark.parametrize("times", [0.5, 1.0, 1.5, 2.0])
def test_a_change_is_claimed_for_at_most_5_percent_of_unchanged_students(times, outliers):
    numbers = np.resize(np.arange(3, 41), 2_000)
    rng = np.random.default_rng(7)
    unchanged = simulation.simulate(rng, numbers, noise=times * simulation.SEM, outliers=outliers)
    assert simulation.trend_claims(unchanged).mean() <= 0.05


@pytest.mark.parametrize("n", [8, 12, 20])
def test_a_rise_of_one_band_is_seen_nearly_as_often_as_by_the_ideal_test(n):
    risen = simulation.simulate(np.random.default_rng(8), np.full(3_000, n), rise=1.0)
    ideal = simulation.ideal_claims(risen, simulation.SEM)
    assert simulation.trend_claims(risen).mean() >= 0.9 * ideal.mean()


@pytest.mark.parametrize(("n", "share"), [(8, 0.6), (12, 0.75), (20, 0.85)])
def test_a_rise_is_still_seen_with_outliers(n, share):
    risen = simulation.simulate(
        np.random.default_rng(9), np.full(3_000, n), rise=1.0, outliers=simulation.MANY_OUTLIERS
    )
    ideal = simulation.ideal_claims(risen, simulation.SEM)
    assert simulation.trend_claims(risen).mean() >= share * ideal.mean()


def test_rises_are_estimated_without_bias_and_lie_in_their_intervals():
    risen = simulation.simulate(
        np.random.default_rng(10), np.full(400, 12), rise=1.0, outliers=simulation.SOME_OUTLIERS
    )
    trends = [
        fit_trend(own, Skill.WRITING)
        for _, own in graded_attempts(risen.evaluations(), Skill.WRITING).groupby("user_id")
    ]
    assert np.mean([trend.rise for trend in trends]) == pytest.approx(1.0, abs=0.06)
    assert np.mean([trend.lower <= 1.0 <= trend.upper for trend in trends]) >= 0.94


@pytest.mark.parametrize("times", [1.0, 2.0])
def test_sets_of_statements_hold_5_percent_together(times):
    unchanged = {"noise": times * simulation.SEM, "criterion_noise": times * 0.6}
    rng = np.random.default_rng(11)
    many = simulation.simulate(rng, np.resize(np.arange(3, 41), 190), **unchanged)
    assert simulation.criteria_claims(many).mean() <= 0.05
    ten = simulation.simulate(rng, np.resize(np.arange(7, 11), 200), **unchanged)
    assert simulation.block_claims(ten).mean() <= 0.05


def test_the_bound_on_any_test_is_above_students_t_and_below_the_ideal():
    assert 0.75 < simulation.max_power_of_any_test(8, {1.3: 3.9, 1.4: 0.3}) < 0.8


some_bands = st.sampled_from(BAND_VALUES)
some_days = st.one_of(st.none(), st.integers(0, 5), st.floats(0, 400, allow_nan=False))
some_attempts = st.lists(st.tuples(some_days, st.one_of(some_bands, some_bands, st.none())), max_size=30)


def frame_of(rows):
    return essays_with_bands([band for _, band in rows], [day for day, _ in rows])


@given(some_attempts)
@settings(deadline=None, max_examples=80)
@example([(0, 0.0)] * 7 + [(1, 9.0)] * 3)
def test_nothing_is_raised_and_the_estimate_lies_in_its_interval(rows):
    frame = frame_of(rows)
    trend = fit_trend(frame, Skill.WRITING)
    measured = frame[frame["at"].notna() & frame["overall_band"].notna()]
    if trend is None:
        assert len(measured) < 3 or measured["at"].min() == measured["at"].max()
    else:
        assert trend.n == len(measured)
        assert trend.lower < trend.rise < trend.upper
        assert trend.noise >= max(SEM, trend.residual_sd)
        assert trend.outliers <= trend.n / 4
        assert str(trend.n) in describe_trend(trend, Skill.WRITING, trend.n)
    table = compare_blocks(frame, Skill.WRITING)
    assert len(table) == 5
    assert (table["certain"] == (table["change"].abs() > table["threshold"])).all()


@given(some_attempts, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_the_order_of_rows_makes_no_difference(rows, rng):
    shuffled = rows.copy()
    rng.shuffle(shuffled)
    frame, other = frame_of(rows), frame_of(shuffled)
    assert fit_trend(other, Skill.WRITING) == fit_trend(frame, Skill.WRITING)
    pd.testing.assert_frame_equal(compare_blocks(other, Skill.WRITING), compare_blocks(frame, Skill.WRITING))


@given(some_attempts, st.integers(-18, 18))
@settings(deadline=None, max_examples=80)
def test_bands_shifted_along_the_scale_rise_as_much(rows, halves):
    moved = [(day, None if band is None else band + halves / 2) for day, band in rows]
    assume(all(band is None or band in BAND_VALUES for _, band in moved))
    trend, other = fit_trend(frame_of(rows), Skill.WRITING), fit_trend(frame_of(moved), Skill.WRITING)
    assert (trend is None) == (other is None)
    if trend is not None:
        assert (other.rise, other.standard_error, other.certainty) == (
            trend.rise,
            trend.standard_error,
            trend.certainty,
        )
        assert other.start == pytest.approx(trend.start + halves / 2)


def test_mirrored_bands_fall_as_much_as_they_rose():
    rng = np.random.default_rng(12)
    students = simulation.simulate(
        rng, rng.integers(3, 30, 80), rise=1.0, outliers=simulation.SOME_OUTLIERS
    ).evaluations()
    for _, own in graded_attempts(students, Skill.WRITING).groupby("user_id"):
        trend = fit_trend(own, Skill.WRITING)
        other = fit_trend(own.assign(overall_band=9 - own["overall_band"]), Skill.WRITING)
        assert other.rise == pytest.approx(-trend.rise, abs=1e-9)
        assert (other.outliers, other.certainty) == (trend.outliers, trend.certainty)
