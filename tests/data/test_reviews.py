"""The table of reviews: entries come back as they were written, once, and whatever else is in the table is counted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from data import provision, reviews
from data.connection import Connection
from data.errors import AccessDenied, Throttled
from data.review_entries import (
    MAX_BYTES_OF_JOBS,
    CauseAction,
    HandOff,
    Mark,
    Note,
    ReviewEntry,
    Skip,
    TargetBand,
    hand_offs,
    moment_of,
    subject_of,
)
from data.reviews import ReviewTable, TooLong
from data.settings import Settings
from data.table_keys import KeysDiffer
from tests.data import privileges

NOW = datetime(2026, 11, 22, 12, 30, 15, 123_456, tzinfo=UTC)
NAMED = replace(Settings(), demo=False, reviews="marks")


def mark(**given: Any) -> Mark:
    """A mark by Anna."""
    ids = {"evaluation_id": "e1", "user_id": "u1"}
    base = {
        "subject": subject_of("evaluation", *ids.values()),
        "at": moment_of(NOW),
        "by": "Anna",
        "skill": "writing",
        "bands": {"overall_band": 6.5, "lexical_band": 6.0},
        "grader_bands": {"overall_band": 7.0},
        "is_blind": True,
    }
    return Mark(**(ids | base | given))


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_REGION", "us-east-1")
        environment.delenv("AWS_PROFILE", raising=False)
        yield boto3.client("dynamodb", region_name="us-east-1")


@pytest.fixture
def table(client: Any) -> Iterator[ReviewTable]:
    names = {"reviews": "marks"}
    provision.apply(client, provision.plan({"reviews": None}, names), lambda _: None)
    yield ReviewTable(Connection(), NAMED)
    client.delete_table(TableName="marks")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
bands = st.dictionaries(st.sampled_from(["overall_band", "lexical_band"]), st.sampled_from([0.0, 4.5, 9.0]))
at = st.datetimes(timezones=st.just(UTC)).map(moment_of)
keys = {"subject": texts, "at": at, "by": texts}
ENTRIES: st.SearchStrategy[ReviewEntry] = st.one_of(
    st.builds(
        Mark,
        **keys,
        evaluation_id=texts,
        user_id=texts,
        skill=texts,
        bands=bands,
        grader_bands=bands,
        is_blind=st.booleans(),
        drawn=st.sampled_from(["queue", "pair", "by hand"]),
        probability=st.none() | st.floats(1e-9, 1),
        comment=texts,
    ),
    st.builds(Skip, **keys, evaluation_id=texts, user_id=texts, reason=texts),
    st.builds(Note, **keys, user_id=texts, text=texts, evaluation_id=texts),
    st.builds(TargetBand, **keys, user_id=texts, band=st.none() | st.sampled_from([5.0, 7.5])),
    st.builds(CauseAction, **keys, state=texts, cause=texts, action=st.sampled_from(["mute", "owner"]), text=texts),
    st.builds(
        HandOff, **keys, state=texts, cause=texts, hand_off_id=texts, jobs=st.lists(st.tuples(texts, texts, texts))
    ),
)


@given(ENTRIES)
def test_an_entry_is_read_as_it_was_written(entry):
    assert reviews._entry_of(reviews.item_of(entry)) == entry


@given(st.dictionaries(st.text(max_size=8), st.sampled_from([{"S": "mark"}, {"N": "1"}, {"L": []}, {"NULL": True}])))
def test_any_other_item_is_no_entry_and_no_error(item):
    assert reviews._entry_of(item | {"kind": {"S": "of a newer version"}}) is None


class TestTable:
    def test_entries_come_back_in_order_of_time(self, table):
        late, early = mark(at="2026-11-22T12:30:16.000Z#a"), mark(at="2026-11-22T12:30:15.000Z#b")
        table.add(late)
        table.add(early)
        assert table.read().entries == (early, late)

    def test_the_same_entry_written_again_is_one(self, table):
        entry = mark()
        table.add(entry)
        table.add(entry)
        assert table.read().entries == (entry,)

    def test_nothing_that_is_stored_is_overwritten(self, table):
        entry = mark()
        table.add(entry)
        table.add(mark(at=entry.at, comment="another"))
        assert table.read().entries == (entry,)

    def test_what_is_no_entry_is_counted(self, table, client):
        table.add(mark())
        for kind, moment in (("praise", "2026-11-22T12:30:15.000Z#a"), ("note", "yesterday")):
            item = {"subject": {"S": "s"}, "at": {"S": moment}, "kind": {"S": kind}, "by": {"S": "x"}}
            client.put_item(TableName="marks", Item=item | {"user_id": {"S": "u"}, "text": {"S": "t"}})
        read = table.read()
        assert (len(read.entries), read.unreadable) == (1, 2)

    def test_a_text_that_is_too_long_is_refused_before_it_is_sent(self, table):
        with pytest.raises(TooLong, match=r"^The text has 10,001 characters; at most 10,000 can be stored: shorten it"):
            table.add(mark(comment="x" * 10_001))
        table.add(mark(comment="x" * 10_000))
        assert len(table.read().entries) == 1

    def test_another_table_under_this_name_is_one_sentence(self, client):
        client.create_table(
            TableName="other",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.put_item(TableName="other", Item={"id": {"S": "x"}})
        with pytest.raises(KeysDiffer, match=r"other is another table: .*; correct DYNAMODB_REVIEWS"):
            ReviewTable(Connection(), replace(NAMED, reviews="other")).read()

    @pytest.mark.parametrize(
        ("code", "error"), [("ThrottlingException", Throttled), ("AccessDeniedException", AccessDenied)]
    )
    def test_a_refused_write_is_a_named_error(self, table, monkeypatch, code, error):
        def refuse(*_: object, **__: object) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "PutItem")

        monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse)
        with pytest.raises(error):
            table.add(mark())


def test_two_lists_of_ids_have_two_subjects():
    subjects = {
        subject_of("evaluation", "a", "bc"),
        subject_of("evaluation", "ab", "c"),
        subject_of("evaluation", "abc"),
        subject_of("evaluation", "", "abc"),
        subject_of("student", "abc"),
        subject_of("student", "\ud800"),
    }
    assert len(subjects) == 6
    assert max(len(subject) for subject in subjects) < 100


def test_entries_made_at_the_same_time_have_two_keys():
    first, second = moment_of(NOW), moment_of(NOW)
    assert first != second
    assert first.startswith("2026-11-22T12:30:15.123Z#")


@pytest.mark.parametrize("length", [10, 2_000])
def test_a_hand_off_of_very_many_jobs_is_several_entries(length):
    jobs = [("evaluations", f"{n:0{length}}", "u") for n in range(3_000)]
    parts = [*hand_offs("cause#1", "failed", "quota", jobs, to="Omar", by="Olga", now=NOW)]
    assert [job for part in parts for job in part.jobs] == jobs
    assert len({part.hand_off_id for part in parts}) == 1
    assert len({part.at for part in parts}) == len(parts)
    assert all(len(repr(part.jobs)) < 2 * MAX_BYTES_OF_JOBS for part in parts)


@pytest.fixture(scope="module")
def aws() -> Iterator[Any]:
    with privileges.tables("provisioned") as client:
        provision.apply(client, provision.plan({"reviews": None}, {"reviews": "marks"}), lambda _: None)
        yield client


class TestPrivileges:
    """What the two policies allow on the table of reviews, in a mock that enforces the actions."""

    @pytest.mark.usefixtures("aws")
    def test_the_reviewer_may_read_and_add(self):
        with privileges.permitted(privileges.actions("reviewer")):
            table = ReviewTable(Connection(), NAMED)
            table.add(mark())
            assert len(table.read().entries) == 1

    def test_the_reviewer_may_not_change_or_remove(self, aws):
        key = {"subject": {"S": "s"}, "at": {"S": "t"}}
        with privileges.permitted(privileges.actions("reviewer")):
            for operation in ("update_item", "delete_item"):
                with pytest.raises(ClientError, match="AccessDenied"):
                    getattr(Connection(), operation)(TableName="marks", Key=key)

    @pytest.mark.usefixtures("aws")
    def test_the_reader_may_not_add(self):
        with (
            privileges.permitted(privileges.actions("reader")),
            pytest.raises(AccessDenied, match=r"may not dynamodb:PutItem on marks: .* policy reviewer"),
        ):
            ReviewTable(Connection(), NAMED).add(mark())
