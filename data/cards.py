"""Parse the cards of a flashcard set, of every shape, as records. Nothing is lost: a field without a place keeps its name."""

import unicodedata
from string import ascii_uppercase
from typing import NamedTuple

from data import feedback_names, json_text, values
from data.flags import Flag
from data.json_text import JSON, as_text
from data.records import Card
from data.values import NO_FLAG, WireValue


class Cards(NamedTuple):
    """The readable cards (with a question or an answer), entries that are not cards as text, and texts beside the list."""

    cards: tuple[Card, ...] = ()
    unreadable: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    flags: Flag = NO_FLAG


def cards_of(value: WireValue | None) -> Cards:
    """Parse cards: a list of maps, as JSON or native, in a code fence, under a wrapping name, encoded again or each encoded."""
    if value is None or values.is_blank(value):
        return Cards()
    document = json_text.read(value)
    content, beside, flags = _unwrapped(document)
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        text = as_text(values.plain(value))
        return Cards(unreadable=(text,) if text else (), flags=Flag.CARDS_NOT_READABLE if text else NO_FLAG)
    cards, unreadable = [], []
    for stored in content:
        entry = json_text.read_element(stored)
        flags |= entry.flags
        card = _card(entry.value)
        if card is None:
            unreadable.append(as_text(stored))
        else:
            cards.append(card)
    return Cards(
        tuple(cards), values.shared(unreadable), beside, flags | (Flag.CARDS_NOT_READABLE if unreadable else NO_FLAG)
    )


def _unwrapped(document: json_text.Document) -> tuple[JSON, tuple[str, ...], Flag]:
    """The list of cards within maps of a wrapping name, the texts of what else those maps hold, and flags."""
    content, beside, flags = document.value, [*document.beside], document.flags
    for _ in range(json_text.MAX_ENCODINGS):
        if not isinstance(content, dict) or _card(content) is not None:
            break
        lists = {}
        for name in content:
            if feedback_names.is_wrapper(name, "cards"):
                element = json_text.read_element(content[name], is_whole=True)
                if isinstance(element.value, list | dict):
                    lists[name] = element
        if not lists:
            break
        wrapper = next((name for name in lists if isinstance(lists[name].value, list)), next(iter(lists)))
        beside += lists[wrapper].beside
        beside += [f"{name}: {as_text(other)}" for name, other in content.items() if name != wrapper]
        content, flags = lists[wrapper].value, flags | lists[wrapper].flags | Flag.JSON_WRAPPED
    return content, tuple(beside), flags


def _card(entry: JSON) -> Card | None:
    """The card in a map; None where it has neither a question nor an answer. Of two names of a field the main one counts."""
    if not isinstance(entry, dict):
        return None
    fields: dict[str, str] = {}
    options: tuple[str, ...] = ()
    others: list[tuple[str, str]] = []
    named = [(feedback_names.card_field(name), name) for name in entry]
    for field, name in sorted(named, key=lambda pair: pair[0] is None or pair[0] != pair[1].lower()):
        text = "" if entry[name] is None else as_text(entry[name]).strip()
        if field == "options" and not options and (listed := _options(entry[name])):
            options = listed
        elif field in {None, "options"} or (fields.get(field) and fields[field].casefold() != text.casefold()):
            if text and entry[name] not in ([], {}):
                others.append((name.replace("_", " "), text))
        elif not fields.get(field):
            fields[field] = text
    if not (fields.get("question") or fields.get("answer")):
        return None
    for field in ("type", "difficulty"):
        fields[field] = unicodedata.normalize("NFC", fields.get(field, "")).upper()
    return Card(**{"question": "", "answer": ""} | fields, options=options, others=tuple(others))


def _options(stored: JSON) -> tuple[str, ...]:
    """The options of a choice card in order: a list, a map by letters, or either as JSON text. Empty for anything else."""
    content = json_text.read_element(stored).value
    if isinstance(content, dict):
        letters = ascii_uppercase[: len(content)]
        by_letter = {name.strip(" .():").upper(): value for name, value in content.items()}
        content = [by_letter[letter] for letter in letters] if {*by_letter} == {*letters} else None
    if not isinstance(content, list) or len(content) == 0:
        return ()
    texts = ["" if option is None else as_text(option).strip() for option in content]
    return tuple(texts) if any(texts) else ()
