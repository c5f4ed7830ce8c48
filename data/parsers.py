"""Parse the details of one opened item: feedback and cards of every shape, as the records of `data.records`.

Nothing is lost: content that fits no heading keeps its own name, and text that is not JSON is kept as text.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from data import values
from data.columns import frame_of_items
from data.flags import Flag
from data.records import Card, CriterionFeedback, Evaluation, Feedback, FlashcardSet, QuotedExample, Remarks
from data.schema import EVALUATIONS, FLASHCARD_SETS, Kind, Skill, Table
from data.values import WireItem, WireValue

JSON = Any
"""A value parsed from JSON: dict, list, str, int, float, bool or None."""

MAX_NESTING = 64
"""JSON nested deeper than this is kept as text. It is twice the depth of DynamoDB's own maps; real feedback is flat."""

_CRITERION_NAMES = {
    "task_achievement_band": ("task_achievement", "task_response", "task"),
    "coherence_band": ("coherence", "coherence_cohesion", "coherence_and_cohesion"),
    "lexical_band": ("lexical", "lexical_resource", "vocabulary"),
    "grammar_band": ("grammar", "grammatical_range", "grammatical_range_and_accuracy"),
    "fluency_band": ("fluency", "fluency_coherence", "fluency_and_coherence"),
    "pronunciation_band": ("pronunciation",),
}
_CRITERIA = {name: column for column, names in _CRITERION_NAMES.items() for name in names}
"""Names of a criterion in feedback, to the attribute that holds its band."""


def evaluation_of(item: WireItem, now: datetime) -> Evaluation:
    """Parse one item of the evaluations table. `now` (aware) bounds what counts as a plausible time."""
    frame = frame_of_items(EVALUATIONS, [item], now)
    feedback, flags = feedback_of(item.get("feedback"))
    completed = frame["status"].iloc[0] == "completed"
    if not feedback and completed and frame["evaluation_type"].iloc[0] in {*Skill}:
        flags |= Flag.FEEDBACK_MISSING
    essay, essay_flags = values.as_text(item.get("essay_text"))
    transcript, transcript_flags = values.as_text(item.get("transcript"))
    bands = {
        a.name: item[a.name]
        for a in EVALUATIONS.attributes
        if a.kind == Kind.BAND and "NULL" not in item.get(a.name, {"NULL": True})
    }
    return Evaluation(
        frame=frame.assign(flags=frame["flags"] | int(flags | essay_flags | transcript_flags)),
        feedback=feedback,
        essay_text=essay or "",
        transcript=transcript or "",
        costs=tuple((name, _line(item[name])) for name in ("cost", "estimated_cost") if name in item),
        stored_bands={name: _line(value) for name, value in bands.items()},
        raw=values.item_json(item),
    )


def flashcard_set_of(table: Table, item: WireItem, now: datetime) -> FlashcardSet:
    """Parse one flashcard set, of the sets table or (`evaluation_type` flashcard) of the evaluations table."""
    cards, unreadable = cards_of(item.get("flashcards"))
    as_set = {**item, FLASHCARD_SETS.partition_key: item[table.partition_key]}
    frame = frame_of_items(FLASHCARD_SETS, [as_set], now)
    flags = Flag.CARDS_NOT_READABLE if unreadable else values.NO_FLAG
    stored = frame[["total_cards", "num_cards"]].iloc[0].dropna()
    if len(stored) and stored.ne(len(cards) + len(unreadable)).any():
        flags |= Flag.CARD_COUNT_DIFFERS
    return FlashcardSet(
        frame=frame.assign(readable_cards=len(cards), flags=frame["flags"] | int(flags)),
        table=table.key,
        cards=cards,
        raw=values.item_json(item),
        unreadable=unreadable,
        question_types=_lines(values.plain(item["question_types"])) if "question_types" in item else (),
    )


def feedback_of(value: WireValue | None) -> tuple[Feedback, Flag]:
    """Parse feedback; also return the flags it earns. Absent feedback is an empty Feedback without a flag."""
    if value is None or _is_blank(value):
        return Feedback(), values.NO_FLAG
    parsed, readable = _parsed(value)
    if not readable:
        return Feedback(unparsed=values.clean(value["S"])), Flag.FEEDBACK_NOT_JSON
    if not isinstance(parsed, dict):
        return Feedback(general=_remarks(parsed)), Flag.FEEDBACK_NOT_JSON
    criteria: list[CriterionFeedback] = []
    rest: dict[str, JSON] = {}
    for name, content in parsed.items():
        column = _CRITERIA.get(_key(name).removesuffix("_band"))
        if column is None or column in {c.column for c in criteria}:
            rest[name] = content
        else:
            criteria.append(_criterion(column, content))
    recommendations = _lines(rest.pop("recommendations", None))
    quotes, other_quotes = _quoted_examples(rest.pop("quoted_examples", None))
    general = _remarks({**rest, **({"quoted_examples": other_quotes} if other_quotes else {})})
    return Feedback(general, recommendations, quotes, tuple(criteria)), values.NO_FLAG


def cards_of(value: WireValue | None) -> tuple[tuple[Card, ...], tuple[str, ...]]:
    """The readable cards (with a question or an answer), and the entries that are not cards, as text."""
    if value is None or _is_blank(value):
        return (), ()
    parsed, _ = _parsed(value)
    if isinstance(parsed, dict) and isinstance(parsed.get("flashcards"), list):
        parsed = parsed["flashcards"]
    if not isinstance(parsed, list):
        text = _line(value)
        return (), (text,) if text else ()
    cards = [(_card(entry), entry) for entry in parsed]
    readable = tuple(card for card, _ in cards if card is not None)
    return readable, tuple(_text(entry) for card, entry in cards if card is None)


def _is_blank(value: WireValue) -> bool:
    return "NULL" in value or not value.get("S", "text").strip()


def _parsed(value: WireValue) -> tuple[JSON, bool]:
    """A native value or that of JSON text, and whether it could be read. Half characters in it are replaced."""
    if "S" not in value:
        return values.plain(value), True
    try:
        return _cleaned(json.loads(value["S"]), MAX_NESTING), True
    except (ValueError, RecursionError):
        return None, False


def _cleaned(value: JSON, levels: int) -> JSON:
    """The value with its half characters replaced. Raises ValueError where it nests deeper than `levels`."""
    if isinstance(value, str):
        return values.clean(value)
    if isinstance(value, list | dict) and not levels:
        raise ValueError(f"nested deeper than {MAX_NESTING} levels")
    if isinstance(value, list):
        return [_cleaned(element, levels - 1) for element in value]
    if isinstance(value, dict):
        return {values.clean(key): _cleaned(element, levels - 1) for key, element in value.items()}
    return value


def _criterion(column: str, content: JSON) -> CriterionFeedback:
    if not isinstance(content, dict):
        return CriterionFeedback(column, "", _remarks(content))
    rest = dict(content)
    band = rest.pop("band", None)
    if band is None:
        band = rest.pop("score", None)
    return CriterionFeedback(column, "" if band is None else _text(band), _remarks(rest))


def _remarks(content: JSON) -> Remarks:
    if not isinstance(content, dict):
        lines = _lines(content)
        return Remarks(text=lines[0]) if len(lines) == 1 else Remarks(others=(("", lines),) if lines else ())
    rest = {name: value for name, value in content.items() if value not in (None, "", [], {})}
    texts = [rest.pop(name) for name in ("overall", "feedback") if isinstance(rest.get(name), str)]
    return Remarks(
        text="\n\n".join(texts),
        strengths=_lines(rest.pop("strengths", None)),
        weaknesses=_lines(rest.pop("weaknesses", None)),
        improvements=_lines(rest.pop("improvements", None)),
        others=tuple((name.replace("_", " "), lines) for name, value in rest.items() if (lines := _lines(value))),
    )


def _quoted_examples(content: JSON) -> tuple[tuple[QuotedExample, ...], list[JSON]]:
    """Quoted examples, and the entries that are not examples or contain more than one does."""
    entries = content if isinstance(content, list) else [] if content is None else [content]
    quotes, others = [], []
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("quote"), str) and entry["quote"].strip():
            known = {name: _text(entry[name]) for name in ("quote", "issue", "suggestion") if entry.get(name)}
            quotes.append(QuotedExample(**known))
            if _lines(more := {name: content for name, content in entry.items() if name not in known}):
                others.append({"quote": entry["quote"], **more})
        else:
            others.append(entry)
    return tuple(quotes), others


def _card(entry: JSON) -> Card | None:
    if not isinstance(entry, dict):
        return None
    text = {name: _text(entry[name]).strip() for name in entry if entry[name] is not None}
    if not (text.get("question") or text.get("answer")):
        return None
    return Card(
        question=text.get("question", ""),
        answer=text.get("answer", ""),
        type=text.get("type", "").upper(),
        difficulty=text.get("difficulty", "").upper(),
        source_chunk=text.get("source_chunk", ""),
    )


def _lines(content: JSON) -> tuple[str, ...]:
    """Any value in place of a list of sentences, as lines: nested maps as `name: value`."""
    if content is None or content == "":
        return ()
    if isinstance(content, Mapping):
        return tuple(
            f"{str(name).replace('_', ' ')}: {line}" for name, value in content.items() for line in _lines(value)
        )
    if isinstance(content, Sequence) and not isinstance(content, str):
        return tuple(line for element in content for line in _lines(element))
    return (_text(content),)


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _line(value: WireValue) -> str:
    return _text(values.plain(value))


def _key(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_").replace("&", "and")
