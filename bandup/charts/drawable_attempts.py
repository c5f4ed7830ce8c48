"""The attempts that a figure can draw: rows with a band, in order of time, with their hover texts."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.bands import Skill, is_valid_band
from bandup.charts.theme import escaped
from bandup.formatting import counted

SUSPECT_NOTE = "Hollow: the grader's default answer, not a grade."
_TASK_COLUMNS = {Skill.WRITING: "task_type", Skill.SPEAKING: "part"}
_TASK = re.compile(r"(TASK|PART)_(\d)")


def is_of_skill(evaluations: pd.DataFrame, skill: Skill) -> pd.Series:
    """Whether each row is an attempt at the skill: bool Series with the frame's index."""
    return (evaluations["evaluation_type"] == Skill(skill).value).astype(bool)


def is_suspect(evaluations: pd.DataFrame) -> pd.Series:
    """Whether each row's `state` is `suspect`: bool Series with the frame's index, all False without such a column."""
    if "state" not in evaluations:
        return pd.Series(data=False, index=evaluations.index, dtype=bool)
    return (evaluations["state"] == "suspect").astype(bool)


def drawable(evaluations: pd.DataFrame, skill: Skill, column: str) -> pd.DataFrame:
    """The attempts at a skill that have a time and, in `column`, a band on the scale.

    Returns a row per attempt, ordered by time, then id: `at` (datetime64[ms] in its zone), `band` (float64), `suspect`
    (bool), `task` (str, e.g. `Task 2` or `Part 1`, empty where missing), `at_source`, `evaluation_id`, `user_id` (str).
    Texts are as stored, not escaped.
    """
    is_drawable = is_of_skill(evaluations, skill) & evaluations["at"].notna() & is_valid_band(evaluations[column])
    rows = evaluations[is_drawable]
    tasks = [task_name(task) for task in rows[_TASK_COLUMNS[Skill(skill)]]]
    attempts = pd.DataFrame(
        {
            "at": rows["at"],
            "band": rows[column].astype("float64"),
            "suspect": is_suspect(rows),
            "task": pd.Series(tasks, index=rows.index, dtype="str"),
            "at_source": rows["at_source"].astype("str"),
            "evaluation_id": rows["evaluation_id"],
            "user_id": rows["user_id"],
        }
    )
    return attempts.sort_values(["at", "evaluation_id"], kind="stable", ignore_index=True)


def count_undated(evaluations: pd.DataFrame, skill: Skill, column: str) -> int:
    """The number of attempts at a skill that have a band in `column` but no time, and so are not drawn over time."""
    is_undated = is_of_skill(evaluations, skill) & evaluations["at"].isna() & is_valid_band(evaluations[column])
    return int(is_undated.sum())


def undated_notes(count: int) -> list[str]:
    """The note on attempts that a figure leaves out because their time is unknown; empty if there are none."""
    return [f"{counted(count, 'attempt')} at an unknown time: not drawn."] if count else []


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


def hover_texts(rows: pd.DataFrame, name: str) -> npt.NDArray[np.object_]:
    """The hover text of each row of `drawable`: band, task, local time with its zone, id; object array of n str.

    `name` says what the band measures; it is not escaped. Pass the texts as `hovertext` with `hoverinfo="text"`, so that
    plotly does not interpret `%{…}` in them.
    """
    times = rows["at"].dt.strftime("%d %b %Y, %H:%M %Z")
    columns = (rows["band"], times, rows["at_source"], rows["task"], rows["suspect"], rows["evaluation_id"])
    texts = [
        "<br>".join(
            (
                f"<b>{name} {band:.1f}</b>",
                *(("suspect: the grader's default answer",) if suspect else ()),
                *((escaped(task),) if task else ()),
                time + (" (from the recording's file name)" if source == "audio_url" else ""),
                escaped(str(evaluation_id)),
            )
        )
        for band, time, source, task, suspect, evaluation_id in zip(*columns, strict=True)
    ]
    return np.array(texts, dtype=object)


def item_keys(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    """The `customdata` of each row: object array (n, 2) of `evaluation_id` and `user_id`.

    They are as stored, not escaped: the page opens the clicked attempt with them, and no figure shows `customdata`.
    """
    return rows[["evaluation_id", "user_id"]].to_numpy(dtype=object)
