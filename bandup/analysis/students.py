"""Which user ids name a student."""

import pandas as pd

UNKNOWN_USERS = frozenset({"unknown", "anonymous"})
"""User ids the functions store where a request named no student."""


def is_student(user_id: str) -> bool:
    """Whether a user id names a student: not `unknown` or `anonymous`, whatever their case and surrounding space.

    Status and type are read in the same way, and no identity service gives such ids.
    """
    return user_id.strip().lower() not in UNKNOWN_USERS


def has_student(user_ids: pd.Series) -> pd.Series:
    """Whether each user id names a student, as of `is_student`: bool, same index. Jobs of the others stay jobs."""
    return ~user_ids.str.strip().str.lower().isin(UNKNOWN_USERS)


def of_students(items: pd.DataFrame) -> pd.DataFrame:
    """The items whose user id names a student; the frame itself where all do."""
    of_student = has_student(items["user_id"])
    return items if of_student.all() else items[of_student]
