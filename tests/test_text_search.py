from time import perf_counter
from unicodedata import normalize

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandup import text_search

NAMES = ["đỗ.hải-yến", "ĐỖ_HẢI YẾN", "nguyễn.văn-an", "user-456", "İpek", "Straße", "Σίσυφος", "a  b"]


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hai yen", [0, 1]),
        ("hải-yến", [0, 1]),
        ("Do.Hai", [0, 1]),
        ("nguyen", [2]),
        ("NGUYỄN_VĂN", [2]),
        ("user 456", [3]),
        ("USER_4", [3]),
        ("ipek", [4]),
        ("strasse", [5]),
        ("ΣΙΣΥΦΟΣ", [6]),
        ("a b", [7]),
        ("", [*range(8)]),
        (" \t", [*range(8)]),
        ("nobody", []),
        (".*", []),
    ],
)
def test_a_search_ignores_form_case_marks_and_separators(form, text, found):
    names = [normalize(form, name) for name in NAMES]
    frame = pd.DataFrame({"user_id": pd.Series(names, dtype="str")})
    for written in {normalize("NFC", text), normalize("NFD", text)}:
        assert frame.index[text_search.contains(frame, ["user_id"], written)].to_list() == found
        assert text_search.matching(names, written) == [names[index] for index in found]


def test_missing_texts_contain_nothing():
    frame = pd.DataFrame({"a": pd.Series([None, "x"], dtype="str"), "b": pd.Series(["y", None], dtype="str")})
    assert text_search.contains(frame, ["a", "b"], "Y").to_list() == [True, False]
    assert text_search.contains(frame, ["a"], "none").to_list() == [False, False]
    assert text_search.contains(frame.iloc[1:], ["a", "b"], "x").to_list() == [True]
    assert text_search.contains(frame.iloc[:0], ["a", "b"], "x").empty


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.none(), max_size=6), st.text())
def test_a_text_has_the_same_key_alone_and_in_a_column(texts, other):
    frame = pd.DataFrame({"text": pd.Series(texts, dtype="str")})
    keys = text_search.search_keys(frame, "text").to_list()
    assert [None if pd.isna(key) else key for key in keys] == [
        None if text is None else text_search.search_key(text) for text in texts
    ]
    text_search.search_key(other)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_form_of_a_text_has_one_key(text):
    assert len({text_search.search_key(normalize(form, text)) for form in ("NFC", "NFD")}) == 1


def test_texts_that_differ_in_form_only_are_found():
    ids = ["an", "hải", normalize("NFD", "hải"), "yến", "Hải", "hai", "hải"]
    frame = pd.DataFrame({"user_id": pd.Series(ids, dtype="str")})
    assert text_search.look_alikes(frame, "user_id").to_dict() == {"hải": "hải", normalize("NFD", "hải"): "hải"}
    assert text_search.look_alikes(frame.iloc[:2], "user_id").empty


@pytest.mark.parametrize(
    "other", ["user:1\u200b", "user:\u20601", "\ufeffuser:1", " user:1", "user:1\u3000", "\u202euser:1", "us\u00ader:1"]
)
def test_an_id_with_invisible_characters_looks_like_the_one_without(other):
    frame = pd.DataFrame({"user_id": pd.Series(["user:1", "user:12", other, other, None], dtype="str")})
    assert text_search.look_alikes(frame, "user_id").to_dict() == {"user:1": "user:1", other: "user:1"}
    assert text_search.in_other_forms(frame, "user_id", "user:1") == [other]
    assert text_search.in_other_forms(frame, "user_id", other) == ["user:1"]
    assert text_search.without_invisible(other) == "user:1"
    notes = text_search.look_alike_notes(frame, "user_id")
    assert notes["user:1"] == "looks like another id; stored without invisible characters"
    assert notes[other] != notes["user:1"]


@pytest.mark.parametrize(
    "text", ["\u2060hai yen", "hai yen\ufeff", "\u200b hai yen", "ha\u200bi yen", "\u3000hai yen \u200b"]
)
def test_a_search_ignores_invisible_characters(text):
    frame = pd.DataFrame({"user_id": pd.Series(NAMES, dtype="str")})
    assert frame.index[text_search.contains(frame, ["user_id"], text)].to_list() == [0, 1]
    assert text_search.matching(NAMES, text) == NAMES[:2]


def test_the_other_forms_of_an_id_are_found():
    composed, decomposed = normalize("NFC", "hải"), normalize("NFD", "hải")
    frame = pd.DataFrame({"user_id": pd.Series([composed, decomposed, "Hải", None, composed], dtype="str")})
    assert text_search.in_other_forms(frame, "user_id", composed) == [decomposed]
    assert text_search.in_other_forms(frame, "user_id", decomposed) == [composed]
    assert text_search.in_other_forms(frame, "user_id", "hai") == []
    assert text_search.in_other_forms(frame, "user_id", "\ud83d") == []
    assert [text_search.form_note(text) for text in (composed, decomposed)] == [
        "stored in composed Unicode",
        "stored in decomposed Unicode",
    ]


def test_a_search_among_20000_students_takes_milliseconds():
    frame = pd.DataFrame({"user_id": pd.Series([f"{NAMES[n % 8]}-{n}" for n in range(20_000)], dtype="str")})
    text_search.contains(frame, ["user_id"], "first")
    started = perf_counter()
    for text in ("hai yen", "nguyen", "user 4", "nobody"):
        text_search.contains(frame, ["user_id"], text)
    assert (perf_counter() - started) / 4 < 0.05
