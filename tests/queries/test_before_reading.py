"""The sentence shown while a student is read gives the true reason why it takes more than a query."""

import re
from collections.abc import Iterator

import pytest

from bandup.queries import cached_reads
from tests.data import privileges

READER = privileges.actions("reader")


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    cached_reads.reset_caches()
    yield
    cached_reads.reset_caches()


@pytest.mark.parametrize(
    ("indexes", "missing_permission", "pattern"),
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
def test_student_read_notice(indexes, missing_permission, pattern):
    allowed = [action for action in READER if action != missing_permission]
    with privileges.tables(indexes), privileges.permitted(allowed):
        notice = cached_reads.student_read_notice()
    assert re.search(pattern, notice)
