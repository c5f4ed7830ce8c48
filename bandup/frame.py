"""The frame around every page: configuration, sign-in, navigation, the top row, and named errors shown as sentences."""

import streamlit as st

from bandup.auth import guard
from bandup.auth.roles import Role
from bandup.pages_list import PAGES
from bandup.queries import cached_reads, run_cost
from bandup.ui import figures, glossary, html, links, page, sign_in, student_search
from data.errors import DataError

run_cost.reset()
st.set_page_config(page_title="BandUp results", page_icon=page.FAVICON, layout="wide")
st.logo(page.LOGO, size="large")
html.style(dark=figures.is_dark())

person, sign_in_error = None, None
try:
    person = guard.current_person()
except DataError as error:
    sign_in_error = error
roles = person.roles if person else frozenset[Role]()

# Pages of another role keep their addresses: opened by one, they say whom they are for.
current = st.navigation(
    [
        st.Page(
            entry.script,
            title=entry.title,
            default=entry is PAGES[0],
            visibility="visible" if entry.in_menu and entry.role in roles else "hidden",
        )
        for entry in PAGES
    ],
    position="top",
)
role = next(entry.role for entry in PAGES if entry.title == current.title)

with page.show_errors("try_again"), sign_in.show_refusals():
    if person is None:
        raise sign_in_error or RuntimeError("There is neither a person nor an error.")
    with st.container(horizontal=True, vertical_alignment="center"):
        settings = cached_reads.settings()
        if settings.demo:
            html.show(html.element("div", "Demo data: invented, not read from AWS", "b-demo-badge"))
        else:
            page.note(" · ".join(settings.names.values()))
        if Role.TEACHER in roles:
            student_search.show(cached_reads.cached_student_ids, on_students_page=not current.url_path)
        glossary.show_button()
        if person.name:
            sign_in.show_account(person.name)
    if not current.url_path and roles == {Role.OPS}:
        st.switch_page(links.JOBS)
    guard.require_page(role, current.title)
    current.run()
if roles and role not in roles:
    sign_in.link_to_own_pages(links.JOBS if Role.OPS in roles else links.STUDENTS)
