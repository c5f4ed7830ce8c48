"""The jobs of a window at a glance: their states over time, and how often each type and each model gave no result."""

from typing import Literal

import pandas as pd
import streamlit as st

from bandup.analysis import failure_rates
from bandup.analysis.time_zones import in_zone
from bandup.charts import jobs_chart
from bandup.ui import figures, html, page, rate_table
from bandup.ui.plain_text import viewer_zone


def show(jobs: pd.DataFrame, freq: Literal["h", "D"]) -> None:
    """`jobs`: as of `bandup.analysis.job_list`; `freq`: the width of a bar over time."""
    local = in_zone(jobs, viewer_zone())
    over_time, shares = st.columns([3, 2], gap="large")
    with over_time:
        figures.show(
            jobs_chart.states_over_time(local, freq=freq, dark=figures.is_dark()),
            jobs_chart.states_over_time_alt(local, freq=freq),
        )
    with shares:
        html.show(rate_table.table(failure_rates.failure_rates(jobs, "type"), "Type"))
        with st.expander("Per model"):
            html.show(rate_table.table(failure_rates.failure_rates(jobs, "model_used"), "Model"))
            page.note(failure_rates.MODEL_NOTE)
