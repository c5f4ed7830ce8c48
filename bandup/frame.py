"""The frame around every page: page configuration, the gate, navigation, the demo's mark, the boundary for named errors."""

import streamlit as st

from bandup.auth import guard
from bandup.auth.roles import Role
from bandup.pages_list import PAGES
from bandup.queries import cached
from bandup.ui import error_boundary, figures, glossary, html, links, page, sign_in, student_search
from data.errors import DataError

cached.reset_cost()
st.set_page_config(page_title="BandUp results", page_icon=page.FAVICON, layout="wide")
st.logo(page.LOGO, size="large")
html.style(dark=figures.is_dark())

person, refused = None, None
try:
    person = guard.current_person()
except DataError as error:
    refused = error
roles = person.roles if person else frozenset[Role]()

# Pages of another role have their address all the same: opened by it, they say whom they are for.
opened = st.navigation(
    [
        st.Page(
            listed.script,
            title=listed.title,
            default=listed is PAGES[0],
            visibility="visible" if listed.in_menu and listed.role in roles else "hidden",
        )
        for listed in PAGES
    ],
    position="top",
)
role = next(listed.role for listed in PAGES if listed.title == opened.title)

with error_boundary.boundary("try_again"), sign_in.instead_of_page():
    if person is None:
        raise refused or RuntimeError("nobody was refused, and nobody is there")
    with st.container(horizontal=True, vertical_alignment="center"):
        source = cached.settings()
        if source.demo:
            html.show(html.element("div", "Demo data: invented, not read from AWS", "b-demo"))
        else:
            page.note(" · ".join(source.names.values()))
        if Role.TEACHER in roles:
            student_search.show(cached.cached_students, on_students=not opened.url_path)
        glossary.show_button()
        if person.name:
            sign_in.account(person.name)
    if not opened.url_path and roles == {Role.OPS}:
        st.switch_page(links.JOBS)
    guard.require_page(role, opened.title)
    opened.run()
if roles and role not in roles:
    sign_in.way_on(links.JOBS if Role.OPS in roles else links.STUDENTS)
