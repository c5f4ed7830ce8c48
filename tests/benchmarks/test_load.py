"""Several people browsing at once, in small: nothing fails. `python -m benchmarks.load` does it with many for minutes."""

from benchmarks import load, server
from benchmarks.sessions import Memory
from benchmarks.visitor import PageFailed

ITEMS = 2_000
SESSIONS = 4
DURING = 12.0


def test_people_browsing_at_once_meet_no_error():
    with (
        server.endpoint(ITEMS) as endpoint,
        server.streamlit(server.ROOT / "dashboard.py", endpoint.environment()) as dashboard,
        load.Watch(dashboard.pid) as watch,
    ):
        found = load.browse(dashboard.address, load.ids_of(ITEMS), SESSIONS, DURING, thinking=(0.05, 0.2))
    assert not found.failures
    assert len(found.all_runs) > 3 * SESSIONS
    assert {"a link", "an evaluation"} <= {*found.runs}
    assert watch.at(DURING).rss > 50


def test_what_fails_is_counted_and_told_by_the_targets():
    found = load.Found()
    found.fail("a link", PageFailed("it broke"))
    found.fail("a link", PageFailed("it broke"))
    watch = load.Watch(0)
    watch.looks = [(float(second), Memory(100.0 + second, 0.0)) for second in range(1, 121)]
    errors, growth = load.targets(found, watch, 120)
    assert (errors.measured, errors.holds) == (2, False)
    assert growth.measured == 205.5 / 160.5
    assert growth.holds is False
    assert load.targets(found, watch, 50)[1].holds is None
