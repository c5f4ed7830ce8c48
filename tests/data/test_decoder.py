"""The fast way from bytes to a frame: it agrees with the plain one on any items, and never shows less than was sent."""

import base64
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pandas as pd
import pyarrow as pa
import pytest
from boto3.dynamodb.types import TypeDeserializer
from botocore.awsrequest import AWSResponse
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data import columns, decoder, paging
from data import times as times_module
from data.columns import consume_into_frame, frame_of_items, item_reader
from data.errors import IncompleteRead, ResponseDamaged, translate_errors
from data.schema import EVALUATIONS, TABLES, Kind
from tests.data import reference
from tests.documented import WRITING
from tests.wire_values import items_of, numbers, texts, wire_values

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
KEYS = {"evaluation_id": {"S": "e"}, "user_id": {"S": "u"}}


def sent(items: Any) -> bytes:
    """Items as JSON, as DynamoDB sends them."""
    return json.dumps(items, default=lambda content: base64.b64encode(bytes(content)).decode()).encode()


def fast(table: Any, *pages: Any) -> pd.DataFrame:
    return consume_into_frame(
        table, [page.flatten() for page in item_reader(table).read_pages([sent(page) for page in pages])], NOW
    )


def test_parts_are_consumed_while_the_frame_is_made(monkeypatch):
    items = [WRITING | {"evaluation_id": {"S": f"e-{number}"}} for number in range(2_000)]
    others = pa.total_allocated_bytes()  # of earlier tests
    parts = [page.flatten() for page in item_reader(EVALUATIONS).read_pages([sent(items)])]
    times = columns.item_times
    held = []
    monkeypatch.setattr(columns, "item_times", lambda *given: held.append(pa.total_allocated_bytes()) or times(*given))
    before = pa.total_allocated_bytes() - others
    frame = consume_into_frame(EVALUATIONS, parts, NOW)
    assert (len(frame), parts) == (2_000, [])
    assert held[0] - others < 0.7 * before


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


documented = {
    Kind.LABEL: texts | st.sampled_from(["completed", " Failed", "writing", "SPEAKING", "flashcard"]),
    Kind.BAND: st.sampled_from(["7.0", "6.5", "9", "0", "9.5", "6.25", "error", " 5.0 ", "-0"]) | texts,
    Kind.TIME: numbers | st.integers(1_400_000_000, 1_800_000_000).map(str) | st.floats(1.4e9, 1.8e9).map(repr),
    Kind.RECORDING: st.from_regex(r"\A(s3://b/)?u?/?20[12]\d[01]\d[0-3]\d_[0-2]\d[0-6]\d[0-6]\d_a(/b)?\.mp3\n?\Z")
    | texts,
    Kind.COUNT: numbers | st.integers(0, 900).map(str),
    Kind.NUMBER: texts | numbers | st.floats(0, 1).map(repr),
}


def values_of(kind: Kind) -> st.SearchStrategy[Any]:
    """A value as documented, most of the time; else any."""
    wire_type = "N" if kind in {Kind.TIME, Kind.COUNT} else "S"
    usual = documented.get(kind, texts).map(lambda content: {wire_type: content})
    return st.one_of(
        usual, usual, usual, numbers.map(lambda number: {"N": number}), st.just({"NULL": True}), wire_values
    )


def likely_items(table: Any) -> st.SearchStrategy[Any]:
    """Items whose attributes mostly hold what the table documents."""
    keys = {
        table.partition_key: texts.map(lambda text: {"S": text}),
        table.sort_key: texts.map(lambda text: {"S": text}),
    }
    optional = {a.name: values_of(a.kind) for a in table.summary_attributes}
    return st.fixed_dictionaries(keys, optional=optional)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_any_pages_give_what_each_item_alone_gives(table, data):
    items = items_of(table) | likely_items(table)
    summary = {table.partition_key, table.sort_key, *(a.name for a in table.summary_attributes)}
    # a projection requests the summary attributes alone
    projected = items.map(lambda item: {name: value for name, value in item.items() if name in summary})
    pages = data.draw(st.lists(st.lists(projected, max_size=4), min_size=1, max_size=4))
    everything = [item for page in pages for item in page]
    expected = reference.frame_of(table, everything, NOW)
    assert_same(fast(table, *pages), expected)
    assert_same(frame_of_items(table, everything, NOW), expected)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.fixed_dictionaries({name: values_of(Kind.TIME) for name in ("created_at", "started_at")})))
@example([{"created_at": {"N": "1748779200.4999999"}, "started_at": {"N": "1748779200999.9999"}}])
@example([{"created_at": {"N": "1.7976931348623159e308"}, "started_at": {"N": "-1e400"}}])
@example([{"created_at": {"N": "1748865600"}, "started_at": {"N": "1748865600.0000005"}}])
@example([{"created_at": {"N": "1748865600.001"}, "started_at": {"N": "1420070400"}}])
@example([{"created_at": {"N": "1420070399.9999"}, "started_at": {"N": "1420070399999.6"}}])
@example([{"created_at": {"N": "+1748779200"}, "started_at": {"N": "1748779200_0"}}])
def test_times_of_whole_columns_are_those_of_each_alone(times):
    items = [KEYS | each for each in times]
    assert_same(fast(EVALUATIONS, items), reference.frame_of(EVALUATIONS, items, NOW))


def test_times_are_the_same_for_any_size_of_chunk(monkeypatch):
    times = [{"N": str(NOW.timestamp() - number * factor)} for number in range(5) for factor in (1, 1e3, 1e9)]
    items = [{"evaluation_id": {"S": f"e-{n}"}, "user_id": {"S": "u"}, "created_at": at} for n, at in enumerate(times)]
    expected = reference.frame_of(EVALUATIONS, items, NOW)
    for rows in (1, 2, 7, len(items) - 1, len(items), len(items) + 1):
        monkeypatch.setattr(times_module, "CHUNK_ROWS", rows)
        assert_same(fast(EVALUATIONS, items), expected)


@settings(deadline=None, max_examples=200)
@given(st.lists(values_of(Kind.RECORDING)))
@example(
    [{"S": "20240229_000000_a"}, {"S": "20230229_000000_a"}, {"S": "20240230_240000_a"}, {"S": "x20240101_000000_a"}]
)
@example([{"S": "s3://b/20240101_000000_a/20240102_000000_b"}, {"S": "00000101_000000_a"}, {"S": "20241301_000000_a"}])
@example(
    [{"S": "20240101_000060_a"}, {"S": "20240101_006000_a"}, {"S": "20240100_000000_a"}, {"S": "20240001_000000_a"}]
)
def test_times_in_file_names_are_those_of_each_alone(recordings):
    items = [KEYS | {"audio_url": each} for each in recordings]
    assert_same(fast(EVALUATIONS, items), reference.frame_of(EVALUATIONS, items, NOW))


@settings(deadline=None, max_examples=100)
@given(st.lists(likely_items(EVALUATIONS), max_size=5))
def test_what_is_read_is_what_boto3_would_have_read(items):
    """Texts and numbers against boto3's own deserializer, where they are of a type it gives as such."""
    frame = fast(EVALUATIONS, items)
    for row, item in enumerate(items):
        for attribute in EVALUATIONS.summary_attributes:
            value, found = item.get(attribute.name, {"NULL": True}), frame.get(attribute.name)
            if attribute.kind == Kind.TEXT and "S" in value:
                stored = TypeDeserializer().deserialize(value)
                assert found[row] == "".join("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in stored)
            if attribute.kind in {Kind.COUNT, Kind.NUMBER} and "N" in value and not pd.isna(found[row]):
                assert float(found[row]) == float(value["N"])


def test_one_odd_value_does_not_send_its_neighbours_the_slow_way(monkeypatch):
    reader = item_reader(EVALUATIONS)
    slow: list[int] = []
    read_items = reader.read_items
    monkeypatch.setattr(reader, "read_items", lambda items: slow.append(len(items)) or read_items(items))
    usual = KEYS | {"overall_band": {"S": "7.0"}}
    pages = [sent([usual] * 3), sent([usual, usual | {"overall_band": {"N": "7"}}]), sent([usual])]
    assert [len(page.flatten()) for page in [*reader.read_pages(pages)]] == [6]
    assert slow == []
    # a list is no text, number or null: its page alone is read item by item
    pages[1] = sent([usual, usual | {"overall_band": {"L": [{"S": "7.0"}]}}])
    assert [len(page.flatten()) for page in reader.read_pages(pages)] == [3, 2, 1]
    assert slow == [2]


def test_an_attribute_that_was_not_asked_for_is_passed_over():
    items = [KEYS | {"essay_text": {"S": "x"}, "overall_band": {"S": "7.0"}}]
    assert_same(fast(EVALUATIONS, items), reference.frame_of(EVALUATIONS, items, NOW))


class Answering:
    """A client whose requests are answered here, by real botocore from the bytes on, without a network."""

    def __init__(self, *bodies: bytes, checksum: int | None = None, take: bool = True) -> None:
        self.bodies: Iterator[bytes] = iter(bodies)
        self.asked = 0
        self.checksum = checksum
        session = boto3.Session("test", "test", region_name="us-east-1")
        self.client = session.client("dynamodb", config=reads_config())
        self.client.meta.events.register("before-send.dynamodb.*", self.answer)
        if take:
            decoder.install_hooks(self.client)

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        self.asked += 1
        body = next(self.bodies)
        checksum = zlib.crc32(body) if self.checksum is None else self.checksum
        headers = {"x-amz-crc32": str(checksum), "content-length": str(len(body))}
        return AWSResponse(request.url, 200, headers, Raw(body))


class Raw:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.body


def reads_config() -> Any:
    from botocore.config import Config

    return Config(retries={"mode": "standard", "total_max_attempts": 3})


def body_of(items: Any, *, count: int | None = None, last: Any = None, spaces: bool = False) -> bytes:
    answer = {
        "ConsumedCapacity": {"TableName": "t", "CapacityUnits": 12.5},
        "Count": len(items) if count is None else count,
    }
    answer |= {"Items": items, "ScannedCount": len(items)} | ({"LastEvaluatedKey": last} if last else {})
    separators = None if spaces else (",", ":")
    return json.dumps(answer, separators=separators, ensure_ascii=spaces).encode()


def scanned(answering: Answering) -> paging.PagedRead:
    with translate_errors("t"):
        return paging.scan(
            answering.client, {"TableName": "t"}, item_reader(EVALUATIONS), 1, ("evaluation_id", "user_id")
        )


ODD_TEXTS = ['],"Count":9,"Items":[', '"Items":[]', "]}", "},{", "\\", "\n", "tiếng Việt 🎓", "\u2028", "null"]


@pytest.mark.parametrize("take", [True, False])
@pytest.mark.parametrize("spaces", [True, False])
def test_pages_are_followed_and_counted_with_and_without_the_event(take, spaces):
    texts = [
        {"evaluation_id": {"S": f"e-{number}"}, "user_id": {"S": "u"}, "error_message": {"S": text}}
        for number, text in enumerate(ODD_TEXTS)
    ]
    pages = [texts, [], [KEYS]]
    odd, other = ({"evaluation_id": {"S": last}, "user_id": {"S": "u"}} for last in ('],"Items":[{', "e"))
    bodies = [body_of(page, last=key, spaces=spaces) for page, key in zip(pages, (odd, other, None), strict=True)]
    answering = Answering(*bodies, take=take)
    read = scanned(answering)
    assert answering.asked == 3
    assert (read.cost.requests, read.cost.capacity_units) == (3, 37.5)
    assert read.cost.received_bytes == sum(map(len, bodies))
    frame = consume_into_frame(EVALUATIONS, read.items, NOW)
    assert_same(frame, reference.frame_of(EVALUATIONS, [item for page in pages for item in page], NOW))
    assert frame["error_message"].tolist()[:-1] == ODD_TEXTS


@pytest.mark.parametrize("take", [True, False])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_page_with_other_items_than_it_counts_is_an_error(take, count):
    with pytest.raises(IncompleteRead, match=f"arrived with 2 items where DynamoDB counted {count}"):
        scanned(Answering(body_of([KEYS, KEYS], count=count), take=take))


def test_a_body_that_does_not_match_its_checksum_is_asked_for_again_and_at_last_an_error():
    body = body_of([KEYS])
    answering = Answering(*[body] * 9, checksum=zlib.crc32(body) ^ 1)
    with pytest.raises(ResponseDamaged, match="arrived damaged"):
        scanned(answering)
    assert answering.asked == 3


def test_a_body_that_is_damaged_once_is_read_at_the_second_try():
    good, bad = body_of([KEYS]), body_of([KEYS]).replace(b'"u"', b'"v"')
    answering = Answering(bad, good)
    answering.checksum = zlib.crc32(good)
    read = scanned(answering)
    assert answering.asked == 2
    assert consume_into_frame(EVALUATIONS, read.items, NOW)["user_id"].tolist() == ["u"]


def test_half_a_character_in_one_item_leaves_all_items_readable():
    other = KEYS | {"user_id": {"S": "v"}}
    items = [KEYS | {"error_message": {"S": "\ud83d alone"}}, other | {"error_message": {"S": "fine"}}]
    body = json.dumps({"Count": 2, "Items": items, "ScannedCount": 2}).encode()
    frame = consume_into_frame(EVALUATIONS, scanned(Answering(body)).items, NOW)
    assert frame["error_message"].tolist() == ["\ufffd alone", "fine"]
