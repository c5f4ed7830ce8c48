import time

import numpy as np
import pandas as pd
import pytest

from bandup.analysis import grader_drift
from bandup.analysis.bands import BAND_VALUES, CRITERIA, Skill
from bandup.analysis.class_estimates import class_estimates
from bandup.analysis.failure_rates import NOT_STORED
from bandup.analysis.grader_drift import ModelChange
from bandup.analysis.measurement_error import critical_value
from data.schema import EVALUATIONS
from tests.items import before, evaluations, item, speaking, writing

OLD, NEW = "gemini-2.0-flash", "gemini-2.5-flash"
SCHOOLS = 60
"""Simulated schools per test of coverage: 95 % intervals miss the truth in about 3 of them."""
START = pd.Timestamp("2025-01-01", tz="UTC")


def essays(*rows: tuple[str, str | None, float, int], **attributes) -> pd.DataFrame:
    """Essays of Task 2 from (student, model, band, days before now)."""
    return evaluations(
        *(
            writing(
                *(str(band),) * 5,
                **{"task_type": "TASK_2"} | attributes,
                evaluation_id=f"e{number:03d}",
                user_id=student,
                model_used=... if model is None else model,
                created_at=before(days=days),
            )
            for number, (student, model, band, days) in enumerate(rows)
        )
    )


def school(
    seed: int,
    *,
    students: int = 30,
    shift: float = 0.0,
    learning: float = 0.0,
    attempts: float = 8,
    parts: int = 1,
) -> pd.DataFrame:
    """Recordings over 120 days, graded by OLD before day 60 and by NEW after, which adds `shift`.

    The standard deviation of students is 0.8 band, that of their attempts 0.5; they learn `learning` bands a day.
    """
    random = np.random.default_rng(seed)
    student = np.repeat(np.arange(students), random.poisson(attempts, students) + 1)
    day = random.uniform(0, 120, len(student))
    is_new = day >= 60
    ability = random.normal(6, 0.8, students)[student]
    score = ability + learning * day + shift * is_new + random.normal(0, 0.5, len(student))
    return frame(
        user_id=[f"s{number:04d}" for number in student],
        at=START + pd.to_timedelta(day, unit="D"),
        overall_band=np.clip(np.round(score * 2) / 2, 0, 9),
        model_used=np.where(is_new, NEW, OLD),
        part=[f"PART_{number}" for number in random.integers(1, parts + 1, len(student))],
    )


def frame(**columns) -> pd.DataFrame:
    """Graded recordings with the schema's columns and dtypes."""
    rows = pd.DataFrame({"evaluation_type": "speaking", "state": "succeeded", "at_source": "audio_url", **columns})
    rows["evaluation_id"] = [f"e{number:06d}" for number in range(len(rows))]
    rows = rows.reindex(columns=[*EVALUATIONS.columns, "state"]).assign(flags=0)
    return rows.astype(EVALUATIONS.columns | {"state": "category"})


def the_change(rows: pd.DataFrame, skill: Skill = Skill.SPEAKING) -> pd.Series:
    changes = grader_drift.model_changes(rows, class_estimates(rows, skill))
    assert len(changes) == 1
    return changes.iloc[0]


def changes_between_models(rows: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    return grader_drift.model_changes(rows, class_estimates(rows, skill))


FUNCTIONS = (grader_drift.severity, grader_drift.severity_over_time, grader_drift.heaping, changes_between_models)


def test_severity():
    rows = essays(
        ("u1", OLD, 6.0, 40),
        ("u1", OLD, 7.0, 39),
        ("u2", OLD, 5.0, 38),
        ("u3", OLD, 5.5, 37),
        ("u4", OLD, 6.5, 36),
        ("u5", OLD, 6.0, 35),
        ("u1", NEW, 6.0, 2),
        ("u9", None, 8.0, 50),
    )
    table = grader_drift.severity(rows, Skill.WRITING)
    assert list(table.columns) == list(grader_drift.SEVERITY_COLUMNS)
    assert list(table["model_used"]) == [OLD, NEW, NOT_STORED]
    assert list(table["n"]) == [6, 1, 1]
    assert list(table["students"]) == [5, 1, 1]
    old = table.iloc[0]
    means = [6.5, 5.0, 5.5, 6.5, 6.0]
    assert old["mean"] == pytest.approx(np.mean(means)), "every student counts once"
    half = 2.77645 * np.std(means, ddof=1) / np.sqrt(5)
    assert (old["low"], old["high"]) == pytest.approx((5.9 - half, 5.9 + half), abs=1e-4)
    assert old["sd"] == pytest.approx(np.std([6, 7, 5, 5.5, 6.5, 6], ddof=1))
    assert old["sd_low"] < old["sd"] < old["sd_high"]
    assert old["first"] == rows["at"][0]
    assert old["last"] == rows["at"][5]
    assert table.loc[1:, ["low", "high", "sd", "sd_low"]].isna().all(axis=None)


def test_the_interval_of_the_sd_is_a_jackknife_over_students():
    rows = school(3, students=6)
    old = grader_drift.severity(rows, Skill.SPEAKING).iloc[0]
    of_old = rows[rows["model_used"] == OLD]
    students = of_old["user_id"].unique()
    assert len(students) == 5
    logs = np.log([of_old.loc[of_old["user_id"] != student, "overall_band"].std() for student in students])
    half = 2.77645 * np.sqrt(4 / 5 * ((logs - logs.mean()) ** 2).sum())
    assert old["sd_low"] == pytest.approx(old["sd"] * np.exp(-half), rel=1e-4)
    assert old["sd_high"] == pytest.approx(old["sd"] * np.exp(half), rel=1e-4)


def test_intervals_of_mean_and_spread_cover_the_truth():
    spread = np.sqrt(0.8**2 + 0.5**2 + 0.5**2 / 12)
    rows = pd.concat(
        [grader_drift.severity(school(seed, students=60), Skill.SPEAKING).head(1) for seed in range(SCHOOLS)]
    )
    assert 0.88 <= (rows["low"].le(6) & rows["high"].ge(6)).mean() < 1
    assert 0.85 <= (rows["sd_low"].le(spread) & rows["sd_high"].ge(spread)).mean() < 1


def test_equal_bands_still_have_an_interval_for_rounding():
    rows = essays(*((f"u{number}", OLD, 6.0, number + 1) for number in range(6)))
    row = grader_drift.severity(rows, Skill.WRITING).iloc[0]
    assert row["low"] < 6.0 < row["high"], "bands are rounded to halves"
    assert row["sd"] == 0
    assert np.isnan(row["sd_low"])


def test_only_grades_of_known_students_count():
    rows = evaluations(
        writing("7.0", "7.0", "7.0", "7.0", "7.0", evaluation_id="graded", model_used=OLD),
        writing(*("6.0",) * 5, evaluation_id="suspect", confidence_score="0.7", model_used=OLD),
        writing("error", "7.0", "7.0", "7.0", "7.0", evaluation_id="empty", model_used=OLD),
        writing(evaluation_id="nobody", user_id="unknown", model_used=OLD),
        writing(evaluation_id="anyone", user_id="anonymous", model_used=OLD),
        speaking(evaluation_id="other skill", model_used=OLD),
        writing(evaluation_id="undated", user_id="u2", created_at=0, model_used=OLD),
        item(evaluation_id="failed", user_id="u1", evaluation_type="writing", status="failed", model_used=OLD),
    )
    row = grader_drift.severity(rows, Skill.WRITING).iloc[0]
    assert (row["n"], row["students"]) == (2, 2)
    assert grader_drift.severity_over_time(rows, Skill.WRITING)["n"].sum() == 1
    assert grader_drift.heaping(rows, Skill.WRITING)["n"].sum() == 2


@pytest.mark.parametrize("skill", list(Skill))
def test_nothing_to_compare(skill):
    empty = evaluations()
    assert list(grader_drift.severity(empty, skill).columns) == list(grader_drift.SEVERITY_COLUMNS)
    assert list(grader_drift.severity_over_time(empty, skill).columns) == list(grader_drift.OVER_TIME_COLUMNS)
    assert list(grader_drift.heaping(empty, skill).columns) == ["model_used", "band", "n", "of", "share"]
    changes = grader_drift.model_changes(empty, class_estimates(empty, skill))
    assert list(changes.columns) == list(grader_drift.CHANGE_COLUMNS)
    assert changes.empty
    assert grader_drift.model_changes_of_student(empty) == []
    single = essays(("u1", OLD, 6.0, 3))
    assert grader_drift.model_changes(single, class_estimates(single, skill)).empty
    assert grader_drift.model_changes_of_student(single) == []
    assert str(changes["at"].dtype) == "datetime64[ms, UTC]"


@pytest.mark.parametrize(
    ("days", "period", "starts"),
    [
        ((1, 2, 8), "week", ["2026-03-02", "2026-03-09"]),
        ((1, 200), "month", ["2025-08-01", "2026-03-01"]),
        ((1, 2600), "year", ["2019-01-01", "2026-01-01"]),
    ],
)
def test_over_time_by_week_month_or_year(days, period, starts):
    rows = essays(*((f"u{day}", OLD, 6.0, day) for day in days))
    table = grader_drift.severity_over_time(rows, Skill.WRITING)
    assert set(table["period"]) == {period}
    assert list(table["at"].dt.strftime("%Y-%m-%d")) == starts
    assert table["n"].sum() == len(days)
    assert (table["centre"] >= table["at"]).all()


def test_over_time_has_rows_per_model():
    table = grader_drift.severity_over_time(school(1, students=60), Skill.SPEAKING)
    assert list(dict.fromkeys(table["model_used"])) == [OLD, NEW]
    enough = table[table["students"] >= grader_drift.MIN_STUDENTS_PER_MODEL]
    assert enough["low"].lt(enough["mean"]).all()
    assert enough["high"].gt(enough["mean"]).all()
    few = table[table["students"] < grader_drift.MIN_STUDENTS_PER_MODEL]
    assert len(few)
    assert few[["low", "high"]].isna().all(axis=None)
    assert table.groupby("model_used")["at"].is_monotonic_increasing.all()


def test_heaping():
    rows = essays(("u1", OLD, 6.0, 9), ("u2", OLD, 6.0, 8), ("u3", OLD, 6.5, 7), ("u1", NEW, 9.0, 6))
    table = grader_drift.heaping(rows, Skill.WRITING)
    assert list(table["band"]) == list(BAND_VALUES) * 2
    given = table[table["n"] > 0]
    assert given[["model_used", "band", "n", "of"]].to_numpy(dtype=object).tolist() == [
        [OLD, 6.0, 2, 3],
        [OLD, 6.5, 1, 3],
        [NEW, 9.0, 1, 1],
    ]
    assert list(table.groupby("model_used")["share"].sum()) == pytest.approx([1, 1])


def both_models(students: int, bands: tuple[float, ...], *, first: int = 0, **attributes) -> pd.DataFrame:
    """Students with one essay every ten days, the later half of them graded by the new model."""
    half = len(bands) // 2
    return essays(
        *(
            (f"u{number + first}", OLD if place < half else NEW, band, 10 * (len(bands) - place) + 1)
            for number in range(students)
            for place, band in enumerate(bands)
        ),
        **attributes,
    )


def test_the_difference_between_two_models():
    # equal steps of a quarter of a band under either model, and half a band less under the new one
    rows = both_models(8, (6.0, 6.5, 6.5, 6.5, 6.5, 7.0))
    change = the_change(rows, Skill.WRITING)
    assert (change["from"], change["to"], change["students"]) == (OLD, NEW, 8)
    assert change["at"] == rows.loc[rows["model_used"] == NEW, "at"].min()
    times, is_new = np.arange(6) / 5, np.repeat([0.0, 1.0], 3)
    design = np.column_stack([np.ones(6), times, is_new])
    expected = np.linalg.lstsq(design, np.array([6.0, 6.5, 6.5, 6.5, 6.5, 7.0]), rcond=None)[0][2]
    assert change["difference"] == pytest.approx(expected)
    assert change["low"] < change["difference"] < change["high"], "rounding leaves uncertainty where all agree"


def test_a_difference_beyond_its_interval_is_said_with_it():
    change = the_change(both_models(8, (6.0, 6.0, 6.0, 7.0, 7.0, 7.0)), Skill.WRITING)
    assert change["sentence"] == (
        "gemini-2.5-flash graded about 1.00 higher than gemini-2.0-flash for the 8 students who had both (between +0.83 "
        "and +1.17); a rise of that size at that date is not a rise in the student."
    )


def test_steady_progress_is_not_a_difference():
    change = the_change(both_models(8, (5.0, 5.5, 6.0, 6.5, 7.0, 7.5)), Skill.WRITING)
    assert change["difference"] == pytest.approx(0.0, abs=1e-9)
    assert change["sentence"].startswith("No clear difference between gemini-2.0-flash and gemini-2.5-flash: between ")


def test_the_rows_of_a_class_hold_5_percent_together():
    rows = school(1)
    names = rows["model_used"].astype("str").where(rows["at"] < START + pd.Timedelta(days=90), "gemini-3")
    rows = rows.assign(model_used=names.astype("category"))
    estimates = class_estimates(rows, Skill.SPEAKING)
    changes = grader_drift.model_changes(rows, estimates).set_index("to")
    assert [*changes.index] == [NEW, "gemini-3"]
    shifted = [shift.name for shift in estimates.shifts]
    for new, old in ((NEW, OLD), ("gemini-3", NEW)):
        contrast = np.array([float(name == new) - float(name == old) for name in shifted])
        error = np.sqrt(contrast @ estimates.overall.covariance @ contrast)
        limit = critical_value(0.05 / 2, changes.loc[new, "students"] - 1)
        assert changes.loc[new, "high"] - changes.loc[new, "difference"] == pytest.approx(limit * error)


def test_model_names_that_contain_the_task_are_compared_task_by_task():
    first, second = "gemini-writing_task1", "gemini-writing_task2"
    task1 = essays(
        *((f"u{n}", first, 6.0, 40 + n) for n in range(6)),
        *((f"u{n}", NEW, 6.0, 20 + n) for n in range(6)),
        task_type="TASK_1",
    )
    task2 = essays(
        *((f"u{n}", second, 6.0, 41 + n) for n in range(6)), *((f"u{n}", NEW, 6.0, 19 + n) for n in range(6))
    )
    everyone = pd.concat([task1, task2])
    changes = grader_drift.model_changes(everyone, class_estimates(everyone, Skill.WRITING))
    assert sorted(zip(changes["from"], changes["to"], strict=True)) == [(first, NEW), (second, NEW)]


def test_a_model_with_few_attempts_is_ignored():
    rows = essays(
        *((f"u{n}", OLD, 6.0, 40 + n) for n in range(6)),
        ("u1", "trial", 6.0, 39),
        *((f"u{n}", NEW, 6.0, 20 + n) for n in range(6)),
    )
    change = the_change(rows, Skill.WRITING)
    assert (change["from"], change["to"]) == (OLD, NEW)


def test_nothing_is_claimed_with_few_students():
    rows = pd.concat(
        [both_models(4, (5.0, 5.0, 5.0, 7.0, 7.0, 7.0)), essays(*((f"x{n}", OLD, 6.0, 9 * n) for n in range(9)))]
    )
    change = the_change(rows, Skill.WRITING)
    assert change["students"] == 4
    assert np.isnan(change["low"])
    assert change["sentence"] == (
        "Only 4 students had both gemini-2.0-flash and gemini-2.5-flash at the same task: too few to compare how the two "
        "grade."
    )


def test_nothing_is_claimed_where_progress_is_unknown():
    rows = essays(*((f"u{n}", model, 6.0, days) for n in range(8) for model, days in ((OLD, 30), (NEW, 20))))
    change = the_change(rows, Skill.WRITING)
    assert np.isnan(change["difference"])
    assert change["sentence"] == (
        "8 students had both gemini-2.0-flash and gemini-2.5-flash, but too few of them often enough to separate their own "
        "progress from a difference between the two."
    )


def test_a_shift_of_a_quarter_is_recovered():
    changes = pd.DataFrame([the_change(school(seed, shift=-0.25, learning=0.004)) for seed in range(SCHOOLS)])
    assert changes["difference"].mean() == pytest.approx(-0.25, abs=0.06)
    assert 0.88 <= (changes["low"].le(-0.25) & changes["high"].ge(-0.25)).mean() < 1
    large = the_change(school(1, students=400, shift=-0.25))
    assert large["high"] < 0
    assert "lower than gemini-2.0-flash" in large["sentence"]


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"students": 8},
        {"parts": 3},
        {"learning": 0.008},
        {"learning": 0.008, "attempts": 3},
    ],
    ids=str,
)
def test_no_claim_where_models_grade_alike(conditions):
    changes = pd.DataFrame([the_change(school(seed, **conditions)) for seed in range(SCHOOLS)]).dropna(subset=["low"])
    covers = changes["low"].le(0) & changes["high"].ge(0)
    assert len(changes) > 0.8 * SCHOOLS
    assert 0.88 <= covers.mean() < 1
    assert changes["sentence"].str.startswith("No clear difference").equals(covers)


def test_the_order_of_rows_does_not_matter():
    rows = school(5, students=40, parts=3, shift=0.5)
    rows.loc[::9, "at"] = rows["at"].iloc[0]
    rows.loc[::11, "at"] = pd.NaT
    shuffled = rows.sample(frac=1, random_state=1)
    for function in FUNCTIONS:
        pd.testing.assert_frame_equal(
            function(rows, Skill.SPEAKING), function(shuffled, Skill.SPEAKING), check_exact=False, rtol=1e-12
        )
    own = rows[rows["user_id"] == "s0003"]
    assert grader_drift.model_changes_of_student(own) == grader_drift.model_changes_of_student(own.iloc[::-1])


def test_the_frame_is_not_changed():
    rows = school(2)
    copy = rows.copy(deep=True)
    for function in FUNCTIONS:
        function(rows, Skill.SPEAKING)
    grader_drift.model_changes_of_student(rows)
    pd.testing.assert_frame_equal(rows, copy)


def test_model_changes_of_one_student():
    rows = essays(
        ("u1", OLD, 6.0, 50),
        ("u1", None, 6.0, 45),
        ("u1", OLD, 6.0, 40),
        ("u1", NEW, 6.0, 30),
        ("u1", NEW, 6.0, 20),
        ("u1", OLD, 6.0, 10),
    )
    assert grader_drift.model_changes_of_student(rows.sample(frac=1, random_state=2)) == [
        ModelChange(rows["at"][3], OLD, NEW),
        ModelChange(rows["at"][5], NEW, OLD),
    ]


def test_tasks_that_change_to_the_same_model_later_are_one_change():
    first, second = "gemini-writing_task1", "gemini-writing_task2"
    task1 = essays(("u1", first, 6.0, 50), ("u1", first, 6.0, 30), ("u1", NEW, 6.0, 10), task_type="TASK_1")
    task2 = essays(("u1", second, 6.0, 40), ("u1", NEW, 6.0, 20), ("u1", NEW, 6.0, 5))
    assert grader_drift.model_changes_of_student(pd.concat([task1, task2])) == [
        ModelChange(task2["at"][1], second, NEW)
    ]


def test_hostile_names_stay_as_stored():
    name = "<img src=x onerror=alert(1)>%{y}"
    rows = school(4, shift=1.5).assign(model_used=lambda frame: frame["model_used"].cat.rename_categories({NEW: name}))
    change = the_change(rows)
    assert change["to"] == name
    assert change["sentence"].startswith(name)


def test_a_model_named_like_our_row_is_counted_with_the_missing():
    rows = essays(("u1", NOT_STORED, 6.0, 5), ("u2", None, 7.0, 4))
    assert grader_drift.severity(rows, Skill.WRITING)[["model_used", "n"]].to_numpy().tolist() == [[NOT_STORED, 2]]


def test_a_hundred_thousand_attempts_are_quick():
    random = np.random.default_rng(0)
    number = 100_000
    rows = frame(
        user_id=[f"s{student:04d}" for student in random.integers(0, 4000, number)],
        at=START + pd.to_timedelta(random.uniform(0, 400, number), unit="D"),
        overall_band=random.integers(8, 16, number) / 2,
        model_used=[f"model-{model}" for model in random.integers(0, 4, number)],
        part=[f"PART_{part}" for part in random.integers(1, 4, number)],
    )
    for function in FUNCTIONS:
        seconds = []
        for _ in range(3):
            started = time.perf_counter()
            function(rows, Skill.SPEAKING)
            seconds.append(time.perf_counter() - started)
        assert min(seconds) < 2, "under a second on a machine at rest"


def test_criteria_are_not_needed():
    rows = school(6)
    assert rows[[*CRITERIA[Skill.SPEAKING]]].isna().all(axis=None)
    assert grader_drift.severity(rows, Skill.SPEAKING)["n"].sum() == len(rows)
