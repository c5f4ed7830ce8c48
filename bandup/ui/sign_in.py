"""Signing in and out: the page shown instead of one that is refused, and the name of the person on every other page."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from bandup.auth.guard import SIGNED_OUT_COOKIE
from bandup.auth.refusals import Refused
from bandup.ui import address, html, links, page


@contextmanager
def show_refusals() -> Iterator[None]:
    """Show a refusal as a page: its title, its sentence, and the button it offers (sign in or sign out)."""
    try:
        yield
    except Refused as refusal:
        title, offers = refusal.title, refusal.offers
        if offers == "sign_in" and st.context.cookies.get(SIGNED_OUT_COOKIE) == "yes":
            title = "You are signed out"
        page.header(title, str(refusal))
        if offers == "sign_in":
            st.button("Sign in", on_click=st.login, type="primary", key="sign_in")
        if offers == "sign_out":
            st.button("Sign out", on_click=st.logout, type="primary", key="sign_out")


def show_account(name: str) -> None:
    """Show who is signed in, and a button to sign out."""
    st.html(str(html.element("p", name, "b-note")), width="content")
    st.button("Sign out", on_click=st.logout, type="tertiary", key="sign_out")


def link_to_own_pages(home: str) -> None:
    """On a page of another role, link to the person's own pages, and to the item in the address there."""
    table, key, user_id = links.job_in_address()
    if key:
        kind = "flashcard" if table == "flashcard_sets" else ""
        own_page, query_params = (
            (links.JOBS, links.job(table, key, user_id)) if home == links.JOBS else links.item_page(kind, key, user_id)
        )
        st.page_link(own_page, label="Open this item on one of your pages", query_params=query_params)
    address.link_back(home, "← All jobs" if home == links.JOBS else "← All students")
