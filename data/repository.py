"""The reads the dashboard does: everyone, one student, one evaluation, one flashcard set, the tables' own facts.

Bound to one client, the settings and a clock. Frames and records come out; what a read cost comes with it. Nothing is
cached here but the tables' descriptions, and nothing is ever written.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from time import perf_counter
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
from botocore.exceptions import ClientError

from data import access_paths, paging
from data.access_paths import AccessPath, Description, Index
from data.columns import frame_of_columns, reader_of
from data.connection import Connection
from data.errors import (
    AccessDenied,
    AskFirst,
    CredentialsExpired,
    CredentialsMissing,
    IndexMissing,
    Throttled,
    naming_errors,
)
from data.paging import Client, OnPage, PagedRead
from data.parsers import evaluation_of, feedback_of, flashcard_set_of
from data.records import Evaluation, Feedback, FlashcardSet
from data.results import AllItems, Cost, StudentItems, TableFacts
from data.schema import EVALUATIONS, FLASHCARD, FLASHCARD_SETS, TABLES, Table, TableKey
from data.settings import Settings
from data.values import WireItem

T = TypeVar("T")

DESCRIPTION_LASTS = timedelta(minutes=5)
UNDESCRIBED = "unknown"
"""The status of a table that may not be described."""

MOST_TWINS_LOOKED_FOR = 100
"""How many unfinished jobs of one student are looked up under other users; each costs one small query."""

MOST_PARTITION_KEY_BYTES, MOST_SORT_KEY_BYTES = 2048, 1024
"""Of UTF-8. Nothing is stored under a longer or an empty key: DynamoDB refuses to write it, and to be asked for it."""

MOST_KEYS = 100
"""BatchGetItem takes at most so many keys."""

MOST_FRUITLESS_REQUESTS = 6
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""So many requests in a row may bring nothing new; between them, pauses that double (seconds)."""


class Repository:
    """Reads of the two tables through one client. Every method raises the named errors of `data.errors`."""

    def __init__(self, client: Client, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self._client = client
        self._clock = clock
        self._descriptions: dict[TableKey, tuple[datetime, Description]] = {}
        self._readers = {table.key: reader_of(table) for table in TABLES.values()}
        self._agreed: set[str] = set()
        self._lock = Lock()

    def description(self, table: Table) -> Description:
        """DescribeTable, remembered for five minutes. Where it is not allowed, a table without known indexes."""
        with self._lock:
            known = self._descriptions.get(table.key)
        if known is not None and self._clock() - known[0] < DESCRIPTION_LASTS:
            return known[1]
        try:
            with self._naming(table):
                found = access_paths.describe(table, self._client.describe_table(TableName=self._name(table)))
        except AccessDenied:
            keys = (table.partition_key, table.sort_key)
            found = Description(table, self._name(table), UNDESCRIBED, keys, (), 0, 0, UNDESCRIBED)
        with self._lock:
            self._descriptions[table.key] = (self._clock(), found)
        return found

    def address(self, table: Table) -> tuple[str, str, str | None]:
        """The table's name, its region, and its endpoint where that is not AWS."""
        endpoint = str(self._client.meta.endpoint_url)
        is_aws = (urlsplit(endpoint).hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))
        return self._name(table), str(self._client.meta.region_name), None if is_aws else endpoint

    def expected_items(self) -> int:
        """How many items both tables hold, by DescribeTable's estimate."""
        return sum(self.description(table).item_count for table in TABLES.values())

    def everyone(self, on_page: OnPage | None = None) -> AllItems:
        """All items of both tables, light attributes, by the cheapest complete path. `on_page` may end the read.

        Raises AskFirst where that takes more than the settings' limit and nobody has agreed.
        """
        return self._by_present_indexes(lambda: self._everyone(on_page))

    def _everyone(self, on_page: OnPage | None) -> AllItems:
        now = self._clock()
        self._ask_first("Reading everyone", "", self.units_of_everyone())
        paths = {table.key: self._everyone_path(table) for table in TABLES.values()}
        start = perf_counter()
        # side by side: the smaller table is read while the larger one's pages are on their way
        with ThreadPoolExecutor(len(TABLES), thread_name_prefix="everyone") as pool:
            reads = {key: pool.submit(self._scan, TABLES[key], paths[key], {}, on_page) for key in TABLES}
        found = {key: read.result() for key, read in reads.items()}
        cost = replace(sum((read.cost for read in found.values()), Cost()), seconds=perf_counter() - start)
        frames = {key: newest_first(frame_of_columns(TABLES[key], read.items, now)) for key, read in found.items()}
        return AllItems(frames["evaluations"], frames["flashcard_sets"], now, cost, paths)

    def student_paths(self) -> dict[TableKey, AccessPath]:
        """The way to one student's items, per table."""
        return {table.key: self._student_path(table) for table in TABLES.values()}

    def units_of_everyone(self) -> float:
        """Capacity units of `everyone`, by DescribeTable's estimate."""
        described = [self.description(table) for table in TABLES.values()]
        return sum(each.units_through(access_paths.everyone_path(each)) for each in described)

    def hides_indexes(self) -> bool:
        """Whether a table may not be described, so that nobody knows its indexes."""
        return any(self.description(table).status == UNDESCRIBED for table in TABLES.values())

    def units_of_student(self) -> float:
        """Capacity units of the tables that are read whole for one student, by DescribeTable's estimate."""
        paths = self.student_paths()
        return sum(self.description(table).scan_units for table in TABLES.values() if paths[table.key].index is None)

    def student(self, user_id: str) -> StudentItems:
        """Everything of one student, light attributes: by an index where one serves, else by a filtered scan.

        Raises AskFirst as `everyone` does.
        """
        if not _can_be_sort_key(user_id):
            return StudentItems(
                user_id, EVALUATIONS.empty_frame(), FLASHCARD_SETS.empty_frame(), self._clock(), Cost(), {}
            )
        return self._by_present_indexes(lambda: self._student(user_id))

    def _student(self, user_id: str) -> StudentItems:
        now = self._clock()
        self._ask_first("Finding this student without an index", user_id, self.units_of_student())
        cost = Cost()
        frames: dict[TableKey, pd.DataFrame] = {}
        left_out: dict[TableKey, str] = {}
        paths = self.student_paths()
        for table in TABLES.values():
            path = paths[table.key]
            read = self._of_student(table, path, user_id)
            cost += read.cost
            if not path.complete:
                left_out[table.key] = path.why
            frame = frame_of_columns(table, [*read.items], now)
            if table is EVALUATIONS:
                twins = self._twins(frame)
                cost += twins.cost
                if len(twins):
                    frame = frame_of_columns(table, read.items + twins.items, now)
                    own_or_twin = (np.arange(len(frame)) < len(read)) | (frame[table.sort_key] != user_id)
                    frame = frame[own_or_twin]
            frames[table.key] = newest_first(frame)
        return StudentItems(user_id, frames["evaluations"], frames["flashcard_sets"], now, cost, left_out)

    def evaluation(self, evaluation_id: str, user_id: str) -> tuple[Evaluation | None, Cost]:
        """One evaluation by both keys, whole."""
        item, cost = self._get(EVALUATIONS, evaluation_id, user_id)
        return (None if item is None else evaluation_of(item, self._clock())), cost

    def feedbacks(
        self, keys: Sequence[tuple[str, str]], sleep: Callable[[float], None] = time.sleep
    ) -> tuple[list[tuple[str, Feedback]], Cost]:
        """The feedback of the evaluations with these keys (`evaluation_id`, `user_id`), in their order, by id.

        An evaluation that is not there is not among them; one without feedback has an empty one. Only the feedback
        comes, but DynamoDB charges for the items whole: ask for the attempts that are looked at. What comes back
        unprocessed is asked for again after a pause; raises Throttled where that brings nothing time and again.
        """
        names = (EVALUATIONS.partition_key, EVALUATIONS.sort_key)
        # DynamoDB refuses a key named twice
        waiting = [dict(zip(names, key, strict=True)) for key in dict.fromkeys(keys) if _can_be_keys(*key)]
        found: dict[tuple[str, str], Feedback] = {}
        cost = Cost()
        fruitless = 0
        while waiting:
            items, left, more = self._batch(waiting[:MOST_KEYS], [*names, "feedback"])
            waiting = left + waiting[MOST_KEYS:]
            cost += more
            for item in items:
                found[item[names[0]]["S"], item[names[1]]["S"]] = feedback_of(item.get("feedback"))[0]
            if not left:
                fruitless = 0
                continue
            fruitless = 0 if items else fruitless + 1
            if fruitless == MOST_FRUITLESS_REQUESTS:
                raise Throttled(self._name(EVALUATIONS))
            sleep(min(FIRST_PAUSE * 2**fruitless, LONGEST_PAUSE))
        return [(key[0], found[key]) for key in dict.fromkeys(keys) if key in found], cost

    def same_job(self, evaluation_id: str) -> tuple[pd.DataFrame, Cost]:
        """Every item with this id, whichever user it is under: the job itself and its twins. Light attributes."""
        read = self._partition(EVALUATIONS, evaluation_id)
        return frame_of_columns(EVALUATIONS, read.items, self._clock()), read.cost

    def flashcard_set(self, set_id: str, user_id: str) -> tuple[FlashcardSet | None, Cost]:
        """One flashcard set by both keys, whole, from the sets table, else from the evaluations table."""
        item, cost = self._get(FLASHCARD_SETS, set_id, user_id)
        if item is not None:
            return flashcard_set_of(FLASHCARD_SETS, item, self._clock()), cost
        item, more = self._get(EVALUATIONS, set_id, user_id)
        if item is None or _evaluation_type(item) != FLASHCARD:
            return None, cost + more
        return flashcard_set_of(EVALUATIONS, item, self._clock()), cost + more

    def facts(self, table: Table) -> TableFacts:
        """The table's description, its access paths, its recovery and time to live."""
        description = self.description(table)
        name = self._name(table)
        return TableFacts(
            description=description,
            indexes=access_paths.indexes_frame(description),
            attributes=table.dictionary(),
            student_path=self._student_path(table),
            everyone_path=self._everyone_path(table),
            recovery=self._asked(table, lambda: _recovery(self._client.describe_continuous_backups(TableName=name))),
            time_to_live=self._asked(table, lambda: _time_to_live(self._client.describe_time_to_live(TableName=name))),
        )

    def _by_present_indexes(self, read: Callable[[], T]) -> T:
        """A read; once more, by the ways there are now, where an index is not what the tables were described with."""
        try:
            return read()
        except IndexMissing:
            with self._lock:
                self._descriptions.clear()
            return read()

    def _student_path(self, table: Table) -> AccessPath:
        return self._why(table, access_paths.student_path(self.description(table)))

    def _everyone_path(self, table: Table) -> AccessPath:
        return self._why(table, access_paths.everyone_path(self.description(table)))

    def _why(self, table: Table, path: AccessPath) -> AccessPath:
        """The path; where no index is known because none could be asked for, that is why."""
        if self.description(table).status != UNDESCRIBED:
            return path
        return replace(path, why="reads the whole table: dynamodb:DescribeTable is not allowed, so no index is known")

    def _ask_first(self, what: str, whose: str, units: float) -> None:
        """Lets a read through that is within the limit, or was agreed to since the last such read of the same student."""
        limit = self.settings.scan_limit
        with self._lock:
            if units <= limit or whose in self._agreed:
                self._agreed.discard(whose)
                return
        raise AskFirst(what, units, self.settings.price(units), limit, agree=lambda: self._agreed.add(whose))

    def _name(self, table: Table) -> str:
        return self.settings.names[table.key]

    @contextmanager
    def _naming(self, table: Table, index: str = "") -> Iterator[None]:
        try:
            with naming_errors(self._name(table), "" if self.settings.demo else table.variable, index):
                yield
        except (CredentialsExpired, CredentialsMissing):
            if isinstance(self._client, Connection):
                self._client.forget()
            raise

    def _light(self, table: Table, index: Index | None = None) -> dict[str, Any]:
        names = [table.partition_key, table.sort_key, *(a.name for a in table.summary_attributes)]
        if index is None:
            return {"TableName": self._name(table), **paging.projection(names)}
        # an index that holds nothing else needs no projection, which costs some engines more than the read
        narrow = index.projection == "INCLUDE" and index.included <= {*names}
        projected = {} if narrow else paging.projection(names)
        return {"TableName": self._name(table), "IndexName": index.name, **projected}

    def _get(self, table: Table, partition_key: str, user_id: str) -> tuple[WireItem | None, Cost]:
        if not _can_be_keys(partition_key, user_id):
            return None, Cost()
        key = {table.partition_key: partition_key, table.sort_key: user_id}
        with self._naming(table):
            return paging.get(self._client, self._name(table), key)

    def _batch(
        self, keys: Sequence[dict[str, str]], names: Sequence[str]
    ) -> tuple[list[WireItem], list[dict[str, str]], Cost]:
        """One BatchGetItem of evaluations: the items that came, the keys that were not processed, the cost."""
        table = self._name(EVALUATIONS)
        wire_keys = [{name: {"S": value} for name, value in key.items()} for key in keys]
        start = perf_counter()
        with self._naming(EVALUATIONS):
            answer = self._client.batch_get_item(
                RequestItems={table: {"Keys": wire_keys, **paging.projection(names)}}, ReturnConsumedCapacity="TOTAL"
            )
        left = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        headers = (answer.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
        cost = Cost(
            requests=1,
            capacity_units=sum(float(each.get("CapacityUnits", 0)) for each in answer.get("ConsumedCapacity") or []),
            received_bytes=int(headers.get("content-length") or 0),
            seconds=perf_counter() - start,
        )
        items = answer.get("Responses", {}).get(table, [])
        return items, [{name: value["S"] for name, value in key.items()} for key in left], cost

    def _scan(self, table: Table, path: AccessPath, condition: dict[str, Any], on_page: OnPage | None) -> PagedRead:
        description = self.description(table)
        size = path.index.size_bytes if path.index else description.size_bytes
        arguments = paging.request(self._light(table, path.index), condition)
        with self._naming(table, arguments.get("IndexName", "")):
            key = (table.partition_key, table.sort_key)
            return paging.scan(
                self._client, arguments, self._readers[table.key], paging.segments_for(size), key, on_page
            )

    def _of_student(self, table: Table, path: AccessPath, user_id: str) -> PagedRead:
        if path.index is None:
            condition = paging.equals(table.sort_key, user_id, "FilterExpression")
            return self._scan(table, path, condition, None)
        condition = paging.equals(table.sort_key, user_id, "KeyConditionExpression")
        arguments = paging.request(self._light(table, path.index), condition, {"ScanIndexForward": False})
        with self._naming(table, path.index.name):
            return paging.query(self._client, arguments, self._readers[table.key])

    def _partition(self, table: Table, partition_key: str) -> PagedRead:
        if not _can_be_partition_key(partition_key):
            return PagedRead()
        condition = paging.equals(table.partition_key, partition_key, "KeyConditionExpression")
        with self._naming(table):
            return paging.query(self._client, paging.request(self._light(table), condition), self._readers[table.key])

    def _twins(self, evaluations: pd.DataFrame) -> PagedRead:
        unfinished = evaluations.loc[evaluations["status"].astype("str") != "completed", "evaluation_id"]
        ids = unfinished.unique()[:MOST_TWINS_LOOKED_FOR]
        if not len(ids):
            return PagedRead()
        with ThreadPoolExecutor(paging.MAX_SEGMENTS, thread_name_prefix="twins") as pool:
            found = list(pool.map(lambda key: self._partition(EVALUATIONS, key), ids))
        return PagedRead([part for read in found for part in read.items], sum((read.cost for read in found), Cost()))

    def _asked(self, table: Table, ask: Callable[[], str]) -> str:
        """An answer for the Tables page; where the question is refused or not known there, the reason."""
        try:
            with self._naming(table):
                return ask()
        except AccessDenied as denied:
            return f"unknown: {denied.action} is not allowed"
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in {"UnknownOperationException", "ValidationException"}:
                return "unknown: this endpoint does not tell"
            raise


def newest_first(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows by `at`, newest first, unknown times last, with a fresh index. Ties keep their order."""
    return frame.sort_values("at", ascending=False, na_position="last", kind="stable", ignore_index=True)


def _can_be_keys(partition_key: str, sort_key: str) -> bool:
    return _can_be_partition_key(partition_key) and _can_be_sort_key(sort_key)


def _can_be_partition_key(text: str) -> bool:
    return 0 < _utf_8_bytes(text) <= MOST_PARTITION_KEY_BYTES


def _can_be_sort_key(text: str) -> bool:
    return 0 < _utf_8_bytes(text) <= MOST_SORT_KEY_BYTES


def _utf_8_bytes(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def _evaluation_type(item: WireItem) -> str:
    return str(item.get("evaluation_type", {}).get("S", "")).strip().lower()


def _recovery(answer: Any) -> str:  # noqa: ANN401 - a DynamoDB response
    described = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription") or {}
    return "on" if described.get("PointInTimeRecoveryStatus") == "ENABLED" else "off"


def _time_to_live(answer: Any) -> str:  # noqa: ANN401 - a DynamoDB response
    described = answer.get("TimeToLiveDescription") or {}
    if described.get("TimeToLiveStatus") == "ENABLED":
        return f"on: items are removed at the time in {described.get('AttributeName')}"
    return "off"
