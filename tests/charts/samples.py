"""Frames for figures, and what a figure shows."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pandas as pd

from bandup.analysis.bands import CRITERIA, Skill
from data.schema import EVALUATIONS

HOSTILE = "<b>x</b><a href='https://evil.example'>y</a><img src=x onerror=alert(1)>%{y}"


def attempt(number: int, skill: str = "writing", band: float | None = 6.0, **more) -> dict:
    """An item's attributes: on the `number`th of January 2026, every band `band`, except for `more`."""
    return {
        "evaluation_id": f"ev-{number}",
        "user_id": "student-1",
        "evaluation_type": skill,
        "status": "completed",
        "overall_band": band,
        "at": f"2026-01-{number:02d}T10:30:00Z",
        "at_source": "created_at",
        "state": "succeeded",
        **({"task_type": "TASK_2"} if skill == "writing" else {"part": "PART_1"}),
        **dict.fromkeys(CRITERIA[Skill(skill)], band),
        **more,
    }


def evaluations(*attempts: dict) -> pd.DataFrame:
    """A frame with the schema's columns and dtypes, and `state`."""
    frame = pd.DataFrame(list(attempts)).reindex(columns=[*EVALUATIONS.columns, "state"])
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    return frame.assign(flags=0).astype(EVALUATIONS.columns | {"state": "category"})


def many(number: int = 10_000) -> pd.DataFrame:
    """Attempts of both skills over 400 days: some without a time, some without an overall band, some suspect."""
    random = np.random.default_rng(7)
    skill = random.choice(["writing", "speaking"], number)
    at = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(np.sort(random.uniform(0, 400, number)), unit="D")
    columns = ("overall_band", *CRITERIA[Skill.WRITING], *CRITERIA[Skill.SPEAKING])
    frame = pd.DataFrame(
        {
            "evaluation_id": [f"ev-{index:05d}" for index in range(number)],
            "user_id": "student-1",
            "evaluation_type": skill,
            "task_type": np.where(skill == "writing", random.choice(["TASK_1", "TASK_2"], number), None),
            "part": np.where(skill == "speaking", "PART_2", None),
            "at": at,
            "at_source": "created_at",
            "state": np.where((np.arange(number) % 90 == 1) & (skill == "writing"), "suspect", "succeeded"),
            **{column: random.integers(6, 15, number) / 2 for column in columns},
        }
    )
    frame.loc[::50, "at"] = pd.NaT
    frame.loc[::70, "overall_band"] = np.nan
    frame = frame.reindex(columns=[*EVALUATIONS.columns, "state"])
    return frame.assign(flags=0).astype(EVALUATIONS.columns | {"state": "category"})


def weekly_attempts(count: int, rise: float = 0.0, skill: Skill = Skill.WRITING) -> pd.DataFrame:
    """Weekly attempts whose bands rise from 5.0 in a line."""
    first = pd.Timestamp("2026-01-05T10:00:00Z")
    at = pd.Series([first + timedelta(days=7 * week) for week in range(count)], dtype="datetime64[ms, UTC]")
    bands = [round((5.0 + rise * week / max(1, count - 1)) * 2) / 2 for week in range(count)]
    columns = ("overall_band", *CRITERIA[skill])
    return pd.DataFrame({"at": at} | {name: pd.Series(bands, dtype="float32") for name in columns})


def hostile() -> pd.DataFrame:
    """Two attempts at each skill; every text is markup and contains a plotly template."""
    return evaluations(
        *(
            attempt(
                day,
                skill,
                evaluation_id=HOSTILE + str(day),
                user_id=HOSTILE,
                task_type=HOSTILE,
                part=HOSTILE,
                at_source=HOSTILE,
            )
            for skill in ("writing", "speaking")
            for day in (1, 2)
        )
    )


def shown_texts(fig) -> list[str]:
    """Every string in the figure's data and layout but `customdata` and the template, which plotly does not show."""

    def strings(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for name, inner in value.items():
                if name not in {"customdata", "template"}:
                    yield from strings(inner)
        elif isinstance(value, list | tuple | np.ndarray):
            for inner in value:
                yield from strings(inner)

    return list(strings(fig.to_dict()))


def assert_tables_text_is_inert(fig) -> None:
    """No text of the tables is markup, no text is a template, and nothing loads an image."""
    for text in shown_texts(fig):
        for tag in ("<a", "</a", "<img", "<b>x"):
            assert tag not in text.lower(), text
    for trace in fig.data:
        assert not trace.hovertemplate
        assert not trace.texttemplate
    assert not fig.layout.images


def points(fig) -> int:
    return sum(len(trace.x) for trace in fig.data)


def sentence(fig) -> str:
    """The only text of an empty figure."""
    assert not fig.data
    (annotation,) = fig.layout.annotations
    return annotation.text.replace("<br>", " ")
