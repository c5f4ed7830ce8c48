"""What reads of whole tables may consume: known before, as an estimate or from the last read, and counted while they run.

DescribeTable's sizes are some six hours old, and unknown where the credentials do not allow it: then only counting shows
that a read is large.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

from data.access_paths import READ_UNIT_BYTES, AccessPath, Description
from data.errors import ScanLimitExceeded
from data.paging import OnPage, ResponsePage
from data.results import Cost
from data.settings import Settings

MIN_UNITS_PER_PAGE = 0.5
"""The least that DynamoDB charges for an eventually consistent request. Some engines report nothing."""

_Scan = tuple[str, str]
"""Names of a table and of its index, empty for the table itself."""


@dataclass
class ReadBudget:
    """Counts the capacity units of one read, over all its scans, and ends it above `limit`."""

    limit: float
    exceeded: Callable[["ReadBudget"], ScanLimitExceeded]
    consumed: dict[_Scan, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def units(self) -> float:
        """Capacity units consumed so far."""
        return sum(self.consumed.values())

    def watch(self, description: Description, path: AccessPath, on_page: OnPage | None) -> OnPage:
        """A callback for the pages of a scan, which raises ScanLimitExceeded; `on_page` is called after it."""
        scan = _scan(description, path)

        def count(page: ResponsePage) -> None:
            with self._lock:
                self.consumed[scan] = self.consumed.get(scan, 0.0) + _units(page.cost)
                units = self.units
            if units > self.limit:
                raise self.exceeded(self)
            if on_page is not None:
                on_page(page)

        return count


class ScanLimits:
    """Which reads of whole tables may run: those below the settings' limit, and each that a person agreed to, once.

    A read is named by the student it is for; empty for all items.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._agreed: set[str] = set()
        self._consumed: dict[_Scan, float] = {}
        self._stopped: set[_Scan] = set()
        self._lock = Lock()

    def units(self, description: Description, path: AccessPath) -> float:
        """Capacity units of a scan: DescribeTable's estimate, or what was consumed where that was more."""
        return max(description.units_through(path), self._consumed.get(_scan(description, path), 0.0))

    def begin(self, what: str, student: str, scans: Iterable[tuple[Description, AccessPath]]) -> ReadBudget:
        """The budget of a read that makes these scans. Raises ScanLimitExceeded where it needs consent first."""
        units, stopped = 0.0, False
        for description, path in scans:
            units += self.units(description, path)
            stopped |= _scan(description, path) in self._stopped
        with self._lock:
            limit = math.inf if student in self._agreed else self._settings.scan_limit
            self._agreed.discard(student)
        if units > limit:
            raise self._exceeded(what, student, units, "at least" if stopped else "about")

        def exceeded(budget: ReadBudget) -> ScanLimitExceeded:
            self._remember(budget, complete=False)
            return self._exceeded(what, student, budget.units, "at least")

        return ReadBudget(limit, exceeded)

    def agree(self, student: str) -> None:
        """Let the next such read exceed the limit."""
        with self._lock:
            self._agreed.add(student)

    def end(self, budget: ReadBudget) -> None:
        """Remember what a complete read consumed."""
        self._remember(budget, complete=True)

    def _remember(self, budget: ReadBudget, *, complete: bool) -> None:
        with self._lock:
            self._consumed |= budget.consumed
            if complete:
                self._stopped -= budget.consumed.keys()
            else:
                self._stopped |= budget.consumed.keys()

    def _exceeded(self, what: str, student: str, units: float, about: str) -> ScanLimitExceeded:
        return ScanLimitExceeded(
            what=what,
            about=about,
            units=units,
            dollars=self._settings.price(units),
            limit=self._settings.scan_limit,
            agree=partial(self.agree, student),
        )


def _units(cost: Cost) -> float:
    by_bytes = cost.received_bytes / READ_UNIT_BYTES / 2 if cost.unmetered_requests else 0.0
    return max(cost.capacity_units, by_bytes, MIN_UNITS_PER_PAGE)


def _scan(description: Description, path: AccessPath) -> _Scan:
    return description.name, path.index.name if path.index else ""
