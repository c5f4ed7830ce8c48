"""Attempts graded by several models."""

import numpy as np
import pandas as pd

from tests.charts.samples import HOSTILE, attempt, evaluations, hostile, many

OLD, NEW = "gemini-2.0-flash", "gemini-2.5-flash"


def graded_by(number: int, model: str | None, band: float = 6.0, *, day: int = 1, **more) -> dict:
    """The first attempt of student `number`, graded by `model`."""
    return attempt(day, band=band, evaluation_id=f"ev-{number}", user_id=f"student-{number}", model_used=model, **more)


GRADED = evaluations(
    *(graded_by(number, OLD, 6.0 + number % 2, day=2) for number in range(6)),
    graded_by(6, NEW, 5.5, day=20),
    graded_by(7, NEW, 6.5, day=21),
    graded_by(8, NEW, 9.0, day=21, state="suspect"),
    graded_by(9, None, 7.0, day=22),
    graded_by(10, OLD, 7.0, at=None),
)


def many_models(models: int = 9) -> pd.DataFrame:
    """Many attempts of 200 students, each graded by one of the models."""
    frame = many(3_000)
    random = np.random.default_rng(1)
    names = [f"model-{number}" for number in random.integers(0, models, len(frame))]
    students = [f"s{number}" for number in random.integers(0, 200, len(frame))]
    return frame.assign(model_used=pd.Categorical(names), user_id=pd.Series(students, dtype="str"))


def hostile_models() -> pd.DataFrame:
    """Attempts whose models, like every other text, are markup."""
    return hostile().assign(model_used=pd.Categorical([HOSTILE, HOSTILE + "2"] * 2))
