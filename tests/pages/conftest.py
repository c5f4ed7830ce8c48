"""Fixtures that open pages in the frame with AppTest, on tables mocked by moto."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from bandup import server
from bandup.pages_list import SCRIPTS

FRAME = server.FRAME
TIMEOUT = 30


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """`open_page("student", user_id="user-456")` opens a page by its address."""

    def opened(name: str, **parameters: str) -> AppTest:
        app = AppTest.from_file(FRAME, default_timeout=TIMEOUT)
        if name != "students":
            app.switch_page(str(SCRIPTS / f"{name}.py"))
        for key, value in parameters.items():
            app.query_params[key] = value
        return app.run()

    return opened


def visible_text(app: AppTest) -> str:
    """All text of a page (titles, Markdown, HTML, notices, code, tables), without word joiners."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "code", "metric")
    texts = [str(getattr(element, "value", "")) for kind in kinds for element in app.get(kind)]
    texts += [element.proto.body for element in app.get("html")]
    texts += [table.value.to_string() for table in app.dataframe]
    return "\n".join(texts).replace("\u2060", "").replace("\\", "")


@pytest.fixture
def text_of() -> Callable[[AppTest], str]:
    """`text_of(app)`: all text of a page."""
    return visible_text
