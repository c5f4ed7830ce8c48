"""Attempts as points: one per student and day, with the shares of what may shift them."""

import numpy as np
import pandas as pd
import pytest

from bandup.analysis.daily_points import MAX_MODELS, Shift, daily_points, days_of, frequent_models, possible_shifts

DAY = pd.Timestamp("2026-03-01", tz="UTC")


def attempts(*rows, **columns):
    """Attempts from (student, hours after DAY or None, band or None)."""
    frame = pd.DataFrame(rows, columns=["user_id", "hours", "overall_band"])
    at = [pd.NaT if pd.isna(hours) else DAY + pd.Timedelta(hours=hours) for hours in frame["hours"]]
    frame["at"] = pd.to_datetime(pd.Series(at), utc=True).astype("datetime64[ms, UTC]")
    empty = dict.fromkeys(("model_used", "task_type", "part"), pd.Series(pd.NA, index=frame.index, dtype="str"))
    return frame.assign(**empty).assign(**columns).astype({"user_id": "str", "overall_band": "float32"})


def points_of(frame, shifts=()):
    return daily_points(days_of(frame), "overall_band", shifts)


def test_attempts_of_one_day_are_one_point_at_their_mean_time_and_band():
    frame = attempts(("an", 30, 7.0), ("an", 1, 5.0), ("an", 5, 6.0), ("an", 60, 8.0))
    users, points = points_of(frame)
    assert users.tolist() == ["an"]
    assert points.bands.tolist() == [5.5, 7.0, 8.0]
    start = DAY.timestamp()
    assert ((points.seconds - start) / 3600).tolist() == [3, 30, 60]


def test_days_are_those_of_utc_whatever_the_zone_of_the_times():
    frame = attempts(("an", 1, 5.0), ("an", 23, 6.0), ("an", 25, 7.0), ("an", 49, 8.0))
    local = frame.assign(at=frame["at"].dt.tz_convert("Asia/Ho_Chi_Minh"))
    assert points_of(local)[1].bands.tolist() == points_of(frame)[1].bands.tolist() == [5.5, 7.0, 8.0]


def test_students_without_three_days_of_bands_have_no_points():
    frame = attempts(
        ("two days", 0, 5.0),
        ("two days", 30, 5.0),
        ("undated", None, 5.0),
        *(("no bands", 24 * day, None) for day in range(5)),
        *(("three", 24 * day, 6.0) for day in range(3)),
        *(("one day", hour, 6.0) for hour in range(3)),
    )
    users, points = points_of(frame)
    assert users.tolist() == ["three"]
    assert points.sizes.tolist() == [3]


def test_students_are_in_order_of_their_ids_and_days_in_order_of_time():
    rows = [(user, 24 * day, day + 5.0) for day in (2, 0, 1) for user in ("b", "a")]
    users, points = points_of(attempts(*rows))
    assert users.tolist() == ["a", "b"]
    assert points.bands.tolist() == [5.0, 6.0, 7.0] * 2
    assert points.starts.tolist() == [0, 3]


def test_an_attempt_without_a_band_is_no_part_of_its_day():
    _, points = points_of(attempts(("an", 0, 5.0), ("an", 9, None), ("an", 24, None), ("an", 48, 6.0), ("an", 96, 6.0)))
    assert points.bands.tolist() == [5.0, 6.0, 6.0]
    assert points.seconds[0] == DAY.timestamp()


def test_nobody_has_points_without_attempts():
    users, points = points_of(attempts())
    assert len(users) == len(points.bands) == len(points.starts) == 0


def test_the_share_of_a_shift_is_that_of_the_day_s_attempts():
    frame = attempts(
        *(("an", hours, 6.0) for hours in (0, 1, 24, 48)),
        model_used=["old", "new", "new", None],
        task_type=["TASK_1", "TASK_1", "TASK_2", "TASK_2"],
    )
    _, points = points_of(frame, [Shift("model", "new"), Shift("task", "TASK_1"), Shift("model", "other")])
    assert points.shares.T.tolist() == [[0.5, 1, 0], [1, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("column", ["task_type", "part"])
def test_shifts_are_the_models_and_tasks_but_the_most_frequent(column):
    frame = attempts(
        *(("an", 24 * day, 6.0) for day in range(20)),
        model_used=["old"] * 11 + ["new"] * 5 + ["trial"] * 3 + [None],
        **{column: ["1"] * 9 + ["2"] * 9 + ["3"] * 2},
    )
    assert frequent_models(frame) == ("old", "new")
    assert possible_shifts(frame) == (Shift("model", "new"), Shift("task", "2"))


def test_only_the_most_frequent_models_are_looked_at():
    models = [f"model-{number}" for number in range(MAX_MODELS + 3) for _ in range(5 + number)]
    frame = attempts(*(("an", 0, 6.0) for _ in models), model_used=models)
    assert frequent_models(frame) == tuple(f"model-{number}" for number in range(MAX_MODELS + 2, 2, -1))
    assert len(possible_shifts(frame)) == MAX_MODELS - 1


def test_nothing_shifts_where_no_model_or_task_is_stored():
    frame = attempts(*(("an", 24 * day, 6.0) for day in range(9)))
    assert possible_shifts(frame) == ()
    assert points_of(frame)[1].shares.shape == (9, 0)
    assert np.isfinite(points_of(frame)[1].seconds).all()
