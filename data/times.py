"""When items happened: times read and flagged, a whole column at once.

A time is plausible from 2015 to a day after now; one in the future is flagged, as it has no age. It is stored as Unix seconds; milliseconds and ISO text are understood
and flagged. Times hardly repeat, so they are computed as arrays, and not value by value like most attributes.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.decoder import Flags, WireColumn
from data.flags import Flag
from data.schema import AT_SOURCES, CLOCK_SKEW, Attribute, Kind
from data.values import NO_FLAG, WireValue, parse_number, scalar_content

Times = npt.NDArray[np.datetime64]
"""datetime64[ms], UTC, NaT where the time is missing or not plausible."""

EARLIEST_PLAUSIBLE = datetime(2015, 1, 1, tzinfo=UTC)
"""No result is older than the platform could be: smaller numbers in `created_at` are something else."""

MAX_AHEAD = timedelta(days=1)
"""How far ahead of our clock a stored time may lie: a time in another zone than UTC is up to 14 hours ahead."""

CHUNK_ROWS = 8192
"""Rows that are computed at once: every step makes an array of this length, at the peak of a read's memory."""

_STAMPED_FILE_NAME = r"(?:^|/)(?P<stamp>\d{8}_\d{6})_[^/]*$"
"""A recording's address with the upload's time in its file name, for RE2: its digits are ASCII."""
_NO_TIME = np.datetime64("NaT", "ms")


def item_times(
    columns: Mapping[Attribute, WireColumn], now: datetime, flags: Flags
) -> tuple[pd.api.extensions.ExtensionArray, "pd.Categorical[str]"]:
    """`at` and `at_source`: the plausible time that comes first among the attributes, in their order, else unknown.

    `now` (aware) bounds what is plausible. The flags that the times earn are added to `flags` (int64, a row per item).
    """
    at: Times = np.full(len(flags), _NO_TIME)
    sources = np.full(len(flags), AT_SOURCES.index("unknown"))
    for attribute, column in columns.items():
        if attribute.kind == Kind.TIME:
            times = stored_times(column, now, flags)
        else:
            times = times_in_file_names(column, np.isnat(at), now)
        taken = np.isnat(at) & ~np.isnat(times)
        if attribute.kind == Kind.RECORDING:
            flags[taken] |= int(Flag.TIME_FROM_FILE_NAME)
        at[taken] = times[taken]
        sources[taken] = AT_SOURCES.index(attribute.name)
    flags[np.isnat(at)] |= int(Flag.TIME_UNKNOWN)
    latest = np.datetime64((now + CLOCK_SKEW).astimezone(UTC).replace(tzinfo=None), "ms")
    flags[at > latest] |= int(Flag.TIME_IN_FUTURE)
    return pd.DatetimeIndex(at, tz=UTC).array, pd.Categorical.from_codes(sources, pd.Index([*AT_SOURCES]))


def stored_times(column: WireColumn, now: datetime, flags: Flags) -> Times:
    """The plausible times of an attribute of `Kind.TIME`; the flags they earn are added to `flags`."""
    times: Times = np.full(len(flags), _NO_TIME)
    numbers = column.of("N")
    without: tuple[str, ...] = ()
    if numbers is not None:
        try:
            seconds = pc.cast(numbers, pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            pass  # one of them is not a number: each is parsed below
        else:
            without = ("N",)
            times = _plausible_times(seconds, numbers.is_valid().to_numpy(zero_copy_only=False), now, flags)
    positions, values = column.read_distinct(_seconds, flags, without=without)
    if len(values) > 1:
        earned: Flags = np.zeros(len(values), dtype=np.int64)
        present = np.array([value is not None for value in values])
        seconds = np.array([math.nan if value is None else value[0] for value in values])
        others = _plausible_times(seconds, present, now, earned)
        earned |= np.where(np.isnat(others), 0, [0 if value is None else value[1] for value in values])
        flags |= earned[positions]
        times = np.where(np.isnat(others[positions]), times, others[positions])
    return times


def times_in_file_names(column: WireColumn, wanted: npt.NDArray[np.bool_], now: datetime) -> Times:
    """The plausible upload times in recordings' addresses (`…/<YYYYmmdd_HHMMSS>_<file>`, UTC), for the rows wanted."""
    times: Times = np.full(len(wanted), _NO_TIME)
    addresses = column.of("S")
    if addresses is None or not wanted.any():
        return times
    rows = np.flatnonzero(wanted)
    stamps = pc.struct_field(pc.extract_regex(addresses.take(pa.array(rows)), _STAMPED_FILE_NAME), "stamp")
    stamped = stamps.is_valid().to_numpy(zero_copy_only=False)
    rows, stamps = rows[stamped], stamps.drop_null()
    time = pc.strptime(stamps, format="%Y%m%d_%H%M%S", unit="s", error_is_null=True)
    # strptime turns 30 February into 2 March, and second 60 into the next minute
    exact = pc.and_(_equals(pc.day(time), stamps, 6), _equals(pc.second(time), stamps, 13))
    seconds = pc.if_else(exact, time.cast(pa.int64()), None).to_numpy(zero_copy_only=False)
    times[rows] = _times_of(seconds.astype(np.float64), now)
    return times


def _equals(numbers: pa.Array, texts: pa.Array, start: int) -> pa.BooleanArray:
    """Whether each number is the one in the two digits of the text from `start` on."""
    return pc.equal(numbers, pc.utf8_slice_codeunits(texts, start, start + 2).cast(pa.int64()))


def _seconds(value: WireValue | None) -> tuple[tuple[float, int] | None, Flag]:
    """Unix seconds (NaN where unreadable) and the flag they earn if plausible; None where absent or blank.

    Text without a zone is read as UTC, the zone of AWS Lambda.
    """
    content = scalar_content(value)
    if content is None or value is None:
        return None, NO_FLAG
    number = parse_number(content)
    if number is None:
        number = _seconds_of_iso(content) if isinstance(content, str) else math.nan
    return (number, int(Flag.TIME_IS_TEXT if "S" in value else NO_FLAG)), NO_FLAG


def _seconds_of_iso(text: str) -> float:
    try:
        time = datetime.fromisoformat(text)
        return (time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)).timestamp()
    except (OverflowError, ValueError):
        return math.nan


def _plausible_times(
    numbers: npt.NDArray[np.float64], present: npt.NDArray[np.bool_], now: datetime, flags: Flags
) -> Times:
    """Numbers as times: in seconds, else in milliseconds, else not plausible; the latter two are added to `flags`."""
    times = _times_of(numbers, now)
    rest = np.flatnonzero(present & np.isnat(times))
    times[rest] = _times_of(numbers[rest] / 1000, now)
    flags[rest] |= np.where(np.isnat(times[rest]), int(Flag.TIME_NOT_PLAUSIBLE), int(Flag.TIME_IN_MILLISECONDS))
    return times


def _times_of(seconds: npt.NDArray[np.float64], now: datetime) -> Times:
    """Unix seconds as plausible times, rounded to microseconds like `datetime.fromtimestamp`, then cut to milliseconds."""
    bounds = EARLIEST_PLAUSIBLE, now + MAX_AHEAD
    earliest, latest = (bound.timestamp() for bound in bounds)
    first, last = (np.datetime64(bound.astimezone(UTC).replace(tzinfo=None), "us") for bound in bounds)
    times: Times = np.full(len(seconds), _NO_TIME)
    for start in range(0, len(seconds), CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        near = np.where((seconds[rows] >= earliest - 1) & (seconds[rows] <= latest + 1), seconds[rows], 0.0)
        fraction, whole = np.modf(near)
        time = (whole.astype(np.int64) * 1_000_000 + np.rint(fraction * 1e6).astype(np.int64)).astype("datetime64[us]")
        times[rows] = np.where((time >= first) & (time <= last), time.astype("datetime64[ms]"), _NO_TIME)
    return times
