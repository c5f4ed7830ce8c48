"""What the addresses of the dashboard hold, built and read in one place. Parameters have the names of the attributes."""

from typing import Literal

from bandup import pages_list
from bandup.analysis.attention import DEFAULT_TARGET
from bandup.ui.address import address_of, query_param, query_param_values

STUDENTS = pages_list.STUDENTS.script
STUDENT = pages_list.STUDENT.script
EVALUATION = pages_list.EVALUATION.script
COMPARE = pages_list.COMPARE.script
FLASHCARDS = pages_list.FLASHCARDS.script
MARKING = pages_list.MARKING.script
GRADER = pages_list.GRADER.script
JOBS = pages_list.JOBS.script

SEARCH = "search"
"""The parameter of the Students page that holds the search."""

MARK, BLIND = "mark", "blind"
"""The parameter of an evaluation's page that hides the AI's bands until one's own mark is stored, and its value."""

TARGET_OF = "target_of"
"""The parameter of the Students page with students' own targets: `target_of=user-456:7.0`, once per student."""


def student(user_id: str, target: float = DEFAULT_TARGET) -> dict[str, str]:
    """Query parameters of a student's page, with the target band if it is not the default."""
    return {"user_id": user_id} | ({} if target == DEFAULT_TARGET else {"target": f"{target:.1f}"})


def evaluation(evaluation_id: str, user_id: str) -> dict[str, str]:
    """Query parameters of an evaluation's page."""
    return {"evaluation_id": evaluation_id, "user_id": user_id}


def to_mark(evaluation_id: str, user_id: str) -> dict[str, str]:
    """Query parameters of the page on which an attempt is marked without seeing the AI's bands."""
    return {**evaluation(evaluation_id, user_id), MARK: BLIND}


def flashcard_set(set_id: str, user_id: str) -> dict[str, str]:
    """Query parameters of a flashcard set's page."""
    return {"set_id": set_id, "user_id": user_id}


def comparison(*sides: dict[str, str]) -> dict[str, list[str]]:
    """Query parameters of a comparison: those of each student's or attempt's own page, repeated in order."""
    return {name: [side[name] for side in sides] for name in sides[0]}


def job(table: str, key: str, user_id: str) -> dict[str, str]:
    """Query parameters of a job on the Jobs page: the keys of its table."""
    return flashcard_set(key, user_id) if table == "flashcard_sets" else evaluation(key, user_id)


def item_page(kind: str, key: str, user_id: str) -> tuple[str, dict[str, str]]:
    """The page of an item and its query parameters; `kind` is the evaluation type."""
    if kind == "flashcard":
        return FLASHCARDS, flashcard_set(key, user_id)
    return EVALUATION, evaluation(key, user_id)


def item_href(key: str, user_id: str, kind: str = "") -> str:
    """A relative address of an item's page for a link in HTML."""
    return address_of(*item_page(kind, key, user_id))


def sides_to_compare() -> list[dict[str, str]]:
    """The parameters of the page of each attempt that the address compares or, without `evaluation_id`, each student.

    A single `user_id` belongs to every `evaluation_id`. A side with an empty id is left out.
    """
    user_ids, evaluation_ids = query_param_values("user_id"), query_param_values("evaluation_id")
    if not any(evaluation_ids):
        return [student(user_id) for user_id in user_ids if user_id]
    owners = user_ids * len(evaluation_ids) if len(user_ids) == 1 else user_ids
    return [evaluation(key, owner) for key, owner in zip(evaluation_ids, owners, strict=False) if key and owner]


def job_in_address() -> tuple[Literal["evaluations", "flashcard_sets"], str, str]:
    """The table, partition key and user id of the job in the current address; the key is empty if there is none."""
    if set_id := query_param("set_id"):
        return "flashcard_sets", set_id, query_param("user_id")
    return "evaluations", query_param("evaluation_id"), query_param("user_id")
