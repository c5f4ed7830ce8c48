"""Jobs that brought no result: failed, left at `processing`, or running right now. They have `started_at`, no `created_at`."""

from random import Random

from bandup.demo.content import table

MINUTE = 60


def job(kind: str, status: str, started_at: int) -> dict[str, object]:
    """What every function writes of a job when it begins, without its keys."""
    return {"evaluation_type": kind, "status": status, "started_at": started_at}


def set_job(status: str, document_id: str, started_at: int) -> dict[str, object]:
    """The same of a flashcard job in the sets table."""
    return {"document_id": document_id, "status": status, "started_at": started_at}


def reason(kind: str, turn: int, rng: Random) -> str:
    """Why a job failed; `kind` is writing, speaking, flashcards, or quota. The reasons come up in turn, so none is left out."""
    messages: list[str] = table("jobs")[kind]
    return messages[turn % len(messages)].format(
        words=rng.choice((rng.randint(61, 140), rng.randint(141, 249))),
        few=rng.randint(38, 149),
        seconds=f"{rng.uniform(0.6, 4.8):.1f}",
    )


def waited(rng: Random) -> int:
    """Seconds between a job that failed and the student's next attempt."""
    return rng.randint(2 * MINUTE, 14 * MINUTE)
