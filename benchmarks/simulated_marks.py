"""Simulated second marks with known errors."""

import numpy as np
import pandas as pd


def simulated_marks(
    rng: np.random.Generator,
    *,
    students: int,
    per_student: int,
    levels: float = 0.9,
    bias: float = 0.0,
    bias_sd: float = 0.0,
    grader_sd: float = 0.4,
    teacher_sd: float = 0.35,
    rounding: bool = True,
) -> pd.DataFrame:
    """Marks of several attempts per student: `user_id`, `grader`, `teacher` (float64, half bands with `rounding`).

    `levels`: standard deviation of the students' levels; `bias`: of the grader, with `bias_sd` from student to student;
    `grader_sd`, `teacher_sd`: of the error of one mark.
    """
    student = np.repeat(np.arange(students), per_student)
    true = rng.normal(6, levels, students)[student] + rng.normal(0, 0.4, len(student))
    grader = true + bias + rng.normal(0, bias_sd, students)[student] + rng.normal(0, grader_sd, len(student))
    teacher = true + rng.normal(0, teacher_sd, len(student))
    bands = [np.clip(np.floor(band * 2 + 0.5) / 2, 0, 9) if rounding else band for band in (grader, teacher)]
    return pd.DataFrame({"user_id": [f"s{number:05}" for number in student], "grader": bands[0], "teacher": bands[1]})
