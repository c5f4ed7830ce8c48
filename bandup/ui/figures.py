"""How figures are shown on a page, and whether the viewer's theme is dark."""

import plotly.graph_objects as go
import streamlit as st

CONFIG = {"displayModeBar": False, "responsive": True}


def show(fig: go.Figure, alt: str, key: str) -> None:
    """Show a figure of `bandup.charts` with its alternative text. Without a key, two empty figures would be the same."""
    st.plotly_chart(fig, theme=None, config=CONFIG, alt=alt, key=key)


def show_clickable(fig: go.Figure, alt: str, key: str) -> str | None:
    """Show a figure with clickable points. Return the first `customdata` of the clicked point, or None."""
    event = st.plotly_chart(
        fig, theme=None, config=CONFIG, alt=alt, key=key, on_select="rerun", selection_mode="points"
    )
    points = event["selection"]["points"]
    return str(points[0]["customdata"][0]) if points else None


def is_dark() -> bool:
    """Whether the viewer's theme is dark; False if unknown."""
    return st.context.theme.type == "dark"
