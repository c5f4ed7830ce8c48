"""Measure a first visit over a slow line in a real Chromium: the Students page of the demo, with an empty cache.

    python -m benchmarks.first_visit

Chromium's own emulation limits the line to 400 kbit/s with 100 ms of latency. Every visit uses a new browser context on
one server that has been visited before. The first text is the page's title; a page is settled once its script has run and
its tables and figures are drawn. Bytes are those on the line, compressed as they were sent.
"""

from collections import Counter
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import click
from playwright.sync_api import Browser, sync_playwright

from benchmarks import reporting, server
from benchmarks.reporting import Target, format_seconds
from benchmarks.start import ERROR_SELECTOR, IS_DRAWN, OURS, SCRIPTS
from tests.browser import chromium

HAS_TEXT = "() => document.querySelector('h1')?.innerText.trim()"
TIMEOUT_MILLISECONDS = 600_000


class Visit(NamedTuple):
    """Seconds until the first text and until the page is settled, and the bytes received by kind (`Script`, …)."""

    first_text: float
    settled: float
    received: Counter[str]


def measure_visit(browser: Browser, address: str, kilobits: int, latency: int) -> Visit:
    """Open a page with an empty cache over a line of `kilobits` per second (0: no limit) and `latency` milliseconds."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    if kilobits:
        speed = kilobits * 1000 / 8
        line = {"offline": False, "latency": latency, "downloadThroughput": speed, "uploadThroughput": speed}
        devtools.send("Network.emulateNetworkConditions", line)
    received: Counter[str] = Counter()
    kinds: dict[str, str] = {}

    def on_response(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def on_finished(event: dict[str, Any]) -> None:
        received[kinds.get(event["requestId"], "Other")] += int(event["encodedDataLength"])

    def on_frame(event: dict[str, Any]) -> None:
        received["WebSocket"] += len(event["response"]["payloadData"]) * 3 // 4  # base64

    devtools.on("Network.responseReceived", on_response)
    devtools.on("Network.loadingFinished", on_finished)
    devtools.on("Network.webSocketFrameReceived", on_frame)
    start = perf_counter()
    page.goto(address, wait_until="commit", timeout=TIMEOUT_MILLISECONDS)
    page.wait_for_function(HAS_TEXT, timeout=TIMEOUT_MILLISECONDS)
    first_text = perf_counter() - start
    page.wait_for_function(IS_DRAWN, arg=ERROR_SELECTOR, timeout=TIMEOUT_MILLISECONDS)
    settled = perf_counter() - start
    if page.locator(ERROR_SELECTOR).count():
        raise click.ClickException(f"The page shows an error: {page.locator(ERROR_SELECTOR).first.inner_text()}")
    context.close()
    return Visit(first_text, settled, received)


@click.command()
@click.option("--runs", default=3, show_default=True, type=click.IntRange(min=1), help="Visits.")
@click.option("--kilobits", default=400, show_default=True, type=click.IntRange(min=0), help="Per second; 0: no limit.")
@click.option("--latency", default=100, show_default=True, type=click.IntRange(min=0), help="Milliseconds.")
def main(runs: int, kilobits: int, latency: int) -> None:
    """Measure a first visit over a slow line."""
    print(reporting.machine_info())
    executable = chromium.find()
    if executable is None:
        raise click.ClickException(chromium.MISSING)
    with sync_playwright() as playwright, server.streamlit(SCRIPTS[OURS]) as running:
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.arguments())
        measure_visit(browser, running.address, 0, 0)  # not counted: it waits for the demo's data
        visits = [measure_visit(browser, running.address, kilobits, latency) for _ in range(runs)]
        browser.close()
    first_text = median(visit.first_text for visit in visits)
    settled = median(visit.settled for visit in visits)
    kinds = visits[-1].received.most_common()
    rows = [(kind, f"{size / 1e6:.2f} MB") for kind, size in [*kinds, ("all", visits[-1].received.total())]]
    reporting.print_table("Received on the last visit", ("kind", "bytes on the line"), rows)
    times = [("first text", format_seconds(first_text)), ("settled", format_seconds(settled))]
    reporting.print_table(f"{kilobits} kbit/s, {latency} ms, medians of {runs}", ("until", "seconds"), times)
    reporting.print_targets([Target("first text, s", 20, first_text), Target("settled, s", 90, settled)])


if __name__ == "__main__":
    main()
