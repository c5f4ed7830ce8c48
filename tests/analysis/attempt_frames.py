"""Graded essays as frames, with only the columns that the analysis of bands reads."""

import pandas as pd

from bandup.analysis.bands import CRITERIA, Skill

FIRST = pd.Timestamp("2025-08-10", tz="UTC")
WRITING = CRITERIA[Skill.WRITING]


def essays_with_bands(bands, days=None, **criteria):
    """Essays with these overall bands, `days` after FIRST (default: ten days apart); None is missing.

    Each criterion is the overall band unless given in `criteria`.
    """
    days = [10 * number for number in range(len(bands))] if days is None else days
    at = pd.Series([pd.NaT if day is None else FIRST + pd.Timedelta(days=day) for day in days])
    columns = dict.fromkeys(WRITING, bands) | criteria
    return pd.DataFrame(
        {
            "at": pd.to_datetime(at, utc=True).astype("datetime64[ms, UTC]"),
            "overall_band": pd.Series(bands, dtype="float32"),
        }
        | {column: pd.Series(values, dtype="float32") for column, values in columns.items()}
    )


def essays_with_lexis(*rows):
    """Essays of one student from `(day of March or None, overall band, lexical band)`; other criteria as overall."""
    attempts = pd.DataFrame(
        [
            {
                "user_id": "an",
                "at": None if day is None else f"2026-03-{day:02}T00:00Z",
                "overall_band": overall,
                **dict.fromkeys(WRITING, overall),
                "lexical_band": lexical,
            }
            for day, overall, lexical in rows
        ],
    )
    attempts["at"] = pd.to_datetime(attempts["at"], utc=True)
    return attempts.astype({"at": "datetime64[ms, UTC]"} | dict.fromkeys(("overall_band", *WRITING), "float32"))
