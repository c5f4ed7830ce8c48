"""What a session holds for as long as its page is open: not the read of everyone that the page was drawn from."""

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from bandup.queries import cached
from bandup.ui import downloads
from tests import documented


@pytest.mark.parametrize("page", ["students", "tables"])
def test_a_page_that_stays_open_lets_go_of_what_it_was_drawn_from(
    cloud: Any, open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    odd = {**documented.WRITING, "evaluation_id": {"S": "odd"}, "overall_band": {"S": "six"}}
    documented.fill(cloud, "provisioned", [*documented.ITEMS, ("evaluations", odd)])
    held = []
    monkeypatch.setattr(downloads, "button", lambda _, make, *given, **more: held.append(make))
    app = open_page(page)
    assert not app.exception
    assert held, "nothing is offered to take away"
    everyone = weakref.ref(cached.job_snapshots().view().value)
    del app
    cached.reset_caches()
    gc.unfreeze()  # what was frozen before this test is collected too
    gc.collect()
    assert everyone() is None
