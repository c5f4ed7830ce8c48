"""What the server begins by itself: the demo's data, and never a read of AWS."""

import pytest

from bandup.queries import cached
from bandup.server import warm_up

BOTH = {"DYNAMODB_EVALUATIONS": "evaluations", "DYNAMODB_FLASHCARD_SETS": "sets"}


@pytest.mark.parametrize(("environment", "begun"), [({}, 1), (BOTH, 0), ({"DYNAMODB_EVALUATIONS": "evaluations"}, 0)])
def test_only_the_demo_is_read_before_anybody_opens_a_page(monkeypatch, environment, begun):
    for name in BOTH:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    reads = []
    monkeypatch.setattr(cached, "read_ahead", lambda: reads.append(None))
    warm_up()
    assert len(reads) == begun
