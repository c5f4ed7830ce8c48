"""Every page of items that lack bands, times, criteria, feedback, a whole skill or sets, in every combination."""

import json
from collections.abc import Callable
from itertools import cycle, product
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from bandup.pages_list import PAGES
from tests import documented
from tests.items import flashcard_set, speaking, writing

UNTIMED = {"created_at": "180000", "audio_url": "s3://b/a.mp3"}
NO_CRITERIA = ("6.5", *[...] * 4)
PARTS: dict[str, list[dict[str, Any]]] = {
    "nothing": [],
    "whole": [{"bands": ("7.0",) * 5}] * 2,
    "untimed": [{"bands": ("7.0",) * 5} | UNTIMED] * 2,
    "no criteria": [{"bands": NO_CRITERIA}] * 2,
    "untimed without criteria": [{"bands": NO_CRITERIA} | UNTIMED],
    "one criterion": [{"bands": ("6.5", "6.5", *[...] * 3)}],
    "no band": [{"bands": ("error",) * 5}],
    "failed": [{"bands": [...] * 5, "status": "failed", "created_at": ...}],
}
"""What a student has of one skill: the bands of each item, and attributes that differ from those of a completed one."""

STUDENTS = {f"{w} / {s}": {"writing": w, "speaking": s} for w, s in product(PARTS, PARTS)}
FEEDBACK = json.dumps({"strengths": ["Clear"], "grammar": {"band": 6.5, "weaknesses": ["Articles are often missing"]}})


@pytest.fixture
def tables(cloud: Any) -> None:
    """A table with one student per combination; some have feedback, some have a set."""
    feedbacks, sets = cycle([FEEDBACK, ..., "not JSON"]), cycle([0, 1])
    items: list[tuple[str, dict[str, Any]]] = []
    for user_id, parts in STUDENTS.items():
        feedback = next(feedbacks)
        for skill, part in parts.items():
            make = writing if skill == "writing" else speaking
            for number, attributes in enumerate(PARTS[part]):
                keys = {"evaluation_id": f"{skill}-{number}", "user_id": user_id, "feedback": feedback}
                others = {name: value for name, value in attributes.items() if name != "bands"}
                items.append(("evaluations", make(*attributes["bands"], **keys, **others)))
        if next(sets) or not any(PARTS[part] for part in parts.values()):
            items.append(("flashcard_sets", flashcard_set(set_id=f"set of {user_id}", user_id=user_id)))
    documented.fill(cloud, "provisioned", items)


Open = Callable[..., AppTest]


@pytest.mark.usefixtures("tables")
def test_every_combination_is_shown(open_page: Open, text_of: Callable[[AppTest], str]) -> None:
    app = open_page("students")
    assert f"{len(STUDENTS)} students" in text_of(app)
    ids = [*STUDENTS]
    addresses: dict[str, list[dict[str, Any]]] = {
        "student": [{"user_id": user_id} for user_id in ids],
        "compare": [{"user_id": [user_id, other]} for user_id, other in zip(ids[::5], ids[::-4], strict=False)],
        "evaluation": [
            {"user_id": user_id, "evaluation_id": f"{skill}-0"}
            for user_id, parts in [*STUDENTS.items()][::7]
            for skill, part in parts.items()
            if PARTS[part]
        ],
    }
    for page in PAGES:
        app.switch_page(page.script)
        for address in addresses.get(page.name, [{}]):
            app.query_params.clear()
            for name, value in address.items():
                app.query_params[name] = value
            app.run()
            assert not app.exception, (page.name, address)
            assert not app.error, (page.name, address)
