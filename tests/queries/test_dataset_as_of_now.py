"""The dataset in memory has the states and waiting times of now, and the same frames as long as no state changes."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from bandup.analysis.states import with_state
from bandup.queries import dataset as dataset_module
from bandup.queries.background_refresh import BackgroundRefresh
from bandup.queries.dataset import AgeingDataset, Dataset, DatasetRefresh, build
from data.columns import frame_of_items
from data.results import AllItems, Cost
from data.schema import EVALUATIONS, FLASHCARD_SETS
from tests.items import NOW, before, flashcard_set, job, writing

STUCK_AFTER = timedelta(minutes=15)
OF_EVALUATIONS = [
    job("processing", evaluation_id="young", user_id="an", started_at=before(minutes=2)),
    job("processing", evaluation_id="older", user_id="binh", started_at=before(minutes=13)),
    job("processing", evaluation_id="cards", user_id="an", evaluation_type="flashcard", started_at=before(minutes=12)),
    job("processing", evaluation_id="undated", user_id="chi", started_at=...),
    job("failed", evaluation_id="failed", user_id="an"),
    writing(evaluation_id="done", user_id="dung"),
]
OF_SETS = [
    flashcard_set(set_id="set", user_id="binh", status="processing", created_at=..., started_at=before(minutes=4))
]


def read_at(now: datetime) -> AllItems:
    frames = (frame_of_items(EVALUATIONS, OF_EVALUATIONS, NOW), frame_of_items(FLASHCARD_SETS, OF_SETS, NOW))
    return AllItems(*frames, now, Cost(), {})


class Shown:
    """A refresh whose only read was at `NOW`, and the clock."""

    def __init__(self, students: frozenset[str] | None = None) -> None:
        self.now = NOW
        store = BackgroundRefresh(
            lambda _: build(read_at(NOW), STUCK_AFTER), lambda: 0, timedelta.max, lambda: self.now
        )
        store.request()
        assert store.wait(10)
        self.refresh = DatasetRefresh(
            store,
            AgeingDataset(),
            lambda: self.now,
            lambda dataset: dataset if students is None else dataset_module.restricted(dataset, students),
        )

    def at(self, **later: float) -> Dataset:
        self.now = NOW + timedelta(**later)
        value = self.refresh.view().value
        assert value is not None
        return value


@pytest.fixture
def shown() -> Shown:
    return Shown()


def stuck(table: pd.DataFrame, key: str) -> set[str]:
    return {*table.loc[table["state"].astype("str") == "stuck", key]}


@pytest.mark.parametrize(
    ("minutes", "jobs"),
    [
        (0, {"undated"}),
        (2, {"undated"}),
        (3, {"undated", "older"}),
        (4, {"undated", "older", "cards"}),
        (12, {"undated", "older", "cards", "set"}),
        (14, {"undated", "older", "cards", "set", "young"}),
    ],
)
def test_running_jobs_become_stuck_as_time_passes(shown: Shown, minutes: int, jobs: set[str]) -> None:
    later = shown.at(minutes=minutes)
    assert stuck(later.jobs, "id") == jobs
    assert stuck(later.evaluations, "evaluation_id") == jobs - {"set"}
    assert stuck(later.flashcard_sets, "set_id") == jobs & {"set"}
    assert stuck(later.sets, "set_id") == jobs & {"set", "cards"}


@pytest.mark.parametrize("minutes", [0, 1, 3, 6, 12, 90])
@pytest.mark.parametrize("students", [None, frozenset({"an", "chi"})])
def test_it_is_the_dataset_of_the_same_items_read_now(minutes: int, students: frozenset[str] | None) -> None:
    later = Shown(students).at(minutes=minutes)
    fresh = build(read_at(NOW + timedelta(minutes=minutes)), STUCK_AFTER)
    if students is not None:
        fresh = dataset_module.restricted(fresh, students)
    for name in ("evaluations", "flashcard_sets", "students", "jobs", "sets", "waiting"):
        pd.testing.assert_frame_equal(getattr(later, name), getattr(fresh, name), obj=name, check_categorical=False)
    assert later.as_of == NOW + timedelta(minutes=minutes)
    assert later.read_at == NOW


def test_the_frames_stay_the_same_until_a_state_changes(shown: Shown) -> None:
    def frames(at: Dataset) -> list[Any]:
        return [at.evaluations, at.flashcard_sets, at.students, at.jobs, at.sets]

    first = frames(shown.at())
    assert all(a is b for a, b in zip(first, frames(shown.at(minutes=2)), strict=True))
    changed = frames(shown.at(minutes=3, seconds=10))
    assert [a is b for a, b in zip(first, changed, strict=True)] == [False, True, False, False, True]
    assert all(a is b for a, b in zip(changed, frames(shown.at(minutes=3, seconds=50)), strict=True))


def test_waiting_is_computed_once_a_minute(shown: Shown) -> None:
    assert shown.at(minutes=5).waiting is shown.at(minutes=5, seconds=59).waiting
    before_it, after = shown.at(minutes=5).waiting, shown.at(minutes=6).waiting
    assert (after["waited_seconds"] - before_it["waited_seconds"]).dropna().to_list() == [60.0, 60.0]


def test_a_clock_that_goes_back_changes_nothing(shown: Shown) -> None:
    assert shown.at(minutes=-5).as_of == NOW


def test_the_state_of_a_read_is_not_changed() -> None:
    shown = Shown()
    original = shown.at().jobs
    shown.at(minutes=90)
    assert stuck(original, "id") == {"undated"}
    assert (
        with_state(read_at(NOW).evaluations, "evaluation_id", NOW)["state"].dtype
        == shown.at().evaluations["state"].dtype
    )
