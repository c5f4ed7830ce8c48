"""What is said before a student is read: the true reason why it takes more than a query."""

import re
from collections.abc import Iterator

import pytest

from bandup.queries import cached
from tests.data import privileges

READER = privileges.actions("reader")


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    cached.reset_caches()
    yield
    cached.reset_caches()


@pytest.mark.parametrize(
    ("indexes", "left_out", "said"),
    [
        ("provisioned", "", r"^Reading the student’s items …$"),
        (
            "none",
            "",
            r"^No index is keyed on user_id, so finding this student takes (about [\d,]+ read|a read of the) ",
        ),
        (
            "provisioned",
            "dynamodb:DescribeTable",
            r"^No index is known, as dynamodb:DescribeTable is not allowed, so finding this student takes a read of the ",
        ),
    ],
)
def test_before_reading_a_student(indexes, left_out, said):
    allowed = [action for action in READER if action != left_out]
    with privileges.tables(indexes), privileges.permitted(allowed):
        found = cached.before_reading_a_student()
    assert re.search(said, found)
