"""The frame around every page: page configuration, navigation, the demo's mark, and the boundary for named errors."""

import streamlit as st

from components import figures, finder, glossary, links, markup, page, trouble
from data import cached

cached.begin()
st.set_page_config(page_title="BandUp results", page_icon=page.FAVICON, layout="wide")
st.logo(page.LOGO, size="large")
markup.style(dark=figures.is_dark())

opened = st.navigation(
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
    with st.container(horizontal=True, vertical_alignment="center"):
        source = cached.settings()
        if source.demo:
            markup.show(markup.element("div", "Demo data: invented, not read from AWS", "b-demo"))
        else:
            page.note(" · ".join(source.names.values()))
        finder.show(cached.students_at_hand, on_students=not opened.url_path)
        glossary.show_button()
    opened.run()
