"""The address as the state of a page: read it, change it, go to another one, and tie widgets to its parameters.

One click is one entry of the browser's history, and Back, Forward and reload show what the address says. Two facts about
Streamlit 1.67 shape this module. `st.switch_page` first writes the new parameters behind the old path, which makes an
entry of its own; parameters bound to widgets (`bind="query-params"`) are written one by one. Links are followed by a script
of the start page (`bandup/start_page.js`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Literal, NoReturn, TypeVar
from urllib.parse import urlencode

import streamlit as st

from bandup.pages_list import STUDENTS
from bandup.templating import render

T = TypeVar("T")

QueryParams = Mapping[str, str | Sequence[str]]
"""Parameters by name; a sequence repeats one, an empty value leaves it out."""

MAX_PARAMETER_LENGTH = 2_049
"""Characters read of a parameter. Ids have at most 2,048 bytes, so a longer value names no item, cut or not. Addresses
may hold half a million characters, which every cache keyed on the id would store."""

ID_PARAMETERS = ("evaluation_id", "set_id", "user_id")
"""The parameters that name an item; the others are filters of a page, or how it shows the item."""

CURRENT_PAGE, LAST_QUERY = "current_page", "last_query"
"""Keys of the session: the page of the latest full run; and the latest parameters of each page, by the ids that they name,
so that a page of one item does not replace those of the list it was opened from."""


def query_param(name: str) -> str:
    """A parameter of the current address: the last value if it is repeated, empty if it is absent, cut if too long."""
    return str(st.query_params.get(name, ""))[:MAX_PARAMETER_LENGTH]


def query_param_values(name: str) -> list[str]:
    """All values of a repeated parameter of the current address in order, each cut if too long."""
    return [str(value)[:MAX_PARAMETER_LENGTH] for value in st.query_params.get_all(name)]


def set_query_params(**changes: str | Sequence[str]) -> None:
    """Change parameters of the current address, as one entry of the history. An empty value removes a parameter."""
    current = _current_query()
    changed = {name: value for name, value in (current | changes).items() if value}
    if changed != current:
        st.query_params.from_dict({name: _as_value(value) for name, value in changed.items()})
        _remember_query()


def rerun_with(**changes: str | Sequence[str]) -> NoReturn:
    """Change parameters of the current address, as one entry of the history, and run the page again."""
    set_query_params(**changes)
    st.rerun()


def tie(name: str, value: object, default: object, /, **initial: object) -> dict[str, Any]:
    """The keyword arguments that tie a widget to a parameter: it shows the address's value and writes a change to it.

    `name`: of the parameter, and the widget's key. `value`: what the address says; `default` is not written. `initial`: the
    widget's own argument for its first value, which shows `value` wherever the browser draws a new widget.
    """
    # a value that is set overwrites what someone is typing, so it is set only where it differs
    if st.session_state.get(name, value) != value:
        st.session_state[name] = value
    return {"key": name, "on_change": _write, "args": (name, default)} | initial


def tie_choice(name: str, options: Sequence[T], default: T) -> dict[str, Any]:
    """As `tie`, for buttons of which one is pressed; an option's text is the parameter's value."""
    value = _option(name, options, default)
    return tie(name, value, default, default=value)


def tie_list(name: str, options: Sequence[T], default: T) -> dict[str, Any]:
    """As `tie_choice`, for a list to choose from."""
    value = _option(name, options, default)
    return tie(name, value, default, index=options.index(value))


def tie_choices(name: str, options: Sequence[str]) -> dict[str, Any]:
    """As `tie`, for buttons of which several are pressed: the parameter is repeated."""
    value = [value for value in dict.fromkeys(query_param_values(name)) if value in options]
    return tie(name, value, [], default=value)


def tie_text(name: str) -> dict[str, Any]:
    """As `tie`, for a text."""
    value = query_param(name)
    return tie(name, value, "", value=value)


def tie_number(name: str, highest: int) -> dict[str, Any]:
    """As `tie`, for a whole number from 1 to `highest`; 1 is not written."""
    value = _option(name, range(1, highest + 1), 1)
    return tie(name, value, 1, default=value)


def tie_switch(name: str) -> dict[str, Any]:
    """As `tie`, for a switch: `true`, or no parameter."""
    value = query_param(name) == "true"
    return tie(name, value, False, value=value)


def _option(name: str, options: Sequence[T], default: T) -> T:
    """The option that the address names by its text, or the default."""
    return next((option for option in options if str(option) == query_param(name)), default)


def go_to(page: str, query_params: QueryParams | None = None) -> NoReturn:
    """Open another address, as one entry of the history. `page`: the path of its script."""
    _open(address_of(page, query_params or {}), entry="new")


def redirect(page: str, query_params: QueryParams | None = None) -> NoReturn:
    """Open another address in place of the current one: Back leads to what was before."""
    _open(address_of(page, query_params or {}), entry="same")


def correct(**changes: str) -> NoReturn:
    """Open the current address with other values of these parameters, in place of the current one."""
    redirect(st.session_state[CURRENT_PAGE], _current_query() | changes)


def _open(address: str, entry: Literal["new", "same"]) -> NoReturn:
    # The Content-Security-Policy allows the script of the template by its hash. The browser runs a script again only in
    # other HTML than before, so that two runs in a row could not open the same address.
    markup = render("go_to.html", address=address, entry=entry, run=perf_counter_ns())
    st.html(str(markup), unsafe_allow_javascript=True)
    st.stop()


def address_of(page: str, query_params: QueryParams) -> str:
    """A relative address for a link in HTML: `student?user_id=user-456`; `.` is the start page."""
    name = Path(page).stem
    path = "." if name == STUDENTS.name else name
    query = urlencode({key: value for key, value in query_params.items() if value}, doseq=True)
    return f"{path}?{query}" if query else path


def remember(page: str) -> None:
    """Remember the parameters of this full run of the page `page` (its script's path) for links back to it."""
    st.session_state[CURRENT_PAGE] = page
    _remember_query()


def link_back(page: str, label: str, **ids: str) -> None:
    """Show a link to a page, with its search and filters as they were left in this session. `ids`: of the item it shows."""
    query: dict[str, Any] = st.session_state.get(LAST_QUERY, {}).get((page, tuple(ids)), {})
    is_same = all(query.get(name) == value for name, value in ids.items())
    st.page_link(page, label=label, query_params=query if is_same else ids)


def _current_query() -> dict[str, str | Sequence[str]]:
    """The parameters of the current address: a text, or a list of those that are repeated."""
    values = {name: st.query_params.get_all(name) for name in st.query_params}
    return {name: repeated[0] if len(repeated) == 1 else repeated for name, repeated in values.items()}


def _remember_query() -> None:
    query = _current_query()
    ids = tuple(name for name in ID_PARAMETERS if name in query)
    st.session_state.setdefault(LAST_QUERY, {})[st.session_state.get(CURRENT_PAGE), ids] = query


def _as_value(value: str | Sequence[str]) -> str | list[str]:
    return value if isinstance(value, str) else [*value]


def _write(name: str, default: object) -> None:
    """Write a widget's new value into the address: the callback of a tied widget."""
    value = st.session_state[name]
    is_default = value is None or value == default
    text = str(value).lower() if isinstance(value, bool) else value
    set_query_params(**{name: "" if is_default else text if isinstance(text, list) else str(text)})
