"""Which ids may look like another one."""

from time import perf_counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import ids
from data.flags import Flag
from tests.items import evaluations, flashcard_set, flashcard_sets, writing

ORDINARY = ["user-456", "a:1@b.example", "hải-yến", "Σίσυφος", "Иван", "日本語 a", "a  b", "", "İpek", "👩"]
MISLEADING = {
    "zero-width space": "user\u200b",
    "word joiner": "user:\u20601",
    "soft hyphen": "us\u00ader",
    "right-to-left override": "\u202eresu",
    "isolate": "\u2067a\u2069",
    "byte order mark": "\ufeffuser",
    "Hangul filler": "a\u3164",
    "control character": "a\x01b",
    "Cyrillic letter in a Latin word": "p\u0430ul",
    "Greek letter in a Latin word": "\u039fscar",
}


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_id_is_not_flagged(text):
    assert ids.is_misleading(pa.array([text, None])).to_pylist() == [False, False]


@pytest.mark.parametrize("text", MISLEADING.values(), ids=MISLEADING)
def test_an_id_that_may_look_like_another_is_flagged(text):
    assert ids.is_misleading(pa.array(["a", None, text, text])).to_pylist() == [False, False, True, True]
    flagged = [evaluations(writing(user_id=text)), evaluations(writing(evaluation_id=text))]
    flagged += [flashcard_sets(flashcard_set(user_id=text)), flashcard_sets(flashcard_set(set_id=text))]
    assert all(frame["flags"].iloc[0] & Flag.ID_MISLEADING for frame in flagged)
    assert not evaluations(writing())["flags"].iloc[0] & Flag.ID_MISLEADING


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4))
def test_each_visible_form_is_its_own_and_is_the_same_alone(texts):
    forms = ids.visible_forms(pa.array(texts, pa.string()))
    assert ids.visible_forms(forms).to_pylist() == forms.to_pylist()
    assert forms.to_pylist() == [ids.visible_forms(pa.array([text], pa.string()))[0].as_py() for text in texts]


def test_100000_ids_are_checked_in_milliseconds():
    for name in ("user", "hải"):
        texts = pa.array([f"{name}-{number % 20_000}" for number in range(100_000)])
        started = perf_counter()
        ids.is_misleading(texts)
        assert perf_counter() - started < 0.5
