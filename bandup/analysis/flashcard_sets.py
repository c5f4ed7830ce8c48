"""Flashcard sets of either table in one frame, and the cards of one set as a frame."""

from collections.abc import Sequence
from posixpath import basename

import pandas as pd

from bandup.memo import memoized
from data.records import Card
from data.schema import FLASHCARD


@memoized
def all_sets(evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame) -> pd.DataFrame:
    """Every flashcard set, newest first: the sets table's columns and `table`, which tells where it stands.

    Sets that stand in the evaluations table (`evaluation_type` flashcard) lack the columns that only the sets table
    has: those are missing there.
    """
    columns = [*flashcard_sets.columns]
    stored_apart = evaluations[evaluations["evaluation_type"].astype("str").eq(FLASHCARD)]
    stored_apart = stored_apart.rename(columns={"evaluation_id": "set_id"}).reindex(columns=columns)
    labels = [name for name in columns if isinstance(flashcard_sets[name].dtype, pd.CategoricalDtype)]
    parts = [
        part.astype(dict.fromkeys(labels, "str")).assign(table=table)
        for part, table in ((flashcard_sets, "flashcard_sets"), (stored_apart, "evaluations"))
        if len(part)
    ]
    if not parts:
        return flashcard_sets.assign(table=pd.Series(dtype="str"))
    joined = pd.concat(parts, ignore_index=True)
    joined = joined.astype({name: flashcard_sets[name].dtype for name in columns if name not in labels})
    return joined.sort_values("at", ascending=False, na_position="last", kind="stable", ignore_index=True)


def document_name(document_id: str | None, document_url: str | None = None) -> str:
    """A document's file name from its S3 key or address, for a list: `vocab-guide.pdf`. Empty where neither is there."""
    for source in (document_id, document_url):
        if isinstance(source, str) and source.strip():
            return basename(source.strip().rstrip("/")) or source.strip()
    return ""


def cards_frame(cards: Sequence[Card]) -> pd.DataFrame:
    """The cards as a frame in their order: `question`, `answer`, `type`, `difficulty`, `source_chunk`, all str."""
    columns = ("question", "answer", "type", "difficulty", "source_chunk")
    return pd.DataFrame({name: pd.Series([getattr(card, name) for card in cards], dtype="str") for name in columns})


def matching(cards: pd.DataFrame, types: Sequence[str], difficulties: Sequence[str], text: str) -> pd.DataFrame:
    """The cards of these types and difficulties (empty: all) that hold the text, without regard to case."""
    kept = pd.Series(data=True, index=cards.index)
    if types:
        kept &= cards["type"].isin(types)
    if difficulties:
        kept &= cards["difficulty"].isin(difficulties)
    if text.strip():
        held = cards["question"].str.cat(cards["answer"], sep="\n")
        kept &= held.str.contains(text.strip(), case=False, regex=False)
    return cards[kept]
