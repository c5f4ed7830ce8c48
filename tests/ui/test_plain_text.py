import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandup.formatting import ago, clock_length, counted, shortened
from bandup.ui import plain_text
from bandup.ui.plain_text import WORD_JOINER, button_labels, local_time, plain, viewer_zone
from tests.ui.parsed import HOSTILE

NOW = datetime(2026, 3, 14, 9, 5, tzinfo=UTC)
J = WORD_JOINER


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("", ""),
        ("user-456", "user-456"),
        ("Xin chào, đây là bài của tôi.", "Xin chào, đây là bài của tôi."),
        ("مرحبا بكم", "مرحبا بكم"),
        ("*bold* _it_ **b**", r"\*bold\* \_it\_ \*\*b\*\*"),
        ("`code`", r"\`code\`"),
        ("~~gone~~", r"\~\~gone\~\~"),
        ("a\\b", r"a\\b"),
        ("\\*", r"\\\*"),
        ("\\", r"\\"),
        ("[x](y)", r"\[x\](y)"),
        ("![x](http://e.example/x.png)", rf"!\[x\](http:{J}//e.example/x.png)"),
        ("[x]: http://e.example", rf"\[x\]: http:{J}//e.example"),
        ("<img src=x onerror=alert(1)>", r"\<img src=x onerror=alert(1)>"),
        ("</style><script>", r"\</style>\<script>"),
        ("<!-- x -->", rf"\<!-{J}- x -{J}-{J}>"),
        ("&lt;b&gt; &#42;", r"\&lt;b\&gt; \&#42;"),
        ("$x^2$ costs $5", r"\$x^2\$ costs \$5"),
        ("http://evil.example", f"http:{J}//evil.example"),
        ("HTTPS://evil.example", f"HTTPS:{J}//evil.example"),
        ("mailto:a@b.example", f"mailto:{J}a@{J}b.example"),
        ("www.evil.example WwW.evil.example", f"www{J}.evil.example WwW{J}.evil.example"),
        ("a@b.example", f"a@{J}b.example"),
        (":smile: :red[x] :material/home:", rf":{J}smile: :{J}red\[x\] :{J}material/home:"),
        (":+1:", f":{J}+1:"),
        ("Note: this", "Note: this"),
        ("at 09:05 or 10:30:59.", "at 09:05 or 10:30:59."),
        ("1:smile:", f"1:{J}smile:"),
        (":12", f":{J}12"),
        ("-> <- <-> -- >= <= ~=", rf"\-{J}> \<{J}- \<{J}-{J}> -{J}- >{J}= \<{J}= \~{J}="),
        ("# title", r"\# title"),
        ("no. # here", "no. # here"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("* item", r"\* item"),
        ("> quote", r"\> quote"),
        ("| a | b |", r"\| a | b |"),
        ("1. item", r"1\. item"),
        ("2026) item", r"2026\) item"),
        ("  # title", r" \# title"),
        ("---", rf"\--{J}-".replace("--", f"-{J}-")),
        ("line\n# title\r\n\n- item\u2028end", "line # title - item end"),
        ("\n1. item", r" 1\. item"),
        ("    code", " code"),
        ("\ttab", " tab"),
    ],
)
def test_plain(text, escaped):
    assert plain(text) == escaped


@given(st.one_of(st.text(), st.text("\\`*_[]<$&~-+#>|.): \n1a@w=/", max_size=12), st.sampled_from(HOSTILE)))
def test_plain_loses_nothing_and_leaves_nothing_special(text):
    escaped = plain(text)
    without_joiners = escaped.replace(J, "")
    read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", without_joiners)
    assert read == re.sub(r"\s+", " ", text).replace(J, "")
    # what a backslash does not stand before is not special any more
    unescaped = re.sub(r"\\.", "", without_joiners)
    assert not re.search(r"[\\`*_\[\]<$&~]", unescaped)
    assert not re.match(r"\s*(?:[-+#>|]|\d+[.)])", without_joiners)
    assert not re.search(r"@(?!\u2060)|www(?!\u2060)|--|->|>=", escaped, re.IGNORECASE)
    assert not re.search(r"(?<!\d):(?!\u2060)\S|:(?!\u2060)[^\s\d]", escaped)
    assert "\n" not in escaped


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("e-1", "e-1"),
        (":material/delete:", f":{J}material/delete:"),
        ("a:material/x: :material_x", f"a:{J}material/x: :{J}material_x"),
        ("*b* <i> http://x", "*b* <i> http://x"),
        ("", ""),
    ],
)
def test_button_labels(text, label):
    assert button_labels(pd.Series([text, None])).tolist()[0] == label


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("", 40, ""),
        ("a" * 40, 40, "a" * 40),
        ("0123456789", 10, "0123456789"),
        ("0123456789a", 10, "012345…89a"),
        ("a" * 30 + "b" * 30, 40, "a" * 26 + "…" + "b" * 13),
    ],
)
def test_shortened(text, most, short):
    assert shortened(text, most) == short


@given(st.text(max_size=80), st.integers(4, 50))
def test_shortened_is_never_longer_than_asked_for(text, most):
    assert len(shortened(text, most)) == min(len(text), most)


@pytest.mark.parametrize(
    ("number", "nouns", "said"),
    [
        (0, ("attempt",), "0 attempts"),
        (1, ("attempt",), "1 attempt"),
        (2, ("attempt",), "2 attempts"),
        (1204, ("attempt",), "1,204 attempts"),
        (1, ("index", "indexes"), "1 index"),
        (3, ("index", "indexes"), "3 indexes"),
    ],
)
def test_counted(number, nouns, said):
    assert counted(number, *nouns) == said


@pytest.mark.parametrize(
    ("at", "zone", "said"),
    [
        (NOW, "UTC", "14 Mar 2026, 09:05 UTC"),
        (NOW, "Europe/Berlin", "14 Mar 2026, 10:05 CET"),
        (datetime(2026, 7, 4, 23, 30, tzinfo=UTC), "Europe/Berlin", "5 Jul 2026, 01:30 CEST"),
        (pd.Timestamp(NOW), "Asia/Ho_Chi_Minh", "14 Mar 2026, 16:05 +07"),
        (None, "UTC", "time unknown"),
        (pd.NaT, "UTC", "time unknown"),
    ],
)
def test_moment(at, zone, said):
    assert local_time(at, ZoneInfo(zone)) == said


@pytest.mark.parametrize(
    ("locale", "said"),
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
def test_a_moment_is_told_in_the_viewers_locale(locale, said, monkeypatch):
    monkeypatch.setattr(plain_text, "st", SimpleNamespace(context=SimpleNamespace(locale=locale)))
    assert local_time(pd.Timestamp("2026-03-14 02:05", tz="UTC"), ZoneInfo("Asia/Ho_Chi_Minh")) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW, "under a minute ago"),
        (NOW + timedelta(hours=3), "under a minute ago"),
        (NOW - timedelta(minutes=61), "1 hour ago"),
        (pd.Timestamp(NOW - timedelta(days=3)), "3 days ago"),
        (None, "time unknown"),
        (pd.NaT, "time unknown"),
    ],
)
def test_ago(at, said):
    assert ago(at, NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0:00"),
        (5.4, "0:05"),
        (59.6, "1:00"),
        (125, "2:05"),
        (120.5, "2:00"),
        (3599.7, "1:00:00"),
        (3725, "1:02:05"),
        (36_000, "10:00:00"),
    ],
)
def test_clock(seconds, said):
    assert clock_length(seconds) == said


@pytest.mark.parametrize(
    ("told", "zone"),
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
def test_the_viewers_zone_is_utc_where_the_browser_tells_none(monkeypatch, told, zone):
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.timezone", told)
    assert viewer_zone() == ZoneInfo(zone)
