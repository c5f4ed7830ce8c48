import pytest
from streamlit.testing.v1 import AppTest

from bandup import pages_list
from bandup.ui.item_details import optional_int, set_subtitle, subtitle
from data.parsers import evaluation_of, flashcard_set_of
from data.schema import FLASHCARD_SETS
from tests.items import NOW, before, evaluations, flashcard_set, job, speaking, writing
from tests.ui.parsed import HOSTILE, parsed


def row_of(*items):
    return evaluations(*items).iloc[0]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (writing(created_at=before(days=3)), "u1 · 11 Mar 2026, 09:05 UTC (3 days ago)"),
        (
            job("failed", started_at=before(hours=2)),
            "u1 · 14 Mar 2026, 07:05 UTC (2 hours ago, from the job’s start)",
        ),
        (
            speaking(created_at=41_000, audio_url="s3://b/u1/20260301_101500_a.webm"),
            "u1 · 1 Mar 2026, 10:15 UTC (12 days ago, from the recording’s file name)",
        ),
        (writing(created_at=..., user_id="<b>"), "<b> · time unknown"),
    ],
)
def test_subtitle(row, text):
    assert subtitle(row_of(row), NOW) == text


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"page_count": 1, "chunk_count": 4}, "2 cards · u1 · 1 day ago · 1 page · 4 chunks"),
        ({"page_count": "many", "created_at": "local"}, "2 cards · u1 · time unknown"),
    ],
)
def test_set_subtitle(attributes, text):
    opened = flashcard_set_of(FLASHCARD_SETS, flashcard_set(**attributes), NOW)
    assert set_subtitle(opened.frame.iloc[0], 2, NOW) == text


def test_optional_int():
    row = row_of(writing(word_count="280"))
    assert (optional_int(row["word_count"]), type(optional_int(row["word_count"]))) == (280, int)
    assert optional_int(row_of(writing())["word_count"]) is None


def shown(function_name, *arguments):
    def app(function_name, arguments):
        from bandup.ui import item_details

        getattr(item_details, function_name)(*arguments)

    at = AppTest.from_function(app, args=(function_name, arguments)).run()
    assert not at.exception
    return at


def details(item):
    """The parsed HTML of an item's details."""
    at = shown("show_details", row_of(item), evaluation_of(item, NOW))
    return parsed(at.get("html")[0].proto.body)


def test_details_of_a_recording():
    item = speaking(duration="125", word_count=250, model_used="m", confidence_score="0.856", estimated_cost="0.0012")
    assert details(item).lines == [
        *("Words", "250"),
        *("Duration", "2:05"),
        *("Words per minute", "120"),
        *("Model", "m"),
        *("Grader’s confidence", "0.86"),
        *("Estimated cost, USD", "0.0012"),
    ]


def test_words_of_a_transcript_are_counted_for_the_rate_where_none_are_stored():
    assert details(speaking(duration="60", transcript="so " * 90)).lines == [
        "Duration",
        "1:00",
        "Words per minute",
        "90",
    ]


@pytest.mark.parametrize("item", [writing(), writing(word_count="many", duration="long", confidence_score="high")])
def test_details_that_are_not_known_are_left_out(item):
    assert details(item).lines == []


@pytest.mark.parametrize("text", HOSTILE)
def test_details_are_texts(text):
    parsed_details = details(writing(model_used=text, cost=text))
    assert parsed_details.structure == details(writing(model_used="x", cost="y")).structure
    assert parsed_details.lines == ["Model", text, "Cost, USD", text]


@pytest.fixture
def page_links(monkeypatch):
    """The links shown: (page, label, query parameters)."""
    links = []
    monkeypatch.setattr(
        "streamlit.page_link", lambda page, label, query_params: links.append((page, label, query_params))
    )
    return links


@pytest.mark.parametrize(
    ("item", "warnings"),
    [
        (writing(), []),
        (writing(overall_band="error"), ["**Empty.**"]),
        (writing(*["6.0"] * 5, confidence_score="0.7"), ["**Suspect.**"]),
        (job("processing"), ["**Stuck.**"]),
        (job("processing", started_at=before(minutes=1)), ["**Running.**"]),
        (job("queued"), ["**Unknown.**"]),
    ],
)
def test_a_state_other_than_succeeded_is_explained_at_the_top(item, warnings):
    at = shown("show_state", row_of(item))
    assert [warning.value.split(" ")[0] for warning in at.warning] == warnings
    assert not at.code


def test_an_overall_band_that_is_not_the_rounded_mean_is_shown_with_the_mean():
    at = shown("show_state", row_of(writing("8.0", "6.0", "6.0", "6.5", "6.5")))
    assert [warning.value.split("**")[1] for warning in at.warning] == [
        "The stored overall band is 8.0, the mean of its criteria 6.25."
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_an_error_is_shown_as_it_is(text):
    at = shown("show_state", row_of(job("failed", error_message=text)))
    assert [code.value for code in at.code] == [text]


def test_the_same_job_under_another_user_is_linked(page_links):
    row = row_of(job("processing", user_id="unknown"), writing(user_id="*u*"))
    at = shown("show_state", row, ("*u*",))
    assert [warning.value.split(" ")[0] for warning in at.warning] == ["**Superseded.**"]
    assert page_links == [
        (pages_list.EVALUATION.script, r"The same job under \*u\*", {"evaluation_id": "e1", "user_id": "*u*"})
    ]


def test_links_to_the_neighbours(page_links):
    one, other = (row for _, row in evaluations(writing(), writing(evaluation_id="e2", overall_band="6.5")).iterrows())
    for pair in ((None, None), (one, None), (None, other), (one, other)):
        shown("show_neighbours", one, *pair)
    previous = (pages_list.EVALUATION.script, "← Previous attempt (7.0)", {"evaluation_id": "e1", "user_id": "u1"})
    following = (pages_list.EVALUATION.script, "Next attempt → (6.5)", {"evaluation_id": "e2", "user_id": "u1"})
    assert page_links == [previous, following, previous, following]


def test_what_changed_since_the_previous_attempt(page_links):
    one, other = (row for _, row in evaluations(writing(), writing(evaluation_id="e2", overall_band="6.5")).iterrows())
    at = shown("show_neighbours", other, one, None)
    notes = [element.proto.body for element in at.get("html")]
    assert len(notes) == 1
    assert "Overall −0.5, Task ±0" in notes[0]
