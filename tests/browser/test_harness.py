"""The browser fixtures notice errors, requests to other hosts and inaccessible elements, shown on small local pages."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser.serving import ROOT
from tests.browser.watching import Contexts, Visits, axe_violations

PAGES = {
    "/clean": "<h1>Clean</h1>",
    "/console-error": "<script>console.error('out of cards')</script>",
    "/script-error": "<script>throw new Error('no band')</script>",
    "/missing-picture": "<img src='/nowhere.png' alt=''>",
    "/other-host": "<img src='http://localhost:{port}/picture.svg' alt=''>",
    "/socket": "<script>new WebSocket('ws://localhost:{port}/stream').onerror = () => null</script>",
    "/own-server": "<script>fetch('/_stcore/health')</script>",
    "/no-alt": "<h1>Picture</h1><img src='/picture.svg'>",
}
FRAME = """<!doctype html><html lang="en"><title>Harness</title><link rel="icon" href="data:,">
<main data-testid="stApp" data-test-script-state="notRunning">{body}</main></html>"""
PICTURE = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        exists = self.path in PAGES or self.path == "/picture.svg"
        body = PICTURE if self.path == "/picture.svg" else FRAME.replace("{body}", PAGES.get(self.path, ""))
        self.send_response(200 if exists else 404)
        self.send_header("Content-Type", "image/svg+xml" if body is PICTURE else "text/html")
        self.end_headers()
        self.wfile.write(body.replace("{port}", str(self.server.server_port)).encode())

    def log_message(self, format, *args):
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


@pytest.mark.parametrize(
    ("path", "complaints"),
    [
        ("/clean", []),
        ("/console-error", ["console error: out of cards"]),
        ("/script-error", ["script error: no band"]),
        ("/missing-picture", ["console error: Failed to load resource: the server responded with a status of 404"]),
        ("/other-host", ["request to another host: http://localhost:"]),
        ("/socket", ["request to another host: ws://localhost:", "console error: WebSocket connection"]),
        ("/own-server", ["console error: Failed to load resource: the server responded with a status of 404"]),
    ],
)
def test_errors_and_requests_to_other_hosts_are_noticed(
    contexts: Contexts, site: str, path: str, complaints: list[str]
):
    visits = Visits(contexts)
    page = visits(site + path)
    page.wait_for_load_state("networkidle")
    assert len(visits.complaints) == len(complaints), visits.complaints
    for complaint, expected in zip(visits.complaints, complaints, strict=True):
        assert complaint.startswith(f"{site}{path}: {expected}")
    visits.close()


def test_axe_finds_a_picture_without_alternative_text(visit: Visits, site: str):
    assert axe_violations(visit(site + "/clean")) == []
    [violation] = axe_violations(visit(site + "/no-alt"))
    assert violation.startswith("image-alt (critical): ")
    assert violation.endswith(": img")
    assert axe_violations(visit(site + "/no-alt"), ignored_rules={"image-alt"}) == []


@pytest.mark.parametrize(
    ("view", "width", "dark"), [("desktop", 1440, False), ("dark", 1440, True), ("phone", 390, False)]
)
def test_views_set_width_and_color_scheme(visit: Visits, site: str, view: str, width: int, dark: bool):
    page = visit(site + "/clean", view)
    assert page.evaluate("[screen.width, matchMedia('(prefers-color-scheme: dark)').matches]") == [width, dark]


INNER_TESTS = """
import types
from tests.browser import serving

def test_clean(visit):
    visit("{site}/clean")

def test_complaint(visit):
    visit("{site}/console-error")

def test_wrong(visit, tmp_path):
    log = tmp_path / "log"
    log.write_text("the table " + "is gone")
    serving.running.append(serving.Server("http://127.0.0.1:1", log, process=None))
    visit("{site}/clean")
    assert False
"""


def test_a_complaint_fails_the_test_and_leaves_a_picture(site: str, tmp_path):
    (tmp_path / "test_inner.py").write_text(INNER_TESTS.replace("{site}", site))
    inner = [sys.executable, "-m", "pytest", "-p", "tests.browser.conftest", "-p", "no:cacheprovider", "--rootdir", "."]
    run = subprocess.run(
        inner, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert run.stdout.splitlines()[-1].strip("= ").startswith("1 failed, 2 passed, 1 error in "), (
        run.stdout + run.stderr
    )
    assert "console error: out of cards" in run.stdout
    assert "the table is gone" in run.stdout  # concatenated in the inner test, as a traceback shows the source too
    assert sorted(p.name for p in (tmp_path / "pictures").iterdir()) == ["test_complaint.1.png", "test_wrong.1.png"]
