"""The embedded demo: built once, and never left half built."""

import sys
from datetime import UTC, datetime

import pytest

from bandup.demo import engine, items

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


@pytest.fixture(autouse=True)
def unbuilt(monkeypatch):
    """No demo was built, and no network is reached: a mock that was stopped would let requests through."""
    monkeypatch.setattr(engine, "_client", None)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def test_without_moto_the_demo_says_so_every_time(monkeypatch):
    monkeypatch.setitem(sys.modules, "moto", None)
    for _ in range(2):
        with pytest.raises(engine.DemoUnavailable, match=r"pip install -r requirements\.txt") as caught:
            engine.client(NOW)
        assert isinstance(caught.value.__cause__, ImportError)


def test_a_refused_item_ends_the_build(monkeypatch):
    wrong = {"evaluation_id": {"S": ""}, "user_id": {"S": "u"}}
    monkeypatch.setattr(items, "generate", lambda now: iter([("evaluations", wrong)]))
    with pytest.raises(RuntimeError, match="were refused"):
        engine.client(NOW)
    assert engine._client is None
