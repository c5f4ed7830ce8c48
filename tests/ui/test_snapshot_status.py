from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from bandup.ui.read_status import age_sentence, wait_for

NOW = datetime(2026, 3, 14, 9, 5, tzinfo=UTC)
FIVE_MINUTES_AGO = NOW - timedelta(minutes=5)


def view(value=None, read_at=None, reading=None, error=None):
    return SimpleNamespace(value=value, read_at=read_at, reading=reading, error=error)


class Refresh:
    """A refresh that goes from view to view, one per wait, and is done at the last."""

    def __init__(self, *views):
        self.views = list(views)

    def view(self):
        return self.views[0]

    def wait(self, seconds):
        assert seconds > 0
        self.views.pop(0)
        return len(self.views) == 1

    def cancel(self):
        raise AssertionError("the read was cancelled")


READING = SimpleNamespace(pages=3, items=1204, share=0.25)


@pytest.mark.parametrize(
    ("current", "text"),
    [
        (view(), "Not read yet"),
        (view(reading=READING), "Not read yet"),
        (view(1, FIVE_MINUTES_AGO), "Read 5 minutes ago"),
        (view(1, NOW), "Read under a minute ago"),
        (view(1, FIVE_MINUTES_AGO, READING), "Read 5 minutes ago; a refresh is in progress"),
        (
            view(1, FIVE_MINUTES_AGO, error=OSError("no route")),
            "Read 5 minutes ago; the last refresh failed: no route",
        ),
    ],
)
def test_age_sentence(current, text):
    assert age_sentence(current, NOW) == text


@pytest.mark.parametrize("current", [view("all"), view("all", reading=READING), view("old", error=OSError("x"))])
def test_a_dataset_is_returned_at_once(current):
    assert wait_for(Refresh(current)) == current.value


def test_an_empty_value_is_a_value():
    assert wait_for(Refresh(view(()))) == ()


def test_the_error_of_a_read_without_a_value_is_raised():
    with pytest.raises(OSError, match="no route"):
        wait_for(Refresh(view(error=OSError("no route"))))


def test_a_read_that_ends_with_nothing_is_an_error():
    with pytest.raises(RuntimeError, match="neither"):
        wait_for(Refresh(view(), view()))


def app(refresh):
    import streamlit as st

    from bandup.ui.read_status import wait_for

    st.text(wait_for(refresh))


def test_the_first_read_is_waited_for_and_its_bar_goes_away():
    at = AppTest.from_function(app, args=(Refresh(view(), view(reading=READING), view(), view("all")),)).run()
    assert not at.exception
    assert at.text[0].value == "all"
    assert not at.button


def test_the_first_read_can_be_cancelled(monkeypatch):
    buttons = []
    monkeypatch.setattr("streamlit.button", lambda label, on_click, key: buttons.append((label, on_click)))
    bars = []
    bar = SimpleNamespace(progress=lambda share, text: bars.append((share, text)))
    monkeypatch.setattr("streamlit.progress", lambda share, text: bars.append((share, text)) or bar)
    refresh = Refresh(view(), view(reading=READING), view("all"))
    assert wait_for(refresh) == "all"
    assert buttons == [("Cancel", refresh.cancel)]
    assert bars == [(0.0, "Reading the tables …"), (0.25, "Reading the tables: 3 pages, 1,204 items so far")]
