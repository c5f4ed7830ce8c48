from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from bandup.ui import viewer
from bandup.ui.viewer import local_time, viewer_zone

NOW = datetime(2026, 3, 14, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "text"),
    [
        (NOW, "UTC", "14 Mar 2026, 09:05 UTC"),
        (NOW, "Europe/Berlin", "14 Mar 2026, 10:05 CET"),
        (datetime(2026, 7, 4, 23, 30, tzinfo=UTC), "Europe/Berlin", "5 Jul 2026, 01:30 CEST"),
        (pd.Timestamp(NOW), "Asia/Ho_Chi_Minh", "14 Mar 2026, 16:05 +07"),
        (None, "UTC", "time unknown"),
        (pd.NaT, "UTC", "time unknown"),
    ],
)
def test_local_time(at, zone, text):
    assert local_time(at, ZoneInfo(zone)) == text


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en-US", "Mar 14, 2026, 9:05 AM +07"),
        ("en-GB", "14 Mar 2026, 09:05 +07"),
        ("vi-VN", "14 thg 3, 2026, 09:05 +07"),
        ("de", "14.03.2026, 09:05 +07"),
        ("zh-Hant-TW", "2026年3月14日, 上午9:05 +07"),
        # what no browser should send
        ("xx", "14 Mar 2026, 09:05 +07"),
        ("", "14 Mar 2026, 09:05 +07"),
        ("en-US,de;q=0.5", "Mar 14, 2026, 9:05 AM +07"),
        ("../../etc/passwd", "14 Mar 2026, 09:05 +07"),
        ("a" * 5000, "14 Mar 2026, 09:05 +07"),
        ("*", "14 Mar 2026, 09:05 +07"),
    ],
)
def test_local_time_in_the_viewers_locale(locale, text, monkeypatch):
    monkeypatch.setattr(viewer, "st", SimpleNamespace(context=SimpleNamespace(locale=locale)))
    assert local_time(pd.Timestamp("2026-03-14 02:05", tz="UTC"), ZoneInfo("Asia/Ho_Chi_Minh")) == text


@pytest.mark.parametrize(
    ("reported", "zone"),
    [
        ("Asia/Ho_Chi_Minh", "Asia/Ho_Chi_Minh"),
        (None, "UTC"),
        ("", "UTC"),
        ("Mars/Olympus", "UTC"),
        ("../../etc/passwd", "UTC"),
        ("/etc/passwd", "UTC"),
        ("a\0b", "UTC"),
    ],
)
def test_an_unknown_time_zone_is_utc(monkeypatch, reported, zone):
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.timezone", reported)
    assert viewer_zone() == ZoneInfo(zone)
