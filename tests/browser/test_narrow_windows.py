"""At 200 % zoom, which makes a window of 1,440 pixels 720 wide, and on smaller windows, no page scrolls sideways."""

import pytest

from bandup.pages_list import PAGES
from tests.browser.watching import Visits

WIDTHS = (720, 660, 390)
OVERFLOW = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    return Math.max(main.scrollWidth - main.clientWidth, document.documentElement.scrollWidth - innerWidth);
}"""
REST = """async () => {
    const sizes = () => JSON.stringify([...document.querySelectorAll(
        '[data-testid="stMain"], [data-testid="stMain"] *:not(svg *)')].map(element => element.scrollWidth));
    let [last, since] = [sizes(), performance.now()];
    const deadline = since + 20_000;
    while (performance.now() - since < 300 && performance.now() < deadline) {
        await new Promise(done => setTimeout(done, 50));
        await new Promise(requestAnimationFrame);
        const now = sizes();
        if (now !== last) [last, since] = [now, performance.now()];
    }
}"""
"""Waits until no element has changed its width for 300 ms: figures and tables adapt some time after the window."""

ADDRESSES = {name: address for page in PAGES for name, address in page.example_addresses.items()}


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_page_scrolls_sideways(demo: str, visit: Visits, name: str) -> None:
    page = visit(demo + ADDRESSES[name])
    overflow = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(REST)
        overflow[width] = page.evaluate(OVERFLOW)
    assert overflow == dict.fromkeys(WIDTHS, 0)
