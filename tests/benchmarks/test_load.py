"""A short run of `benchmarks.load` with few sessions, the worst items among theirs: nothing fails."""

from dataclasses import replace

import pytest

from benchmarks import generated_tables, load, server
from benchmarks.sessions import Memory
from benchmarks.visitor import PageFailed
from data.schema import TABLES
from tests import worst_items

ITEMS = 2_000
SESSIONS = 4
DURATION = 12.0


@pytest.mark.server
def test_sessions_at_once_meet_no_error():
    ids = replace(load.sample_ids(ITEMS), worst=worst_items.addresses())
    with (
        server.endpoint(ITEMS, worst=True) as endpoint,
        server.streamlit(server.ROOT / "dashboard.py", endpoint.environment()) as dashboard,
        load.ServerMonitor(dashboard.pid) as monitor,
    ):
        result = load.browse(dashboard.address, ids, SESSIONS, DURATION, think_time=(0.05, 0.2))
    assert not result.failures
    assert len(result.all_runs) > 3 * SESSIONS
    assert {"a link", "an evaluation"} <= {*result.runs}
    assert any(action.startswith("worst items: ") for action in result.runs)
    assert monitor.at(DURATION).rss > 50
    *_, files = load.targets(result, monitor, DURATION, SESSIONS)
    assert files.holds
    assert files.measured > SESSIONS


def monitored(rss_of, files_of=lambda _: 40):
    """A monitor with a sample per second, for two minutes."""
    monitor = load.ServerMonitor(0)
    monitor.samples = [load.Sample(float(at), Memory(rss_of(at), 0.0), files_of(at)) for at in range(121)]
    return monitor


def test_failures_are_counted_and_miss_the_target():
    result = load.LoadResult()
    result.add_failure("a link", PageFailed("it broke"))
    result.add_failure("a link", PageFailed("it broke"))
    errors, growth, *_ = load.targets(result, monitored(lambda at: 100.0 + at), 120, 5)
    assert (errors.measured, errors.holds) == (2, False)
    assert growth.measured == 205.5 / 160.5
    assert growth.holds is False
    assert load.targets(result, monitored(lambda at: 100.0 + at), 50, 5)[1].holds is None


def test_memory_that_grew_in_between_and_files_left_open_miss_the_targets():
    hill = monitored(lambda at: 150.0 if 70 < at < 105 else 100.0, lambda at: 10 + 6 * at)
    errors, growth, highest, files = load.targets(load.LoadResult(), hill, 120, 50)
    assert (errors.holds, growth.holds) == (True, True)
    assert (highest.measured, highest.holds) == (1.5, False)
    assert (files.limit, files.measured, files.holds) == (10 + 4 * 50 + 3 * 128 + load.MAX_CONNECTIONS, 730, False)


def test_the_worst_items_are_stored_among_the_others():
    worst = worst_items.stored(1_700_000_000)
    tables = generated_tables.tables(200, more=worst)
    for key, own in worst.items():
        assert {(item[TABLES[key].partition_key]["S"], item["user_id"]["S"]) for item in own} <= {
            *tables[key].base.keys
        }
        assert len(tables[key].base.keys) == len(own) + len(generated_tables.tables(200)[key].base.keys)
