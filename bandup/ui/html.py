"""HTML of our own, with texts from the tables escaped on the way in.

Built with markupsafe: `Markup(...).format(text)` escapes what it is given, so that a text can't become a tag.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from bandup.analysis.bands import BAND_VALUES
from bandup.charts.theme import DARK, LIGHT, band_color, band_ink

STYLE = Path(__file__).with_name("style.css")


def style(*, dark: bool) -> None:
    """Draws the stylesheet of all our HTML, as the frame does once per run."""
    st.html(_stylesheet(dark=dark))


@cache
def _stylesheet(*, dark: bool) -> str:
    """With the two skills' colours and those of the scale of bands."""
    palette = DARK if dark else LIGHT
    accents = "".join(f"--b-{skill}: {colour};" for skill, colour in palette.accents.items())
    scale = "".join(
        f".{band_class(band)} {{background: {band_color(band, dark=dark)}; color: {band_ink(band, dark=dark)};}}"
        for band in BAND_VALUES
    )
    variables = f"{accents}--b-on-primary: {palette.background if dark else '#ffffff'};"
    return f"<style>:root {{{variables}}}\n{scale}\n{STYLE.read_text('utf-8')}</style>"


def band_class(band: float) -> str:
    """The class of a band on the scale: `b-band-65` for 6.5."""
    return f"b-band-{round(band * 10):02}"


def show(markup: Markup) -> None:
    """Draws HTML. Takes Markup only: a plain string has not been escaped."""
    st.html(str(markup))


def element(tag: str, content: str, css_class: str = "") -> Markup:
    """One element around a text (escaped) or Markup (as it is)."""
    if css_class:
        return Markup('<{0} class="{1}">{2}</{0}>').format(tag, css_class, content)
    return Markup("<{0}>{1}</{0}>").format(tag, content)


def joined(parts: Iterable[Markup]) -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Markup:
    """A table of a row of headings and rows of cells; texts are escaped, Markup is not."""
    head = element("tr", joined(element("th", heading) for heading in headings))
    body = joined(element("tr", joined(element("td", cell) for cell in row)) for row in rows)
    return Markup('<table class="b-table"><thead>{}</thead><tbody>{}</tbody></table>').format(head, body)


def paragraphs(text: str) -> Markup:
    """A text as paragraphs, one per line that holds something."""
    return joined(element("p", line.strip()) for line in text.splitlines() if line.strip())


def facts(known: Mapping[str, str]) -> Markup:
    """Names and values side by side."""
    return described(known, "b-facts")


def described(known: Mapping[str, str], css_class: str = "") -> Markup:
    """A description list: terms and what is said of each."""
    rows = [Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, value) for name, value in known.items()]
    return element("dl", joined(rows), css_class)
