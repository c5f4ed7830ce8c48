"""The frame around every page: page configuration, navigation, the demo's mark, and the boundary for named errors."""

import streamlit as st

from components import figures, links, markup, trouble
from data import cached

cached.begin()
st.set_page_config(page_title="BandUp results", page_icon="🎓", layout="wide")
markup.style(dark=figures.is_dark())

page = st.navigation(
    [
        st.Page(links.STUDENTS, title="Students", default=True),
        st.Page(links.STUDENT, title="Student", visibility="hidden"),
        st.Page(links.EVALUATION, title="Evaluation", visibility="hidden"),
        st.Page(links.COMPARE, title="Compare", visibility="hidden"),
        st.Page(links.FLASHCARDS, title="Flashcards"),
        st.Page(links.JOBS, title="Jobs"),
        st.Page(links.TABLES, title="Tables"),
    ],
    position="top",
)

with trouble.boundary(cached.DataError, "try_again"):
    if cached.settings().demo:
        markup.show(markup.element("div", "Demo data: invented students, nothing is read from AWS", "b-demo"))
    page.run()
