"""Signing in and out: the plain page instead of what somebody may not see, and who is signed in on every other page."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from bandup.auth.guard import SIGNED_OUT
from bandup.auth.refusals import Refused
from bandup.ui import html, links, page


@contextmanager
def instead_of_page() -> Iterator[None]:
    """Where a page may not be seen: a plain page with the error's `title`, its sentence, and what it `offers` to do."""
    try:
        yield
    except Refused as error:
        title, offers = error.title, error.offers
        if offers == "sign_in" and st.context.cookies.get(SIGNED_OUT) == "yes":
            title = "You are signed out"
        page.header(title, str(error))
        if offers == "sign_in":
            st.button("Sign in", on_click=st.login, type="primary", key="sign_in")
        if offers == "sign_out":
            st.button("Sign out", on_click=st.logout, type="primary", key="sign_out")


def account(name: str) -> None:
    """Who is signed in, and the way out."""
    st.html(str(html.element("p", name, "b-quiet")), width="content")
    st.button("Sign out", on_click=st.logout, type="tertiary", key="sign_out")


def way_on(home: str) -> None:
    """From a page that is for another role to the pages of one's own: the same item there, where the address names one."""
    table, key, user_id = links.opened_job()
    if key:
        kind = "flashcard" if table == "flashcard_sets" else ""
        to = (links.JOBS, links.job(table, key, user_id)) if home == links.JOBS else links.item(kind, key, user_id)
        st.page_link(to[0], label="Open it on a page of yours", query_params=to[1])
    st.page_link(home, label="← All jobs" if home == links.JOBS else "← All students")
