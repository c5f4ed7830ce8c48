"""Generated tables of any size, stored in DynamoDB's order and format, for `benchmarks.endpoint` to replay.

Up to 4,000 of the demo's items are templates; every copy has its own ids, student and time. So the tables are realistic in
size and shape, oddities included, and 100,000 items take seconds to generate. The items depend only on their number and the
day. They are rendered into files in the order in which a Scan returns them, so that a page is a slice of a file.
"""

import json
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import md5
from itertools import chain, cycle, islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from bandup.demo import items as demo
from data.schema import TABLES, Table, TableKey

VERSION = 2
"""The version of the files; files of other versions are not used."""

MAX_TEMPLATES = 4_000
PAGE_BYTES = 1024 * 1024
"""The maximum size of a page, counted before projection."""

HISTORY_LENGTHS = (1, 2, 30, 4, 7, 1, 12, 39, 3, 21, 5, 19)
"""The number of evaluations per student, repeated for all students: 12 on average."""

LONG_HISTORY_USER, LONG_HISTORY = "learner-with-200", 200
"""A student with this many evaluations. All are completed: the product then looks up no jobs, like the other methods."""

MIN_UNIX_SECONDS, MAX_UNIX_SECONDS = 1_000_000_000, 10_000_000_000
"""A number between these is taken for a time in Unix seconds."""

DAY_SECONDS = 86_400

Item = dict[str, Any]


def summary_names(table: Table) -> tuple[str, ...]:
    """The keys and the summary attributes of a table."""
    return (table.partition_key, table.sort_key, *(attribute.name for attribute in table.summary_attributes))


def item_bytes(item: Mapping[str, Any]) -> int:
    """The size of an item by DynamoDB's rules."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Mapping[str, Any]) -> int:
    """The size of one value: UTF-8 bytes of a text, two digits per byte plus 1 of a number, 3 plus 1 per element of a list or map.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    ((kind, inner),) = value.items()
    match kind:
        case "S":
            return len(inner.encode())
        case "N":
            digits = inner.replace("-", "").replace(".", "").strip("0")
            return (len(digits) + 1) // 2 + (2 if inner.startswith("-") else 1)
        case "L":
            return 3 + sum(1 + value_bytes(element) for element in inner)
        case "M":
            return 3 + sum(1 + len(name.encode()) + value_bytes(element) for name, element in inner.items())
        case _:
            return 1


def generate_items(evaluations: int, day: datetime) -> Iterator[tuple[TableKey, Item]]:
    """Yield `evaluations` evaluations and a flashcard set for every eleven of them, with times up to `day`."""
    templates: dict[TableKey, list[Item]] = {key: [] for key in TABLES}
    for key, item in demo.generate(day, evaluations=max(150, min(evaluations, MAX_TEMPLATES))):
        templates[key].append(item)
    user_ids = _user_ids()
    long_history_left = min(LONG_HISTORY, evaluations // 5)
    for copy, template in islice(_copies(templates["evaluations"]), evaluations):
        completed = template["status"].get("S") == "completed"
        if completed and long_history_left:
            user_id, long_history_left = LONG_HISTORY_USER, long_history_left - 1
        else:
            user_id = next(user_ids)
        yield "evaluations", _copy_item(template, copy, user_id)
    user_ids = _user_ids()
    for number, (copy, template) in enumerate(islice(_copies(templates["flashcard_sets"]), evaluations // 11)):
        yield "flashcard_sets", _copy_item(template, copy, LONG_HISTORY_USER if number < 3 else next(user_ids))


def _copies(templates: Sequence[Item]) -> Iterator[tuple[int, Item]]:
    return ((position // len(templates), template) for position, template in enumerate(cycle(templates)))


def _user_ids() -> Iterator[str]:
    """Yield a user id for each evaluation, by `HISTORY_LENGTHS`."""
    for number, evaluations in enumerate(cycle(HISTORY_LENGTHS)):
        for _ in range(evaluations):
            yield f"learner-{number:07}"


def _copy_item(template: Item, copy: int, new_user_id: str) -> Item:
    """Copy the item for another student, with other ids and another time. Items without a student stay without one."""
    item = {name: template[name] for name in sorted(template, key=_attribute_rank)}
    for name in ("evaluation_id", "set_id"):
        if name in item:
            # derived from the template's id, so that two items of one job still share an id
            digits = md5(f"{item[name]['S']}/{copy}".encode(), usedforsecurity=False).hexdigest()
            parts = (digits[:8], digits[8:12], f"4{digits[13:16]}", f"a{digits[17:20]}", digits[20:])
            item[name] = {"S": "-".join(parts)}
    user_id = item["user_id"]["S"]
    if user_id not in ("unknown", "anonymous"):
        item["user_id"] = {"S": new_user_id}
        for name in ("audio_url", "document_id", "document_url"):
            if name in item:
                item[name] = {"S": item[name]["S"].replace(f"/{user_id}/", f"/{new_user_id}/")}
    for name in ("created_at", "started_at"):
        seconds = item.get(name, {}).get("N", "")
        if seconds.isdigit() and MIN_UNIX_SECONDS < int(seconds) < MAX_UNIX_SECONDS:
            item[name] = {"N": str(int(seconds) - copy * 7_919 * 60 % (150 * DAY_SECONDS))}
    return item


@cache
def _attribute_rank(name: str) -> bytes:
    """A sort key for the attributes of an item: DynamoDB returns them in an order of its own, the same for all items."""
    return md5(name.encode(), usedforsecurity=False).digest()


@dataclass(frozen=True)
class RenderedItems:
    """Items as JSON, each followed by a comma. Item i begins at `offsets[i]` and the next one at `offsets[i + 1]`."""

    text: mmap | bytes
    offsets: npt.NDArray[np.int64]

    def joined(self, positions: range) -> bytes:
        """The items at these adjacent positions, separated by commas."""
        if not positions:
            return b""
        first, last = min(positions[0], positions[-1]), max(positions[0], positions[-1])
        if positions.step == 1:
            return self.text[self.offsets[first] : self.offsets[last + 1] - 1]
        return b",".join(self.text[self.offsets[i] : self.offsets[i + 1] - 1] for i in positions)


@dataclass(frozen=True)
class Source:
    """A table or its index, ordered by the hashes of the partition keys.

    `keys`: partition and sort key of the *table*, per item; `positions`: the position of each key. `partitions`: the
    source's own partition key, per item; `hashes`: their hashes, ascending. `read_bytes`: cumulative bytes as DynamoDB
    counts them, one more than items.
    """

    keys: list[tuple[str, str]]
    positions: dict[tuple[str, str], int]
    partitions: list[str]
    hashes: npt.NDArray[np.uint32]
    read_bytes: npt.NDArray[np.int64]
    renderings: dict[tuple[str, ...] | None, RenderedItems]
    """The rendered items by projected attributes; None for all."""

    @property
    def size(self) -> int:
        """The bytes of all items."""
        return int(self.read_bytes[-1])

    def segment(self, number: int, total: int) -> range:
        """The positions of one of `total` segments."""
        first, last = (int(np.searchsorted(self.hashes, -(-(i << 32) // total))) for i in (number, number + 1))
        return range(first, last)

    def partition(self, key: str) -> range:
        """The positions of one partition."""
        key_hash = zlib.crc32(key.encode())
        first, last = (int(np.searchsorted(self.hashes, key_hash, side=side)) for side in ("left", "right"))
        matching = [i for i in range(first, last) if self.partitions[i] == key]
        return range(matching[0], matching[-1] + 1) if matching else range(0)

    def page(self, positions: range) -> range:
        """The leading positions that one page reads: at least one item, at most 1 MB."""
        if not positions:
            return positions
        if positions.step == 1:
            end = int(np.searchsorted(self.read_bytes, self.read_bytes[positions[0]] + PAGE_BYTES, side="right")) - 1
            return range(positions[0], min(max(end, positions[0] + 1), positions.stop))
        begin = int(np.searchsorted(self.read_bytes, self.read_bytes[positions[0] + 1] - PAGE_BYTES))
        return range(positions[0], max(min(begin, positions[0]) - 1, positions.stop), -1)

    def bytes_of(self, positions: range) -> int:
        """The bytes that DynamoDB reads for these items."""
        if not positions:
            return 0
        first, last = min(positions[0], positions[-1]), max(positions[0], positions[-1])
        return int(self.read_bytes[last + 1] - self.read_bytes[first])

    def rendering(self, names: tuple[str, ...] | None) -> RenderedItems:
        """The items with these attributes (None: all), rendered at the first request and then cached."""
        if names not in self.renderings:
            whole = self.renderings[None]
            projected = set(names or ())
            parts = [
                orjson.dumps({k: v for k, v in orjson.loads(whole.joined(range(i, i + 1))).items() if k in projected})
                + b","
                for i in range(len(self.keys))
            ]
            self.renderings[names] = RenderedItems(b"".join(parts), _cumulative(map(len, parts), len(parts)))
        return self.renderings[names]


@dataclass(frozen=True)
class StoredTable:
    """A table with its covering index."""

    table: Table
    base: Source
    index: Source


def today() -> datetime:
    """The beginning of this day, UTC: the latest time of generated items."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def tables(
    evaluations: int, day: datetime | None = None, more: Mapping[TableKey, Sequence[Item]] | None = None
) -> dict[TableKey, StoredTable]:
    """Load both tables with `evaluations` evaluations; the first call renders them into the system's temporary folder.

    `more`: further items, which are stored among the generated ones.
    """
    day = day or today()
    more = more or {}
    shape = "/".join(name for table in TABLES.values() for name in summary_names(table))
    version = f"v{VERSION}-{zlib.crc32(shape.encode() + (orjson.dumps(more) if more else b'')):08x}"
    parent = Path(tempfile.gettempdir()) / "bandup-benchmarks"
    size = f"{evaluations}+{sum(map(len, more.values()))}" if more else str(evaluations)
    folder = parent / f"{version}-{size}-{day:%Y%m%d}"
    if not folder.exists():
        for old in parent.glob(f"*-{size}-*"):
            shutil.rmtree(old, ignore_errors=True)
        parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=parent))
        _render_files(chain(generate_items(evaluations, day), _with_keys(more)), temporary)
        try:
            temporary.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(temporary)
    return {key: _load_table(table, folder) for key, table in TABLES.items()}


def stored_table(table: Table, items: Sequence[Item]) -> StoredTable:
    """Create a table of exactly these items, in memory."""
    names = summary_names(table)
    summaries = [{name: value for name, value in item.items() if name in names} for item in items]
    base, index = _render_source(table, items, 0), _render_source(table, summaries, 1)
    projected = tuple(sorted(names))
    base.renderings[projected] = base.rendering(projected)
    index.renderings[projected] = index.renderings[None]
    return StoredTable(table, base, index)


def _render_source(table: Table, items: Sequence[Item], partition: int) -> Source:
    """Render whole items in the order of the table (`partition` 0) or of its index (1)."""
    names = (table.partition_key, table.sort_key)
    rows = [((item[names[0]]["S"], item[names[1]]["S"]), item) for item in items]
    rows.sort(key=lambda row: (zlib.crc32(row[0][partition].encode()), row[0][partition], row[0][1 - partition]))
    source = _new_source([key for key, _ in rows], [item_bytes(item) for _, item in rows], partition)
    lines = [orjson.dumps(item) + b"," for _, item in rows]
    source.renderings[None] = RenderedItems(b"".join(lines), _cumulative(map(len, lines), len(lines)))
    return source


def _with_keys(items: Mapping[TableKey, Sequence[Item]]) -> Iterator[tuple[TableKey, Item]]:
    return ((key, item) for key, own in items.items() for item in own)


def _render_files(keyed_items: Iterable[tuple[TableKey, Item]], folder: Path) -> None:
    items: dict[TableKey, list[Item]] = {key: [] for key in TABLES}
    for key, item in keyed_items:
        items[key].append(item)
    for key, table in TABLES.items():
        names = set(summary_names(table))
        rows = [(item[table.partition_key]["S"], item[table.sort_key]["S"], item) for item in items[key]]
        rows.sort(key=lambda row: (zlib.crc32(row[0].encode()), row[0], row[1]))
        _write_keys(folder / f"{key}-base", [row[:2] for row in rows], [item_bytes(row[2]) for row in rows])
        _write_items(folder / f"{key}-base-all", (row[2] for row in rows))
        summaries = [(first, second, {k: v for k, v in item.items() if k in names}) for first, second, item in rows]
        _write_items(folder / f"{key}-base-summary", (row[2] for row in summaries))
        summaries.sort(key=lambda row: (zlib.crc32(row[1].encode()), row[1], row[0]))
        _write_keys(folder / f"{key}-index", [row[:2] for row in summaries], [item_bytes(row[2]) for row in summaries])
        _write_items(folder / f"{key}-index-summary", (row[2] for row in summaries))


def _write_keys(path: Path, keys: list[tuple[str, str]], sizes: list[int]) -> None:
    path.with_suffix(".json").write_text(json.dumps({"keys": keys, "sizes": sizes}))


def _write_items(path: Path, items: Iterator[Item]) -> None:
    with path.with_suffix(".items").open("wb") as file:
        lengths = [file.write(orjson.dumps(item) + b",") for item in items]
    np.save(path.with_suffix(".npy"), _cumulative(lengths, len(lengths)))


def _load_table(table: Table, folder: Path) -> StoredTable:
    names = tuple(sorted(summary_names(table)))
    base = _load_source(folder / f"{table.key}-base", 0)
    base.renderings[None] = _load_items(folder / f"{table.key}-base-all")
    base.renderings[names] = _load_items(folder / f"{table.key}-base-summary")
    index = _load_source(folder / f"{table.key}-index", 1)
    index.renderings[None] = index.renderings[names] = _load_items(folder / f"{table.key}-index-summary")
    return StoredTable(table, base, index)


def _load_source(path: Path, partition: int) -> Source:
    content = orjson.loads(path.with_suffix(".json").read_bytes())
    return _new_source([(first, second) for first, second in content["keys"]], content["sizes"], partition)


def _new_source(keys: list[tuple[str, str]], sizes: list[int], partition: int) -> Source:
    """Create a source without renderings. `keys`, `sizes` (bytes as DynamoDB counts them): per item, in order."""
    partitions = [key[partition] for key in keys]
    hashes = np.fromiter((zlib.crc32(partition_key.encode()) for partition_key in partitions), np.uint32, len(keys))
    positions = {key: position for position, key in enumerate(keys)}
    return Source(keys, positions, partitions, hashes, _cumulative(sizes, len(keys)), {})


def _load_items(path: Path) -> RenderedItems:
    with path.with_suffix(".items").open("rb") as file:
        text = mmap(file.fileno(), 0, access=ACCESS_READ) if path.with_suffix(".items").stat().st_size else b""
    return RenderedItems(text, np.load(path.with_suffix(".npy")))


def _cumulative(lengths: Any, number: int) -> npt.NDArray[np.int64]:  # noqa: ANN401 - any iterable of int
    return np.concatenate([[0], np.cumsum(np.fromiter(lengths, np.int64, number))]).astype(np.int64)


def without_items(stored: StoredTable) -> StoredTable:
    """Return the same table without items."""
    empty = Source([], {}, [], np.zeros(0, np.uint32), np.zeros(1, np.int64), {})
    no_items = RenderedItems(b"", np.zeros(1, np.int64))
    empty.renderings.update({None: no_items, tuple(sorted(summary_names(stored.table))): no_items})
    return replace(stored, base=empty, index=empty)
