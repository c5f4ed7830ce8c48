"""From `streamlit run` to the drawn Students page in a real Chromium, on the demo, beside a blank Streamlit app.

    python -m benchmarks.start

The blank app has one table and one plotly figure. The two take turns; every start is a server and a browser context of
its own (no cache), in one Chromium that runs already. Drawn is: the script has run, a table and a figure are there.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import click
from playwright.sync_api import Browser, sync_playwright

from benchmarks import measured, server
from benchmarks.measured import Target, ratio, seconds
from tests.browser import chromium

DRAWN = """trouble => {
    const app = document.querySelector('[data-testid="stApp"]');
    return document.querySelector(trouble) || app?.getAttribute('data-test-script-state') === 'notRunning'
        && !document.querySelector('[data-testid="stSkeleton"]')
        && document.querySelector('[data-testid="stDataFrame"] canvas')
        && document.querySelector('.js-plotly-plot .main-svg');
}"""
TROUBLE = '[data-testid="stException"], [data-testid="stAlertContentError"]'
PATIENCE_MILLISECONDS = 180_000
OURS, BLANK = "Students page on the demo", "blank app"
SCRIPTS: Mapping[str, Path] = {
    BLANK: Path(__file__).parent / "apps" / "blank.py",
    OURS: server.ROOT / "dashboard.py",
}


def started(browser: Browser, script: Path) -> tuple[float, float]:
    """Seconds from starting the server until it answers, and until the page is drawn.

    Raises click's error where the page shows one instead.
    """
    with server.streamlit(script) as running:
        answered = perf_counter() - running.started_at
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(running.address)
        page.wait_for_function(DRAWN, arg=TROUBLE, timeout=PATIENCE_MILLISECONDS)
        drawn = perf_counter() - running.started_at
        if page.locator(TROUBLE).count():
            raise click.ClickException(f"{script.name} shows an error: {page.locator(TROUBLE).first.inner_text()}")
        context.close()
    return answered, drawn


@click.command()
@click.option("--runs", default=5, show_default=True, type=click.IntRange(min=1), help="Starts of each.")
def main(runs: int) -> None:
    """Measure how long it takes until the first page is drawn."""
    print(measured.machine())
    executable = chromium.find()
    if executable is None:
        raise click.ClickException(chromium.MISSING)
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.arguments())
        started(browser, SCRIPTS[BLANK])  # the first one of all reads everything from the disk
        for run in range(runs):
            for name, script in SCRIPTS.items():
                found[name].append(started(browser, script))
                click.echo(f"run {run + 1} of {runs}, {name}: {seconds(found[name][-1][1])}", err=True)
        browser.close()
    rows = [(name, *_medians(each)) for name, each in found.items()]
    columns = ("app", "until the server answers", "until the page is drawn", "quickest")
    measured.show(f"From `streamlit run`, medians of {runs}", columns, rows)
    drawn = {name: median(each for _, each in pairs) for name, pairs in found.items()}
    measured.show_targets([Target(f"{OURS} by the {BLANK}", 2, ratio(drawn[OURS], drawn[BLANK]))])


def _medians(pairs: Sequence[tuple[float, float]]) -> tuple[str, str, str]:
    answered, drawn = zip(*pairs, strict=True)
    return seconds(median(answered)), seconds(median(drawn)), seconds(min(drawn))


if __name__ == "__main__":
    main()
