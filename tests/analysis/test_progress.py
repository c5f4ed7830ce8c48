"""The trend of one student and of everyone: what is claimed, its size and interval, and the sentences on it."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bandup.analysis.attempts import graded_attempts
from bandup.analysis.bands import BAND_VALUES, Skill
from bandup.analysis.certainty import Certainty
from bandup.analysis.class_estimates import ClassEstimates, class_estimates, published_estimates
from bandup.analysis.daily_points import Shift
from bandup.analysis.measurement_error import stored_band_sem
from bandup.analysis.population import Population
from bandup.analysis.progress import Trend, describe_noise, describe_trend, fit_trend, trend_line, trends_by_student
from bandup.analysis.trend_fit import Noise
from bandup.analysis.weakest_criterion import weakest_criterion
from tests.analysis.attempt_frames import FIRST, essays_with_bands
from tests.analysis.simulated_class import simulated_class
from tests.items import before, evaluations, speaking, writing

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

SEM = stored_band_sem(Skill.WRITING)
PUBLISHED = published_estimates(Skill.WRITING)


def writing_trend(bands, days=None, estimates=PUBLISHED, **columns):
    return fit_trend(essays_with_bands(bands, days).assign(**columns), estimates)


def estimates_with(**noise):
    return ClassEstimates(Skill.WRITING, {"overall_band": Noise(**{"variance": SEM**2} | noise)})


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
        ([6.0, 7.0, 8.0, 9.0], [5, 5.5, 5.9, 6]),
    ],
    ids=["none", "one", "two", "undated third", "third without a band", "one time", "two days"],
)
def test_no_trend_without_bands_on_three_days(bands, days):
    assert writing_trend(bands, days) is None


def test_the_published_noise_counts_as_twelve_further_degrees():
    trend = writing_trend([5.0, 5.5, 6.0, 6.5])
    assert (trend.n, trend.days, trend.first, trend.last) == (4, 4, FIRST, FIRST + pd.Timedelta(days=30))
    assert (trend.level, trend.centre, trend.rise, trend.change) == pytest.approx((5.75, 0.5, 1.5, 1.5))
    variance = 12 * SEM**2 / 14
    assert trend.noise == pytest.approx(math.sqrt(variance))
    half = 2.1448 * math.sqrt(variance / even_information(4))  # Student's t, 14 degrees of freedom
    assert (trend.lower, trend.upper) == pytest.approx((1.5 - half, 1.5 + half), abs=1e-3)
    assert trend.certainty is Certainty.PERHAPS


def test_more_of_the_same_is_likely():
    assert writing_trend([5.0, 5.5, 5.5, 6.0, 6.0, 6.5, 6.5]).certainty is Certainty.LIKELY


def test_scatter_of_the_student_makes_a_change_less_sure():
    calm, wild = [5.0, 5.5, 5.5, 6.0, 6.0, 6.5, 6.5], [5.0, 6.5, 4.5, 7.0, 5.0, 7.5, 6.5]
    assert writing_trend(calm).noise < SEM < writing_trend(wild).noise
    assert writing_trend(wild).certainty is Certainty.NO_CLEAR_CHANGE


def test_a_class_with_less_noise_makes_a_change_surer():
    bands = [5.0, 5.5, 6.0, 6.0, 6.0, 6.5]
    assert writing_trend(bands).certainty is Certainty.PERHAPS
    assert writing_trend(bands, estimates=estimates_with(variance=0.04, degrees=60)).certainty is Certainty.LIKELY
    assert writing_trend(bands, estimates=estimates_with(variance=0.4)).certainty is Certainty.NO_CLEAR_CHANGE


def test_the_attempts_of_one_day_count_once():
    once = writing_trend([5.0, 6.0, 7.0], [0, 10, 20])
    trend = writing_trend([5.0, 5.0, 6.0, 7.0, 7.0, 7.0], [0, 0.1, 10, 20, 20, 20])
    assert (trend.n, trend.days, trend.rise, trend.certainty) == (6, 3, pytest.approx(2.0, abs=0.01), once.certainty)


def test_the_line_is_fitted_to_times_not_to_their_order():
    assert writing_trend([5.0, 6.0, 6.0], [0, 1, 100]).rise < writing_trend([5.0, 6.0, 6.0], [0, 50, 100]).rise


STEP = [5.5, 5.5, 5.5, 5.5, 6.0, 6.0, 6.0, 6.0]
"""A rise of half a band in the middle: as a line 0.57 to 0.66 from the first to the last."""


def shifted(*, size, sd=0.05, attribute="model", variance=0.03):
    """Estimates in which the second model or task adds `size`."""
    noise = Noise(variance, 60, shifts=np.array([size]), covariance=np.array([[sd**2]]))
    name = "new" if attribute == "model" else "TASK_2"
    return ClassEstimates(Skill.WRITING, {"overall_band": noise}, (Shift(attribute, name),))


MODELS = {"model_used": ["old"] * 4 + ["new"] * 4, "evaluation_id": [*"abcdefgh"], "evaluation_type": "writing"}
TASKS = {"task_type": ["TASK_1"] * 4 + ["TASK_2"] * 4, "part": None, "model_used": None, "evaluation_id": [*"abcdefgh"]}
TASKS |= {"evaluation_type": "writing"}


def with_columns(bands, columns):
    missing = dict.fromkeys(("task_type", "part", "model_used"))
    return essays_with_bands(bands).assign(**missing | columns)


def test_a_rise_that_a_new_model_explains_is_not_claimed():
    rows = with_columns(STEP, MODELS)
    as_stored = fit_trend(rows, estimates_with(variance=0.03, degrees=60))
    assert as_stored.certainty is Certainty.LIKELY
    trend = fit_trend(rows, shifted(size=0.5))
    assert trend.certainty is Certainty.NO_CLEAR_CHANGE
    assert trend.is_claimed_with_shifts
    assert trend.rise == pytest.approx(as_stored.rise)
    assert (trend.model_shift, trend.change) == pytest.approx((as_stored.rise, 0.0), abs=1e-6)
    assert describe_trend(trend, Skill.WRITING, rows).endswith(
        "The bands as stored went up 0.7; +0.7 of this may be the new grading model since 19 September, which is left out."
    )


def test_a_change_that_only_a_correction_shows_is_not_claimed():
    trend = fit_trend(with_columns([6.0] * 8, MODELS), shifted(size=-0.6))
    assert trend.change == pytest.approx(0.8, abs=0.15)
    assert trend.certainty is Certainty.NO_CLEAR_CHANGE
    assert trend.lower < 0 < trend.upper


def test_a_rise_of_which_too_little_is_left_without_the_new_model_is_not_claimed():
    rows = with_columns(STEP, MODELS)
    trend = fit_trend(rows, shifted(size=0.3))
    assert 0 < trend.change < trend.rise
    assert trend.is_claimed_with_shifts
    assert trend.certainty is Certainty.NO_CLEAR_CHANGE


def test_a_small_rise_that_only_a_correction_makes_clear_is_not_claimed():
    rows = with_columns([6.0, 6.0, 5.5, 6.0, 6.0, 6.0, 6.0, 6.0], MODELS)
    trend = fit_trend(rows, shifted(size=-0.6))
    assert 0 < trend.rise < 0.5 < trend.change
    assert not trend.is_claimed_with_shifts
    assert trend.certainty is Certainty.NO_CLEAR_CHANGE


def test_a_rise_beyond_what_a_new_model_explains_is_claimed_without_it():
    bands = [5.0, 5.0, 5.5, 5.5, 6.5, 6.5, 7.0, 7.0]
    trend = fit_trend(with_columns(bands, MODELS), shifted(size=0.5))
    assert trend.certainty is Certainty.LIKELY
    assert trend.change == pytest.approx(trend.rise - trend.model_shift)


def test_another_task_is_said_to_be_one():
    rows = with_columns(STEP, TASKS)
    trend = fit_trend(rows, shifted(size=0.5, attribute="task"))
    assert (trend.model_shift, trend.task_shift) == pytest.approx((0.0, trend.rise))
    assert "+0.7 of this may be a different mix of tasks" in describe_trend(trend, Skill.WRITING, rows)


def test_a_shift_that_the_class_can_not_tell_is_not_taken_off():
    trend = fit_trend(with_columns(STEP, MODELS), shifted(size=math.nan, sd=0.0))
    assert (trend.model_shift, trend.change) == (0.0, pytest.approx(trend.rise))


def test_the_size_is_pooled_with_the_class_and_the_mark_is_not():
    bands = [5.0, 5.5, 5.5, 6.0, 6.0, 6.5, 6.5]
    one = Population(*(np.array([value]) for value in (0.5 / 60, 1.0, 0.3 / 60, 0.0)))  # rises N(0.3, 0.5) in 60 days
    alone, pooled = writing_trend(bands), writing_trend(bands, estimates=replace(PUBLISHED, population=one))
    assert pooled.certainty is alone.certainty is Certainty.LIKELY
    assert alone.change == pytest.approx(alone.rise)
    assert 0.3 < pooled.change < alone.change
    assert pooled.lower < pooled.change < pooled.upper
    assert pooled.upper - pooled.lower < alone.upper - alone.lower


def test_an_unclear_change_has_the_interval_that_the_attempts_alone_allow():
    one = Population(*(np.array([value]) for value in (0.05 / 60, 1.0, 0.6 / 60, 0.0)))
    bands = [6.0, 6.5, 5.5, 6.0, 6.5, 6.0, 6.0]
    alone, pooled = writing_trend(bands), writing_trend(bands, estimates=replace(PUBLISHED, population=one))
    assert pooled.certainty is Certainty.NO_CLEAR_CHANGE
    assert pooled.lower == pytest.approx(alone.lower)
    assert pooled.lower < 0 < pooled.upper


def test_times_are_in_the_zone_of_the_attempts():
    rows = essays_with_bands([5.0, 5.5, 6.0])
    trend = fit_trend(rows.assign(at=rows["at"].dt.tz_convert("Asia/Ho_Chi_Minh")), PUBLISHED)
    assert trend.first.hour == 7
    assert trend.first == FIRST


def test_the_lines_of_a_figure_meet_at_the_mean_and_end_at_the_interval():
    trend = replace(writing_trend([5.0, 5.5, 6.0, 6.5]), centre=0.25, level=6.0, change=1.0, lower=0.2, upper=1.8)
    rows = trend_line(trend)
    assert rows["at"].to_list() == [trend.first, trend.last]
    assert rows["line"].to_list() == pytest.approx([5.75, 6.75])
    assert rows["slope_lower"].to_list() == pytest.approx([6 - 0.25 * 1.8, 6 + 0.75 * 0.2])
    assert rows["slope_upper"].to_list() == pytest.approx([6 - 0.25 * 0.2, 6 + 0.75 * 1.8])
    assert (rows["noise_upper"] - rows["line"]).to_list() == pytest.approx([1.96 * trend.noise] * 2, rel=1e-3)
    assert (rows["line"] - rows["noise_lower"]).to_list() == pytest.approx([1.96 * trend.noise] * 2, rel=1e-3)


def trend_of(change=0.0, certainty=Certainty.NO_CLEAR_CHANGE, n=6, first="2025-08-10", last="2025-12-20", **more):
    days = [pd.Timestamp(day, tz="UTC") for day in (first, last)]
    values = {
        "level": 6.0, "centre": 0.5, "rise": change, "model_shift": 0.0, "task_shift": 0.0, "change": change,
        "lower": change - 0.5, "upper": change + 0.5, "certainty": certainty,
        "is_claimed_with_shifts": certainty != Certainty.NO_CLEAR_CHANGE, "noise": SEM,
    }  # fmt: skip
    return Trend(Skill.WRITING, n, n, *days, **values | more)


LIKELY, PERHAPS = Certainty.LIKELY, Certainty.PERHAPS


@pytest.mark.parametrize(
    ("trend", "words"),
    [
        (trend_of(0.6, LIKELY), "likely up 0.6 bands (+0.1 to +1.1), from 6 graded attempts since August."),
        (trend_of(0.75, PERHAPS), "perhaps up 0.8 bands (+0.3 to +1.3), from 6 graded attempts since August."),
        (trend_of(-1.1, LIKELY), "likely down 1.1 bands (−1.6 to −0.6), from 6 graded attempts since August."),
        (trend_of(0.2), "no clear change in 6 graded attempts since August: anything from −0.3 to +0.7 bands."),
        (trend_of(n=1_204), "no clear change in 1,204 graded attempts since August: anything from −0.5 to +0.5 bands."),
        (trend_of(last="2026-01-02"), "no clear change in 6 graded attempts since August 2025: anything from −0.5 to +0.5 bands."),
        (trend_of(last="2025-08-31"), "no clear change in 6 graded attempts since 10 August: anything from −0.5 to +0.5 bands."),
        (trend_of(last="2026-08-11"), "no clear change in 6 graded attempts since August 2025: anything from −0.5 to +0.5 bands."),
        (
            trend_of(0.1, rise=0.6, model_shift=0.3, task_shift=0.2, is_claimed_with_shifts=True),
            "no clear change in 6 graded attempts since August: anything from −0.4 to +0.6 bands. The bands as stored went "
            "up 0.6; +0.3 of this may be changes of the grading model and +0.2 of this may be a different mix of tasks, "
            "which is left out.",
        ),
        (
            trend_of(0.9, LIKELY, rise=1.0, model_shift=0.1),
            "likely up 0.9 bands (+0.4 to +1.4), from 6 graded attempts since August.",
        ),
    ],
)  # fmt: skip
def test_describe_trend(trend, words):
    rows = with_columns([6.0], {"evaluation_id": ["e1"], "evaluation_type": "writing"})
    assert describe_trend(trend, Skill.WRITING, rows) == f"Writing: {words}"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([], "Speaking: no graded attempt with a known time yet."),
        ([None], "Speaking: no graded attempt with a known time yet."),
        ([0], "Speaking: 1 graded attempt on 1 day: a trend needs 3 days."),
        ([0, 0.1, 5], "Speaking: 3 graded attempts on 2 days: a trend needs 3 days."),
    ],
)
def test_describe_trend_without_a_trend(days, words):
    assert describe_trend(None, Skill.SPEAKING, essays_with_bands([6.0] * len(days), days)) == words


def test_the_noise_is_said_to_be_published_or_learnt():
    published = {skill: published_estimates(skill) for skill in Skill}
    assert describe_noise(published).startswith("The noise assumed is the published one of IELTS examiners")
    learnt = estimates_with(variance=0.09, students=33)
    assert describe_noise(published | {Skill.WRITING: learnt}) == (
        "Noise of one day’s band, as the class shows it: writing ±0.30 from 33 students; speaking: the published one."
    )


def test_the_class_leaves_out_other_skills_and_default_answers():
    table = trends_by_student(
        evaluations(
            *(writing(evaluation_id=f"e{n}", created_at=before(days=n), lexical_band="5.5") for n in (1, 2, 3)),
            writing(*("6.0",) * 5, evaluation_id="e4", confidence_score="0.7", created_at=before(days=400)),
            writing(evaluation_id="e5", user_id="undated", created_at=...),
            speaking(evaluation_id="e6", user_id="speaks"),
        ),
        PUBLISHED,
    )
    assert table["user_id"].to_list() == ["u1", "undated"]
    assert table["n"].to_list() == table["days"].to_list() == [3, 0]
    assert table["change"].iloc[0] == pytest.approx(0.0)
    assert table["certainty"].to_list() == [Certainty.NO_CLEAR_CHANGE, Certainty.TOO_FEW]
    assert table["weakest"].iloc[0] == "lexical_band"
    assert table["weakest_below"].iloc[0] == pytest.approx(0.75 * 1.5)
    assert table[["change", "lower", "upper", "most", "weakest", "weakest_below"]].iloc[1].isna().all()


@pytest.mark.parametrize("items", [(), (speaking(),), (writing(created_at=...),)], ids=["none", "other", "undated"])
def test_the_class_table_has_its_columns_whatever_there_is(items):
    table = trends_by_student(evaluations(*items), PUBLISHED)
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == {
        "user_id": "str",
        "n": "int64",
        "days": "int64",
        "change": "float64",
        "lower": "float64",
        "upper": "float64",
        "most": "float64",
        "certainty": "category",
        "weakest": "str",
        "weakest_below": "float64",
    }


def varied_class(seed=5):
    """Students with few and many attempts, undated ones, missing bands, two models and two tasks, rising and not."""
    rng = np.random.default_rng(seed)
    numbers = np.r_[np.full(10, 1), np.full(10, 2), rng.integers(3, 45, 130)]
    rows = simulated_class(rng, numbers, rise=rng.normal(0.4, 0.6, len(numbers)), model_shift=0.4, task_shift=-0.3)
    for column in ("overall_band", "lexical_band"):
        rows.loc[rng.uniform(size=len(rows)) < 0.05, column] = np.nan
    rows.loc[rng.uniform(size=len(rows)) < 0.05, "at"] = pd.NaT
    rows.loc[rows["user_id"] == "u0050", "at"] = FIRST
    return rows.sample(frac=1, random_state=1)


def test_everyone_has_the_same_trends_as_each_student_alone():
    everyone = varied_class()
    estimates = class_estimates(everyone, Skill.WRITING)
    assert estimates.overall.students
    assert estimates.population is not None
    table = trends_by_student(everyone, estimates).set_index("user_id")
    assert {*table["certainty"]} == {*Certainty}
    by_user = graded_attempts(everyone, Skill.WRITING).groupby("user_id")
    assert table.index.to_list() == sorted(by_user.groups)
    for user, own in by_user:
        row, trend, weakest = (
            table.loc[user],
            fit_trend(own, estimates),
            weakest_criterion(own, Skill.WRITING),
        )
        assert row["n"] == (own["at"].notna() & own["overall_band"].notna()).sum()
        if trend is None:
            assert row["certainty"] == Certainty.TOO_FEW
            assert math.isnan(row["change"])
        else:
            assert (row["certainty"], row["days"], row["n"]) == (trend.certainty, trend.days, trend.n)
            assert [row["change"], row["lower"], row["upper"]] == pytest.approx(
                [trend.change, trend.lower, trend.upper]
            )
        assert pd.isna(row["weakest"]) if weakest is None else row["weakest"] == " ".join(weakest.columns)


some_bands = st.sampled_from(BAND_VALUES)
some_days = st.one_of(st.none(), st.integers(0, 5), st.floats(0, 400, allow_nan=False))
some_attempts = st.lists(st.tuples(some_days, st.one_of(some_bands, some_bands, st.none())), max_size=30)


def frame_of(rows):
    return essays_with_bands([band for _, band in rows], [day for day, _ in rows])


@given(some_attempts)
@settings(deadline=None, max_examples=80)
def test_nothing_is_raised_and_the_size_lies_in_its_interval(rows):
    frame = frame_of(rows)
    trend = fit_trend(frame, PUBLISHED)
    measured = frame[frame["at"].notna() & frame["overall_band"].notna()]
    days = measured["at"].dt.floor("D").nunique()
    assert (trend is None) == (days < 3)
    if trend:
        assert (trend.n, trend.days) == (len(measured), days)
        assert trend.lower < trend.change < trend.upper
        assert (trend.certainty is Certainty.NO_CLEAR_CHANGE) == (trend.lower <= 0 <= trend.upper)
    assert str(len(measured)) in describe_trend(trend, Skill.WRITING, frame) or not len(measured)


@given(some_attempts, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_the_order_of_rows_makes_no_difference(rows, rng):
    shuffled = rows.copy()
    rng.shuffle(shuffled)
    one, other = (fit_trend(frame_of(order), PUBLISHED) for order in (rows, shuffled))
    assert (one is None) == (other is None)
    if one and other:
        assert (other.n, other.days, other.certainty) == (one.n, one.days, one.certainty)
        assert [other.rise, other.lower, other.upper] == pytest.approx([one.rise, one.lower, one.upper], abs=1e-9)


@given(some_attempts, st.integers(-18, 18))
@settings(deadline=None, max_examples=60)
def test_bands_moved_along_the_scale_rise_as_much_and_mirrored_ones_fall_as_much(rows, halves):
    moved = [(day, None if band is None else band + halves / 2) for day, band in rows]
    assume(all(band is None or band in BAND_VALUES for _, band in moved))
    mirrored = [(day, None if band is None else 9 - band) for day, band in rows]
    one, other, down = (fit_trend(frame_of(own), PUBLISHED) for own in (rows, moved, mirrored))
    if one and other and down:
        assert other.rise == pytest.approx(one.rise, abs=1e-9)
        assert other.level == pytest.approx(one.level + halves / 2)
        assert down.rise == pytest.approx(-one.rise, abs=1e-9)
        assert down.certainty is other.certainty is one.certainty
