"""Fixtures that open pages in the frame with AppTest, on tables mocked by moto."""

from collections.abc import Callable, Iterator

import pytest
from moto import mock_aws
from streamlit.testing.v1 import AppTest

from bandup import clock, server
from bandup.demo import engine
from bandup.pages_list import SCRIPTS
from bandup.queries import cached_reads

FRAME = server.FRAME
TIMEOUT = 30


@pytest.fixture(scope="module")
def demo_of_its_own() -> Iterator[pytest.MonkeyPatch]:
    """A demo that ends with the module: the product's stays for the life of the process, and so would its mock of AWS."""
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws():
        for name in ("DYNAMODB_EVALUATIONS", "DYNAMODB_FLASHCARD_SETS"):
            monkeypatch.delenv(name, raising=False)
        client = engine._fill(clock.now())
        monkeypatch.setattr(cached_reads, "_demo_client", lambda: client)
        cached_reads.reset_caches()
        yield monkeypatch
        cached_reads.reset_caches()


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
