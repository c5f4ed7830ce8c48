"""Simulated classes with a known change of each student."""

import numpy as np
import pandas as pd

from bandup.analysis.bands import CRITERIA, HIGHEST_BAND, LOWEST_BAND, Skill

START = pd.Timestamp("2025-09-01", tz="UTC")
DAYS = 120.0


def simulated_class(
    rng, numbers, *, rise=0.0, noise=0.425, model_shift=0.0, task_shift=0.0, skill=Skill.WRITING, days=DAYS
):
    """The evaluations of one student per number of attempts, with their state, over a term.

    `rise`: of each student or of all, from the first attempt to the last. From the middle of the term on another model
    grades, which adds `model_shift`; the later an attempt, the rather it is a Task 2, which adds `task_shift`. Bands are
    rounded to halves; every criterion has the same noise.
    """
    numbers = np.asarray(numbers)
    student = np.repeat(np.arange(len(numbers)), numbers)
    day = rng.uniform(0, days, len(student))
    day = day[np.lexsort((day, student))]
    starts = np.cumsum(numbers) - numbers
    first, last = day[starts], day[starts + numbers - 1]
    share = (day - first[student]) / np.maximum(last - first, 1e-9)[student]
    is_new, is_second = day > days / 2, rng.uniform(size=len(day)) < day / days
    level = rng.uniform(5, 7, len(numbers))[student] + np.broadcast_to(rise, len(numbers))[student] * share
    level = level + model_shift * is_new + task_shift * is_second
    criteria = level[:, None] + rng.normal(0, noise, (len(student), 1)) + rng.normal(0, 0.3, (len(student), 4))

    def rounded(bands):
        return np.clip(np.floor(bands * 2 + 0.5) / 2, LOWEST_BAND, HIGHEST_BAND).astype("float32")

    task = ("task_type", ["TASK_1", "TASK_2"]) if skill is Skill.WRITING else ("part", ["PART_1", "PART_2"])
    frame = pd.DataFrame(
        {
            "evaluation_id": pd.Series([f"e{number:06}" for number in range(len(student))], dtype="str"),
            "user_id": pd.Series([f"u{number:04}" for number in student], dtype="str"),
            "evaluation_type": pd.Categorical([skill.value] * len(student), categories=["writing", "speaking"]),
            "state": pd.Categorical(["succeeded"] * len(student)),
            "flags": np.zeros(len(student), dtype="int64"),
            "at": (START + pd.to_timedelta(day, unit="D")).astype("datetime64[ms, UTC]"),
            "model_used": pd.Series(np.where(is_new, "new", "old"), dtype="str"),
            "task_type": pd.Series([pd.NA] * len(student), dtype="str"),
            "part": pd.Series([pd.NA] * len(student), dtype="str"),
            "overall_band": rounded(level + (criteria.mean(axis=1) - level)),
        }
    )
    frame[task[0]] = pd.Series(np.where(is_second, task[1][1], task[1][0]), dtype="str")
    for number, column in enumerate(CRITERIA[skill]):
        frame[column] = rounded(criteria[:, number])
    return frame
