"""Where the data comes from, read from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from data.errors import HalfConfigured, SettingUnreadable
from data.schema import EVALUATIONS, FLASHCARD_SETS, TableKey


@dataclass(frozen=True)
class Settings:
    """What the environment says.

    `names`: the tables' names by their key in `data.schema`. `demo` is true where none is named: the dashboard then
    reads the embedded demo. A job still processing after `stuck_after` is stuck; a snapshot older than
    `refresh_after` is read again; while the Jobs page is open, one older than `jobs_refresh_after`.
    """

    names: dict[TableKey, str] = field(
        default_factory=lambda: {t.key: t.default_name for t in (EVALUATIONS, FLASHCARD_SETS)}
    )
    demo: bool = True
    stuck_after: timedelta = timedelta(minutes=15)
    refresh_after: timedelta = timedelta(minutes=5)
    jobs_refresh_after: timedelta = timedelta(seconds=30)

    def __hash__(self) -> int:
        return hash(
            (tuple(self.names.items()), self.demo, self.stuck_after, self.refresh_after, self.jobs_refresh_after)
        )


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables.

    Raises HalfConfigured where one table is named and the other is not, SettingUnreadable where a number is none.
    """
    names = {table.key: environment.get(table.variable, "").strip() for table in (EVALUATIONS, FLASHCARD_SETS)}
    given = [key for key, name in names.items() if name]
    if len(given) == 1:
        named, missing = (EVALUATIONS, FLASHCARD_SETS) if given == [EVALUATIONS.key] else (FLASHCARD_SETS, EVALUATIONS)
        raise HalfConfigured(named.variable, missing.variable)
    stuck_after = timedelta(minutes=_number(environment, "DASHBOARD_STUCK_MINUTES", 15))
    refresh_after = timedelta(seconds=_number(environment, "DASHBOARD_REFRESH_SECONDS", 300))
    jobs_refresh_after = timedelta(seconds=_number(environment, "DASHBOARD_JOBS_REFRESH_SECONDS", 30))
    chosen = Settings(stuck_after=stuck_after, refresh_after=refresh_after, jobs_refresh_after=jobs_refresh_after)
    return replace(chosen, names=names, demo=False) if given else chosen


def _number(environment: Mapping[str, str], variable: str, default: float) -> float:
    text = environment.get(variable, "").strip()
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 < number < 1e9:
        raise SettingUnreadable(variable, text)
    return number
