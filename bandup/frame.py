"""The frame around every page: configuration, sign-in, menu, the top row, and named errors shown as sentences."""

import streamlit as st

from bandup.auth import guard
from bandup.auth.roles import Role
from bandup.pages_list import PAGES
from bandup.queries import cached_reads, run_cost
from bandup.ui import address, figures, glossary, html, links, page, sign_in, student_search
from data.errors import DataError

run_cost.reset()
st.set_page_config(page_icon=page.FAVICON, layout="wide")  # each page sets the title of the tab
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
        )
        for entry in PAGES
    ],
    position="hidden",
)
current_page = next(entry for entry in PAGES if entry.title == current.title)
address.remember(current_page.script)

with page.show_errors("try_again"), sign_in.show_refusals():
    if person is None:
        raise sign_in_error or RuntimeError("There is neither a person nor an error.")
    with st.container(horizontal=True, vertical_alignment="center", key="top_row"):
        # not Streamlit's own menu, whose link to the current page keeps the parameters of the address
        for entry in PAGES:
            if entry.in_menu and entry.roles & roles:
                st.page_link(entry.script, label=f"**{entry.title}**" if entry is current_page else entry.title)
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
        address.redirect(links.JOBS)
    guard.require_page(current_page.roles, current.title)
    current.run()
if roles and not current_page.roles & roles:
    sign_in.link_to_own_pages(links.JOBS if Role.OPS in roles else links.STUDENTS)
