from urllib.parse import parse_qs, urlsplit

import pytest
from markupsafe import Markup

from bandup.analysis.data_quality import flag_counts
from bandup.analysis.job_list import all_jobs
from bandup.ui.table_facts import quality_table
from data.flags import Flag
from tests.items import evaluations, flashcard_set, flashcard_sets, job, writing
from tests.ui.parsed import HOSTILE, balanced, parsed


def rendered(of_evaluations, of_sets, of_table="evaluations"):
    return quality_table(flag_counts(all_jobs(of_evaluations, of_sets), of_table))


def links_in(markup):
    """The addresses that some HTML links to: (page, parameters)."""
    hrefs = [entry.split("href='")[1].split("'")[0] for entry in parsed(markup).structure if "href=" in entry]
    addresses = [urlsplit(address) for address in hrefs]
    assert not any(address.scheme or address.netloc for address in addresses)
    return [
        (address.path, {name: values[-1] for name, values in parse_qs(address.query).items()}) for address in addresses
    ]


def test_each_flag_with_its_sentence_its_share_and_links_to_samples():
    markup = rendered(
        evaluations(writing(), job("queued", evaluation_id="e2"), job("failed", evaluation_id="e3")), flashcard_sets()
    )
    assert isinstance(markup, Markup)
    assert balanced(parsed(markup).structure)
    lines = [line.strip() for line in parsed(markup).lines]
    assert lines == [
        *("Issue", "Items", "Share", "Examples"),
        *(Flag.STATUS_UNKNOWN.sentence, "status_unknown", "1", "33.3\u00a0%", "e2"),
    ]
    assert links_in(markup) == [("evaluation", {"evaluation_id": "e2", "user_id": "u1"})]


def test_a_set_opens_on_its_own_page():
    markup = rendered(evaluations(), flashcard_sets(flashcard_set(status="done")), "flashcard_sets")
    assert links_in(markup) == [("flashcards", {"set_id": "s1", "user_id": "u1"})]


def test_a_small_share_is_not_none():
    rows = [writing(evaluation_id=f"e{n}") for n in range(1001)]
    assert "under 0.1\u00a0%" in rendered(evaluations(job("queued", evaluation_id="odd"), *rows), flashcard_sets())


@pytest.mark.parametrize("text", HOSTILE)
def test_ids_are_texts(text):
    def flagged(key: str):
        """A job with one flag: the ids of some of these texts earn one of their own."""
        return evaluations(job("queued", evaluation_id=key, user_id=key)).assign(flags=int(Flag.STATUS_UNKNOWN))

    markup = rendered(flagged(text), flashcard_sets())
    assert links_in(markup) == [("evaluation", {"evaluation_id": text, "user_id": text})]
    harmless = parsed(rendered(flagged("x"), flashcard_sets())).structure
    structure = parsed(markup).structure
    assert [entry.split(" ")[0] for entry in structure] == [entry.split(" ")[0] for entry in harmless]


def test_nothing_odd():
    assert "<td>" not in rendered(evaluations(writing()), flashcard_sets())
