"""The frame around every page: page configuration, the gate, navigation, the demo's mark, the boundary for named errors."""

import streamlit as st

from components import figures, finder, glossary, links, markup, page, sign_in, trouble
from data import cached
from data.cached import Role

cached.begin()
st.set_page_config(page_title="BandUp results", page_icon=page.FAVICON, layout="wide")
st.logo(page.LOGO, size="large")
markup.style(dark=figures.is_dark())

person, refused = None, None
try:
    person = cached.person()
except cached.DataError as error:
    refused = error
roles = person.roles if person else frozenset[Role]()

PAGES = (  # script, title, whom it is for, whether the menu names it
    (links.STUDENTS, "Students", Role.TEACHER, True),
    (links.STUDENT, "Student", Role.TEACHER, False),
    (links.EVALUATION, "Evaluation", Role.TEACHER, False),
    (links.COMPARE, "Compare", Role.TEACHER, False),
    (links.FLASHCARDS, "Flashcards", Role.TEACHER, True),
    (links.JOBS, "Jobs", Role.OPS, True),
    (links.TABLES, "Tables", Role.OPS, True),
)
# Pages of another role have their address all the same: opened by it, they say whom they are for.
opened = st.navigation(
    [
        st.Page(
            script,
            title=title,
            default=script == links.STUDENTS,
            visibility="visible" if in_menu and role in roles else "hidden",
        )
        for script, title, role, in_menu in PAGES
    ],
    position="top",
)
role = next(role for _, title, role, _ in PAGES if title == opened.title)

with trouble.boundary(cached.DataError, "try_again"), sign_in.instead_of(cached.Refused):
    if person is None:
        raise refused or RuntimeError("nobody was refused, and nobody is there")
    with st.container(horizontal=True, vertical_alignment="center"):
        source = cached.settings()
        if source.demo:
            markup.show(markup.element("div", "Demo data: invented, not read from AWS", "b-demo"))
        else:
            page.note(" · ".join(source.names.values()))
        if Role.TEACHER in roles:
            finder.show(cached.students_at_hand, on_students=not opened.url_path)
        glossary.show_button()
        if person.name:
            sign_in.account(person.name)
    if not opened.url_path and roles == {Role.OPS}:
        st.switch_page(links.JOBS)
    cached.must_be(role, opened.title)
    opened.run()
if roles and role not in roles:
    sign_in.way_on(links.JOBS if Role.OPS in roles else links.STUDENTS)
