"""A short run of `benchmarks.load` with few sessions: nothing fails."""

import pytest

from benchmarks import load, server
from benchmarks.sessions import Memory
from benchmarks.visitor import PageFailed

ITEMS = 2_000
SESSIONS = 4
DURATION = 12.0


@pytest.mark.server
def test_sessions_at_once_meet_no_error():
    with (
        server.endpoint(ITEMS) as endpoint,
        server.streamlit(server.ROOT / "dashboard.py", endpoint.environment()) as dashboard,
        load.MemoryMonitor(dashboard.pid) as monitor,
    ):
        result = load.browse(dashboard.address, load.sample_ids(ITEMS), SESSIONS, DURATION, think_time=(0.05, 0.2))
    assert not result.failures
    assert len(result.all_runs) > 3 * SESSIONS
    assert {"a link", "an evaluation"} <= {*result.runs}
    assert monitor.at(DURATION).rss > 50


def test_failures_are_counted_and_miss_the_target():
    result = load.LoadResult()
    result.add_failure("a link", PageFailed("it broke"))
    result.add_failure("a link", PageFailed("it broke"))
    monitor = load.MemoryMonitor(0)
    monitor.samples = [(float(second), Memory(100.0 + second, 0.0)) for second in range(1, 121)]
    errors, growth = load.targets(result, monitor, 120)
    assert (errors.measured, errors.holds) == (2, False)
    assert growth.measured == 205.5 / 160.5
    assert growth.holds is False
    assert load.targets(result, monitor, 50)[1].holds is None
