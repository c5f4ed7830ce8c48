"""A session whose page stays open does not keep the dataset that the page was made from."""

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from bandup.queries import cached_reads
from bandup.ui import downloads
from tests import documented


@pytest.mark.parametrize("page", ["students", "tables"])
def test_an_open_page_does_not_keep_the_dataset(
    cloud: Any, open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    odd = {**documented.WRITING, "evaluation_id": {"S": "odd"}, "overall_band": {"S": "six"}}
    documented.fill(cloud, "provisioned", [*documented.ITEMS, ("evaluations", odd)])
    held = []
    monkeypatch.setattr(downloads, "button", lambda _, make, *args, **kwargs: held.append(make))
    app = open_page(page)
    assert not app.exception
    assert held, "the page offers no download"
    dataset = weakref.ref(cached_reads.dataset_refresh_for_ops().view().value)
    del app
    cached_reads.reset_caches()
    gc.unfreeze()  # what was frozen before this test is collected too
    gc.collect()
    assert dataset() is None
