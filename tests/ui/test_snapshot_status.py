from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from bandup.ui.read_status import CANCEL_HELP, age_sentence, incomplete_sentence, old_data_warning, wait_for
from data.errors import Throttled
from data.results import ReadProgress, RefreshView

NOW = datetime(2026, 3, 14, 9, 5, tzinfo=UTC)
FIVE_MINUTES_AGO = NOW - timedelta(minutes=5)
READING = ReadProgress(3, 1204, 4816)


def view(value=None, read_at=None, reading=None, error=None, failing_since=None):
    return RefreshView(value, read_at, reading, error, failing_since)


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


@pytest.mark.parametrize(
    ("current", "text"),
    [
        (view(), "Not read yet"),
        (view(reading=READING), "Not read yet"),
        (view(1, FIVE_MINUTES_AGO), "Read 5 minutes ago"),
        (view(1, NOW), "Read under a minute ago"),
        (view(1, FIVE_MINUTES_AGO, READING), "Read 5 minutes ago; a refresh is in progress"),
        (view(1, FIVE_MINUTES_AGO, error=OSError("no route"), failing_since=NOW), "Read 5 minutes ago"),
    ],
)
def test_age_sentence(current, text):
    assert age_sentence(current, NOW) == text


def minutes_ago(minutes):
    return NOW - timedelta(minutes=minutes)


THROTTLED = Throttled(table="t")
FAILED = "refreshing them has failed since 14 Mar 2026, 08:53 UTC."


@pytest.mark.parametrize(
    ("current", "warning"),
    [
        (view(), None),
        (view(reading=READING), None),
        (view(1, NOW), None),
        (view(1, minutes_ago(15)), None),
        (view(1, minutes_ago(15), READING), None),
        (view(1, minutes_ago(19)), ("These data are 19 minutes old.", "“Refresh now” reads the tables again.")),
        (
            view(1, minutes_ago(19), READING),
            ("These data are 19 minutes old.", "A refresh is in progress; the page is drawn again as soon as it ends."),
        ),
        (
            view(1, minutes_ago(4), None, THROTTLED, minutes_ago(12)),
            (f"These data are 4 minutes old: {FAILED}", str(THROTTLED)),
        ),
        (
            view(1, minutes_ago(19), READING, THROTTLED, minutes_ago(12)),
            (f"These data are 19 minutes old: {FAILED}", f"{THROTTLED} Another attempt is in progress."),
        ),
        (
            view(1, minutes_ago(19), None, KeyError("x-amz-security-token"), minutes_ago(12)),
            (
                f"These data are 19 minutes old: {FAILED}",
                "An unexpected error ended the read (KeyError); the log of the server says where.",
            ),
        ),
    ],
)
def test_old_data_and_failures_are_warned_of(current, warning):
    assert old_data_warning(current, NOW, timedelta(minutes=5)) == warning


@pytest.mark.parametrize(
    ("reasons", "sentence"),
    [
        ([{}], None),
        (
            [{}, {"evaluations": "items without x"}],
            "Some items of E may be missing here: the index that was read leaves out items without x.",
        ),
        (
            [{"evaluations": "items without x", "flashcard_sets": "items without x"}] * 2,
            "Some items of E and F may be missing here: the index that was read leaves out items without x.",
        ),
        (
            [{"evaluations": "items without x", "flashcard_sets": "items without y"}],
            "Some items of E and F may be missing here: the index that was read leaves out items without x and items without y.",
        ),
    ],
)
def test_what_may_be_missing_is_one_sentence_that_names_the_tables(reasons, sentence):
    reads = [SimpleNamespace(incomplete_because=each) for each in reasons]
    parts = incomplete_sentence(reads, {"evaluations": "E", "flashcard_sets": "F"})
    assert (parts and " ".join(parts)) == sentence


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
    monkeypatch.setattr("streamlit.button", lambda label, on_click, key, help: buttons.append((label, on_click, help)))
    bars = []
    bar = SimpleNamespace(progress=lambda share, text: bars.append((share, text)))
    monkeypatch.setattr("streamlit.progress", lambda share, text: bars.append((share, text)) or bar)
    refresh = Refresh(view(), view(reading=READING), view("all"))
    assert wait_for(refresh) == "all"
    assert buttons == [("Cancel the read", refresh.cancel, CANCEL_HELP)]
    assert "everyone who looks at the dashboard" in CANCEL_HELP
    assert bars == [(0.0, "Reading the tables …"), (0.25, "Reading the tables: 3 pages, 1,204 items so far")]
