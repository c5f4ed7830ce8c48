"""The attempts that a figure can draw: rows with a band, in order of time, with their hover texts."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.attempts import without_default_criteria
from bandup.analysis.bands import Skill, format_band, is_valid_band
from bandup.analysis.time_windows import is_dated
from bandup.charts.theme import escaped
from bandup.formatting import counted

SUSPECT_NOTE = "Hollow: the grader's default answer, not a grade."
_TASK_COLUMNS = {Skill.WRITING: "task_type", Skill.SPEAKING: "part"}
_TASK = re.compile(r"(TASK|PART)_(\d)")


def is_of_skill(evaluations: pd.DataFrame, skill: Skill) -> pd.Series:
    """Whether each row is an attempt at the skill: bool Series with the frame's index."""
    return (evaluations["evaluation_type"] == skill.value).astype(bool)


def is_suspect(evaluations: pd.DataFrame) -> pd.Series:
    """Whether each row's `state` is `suspect`: bool Series with the frame's index, all False without such a column."""
    return evaluations.get("state", pd.Series("", evaluations.index)).eq("suspect").astype(bool)


def is_drawable(evaluations: pd.DataFrame, skill: Skill, column: str) -> pd.Series:
    """Whether each row is an attempt at the skill with a time that is not in the future and, in `column`, a band on the scale.

    A criterion that is the grader's default (`bandup.analysis.attempts.without_default_criteria`) is no band. bool Series.
    """
    return is_of_skill(evaluations, skill) & is_dated(evaluations) & is_valid_band(_grades(evaluations, column))


def _grades(evaluations: pd.DataFrame, column: str) -> pd.Series:
    return without_default_criteria(evaluations)[column]


def drawable(evaluations: pd.DataFrame, skill: Skill, column: str) -> pd.DataFrame:
    """The attempts that are drawable, in order of time, then id.

    Returns `at` (datetime64[ms] in its zone), `band` (float64), `suspect` (bool), `task` (str, as from `task_name`),
    `at_source`, `evaluation_id`, `user_id` (str, as stored, not escaped).
    """
    rows = evaluations[is_drawable(evaluations, skill, column)]
    attempts = rows[["at"]].assign(
        band=rows[column].astype("float64"),
        suspect=is_suspect(rows),
        task=pd.Series(map(task_name, rows[_TASK_COLUMNS[skill]]), index=rows.index, dtype="str"),
        at_source=rows["at_source"].astype("str"),
        evaluation_id=rows["evaluation_id"],
        user_id=rows["user_id"],
    )
    return attempts.sort_values(["at", "evaluation_id"], kind="stable", ignore_index=True)


def count_undated(evaluations: pd.DataFrame, skill: Skill, column: str) -> int:
    """The number of attempts at a skill that have a band in `column` but no time, and so are not drawn over time."""
    is_undated = is_of_skill(evaluations, skill) & ~is_dated(evaluations) & is_valid_band(evaluations[column])
    return int(is_undated.sum())


def undated_notes(count: int, noun: str = "attempt") -> list[str]:
    """The note on items that a figure leaves out because their time is unknown; empty if there are none."""
    return [f"{counted(count, noun)} at an unknown time: not drawn."] if count else []


def task_name(task: object) -> str:
    """The display name of a task or part, empty where missing.

    >>> task_name("TASK_2")
    'Task 2'
    """
    if not isinstance(task, str):
        return ""
    code = _TASK.fullmatch(task)
    return f"{code[1].capitalize()} {code[2]}" if code else task


def shared_task_type(rows: pd.DataFrame) -> str | None:
    """The `task_type` that all rows share, None if they differ or have none. It decides the name of a criterion."""
    task_types = rows["task_type"].dropna().unique()
    return str(task_types[0]) if len(task_types) == 1 else None


def downsampled(rows: pd.DataFrame, limit: int) -> pd.DataFrame:
    """At most `limit` rows, evenly spaced in their order, including the first and the last."""
    if len(rows) <= limit:
        return rows
    return rows.iloc[np.unique(np.linspace(0, len(rows) - 1, limit).round().astype(int))]


def hover_texts(rows: pd.DataFrame, name: str) -> list[str]:
    """The hover text (plotly HTML) of each row of `drawable`: band, task, local time with its zone, id.

    `name` says what the band measures; it is not escaped.
    """
    times = rows["at"].dt.strftime("%d %b %Y, %H:%M %Z")
    columns = (rows["band"], times, rows["at_source"], rows["task"], rows["suspect"], rows["evaluation_id"])
    return [
        "<br>".join(
            (
                f"<b>{name} {format_band(band)}</b>",
                *(("suspect: the grader's default answer",) if suspect else ()),
                *((escaped(task),) if task else ()),
                time + (" (from the recording's file name)" if source == "audio_url" else ""),
                escaped(str(evaluation_id)),
            )
        )
        for band, time, source, task, suspect, evaluation_id in zip(*columns, strict=True)
    ]


def item_keys(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    """The `customdata` of each row, which no figure shows: object array (n, 2) of `evaluation_id`, `user_id` as stored."""
    return rows[["evaluation_id", "user_id"]].to_numpy(dtype=object)
