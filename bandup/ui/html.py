"""The stylesheet of our own HTML, and how HTML reaches the page. Pieces of more than one element are templates."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis.bands import BAND_VALUES
from bandup.charts.theme import DARK, LIGHT, band_color, band_ink
from bandup.templating import render

STYLE = Path(__file__).with_name("style.css")


def style(*, dark: bool) -> None:
    """Add the stylesheet of all our HTML to the page; the frame does so once per run."""
    st.html(_stylesheet(dark=dark))


@cache
def _stylesheet(*, dark: bool) -> str:
    """The stylesheet with the colours of the two skills and of the band scale."""
    palette = DARK if dark else LIGHT
    accents = "".join(f"--b-{skill}: {color};" for skill, color in palette.accents.items())
    scale = "".join(
        f".{band_class(band)} {{background: {band_color(band, dark=dark)}; color: {band_ink(band, dark=dark)};}}"
        for band in BAND_VALUES
    )
    variables = f"{accents}--b-on-primary: {palette.background if dark else '#ffffff'};"
    return f"<style>:root {{{variables}}}\n{scale}\n{STYLE.read_text('utf-8')}</style>"


def band_class(band: float) -> str:
    """The CSS class of a band on the scale: `b-band-65` for 6.5."""
    return f"b-band-{round(band * 10):02}"


def show(markup: Markup) -> None:
    """Show HTML. Takes Markup only: a plain string has not been escaped."""
    st.html(str(markup))


def element(tag: str, content: str, css_class: str = "") -> Markup:
    """One element around a text (escaped) or Markup (as it is)."""
    if css_class:
        return Markup('<{0} class="{1}">{2}</{0}>').format(tag, css_class, content)
    return Markup("<{0}>{1}</{0}>").format(tag, content)


def facts(values: Mapping[str, Any]) -> Markup:
    """Names and values side by side; a missing value is left out with its name."""
    return render("facts.html", facts={name: str(value) for name, value in values.items() if pd.notna(value)})


def show_facts(values: Mapping[str, Any]) -> None:
    """Show names and values side by side; a missing value is left out with its name."""
    show(facts(values))
