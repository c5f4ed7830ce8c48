import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bandup.analysis.attempts import graded
from bandup.analysis.bands import BAND_VALUES, CRITERIA, Skill
from bandup.analysis.measurement_error import critical_value, published_noise
from bandup.analysis.progress import (
    Certainty,
    Trend,
    blocks,
    blocks_in_words,
    change_of_students,
    noise_band,
    trend,
    trend_in_words,
    weakest_criterion,
)
from benchmarks import progress as simulation
from tests.items import before, evaluations, speaking, writing

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

FIRST = pd.Timestamp("2025-08-10", tz="UTC")
PUBLISHED = published_noise(Skill.WRITING)
WRITING = CRITERIA[Skill.WRITING]


def attempts(bands, days=None, **criteria):
    """Attempts at writing with these overall bands, ten days apart unless told; None is missing. All criteria as overall."""
    days = [10 * number for number in range(len(bands))] if days is None else days
    at = pd.Series([pd.NaT if day is None else FIRST + pd.Timedelta(days=day) for day in days])
    columns = dict.fromkeys(WRITING, bands) | criteria
    return pd.DataFrame(
        {
            "at": pd.to_datetime(at, utc=True).astype("datetime64[ms, UTC]"),
            "overall_band": pd.Series(bands, dtype="float32"),
        }
        | {column: pd.Series(values, dtype="float32") for column, values in columns.items()}
    )


def writing_trend(bands, days=None, column="overall_band"):
    return trend(attempts(bands, days), Skill.WRITING, column)


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
    found = writing_trend([5.0, 5.5, 6.0, 6.5])
    assert (found.n, found.set_aside, found.first, found.last) == (4, 0, FIRST, FIRST + pd.Timedelta(days=30))
    assert (found.start, found.rise, found.own_scatter) == pytest.approx((5.0, 1.5, 0.0))
    assert found.noise == PUBLISHED
    assert found.standard_error == pytest.approx(PUBLISHED / math.sqrt(even_information(4)))
    assert found.critical == pytest.approx(1.96, abs=0.001)
    assert (found.lower, found.upper) == pytest.approx((1.5 - 1.18, 1.5 + 1.18), abs=0.01)
    assert found.certainty is Certainty.LIKELY


def test_with_few_attempts_own_scatter_counts_by_students_t():
    found = writing_trend([5.0, 6.5, 6.5])
    own = math.sqrt(0.25**2 + 0.5**2 + 0.25**2)
    assert found.own_scatter == pytest.approx(own)
    assert found.noise == pytest.approx(own)
    assert found.critical == pytest.approx(12.706, abs=0.001)
    assert found.standard_error == pytest.approx(own / math.sqrt(0.5))
    assert found.certainty is Certainty.CANNOT_TELL


def test_times_count_and_not_only_their_order():
    assert writing_trend([5.0, 6.0, 6.0], [0, 1, 100]).rise < writing_trend([5.0, 6.0, 6.0], [0, 50, 100]).rise


@pytest.mark.parametrize("place", [0, 4, 9])
@pytest.mark.parametrize("off", [-3.0, 3.0])
def test_one_attempt_far_off_is_set_aside(place, off):
    bands = [5.5, 5.5, 5.5, 6.0, 6.0, 6.0, 6.0, 6.5, 6.5, 6.5]
    clean = writing_trend(bands)
    bands[place] += off
    found = writing_trend(bands)
    assert found.set_aside == 1
    assert found.rise == pytest.approx(clean.rise, abs=0.2)
    assert found.certainty is clean.certainty is Certainty.LIKELY


def test_an_attempt_set_aside_still_counts_in_the_scatter():
    level = writing_trend([6.0] * 9 + [9.0])
    assert (level.set_aside, level.rise) == (1, 0.0)
    assert level.own_scatter == pytest.approx(1.8 * PUBLISHED / math.sqrt(8))


def test_of_seven_attempts_none_is_set_aside():
    assert writing_trend([6.0] * 6 + [9.0]).set_aside == 0
    assert writing_trend([6.0] * 7 + [9.0]).set_aside == 1


def test_at_most_a_quarter_is_set_aside():
    assert writing_trend([6.0, 9.0, 6.0, 6.0, 6.0, 9.0, 6.0, 6.0, 6.0]).set_aside == 2
    assert writing_trend([6.0, 9.0, 6.0, 6.0, 9.0, 6.0, 6.0, 9.0, 6.0]).set_aside == 0


def test_what_is_set_aside_is_looked_at_twice():
    """Of the first line two seem far off, of the line through the other six only the 9.0 is."""
    found = writing_trend([5.5, 5.0, 5.5, 6.0, 6.5, 9.0, 6.5, 6.0])
    assert (found.set_aside, found.rise) == (1, pytest.approx(1.12, abs=0.01))


def test_of_a_student_who_scatters_widely_none_is_set_aside_and_the_scatter_is_the_noise():
    bands = [4.0, 8.0] * 6
    found = writing_trend(bands)
    residuals = np.array(bands) - np.polyval(np.polyfit(range(12), bands, 1), range(12))
    own = math.sqrt((residuals**2).sum() / 10)
    assert found.set_aside == 0
    assert found.own_scatter == found.noise == pytest.approx(own)
    assert found.standard_error == pytest.approx(math.hypot(own, PUBLISHED) / math.sqrt(even_information(12)))
    assert found.critical == pytest.approx(critical_value(0.05, 10))


def test_a_little_more_scatter_than_published_is_put_down_to_chance():
    found = writing_trend([5.5, 6.5] * 6)
    assert PUBLISHED < found.own_scatter < PUBLISHED * math.sqrt(1 + 6.5 / 11)
    assert found.noise == found.own_scatter
    assert found.standard_error == pytest.approx(PUBLISHED / math.sqrt(even_information(12)))


def test_a_criterion_is_judged_more_strictly_than_the_overall_band():
    bands = [5.5, 6.5] * 6
    overall, lexis = (writing_trend(bands, column=column) for column in ("overall_band", "lexical_band"))
    assert lexis.rise == overall.rise
    assert lexis.critical == pytest.approx(critical_value(0.05 / 4, 10))
    assert lexis.standard_error > overall.standard_error


def test_skills_have_their_own_error():
    rows = attempts([5.0, 5.5, 6.0, 6.5]).rename(columns={"task_achievement_band": "fluency_band"})
    assert trend(rows, Skill.SPEAKING).noise == published_noise(Skill.SPEAKING) > PUBLISHED


def test_attempts_of_one_time_are_all_used():
    found = writing_trend([6.0, 6.0, 7.0, 7.0], [0, 0, 30, 30])
    assert (found.n, found.start, found.rise) == (4, 6.0, 1.0)


@pytest.mark.parametrize(("others", "rise"), [([9.0], 4.0), ([0.0, 9.0], -0.5)])
def test_the_only_attempts_of_another_time_are_not_set_aside(others, rise):
    found = writing_trend([5.0] * 8 + others, [0] * 8 + [30] * len(others))
    assert (found.set_aside, found.rise) == (0, pytest.approx(rise))


def test_more_attempts_than_the_medians_are_taken_of():
    bands = [5.0 + 0.5 * (number // 100) for number in range(500)]
    bands[250] = 0.0
    found = writing_trend(bands)
    assert (found.n, found.set_aside, found.certainty) == (500, 1, Certainty.LIKELY)
    assert found.rise == pytest.approx(2.4, abs=0.1)


def test_the_noise_band_runs_along_the_line_from_first_to_last():
    found = writing_trend([5.0, 5.5, 6.0, 6.5])
    band = noise_band(found)
    assert band["at"].to_list() == [found.first, found.last]
    assert str(band["at"].dtype).endswith("UTC]")
    assert band["line"].to_list() == pytest.approx([5.0, 6.5])
    assert (band["line"] - band["lower"]).to_list() == pytest.approx([1.96 * PUBLISHED] * 2)
    assert (band["upper"] - band["line"]).to_list() == pytest.approx([1.96 * PUBLISHED] * 2)


def made(rise, standard_error, n=6, first="2025-08-10", last="2025-12-20", set_aside=0):
    days = [pd.Timestamp(day, tz="UTC") for day in (first, last)]
    return Trend(
        Skill.WRITING, "overall_band", n, set_aside, *days, 6.0, rise, standard_error, 1.96, PUBLISHED, PUBLISHED
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (made(0.6, 0.2), "up about 0.5 band since August; with 6 attempts this is likely more than noise."),
        (made(0.6, 0.4), "6 attempts since August; a change can’t be told from noise yet."),
        (made(0.75, 0.2), "up about 1 band since August; with 6 attempts this is likely more than noise."),
        (made(1.3, 0.2), "up about 1.5 bands since August; with 6 attempts this is likely more than noise."),
        (made(-1.1, 0.2), "down about 1 band since August; with 6 attempts this is likely more than noise."),
        (made(0.25, 0.1), "up about 0.5 band since August; with 6 attempts this is likely more than noise."),
        (made(0.21, 0.1), "up about 0.2 band since August; with 6 attempts this is likely more than noise."),
        (made(-0.03, 0.01), "down about 0.1 band since August; with 6 attempts this is likely more than noise."),
        (made(2.0, 5.0, n=3), "3 attempts since August; a change can’t be told from noise yet."),
        (made(0.0, 0.2, last="2026-01-02"), "6 attempts since August 2025; a change can’t be told from noise yet."),
        (made(0.0, 0.2, last="2025-08-31"), "6 attempts since 10 August; a change can’t be told from noise yet."),
        (made(0.0, 0.2, last="2026-08-11"), "6 attempts since August 2025; a change can’t be told from noise yet."),
        (
            made(0.0, 0.2, n=9, set_aside=1),
            "9 attempts since August; a change can’t be told from noise yet."
            " 1 attempt lies far off the line, which leaves it out.",
        ),
        (
            made(0.6, 0.2, n=9, set_aside=2),
            "up about 0.5 band since August; with 9 attempts this is likely more than noise."
            " 2 attempts lie far off the line, which leaves them out.",
        ),
    ],
)
def test_a_trend_in_words(found, words):
    assert trend_in_words(found, Skill.WRITING, found.n) == f"Writing: {words}"


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "Speaking: no attempt with a known time yet."),
        (1, "Speaking: 1 attempt: too few for a trend."),
        (2, "Speaking: 2 attempts: too few for a trend."),
        (3, "Speaking: 3 attempts: no span of time."),
    ],
)
def test_no_trend_in_words(n, words):
    assert trend_in_words(None, Skill.SPEAKING, n) == words


@pytest.mark.parametrize(("rise", "standard_error"), [(0.5, 0.256), (-0.5, 0.256), (0.0, 0.0)])
def test_nothing_is_called_likely_without_the_test(rise, standard_error):
    found = made(rise, standard_error)
    assert found.certainty is Certainty.CANNOT_TELL
    assert "likely" not in trend_in_words(found, Skill.WRITING, 6)


def row_of(table, criterion="overall_band"):
    return table.set_index("criterion").loc[criterion]


def test_the_latest_five_against_the_five_before():
    table = blocks(attempts([9.0, 9.0] + [5.0] * 5 + [6.5] * 5, lexical_band=[6.0] * 12), Skill.WRITING)
    assert table["criterion"].to_list() == ["overall_band", *WRITING]
    overall = row_of(table)
    assert overall[["latest_mean", "before_mean", "latest_n", "before_n", "change"]].to_list() == [6.5, 5.0, 5, 5, 1.5]
    assert overall["threshold"] == pytest.approx(2.5758 * PUBLISHED * math.sqrt(2 / 5), rel=1e-4)
    assert table["certain"].to_list() == [True, True, True, False, True]
    assert overall["in_words"] == (
        "Overall band: 6.5 in the latest 5 attempts, 5.0 in the 5 before: up 1.5, likely more than noise."
    )
    assert (
        row_of(table, "lexical_band")["in_words"]
        == "Lexical Resource: 6.0 in the latest 5 attempts, 6.0 in the 5 before: level."
    )


def test_own_scatter_within_the_blocks_widens_the_threshold():
    overall = row_of(blocks(attempts([4.0, 6.0, 4.0, 6.0, 5.0, 5.5, 7.5, 5.5, 7.5, 6.5]), Skill.WRITING))
    assert overall["threshold"] == pytest.approx(3.35539 * 1.0 * math.sqrt(2 / 5), rel=1e-4)
    assert not overall["certain"]
    assert overall["in_words"].endswith("up 1.5, can’t be told from noise.")


def test_a_single_attempt_before_is_compared_too():
    overall = row_of(blocks(attempts([5.0] + [7.0] * 5), Skill.WRITING))
    assert (overall["latest_n"], overall["before_n"], overall["change"]) == (5, 1, 2.0)
    assert overall["threshold"] == pytest.approx(2.5758 * PUBLISHED * math.sqrt(1 / 5 + 1), rel=1e-4)
    assert overall["certain"]


@pytest.mark.parametrize("n", [1, 5])
def test_without_attempts_before_there_is_nothing_to_compare(n):
    overall = row_of(blocks(attempts([6.0] * n), Skill.WRITING))
    assert (overall["latest_n"], overall["before_n"]) == (n, 0)
    assert math.isnan(overall["change"])
    assert math.isnan(overall["threshold"])
    assert not overall["certain"]
    plural = "s" if n > 1 else ""
    assert overall["in_words"] == f"Overall band: 6.0 in the latest {n} attempt{plural}, none before to compare with."


def test_blocks_of_no_attempts():
    table = blocks(attempts([]), Skill.WRITING)
    assert table["latest_n"].to_list() == [0] * 5
    assert not table["certain"].any()
    assert table["in_words"].iloc[0] == "Overall band: no band in the latest attempts."


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ([], []),
        ([6.0, 6.5], []),
        ([5.0, 6.0, *[5.5] * 5], ["No band of the latest 5 attempts differs from the 2 before by more than noise."]),
        (
            [4.0] * 5 + [6.5] * 5,
            ["Overall band: 6.5 in the latest 5 attempts, 4.0 in the 5 before: up 2.5, likely more than noise."],
        ),
    ],
)
def test_blocks_in_words_say_what_is_sure_or_that_nothing_is(bands, said):
    assert blocks_in_words(blocks(attempts(bands), Skill.WRITING))[:1] == said


def test_missing_bands_are_left_out_of_their_own_row_only():
    lexis = [5.0, 5.0, None, 5.0, 5.0, 6.0, None, None, 6.0, 6.0]
    table = blocks(attempts([6.0] * 10, lexical_band=lexis), Skill.WRITING)
    assert row_of(table, "lexical_band")[["latest_n", "before_n", "change"]].to_list() == [3, 4, 1.0]
    assert row_of(table, "grammar_band")[["latest_n", "before_n"]].to_list() == [5, 5]


def test_blocks_leave_out_attempts_of_unknown_time():
    assert row_of(blocks(attempts([6.0, 6.0, 9.0], [0, 10, None]), Skill.WRITING))["latest_mean"] == 6.0


def test_one_against_one_has_no_scatter_to_judge_by():
    assert math.isnan(row_of(blocks(attempts([5.0, 9.0]), Skill.WRITING, size=1))["threshold"])


def test_blocks_of_another_size():
    overall = row_of(blocks(attempts([5.0, 5.0, 6.0, 6.0]), Skill.WRITING, size=2))
    assert overall[["latest_n", "before_n", "change"]].to_list() == [2, 2, 1.0]


def test_the_weakest_criterion_is_of_the_latest_attempts():
    rows = attempts([6.0] * 7, coherence_band=[1.0, 1.0, *[6.0] * 5], grammar_band=[9.0, 9.0, *[5.5] * 4, None])
    assert weakest_criterion(rows, Skill.WRITING) == ("grammar_band", 5.5)


def test_of_equally_weak_criteria_the_first_in_the_official_order():
    assert weakest_criterion(attempts([6.0]), Skill.WRITING) == ("task_achievement_band", 6.0)


@pytest.mark.parametrize(
    "rows", [attempts([]), attempts([6.0], [None]), attempts([6.0], **{column: [None] for column in WRITING})]
)
def test_no_weakest_criterion_without_dated_criteria(rows):
    assert weakest_criterion(rows, Skill.WRITING) is None


def test_the_class_leaves_out_other_skills_and_default_answers():
    table = change_of_students(
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
    assert table["certainty"].to_list() == [Certainty.CANNOT_TELL, Certainty.TOO_FEW]
    assert table["weakest"].iloc[0] == "lexical_band"
    assert table["weakest_mean"].iloc[0] == 5.5
    assert table[["rise", "weakest", "weakest_mean"]].iloc[1].isna().all()


@pytest.mark.parametrize("items", [(), (speaking(),), (writing(created_at=...),)], ids=["none", "other", "undated"])
def test_the_class_table_has_its_columns_whatever_there_is(items):
    table = change_of_students(evaluations(*items), Skill.WRITING)
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == {
        "user_id": "str",
        "n": "int64",
        "rise": "float64",
        "certainty": "category",
        "weakest": "str",
        "weakest_mean": "float64",
    }


def a_class(chance, students=300):
    """Students of every kind: few and many attempts, of one time, undated, without some bands, with outliers."""
    numbers = np.r_[np.full(20, 1), np.full(20, 2), chance.integers(3, 45, students - 40)]
    found = simulation.simulated(
        chance, numbers, rise=0.7, noise=0.6, outliers=simulation.SOME, criterion_noise=0.5
    ).evaluations()
    found["at"] = found["at"].dt.floor("D")
    for column in ("overall_band", *WRITING):
        found.loc[chance.uniform(size=len(found)) < 0.05, column] = np.nan
    found.loc[chance.uniform(size=len(found)) < 0.05, "at"] = pd.NaT
    found.loc[found["user_id"] == "u00050", "at"] = FIRST
    found.loc[found["user_id"] == "u00051", [*WRITING]] = np.nan
    return found.sample(frac=1, random_state=1)


def test_the_class_is_told_what_each_student_is_told():
    everyone = a_class(np.random.default_rng(5))
    table = change_of_students(everyone, Skill.WRITING).set_index("user_id")
    assert {*table["certainty"]} == {*Certainty}
    by_user = graded(everyone, Skill.WRITING).groupby("user_id")
    assert table.index.to_list() == sorted(by_user.groups)
    for user, own in by_user:
        row, found, weakest = table.loc[user], trend(own, Skill.WRITING), weakest_criterion(own, Skill.WRITING)
        assert row["n"] == (own["at"].notna() & own["overall_band"].notna()).sum()
        if found is None:
            assert row["certainty"] == Certainty.TOO_FEW
            assert math.isnan(row["rise"])
        else:
            assert row["certainty"] == found.certainty
            assert row["rise"] == pytest.approx(found.rise, abs=1e-12)
        if weakest is None:
            assert pd.isna(row["weakest"])
        else:
            assert (row["weakest"], row["weakest_mean"]) == (weakest[0], pytest.approx(weakest[1], abs=1e-12))


@pytest.mark.parametrize("outliers", simulation.OUTLIERS, ids=["none", "half", "every"])
@pytest.mark.parametrize("times", [0.5, 1.0, 1.5, 2.0])
def test_of_students_without_change_at_most_one_in_twenty_is_told_of_one(times, outliers):
    numbers = np.resize(np.arange(3, 41), 2_000)
    chance = np.random.default_rng(7)
    unchanged = simulation.simulated(chance, numbers, noise=times * simulation.PUBLISHED, outliers=outliers)
    assert simulation.trend_claims(unchanged).mean() <= 0.05


@pytest.mark.parametrize("n", [8, 12, 20])
def test_a_rise_of_one_band_is_seen_nearly_as_often_as_the_ideal_test_sees_it(n):
    risen = simulation.simulated(np.random.default_rng(8), np.full(3_000, n), rise=1.0)
    ideal = simulation.ideal_claims(risen, simulation.PUBLISHED)
    assert simulation.trend_claims(risen).mean() >= 0.9 * ideal.mean()


@pytest.mark.parametrize(("n", "share"), [(8, 0.6), (12, 0.75), (20, 0.85)])
def test_a_rise_is_still_seen_with_an_outlier_or_two(n, share):
    risen = simulation.simulated(np.random.default_rng(9), np.full(3_000, n), rise=1.0, outliers=simulation.ALL)
    ideal = simulation.ideal_claims(risen, simulation.PUBLISHED)
    assert simulation.trend_claims(risen).mean() >= share * ideal.mean()


def test_rises_are_estimated_without_bias_and_their_intervals_hold_them():
    risen = simulation.simulated(np.random.default_rng(10), np.full(400, 12), rise=1.0, outliers=simulation.SOME)
    found = [trend(own, Skill.WRITING) for _, own in graded(risen.evaluations(), Skill.WRITING).groupby("user_id")]
    assert np.mean([one.rise for one in found]) == pytest.approx(1.0, abs=0.06)
    assert np.mean([one.lower <= 1.0 <= one.upper for one in found]) >= 0.94


@pytest.mark.parametrize("times", [1.0, 2.0])
def test_sets_of_statements_hold_the_five_per_cent_together(times):
    unchanged = {"noise": times * simulation.PUBLISHED, "criterion_noise": times * 0.6}
    chance = np.random.default_rng(11)
    many = simulation.simulated(chance, np.resize(np.arange(3, 41), 190), **unchanged)
    assert simulation.criteria_claims(many).mean() <= 0.05
    ten = simulation.simulated(chance, np.resize(np.arange(7, 11), 200), **unchanged)
    assert simulation.block_claims(ten).mean() <= 0.05


def test_the_bound_on_any_test_is_above_students_t_and_below_the_ideal():
    assert 0.75 < simulation.most_that_any_test_sees(8, {1.3: 3.9, 1.4: 0.3}) < 0.8


some_bands = st.sampled_from(BAND_VALUES)
some_days = st.one_of(st.none(), st.integers(0, 5), st.floats(0, 400, allow_nan=False))
some_attempts = st.lists(st.tuples(some_days, st.one_of(some_bands, some_bands, st.none())), max_size=30)


def frame_of(drawn):
    return attempts([band for _, band in drawn], [day for day, _ in drawn])


@given(some_attempts)
@settings(deadline=None, max_examples=80)
@example([(0, 0.0)] * 7 + [(1, 9.0)] * 3)
def test_nothing_is_raised_and_the_interval_holds_the_estimate(drawn):
    rows = frame_of(drawn)
    found = trend(rows, Skill.WRITING)
    measured = rows[rows["at"].notna() & rows["overall_band"].notna()]
    if found is None:
        assert len(measured) < 3 or measured["at"].min() == measured["at"].max()
    else:
        assert found.n == len(measured)
        assert found.lower < found.rise < found.upper
        assert found.noise >= max(PUBLISHED, found.own_scatter)
        assert found.set_aside <= found.n / 4
        assert str(found.n) in trend_in_words(found, Skill.WRITING, found.n)
    table = blocks(rows, Skill.WRITING)
    assert len(table) == 5
    assert (table["certain"] == (table["change"].abs() > table["threshold"])).all()


@given(some_attempts, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_the_order_of_rows_makes_no_difference(drawn, chance):
    mixed = drawn.copy()
    chance.shuffle(mixed)
    rows, others = frame_of(drawn), frame_of(mixed)
    assert trend(others, Skill.WRITING) == trend(rows, Skill.WRITING)
    pd.testing.assert_frame_equal(blocks(others, Skill.WRITING), blocks(rows, Skill.WRITING))


@given(some_attempts, st.integers(-18, 18))
@settings(deadline=None, max_examples=80)
def test_the_same_bands_higher_on_the_scale_rise_as_much(drawn, halves):
    moved = [(day, None if band is None else band + halves / 2) for day, band in drawn]
    assume(all(band is None or band in BAND_VALUES for _, band in moved))
    found, other = trend(frame_of(drawn), Skill.WRITING), trend(frame_of(moved), Skill.WRITING)
    assert (found is None) == (other is None)
    if found is not None:
        assert (other.rise, other.standard_error, other.certainty) == (
            found.rise,
            found.standard_error,
            found.certainty,
        )
        assert other.start == pytest.approx(found.start + halves / 2)


def test_bands_turned_upside_down_fall_as_much_as_they_rose():
    chance = np.random.default_rng(12)
    students = simulation.simulated(
        chance, chance.integers(3, 30, 80), rise=1.0, outliers=simulation.SOME
    ).evaluations()
    for _, own in graded(students, Skill.WRITING).groupby("user_id"):
        found = trend(own, Skill.WRITING)
        other = trend(own.assign(overall_band=9 - own["overall_band"]), Skill.WRITING)
        assert other.rise == pytest.approx(-found.rise, abs=1e-9)
        assert (other.set_aside, other.certainty) == (found.set_aside, found.certainty)
