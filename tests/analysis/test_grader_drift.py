import time

import numpy as np
import pandas as pd
import pytest

from bandup.analysis import grader_drift
from bandup.analysis.bands import BAND_VALUES, CRITERIA, Skill
from bandup.analysis.failure_rates import NOT_TOLD
from bandup.analysis.grader_drift import ModelChange
from data.schema import EVALUATIONS
from tests.items import before, evaluations, item, speaking, writing

OLD, NEW = "gemini-2.0-flash", "gemini-2.5-flash"
SCHOOLS = 60
"""Simulated schools per claim about coverage: 95 % intervals miss in about 3 of them."""
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

    Students differ by a standard deviation of 0.8 band, their attempts by 0.5, and they learn `learning` bands a day.
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
    changes = grader_drift.model_changes(rows, skill)
    assert len(changes) == 1
    return changes.iloc[0]


def test_severity_by_hand():
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
    assert list(table["model_used"]) == [OLD, NEW, NOT_TOLD]
    assert list(table["n"]) == [6, 1, 1]
    assert list(table["students"]) == [5, 1, 1]
    old = table.iloc[0]
    means = [6.5, 5.0, 5.5, 6.5, 6.0]
    assert old["mean"] == pytest.approx(np.mean(means)), "every student counts once"
    half = 2.776 * np.std(means, ddof=1) / np.sqrt(5)
    assert (old["low"], old["high"]) == pytest.approx((5.9 - half, 5.9 + half), abs=0.002)
    assert old["sd"] == pytest.approx(np.std([6, 7, 5, 5.5, 6.5, 6], ddof=1))
    assert old["sd_low"] < old["sd"] < old["sd_high"]
    assert old["first"] == rows["at"][0]
    assert old["last"] == rows["at"][5]
    assert table.loc[1:, ["low", "high", "sd", "sd_low"]].isna().all(axis=None)


def test_the_spreads_interval_leaves_each_student_out_once():
    rows = school(3, students=6)
    old = grader_drift.severity(rows, Skill.SPEAKING).iloc[0]
    of_old = rows[rows["model_used"] == OLD]
    students = of_old["user_id"].unique()
    assert len(students) == 5
    logs = np.log([of_old.loc[of_old["user_id"] != student, "overall_band"].std() for student in students])
    half = 2.776 * np.sqrt(4 / 5 * ((logs - logs.mean()) ** 2).sum())
    assert old["sd_low"] == pytest.approx(old["sd"] * np.exp(-half), rel=0.002)
    assert old["sd_high"] == pytest.approx(old["sd"] * np.exp(half), rel=0.002)


def test_intervals_of_mean_and_spread_cover_the_truth():
    spread = np.sqrt(0.8**2 + 0.5**2 + 0.5**2 / 12)
    found = pd.concat(
        [grader_drift.severity(school(seed, students=60), Skill.SPEAKING).head(1) for seed in range(SCHOOLS)]
    )
    assert 0.88 <= (found["low"].le(6) & found["high"].ge(6)).mean() < 1
    assert 0.85 <= (found["sd_low"].le(spread) & found["sd_high"].ge(spread)).mean() < 1


def test_students_of_one_mind_still_have_an_interval():
    rows = essays(*((f"u{number}", OLD, 6.0, number + 1) for number in range(6)))
    row = grader_drift.severity(rows, Skill.WRITING).iloc[0]
    assert row["low"] < 6.0 < row["high"], "bands are rounded to halves"
    assert row["sd"] == 0
    assert np.isnan(row["sd_low"])


def test_who_counts():
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
    assert grader_drift.over_time(rows, Skill.WRITING)["n"].sum() == 1
    assert grader_drift.heaping(rows, Skill.WRITING)["n"].sum() == 2


@pytest.mark.parametrize("skill", list(Skill))
def test_nothing_to_compare(skill):
    empty = evaluations()
    assert list(grader_drift.severity(empty, skill).columns) == list(grader_drift.SEVERITY_COLUMNS)
    assert list(grader_drift.over_time(empty, skill).columns) == list(grader_drift.OVER_TIME_COLUMNS)
    assert list(grader_drift.heaping(empty, skill).columns) == list(grader_drift.HEAPING_COLUMNS)
    changes = grader_drift.model_changes(empty, skill)
    assert list(changes.columns) == list(grader_drift.CHANGE_COLUMNS)
    assert changes.empty
    assert grader_drift.changes_for_student(empty) == []
    one = essays(("u1", OLD, 6.0, 3))
    assert grader_drift.model_changes(one, skill).empty
    assert grader_drift.changes_for_student(one) == []
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
    table = grader_drift.over_time(rows, Skill.WRITING)
    assert set(table["period"]) == {period}
    assert list(table["at"].dt.strftime("%Y-%m-%d")) == starts
    assert table["n"].sum() == len(days)
    assert (table["centre"] >= table["at"]).all()


def test_over_time_has_each_model_apart():
    table = grader_drift.over_time(school(1, students=60), Skill.SPEAKING)
    assert list(dict.fromkeys(table["model_used"])) == [OLD, NEW]
    told = table[table["students"] >= grader_drift.MIN_STUDENTS_PER_MODEL]
    assert told["low"].lt(told["mean"]).all()
    assert told["high"].gt(told["mean"]).all()
    thin = table[table["students"] < grader_drift.MIN_STUDENTS_PER_MODEL]
    assert len(thin)
    assert thin[["low", "high"]].isna().all(axis=None)
    assert table.groupby("model_used")["at"].is_monotonic_increasing.all()


def test_heaping_by_hand():
    rows = essays(("u1", OLD, 6.0, 9), ("u2", OLD, 6.0, 8), ("u3", OLD, 6.5, 7), ("u1", NEW, 9.0, 6))
    table = grader_drift.heaping(rows, Skill.WRITING)
    assert list(table["band"]) == list(BAND_VALUES) * 2
    found = table[table["n"] > 0]
    assert found[["model_used", "band", "n", "of"]].to_numpy(dtype=object).tolist() == [
        [OLD, 6.0, 2, 3],
        [OLD, 6.5, 1, 3],
        [NEW, 9.0, 1, 1],
    ]
    assert list(table.groupby("model_used")["share"].sum()) == pytest.approx([1, 1])


def test_a_difference_by_hand():
    # every student: nearest pair four days apart, −0.5; a rise of 0.5 over ten days under the old model
    rows = essays(
        *(
            row
            for number in range(6)
            for row in (
                (f"u{number}", OLD, 6.0, 60),
                (f"u{number}", OLD, 6.5, 50),
                (f"u{number}", NEW, 6.0, 46),
                (f"u{number}", NEW, 6.0, 36),
            )
        )
    )
    change = the_change(rows, Skill.WRITING)
    assert (change["from"], change["to"], change["students"], change["days_apart"]) == (OLD, NEW, 6, 4.0)
    assert change["at"] == rows["at"][2]
    assert change["learning"] == pytest.approx(0.5 / 20 * 4)
    assert change["difference"] == pytest.approx(-0.5 - 0.1)
    assert change["low"] < change["difference"] < change["high"], "rounding leaves doubt where all agree"
    assert change["in_words"] == (
        "gemini-2.5-flash graded about 0.60 lower than gemini-2.0-flash for the 6 students who had both "
        "(95 % interval −0.81 to −0.39); a fall of that size at that date is not a fall in the student."
    )


def test_only_the_nearest_attempts_of_a_task_are_compared():
    rows = pd.concat(
        [
            essays(
                *((f"u{number}", OLD, 6.0, 60) for number in range(6)),
                *((f"u{number}", OLD, 6.0, 50) for number in range(6)),
                *((f"u{number}", NEW, 7.0, 45) for number in range(6)),
                *((f"u{number}", NEW, 9.0, 20) for number in range(6)),
            ),
            essays(*((f"u{number}", NEW, 2.0, 49) for number in range(6)), task_type="TASK_1"),
        ]
    )
    change = the_change(rows, Skill.WRITING)
    assert change["days_apart"] == 5
    assert change["difference"] + change["learning"] == pytest.approx(1.0)


def test_attempts_far_apart_are_not_compared():
    rows = essays(
        *((f"u{number}", OLD, 6.0, 100 + day) for number in range(6) for day in (0, 5)),
        *((f"u{number}", NEW, 6.0, 100 - grader_drift.MOST_DAYS_APART - 1) for number in range(6)),
    )
    change = the_change(rows, Skill.WRITING)
    assert change["students"] == 0
    assert change["in_words"] == (
        "No student had both gemini-2.0-flash and gemini-2.5-flash at the same task within 60 days: "
        "too few to tell how differently the two grade."
    )


def test_a_student_who_went_back_to_the_old_model_is_compared_the_right_way_round():
    rows = essays(
        *((f"u{number}", OLD, 6.0, 70) for number in range(6)),
        *((f"u{number}", NEW, 7.0, 20) for number in range(6)),
        *((f"u{number}", NEW, 7.0, 19) for number in range(6)),
        *((f"u{number}", OLD, 6.0, 18) for number in range(6)),
    )
    change = the_change(rows, Skill.WRITING)
    assert change["days_apart"] == 1
    assert change["difference"] == pytest.approx(1.0)


def test_names_that_tell_the_task_are_followed_task_by_task():
    first, second = "gemini-writing_task1", "gemini-writing_task2"
    task1 = essays(
        *((f"u{n}", first, 6.0, 40 + n) for n in range(6)),
        *((f"u{n}", NEW, 6.0, 20 + n) for n in range(6)),
        task_type="TASK_1",
    )
    task2 = essays(
        *((f"u{n}", second, 6.0, 41 + n) for n in range(6)), *((f"u{n}", NEW, 6.0, 19 + n) for n in range(6))
    )
    changes = grader_drift.model_changes(pd.concat([task1, task2]), Skill.WRITING)
    assert sorted(zip(changes["from"], changes["to"], strict=True)) == [(first, NEW), (second, NEW)]


def test_a_model_tried_a_few_times_is_passed_over():
    rows = essays(
        *((f"u{n}", OLD, 6.0, 40 + n) for n in range(6)),
        ("u1", "tried", 6.0, 39),
        *((f"u{n}", NEW, 6.0, 20 + n) for n in range(6)),
    )
    change = the_change(rows, Skill.WRITING)
    assert (change["from"], change["to"]) == (OLD, NEW)


def test_few_students_are_no_ground_for_a_claim():
    rows = essays(
        *(
            (f"u{n % 3}", model, 7.0 if model == NEW else 5.0, days)
            for n in range(6)
            for model, days in ((OLD, 30 + n), (NEW, 20 - n))
        )
    )
    change = the_change(rows, Skill.WRITING)
    assert change["students"] == 3
    assert np.isnan(change["low"])
    assert change["in_words"].startswith("Only 3 students had both")


def test_learning_that_cannot_be_told_is_no_ground_for_a_claim():
    rows = essays(*((f"u{n}", model, 6.0, days) for n in range(8) for model, days in ((OLD, 30), (NEW, 20))))
    change = the_change(rows, Skill.WRITING)
    assert np.isnan(change["difference"])
    assert change["in_words"] == (
        "8 students had both gemini-2.0-flash and gemini-2.5-flash, but none had one of them twice: what was learnt "
        "between can’t be told from a difference between the two."
    )


def test_a_shift_of_a_quarter_is_recovered():
    found = pd.DataFrame([the_change(school(seed, shift=-0.25, learning=0.004)) for seed in range(SCHOOLS)])
    assert found["difference"].mean() == pytest.approx(-0.25, abs=0.06)
    assert 0.88 <= (found["low"].le(-0.25) & found["high"].ge(-0.25)).mean() < 1
    large = the_change(school(1, students=400, shift=-0.25))
    assert large["high"] < 0
    assert "lower than gemini-2.0-flash" in large["in_words"]


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
    found = pd.DataFrame([the_change(school(seed, **conditions)) for seed in range(SCHOOLS)]).dropna(subset=["low"])
    covers = found["low"].le(0) & found["high"].ge(0)
    assert len(found) > 0.8 * SCHOOLS
    assert 0.88 <= covers.mean() < 1
    assert found["in_words"].str.startswith("No difference can be told").equals(covers)


def test_the_order_of_rows_does_not_matter():
    rows = school(5, students=40, parts=3, shift=0.5)
    rows.loc[::9, "at"] = rows["at"].iloc[0]
    rows.loc[::11, "at"] = pd.NaT
    mixed = rows.sample(frac=1, random_state=1)
    for function in (grader_drift.severity, grader_drift.over_time, grader_drift.heaping, grader_drift.model_changes):
        pd.testing.assert_frame_equal(
            function(rows, Skill.SPEAKING), function(mixed, Skill.SPEAKING), check_exact=False, rtol=1e-12
        )
    own = rows[rows["user_id"] == "s0003"]
    assert grader_drift.changes_for_student(own) == grader_drift.changes_for_student(own.iloc[::-1])


def test_the_frame_is_left_as_it_was():
    rows = school(2)
    copy = rows.copy(deep=True)
    for function in (grader_drift.severity, grader_drift.over_time, grader_drift.heaping, grader_drift.model_changes):
        function(rows, Skill.SPEAKING)
    grader_drift.changes_for_student(rows)
    pd.testing.assert_frame_equal(rows, copy)


def test_changes_along_one_students_attempts():
    rows = essays(
        ("u1", OLD, 6.0, 50),
        ("u1", None, 6.0, 45),
        ("u1", OLD, 6.0, 40),
        ("u1", NEW, 6.0, 30),
        ("u1", NEW, 6.0, 20),
        ("u1", OLD, 6.0, 10),
    )
    assert grader_drift.changes_for_student(rows.sample(frac=1, random_state=2)) == [
        ModelChange(rows["at"][3], OLD, NEW),
        ModelChange(rows["at"][5], NEW, OLD),
    ]


def test_tasks_that_follow_to_the_same_model_are_one_change():
    first, second = "gemini-writing_task1", "gemini-writing_task2"
    task1 = essays(("u1", first, 6.0, 50), ("u1", first, 6.0, 30), ("u1", NEW, 6.0, 10), task_type="TASK_1")
    task2 = essays(("u1", second, 6.0, 40), ("u1", NEW, 6.0, 20), ("u1", NEW, 6.0, 5))
    assert grader_drift.changes_for_student(pd.concat([task1, task2])) == [ModelChange(task2["at"][1], second, NEW)]


def test_hostile_names_stay_as_stored():
    name = "<img src=x onerror=alert(1)>%{y}"
    rows = school(4, shift=1.5).assign(model_used=lambda found: found["model_used"].cat.rename_categories({NEW: name}))
    change = the_change(rows)
    assert change["to"] == name
    assert change["in_words"].startswith(name)


def test_a_name_of_ours_in_the_table_is_counted_with_the_missing():
    rows = essays(("u1", NOT_TOLD, 6.0, 5), ("u2", None, 7.0, 4))
    assert grader_drift.severity(rows, Skill.WRITING)[["model_used", "n"]].to_numpy().tolist() == [[NOT_TOLD, 2]]


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
    for function in (grader_drift.severity, grader_drift.over_time, grader_drift.heaping, grader_drift.model_changes):
        took = []
        for _ in range(3):
            started = time.perf_counter()
            function(rows, Skill.SPEAKING)
            took.append(time.perf_counter() - started)
        assert min(took) < 2, "under a second on a machine at rest"


def test_every_criterion_stays_out_of_it():
    rows = school(6)
    assert rows[[*CRITERIA[Skill.SPEAKING]]].isna().all(axis=None)
    assert grader_drift.severity(rows, Skill.SPEAKING)["n"].sum() == len(rows)
