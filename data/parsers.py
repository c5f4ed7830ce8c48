"""Parse the details of one opened item: feedback and cards of every shape, as the records of `data.records`.

Nothing is lost: content that fits no heading keeps its own name, and text that is not JSON is kept as text. Of feedback with
more values than a page can show, the first are kept and the others counted (`data.excerpts`); the raw item has them all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import or_

import pandas as pd

from data import feedback_names, json_text, values
from data.cards import cards_of
from data.columns import frame_of_items, reader_of
from data.excerpts import excerpt, name_text
from data.flags import DEFAULT_CRITERION_FLAGS, Flag, default_criteria
from data.json_text import JSON, as_text
from data.records import CriterionFeedback, Evaluation, Feedback, FlashcardSet, QuotedExample, Remarks
from data.schema import EVALUATIONS, FLASHCARD_SETS, Kind, Skill, Table
from data.values import WireItem, WireValue

BESIDE = "(beside the JSON)"
"""The name under which text around a code fence is kept."""

_LISTS = ("strengths", "weaknesses", "improvements")
_COSTS = tuple(a for a in EVALUATIONS.attributes if a.name in {"cost", "estimated_cost"})


def evaluation_of(item: WireItem, now: datetime) -> Evaluation:
    """Parse one item of the evaluations table. `now` (aware) bounds what counts as a plausible time."""
    frame = frame_of_items(EVALUATIONS, [item], now)
    feedback, flags = feedback_of(item.get("feedback"))
    completed = frame["status"].iloc[0] == "completed"
    if not feedback and completed and frame["evaluation_type"].iloc[0] in {*Skill}:
        flags |= Flag.FEEDBACK_MISSING
    essay, essay_flags = values.as_text(item.get("essay_text"))
    transcript, transcript_flags = values.as_text(item.get("transcript"))
    flags |= Flag(int(default_criteria(frame, pd.Series([int(empty_criteria(feedback))])).iloc[0]))
    impossible = {a.name for a in _COSTS if Flag.VALUE_OUT_OF_RANGE in reader_of(a)(item.get(a.name))[1]}
    flags |= Flag.VALUE_OUT_OF_RANGE if impossible else values.NO_FLAG
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
        costs=tuple((a.name, _line(item[a.name])) for a in _COSTS if a.name in item and a.name not in impossible),
        stored_bands={name: _line(value) for name, value in bands.items()},
        raw=values.item_json(item),
    )


def empty_criteria(feedback: Feedback) -> Flag:
    """The writing criteria whose feedback is there but says nothing: what the function stores for one it has no reply for."""
    empty = (c.column for c in feedback.criteria if not (c.remarks or c.band))
    return reduce(or_, (DEFAULT_CRITERION_FLAGS.get(column, values.NO_FLAG) for column in empty), values.NO_FLAG)


def flashcard_set_of(table: Table, item: WireItem, now: datetime) -> FlashcardSet:
    """Parse one flashcard set, of the sets table or (`evaluation_type` flashcard) of the evaluations table."""
    cards, unreadable, beside, flags = cards_of(item.get("flashcards"))
    as_set = {**item, FLASHCARD_SETS.partition_key: item[table.partition_key]}
    frame = frame_of_items(FLASHCARD_SETS, [as_set], now)
    stored = frame[["total_cards", "num_cards"]].iloc[0].dropna()
    if len(stored) and stored.ne(len(cards) + len(unreadable)).any():
        flags |= Flag.CARD_COUNT_DIFFERS
    return FlashcardSet(
        frame=frame.assign(readable_cards=len(cards), flags=frame["flags"] | int(flags)),
        table=table.key,
        cards=cards,
        raw=values.item_json(item),
        unreadable=unreadable,
        beside=beside,
        question_types=values.shared(_lines(values.plain(item["question_types"]))) if "question_types" in item else (),
    )


def feedback_of(value: WireValue | None) -> tuple[Feedback, Flag]:
    """Parse feedback; also return the flags it earns. Absent feedback is an empty Feedback without a flag."""
    if value is None or values.is_blank(value):
        return Feedback(), values.NO_FLAG
    document = json_text.read(value)
    if not document.readable:
        return Feedback(unparsed=values.clean(value["S"])), Flag.FEEDBACK_NOT_JSON
    content, flags = _unwrapped(document.value)
    flags |= document.flags
    if not isinstance(content, dict):
        shown = excerpt({"": content, BESIDE: [*document.beside]} if document.beside else content)
        return Feedback(general=_remarks(shown.value), omitted=shown.omitted), flags | Flag.FEEDBACK_NOT_JSON
    if document.beside:
        content = {**content, BESIDE: [content.get(BESIDE), *document.beside]}
    decoded = {}
    for name, part in content.items():
        decoded[name], part_flags = _decoded(part)
        flags |= part_flags
    shown = excerpt(decoded, is_known=feedback_names.is_known)
    return replace(_feedback(shown.value), omitted=shown.omitted), flags


def _unwrapped(content: JSON) -> tuple[JSON, Flag]:
    """The content within maps of one wrapping name; of `feedback`, also where other names are beside it."""
    flags = values.NO_FLAG
    for _ in range(json_text.MAX_ENCODINGS):
        wrapper = _wrapper_in(content) if isinstance(content, dict) else None
        if wrapper is None:
            break
        inner = json_text.read_element(content[wrapper], is_whole=True)
        others = {name: part for name, part in content.items() if name != wrapper}
        if inner.beside:
            others[BESIDE] = [*inner.beside]
        if not isinstance(inner.value, dict) or {*inner.value} & {*others}:
            break
        content = {**inner.value, **others}
        flags |= inner.flags | Flag.JSON_WRAPPED
    return content, flags


def _wrapper_in(content: Mapping[str, JSON]) -> str | None:
    names = [name for name in content if feedback_names.is_wrapper(name, "feedback")]
    is_single = len(content) == 1 or (names and feedback_names.feedback_field(names[0]))
    return names[0] if len(names) == 1 and is_single else None


def _decoded(part: JSON) -> tuple[JSON, Flag]:
    """A part of feedback with its own parts and elements decoded where they are JSON text, and the flags for that."""
    document = json_text.read_element(part)
    part, flags = document.value, document.flags
    if not isinstance(part, list | dict):
        return part, flags
    decoded = []
    for value in part.values() if isinstance(part, dict) else part:
        element = json_text.read_element(value)
        decoded.append(element.value)
        flags |= element.flags
    return dict(zip(part, decoded, strict=True)) if isinstance(part, dict) else decoded, flags


def _feedback(content: Mapping[str, JSON]) -> Feedback:
    """Sort the parts of feedback by what their names mean; a part whose name means none keeps it."""
    by_criterion: dict[str, dict[str, JSON]] = {}
    rest: dict[str, JSON] = {}
    quotes: list[QuotedExample] = []
    recommendations: list[str] = []
    overall_band = ""
    for name, part in content.items():
        field = feedback_names.feedback_field(name)
        if column := feedback_names.criterion_of(name):
            by_criterion.setdefault(column, {})[name] = part
        elif field == "recommendations":
            recommendations += _lines(part)
        elif field == "quoted_examples":
            _take_quotes(name, part, quotes, rest)
        elif field == "overall_band" and not overall_band and _is_scalar(part):
            overall_band = as_text(part)
        else:
            rest[name] = part
    criteria = tuple(_criterion(column, parts, quotes, rest) for column, parts in by_criterion.items())
    return Feedback(_remarks(rest), tuple(recommendations), tuple(quotes), criteria, overall_band=overall_band)


def _criterion(
    column: str, parts: dict[str, JSON], quotes: list[QuotedExample], rest: dict[str, JSON]
) -> CriterionFeedback:
    """One criterion from the parts that name it: its map, else the first. The others are added to `rest`.

    A part that is only a band is the band of a map without one.
    """
    main = next((name for name in parts if isinstance(parts[name], dict)), next(iter(parts)))
    content = parts.pop(main)
    band = "" if not _is_band(content) else as_text(content)
    remarks: JSON = "" if band else content
    if isinstance(content, dict):
        remarks = {}
        for name, value in sorted(content.items(), key=lambda item: item[0] != "band"):
            field = feedback_names.feedback_field(name)
            if field == "band" and not band and value is not None:
                band = as_text(value)
            elif field == "quoted_examples":
                _take_quotes(name, value, quotes, remarks)
            else:
                remarks[name] = value
    for name, part in parts.items():
        if not band and _is_band(part):
            band = as_text(part)
        else:
            rest[name] = part
    return CriterionFeedback(column, band, _remarks(remarks))


def _is_scalar(value: JSON) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _is_band(value: JSON) -> bool:
    """Whether a value is a number, as such or as text."""
    return _is_scalar(value) and (not isinstance(value, str) or values.parse_number(value.strip()) is not None)


def _remarks(content: JSON) -> Remarks:
    if not isinstance(content, dict):
        lines = _lines(content)
        return Remarks(text=lines[0]) if len(lines) == 1 else Remarks(others=(("", lines),) if lines else ())
    texts: list[str] = []
    lists: dict[str, list[str]] = {name: [] for name in _LISTS}
    others = []
    for name, value in content.items():
        field = feedback_names.feedback_field(name)
        if field == "text" and isinstance(value, str):
            texts += [value] if value else []
        elif field in lists:
            lists[field] += _lines(value)
        elif lines := _lines(value):
            others.append((name_text(name), lines))
    return Remarks("\n\n".join(texts), **{name: tuple(lists[name]) for name in _LISTS}, others=tuple(others))


def _take_quotes(name: str, content: JSON, quotes: list[QuotedExample], rest: dict[str, JSON]) -> None:
    """Add quoted examples to `quotes`, and entries that are none or contain more to `rest`, under their name."""
    entries = content if isinstance(content, list) else [] if content is None else [content]
    others = []
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("quote"), str) and entry["quote"].strip():
            known = {part: as_text(entry[part]) for part in ("quote", "issue", "suggestion") if entry.get(part)}
            quotes.append(QuotedExample(**known))
            if _lines(more := {part: value for part, value in entry.items() if part not in known}):
                others.append({"quote": entry["quote"], **more})
        else:
            others.append(entry)
    if others:
        rest[name] = others


def _lines(content: JSON) -> tuple[str, ...]:
    """Any value in place of a list of sentences, as lines: nested maps as `name: value`."""
    if content is None or content == "":
        return ()
    if isinstance(content, Mapping):
        return tuple(f"{name_text(str(name))}: {line}" for name, value in content.items() for line in _lines(value))
    if isinstance(content, Sequence) and not isinstance(content, str):
        return tuple(line for element in content for line in _lines(element))
    return (as_text(content),)


def _line(value: WireValue) -> str:
    return as_text(values.plain(value))
