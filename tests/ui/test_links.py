from urllib.parse import parse_qs, urlsplit

import pytest

from bandup.ui import links
from bandup.ui.address import address_of
from tests.ui.parsed import HOSTILE


@pytest.mark.parametrize("text", [*HOSTILE, "user-456", "a&user_id=b", "a#b?c", "a b+c%20d", "../../x", "\n"])
def test_an_address_carries_an_id_whole(text):
    parts = urlsplit(address_of(links.EVALUATION, links.evaluation(text, text)))
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("", "", "evaluation", "")
    assert parse_qs(parts.query, keep_blank_values=True) == {"evaluation_id": [text], "user_id": [text]}


def test_parameters_carry_the_tables_own_names():
    assert address_of(links.STUDENT, links.student("user-456")) == "student?user_id=user-456"
    assert links.flashcard_set("s1", "u1") == {"set_id": "s1", "user_id": "u1"}


@pytest.mark.parametrize(
    ("table_type", "page", "key"),
    [
        ("flashcard", links.FLASHCARDS, "set_id"),
        ("writing", links.EVALUATION, "evaluation_id"),
        ("speaking", links.EVALUATION, "evaluation_id"),
        ("nan", links.EVALUATION, "evaluation_id"),
    ],
)
def test_an_item_has_a_page_of_its_own(table_type, page, key):
    assert links.item_page(table_type, "k1", "u1") == (page, {key: "k1", "user_id": "u1"})


def test_a_link_to_a_student_carries_the_target_unless_it_is_the_default():
    assert links.student("user-456", 6.5) == {"user_id": "user-456"}
    assert links.student("a:b", 8.0) == {"user_id": "a:b", "target": "8.0"}
