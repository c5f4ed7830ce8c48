"""Where the data comes from, read from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from data.errors import HalfConfigured, SameTableName, SettingUnreadable
from data.schema import REVIEWS, TABLES, StoredKey, TableKey

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

    `names`: the names of the platform's tables by key; `reviews`: that of the dashboard's own, empty where there is none.
    `demo`: none is named, so the embedded demo is read. A job still processing after `stuck_after` is stuck; a snapshot older than `refresh_after` is read again, while the Jobs page is open one older than
    `jobs_refresh_after`. A read of more than `scan_limit` capacity units needs consent; a million units cost
    `price_per_million` dollars.
    """

    names: dict[TableKey, str] = field(default_factory=lambda: {key: t.default_name for key, t in TABLES.items()})
    reviews: str = REVIEWS.default_name
    demo: bool = True
    stuck_after: timedelta = timedelta(minutes=15)
    refresh_after: timedelta = timedelta(minutes=5)
    jobs_refresh_after: timedelta = timedelta(seconds=30)
    scan_limit: float = SCAN_LIMIT
    price_per_million: float = PRICE_PER_MILLION

    def __hash__(self) -> int:
        return hash(repr(self))

    @property
    def all_names(self) -> dict[StoredKey, str]:
        """The names of all tables; without that of reviews where there is none."""
        names: dict[StoredKey, str] = dict(self.names.items())
        return {**names, "reviews": self.reviews} if self.reviews else names

    def price(self, capacity_units: float) -> float:
        """The price of read capacity units in US dollars, on demand."""
        return capacity_units * self.price_per_million / 1e6


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables.

    Raises HalfConfigured where only one of the platform's tables is named, or only the table of reviews, SameTableName where
    two have one name, SettingUnreadable where a value is not a positive number.
    """
    names = {key: environment.get(table.variable, "").strip() for key, table in TABLES.items()}
    reviews = environment.get(REVIEWS.variable, "").strip()
    variables = {table.variable: names[key] for key, table in TABLES.items()}
    named = [variable for variable, name in {**variables, REVIEWS.variable: reviews}.items() if name]
    missing = [variable for variable, name in variables.items() if not name]
    if named and missing:
        raise HalfConfigured(named=named[0], missing=missing[0])
    for name in [*names.values(), reviews]:
        alike = [
            variable for variable, other in {**variables, REVIEWS.variable: reviews}.items() if name and other == name
        ]
        if len(alike) > 1:
            raise SameTableName(variables=" and ".join(alike[:2]), name=name)
    settings = Settings(
        stuck_after=timedelta(minutes=_number(environment, "DASHBOARD_STUCK_MINUTES", 15)),
        refresh_after=timedelta(seconds=_number(environment, "DASHBOARD_REFRESH_SECONDS", 300)),
        jobs_refresh_after=timedelta(seconds=_number(environment, "DASHBOARD_JOBS_REFRESH_SECONDS", 30)),
        scan_limit=_number(environment, "DASHBOARD_SCAN_LIMIT", SCAN_LIMIT),
        price_per_million=_number(environment, "DASHBOARD_PRICE_PER_MILLION", PRICE_PER_MILLION),
    )
    return replace(settings, names=names, reviews=reviews, demo=False) if named else settings


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
