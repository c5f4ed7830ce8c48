"""axe finds nothing on any page, in light and in dark, and on the phone where pages differ there."""

import pytest

from tests.browser.pictures import ADDRESSES
from tests.browser.watching import Visits, axe_violations


@pytest.mark.parametrize(
    ("name", "view"),
    [
        *((name, view) for name in ADDRESSES for view in ("desktop", "dark")),
        *((name, "phone") for name in ("students", "student", "evaluation", "compare", "jobs", "tables")),
    ],
)
def test_every_page_is_accessible(demo: str, visit: Visits, name: str, view: str) -> None:
    page = visit(demo + ADDRESSES[name], view)
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
