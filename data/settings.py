"""Where the data comes from, read from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from data.errors import HalfConfigured, SameTableName, SettingUnreadable
from data.schema import TABLES, TableKey

PRICE_PER_MILLION = 0.125
"""US dollars for a million read request units: on demand, Standard table class, us-east-1. Source: AWS's price list for
DynamoDB as of November 2024. Other regions differ, and provisioned capacity is paid by the hour instead."""

SCAN_LIMIT = 100_000
"""Read capacity units: a read that would consume more needs the user's consent."""

RESPONSE_SECONDS = 120
"""A page of 1 MB arrives in this time over a connection of 100 kbit/s."""

WITHOUT_SIGN_IN = "DASHBOARD_WITHOUT_SIGN_IN"
"""The variable that, set to `yes`, permits a dashboard without sign-in to be opened from other machines."""

ACCESS_LOG = "DASHBOARD_ACCESS_LOG"
"""The variable with the path of the file that accesses are logged to; stderr where it is empty."""


@dataclass(frozen=True)
class Settings:
    """The settings of the environment.

    `names`: the tables' names by key. `demo`: none is named, so the embedded demo is read. A job still processing after
    `stuck_after` is stuck; a snapshot older than `refresh_after` is read again, while the Jobs page is open one older than
    `jobs_refresh_after`. A read of more than `scan_limit` capacity units needs consent; a million units cost
    `price_per_million` dollars.
    """

    names: dict[TableKey, str] = field(default_factory=lambda: {key: t.default_name for key, t in TABLES.items()})
    demo: bool = True
    stuck_after: timedelta = timedelta(minutes=15)
    refresh_after: timedelta = timedelta(minutes=5)
    jobs_refresh_after: timedelta = timedelta(seconds=30)
    scan_limit: float = SCAN_LIMIT
    price_per_million: float = PRICE_PER_MILLION

    def __hash__(self) -> int:
        return hash(repr(self))

    def price(self, capacity_units: float) -> float:
        """The price of read capacity units in US dollars, on demand."""
        return capacity_units * self.price_per_million / 1e6


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables.

    Raises HalfConfigured where only one table is named, SameTableName where both have one name, SettingUnreadable where
    a value is not a positive number.
    """
    names = {key: environment.get(table.variable, "").strip() for key, table in TABLES.items()}
    named = [table.variable for key, table in TABLES.items() if names[key]]
    missing = [table.variable for key, table in TABLES.items() if not names[key]]
    if named and missing:
        raise HalfConfigured(named=named[0], missing=missing[0])
    if named and len({*names.values()}) < len(names):
        raise SameTableName(variables=" and ".join(named), name=names["evaluations"])
    settings = Settings(
        stuck_after=timedelta(minutes=_number(environment, "DASHBOARD_STUCK_MINUTES", 15)),
        refresh_after=timedelta(seconds=_number(environment, "DASHBOARD_REFRESH_SECONDS", 300)),
        jobs_refresh_after=timedelta(seconds=_number(environment, "DASHBOARD_JOBS_REFRESH_SECONDS", 30)),
        scan_limit=_number(environment, "DASHBOARD_SCAN_LIMIT", SCAN_LIMIT),
        price_per_million=_number(environment, "DASHBOARD_PRICE_PER_MILLION", PRICE_PER_MILLION),
    )
    return replace(settings, names=names, demo=False) if named else settings


def response_seconds(environment: Mapping[str, str]) -> float:
    """How many seconds a response may take as a whole. Raises SettingUnreadable where that is not a positive number."""
    return _number(environment, "DASHBOARD_RESPONSE_SECONDS", RESPONSE_SECONDS)


def _number(environment: Mapping[str, str], variable: str, default: float) -> float:
    text = environment.get(variable, "").strip()
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 < number < 1e9:
        raise SettingUnreadable(variable=variable, text=text)
    return number
