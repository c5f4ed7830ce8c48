"""Figures over time use the time zone of the viewer's browser, on every page that has one."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests import documented
from tests.items import job, writing

Open = Callable[..., AppTest]

_TODAY = datetime.now(UTC).replace(hour=22, minute=30, second=0, microsecond=0)
SUNDAY_NIGHT = _TODAY - timedelta(days=_TODAY.isoweekday() % 7 + 14)
"""Two or three weeks ago, 22:30 UTC: Monday half past five in Hanoi, Sunday half past five in Bogotá."""
DAYS = (0, 1, 2)
ITEMS = [
    *(
        (
            "evaluations",
            writing(evaluation_id=f"e{day}", user_id=user, created_at=int(SUNDAY_NIGHT.timestamp()) + 86_400 * day),
        )
        for user in ("an", "binh")
        for day in DAYS
    ),
    ("evaluations", job("failed", evaluation_id="f1", user_id="an", started_at=int(SUNDAY_NIGHT.timestamp()))),
]


@pytest.fixture
def figures(cloud: Any, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[set[str], str]]]:
    """`figures("Asia/Ho_Chi_Minh", "jobs")`: for each figure on the page its times and its data as text."""
    documented.fill(cloud, "provisioned", ITEMS)

    def shown(zone: str, page: str, **parameters: str | list[str]) -> list[tuple[set[str], str]]:
        monkeypatch.setattr("streamlit.runtime.context.ContextProxy.timezone", zone)
        app = open_page(page, **parameters)
        assert not app.exception
        specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
        return [({x for trace in spec["data"] for x in times(trace)}, json.dumps(spec["data"])) for spec in specs]

    return shown


def times(trace: dict[str, Any]) -> list[str]:
    """The times of a trace, to the minute."""
    x_values = trace.get("x", [])
    if isinstance(x_values, dict):
        x_values = np.frombuffer(base64.b64decode(x_values["bdata"]), x_values["dtype"]).tolist()
    return [str(x)[:16] for x in x_values if str(x).startswith("20")]


@pytest.mark.parametrize(
    ("zone", "name", "monday"),
    [
        ("UTC", "UTC", SUNDAY_NIGHT - timedelta(days=6)),
        ("Asia/Ho_Chi_Minh", "+07", SUNDAY_NIGHT + timedelta(days=1)),
        ("America/Bogota", "-05", SUNDAY_NIGHT - timedelta(days=6)),
    ],
)
def test_a_student(figures, zone, name, monday):
    shown_figures = figures(zone, "student", user_id="an")
    first = f"{SUNDAY_NIGHT.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
    assert any(first in at and f" {name}<br>" in text for at, text in shown_figures)
    assert any(f"from {monday:%d %b %Y}<br>Writing: " in text for _, text in shown_figures)


def test_two_students(figures):
    shown_figures = [fig for fig in figures("Asia/Ho_Chi_Minh", "compare", user_id=["an", "binh"]) if fig[0]]
    assert len(shown_figures) == 2
    first = f"{SUNDAY_NIGHT + timedelta(hours=7):%Y-%m-%dT%H:%M}"
    assert all(first in at and "05:30 +07<br>" in text for at, text in shown_figures)


def test_jobs(figures):
    ((at, text),) = figures("Asia/Ho_Chi_Minh", "jobs", window="all")
    monday = SUNDAY_NIGHT + timedelta(days=1)
    assert at == {f"{monday:%Y-%m-%dT00:00}"}
    assert f"{monday:%d %b %Y}<br>Failed: 1" in text
