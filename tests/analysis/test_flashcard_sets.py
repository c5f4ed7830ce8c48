from itertools import pairwise

import pandas as pd
import pytest

from bandup.analysis.flashcard_sets import all_sets, cards_frame, document_name, filter_cards
from data.records import Card
from data.schema import FLASHCARD_SETS
from tests.items import before, evaluations, flashcard_set, flashcard_sets, job, writing

NO_BANDS = (...,) * 5
AMONG_EVALUATIONS = evaluations(
    writing(
        *NO_BANDS, evaluation_id="x1", evaluation_type="flashcard", document_id="d/a.pdf", created_at=before(days=2)
    ),
    writing(evaluation_id="essay"),
    job("failed", evaluation_id="x2", evaluation_type=" Flashcard ", error_message="No text", started_at=...),
)
OF_SETS = flashcard_sets(
    flashcard_set(total_cards=12, page_count=3, created_at=before(days=3), difficulty="EASY", model_used="m"),
    flashcard_set(set_id="s2", num_cards=0, created_at=before(days=1), document_url="https://x/b.pdf"),
)


def test_sets_of_both_tables_newest_first():
    found = all_sets(AMONG_EVALUATIONS, OF_SETS)
    assert found["set_id"].to_list() == ["s2", "x1", "s1", "x2"]
    assert found["table"].to_list() == ["flashcard_sets", "evaluations", "flashcard_sets", "evaluations"]
    assert found["state"].astype("str").to_list() == ["empty", "succeeded", "succeeded", "failed"]
    assert found["document_id"].fillna("").to_list() == ["", "d/a.pdf", "", ""]
    assert found["error_message"].fillna("").to_list() == ["", "", "", "No text"]
    assert found["difficulty"].astype("str").fillna("").to_list() == ["", "", "EASY", ""]
    assert found["total_cards"].fillna(-1).to_list() == [-1, -1, 12, -1]
    assert found["page_count"].fillna(-1).to_list() == [-1, -1, 3, -1]


@pytest.mark.parametrize("of_evaluations", [AMONG_EVALUATIONS, evaluations(), evaluations(writing())])
@pytest.mark.parametrize("of_sets", [OF_SETS, flashcard_sets()])
def test_columns_are_the_same_without_rows(of_evaluations, of_sets):
    found = all_sets(of_evaluations, of_sets)
    assert list(found.columns) == [*OF_SETS.columns, "table"]
    assert len(found) == len(of_sets) + (2 if of_evaluations is AMONG_EVALUATIONS else 0)
    for name, dtype in FLASHCARD_SETS.columns.items():
        if dtype != "category":
            assert found[name].dtype == dtype, name
    dated = found["at"].dropna()
    assert all(newer >= older for newer, older in pairwise(dated))
    assert found["at"].notna().to_list() == sorted(found["at"].notna(), reverse=True)


def test_the_arguments_are_not_changed():
    before_evaluations, before_sets = AMONG_EVALUATIONS.copy(deep=True), OF_SETS.copy(deep=True)
    all_sets(AMONG_EVALUATIONS, OF_SETS)
    pd.testing.assert_frame_equal(AMONG_EVALUATIONS, before_evaluations)
    pd.testing.assert_frame_equal(OF_SETS, before_sets)


@pytest.mark.parametrize(
    ("document_id", "document_url", "name"),
    [
        ("uploads/documents/user-456/vocab-guide.pdf", None, "vocab-guide.pdf"),
        ("vocab.pdf", None, "vocab.pdf"),
        ("uploads/", None, "uploads"),
        (" a/b.pdf ", None, "b.pdf"),
        ("/", None, "/"),
        ("", "s3://bucket/c.pdf", "c.pdf"),
        (None, "https://example.com/c.pdf", "c.pdf"),
        (float("nan"), "https://example.com/c.pdf", "c.pdf"),
        ("a.pdf", "https://example.com/c.pdf", "a.pdf"),
        ("từ vựng/bài học.pdf", None, "bài học.pdf"),
        (None, None, ""),
        ("  ", float("nan"), ""),
    ],
)
def test_document_name(document_id, document_url, name):
    assert document_name(document_id, document_url) == name


CARDS = (
    Card("What is a Drought?", "A long dry time", "DEFINITION", "EASY", "3"),
    Card("Fill: a ___ of rain", "lack (none)", "FILL_BLANK", "HARD", options=("rain", "snow")),
    Card("", "only an answer", others=(("page ref", "ten"),)),
    Card("Từ đồng nghĩa?", "مترادف", "VOCABULARY", "EASY"),
)

COLUMNS = ("question", "answer", "type", "difficulty", "source_chunk", "options", "others")


def test_cards_frame_keeps_the_order_and_every_field():
    frame = cards_frame(CARDS)
    assert frame.dtypes.astype("str").to_dict() == dict.fromkeys(COLUMNS[:5], "str") | dict.fromkeys(
        COLUMNS[5:], "object"
    )
    assert frame["question"].to_list() == [card.question for card in CARDS]
    assert frame["source_chunk"].to_list() == ["3", "", "", ""]
    assert frame["options"].to_list() == [(), ("rain", "snow"), (), ()]
    assert frame["others"].to_list() == [{}, {}, {"page ref": "ten"}, {}]
    assert list(frame.columns) == list(COLUMNS)
    assert cards_frame([]).dtypes.to_dict() == frame.dtypes.to_dict()


@pytest.mark.parametrize(
    ("types", "difficulties", "text", "rows"),
    [
        ([], [], "", [0, 1, 2, 3]),
        ([], [], " \t", [0, 1, 2, 3]),
        (["DEFINITION"], [], "", [0]),
        (["DEFINITION", "FILL_BLANK"], [], "", [0, 1]),
        ([], ["EASY"], "", [0, 3]),
        (["VOCABULARY"], ["EASY"], "", [3]),
        (["VOCABULARY"], ["HARD"], "", []),
        ([], [], "DROUGHT", [0]),
        ([], [], "ONLY an", [2]),
        ([], [], "(none)", [1]),
        ([], [], ".*", []),
        ([], [], "TỪ ĐỒNG", [3]),
        ([], [], "tu dong NGHIA", [3]),
        ([], [], "Snow", [1]),
        ([], [], "ten", [2]),
        ([], [], "مترادف", [3]),
        ([], ["EASY"], "dry", [0]),
        ([], [], "drought? a", []),
    ],
)
def test_filter_cards(types, difficulties, text, rows):
    assert filter_cards(cards_frame(CARDS), types, difficulties, text).index.to_list() == rows


def test_filter_without_cards():
    assert filter_cards(cards_frame([]), ["DEFINITION"], ["EASY"], "x").empty
