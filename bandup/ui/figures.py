"""Figures on a page: one way to draw them, and whether the viewer's theme is dark."""

import plotly.graph_objects as go
import streamlit as st


def show(figure: go.Figure, alt: str, key: str | None = None) -> None:
    """Draws a figure of `charts/` with its alternative text, without plotly's own toolbar."""
    st.plotly_chart(figure, theme=None, config={"displayModeBar": False, "responsive": True}, alt=alt, key=key)


def show_openable(figure: go.Figure, alt: str, key: str) -> str | None:
    """Draws a figure whose points open something; what the clicked one names in its `customdata`, or None."""
    clicks = st.plotly_chart(
        figure,
        theme=None,
        config={"displayModeBar": False, "responsive": True},
        alt=alt,
        key=key,
        on_select="rerun",
        selection_mode="points",
    )
    points = clicks["selection"]["points"]
    return str(points[0]["customdata"][0]) if points else None


def is_dark() -> bool:
    """Whether the viewer's theme is dark; light where it is not known."""
    return st.context.theme.type == "dark"
