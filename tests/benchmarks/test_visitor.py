"""The visitor opens pages, reruns them, and reports a page that fails."""

from pathlib import Path

import pytest

from benchmarks import server
from benchmarks.reporting import Target, format_ratio
from benchmarks.visitor import PageFailed, Visitor


@pytest.mark.server
def test_a_page_is_opened_and_rerun_and_an_error_is_raised(tmp_path: Path):
    script = tmp_path / "app.py"
    script.write_text(
        "import streamlit as st\n"
        "st.session_state.runs = st.session_state.get('runs', 0) + 1\n"
        "st.text(st.session_state.runs)\n"
        "if 'fail' in st.query_params:\n"
        "    st.text(1 / 0)\n"
    )
    with server.streamlit(script) as running:
        with Visitor(running.address) as visitor:
            first, second = visitor.run(), visitor.run()
        assert first.elements == second.elements == 1
        assert 0 < second.seconds < 30
        assert second.received_bytes > 0
        with Visitor(running.address, "?fail=1") as visitor, pytest.raises(PageFailed):
            visitor.run()


def test_targets_hold_up_to_their_limit():
    assert Target("", 2, 2).holds is True
    assert Target("", 2, 2.1).holds is False
    assert Target("", 2, None).holds is None
    assert [format_ratio(number) for number in (None, 0, 0.1, 2.5)] == ["–", "0", "1/10", "2.5"]
