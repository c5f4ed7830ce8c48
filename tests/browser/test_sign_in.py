"""Sign-in and roles, end to end: a real provider, real cookies, real Chromium; and what a client without one gets."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, BrowserContext, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string
from websockets.sync.client import connect

from tests.browser import serving
from tests.browser.watching import Visits, axe_violations, settle

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")  # the provider's own
SECRET = "0123456789abcdef0123456789abcdef"
HOURS = 12
MINE, OTHER = "user-456", "anonymous"
NAMES = ("anna", "omar", "both", "nobody")
PEOPLE = [
    User(sub=name, claims={"email": f"{name}@school.example", "email_verified": name != "unverified"})
    for name in (*NAMES, "unverified")
]


@dataclass
class School:
    """A dashboard with sign-in, and the file that it logs accesses to."""

    address: str
    log: Path

    def accesses(self, **of: str) -> list[dict[str, str]]:
        """What was logged, of what is named."""
        logged = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in logged if of.items() <= line.items()]

    def cookie(self, name: str, *, age: float = 0, secret: str = SECRET, **claims: object) -> str:
        """The cookie that Streamlit makes of a sign-in so many seconds ago."""
        told = {
            "is_logged_in": True,
            "origin": self.address,
            "provider": "default",
            "iss": "test",
            "sub": name,
            "iat": int(time.time() - age),
            "nonce": f"{time.time_ns()}",
            "email": f"{name}@school.example",
            "email_verified": True,
        }
        return create_signed_value(secret, "_streamlit_user", json.dumps(told | claims)).decode()


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("school")
    people = {
        role: [f"{name}@school.example" for name in (one, "both")]
        for role, one in (("teacher", "anna"), ("ops", "omar"))
    }
    people["teacher"].append("unverified@school.example")
    (folder / "roster.csv").write_text(f"email,user_id\nanna@school.example,{MINE}\nboth@school.example,{MINE}\n")
    with run_server_in_thread(user_claims=PEOPLE) as provider:
        secrets = f"""
            [auth]
            redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
            cookie_secret = "{SECRET}"
            client_id = "dashboard"
            client_secret = "known to the provider"
            server_metadata_url = "http://localhost:{provider.server_port}/.well-known/openid-configuration"
            [roles]
            teacher = {people["teacher"]}
            ops = {people["ops"]}
            roster = "roster.csv"
            hours = {HOURS}
        """
        log = folder / "access.log"
        with serving.dashboard(
            folder, {"DASHBOARD_ACCESS_LOG": str(log), "DASHBOARD_JOBS_REFRESH_SECONDS": "2"}, secrets
        ) as running:
            yield School(running.address, log)


@pytest.fixture
def opened(browser: Browser, school: School) -> Iterator[Callable[..., Page]]:
    """`opened("/jobs", cookie="")`: the page in a browser of its own, which holds this cookie of a sign-in."""
    contexts: list[BrowserContext] = []

    def opened_page(path: str, cookie: str = "") -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
        contexts.append(context)
        # the provider's page has a stylesheet from elsewhere
        context.route(re.compile(r"^https?://(?!127\.0\.0\.1|localhost)"), lambda route: route.abort())
        if cookie:
            context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": school.address}])
        page = context.new_page()
        page.goto(school.address + path)
        settle(page)
        return page

    yield opened_page
    for context in contexts:
        context.close()


def heading(page: Page, name: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible(timeout=20_000)
    settle(page)


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=name, exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()


def go(page: Page, address: str) -> None:
    page.goto(address)
    settle(page)


def menu(page: Page) -> list[str]:
    return [link.inner_text() for link in page.get_by_test_id("stTopNavLink").all()]


def test_before_signing_in_the_page_is_whole(school: School, visit: Visits) -> None:
    page = visit(f"{school.address}/student?user_id={MINE}")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.locator('link[rel="shortcut icon"]')).to_have_attribute("href", re.compile("^data:image/png;"))
    expect(page.get_by_test_id("stHeaderLogo")).to_be_visible()
    assert axe_violations(page) == []


def test_a_teacher_signs_in_sees_theirs_and_signs_out(school: School, opened: Any, tmp_path: Path) -> None:
    address = f"{school.address}/student?user_id={MINE}&target=7.0"
    page = opened(f"/student?user_id={MINE}&target=7.0")
    heading(page, "Sign in")
    assert axe_violations(page) == []
    assert MINE not in page.inner_text("body")
    sign_in(page, "anna")
    heading(page, MINE)
    assert page.url == address
    expect(page.get_by_text("anna@school.example")).to_be_visible()
    assert menu(page) == ["Students", "Flashcards"]

    with page.expect_download() as waited:
        page.get_by_role("button", name="Printable report").click()
    report = waited.value.path().read_text("utf-8")
    assert MINE in report
    media = waited.value.url
    saved = {cookie["name"]: cookie["value"] for cookie in page.context.cookies(school.address)}
    assert status(media, saved) == 200
    assert status(media, {}) == 403

    for path in ("/jobs", "/tables"):
        go(page, school.address + path)
        heading(page, "Not for you")
        expect(page.get_by_text("This page is for ops")).to_be_visible()
        expect(page.get_by_test_id("stDataFrame")).to_have_count(0)
    answers = []
    for user_id in (OTHER, "no-such-student"):
        go(page, f"{school.address}/student?user_id={user_id}")
        heading(page, "Not among your students")
        answers.append(page.inner_text('[data-testid="stMain"]'))
    assert answers[0] == answers[1]

    sign_out(page)
    heading(page, "You are signed out")
    # what was saved of the sign-in is worth nothing now
    assert status(media, saved) == 403
    assert MINE not in replayed(school, f"student?user_id={MINE}", saved)
    page.context.add_cookies([{"name": name, "value": saved[name], "url": school.address} for name in saved])
    go(page, address)
    heading(page, re.compile("Sign in|You are signed out"))

    anna = {"who": "anna@school.example"}
    assert school.accesses(what="signed_in", **anna)
    assert len(school.accesses(what="student", user_id=MINE, **anna)) == 1
    assert school.accesses(what="feedbacks", user_id=MINE, **anna)
    assert len(school.accesses(what="refused", asked_for="page", why="WrongRole", **anna)) == 2
    assert school.accesses(what="refused", asked_for="student", why="NotYours", user_id=OTHER, **anna)
    assert school.accesses(what="signed_out", **anna)
    for line in school.accesses():
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", line.pop("at"))
        assert {*line} <= {"who", "what", "user_id", "id", "asked_for", "why"}


def test_ops_land_on_jobs_and_see_no_student(school: School, opened: Any) -> None:
    page = opened("/")
    sign_in(page, "omar")
    heading(page, "Jobs")
    assert page.url == school.address + "/jobs"
    assert menu(page) == ["Jobs", "Tables"]
    go(page, f"{school.address}/student?user_id={MINE}")
    heading(page, "Not for you")
    page.get_by_role("link", name="All jobs").click()
    heading(page, "Jobs")


def test_a_person_without_a_role_is_told_what_to_ask_for(school: School, opened: Any) -> None:
    page = opened("/jobs")
    sign_in(page, "unverified")
    heading(page, "No access yet")
    expect(page.get_by_text("but the provider has not verified this e-mail")).to_be_visible()
    assert menu(page) == []
    assert axe_violations(page) == []
    assert school.accesses(who="unverified@school.example", what="refused", why="NoRole")
    sign_out(page)
    heading(page, "You are signed out")
    page = opened("/jobs", school.cookie("nobody"))
    heading(page, "No access yet")
    expect(page.get_by_text("and this name has no role here")).to_be_visible()


def test_a_sign_in_that_is_too_old_is_asked_for_again_and_leads_back(school: School, opened: Any) -> None:
    page = opened("/jobs", school.cookie("both", age=HOURS * 3600 - 15))
    heading(page, "Jobs")
    assert menu(page) == ["Students", "Flashcards", "Jobs", "Tables"]
    # it grows too old while the page is open: the board, which runs without the frame, says so as well
    expect(page.get_by_text("Sign in again to go on where you were.")).to_be_visible(timeout=90_000)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(0)
    page.reload()
    heading(page, "Your sign-in has expired")
    assert school.accesses(who="both@school.example", what="refused", why="SignInExpired")
    sign_in(page, "both")
    heading(page, "Jobs")
    assert page.url == school.address + "/jobs"


def tampered(cookie: str) -> str:
    """The cookie with another character: not the last, of which some bits mean nothing."""
    return cookie[:-10] + ("A" if cookie[-10] != "A" else "B") + cookie[-9:]


COOKIES: dict[str, Callable[[School], str]] = {
    "none": lambda school: "",
    "too old": lambda school: school.cookie("both", age=HOURS * 3600 + 1),
    "without its time": lambda school: school.cookie("both", iat=None),
    "unverified": lambda school: school.cookie("both", email_verified=False),
    "no role": lambda school: school.cookie("nobody"),
    "signed with another secret": lambda school: school.cookie("both", secret=SECRET[::-1]),
    "of another server": lambda school: school.cookie("both", origin="https://evil.example"),
    "tampered with": lambda school: tampered(school.cookie("both")),
}
ADDRESSES = {
    "": ("", "Needs attention"),
    f"student?user_id={MINE}": ("student", "Compare with another student"),
    "flashcards": ("flashcards", "newest first"),
    "jobs": ("jobs", "Causes"),
    "tables": ("tables", "user_id-evaluation_id-index"),
}


@pytest.mark.parametrize("which", COOKIES)
def test_messages_replayed_without_a_valid_sign_in_get_nothing(school: School, which: str) -> None:
    cookie = COOKIES[which](school)
    for address, (_, shown) in ADDRESSES.items():
        received = replayed(school, address, {"_streamlit_user": cookie})
        assert "Sign in" in received or "No access yet" in received
        assert shown not in received
        assert MINE not in received
    for path in ("/media/0123.html", "/_stcore/metrics", "/_stcore/upload_file/a/b"):
        if which != "of another server":
            assert status(school.address + path, {"_streamlit_user": cookie}) == 403


def test_messages_replayed_with_a_sign_in_get_what_it_is_worth(school: School) -> None:
    anna, omar = {"_streamlit_user": school.cookie("anna")}, {"_streamlit_user": school.cookie("omar")}
    for address, (page, shown) in ADDRESSES.items():
        for cookies, pages in ((anna, ("", "student", "flashcards")), (omar, ("jobs", "tables"))):
            by_address = replayed(school, address, cookies)
            # as a click in the menu asks for a page
            by_page = replayed(school, address, cookies, page_script_hash=calc_hash(page or "students"))
            for received in (by_address, by_page):
                if page == "" and cookies is omar:
                    assert shown not in received
                else:
                    assert (shown in received) == (page in pages), (address, pages)
    assert OTHER not in replayed(school, "flashcards", anna)
    assert "Sign in" in replayed(school, "", anna, origin=""), (
        "a client that does not say where it comes from is nobody"
    )
    assert status(school.address + "/_stcore/metrics", omar) == 404


def status(address: str, cookies: dict[str, str]) -> int:
    """What a client without a browser gets."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", parts.path, headers={"Cookie": "; ".join(f"{name}={cookies[name]}" for name in cookies)})
    answered = connection.getresponse().status
    connection.close()
    return answered


def replayed(
    school: School, path: str, cookies: dict[str, str], *, page_script_hash: str = "", origin: str | None = None
) -> str:
    """All that a client without a browser is sent when it asks for a page as Streamlit's frontend does."""
    token = generate_xsrf_token_string()
    held = {"_streamlit_xsrf": token} | cookies
    parts = urlsplit(path)
    asked = BackMsg()
    asked.rerun_script.query_string = parts.query
    asked.rerun_script.page_name = "" if page_script_hash else parts.path
    asked.rerun_script.page_script_hash = page_script_hash
    headers = {"Cookie": "; ".join(f"{name}={held[name]}" for name in held)}
    received: list[str] = []
    with connect(
        f"{school.address.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=["streamlit", token],  # type: ignore[list-item]
        origin=(school.address if origin is None else None),  # type: ignore[arg-type]
        additional_headers=headers,
        max_size=None,
        proxy=None,
    ) as socket:
        socket.send(asked.SerializeToString())
        while True:
            data = socket.recv(60)
            assert isinstance(data, bytes)
            message = ForwardMsg.FromString(data)
            received.append(str(message))
            if message.WhichOneof("type") == "script_finished" and message.script_finished != 2:
                return "\n".join(received).replace("\\342\\201\\240", "")
