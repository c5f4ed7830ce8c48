"""A student's latest attempts as lists for a report, with notes that explain their marks."""

from collections.abc import Callable

import pandas as pd

from bandup.analysis.bands import CRITERIA, Skill, criterion_short_name, format_band
from bandup.analysis.second_marks import TEACHER_BAND
from bandup.analysis.states import State, state_counts
from bandup.charts.drawable_attempts import task_name
from bandup.charts.theme import state_label
from bandup.formatting import TIME_SOURCES, counted, shortened_at_word
from data.flags import Flag
from data.schema import FLASHCARD

MAX_LISTED_ATTEMPTS = 10
"""The latest attempts listed per skill."""
MAX_TASK_LENGTH = 12
TIME_MARKS = {"started_at": "*", "audio_url": "†"}
"""Marks of times that are not the attempt's own."""


def attempt_lists(evaluations: pd.DataFrame, format_time: Callable[[pd.Timestamp], str]) -> dict[str, list[object]]:
    """Return `lists`, one per skill with attempts, and `notes` (sentences).

    A list has a `heading`, the short names of its `criteria`, and `attempts`, graded or not, the newest first, unknown
    times last: each with `cells` (time, task, bands) and a `note` on its state and its overall band.
    """
    lists: list[object] = []
    shown = []
    for skill in Skill:
        rows = evaluations[evaluations["evaluation_type"].astype("str").eq(skill)]
        if rows.empty:
            continue
        rows = rows.sort_values("at", ascending=False, na_position="last", kind="stable")
        latest = rows.head(MAX_LISTED_ATTEMPTS)
        shown.append(latest)
        which = f"the latest {len(latest)} of {len(rows):,}" if len(latest) < len(rows) else f"all {len(rows)}"
        lists.append(
            {
                "heading": f"{skill.capitalize()}, {which if len(rows) > 1 else 'the only attempt'}",
                "criteria": [criterion_short_name(column) for column in CRITERIA[skill]],
                "attempts": [_attempt(row, skill, format_time) for _, row in latest.iterrows()],
            }
        )
    notes: list[object] = [*_notes(pd.concat(shown))] if shown else []
    if other := int((~evaluations["evaluation_type"].astype("str").isin([*Skill, FLASHCARD])).sum()):
        notes.append(f"{counted(other, 'evaluation')} of unknown type: not listed here.")
    return {"lists": lists, "notes": notes}


def _attempt(row: pd.Series, skill: Skill, format_time: Callable[[pd.Timestamp], str]) -> dict[str, object]:
    task = task_name(row["task_type"] if skill is Skill.WRITING else row["part"])
    notes = [] if row["state"] == State.SUCCEEDED else [state_label(str(row["state"]))]
    if int(row["flags"]) & Flag.OVERALL_DIFFERS_FROM_CRITERIA:
        notes.append("overall does not match the criteria’s mean")
    if not pd.isna(teacher := row.get(TEACHER_BAND)):
        notes.append(f"a teacher’s own overall band: {format_band(teacher)}")
    return {
        "cells": [
            format_time(row["at"]) + TIME_MARKS.get(str(row["at_source"]), ""),
            shortened_at_word(task, MAX_TASK_LENGTH) or "–",
            *(format_band(row[column]) for column in ("overall_band", *CRITERIA[skill])),
        ],
        "note": "; ".join(notes),
    }


def _notes(shown: pd.DataFrame) -> list[str]:
    """A sentence for each mark of a time and each state but success in the lists."""
    sources = {*shown["at_source"].astype("str")}
    notes = [f"{mark} Time {TIME_SOURCES[source]}." for source, mark in TIME_MARKS.items() if source in sources]
    present = state_counts(shown["state"].astype("str"))
    states = [state for state in State if present[state] and state is not State.SUCCEEDED]
    return notes + [f"{state_label(state)}: {state.sentence}" for state in states]
