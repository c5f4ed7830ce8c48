import pytest

from bandup.formatting import duration

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-DAY, "under a minute"),
        (0, "under a minute"),
        (59.99, "under a minute"),
        (MINUTE, "1 minute"),
        (2 * MINUTE - 0.1, "1 minute"),
        (2 * MINUTE, "2 minutes"),
        (HOUR - 1, "59 minutes"),
        (HOUR, "1 hour"),
        (23.9 * HOUR, "23 hours"),
        (DAY, "1 day"),
        (2 * DAY, "2 days"),
        (30 * DAY, "30 days"),
        (31 * DAY, "1 month"),
        (61 * DAY, "2 months"),
        (365 * DAY, "11 months"),
        (365.25 * DAY, "1 year"),
        (800 * DAY, "2 years"),
    ],
)
def test_span(seconds, words):
    assert duration(seconds) == words
