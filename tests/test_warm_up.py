"""At its start the server reads the demo, but never tables in AWS."""

import pytest

from bandup.queries import cached_reads
from bandup.server import warm_up

BOTH = {"DYNAMODB_EVALUATIONS": "evaluations", "DYNAMODB_FLASHCARD_SETS": "sets"}


@pytest.mark.parametrize(("environment", "count"), [({}, 1), (BOTH, 0), ({"DYNAMODB_EVALUATIONS": "evaluations"}, 0)])
def test_only_the_demo_is_read_at_the_start(monkeypatch, environment, count):
    for name in BOTH:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    reads = []
    monkeypatch.setattr(cached_reads, "start_first_read", lambda: reads.append(None))
    warm_up()
    assert len(reads) == count
