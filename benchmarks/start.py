"""Measure the time from `streamlit run` to a drawn page in a real Chromium: the Students page of the demo and a blank app.

    python -m benchmarks.start

The blank app has one table and one plotly figure. The two alternate. Every start uses a new server and a new browser
context (no cache) in one running Chromium. A page is drawn once its script has run and a table and a figure are shown.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import click
from playwright.sync_api import Browser, sync_playwright

from benchmarks import reporting, server
from benchmarks.reporting import Target, format_seconds, ratio
from tests.browser import chromium

IS_DRAWN = """errors => {
    const app = document.querySelector('[data-testid="stApp"]');
    return document.querySelector(errors) || app?.getAttribute('data-test-script-state') === 'notRunning'
        && !document.querySelector('[data-testid="stSkeleton"]')
        && document.querySelector('[data-testid="stDataFrame"] canvas')
        && document.querySelector('.js-plotly-plot .main-svg');
}"""
ERROR_SELECTOR = '[data-testid="stException"], [data-testid="stAlertContentError"]'
TIMEOUT_MILLISECONDS = 180_000
OURS, BLANK = "Students page on the demo", "blank app"
SCRIPTS: Mapping[str, Path] = {
    BLANK: Path(__file__).parent / "apps" / "blank.py",
    OURS: server.ROOT / "dashboard.py",
}


def measure_start(browser: Browser, script: Path) -> tuple[float, float]:
    """Return the seconds from starting the server until it answers, and until the page is drawn.

    Raises ClickException if the page shows an error instead.
    """
    with server.streamlit(script) as running:
        answered = perf_counter() - running.started_at
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(running.address)
        page.wait_for_function(IS_DRAWN, arg=ERROR_SELECTOR, timeout=TIMEOUT_MILLISECONDS)
        drawn = perf_counter() - running.started_at
        if page.locator(ERROR_SELECTOR).count():
            raise click.ClickException(
                f"{script.name} shows an error: {page.locator(ERROR_SELECTOR).first.inner_text()}"
            )
        context.close()
    return answered, drawn


@click.command()
@click.option("--runs", default=5, show_default=True, type=click.IntRange(min=1), help="Starts per app.")
def main(runs: int) -> None:
    """Measure the time until the first page is drawn."""
    print(reporting.machine_info())
    executable = chromium.find()
    if executable is None:
        raise click.ClickException(chromium.MISSING)
    timings: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.arguments())
        measure_start(browser, SCRIPTS[BLANK])  # not counted: the first start reads everything from the disk
        for run in range(runs):
            for name, script in SCRIPTS.items():
                timings[name].append(measure_start(browser, script))
                click.echo(f"run {run + 1} of {runs}, {name}: {format_seconds(timings[name][-1][1])}", err=True)
        browser.close()
    rows = [(name, *_format_medians(pairs)) for name, pairs in timings.items()]
    columns = ("app", "until the server answers", "until the page is drawn", "quickest")
    reporting.print_table(f"From `streamlit run`, medians of {runs}", columns, rows)
    drawn = {name: median(seconds for _, seconds in pairs) for name, pairs in timings.items()}
    reporting.print_targets([Target(f"{OURS} ÷ {BLANK}", 2, ratio(drawn[OURS], drawn[BLANK]))])


def _format_medians(pairs: Sequence[tuple[float, float]]) -> tuple[str, str, str]:
    answered, drawn = zip(*pairs, strict=True)
    return format_seconds(median(answered)), format_seconds(median(drawn)), format_seconds(min(drawn))


if __name__ == "__main__":
    main()
