"""axe finds nothing on any page, in light and in dark, nor on a phone on those that show all there is."""

import pytest

from tests.browser.pictures import ADDRESSES
from tests.browser.watching import Visits, axe_violations

OWN = ("students", "student", "evaluation", "compare", "flashcard-set", "jobs", "tables")
"""Pages that the others have no elements or arrangement beyond."""


@pytest.mark.parametrize(
    ("name", "view"),
    [
        *((name, view) for view in ("desktop", "dark") for name in ADDRESSES),
        *((name, "phone") for name in OWN),
    ],
)
def test_every_page_is_accessible(demo: str, visit: Visits, name: str, view: str) -> None:
    page = visit(demo + ADDRESSES[name], view)
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
