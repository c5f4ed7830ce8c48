"""Sign-in and roles end to end: an OpenID provider, real cookies, real Chromium, and clients without a browser."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, BrowserContext, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse, ForwardMsg
from streamlit.util import calc_hash
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string
from websockets.sync.client import ClientConnection, connect

from benchmarks.server import EndpointProcess
from tests.browser import serving
from tests.browser.watching import Visits, axe_violations, keep_process, settle
from tests.data import faulty

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")  # raised inside the provider
SECRET = "0123456789abcdef0123456789abcdef"
HOURS = 12
MINE, OTHER = "user-456", "tran.quoc-bao"
NAMES = ("anna", "omar", "both", "nobody")
USERS = [
    User(sub=name, claims={"email": f"{name}@school.example", "email_verified": name != "unverified"})
    for name in (*NAMES, "unverified")
]


@dataclass
class SecuredDashboard:
    """A dashboard with sign-in, and its access log."""

    address: str
    log: Path

    def accesses(self, **fields: str) -> list[dict[str, str]]:
        """The lines of the access log that have these fields."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if fields.items() <= line.items()]

    def cookie(self, name: str, *, age: float = 0, secret: str = SECRET, **claims: object) -> str:
        """The cookie that Streamlit sets at a sign-in; `age`: seconds since the sign-in."""
        user = {
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
        return create_signed_value(secret, "_streamlit_user", json.dumps(user | claims)).decode()


@contextmanager
def secured(folder: Path, environment: Mapping[str, str]) -> Iterator[SecuredDashboard]:
    """Run a dashboard with a provider, roles, a roster and an access log."""
    people = {
        role: [f"{name}@school.example" for name in (member, "both")]
        for role, member in (("teacher", "anna"), ("ops", "omar"))
    }
    people["teacher"].append("unverified@school.example")
    (folder / "roster.csv").write_text(f"email,user_id\nanna@school.example,{MINE}\nboth@school.example,{MINE}\n")
    with run_server_in_thread(user_claims=USERS) as provider:
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
        with serving.dashboard(folder, {"DASHBOARD_ACCESS_LOG": str(log), **environment}, secrets) as server:
            yield SecuredDashboard(server.address, log)


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredDashboard]:
    with secured(tmp_path_factory.mktemp("sign-in"), {"DASHBOARD_JOBS_REFRESH_SECONDS": "2"}) as started:
        yield started


@pytest.fixture(scope="module")
def context(browser: Browser, dashboard: SecuredDashboard) -> Iterator[BrowserContext]:
    """One browser context for all pages: its cache has Streamlit's frontend after the first of them."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    keep_process(context, dashboard.address)
    yield context
    context.close()


@pytest.fixture
def opened(context: BrowserContext, dashboard: SecuredDashboard) -> Iterator[Callable[..., Page]]:
    """`opened("/jobs", cookie="")` opens a page with this sign-in cookie and no other cookie."""

    def opened_page(path: str, cookie: str = "") -> Page:
        close_pages()
        if cookie:
            context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": dashboard.address}])
        page = context.new_page()
        page.goto(dashboard.address + path)
        settle(page)
        return page

    def close_pages() -> None:
        _, *others = context.pages  # the first one keeps the process
        for page in others:
            page.close()
        context.clear_cookies()

    yield opened_page
    close_pages()


def expect_heading(page: Page, name: str | re.Pattern[str]) -> None:
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
    return [link.inner_text() for link in page.locator(".st-key-top_row").get_by_test_id("stPageLink").all()]


def test_the_sign_in_page_has_icon_and_logo_and_is_accessible(dashboard: SecuredDashboard, visit: Visits) -> None:
    page = visit(f"{dashboard.address}/student?user_id={MINE}")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.locator('link[rel="shortcut icon"]')).to_have_attribute("href", re.compile("^data:image/png;"))
    expect(page.get_by_test_id("stHeaderLogo")).to_be_visible()
    assert axe_violations(page) == []


def test_a_teacher_signs_in_sees_their_students_only_and_signs_out(
    dashboard: SecuredDashboard, opened: Any, tmp_path: Path
) -> None:
    address = f"{dashboard.address}/student?user_id={MINE}&target=7.0"
    page = opened(f"/student?user_id={MINE}&target=7.0")
    expect_heading(page, "Sign in")
    assert axe_violations(page) == []
    assert MINE not in page.inner_text("body")
    sign_in(page, "anna")
    expect_heading(page, MINE)
    assert page.url == address
    expect(page.get_by_text("anna@school.example")).to_be_visible()
    assert menu(page) == ["Students", "Marking", "Grader", "Flashcards"]

    with page.expect_download() as download:
        page.get_by_role("button", name="Printable report").click()
    report = download.value.path().read_text("utf-8")
    assert MINE in report
    media = download.value.url
    saved = {cookie["name"]: cookie["value"] for cookie in page.context.cookies(dashboard.address)}
    assert http_status(media, saved) == 200
    assert http_status(media, {}) == 403
    assert http_status(media, {"_streamlit_user": dashboard.cookie("both")}) == 403

    for path in ("/jobs", "/tables"):
        go(page, dashboard.address + path)
        expect_heading(page, "Not for you")
        expect(page.get_by_text("This page is for ops")).to_be_visible()
        expect(page.get_by_test_id("stDataFrame")).to_have_count(0)
    texts = []
    for user_id in (OTHER, "no-such-student"):
        go(page, f"{dashboard.address}/student?user_id={user_id}")
        expect_heading(page, "Not among your students")
        texts.append(page.inner_text('[data-testid="stMain"]'))
    assert texts[0] == texts[1]

    sign_out(page)
    expect_heading(page, "You are signed out")
    # the saved cookies of the sign-in are no longer valid
    assert http_status(media, saved) == 403
    assert MINE not in received_messages(dashboard, f"student?user_id={MINE}", saved)
    page.context.add_cookies([{"name": name, "value": saved[name], "url": dashboard.address} for name in saved])
    go(page, address)
    expect_heading(page, re.compile("Sign in|You are signed out"))

    anna = {"who": "anna@school.example"}
    assert dashboard.accesses(what="signed_in", **anna)
    assert len(dashboard.accesses(what="student", user_id=MINE, **anna)) == 1
    assert dashboard.accesses(what="feedbacks", user_id=MINE, **anna)
    assert len(dashboard.accesses(what="refused", asked_for="page", why="WrongRole", **anna)) == 2
    assert dashboard.accesses(what="refused", asked_for="student", why="NotYours", user_id=OTHER, **anna)
    assert dashboard.accesses(what="signed_out", **anna)
    for line in dashboard.accesses():
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", line.pop("at"))
        if line["what"] != "log_writable_again":
            assert {"iss", "sub", "who", "verified"} <= {*line}
        assert {*line} <= {"iss", "sub", "who", "verified", "what", "user_id", "id", "asked_for", "why"}


def test_ops_start_on_jobs_and_see_no_student(dashboard: SecuredDashboard, opened: Any) -> None:
    page = opened("/")
    sign_in(page, "omar")
    expect_heading(page, "Jobs")
    assert page.url == dashboard.address + "/jobs"
    assert menu(page) == ["Grader", "Jobs", "Tables"]
    go(page, f"{dashboard.address}/student?user_id={MINE}")
    expect_heading(page, "Not for you")
    page.get_by_role("link", name="All jobs").click()
    expect_heading(page, "Jobs")


def test_a_user_without_a_role_sees_the_reason(dashboard: SecuredDashboard, opened: Any) -> None:
    page = opened("/jobs")
    sign_in(page, "unverified")
    expect_heading(page, "No access yet")
    expect(page.get_by_text("but the provider has not verified this e-mail")).to_be_visible()
    assert menu(page) == []
    assert axe_violations(page) == []
    assert dashboard.accesses(who="unverified@school.example", what="refused", why="NoRole")
    sign_out(page)
    expect_heading(page, "You are signed out")
    page = opened("/jobs", dashboard.cookie("nobody"))
    expect_heading(page, "No access yet")
    expect(page.get_by_text("and this name has no role here")).to_be_visible()


def test_an_expired_sign_in_is_renewed_and_returns_to_the_page(dashboard: SecuredDashboard, opened: Any) -> None:
    page = opened("/jobs", dashboard.cookie("both", age=HOURS * 3600 - 20))
    expect_heading(page, "Jobs")
    expect(page.locator(".st-key-top_row").get_by_test_id("stPageLink")).to_have_text(
        ["Students", "Marking", "Grader", "Flashcards", "Jobs", "Tables"]
    )
    # it expires while the page is open: the refreshed part of the page, which runs without the frame, shows that too
    expect(page.get_by_text("Sign in again to go on where you were.")).to_be_visible(timeout=90_000)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(0)
    page.reload()
    expect_heading(page, "Your sign-in has expired")
    assert dashboard.accesses(who="both@school.example", what="refused", why="SignInExpired")
    sign_in(page, "both")
    expect_heading(page, "Jobs")
    assert page.url == dashboard.address + "/jobs"


MARKED = "evaluation?evaluation_id=108195ae-3f93-41ec-aa95-6fe7bad2a281&user_id=user-456"


def test_nothing_of_the_grade_reaches_the_browser_before_the_mark_is_stored(
    dashboard: SecuredDashboard, opened: Any
) -> None:
    cookie = dashboard.cookie("anna")
    blind = received_messages(dashboard, f"{MARKED}&mark=blind", {"_streamlit_user": cookie})
    normal = received_messages(dashboard, MARKED, {"_streamlit_user": cookie})
    bands = {*re.findall(r"b-(?:number|overall)\\\\?\">(\d\.\d)", normal)}
    feedback = [text for text in re.findall(r"<li>(.{20,80}?)</li>", normal) if "\\" not in text]
    assert len(bands) >= 2
    assert len(feedback) >= 3
    for secret in (*bands, *feedback, "Feedback", "gemini", "mean of the criteria"):
        whole = re.compile(rf"(?<![\d.]){re.escape(secret)}(?![\d.])")
        assert whole.search(normal)
        assert not whole.search(blind), secret
    assert "Your mark" in blind

    page = opened(f"/{MARKED}&mark=blind", cookie)
    expect(page.get_by_text("Your mark")).to_be_visible()
    for field in page.locator('[class*="st-key-mark_"] input').all():
        field.fill("65")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Second marks")).to_be_visible()
    expect(page.get_by_role("columnheader", name="anna@school.example")).to_be_visible()
    (line,) = dashboard.accesses(what="wrote_mark")
    assert (line["who"], line["user_id"]) == ("anna@school.example", MINE)
    # another teacher's student, and somebody without the role
    other = received_messages(dashboard, MARKED.replace(MINE, OTHER) + "&mark=blind", {"_streamlit_user": cookie})
    assert "Your mark" not in other
    omar = received_messages(dashboard, f"{MARKED}&mark=blind", {"_streamlit_user": dashboard.cookie("omar")})
    assert "Your mark" not in omar
    assert "Essay" not in omar


def tampered(cookie: str) -> str:
    """The cookie with one character changed: not the last one, some bits of which are padding."""
    return cookie[:-10] + ("A" if cookie[-10] != "A" else "B") + cookie[-9:]


COOKIES: dict[str, Callable[[SecuredDashboard], str]] = {
    "none": lambda dashboard: "",
    "too old": lambda dashboard: dashboard.cookie("both", age=HOURS * 3600 + 1),
    "without its time": lambda dashboard: dashboard.cookie("both", iat=None),
    "unverified": lambda dashboard: dashboard.cookie("both", email_verified=False),
    "no role": lambda dashboard: dashboard.cookie("nobody"),
    "signed with another secret": lambda dashboard: dashboard.cookie("both", secret=SECRET[::-1]),
    "of another server": lambda dashboard: dashboard.cookie("both", origin="https://evil.example"),
    "tampered with": lambda dashboard: tampered(dashboard.cookie("both")),
}
ADDRESSES = {
    "": ("", "Needs attention"),
    f"student?user_id={MINE}": ("student", "Compare with another student"),
    "flashcards": ("flashcards", "newest first"),
    "jobs": ("jobs", "Causes"),
    "tables": ("tables", "user_id-evaluation_id-index"),
}


@pytest.mark.parametrize("name", COOKIES)
def test_without_a_valid_sign_in_a_client_gets_no_content(dashboard: SecuredDashboard, name: str) -> None:
    cookie = COOKIES[name](dashboard)
    for address, (_, content) in ADDRESSES.items():
        received = received_messages(dashboard, address, {"_streamlit_user": cookie})
        assert "Sign in" in received or "No access yet" in received
        assert content not in received
        assert MINE not in received
    for path in ("/media/0123.html", "/_stcore/metrics", "/_stcore/upload_file/a/b"):
        if name != "of another server":
            assert http_status(dashboard.address + path, {"_streamlit_user": cookie}) == 403


def test_with_a_sign_in_a_client_gets_the_pages_of_its_role(dashboard: SecuredDashboard) -> None:
    anna, omar = {"_streamlit_user": dashboard.cookie("anna")}, {"_streamlit_user": dashboard.cookie("omar")}
    for address, (page, content) in ADDRESSES.items():
        for cookies, pages in ((anna, ("", "student", "flashcards")), (omar, ("jobs", "tables"))):
            by_address = received_messages(dashboard, address, cookies)
            # a click in the menu requests a page by its hash
            by_page = received_messages(dashboard, address, cookies, page_script_hash=calc_hash(page or "students"))
            for received in (by_address, by_page):
                if page == "" and cookies is omar:
                    assert content not in received
                else:
                    assert (content in received) == (page in pages), (address, pages)
    assert OTHER not in received_messages(dashboard, "flashcards", anna)
    assert "Sign in" in received_messages(dashboard, "", anna, origin=""), (
        "a client without an Origin header is not signed in"
    )
    assert http_status(dashboard.address + "/_stcore/metrics", omar) == 404


def http_status(address: str, cookies: dict[str, str]) -> int:
    """The HTTP status that a client without a browser gets."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", parts.path, headers={"Cookie": "; ".join(f"{name}={cookies[name]}" for name in cookies)})
    status = connection.getresponse().status
    connection.close()
    return status


def received_messages(
    dashboard: SecuredDashboard,
    path: str,
    cookies: dict[str, str],
    *,
    page_script_hash: str = "",
    origin: str | None = None,
) -> str:
    """Every message that a client without a browser receives when it requests a page as Streamlit's frontend does."""
    with connected(dashboard, cookies, origin=origin) as client:
        received = client.run(path, page_script_hash=page_script_hash)
    return "\n".join(map(str, received)).replace("\\342\\201\\240", "")


@dataclass
class Client:
    """A session of a client without a browser."""

    socket: ClientConnection
    session_id: str = ""

    def run(self, path: str, *, page_script_hash: str = "") -> list[ForwardMsg]:
        """Every message until the script has ended."""
        parts = urlsplit(path)
        request = BackMsg()
        request.rerun_script.query_string = parts.query
        request.rerun_script.page_name = "" if page_script_hash else parts.path
        request.rerun_script.page_script_hash = page_script_hash
        self.socket.send(request.SerializeToString())
        received: list[ForwardMsg] = []
        while not received or received[-1].WhichOneof("type") != "script_finished" or received[-1].script_finished == 2:
            received.append(self._receive())
            if received[-1].HasField("new_session"):
                self.session_id = received[-1].new_session.initialize.session_id
        return received

    def downloads(self, path: str) -> list[str]:
        """The ids of the downloads that a page offers, each of which is built when it is requested."""
        return re.findall(r'deferred_file_id: "(\w+)"', "\n".join(map(str, self.run(path))))

    def download(self, file_id: str) -> tuple[str, str]:
        """The address of a download that is built now, and the error; one of them is empty."""
        request = BackMsg()
        request.backend_operation_request.deferred_file.file_id = file_id
        response = self._operate(request)
        return response.deferred_file.url, response.error_msg

    def tables(self, path: str) -> list[str]:
        """The ids of a page's tables whose rows are sent as they scroll into view."""
        return re.findall(r'lazy_data {\s+source_id: "(\w+)"', "\n".join(map(str, self.run(path))))

    def rows(self, table_id: str) -> tuple[int, str]:
        """The size of the first rows of a table in bytes, as it scrolls, and the error; one of them is empty."""
        request = BackMsg()
        chunk = request.backend_operation_request.dataframe_chunk
        chunk.source_id, chunk.offset, chunk.limit = table_id, 0, 10
        response = self._operate(request)
        return len(response.dataframe_chunk.arrow_data.data), response.error_msg

    def _operate(self, request: BackMsg) -> BackendOperationResponse:
        request.backend_operation_request.request_id = "r"
        request.backend_operation_request.session_id = self.session_id
        self.socket.send(request.SerializeToString())
        while (message := self._receive()).WhichOneof("type") != "backend_operation_response":
            pass
        return message.backend_operation_response

    def _receive(self) -> ForwardMsg:
        data = self.socket.recv(60)
        assert isinstance(data, bytes)
        return ForwardMsg.FromString(data)


@contextmanager
def connected(dashboard: SecuredDashboard, cookies: dict[str, str], *, origin: str | None = None) -> Iterator[Client]:
    """Open a session with these cookies."""
    token = generate_xsrf_token_string()
    all_cookies = {"_streamlit_xsrf": token} | cookies
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in all_cookies.items())}
    with connect(
        f"{dashboard.address.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=["streamlit", token],  # type: ignore[list-item]
        origin=(dashboard.address if origin is None else None),  # type: ignore[arg-type]
        additional_headers=headers,
        max_size=None,
        proxy=None,
    ) as socket:
        yield Client(socket)


def test_a_download_is_built_for_its_own_session_and_sent_to_its_person(dashboard: SecuredDashboard) -> None:
    anna, both, omar = ({"_streamlit_user": dashboard.cookie(name)} for name in ("anna", "both", "omar"))
    address = f"student?user_id={MINE}"
    with connected(dashboard, anna) as client, connected(dashboard, both) as other:
        report, *_ = client.downloads(address)
        other.run(address)
        assert other.download(report) == (
            "",
            "This page does not offer this download any more: reload it, then download again.",
        )
        media, error = client.download(report)
        assert error == ""
        assert http_status(dashboard.address + media, anna) == 200
        assert http_status(dashboard.address + media, {"_streamlit_user": dashboard.cookie("anna")}) == 200
        for cookies in (both, omar, {}):
            assert http_status(dashboard.address + media, cookies) == 403

        (own, *_) = other.downloads(address)
        assert http_status(f"{dashboard.address}/auth/logout", both) < 400
        assert other.download(own)[1].startswith("Students’ work and results are only for their teachers")


def test_the_rows_of_an_open_table_are_sent_until_the_person_signs_out_elsewhere(
    tmp_path: Path, browser: Browser
) -> None:
    # the rows of a table of at most 1,000 are sent with it
    with faulty.endpoint(15_000) as tables, secured(tmp_path, EndpointProcess(tables.address).environment()) as large:
        cookie = large.cookie("omar")
        with connected(large, {"_streamlit_user": cookie}) as client:
            (jobs,) = client.tables("jobs?window=all")
            size, error = client.rows(jobs)
            assert (size > 0, error) == (True, "")
            # another tab of the same browser
            context = browser.new_context()
            context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": large.address}])
            page = context.new_page()
            page.goto(f"{large.address}/jobs")
            expect_heading(page, "Jobs")
            sign_out(page)
            expect_heading(page, "You are signed out")
            context.close()
            size, error = client.rows(jobs)
            assert size == 0
            assert error.startswith("Students’ work and results are only for their teachers")


def test_without_a_log_no_student_is_shown_until_it_can_be_written(dashboard: SecuredDashboard, opened: Any) -> None:
    health = f"{dashboard.address}/_stcore/health"
    saved = dashboard.log.with_name("saved.log")
    assert http_status(health, {}) == 200
    dashboard.log.rename(saved)
    dashboard.log.mkdir()
    try:
        assert http_status(health, {}) == 503
        page = opened(f"/student?user_id={MINE}", dashboard.cookie("anna"))
        expect(page.get_by_text("DASHBOARD_ACCESS_LOG can't be written (Is a directory)")).to_be_visible(timeout=20_000)
        assert MINE not in page.inner_text("body")
        assert axe_violations(page) == []
    finally:
        dashboard.log.rmdir()
        saved.rename(dashboard.log)
    page.get_by_role("button", name="Try again").click()
    expect_heading(page, MINE)
    assert http_status(health, {}) == 200
