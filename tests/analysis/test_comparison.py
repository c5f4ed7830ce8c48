import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bandup.analysis import comparison
from bandup.analysis.attempts import graded_attempts, latest_attempts
from bandup.analysis.bands import CRITERIA, Skill
from bandup.analysis.certainty import CLAIMED, Certainty
from bandup.analysis.class_estimates import ClassEstimates
from bandup.analysis.measurement_error import critical_value
from bandup.analysis.recurring_feedback import recurring_themes
from bandup.analysis.trend_fit import Noise
from data.records import CriterionFeedback, Feedback, Remarks
from tests.items import before, evaluations, item, job, speaking, writing

OVERALL, CRITERION = 0.4, 0.5
"""Standard deviations of a band and of a criterion in the class."""
DEGREES = 40
NOISE = {"overall_band": Noise(OVERALL**2, DEGREES)} | dict.fromkeys(
    CRITERIA[Skill.WRITING], Noise(CRITERION**2, DEGREES)
)
ESTIMATES = ClassEstimates(Skill.WRITING, NOISE)


def student(*bands, **more):
    """A student's graded essays, one a day, all five bands the same; oldest first."""
    days = range(len(bands), 0, -1)
    items = (
        writing(*[str(band)] * 5, evaluation_id=f"e{day}", created_at=before(days=day), **more)
        for day, band in zip(days, bands, strict=True)
    )
    return graded_attempts(evaluations(*items), Skill.WRITING)


def row(*items):
    return evaluations(*items).iloc[0]


def threshold(sd, level, n, m):
    """The largest difference within noise between sides that do not scatter: the class's noise alone remains."""
    degrees = DEGREES + n + m - 2
    return critical_value(level, degrees) * sd * math.sqrt(DEGREES / degrees * (1 / n + 1 / m))


DEFAULT_ANSWER = {"confidence_score": "0.7"}


@pytest.mark.parametrize(
    ("first", "second", "difference", "verdicts"),
    [
        ([6] * 5, [6] * 5, 0, ("level", "level")),
        ([6] * 5, [6.5] * 5, 0.5, ("perhaps a difference", "within noise")),
        ([6] * 5, [7] * 5, 1, ("likely a difference", "likely a difference")),
        ([7] * 5, [6] * 5, -1, ("likely a difference", "likely a difference")),
        # only the latest five count
        ([1, 6, 6, 6, 6, 6], [9, 6, 6, 6, 6, 6], 0, ("level", "level")),
        ([6] * 2, [7] * 2, 1, ("perhaps a difference", "within noise")),
        ([6], [7], 1, ("within noise", "within noise")),
        ([5], [6.5], 1.5, ("perhaps a difference", "within noise")),
        ([3], [6.5], 3.5, ("likely a difference", "likely a difference")),
    ],
)
def test_between_students(first, second, difference, verdicts):
    apart = comparison.compare_students(student(*first), student(*second), ESTIMATES)
    n, m = min(len(first), 5), min(len(second), 5)
    assert apart["criterion"].tolist() == ["overall_band", *CRITERIA[Skill.WRITING]]
    assert apart["difference"].tolist() == [difference] * 5
    limits = threshold(OVERALL, 0.05, n, m), threshold(CRITERION, 0.05 / 4, n, m)
    assert apart["threshold"].tolist() == pytest.approx([limits[0], *[limits[1]] * 4])
    assert apart["verdict"].tolist() == [verdicts[0], *[verdicts[1]] * 4]
    claims = [verdict.removesuffix(" a difference") for verdict in verdicts if verdict.endswith("difference")]
    assert [value for value in apart["certainty"].iloc[:2] if value != Certainty.NO_CLEAR_CHANGE] == claims


def test_two_single_attempts_are_compared_by_the_class_s_noise_alone():
    overall, criterion = comparison.single_attempt_thresholds(ESTIMATES)
    assert overall == pytest.approx(threshold(OVERALL, 0.05, 1, 1))
    assert criterion == pytest.approx(threshold(CRITERION, 0.05 / 4, 1, 1))


@pytest.mark.parametrize(("limit", "difference"), [(0.0, 0.5), (0.49, 0.5), (0.5, 1.0), (1.24, 1.5), (3.0, 3.5)])
def test_the_smallest_clear_difference_is_beyond_the_limit(limit, difference):
    assert comparison.smallest_clear_difference(limit) == difference


def test_scatter_within_the_sides_widens_the_threshold():
    wide, narrow = student(4, 8, 4, 8, 6), student(7, 7, 7, 7, 7)
    apart = comparison.compare_students(wide, narrow, ESTIMATES)
    variance = (DEGREES * OVERALL**2 + 16) / (DEGREES + 8)
    assert apart["threshold"].iloc[0] == pytest.approx(critical_value(0.05, DEGREES + 8) * math.sqrt(variance * 2 / 5))


def test_the_attempts_of_one_day_count_once():
    at = pd.Timestamp("2026-03-01", tz="UTC")
    one_day = student(6, 6, 6, 6).assign(at=[at + pd.Timedelta(hours=hour) for hour in range(4)])
    apart = comparison.compare_students(one_day, student(7, 7), ESTIMATES)
    assert apart["first_n"].iloc[0] == 4
    assert apart["threshold"].iloc[0] == pytest.approx(threshold(OVERALL, 0.05, 1, 2))


@pytest.mark.parametrize("sides", [((), ()), ((6, 6), ()), ((), (6,))])
def test_one_side_without_attempts_leaves_nothing_to_compare(sides):
    attempts = [student(*bands) if bands else student(6).head(0) for bands in sides]
    apart = comparison.compare_students(*attempts, ESTIMATES)
    assert apart["verdict"].tolist() == ["nothing to compare"] * 5
    assert apart["threshold"].isna().all()
    assert apart["certainty"].tolist() == [Certainty.TOO_FEW] * 5
    assert apart[["first_n", "second_n"]].iloc[0].tolist() == [len(bands) for bands in sides]


def test_attempts_of_unknown_time_and_missing_bands_are_left_out():
    undated = graded_attempts(evaluations(writing(created_at=...)), Skill.WRITING)
    assert latest_attempts(undated).empty
    without_lexis = student(6, 6, lexical_band="error")
    apart = comparison.compare_students(without_lexis, student(6, 6), ESTIMATES).set_index("criterion")
    assert apart["first_n"].tolist() == [2, 2, 2, 0, 2]
    assert apart.loc["lexical_band", "verdict"] == "nothing to compare"


def claims(noise, criterion_noise, n, m, rounds):
    """Shares of pairs of students at one level with a claimed difference: overall, and in any criterion."""
    rng = np.random.default_rng(11)

    def attempts(number):
        errors = rng.normal(0, noise, number)[:, None] + rng.normal(0, criterion_noise, (number, 4))
        bands = np.clip(np.round((6.1 + errors) * 2) / 2, 0, 9)
        frame = pd.DataFrame(bands, columns=[*CRITERIA[Skill.WRITING]])
        return frame.assign(
            overall_band=np.round(bands.mean(axis=1) * 2) / 2,
            at=pd.date_range("2026-01-01", periods=number, tz="UTC"),
            evaluation_id=[str(place) for place in range(number)],
        )

    estimates = ClassEstimates(
        Skill.WRITING,
        {"overall_band": Noise(noise**2 + criterion_noise**2 / 4 + 1 / 48, DEGREES)}
        | dict.fromkeys(CRITERIA[Skill.WRITING], Noise(noise**2 + criterion_noise**2 + 1 / 48, DEGREES)),
    )
    tables = [comparison.compare_students(attempts(n), attempts(m), estimates) for _ in range(rounds)]
    claimed = [table["certainty"].isin(CLAIMED) for table in tables]
    return np.mean([row.iloc[0] for row in claimed]), np.mean([row.iloc[1:].any() for row in claimed])


@pytest.mark.parametrize(
    ("noise", "criterion_noise", "n", "m"),
    [(0.36, 0.3, 1, 1), (0.36, 0.6, 2, 1), (0.36, 0.6, 5, 5), (1.0, 0.9, 2, 3)],
)
def test_a_difference_is_claimed_for_about_5_percent_of_equal_students_at_most(noise, criterion_noise, n, m):
    rounds = 200
    limit = 0.05 + 3 * math.sqrt(0.05 * 0.95 / rounds)  # 5 % and three standard errors
    assert max(claims(noise, criterion_noise, n, m, rounds)) <= limit


@pytest.mark.parametrize(
    ("first", "second", "differences", "verdicts"),
    [
        (writing("6.0", "6.0", "6.0", "6.0", "6.0"), writing("7.5", "6.0", "6.5", "7.0", "5.5"),
         [1.5, 0.0, 0.5, 1.0, -0.5], ["perhaps a difference", "level", *["within noise"] * 3]),
        (writing("7.0", "7.0", "7.0", "error", "7.0"), writing(),
         [0.0, 0.0, 0.0, None, 0.0], ["level", "level", "level", "nothing to compare", "level"]),
        (writing(*["6.0"] * 5, **DEFAULT_ANSWER), writing(), [None] * 5, ["not compared"] * 5),
        (writing(), writing("none", *["7.0"] * 4), [None] * 5, ["not compared"] * 5),
        (writing(), job("failed"), [None] * 5, ["not compared"] * 5),
    ],
    ids=["differ", "a band missing", "default answer", "empty", "failed"],
)  # fmt: skip
def test_between_attempts(first, second, differences, verdicts):
    apart = comparison.compare_attempts(row(first), row(second), ESTIMATES)
    assert [None if pd.isna(difference) else difference for difference in apart["difference"]] == differences
    assert apart["verdict"].tolist() == verdicts


def test_bands_that_are_not_compared_are_shown_as_stored():
    apart = comparison.compare_attempts(row(writing(*["6.0"] * 5, **DEFAULT_ANSWER)), row(writing()), ESTIMATES)
    assert (apart["first"].tolist(), apart["second"].tolist()) == ([6.0] * 5, [7.0] * 5)


PRO = {"model_used": "pro"}


@pytest.mark.parametrize(
    ("first", "second", "skill", "beginnings"),
    [
        (writing(**PRO), writing(**PRO), Skill.WRITING, []),
        (writing(**PRO), writing(model_used="flash"), Skill.WRITING, ["Graded by different models, pro and flash"]),
        (writing(**PRO), writing(), Skill.WRITING, ["The grading model is not stored for both"]),
        (
            writing(task_type="TASK_1", **PRO),
            writing(task_type="TASK_2", **PRO),
            Skill.WRITING,
            ["They are different tasks"],
        ),
        (writing(task_type="TASK_1", **PRO), writing(**PRO), Skill.WRITING, []),
        (
            speaking(part="PART_1", **PRO),
            speaking(part="PART_3", **PRO),
            Skill.SPEAKING,
            ["They are different parts of the test"],
        ),
        (writing(**PRO), speaking(**PRO), None, ["Writing and speaking are different tests"]),
        (writing(), job("completed", evaluation_type="flashcard"), None, ["A flashcard set is not graded"]),
        (writing(), job("completed", evaluation_type="reading"), None, ["The type of one attempt is unknown"]),
        (
            writing(**PRO),
            writing(*["6.0"] * 5, **DEFAULT_ANSWER, **PRO),
            Skill.WRITING,
            ["A difference needs two grades"],
        ),
    ],
)
def test_comparison_caveats(first, second, skill, beginnings):
    rows = row(first), row(second)
    assert comparison.common_skill(*rows) == skill
    sentences = comparison.comparison_caveats(*rows)
    assert len(sentences) == len(beginnings)
    for sentence, beginning in zip(sentences, beginnings, strict=True):
        assert sentence.startswith(beginning)


def test_only_a_flashcard_set_has_no_bands():
    flashcards = row(item(evaluation_id="e1", user_id="u1", evaluation_type="flashcard", status="completed"))
    assert not comparison.both_have_bands(row(writing()), flashcards)
    assert comparison.both_have_bands(row(writing()), row(job("failed")))


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        (student(6, 6, **PRO), student(6, **PRO), None),
        (student(6, **PRO), student(6, model_used="flash"), (["pro"], ["flash"])),
        (student(6), student(6, **PRO), None),
        (student(6).head(0), student(6, **PRO), None),
    ],
)
def test_different_models(first, second, apart):
    assert comparison.different_models(first, second) == apart


@pytest.mark.parametrize(("days", "apart"), [(0, False), (59, False), (61, True), (-61, True)])
def test_different_times(days, apart):
    first = student(6, 6, 6)
    second = first.assign(at=first["at"] + pd.Timedelta(days=days))
    expected = (first["at"].iloc[1], second["at"].iloc[1]) if apart else None
    assert comparison.different_times(first, second) == expected
    assert comparison.different_times(first, second.head(0)) is None


def test_other_attempts_are_of_the_same_skill_newest_first():
    items = evaluations(
        writing(evaluation_id="old", created_at=before(days=9)),
        writing(evaluation_id="own", created_at=before(days=5)),
        writing(*["6.0"] * 5, evaluation_id="default", created_at=before(days=2), **DEFAULT_ANSWER),
        writing(evaluation_id="undated", created_at=...),
        speaking(evaluation_id="spoken"),
        job("failed", evaluation_id="failed"),
    )
    others = comparison.other_attempts(items, items[items["evaluation_id"] == "own"].iloc[0])
    assert others["evaluation_id"].tolist() == ["old", "undated"]


def test_a_flashcard_set_has_no_other_attempts():
    items = evaluations(job("completed", evaluation_type="flashcard"), writing(evaluation_id="e2"))
    assert comparison.other_attempts(items, items.iloc[0]).empty


def themes_of(*sentences):
    """The recurring themes in the feedback of several attempts, newest first, with one weakness each."""
    remarks = (Remarks(weaknesses=(sentence,)) for sentence in sentences)
    feedbacks = [Feedback(criteria=(CriterionFeedback("grammar_band", "", remark),)) for remark in remarks]
    return recurring_themes([(f"e{number}", feedback) for number, feedback in enumerate(feedbacks)])


ARTICLES, PREPOSITIONS = "Articles are often missing", "Wrong prepositions"


def test_a_theme_of_both_is_in_one_row():
    first = themes_of(ARTICLES, ARTICLES, PREPOSITIONS, "Odd and unknown")
    second = themes_of(PREPOSITIONS, PREPOSITIONS, ARTICLES)
    themes = comparison.merge_themes(first, second)
    assert themes[["theme", "first", "first_of", "second", "second_of"]].to_numpy(dtype=object).tolist() == [
        ["Prepositions", 1, 4, 2, 3],
        ["Articles (a, an, the)", 2, 4, 1, 3],
    ]
    assert themes["criteria"].tolist() == [["grammar_band"]] * 2
    assert themes["first_sample"].tolist() == [("e2", PREPOSITIONS), ("e0", ARTICLES)]


def test_a_theme_of_one_only_and_no_feedback_at_all():
    themes = comparison.merge_themes(themes_of(ARTICLES, ARTICLES), themes_of())
    assert themes[["first", "second", "second_of"]].iloc[0].tolist() == [2, 0, 0]
    assert themes["second_sample"].iloc[0] is None
    nothing = comparison.merge_themes(themes_of(), themes_of(ARTICLES))
    assert nothing.empty
    assert nothing["first"].dtype == "int64"


def test_the_graders_lasting_bias_counts_between_two_students_and_not_within_one():
    biased = replace(ESTIMATES, bias_variance=0.04)
    first, second = student(6, 6, 6), student(7, 7, 7)
    without, with_bias = (
        comparison.compare_students(first, second, own)["threshold"].iloc[0] for own in (ESTIMATES, biased)
    )
    assert with_bias > without
    one, other = (evaluations(writing(user_id=user)).iloc[0] for user in ("u1", "u2"))
    thresholds = {
        name: [comparison.compare_attempts(one, side, own)["threshold"].iloc[0] for own in (ESTIMATES, biased)]
        for name, side in {"same": one, "other": other}.items()
    }
    assert thresholds["same"][0] == thresholds["same"][1]
    assert thresholds["other"][0] < thresholds["other"][1]
