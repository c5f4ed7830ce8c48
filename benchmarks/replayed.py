"""Generated tables of any size, as DynamoDB would hold and send them: what `benchmarks.endpoint` replays.

Some thousand of the demo's items are templates; every copy of one has its own ids and student and another time. So the
tables are realistic in size and shape (oddities among them), and 100,000 items take seconds. Everything follows from
the number of items and the day. The items lie rendered in files, in the order in which a Scan gives them, so that a
page is a slice of a file.
"""

import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import md5
from itertools import cycle, islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from bandup.demo import items as demo
from data.schema import TABLES, Table, TableKey

VERSION = 1
"""Of what is generated: rendered tables of another version are not used."""

MOST_TEMPLATES = 4_000
PAGE_BYTES = 1024 * 1024
"""A page ends at so many bytes of items, as read: before projection."""

SIZES_OF_HISTORIES = (1, 2, 30, 4, 7, 1, 12, 39, 3, 21, 5, 19)
"""Evaluations per student, over and over: 12 on average."""

LONG_HISTORY_USER, LONG_HISTORY = "learner-with-200", 200
"""A student with so many evaluations, all completed: no twin is looked for, which other ways do not do either."""

YOUNGEST_SECONDS, WITHIN_SECONDS = 1_000_000_000, 10_000_000_000
"""A number between these is a time in Unix seconds."""

DAY = 86_400

Item = dict[str, Any]


def light_names(table: Table) -> tuple[str, ...]:
    """The keys and light attributes: what is read for everyone."""
    return (table.partition_key, table.sort_key, *(attribute.name for attribute in table.summary_attributes))


def item_bytes(item: Mapping[str, Any]) -> int:
    """The size of an item by DynamoDB's rules."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Mapping[str, Any]) -> int:
    """The size of one value: text by its UTF-8, numbers two digits a byte and one more, lists and maps 3 and 1 per element.

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
            return 3 + sum(1 + value_bytes(each) for each in inner)
        case "M":
            return 3 + sum(1 + len(name.encode()) + value_bytes(each) for name, each in inner.items())
        case _:
            return 1


def generated(evaluations: int, day: datetime) -> Iterator[tuple[TableKey, Item]]:
    """So many items of the evaluations table and an eleventh of flashcard sets, with times up to `day`."""
    templates: dict[TableKey, list[Item]] = {key: [] for key in TABLES}
    for key, item in demo.generate(day, evaluations=max(150, min(evaluations, MOST_TEMPLATES))):
        templates[key].append(item)
    students = _students()
    long_history = min(LONG_HISTORY, evaluations // 5)
    for copy, template in islice(_copies(templates["evaluations"]), evaluations):
        completed = template["status"].get("S") == "completed"
        if completed and long_history:
            student, long_history = LONG_HISTORY_USER, long_history - 1
        else:
            student = next(students)
        yield "evaluations", _varied(template, copy, student)
    students = _students()
    for number, (copy, template) in enumerate(islice(_copies(templates["flashcard_sets"]), evaluations // 11)):
        yield "flashcard_sets", _varied(template, copy, LONG_HISTORY_USER if number < 3 else next(students))


def _copies(templates: Sequence[Item]) -> Iterator[tuple[int, Item]]:
    return ((position // len(templates), template) for position, template in enumerate(cycle(templates)))


def _students() -> Iterator[str]:
    """A student for each evaluation, as `SIZES_OF_HISTORIES` says."""
    for number, evaluations in enumerate(cycle(SIZES_OF_HISTORIES)):
        for _ in range(evaluations):
            yield f"learner-{number:07}"


def _varied(template: Item, copy: int, student: str) -> Item:
    """The item as another student's, with other ids and another time. Nobody's items stay nobody's."""
    item = {name: template[name] for name in sorted(template, key=_place)}
    for name in ("evaluation_id", "set_id"):
        if name in item:
            # of the template's id, so that twins stay twins
            digits = md5(f"{item[name]['S']}/{copy}".encode(), usedforsecurity=False).hexdigest()
            parts = (digits[:8], digits[8:12], f"4{digits[13:16]}", f"a{digits[17:20]}", digits[20:])
            item[name] = {"S": "-".join(parts)}
    user_id = item["user_id"]["S"]
    if user_id not in ("unknown", "anonymous"):
        item["user_id"] = {"S": student}
        for name in ("audio_url", "document_id", "document_url"):
            if name in item:
                item[name] = {"S": item[name]["S"].replace(f"/{user_id}/", f"/{student}/")}
    for name in ("created_at", "started_at"):
        seconds = item.get(name, {}).get("N", "")
        if seconds.isdigit() and YOUNGEST_SECONDS < int(seconds) < WITHIN_SECONDS:
            item[name] = {"N": str(int(seconds) - copy * 7_919 * 60 % (150 * DAY))}
    return item


_places: dict[str, bytes] = {}


def _place(name: str) -> bytes:
    """Where an attribute stands in an item: DynamoDB gives them in an order of its own, the same for every item."""
    return _places.setdefault(name, md5(name.encode(), usedforsecurity=False).digest())


@dataclass(frozen=True)
class Rendered:
    """Items as JSON one after the other, a comma behind each. `ends[i]` is where item i begins, `ends[i + 1]` the next."""

    text: mmap | bytes
    ends: npt.NDArray[np.int64]

    def of(self, positions: range) -> bytes:
        """The items at these positions, which lie side by side, separated by commas."""
        if not positions:
            return b""
        first, last = min(positions[0], positions[-1]), max(positions[0], positions[-1])
        if positions.step == 1:
            return self.text[self.ends[first] : self.ends[last + 1] - 1]
        return b",".join(self.text[self.ends[each] : self.ends[each + 1] - 1] for each in positions)


@dataclass(frozen=True)
class Source:
    """The table or its index, in the order of its partitions' hashes.

    `keys`: partition and sort key of the *table*, per item; `positions` the other way round. `partitions`: the source's own partition key. `hashes`:
    theirs, ascending. `read_bytes`: cumulative bytes as DynamoDB reads them, one more than items.
    """

    keys: list[tuple[str, str]]
    positions: dict[tuple[str, str], int]
    partitions: list[str]
    hashes: npt.NDArray[np.uint32]
    read_bytes: npt.NDArray[np.int64]
    renderings: dict[tuple[str, ...] | None, Rendered]
    """By attributes projected; None for all."""

    @property
    def size(self) -> int:
        """Bytes of all its items."""
        return int(self.read_bytes[-1])

    def segment(self, number: int, of: int) -> range:
        """The items of one of `of` segments."""
        first, last = (int(np.searchsorted(self.hashes, -(-(each << 32) // of))) for each in (number, number + 1))
        return range(first, last)

    def partition(self, key: str) -> range:
        """The items of one partition."""
        hashed = zlib.crc32(key.encode())
        first, last = (int(np.searchsorted(self.hashes, hashed, side=side)) for side in ("left", "right"))
        found = [each for each in range(first, last) if self.partitions[each] == key]
        return range(found[0], found[-1] + 1) if found else range(0)

    def page(self, positions: range) -> range:
        """As many of these items, from the first on, as one page reads: at least one, at most 1 MB."""
        if not positions:
            return positions
        if positions.step == 1:
            end = int(np.searchsorted(self.read_bytes, self.read_bytes[positions[0]] + PAGE_BYTES, side="right")) - 1
            return range(positions[0], min(max(end, positions[0] + 1), positions.stop))
        begin = int(np.searchsorted(self.read_bytes, self.read_bytes[positions[0] + 1] - PAGE_BYTES))
        return range(positions[0], max(min(begin, positions[0]) - 1, positions.stop), -1)

    def bytes_of(self, positions: range) -> int:
        """How many bytes DynamoDB reads for these items."""
        if not positions:
            return 0
        first, last = min(positions[0], positions[-1]), max(positions[0], positions[-1])
        return int(self.read_bytes[last + 1] - self.read_bytes[first])

    def rendering(self, names: tuple[str, ...] | None) -> Rendered:
        """The items with these attributes (None: all); rendered when first asked for unless they are the light ones."""
        if names not in self.renderings:
            whole = self.renderings[None]
            kept = set(names or ())
            parts = [
                orjson.dumps({k: v for k, v in orjson.loads(whole.of(range(i, i + 1))).items() if k in kept}) + b","
                for i in range(len(self.keys))
            ]
            self.renderings[names] = Rendered(b"".join(parts), _cumulated(map(len, parts), len(parts)))
        return self.renderings[names]


@dataclass(frozen=True)
class Stored:
    """One table: itself and its covering index."""

    table: Table
    base: Source
    index: Source


def tables(evaluations: int, day: datetime | None = None) -> dict[TableKey, Stored]:
    """Both tables with so many evaluations, rendered under the system's temporary folder where that was not done before."""
    day = day or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    shape = "/".join(name for table in TABLES.values() for name in light_names(table))
    version = f"v{VERSION}-{zlib.crc32(shape.encode()):08x}"
    parent = Path(tempfile.gettempdir()) / "bandup-benchmarks"
    folder = parent / f"{version}-{evaluations}-{day:%Y%m%d}"
    if not folder.exists():
        for old in parent.glob(f"*-{evaluations}-*"):
            shutil.rmtree(old, ignore_errors=True)
        parent.mkdir(parents=True, exist_ok=True)
        under_way = Path(tempfile.mkdtemp(dir=parent))
        _render(evaluations, day, under_way)
        try:
            under_way.rename(folder)
        except OSError:  # another process was quicker
            shutil.rmtree(under_way)
    return {key: _opened(table, folder) for key, table in TABLES.items()}


def stored(table: Table, items: Sequence[Item]) -> Stored:
    """A table of these very items, held in memory."""
    light = light_names(table)
    narrow = [{name: value for name, value in item.items() if name in light} for item in items]
    base, index = _source(table, items, 0), _source(table, narrow, 1)
    kept = tuple(sorted(light))
    base.renderings[kept] = base.rendering(kept)
    index.renderings[kept] = index.renderings[None]
    return Stored(table, base, index)


def _source(table: Table, items: Sequence[Item], partition: int) -> Source:
    """The items as the table holds them (`partition` 0) or its index (1), rendered whole."""
    names = (table.partition_key, table.sort_key)
    rows = [((item[names[0]]["S"], item[names[1]]["S"]), item) for item in items]
    rows.sort(key=lambda row: (zlib.crc32(row[0][partition].encode()), row[0][partition], row[0][1 - partition]))
    source = _source_of([key for key, _ in rows], [item_bytes(item) for _, item in rows], partition)
    lines = [orjson.dumps(item) + b"," for _, item in rows]
    source.renderings[None] = Rendered(b"".join(lines), _cumulated(map(len, lines), len(lines)))
    return source


def _render(evaluations: int, day: datetime, folder: Path) -> None:
    found: dict[TableKey, list[Item]] = {key: [] for key in TABLES}
    for key, item in generated(evaluations, day):
        found[key].append(item)
    for key, table in TABLES.items():
        names = (table.partition_key, table.sort_key)
        light = set(light_names(table))
        rows = [(item[names[0]]["S"], item[names[1]]["S"], item) for item in found[key]]
        rows.sort(key=lambda row: (zlib.crc32(row[0].encode()), row[0], row[1]))
        _write(folder / f"{key}-base", [row[:2] for row in rows], [item_bytes(row[2]) for row in rows])
        _write_items(folder / f"{key}-base-all", (row[2] for row in rows))
        narrow = [(first, second, {k: v for k, v in item.items() if k in light}) for first, second, item in rows]
        _write_items(folder / f"{key}-base-light", (row[2] for row in narrow))
        narrow.sort(key=lambda row: (zlib.crc32(row[1].encode()), row[1], row[0]))
        _write(folder / f"{key}-index", [row[:2] for row in narrow], [item_bytes(row[2]) for row in narrow])
        _write_items(folder / f"{key}-index-light", (row[2] for row in narrow))


def _write(path: Path, keys: list[tuple[str, str]], sizes: list[int]) -> None:
    path.with_suffix(".json").write_text(json.dumps({"keys": keys, "sizes": sizes}))


def _write_items(path: Path, items: Iterator[Item]) -> None:
    with path.with_suffix(".items").open("wb") as file:
        lengths = [file.write(orjson.dumps(item) + b",") for item in items]
    np.save(path.with_suffix(".npy"), _cumulated(lengths, len(lengths)))


def _opened(table: Table, folder: Path) -> Stored:
    light = tuple(sorted(light_names(table)))
    base = _opened_source(folder / f"{table.key}-base", 0)
    base.renderings[None] = _opened_items(folder / f"{table.key}-base-all")
    base.renderings[light] = _opened_items(folder / f"{table.key}-base-light")
    index = _opened_source(folder / f"{table.key}-index", 1)
    index.renderings[None] = index.renderings[light] = _opened_items(folder / f"{table.key}-index-light")
    return Stored(table, base, index)


def _opened_source(path: Path, partition: int) -> Source:
    found = orjson.loads(path.with_suffix(".json").read_bytes())
    return _source_of([(first, second) for first, second in found["keys"]], found["sizes"], partition)


def _source_of(keys: list[tuple[str, str]], sizes: list[int], partition: int) -> Source:
    """A source with nothing rendered yet. `keys`, `sizes` (bytes as DynamoDB reads them): of its items, in their order."""
    partitions = [key[partition] for key in keys]
    hashes = np.fromiter((zlib.crc32(each.encode()) for each in partitions), np.uint32, len(keys))
    positions = {key: position for position, key in enumerate(keys)}
    return Source(keys, positions, partitions, hashes, _cumulated(sizes, len(keys)), {})


def _opened_items(path: Path) -> Rendered:
    with path.with_suffix(".items").open("rb") as file:
        text = mmap(file.fileno(), 0, access=ACCESS_READ) if path.with_suffix(".items").stat().st_size else b""
    return Rendered(text, np.load(path.with_suffix(".npy")))


def _cumulated(lengths: Any, number: int) -> npt.NDArray[np.int64]:  # noqa: ANN401 - any iterable of int
    return np.concatenate([[0], np.cumsum(np.fromiter(lengths, np.int64, number))]).astype(np.int64)


def without(stored: Stored) -> Stored:
    """The same table with no items."""
    empty = Source([], {}, [], np.zeros(0, np.uint32), np.zeros(1, np.int64), {})
    nothing = Rendered(b"", np.zeros(1, np.int64))
    empty.renderings.update({None: nothing, tuple(sorted(light_names(stored.table))): nothing})
    return replace(stored, base=empty, index=empty)
