"""Any address opens a usable page: never an exception, and never text of the address as markup."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from bandup.pages_list import SCRIPTS
from bandup.queries import cached_reads
from benchmarks import server
from benchmarks.visitor import Visitor
from tests import heavy
from tests.data import faulty
from tests.data.faulty import Faulty
from tests.documented import FLASHCARD_SET, SPEAKING, WRITING
from tests.navigation import destination, titles
from tests.pages.conftest import FRAME, TIMEOUT

pytestmark = pytest.mark.server

STUDENT = {"user_id": "user-456"}
SET = {"set_id": "flashcard-set-123", **STUDENT}
FAILED = {
    **WRITING,
    "evaluation_id": {"S": "eval-failed"},
    "status": {"S": "failed"},
    "error_message": {"S": "Model overloaded"},
}
OPEN_TO_ABUSE: dict[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    "students": ("students", {}, ("target", "target_of", "skill", "period", "search")),
    "no student": ("student", {}, ("user_id",)),
    "student": ("student", STUDENT, ("target", "target_of", "skill", "suspect")),
    "no evaluation": ("evaluation", {}, ("evaluation_id", "user_id")),
    "no students beside each other": ("compare", {}, ("user_id",)),
    "no attempts beside each other": ("compare", STUDENT, ("evaluation_id",)),
    "no set": ("flashcards", {}, ("set_id", "user_id")),
    "set": ("flashcards", SET, ("view",)),
    "no job": ("jobs", {}, ("evaluation_id", "user_id")),
    "no job of a set": ("jobs", STUDENT, ("set_id",)),
    "jobs": ("jobs", {}, ("state", "window", "find", "broken")),
    "jobs of a cause": ("jobs", {"state": "failed"}, ("cause",)),
    "tables": ("tables", {}, ("table",)),
}
"""Every page, by what it is opened for: its script, what its address names rightly, and the parameters that are abused."""

MARKUP = (
    "<script>hurt</script> <b>hurt</b> ![hurt](//evil.example/a.png) [hurt](//evil.example) **hurt** :material/skull:"
)
NASTY: dict[str, str | list[str]] = {
    "empty": "",
    "8 kB": "👩" * 2_000,
    "characters that are none": "user\0-456\x1b[31m\x7f\r\n\t\u202egnp\u2066\u200f\ufffd\ufffe\U000e0001\u0300",
    "markup": MARKUP,
    "not a number": "NaN",
    "infinite": "1e999",
    "a date out of range": "99999-13-45T99:99",
    "words of the interface": "failed,,stuck,succeeded,no-state",
    "nearly right": " ٧.0 ",
    "targets": ":7.0",
    "repeated": ["", "a", MARKUP, "true", "7.0"],
    "a hundred times": ["user-456"] * 100,
}


STUCK = {name: WRITING[name] for name in ("user_id", "evaluation_type")} | {
    "evaluation_id": {"S": "stuck"},
    "status": {"S": "processing"},
    "started_at": {"N": "1763900000"},
}
"""A later essay of the same student that never got a result."""


@pytest.fixture(scope="module")
def few() -> Iterator[Faulty]:
    with faulty.serving(
        heavy.tables({"evaluations": [WRITING, SPEAKING, FAILED, STUCK], "flashcard_sets": [FLASHCARD_SET]})
    ) as served:
        yield served


@pytest.fixture
def at(few: Faulty, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """`at("student", user_id=…)`: the page at an address, on tables of a few items that are read once."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in server.EndpointProcess(few.address).environment().items():
        monkeypatch.setenv(name, value)
    cached_reads.reset_caches()

    def opened(page: str, **parameters: str | list[str]) -> AppTest:
        app = AppTest.from_file(FRAME, default_timeout=TIMEOUT)
        if page != "students":
            app.switch_page(str(SCRIPTS / f"{page}.py"))
        for key, value in parameters.items():
            app.query_params[key] = value
        return app.run()

    yield opened
    cached_reads.reset_caches()


def must_be_usable(app: AppTest) -> None:
    assert not app.exception, app.exception[0].message
    assert not app.error, app.error[0].value
    assert titles(app) or destination(app)
    texts = [element.proto.body for element in app.get("html")]
    texts += [
        str(element.value) for kind in ("title", "header", "markdown", "info", "warning") for element in app.get(kind)
    ]
    texts += [element.proto.label for kind in ("button", "page_link", "expandable") for element in app.get(kind)]
    for text in texts:
        unescaped = re.sub(r"\\.", "", text)  # Markdown shows escaped characters as they are
        for markup in ("<script>hurt", "<b>hurt", "![hurt](", "[hurt](", "**hurt**", ":material/skull:"):
            assert markup not in unescaped


@pytest.mark.parametrize("opened_for", OPEN_TO_ABUSE)
def test_what_stands_in_an_address_never_breaks_its_page(at: Callable[..., AppTest], opened_for: str) -> None:
    page, right, abused = OPEN_TO_ABUSE[opened_for]
    for name, value in NASTY.items():
        try:
            must_be_usable(at(page, **{**right, **dict.fromkeys(abused, value), "unknown": value, "": value}))
        except AssertionError as error:
            raise AssertionError(f"{opened_for}, {abused}: {name}") from error


anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
like_the_right_one = st.sampled_from(["user-456", "eval-abc123", "speaking", "7.0", "all", "failed", "true", "Study"])
values = st.one_of(anything, like_the_right_one, st.lists(st.one_of(anything, like_the_right_one), max_size=4))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(opened_for=st.sampled_from([*OPEN_TO_ABUSE]), parameters=st.lists(values, min_size=5, max_size=5))
def test_nothing_in_an_address_breaks_a_page(at: Callable[..., AppTest], opened_for: str, parameters: list) -> None:
    page, right, abused = OPEN_TO_ABUSE[opened_for]
    must_be_usable(at(page, **{**right, **dict(zip(abused, parameters, strict=False))}))


AS_SENT = [
    "student?user_id=%ED%A0%80%ED%B0%80",
    "student?user_id=%00%FF%FE",
    "student?user_id=%",
    "student?user_id=%zz%u0041&&&=&=%",
    "student?user_id=user-456&skill=",
    "student?user_id=user-456;user_id=x#y?z",
    "evaluation?evaluation_id=" + "%F0%9F%A6%95" * 3_000 + "&user_id=user-456",
    "evaluation?evaluation_id=\x00\u202e\ud7ff&user_id=\n\r\t",
    "flashcards?set_id=" + quote(MARKUP) + "&user_id=" + quote(MARKUP),
    "jobs?" + "&".join(f"state=failed&cause={number}" for number in range(490)),
    "jobs?window=&find=%0d%0aSet-Cookie:%20a=b&broken=maybe",
    "compare?" + "user_id=user-456&" * 900,
    "?skill=&period=&target=&search=" + "x" * 500_000,
    "?" + "y" * 600_000,
    "?embed=true&embed_options=%3Cscript%3E&__proto__=1&constructor=2",
]
"""Addresses as they are sent, whatever a browser would have made of them."""


@pytest.fixture(scope="module")
def running(few: Faulty) -> Iterator[str]:
    with server.streamlit(server.ROOT / "dashboard.py", server.EndpointProcess(few.address).environment()) as started:
        yield started.address


def test_a_real_server_takes_any_address(running: str) -> None:
    for address in AS_SENT:
        with Visitor(running, address) as visitor:
            assert visitor.run().elements > 3, address[:80]
    with Visitor(running) as visitor:
        assert max(visitor.go(address).received_bytes for address in AS_SENT) < 3_000_000
        assert visitor.go("student?user_id=" + "x" * 400_000).received_bytes < 100_000


def test_a_target_goes_along_to_a_student(running: str) -> None:
    """Streamlit refuses a switch of pages that sets the parameter of a widget, and takes it out of a link."""
    with Visitor(running) as visitor:
        visitor.run()
        visitor.use("target", "8.0")
        (link,) = {link for link in visitor.links if link.startswith("student?")}
        visitor.go(link)
        assert visitor.value("target") == "8.0"
        visitor.go("?target=8.0")
        visitor.open("students")
        assert visitor.address.startswith("student?user_id=user-456")
        assert visitor.value("target") == "8.0"


@pytest.mark.parametrize(("row", "label"), [(0, "another-student"), (7, "user-456")])
def test_a_click_on_a_row_that_is_no_longer_there_opens_nothing(running: str, row: int, label: str) -> None:
    with Visitor(running) as visitor:
        visitor.run()
        visitor.open("students", row, label)
        assert visitor.address == "?"
        visitor.open("students", 0)
        assert visitor.address == "student?user_id=user-456"
