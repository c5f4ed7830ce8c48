"""The jobs of a window at a glance: their states over time, and how often each type and each model gave no result."""

from collections.abc import Callable
from typing import Any, Literal

import pandas as pd
import streamlit as st

from analysis import rates
from analysis.zones import in_zone
from charts import jobs as charts
from components import figures, markup, page
from components import rates as rate_table
from components.text import viewer_zone


def show(jobs: pd.DataFrame, freq: Literal["h", "D"], once: Callable[..., Any]) -> None:
    """`jobs`: as of `analysis.jobs`; `freq`: the width of a bar over time; `once` keeps what was worked out before."""
    local = once(in_zone, jobs, viewer_zone())
    over_time, shares = st.columns([3, 2], gap="large")
    with over_time:
        figures.show(
            once(charts.states_over_time, local, freq=freq, dark=figures.is_dark()),
            once(charts.states_over_time_alt, local, freq=freq),
        )
    with shares:
        markup.show(rate_table.table(once(rates.failure_rates, jobs, "type"), "Type"))
        with st.expander("Per model"):
            markup.show(rate_table.table(once(rates.failure_rates, jobs, "model_used"), "Model"))
            page.note(rates.MODEL_NOTE)
