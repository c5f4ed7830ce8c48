"""Items of both tables with hostile texts in every attribute.

`PAYLOADS` are the texts. If one of their scripts ran, it would change the title to `hurt` or open a dialog; their requests
go to `HOST`; their icons, emoji, formulas and links occur on no page otherwise.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from data.schema import TABLES, Kind, TableKey
from tests.documented import SPEAKING, WRITING

HOST = "evil.example"
ICON, EMOJI = "skull", "🦕"

PAYLOADS: Mapping[str, str] = {
    "heading": "# hurt heading",
    "list item": "- hurt item",
    "numbered item": "1. hurt number",
    "block quote": "> hurt quote",
    "fence": "```hurt``` ~~~ hurt ~~~",
    "table": "| hurt | a | |---|---|",
    "emphasis": "*hurt* _hurt_ **hurt** __hurt__ ~~hurt~~ `hurt`",
    "script": "<script>document.title='hurt'</script>",
    "picture": f"<img src=//{HOST}/a.png onerror=alert('hurt')>",
    "drawing": f"<svg onload=alert('hurt')><a xlink:href=//{HOST}>hurt</a></svg>",
    "frame": f"<iframe src=//{HOST}></iframe>",
    "way out of elements": "</title></style></script></textarea><script>alert('hurt')</script>",
    "way out of an attribute": "\" onmouseover=\"alert('hurt')\" x='",
    "comment": "<!-- hurt --> <![CDATA[hurt]]> <?hurt?>",
    "entities": "&lt;hurt&gt; &amp;copy; &#104;urt &nbsp;hurt",
    "Markdown picture": f"![hurt](https://{HOST}/b.png)",
    "Markdown link": f"[hurt](https://{HOST}/) [hurt][1]",
    "address": f"https://{HOST}/hurt www.{HOST} hurt@{HOST} <http://{HOST}>",
    "script address": "[hurt](javascript:alert('hurt')) javascript:alert('hurt')",
    "data address": "[hurt](data:text/html,hurt) data:text/html,<script>alert('hurt')</script>",
    "icon": f":material/{ICON}:",
    "emoji code": ":sauropod: :+1:",
    "colour": ":red[hurt] :blue-background[hurt] :green-badge[hurt] :small[hurt] :streamlit:",
    "LaTeX": r"$\int hurt$ $$hurt^2$$ \(hurt\) \[hurt\]",
    "arrows": "hurt -> <- <-> -- >= <= ~=",
    "plotly": f'<b>hurt</b><br><a href="https://{HOST}">hurt</a><sup>hurt</sup>',
    "plotly template": "%{x} %{customdata[0]} %{fullData.name}<extra>hurt</extra>",
    "template": "{0} {{7*7}} ${7*7} #{7*7} %(hurt)s %s <%= 7*7 %> {% hurt %}",
    "style": f"red;background:url(https://{HOST}/c.png)}}*{{display:none",
    "stylesheet": f"<style>@import url(//{HOST}/d.css);*{{display:none}}</style>",
    "right to left": "\u202egnp.truh\u202c \u2067hurt\u2069 \u200fhurt",
    "nothing to see": "hu\u200brt \u2060hurt\ufeff hu\u00adrt",
    "control characters": "hu\0rt \x1b[31mhurt\x07 \x1fhurt",
    "path": "../../../etc/hurt",
    "path of Windows": "..\\..\\hurt.bat:hurt",
    "formula": "=cmd|'/c hurt'!A1",
    "formula in a second cell": "hurt;=1+1;\t=1+1",
    "sum": "+1+cmd|'hurt'!A1",
    "difference": "-2+3+cmd|'hurt'!A1",
    "function": "@SUM(1+1)*cmd|'hurt'!A1",
    "spreadsheet link": f'=HYPERLINK("https://{HOST}","hurt")',
    "Anki": "[sound:hurt.mp3] [latex]hurt[/latex] [$]hurt[/$] [anki:play:q:0] {{c1::hurt}}",
    "shell": "$(hurt) `hurt` ; hurt & | hurt > hurt 'hurt",
    "long": "hurt-" * 190 + "end",
}
MAX_BYTES = 1000
"""Of a bundle: a sort key has at most 1,024 bytes."""
BETWEEN = " ¦ "
HOUR = 3600


def _bundles() -> tuple[str, ...]:
    """All payloads except the long one, joined into a few texts that are short enough for a key."""
    bundles: list[str] = []
    for name, payload in PAYLOADS.items():
        if name == "long":
            continue
        joined = f"{bundles[-1]}{BETWEEN}{payload}" if bundles else payload
        if bundles and len(joined.encode()) <= MAX_BYTES:
            bundles[-1] = joined
        else:
            bundles.append(payload)
    return tuple(bundles)


BUNDLES = _bundles()
"""Texts that together contain all payloads. As ids they bring every payload into the title of a page."""
STUDENT = BUNDLES[0]
"""The student of the attempts, of the evaluations of `WHOLE` and of the sets."""
ALL = "\n".join(PAYLOADS.values())
MODELS = [PAYLOADS[name] for name in ("plotly", "script", "Markdown picture", "plotly template", "icon")]
"""The models with the most attempts."""
WHOLE = {
    "essay": "whole essay",
    "no essay": "no essay",
    "spoken": "whole recording",
    "text": "no JSON",
    "list": "a list",
}
"""The ids of evaluations of `STUDENT` that contain every payload, one per shape of feedback, except `BUNDLES[1]`."""
JOB = "a job of everybody’s"
"""The id of failed jobs: there is one for every payload as its user."""
CARDS = "all cards"
"""The ids of the sets of `STUDENT` with a card for every payload, without the space and the name of their table."""

Item = dict[str, Any]


def items(now: float) -> Iterator[tuple[TableKey, Item]]:
    """All items. Those that charts show have valid bands, numbers and times. `now`: Unix seconds.

    Every attribute of `data.schema` contains every payload in some item, and so does every text within feedback and cards,
    in each of their shapes.
    """
    for key, table in TABLES.items():
        names = (table.partition_key, table.sort_key, *(attribute.name for attribute in table.attributes))
        for payload in (*PAYLOADS.values(), *BUNDLES):
            yield key, {name: _text(payload) for name in names}
        for text in (*PAYLOADS.values(), *BUNDLES):
            unread = {a.name: _text(text) for a in table.attributes if a.kind in (Kind.BAND, Kind.COUNT, Kind.NUMBER)}
            kind = {"evaluation_type": _text("writing"), "status": _text("completed")}
            yield key, {table.partition_key: _text(f"unread {text}"), "user_id": _text(STUDENT), **kind, **unread}
    for number, payload in enumerate((*PAYLOADS.values(), BUNDLES[1])):
        at = int(now) - 20 * HOUR * (number + 1)
        yield "evaluations", _writing(payload, STUDENT, payload, at, number)
        yield "evaluations", _speaking(payload, payload, payload, number)
        yield "evaluations", _writing("graded", payload, payload, at, number)
        yield "evaluations", _job(JOB, payload, "failed", at, error_message=_text(payload), model_used=_text(payload))
        yield "evaluations", _job(f"stuck {payload}", payload, "processing", at, evaluation_type=_text(payload))
        yield "flashcard_sets", _set(payload, STUDENT, payload, {"L": [_card(payload)]})
    yield "evaluations", _job(JOB, STUDENT, "failed", int(now) - HOUR, error_message=_text(ALL))
    yield from _whole(int(now))


def _whole(now: int) -> Iterator[tuple[TableKey, Item]]:
    """The items that contain all payloads at once."""
    payloads = [*PAYLOADS.values()]
    remarks = dict.fromkeys(("strengths", "weaknesses", "improvements"), payloads)
    criteria = ("task_achievement", "coherence", "lexical", "grammar")
    feedback = {
        "overall": ALL,
        **remarks,
        "recommendations": payloads,
        "quoted_examples": [dict.fromkeys(("quote", "issue", "suggestion"), payload) for payload in payloads],
        **{name: {"band": text, "feedback": ALL, **remarks} for name, text in zip(criteria, payloads, strict=False)},
        **dict(zip(payloads, payloads, strict=True)),
    }
    speaking_feedback = {name: {"band": 6.0, "feedback": ALL, **remarks} for name in ("fluency", "pronunciation")}
    shapes: dict[str, tuple[Item, Item]] = {
        WHOLE["essay"]: (_text(json.dumps(feedback)), {"essay_text": _text(ALL)}),
        WHOLE["no essay"]: (_text(json.dumps(feedback)), {}),
        WHOLE["text"]: (_text(ALL), {}),
        WHOLE["list"]: (_text(json.dumps(payloads)), {}),
        BUNDLES[1]: (_text(json.dumps({"overall": ALL})), {"essay_text": _text(ALL)}),
        WHOLE["spoken"]: (_map(speaking_feedback), {"evaluation_type": _text("speaking"), "transcript": _text(ALL)}),
    }
    for number, (key, (stored_feedback, attributes)) in enumerate(shapes.items()):
        item = _writing(key, STUDENT, BUNDLES[1], now - HOUR * number, number)
        del item["essay_text"]
        texts = {
            "feedback": stored_feedback,
            "error_message": _text(ALL),
            "model_used": _text(MODELS[number % len(MODELS)]),
        }
        yield "evaluations", {**item, **texts, **attributes}
    cards = [dict.fromkeys(("question", "answer", "type", "difficulty"), payload) for payload in payloads]
    stored = _text(json.dumps([*cards, *payloads]))
    yield "flashcard_sets", _set(f"{CARDS} flashcards", STUDENT, BUNDLES[1], stored)
    flashcards = {"evaluation_type": _text("flashcard"), "flashcards": stored, "document_id": _text(BUNDLES[1])}
    yield "evaluations", _job(f"{CARDS} evaluations", STUDENT, "completed", now, **flashcards)


def _writing(key: str, user_id: str, payload: str, at: int, number: int) -> Item:
    bands = {name: _text(f"{4 + (number + position) % 8 / 2:.1f}") for position, name in enumerate(_bands(WRITING))}
    feedback = {"weaknesses": [f"Grammar: wrong verb tenses, {payload}", f"Few linking words, {payload}"]}
    texts = dict.fromkeys(("model_used", "task_type", "essay_text", "error_message", "document_id"), _text(payload))
    keys = {"evaluation_id": _text(key), "user_id": _text(user_id), "created_at": {"N": str(at)}}
    return {**WRITING, **keys, **bands, **texts, "feedback": _text(json.dumps(feedback)), "cost": _text(payload)}


def _speaking(key: str, user_id: str, payload: str, number: int) -> Item:
    bands = {name: _text(f"{5 + (number + position) % 6 / 2:.1f}") for position, name in enumerate(_bands(SPEAKING))}
    texts = dict.fromkeys(("model_used", "part", "transcript", "error_message"), _text(payload))
    recording = (
        f"s3://{payload}/speaking_audio/{payload}/2026{1 + number % 3:02}{1 + number % 28:02}_101500_{number}.mp3"
    )
    keys = {"evaluation_id": _text(f"{key} spoken"), "user_id": _text(user_id), "created_at": {"N": "120000"}}
    return {**SPEAKING, **keys, **bands, **texts, "audio_url": _text(recording), "estimated_cost": _text(payload)}


def _job(key: str, user_id: str, status: str, at: int, **more: Item) -> Item:
    times = {"created_at" if status == "completed" else "started_at": {"N": str(at)}}
    kind = {"evaluation_type": _text("writing"), "status": _text(status)}
    return {"evaluation_id": _text(key), "user_id": _text(user_id), **kind, **times, **more}


def _set(key: str, user_id: str, payload: str, cards: Item) -> Item:
    texts = dict.fromkeys(("difficulty", "model_used", "document_url", "created_at", "error_message"), _text(payload))
    texts |= {"document_id": _text(f"uploads/{payload}"), "question_types": {"L": [_text(payload)]}}
    numbers = {"num_cards": {"N": "1"}, "page_count": {"N": "12"}, "chunk_count": {"N": "3"}}
    keys = {"set_id": _text(key), "user_id": _text(user_id), "status": _text("completed"), "flashcards": cards}
    return {**keys, **texts, **numbers}


def _card(payload: str) -> Item:
    return {"M": dict.fromkeys(("question", "answer", "type", "difficulty", "source_chunk"), _text(payload))}


def _map(value: Any) -> Item:
    if isinstance(value, dict):
        return {"M": {name: _map(member) for name, member in value.items()}}
    if isinstance(value, list):
        return {"L": [_map(element) for element in value]}
    return _text(value) if isinstance(value, str) else {"N": str(value)}


def _bands(item: Item) -> list[str]:
    return [name for name in item if name.endswith("_band")]


def _text(text: str) -> Item:
    return {"S": text}
