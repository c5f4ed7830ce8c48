"""Flashcard sets of either table in one frame, and the cards of one set as a frame."""

from collections.abc import Sequence
from posixpath import basename

import pandas as pd

from bandup import text_search
from bandup.memo import memoized
from data.records import Card
from data.schema import FLASHCARD


@memoized
def all_sets(evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame) -> pd.DataFrame:
    """Every flashcard set, newest first: the sets table's columns and `table`, the table it is stored in.

    Sets stored in the evaluations table (`evaluation_type` flashcard) have missing values in the columns that only the
    sets table has.
    """
    columns = [*flashcard_sets.columns]
    of_evaluations = evaluations[evaluations["evaluation_type"].astype("str").eq(FLASHCARD)]
    of_evaluations = of_evaluations.rename(columns={"evaluation_id": "set_id"}).reindex(columns=columns)
    labels = [name for name in columns if isinstance(flashcard_sets[name].dtype, pd.CategoricalDtype)]
    parts = [
        part.astype(dict.fromkeys(labels, "str")).assign(table=table)
        for part, table in ((flashcard_sets, "flashcard_sets"), (of_evaluations, "evaluations"))
        if len(part)
    ]
    if not parts:
        return flashcard_sets.assign(table=pd.Series(dtype="str"))
    joined = pd.concat(parts, ignore_index=True)
    joined = joined.astype({name: flashcard_sets[name].dtype for name in columns if name not in labels})
    return joined.sort_values("at", ascending=False, na_position="last", kind="stable", ignore_index=True)


def document_name(document_id: str | None, document_url: str | None = None) -> str:
    """The file name in a document's S3 key or URL: `vocab-guide.pdf`. Empty if there is neither."""
    for source in (document_id, document_url):
        if isinstance(source, str) and source.strip():
            return basename(source.strip().rstrip("/")) or source.strip()
    return ""


def cards_frame(cards: Sequence[Card]) -> pd.DataFrame:
    """The cards as a frame in their order.

    Columns: `question`, `answer`, `type`, `difficulty`, `source_chunk` (str), `options` (object: tuple of texts) and
    `others` (object: dict of every other field's text by its name).
    """
    columns = ("question", "answer", "type", "difficulty", "source_chunk")
    texts = {name: pd.Series([getattr(card, name) for card in cards], dtype="str") for name in columns}
    options = pd.Series([card.options for card in cards], dtype="object")
    return pd.DataFrame(
        texts | {"options": options, "others": pd.Series([dict(c.others) for c in cards], dtype="object")}
    )


def filter_cards(cards: pd.DataFrame, types: Sequence[str], difficulties: Sequence[str], text: str) -> pd.DataFrame:
    """The cards of these types and difficulties (empty: all) that contain the text (`bandup.text_search`)."""
    matches = pd.Series(data=True, index=cards.index)
    if types:
        matches &= cards["type"].isin(types)
    if difficulties:
        matches &= cards["difficulty"].isin(difficulties)
    if text.strip():
        columns = (cards[name] for name in ("question", "answer", "source_chunk", "options", "others"))
        texts = [
            "\0".join([question, answer, chunk, *options, *others.values()])
            for question, answer, chunk, options, others in zip(*columns, strict=True)
        ]
        searched = pd.DataFrame({"text": pd.Series(texts, index=cards.index, dtype="str")})
        matches &= text_search.contains(searched, ["text"], text)
    return cards[matches]
