"""At 200 % zoom, which makes a window of 1,440 pixels 720 wide, and on smaller windows, no page scrolls sideways."""

import pytest

from bandup.pages_list import PAGES
from tests.browser.watching import REDRAW_MILLISECONDS, Visits

WIDTHS = (720, 660, 390)
OVERFLOW = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    return Math.max(main.scrollWidth - main.clientWidth, document.documentElement.scrollWidth - innerWidth);
}"""


ADDRESSES = {name: address for page in PAGES for name, address in page.example_addresses.items()}


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_page_scrolls_sideways(demo: str, visit: Visits, name: str) -> None:
    page = visit(demo + ADDRESSES[name])
    overflow = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(REDRAW_MILLISECONDS)
        overflow[width] = page.evaluate(OVERFLOW)
    assert overflow == dict.fromkeys(WIDTHS, 0)
