"""The rows a figure draws: attempts at one skill with a band, in order of time, and what hovering over one says."""

import html
import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.bands import Skill, is_valid_band

SUSPECT_NOTE = "Hollow: the grader's default answer, not a grade."
_TASK_COLUMNS = {Skill.WRITING: "task_type", Skill.SPEAKING: "part"}
_TASK = re.compile(r"(TASK|PART)_(\d)")
_LONGEST_TEXT = 60


def of_skill(evaluations: pd.DataFrame, skill: Skill) -> pd.Series:
    """Where a row is an attempt at the skill: bool Series of the frame's index."""
    return (evaluations["evaluation_type"] == Skill(skill).value).astype(bool)


def is_suspect(evaluations: pd.DataFrame) -> pd.Series:
    """Where `state` is `suspect`: bool Series of the frame's index, False throughout where there is no such column."""
    if "state" not in evaluations:
        return pd.Series(data=False, index=evaluations.index, dtype=bool)
    return (evaluations["state"] == "suspect").astype(bool)


def drawable(evaluations: pd.DataFrame, skill: Skill, column: str) -> pd.DataFrame:
    """The attempts at a skill that can be drawn over time by the band in `column`.

    Returns a row per attempt, in order of time and then of id: `at` (datetime64[ms], its zone), `band` (float64), `suspect`
    (bool), `task` (str, e.g. `Task 2` or `Part 1`, empty where missing), `at_source`, `evaluation_id`, `user_id` (str),
    all as stored, not escaped. Left out: rows without a time or without a band on the scale.
    """
    wanted = of_skill(evaluations, skill) & evaluations["at"].notna() & is_valid_band(evaluations[column])
    rows = evaluations[wanted]
    drawn = pd.DataFrame(
        {
            "at": rows["at"],
            "band": rows[column].astype("float64"),
            "suspect": is_suspect(rows),
            "task": pd.Series(
                [task_name(task) for task in rows[_TASK_COLUMNS[Skill(skill)]]], index=rows.index, dtype="str"
            ),
            "at_source": rows["at_source"].astype("str"),
            "evaluation_id": rows["evaluation_id"],
            "user_id": rows["user_id"],
        }
    )
    return drawn.sort_values(["at", "evaluation_id"], kind="stable", ignore_index=True)


def without_time(evaluations: pd.DataFrame, skill: Skill, column: str) -> int:
    """How many attempts at a skill have a band in `column` but no time, and so are not drawn over time."""
    wanted = of_skill(evaluations, skill) & evaluations["at"].isna() & is_valid_band(evaluations[column])
    return int(wanted.sum())


def task_name(task: object) -> str:
    """What a person calls a task or part, empty where missing.

    >>> task_name("TASK_2")
    'Task 2'
    """
    if not isinstance(task, str):
        return ""
    known = _TASK.fullmatch(task)
    return f"{known[1].capitalize()} {known[2]}" if known else task


def shared_task_type(rows: pd.DataFrame) -> str | None:
    """The `task_type` that all rows have, None where they differ or have none: it settles a criterion's name."""
    kinds = rows["task_type"].dropna().unique()
    return str(kinds[0]) if len(kinds) == 1 else None


def counted(number: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1200, "attempt")
    '1,200 attempts'
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def thinned(rows: pd.DataFrame, limit: int) -> pd.DataFrame:
    """At most `limit` rows, evenly spaced in the order they have, the first and the last among them."""
    if len(rows) <= limit:
        return rows
    return rows.iloc[np.unique(np.linspace(0, len(rows) - 1, limit).round().astype(int))]


def escaped(text: str) -> str:
    """Text from the tables for plotly: escaped, and cut where it would fill the screen.

    Quotes stay: plotly shows `&quot;` as it is, and text never gets into an attribute.
    """
    shown = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
    return html.escape(shown, quote=False)


def hover_texts(rows: pd.DataFrame, name: str) -> npt.NDArray[np.object_]:
    """What hovering over each row of `drawable` says: band, date and time with the zone of `at`, task, id; object array of n str.

    `name` is what the band measures, in our own words. Set it as `hovertext` with `hoverinfo="text"`: then plotly
    looks for no `%{…}` in it.
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


def identities(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    """The `customdata` of each row: object array (n, 2) of `evaluation_id` and `user_id` as stored.

    They are not escaped, for the page opens the clicked attempt by them; no figure shows `customdata`.
    """
    return rows[["evaluation_id", "user_id"]].to_numpy(dtype=object)
