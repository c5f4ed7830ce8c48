import itertools
import math
import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, Event, Lock
from time import sleep
from typing import Any

import pytest

from data import decoder, paging
from data.errors import EndlessRead, IncompleteRead, OtherItems, ReadCancelled
from data.paging import ResponsePage
from data.results import Cost
from data.schema import TABLES

KEY = ("evaluation_id", "user_id")
READER = decoder.ItemReader(dict.fromkeys(KEY, "S"))


def item(number: int, user: str = "u") -> dict[str, Any]:
    return {"evaluation_id": {"S": f"e-{number}"}, "user_id": {"S": user}}


def page(
    *numbers: int, last: int | None = None, units: float = 0.5, received: int = 100, **more: Any
) -> dict[str, Any]:
    """A response of Query or Scan: items, and the key that the next page starts after."""
    return {
        "Items": [item(number) for number in numbers],
        "Count": len(numbers),
        "ConsumedCapacity": {"CapacityUnits": units},
        "ResponseMetadata": {"HTTPHeaders": {"content-length": str(received)}},
        **({"LastEvaluatedKey": item(last)} if last is not None else {}),
        **more,
    }


class PagedClient:
    """Answers with the pages it was given, one after the other, per segment, and keeps the requests."""

    def __init__(self, *pages: Any, segments: dict[int, list[Any]] | None = None) -> None:
        self.pages = {segment: iter(each) for segment, each in (segments or {None: pages}).items()}
        self.requests: list[dict[str, Any]] = []
        self.lock = Lock()

    def answer(self, **arguments: Any) -> Any:
        with self.lock:
            self.requests.append(arguments)
        answer = next(self.pages[arguments.get("Segment")])
        if callable(answer):
            answer = answer()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    query = scan = batch_get_item = answer

    def get_item(self, **arguments: Any) -> Any:
        return self.answer(**arguments)


def query(client: Any, arguments: dict[str, Any]) -> paging.PagedRead:
    return paging.query(client, arguments, READER, KEY)


def scan(client: Any, segments: int, on_page: Any = None) -> paging.PagedRead:
    return paging.scan(client, {"TableName": "t"}, READER, segments, KEY, on_page)


def items_of(read: paging.PagedRead) -> list[dict[str, Any]]:
    """The items of a read, in order, as they were sent."""
    found = [item for part in read.items for item in part.to_pylist()]
    return [{name: {"S": value["S"]} for name, value in item.items()} for item in found]


def test_every_page_is_read_up_to_the_one_without_a_last_key():
    client = PagedClient(page(1, 2, last=2), page(3, last=3), page(4), page(5))
    read = query(client, {"TableName": "t", "Limit": 2})
    assert items_of(read) == [item(number) for number in (1, 2, 3, 4)]
    assert client.requests == [
        {"TableName": "t", "Limit": 2},
        {"TableName": "t", "Limit": 2, "ExclusiveStartKey": item(2)},
        {"TableName": "t", "Limit": 2, "ExclusiveStartKey": item(3)},
    ]


@pytest.mark.parametrize("pages", [[page()], [page(last=7), page(last=9), page()]])
def test_empty_pages_with_a_last_key_are_not_the_end(pages):
    client = PagedClient(*pages)
    assert items_of(query(client, {"TableName": "t"})) == []
    assert len(client.requests) == len(pages)


def test_items_after_empty_pages_are_read():
    client = PagedClient(page(last=7), page(1, last=8), page(last=9), page(2))
    assert items_of(scan(client, 1)) == [item(1), item(2)]


@pytest.mark.parametrize("operation", [query, lambda client, _: scan(client, 1)])
def test_the_cost_is_that_of_all_pages(operation):
    client = PagedClient(page(1, last=1, units=12.5, received=700), page(2, units=0.5, received=30))
    cost = operation(client, {"TableName": "t"}).cost
    assert (cost.requests, cost.capacity_units, cost.received_bytes) == (2, 13.0, 730)
    assert cost.seconds > 0


def test_an_engine_that_tells_no_cost_costs_a_request():
    answer = {"Items": [], "Count": 0}
    cost = query(PagedClient(answer), {"TableName": "t"}).cost
    assert (cost.requests, cost.capacity_units, cost.received_bytes) == (1, 0.0, 0)


@pytest.mark.parametrize(
    ("consumed", "received", "unmetered"),
    [
        ({"CapacityUnits": 0.5}, 200, 0),
        ({"CapacityUnits": 0.5}, 9_000, 0),
        ({"CapacityUnits": 128.5}, 1_400_000, 0),
        ({"CapacityUnits": 1.0}, 1_400_000, 1),
        ({"CapacityUnits": 0.0}, 200, 0),
        (None, 200, 1),
        ([], 200, 1),
        ([{"CapacityUnits": 1.0}, {"CapacityUnits": 100.0}], 1_000_000, 0),
    ],
)
def test_an_engine_that_does_not_meter_is_noticed(consumed, received, unmetered):
    response = page(1, received=received)
    if consumed is None:
        del response["ConsumedCapacity"]
    else:
        response["ConsumedCapacity"] = consumed
    assert query(PagedClient(response), {"TableName": "t"}).cost.unmetered_requests == unmetered


def test_costs_add_up():
    assert Cost(1, 0.5, 10, 0.1) + Cost(2, 1.5, 20, 0.4) == Cost(3, 2.0, 30, 0.5)
    assert sum((Cost(1, 0.5, 10, 1.0),) * 3, Cost()) == Cost(3, 1.5, 30, 3.0)


@pytest.mark.parametrize("counted", [0, 1, 3])
@pytest.mark.parametrize("segments", [1, 2])
def test_a_page_that_holds_other_than_it_counted_is_an_error(counted, segments):
    wrong = page(1, 2) | {"Count": counted}
    client = PagedClient(wrong) if segments == 1 else PagedClient(segments={0: [page(1)], 1: [wrong]})
    with pytest.raises(IncompleteRead, match=rf"^A page of t arrived with 2 items where DynamoDB counted {counted}:"):
        scan(client, segments)


def test_a_segmented_scan_gathers_every_segment_in_order():
    client = PagedClient(
        segments={0: [page(1, last=1), page(2)], 1: [page(last=5), page(3, 4)], 2: [page()], 3: [page(5, units=2.0)]}
    )
    read = scan(client, 4)
    assert items_of(read) == [item(number) for number in (1, 2, 3, 4, 5)]
    assert (read.cost.requests, read.cost.capacity_units, read.cost.received_bytes) == (6, 4.5, 600)
    assert {(r["Segment"], r["TotalSegments"]) for r in client.requests} == {(n, 4) for n in range(4)}


def test_one_segment_is_asked_for_without_segments():
    client = PagedClient(page(1))
    scan(client, 1)
    assert client.requests == [{"TableName": "t"}]


def test_segments_are_read_at_the_same_time():
    together = Barrier(3, timeout=5)

    def answer():
        together.wait()
        return page()

    scan(PagedClient(segments={n: [answer] for n in range(3)}), 3)


def test_an_item_that_comes_in_several_segments_is_there_once():
    same_id = item(1, "another")
    everything = page(1, 2) | {"Items": [item(1), item(2), same_id], "Count": 3}
    read = scan(PagedClient(segments={n: [everything] for n in range(3)}), 3)
    assert items_of(read) == [item(1), item(2), same_id]


REPEATING = (page(1, 2, 2, last=2), page(2, 1, 3))


@pytest.mark.parametrize("read", [lambda client: scan(client, 1), lambda client: query(client, {"TableName": "t"})])
def test_an_item_that_comes_twice_in_one_segment_or_query_is_there_once(read):
    assert items_of(read(PagedClient(*REPEATING))) == [item(1), item(2), item(3)]


@pytest.mark.parametrize("segments", [1, 3])
@pytest.mark.parametrize("cycle", [[1], [1, 2], [3, 1, 2]])
def test_a_position_that_is_repeated_ends_the_read(segments, cycle):
    answered = itertools.cycle([page(number, last=number) for number in cycle])
    client = PagedClient()
    client.pages = dict.fromkeys([None, *range(segments)], answered)
    with pytest.raises(
        EndlessRead, match=r"^The read of t does not end \(a LastEvaluatedKey is repeated\): it was stop"
    ):
        scan(client, segments)
    assert len(client.requests) <= (len(cycle) + 1) * segments + paging.MAX_QUEUED_PAGES


def test_a_query_ends_too_where_a_position_is_repeated():
    client = PagedClient(*[page(1, last=1)] * 9)
    with pytest.raises(EndlessRead):
        query(client, {"TableName": "t"})
    assert len(client.requests) == 2


@pytest.mark.parametrize("segments", [1, 3])
def test_a_read_of_more_pages_than_the_table_can_fill_ends(segments):
    client = PagedClient()
    client.pages = dict.fromkeys([None, *range(segments)], (page(last=number) for number in itertools.count()))
    with pytest.raises(EndlessRead, match=r"^The read of t does not end \(more than 20 pages\)"):
        paging.scan(client, {"TableName": "t"}, READER, segments, KEY, max_pages=20)
    assert len(client.requests) <= 21 + segments + paging.MAX_QUEUED_PAGES


@pytest.mark.parametrize(
    ("size", "pages"), [(0, math.inf), (1, 1_010), (2**20, 1_010), (2**20 + 1, 1_020), (2**40, 1_000 + 10 * 2**20)]
)
def test_the_most_pages_grow_with_the_table(size, pages):
    assert paging.max_pages_for(size) == pages


def test_an_item_with_other_keys_than_were_asked_for_is_not_shown():
    client = PagedClient({"Item": item(1, "another")})
    with pytest.raises(
        OtherItems, match=r"^A response about t holds other items than were asked for: nothing is shown"
    ):
        paging.get(client, "t", {"evaluation_id": "e-1", "user_id": "u"})


@pytest.mark.parametrize("where", ["Responses", "UnprocessedKeys"])
@pytest.mark.parametrize("other", [item(1, "another"), item(3), {"evaluation_id": {"S": "e-1"}}, {}])
def test_a_batch_with_another_key_than_was_asked_for_is_not_shown(where, other):
    found = [item(2), other]
    client = PagedClient({"Responses": {"t": []}, where: {"t": found if where == "Responses" else {"Keys": found}}})
    asked = [{"evaluation_id": f"e-{number}", "user_id": "u"} for number in (1, 2)]
    with pytest.raises(OtherItems):
        paging.batch_get(client, "t", asked, KEY)


def test_an_error_in_one_segment_is_raised_and_ends_the_others():
    failed = Event()

    def fail():
        failed.set()
        raise ConnectionError("segment 1")

    def many():
        failed.wait(5)
        yield from (page(1, last=number) for number in range(10_000))
        yield page(1)

    client = PagedClient(segments={0: many(), 1: [page(3, last=3), fail], 2: many()})
    with pytest.raises(ConnectionError, match="segment 1"):
        scan(client, 3)
    assert len(client.requests) < 10_000


@pytest.mark.parametrize("segments", [1, 4])
def test_every_page_is_told_as_it_arrives(segments):
    pages = [page(1, last=1), page(2, 3)]
    client = PagedClient(*pages) if segments == 1 else PagedClient(segments=dict.fromkeys(range(segments), pages))
    told: list[ResponsePage] = []
    scan(client, segments, told.append)
    assert sorted(each.count for each in told) == [1] * segments + [2] * segments
    assert all((each.cost.requests, each.cost.capacity_units) == (1, 0.5) for each in told)


@pytest.mark.parametrize("segments", [1, 3])
def test_whoever_is_told_can_end_the_read_in_every_segment(segments):
    many = [page(1, last=number) for number in range(1000)]
    client = PagedClient(*many) if segments == 1 else PagedClient(segments=dict.fromkeys(range(segments), many))
    told: list[ResponsePage] = []

    def on_page(each: ResponsePage) -> None:
        told.append(each)
        if len(told) >= 10:
            raise ReadCancelled

    with pytest.raises(ReadCancelled):
        scan(client, segments, on_page)
    assert 10 <= len(told) <= 10 + segments
    asked = len(client.requests)
    assert asked <= len(told) + segments + paging.MAX_QUEUED_PAGES


@pytest.mark.parametrize(
    ("size", "segments"),
    [(0, 1), (1, 1), (8 * 2**20, 1), (8 * 2**20 + 1, 2), (40 * 2**20, 5), (64 * 2**20, 8), (10**12, 8)],
)
def test_a_table_is_cut_into_more_segments_the_larger_it_is(size, segments):
    assert paging.segments_for(size) == segments


def test_one_item_by_both_keys():
    answer = {"Item": item(1), "ConsumedCapacity": {"CapacityUnits": 0.5}}
    client = PagedClient(answer)
    found, cost = paging.get(client, "t", {"evaluation_id": "e-1", "user_id": "u"})
    assert found == item(1)
    assert (cost.requests, cost.capacity_units) == (1, 0.5)
    assert client.requests == [{"TableName": "t", "Key": item(1), "ReturnConsumedCapacity": "TOTAL"}]


def test_no_item_is_none():
    assert paging.get(PagedClient({}), "t", {"evaluation_id": "e-1", "user_id": "u"})[0] is None


@pytest.mark.parametrize("expression", ["KeyConditionExpression", "FilterExpression"])
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_no_attribute_stands_bare_in_an_expression(table, expression):
    names = [table.partition_key, table.sort_key, *(a.name for a in table.summary_attributes)]
    assert "status" in names
    sent = paging.request(
        {"TableName": "t", **paging.projection([*names, "status"])}, paging.equals("status", "completed", expression)
    )
    for part in ("ProjectionExpression", expression):
        assert re.fullmatch(r"#\w+(( = :\w+)|(, #\w+)*)", sent[part])
    aliases = re.findall(r"#\w+", sent["ProjectionExpression"])
    assert [sent["ExpressionAttributeNames"][alias] for alias in aliases] == names
    (alias,) = re.findall(r"#\w+", sent[expression])
    assert sent["ExpressionAttributeNames"][alias] == "status"
    assert alias not in aliases
    assert sent["ExpressionAttributeValues"] == {":equal": {"S": "completed"}}
    assert sent["ReturnConsumedCapacity"] == "TOTAL"


def test_a_request_joins_its_parts_and_changes_none():
    parts = [{"TableName": "t", "ExpressionAttributeNames": {"#a": "a"}}, {"ExpressionAttributeNames": {"#b": "b"}}]
    assert paging.request(*parts)["ExpressionAttributeNames"] == {"#a": "a", "#b": "b"}
    assert parts[0]["ExpressionAttributeNames"] == {"#a": "a"}


def test_an_error_of_the_segment_that_ends_last_is_raised_however_late_its_thread_ends(monkeypatch):
    class Late(ThreadPoolExecutor):
        def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
            def late() -> Any:
                try:
                    return call(*arguments)
                finally:
                    sleep(0.05)

            return super().submit(late)

    monkeypatch.setattr(paging, "ThreadPoolExecutor", Late)
    with pytest.raises(KeyError, match="late"):
        scan(PagedClient(segments={0: [page(1)], 1: [KeyError("late")]}), 2)
