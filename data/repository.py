"""The reads of the dashboard: all items, one student, one evaluation, one flashcard set, facts about the tables.

They return frames and records together with the cost of the read. Only the tables' descriptions are cached here, and
nothing is ever written.
"""

import re
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

import pandas as pd

from data import access_paths, paging
from data.access_paths import AccessPath, Description, Index
from data.columns import consume_into_frame, item_reader
from data.connection import requesting
from data.errors import (
    AccessDenied,
    IndexMissing,
    RequestRefused,
    ResponseDamaged,
    Throttled,
)
from data.masking import mask
from data.paging import MAX_BATCH_KEYS, Client, OnPage, PagedRead
from data.parsers import evaluation_of, feedback_of, flashcard_set_of
from data.read_budget import ReadBudget, ScanLimits
from data.records import Evaluation, Feedback, FlashcardSet
from data.results import AllItems, Cost, StudentItems, TableFacts
from data.schema import EVALUATIONS, FLASHCARD, FLASHCARD_SETS, TABLES, Table, TableKey
from data.settings import Settings
from data.table_keys import KeysDiffer, check_described_keys, check_keys_of_items, keys_refused
from data.values import WireItem

T = TypeVar("T")

_KEYS_REFUSED = re.compile(r"key element does not match the schema|missed key schema element", re.IGNORECASE)
"""Matches DynamoDB's message about a request whose keys are not those of the table."""

DESCRIPTION_LASTS = timedelta(minutes=5)
NOT_DESCRIBED = "unknown"
"""The status of a table whose description the credentials do not allow."""

MAX_JOBS_LOOKED_UP = 100
"""Unfinished jobs of one student that are looked up under other users; each costs one small query."""

MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES = 2048, 1024
"""Of UTF-8. DynamoDB refuses to write or to look up a longer or an empty key, so no item has one."""

MAX_FRUITLESS_REQUESTS = 6
FIRST_PAUSE, MAX_PAUSE = 0.05, 2.0
"""Requests in a row that return nothing before the read fails, and the pauses (seconds) between them, which double."""


class Repository:
    """Reads of the two tables through one client. Every method raises the named errors of `data.errors`."""

    def __init__(self, client: Client, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self._client = client
        self._clock = clock
        self._descriptions: dict[TableKey, tuple[datetime, Description]] = {}
        self._keys_checked: set[TableKey] = set()
        self._readers = {table.key: item_reader(table) for table in TABLES.values()}
        self._scan_limits = ScanLimits(settings)
        self._lock = Lock()

    def description(self, table: Table) -> Description:
        """DescribeTable, cached for five minutes. Where it is not allowed, a table without known indexes.

        Raises KeysDiffer where the keys are not those of the schema.
        """
        with self._lock:
            cached = self._descriptions.get(table.key)
        if cached is not None and self._clock() - cached[0] < DESCRIPTION_LASTS:
            return cached[1]
        try:
            with self._translating(table, describes_again=False):
                response = self._client.describe_table(TableName=self._name(table))
            check_described_keys(table, self._name(table), response["Table"])
            description = access_paths.describe(table, response)
        except AccessDenied:
            keys = (table.partition_key, table.sort_key)
            description = Description(table, self._name(table), NOT_DESCRIBED, keys, (), 0, 0, NOT_DESCRIBED)
        with self._lock:
            self._descriptions[table.key] = (self._clock(), description)
            self._keys_checked.add(table.key)
        return description

    def forget_descriptions(self) -> None:
        """Describe both tables again before they are read again, and compare their keys again."""
        with self._lock:
            self._descriptions.clear()
            self._keys_checked.clear()

    def address(self, table: Table) -> tuple[str, str, str | None]:
        """The table's name, its region, and its endpoint, without a password, where that is not AWS."""
        endpoint = str(self._client.meta.endpoint_url)
        is_aws = (urlsplit(endpoint).hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))
        return self._name(table), str(self._client.meta.region_name), None if is_aws else mask(endpoint)

    def expected_items(self) -> int:
        """How many items both tables hold, by DescribeTable's estimate."""
        return sum(self.description(table).item_count for table in TABLES.values())

    def all_items(self, on_page: OnPage | None = None) -> AllItems:
        """All items of both tables, summary attributes, by the cheapest complete path. `on_page` may cancel the read.

        Raises ScanLimitExceeded where that takes more than the settings' limit and nobody has agreed.
        """
        return self._retry_after_index_change(lambda: self._all_items(on_page))

    def _all_items(self, on_page: OnPage | None) -> AllItems:
        now = self._clock()
        paths = {table.key: self._path(access_paths.all_items_path, table) for table in TABLES.values()}
        budget = self._scan_limits.begin("Reading all items", "", self._scans(paths))
        start = perf_counter()
        # in parallel: the smaller table is read while the larger one's pages are on their way
        with ThreadPoolExecutor(len(TABLES), thread_name_prefix="all-items") as pool:
            futures = {key: pool.submit(self._scan, TABLES[key], paths[key], {}, budget, on_page) for key in TABLES}
        reads = {key: future.result() for key, future in futures.items()}
        self._scan_limits.end(budget)
        cost = replace(sum((read.cost for read in reads.values()), Cost()), seconds=perf_counter() - start)
        frames = {key: newest_first(consume_into_frame(TABLES[key], read.items, now)) for key, read in reads.items()}
        return AllItems(frames["evaluations"], frames["flashcard_sets"], now, cost, paths)

    def student_paths(self) -> dict[TableKey, AccessPath]:
        """The access path to one student's items, per table."""
        return {table.key: self._path(access_paths.student_path, table) for table in TABLES.values()}

    def units_of_all_items(self) -> float:
        """Capacity units of `all_items`, by DescribeTable's estimate or as the last read found."""
        paths = {table.key: self._path(access_paths.all_items_path, table) for table in TABLES.values()}
        return sum(self._scan_limits.units(*scan) for scan in self._scans(paths))

    def indexes_unknown(self) -> bool:
        """Whether the credentials do not allow a table to be described, so that its indexes are not known."""
        return any(self.description(table).status == NOT_DESCRIBED for table in TABLES.values())

    def units_of_student(self) -> float:
        """Capacity units of the tables that are read whole for one student, as `units_of_all_items`."""
        scans = self._scans(self.student_paths())
        return sum(self._scan_limits.units(description, path) for description, path in scans if path.index is None)

    def _scans(self, paths: dict[TableKey, AccessPath]) -> list[tuple[Description, AccessPath]]:
        return [(self.description(TABLES[key]), path) for key, path in paths.items()]

    def student(self, user_id: str) -> StudentItems:
        """All items of one student, summary attributes: by an index if one is keyed on them, else by a filtered scan.

        Raises ScanLimitExceeded as `all_items` does.
        """
        if not _can_be_key(user_id, MAX_SORT_KEY_BYTES):
            evaluations, sets = EVALUATIONS.empty_frame(), FLASHCARD_SETS.empty_frame()
            return StudentItems(user_id, evaluations, sets, self._clock(), Cost(), {})
        return self._retry_after_index_change(lambda: self._student(user_id))

    def _student(self, user_id: str) -> StudentItems:
        now = self._clock()
        paths = self.student_paths()
        scans = [(description, path) for description, path in self._scans(paths) if path.index is None]
        budget = self._scan_limits.begin("Finding this student without an index", user_id, scans)
        cost = Cost()
        frames: dict[TableKey, pd.DataFrame] = {}
        incomplete_because: dict[TableKey, str] = {}
        for table in TABLES.values():
            path = paths[table.key]
            read = self._of_student(table, path, user_id, budget)
            cost += read.cost
            if not path.complete:
                incomplete_because[table.key] = path.leaves_out
            frame = consume_into_frame(table, [*read.items], now)
            if table is EVALUATIONS:
                same_jobs = self._same_jobs(frame)
                cost += same_jobs.cost
                if len(same_jobs):
                    # looking up a job returns the student's own item again
                    key = (table.partition_key, table.sort_key)
                    items = paging.without_duplicates(read.items + same_jobs.items, key)
                    frame = consume_into_frame(table, items, now)
            frames[table.key] = newest_first(frame)
        self._scan_limits.end(budget)
        return StudentItems(user_id, frames["evaluations"], frames["flashcard_sets"], now, cost, incomplete_because)

    def evaluation(self, evaluation_id: str, user_id: str) -> tuple[Evaluation | None, Cost]:
        """One evaluation by both keys, with all its attributes; None where there is no such item."""
        item, cost = self._get(EVALUATIONS, evaluation_id, user_id)
        return (None if item is None else evaluation_of(item, self._clock())), cost

    def feedbacks(
        self, keys: Sequence[tuple[str, str]], sleep: Callable[[float], None] = time.sleep
    ) -> tuple[list[tuple[str, Feedback]], Cost]:
        """The feedback of the evaluations with these keys, in their order, by id; otherwise as `feedbacks_by_key`."""
        feedbacks, cost = self.feedbacks_by_key(keys, sleep)
        return [(key[0], feedbacks[key]) for key in dict.fromkeys(keys) if key in feedbacks], cost

    def feedbacks_by_key(
        self, keys: Sequence[tuple[str, str]], sleep: Callable[[float], None] = time.sleep
    ) -> tuple[dict[tuple[str, str], Feedback], Cost]:
        """The feedback of the evaluations with these keys (`evaluation_id`, `user_id`), by key, in any order.

        Evaluations that do not exist are left out; absent feedback is empty. Only the feedback is returned, but DynamoDB
        charges for whole items, so request only attempts that are shown. Unprocessed keys are requested again after a
        pause; raises Throttled where several requests in a row return nothing.
        """
        names = (EVALUATIONS.partition_key, EVALUATIONS.sort_key)
        # DynamoDB refuses a repeated key
        waiting = [dict(zip(names, key, strict=True)) for key in dict.fromkeys(keys) if _can_be_keys(*key)]
        feedbacks: dict[tuple[str, str], Feedback] = {}
        cost = Cost()
        fruitless = 0
        while waiting:
            self._check_keys(EVALUATIONS)
            with self._translating(EVALUATIONS):
                items, unprocessed, batch_cost = paging.batch_get(
                    self._client, self._name(EVALUATIONS), waiting[:MAX_BATCH_KEYS], [*names, "feedback"]
                )
            found = {(item[names[0]]["S"], item[names[1]]["S"]): item for item in items}
            fruitless = fruitless + 1 if unprocessed and found.keys() <= feedbacks.keys() else 0
            waiting = unprocessed + waiting[MAX_BATCH_KEYS:]
            cost += batch_cost
            feedbacks |= {key: feedback_of(item.get("feedback"))[0] for key, item in found.items()}
            if fruitless == MAX_FRUITLESS_REQUESTS:
                raise Throttled(table=self._name(EVALUATIONS))
            if unprocessed:
                sleep(min(FIRST_PAUSE * 2**fruitless, MAX_PAUSE))
        return feedbacks, cost

    def same_job(self, evaluation_id: str) -> tuple[pd.DataFrame, Cost]:
        """Every item with this id, under any user, summary attributes: the items of one job."""
        read = self._partition(EVALUATIONS, evaluation_id)
        return consume_into_frame(EVALUATIONS, read.items, self._clock()), read.cost

    def flashcard_set(self, set_id: str, user_id: str) -> tuple[FlashcardSet | None, Cost]:
        """One flashcard set by both keys, with all its attributes, from the sets table or else the evaluations table."""
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
            student_path=self._path(access_paths.student_path, table),
            all_items_path=self._path(access_paths.all_items_path, table),
            recovery=self._fact(table, lambda: _recovery(self._client.describe_continuous_backups(TableName=name))),
            time_to_live=self._fact(table, lambda: _time_to_live(self._client.describe_time_to_live(TableName=name))),
        )

    def _retry_after_index_change(self, read: Callable[[], T]) -> T:
        """Read; where an index is not as the tables' descriptions say, describe them again and read once more."""
        try:
            return read()
        except IndexMissing:
            self.forget_descriptions()
            return read()

    def _path(self, choose: Callable[[Description], AccessPath], table: Table) -> AccessPath:
        """The path chosen for a table; its reason is the missing permission where the table could not be described."""
        path = choose(self.description(table))
        if self.description(table).status != NOT_DESCRIBED:
            return path
        return replace(path, why="reads the whole table: dynamodb:DescribeTable is not allowed, so no index is known")

    def _check_keys(self, table: Table) -> None:
        """Have the table's keys checked before it is read by them: by one DescribeTable until it is forgotten."""
        if table.key not in self._keys_checked:
            self.description(table)

    def agree_to_read_all_items(self) -> None:
        """Let the next read of all items exceed the limit."""
        self._scan_limits.agree("")

    def _name(self, table: Table) -> str:
        return self.settings.names[table.key]

    @contextmanager
    def _translating(self, table: Table, index: str = "", *, describes_again: bool = True) -> Iterator[None]:
        """Name errors; a request that DynamoDB refuses may be due to another table under this name."""
        try:
            with requesting(self._client, self._name(table), "" if self.settings.demo else table.variable, index):
                yield
        except RequestRefused as refused:
            if not describes_again or refused.code != "ValidationException":
                raise
            self._describe_again(table)
            if _KEYS_REFUSED.search(refused.message):
                raise keys_refused(table, self._name(table)) from refused
            raise

    def _describe_again(self, table: Table) -> Description:
        """The description of the table as it is now. Raises KeysDiffer where it has other keys than the schema."""
        with self._lock:
            self._descriptions.pop(table.key, None)
        return self.description(table)

    def _request(self, table: Table, index: Index | None = None) -> dict[str, Any]:
        names = [table.partition_key, table.sort_key, *(a.name for a in table.summary_attributes)]
        request = {"TableName": self._name(table)}
        if index is None:
            return request | paging.projection(names)
        # an index without other attributes needs no projection, which costs some engines more than the read
        narrow = index.projection == "INCLUDE" and index.included <= {*names}
        return request | {"IndexName": index.name} | ({} if narrow else paging.projection(names))

    def _get(self, table: Table, partition_key: str, user_id: str) -> tuple[WireItem | None, Cost]:
        if not _can_be_keys(partition_key, user_id):
            return None, Cost()
        key = {table.partition_key: partition_key, table.sort_key: user_id}
        self._check_keys(table)
        with self._translating(table):
            return paging.get(self._client, self._name(table), key)

    def _scan(
        self, table: Table, path: AccessPath, condition: dict[str, Any], budget: ReadBudget, on_page: OnPage | None
    ) -> PagedRead:
        description = self.description(table)
        # a filter saves no pages
        size = (path.index or description).size_bytes
        arguments = paging.request(self._request(table, path.index), condition)
        with self._translating(table, arguments.get("IndexName", "")):
            read = paging.scan(
                self._client,
                arguments,
                self._readers[table.key],
                paging.segments_for(size),
                (table.partition_key, table.sort_key),
                budget.watch(description, path, on_page),
                paging.max_pages_for(size),
            )
        return self._with_keys(table, read)

    def _with_keys(self, table: Table, read: PagedRead) -> PagedRead:
        """The read; raises KeysDiffer or ResponseDamaged where an item lacks a key attribute."""
        try:
            check_keys_of_items(table, self._name(table), read.items)
        except KeysDiffer as error:
            if self._describe_again(table).status == NOT_DESCRIBED:
                raise
            raise ResponseDamaged(table=self._name(table)) from error
        return read

    def _of_student(self, table: Table, path: AccessPath, user_id: str, budget: ReadBudget) -> PagedRead:
        if path.index is not None:
            request = {**self._request(table, path.index), "ScanIndexForward": False}
            return self._query(table, request, table.sort_key, user_id)
        condition = paging.equals(table.sort_key, user_id, "FilterExpression")
        read = self._scan(table, path, condition, budget, None)
        paging.check_all_equal(read, table.sort_key, user_id, self._name(table))
        return read

    def _query(self, table: Table, request: dict[str, Any], attribute: str, text: str) -> PagedRead:
        """Every item whose partition key, `attribute`, is this text. Raises OtherItems."""
        arguments = paging.request(request, paging.equals(attribute, text, "KeyConditionExpression"))
        key, size = (table.partition_key, table.sort_key), self.description(table).size_bytes
        with self._translating(table, arguments.get("IndexName", "")):
            read = paging.query(self._client, arguments, self._readers[table.key], key, paging.max_pages_for(size))
        self._with_keys(table, read)
        paging.check_all_equal(read, attribute, text, self._name(table))
        return read

    def _partition(self, table: Table, partition_key: str) -> PagedRead:
        if not _can_be_key(partition_key, MAX_PARTITION_KEY_BYTES):
            return PagedRead()
        self._check_keys(table)
        return self._query(table, self._request(table), table.partition_key, partition_key)

    def _same_jobs(self, evaluations: pd.DataFrame) -> PagedRead:
        """The items of the unfinished jobs among these evaluations, under any user."""
        unfinished = evaluations.loc[evaluations["status"].astype("str") != "completed", "evaluation_id"]
        ids = unfinished.unique()[:MAX_JOBS_LOOKED_UP]
        if not len(ids):
            return PagedRead()
        with ThreadPoolExecutor(paging.MAX_SEGMENTS, thread_name_prefix="same-jobs") as pool:
            reads = list(pool.map(lambda key: self._partition(EVALUATIONS, key), ids))
        return PagedRead([part for read in reads for part in read.items], sum((read.cost for read in reads), Cost()))

    def _fact(self, table: Table, ask: Callable[[], str]) -> str:
        """A fact for the Tables page, or the reason where it is not allowed or not known to the endpoint."""
        try:
            with self._translating(table, describes_again=False):
                return ask()
        except AccessDenied as denied:
            return f"unknown: {denied.action} is not allowed"
        except RequestRefused as refused:
            if refused.code in {"UnknownOperationException", "ValidationException"}:
                return "unknown: this endpoint does not support it"
            raise


def newest_first(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows by `at`, newest first, unknown times last, with a new index. Ties keep their order."""
    return frame.sort_values("at", ascending=False, na_position="last", kind="stable", ignore_index=True)


def _can_be_key(text: str, max_bytes: int) -> bool:
    return 0 < len(text.encode(errors="surrogatepass")) <= max_bytes


def _can_be_keys(partition_key: str, sort_key: str) -> bool:
    return _can_be_key(partition_key, MAX_PARTITION_KEY_BYTES) and _can_be_key(sort_key, MAX_SORT_KEY_BYTES)


def _evaluation_type(item: WireItem) -> str:
    return str(item.get("evaluation_type", {}).get("S", "")).strip().lower()


def _recovery(response: Any) -> str:  # noqa: ANN401 - a DynamoDB response
    backups = response["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription") or {}
    return "on" if backups.get("PointInTimeRecoveryStatus") == "ENABLED" else "off"


def _time_to_live(response: Any) -> str:  # noqa: ANN401 - a DynamoDB response
    time_to_live = response.get("TimeToLiveDescription") or {}
    if time_to_live.get("TimeToLiveStatus") == "ENABLED":
        return f"on: items are removed at the time in {time_to_live.get('AttributeName')}"
    return "off"
