from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from bandup.ui.snapshot_status import freshness, wait_for

NOW = datetime(2026, 3, 14, 9, 5, tzinfo=UTC)
FIVE_MINUTES_AGO = NOW - timedelta(minutes=5)


def view(value=None, read_at=None, reading=None, error=None):
    return SimpleNamespace(value=value, read_at=read_at, reading=reading, error=error)


class Store:
    """A store that shows one view after another, a step per wait, and is done at the last."""

    def __init__(self, *views):
        self.views = list(views)

    def view(self):
        return self.views[0]

    def wait(self, seconds):
        assert seconds > 0
        self.views.pop(0)
        return len(self.views) == 1

    def cancel(self):
        raise AssertionError("nobody asked to end the read")


READING = SimpleNamespace(pages=3, items=1204, share=0.25)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (view(), "Not read yet"),
        (view(reading=READING), "Not read yet"),
        (view(1, FIVE_MINUTES_AGO), "Read 5 minutes ago"),
        (view(1, NOW), "Read under a minute ago"),
        (view(1, FIVE_MINUTES_AGO, READING), "Read 5 minutes ago; a refresh is under way"),
        (
            view(1, FIVE_MINUTES_AGO, error=OSError("no route")),
            "Read 5 minutes ago; the last refresh failed: no route",
        ),
    ],
)
def test_freshness(seen, said):
    assert freshness(seen, NOW) == said


@pytest.mark.parametrize("seen", [view("all"), view("all", reading=READING), view("old", error=OSError("x"))])
def test_what_is_there_is_shown_at_once(seen):
    assert wait_for(Store(seen)) == seen.value


def test_an_empty_value_is_a_value():
    assert wait_for(Store(view(()))) == ()


def test_the_error_of_a_read_without_a_value_is_raised():
    with pytest.raises(OSError, match="no route"):
        wait_for(Store(view(error=OSError("no route"))))


def test_a_read_that_ends_with_nothing_is_an_error():
    with pytest.raises(RuntimeError, match="neither"):
        wait_for(Store(view(), view()))


def app(store):
    import streamlit as st

    from bandup.ui.snapshot_status import wait_for

    st.text(wait_for(store))


def test_the_first_read_is_waited_for_and_its_bar_goes_away():
    at = AppTest.from_function(app, args=(Store(view(), view(reading=READING), view(), view("all")),)).run()
    assert not at.exception
    assert at.text[0].value == "all"
    assert not at.button


def test_while_it_is_read_there_is_a_way_to_end_it(monkeypatch):
    drawn = []
    monkeypatch.setattr("streamlit.button", lambda label, on_click, key: drawn.append((label, on_click)))
    bars = []
    bar = SimpleNamespace(progress=lambda share, text: bars.append((share, text)))
    monkeypatch.setattr("streamlit.progress", lambda share, text: bars.append((share, text)) or bar)
    store = Store(view(), view(reading=READING), view("all"))
    assert wait_for(store) == "all"
    assert drawn == [("Cancel the read", store.cancel)]
    assert bars == [(0.0, "Reading the tables …"), (0.25, "Reading the tables: 3 pages, 1,204 items so far")]
