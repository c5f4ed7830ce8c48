"""Jobs without a result: failed, stuck at `processing`, or running now. They have `started_at` but no `created_at`."""

from random import Random

from bandup.demo.content import toml_content


def job(kind: str, started_at: int) -> dict[str, object]:
    """Return what every function writes when a job starts, without the keys."""
    return {"evaluation_type": kind, "status": "processing", "started_at": started_at}


def error_message(kind: str, turn: int, rng: Random) -> str:
    """Return why a job failed.

    `kind` is writing, speaking, flashcards or quota; `turn` picks the message in rotation, so that each occurs.
    """
    messages: list[str] = toml_content("jobs")[kind]
    return messages[turn % len(messages)].format(
        words=rng.choice((rng.randint(61, 140), rng.randint(141, 249))),
        few=rng.randint(38, 149),
        seconds=f"{rng.uniform(0.6, 4.8):.1f}",
    )
