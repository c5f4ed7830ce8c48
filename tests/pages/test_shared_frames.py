"""No page changes a frame that sessions share: the dataset, a student's items, and what `@memoized` functions return."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from bandup import memo, server
from bandup.pages_list import PAGES, Page
from bandup.queries import cached_reads
from tests.pages.conftest import TIMEOUT

ADDRESSES = [(page, address) for page in PAGES for address in page.example_addresses.values()]
Frame = pd.DataFrame | pd.Series


def frames_in(value: object) -> Iterator[Frame]:
    """The frames in a value: itself, or within its parts."""
    if isinstance(value, pd.DataFrame | pd.Series):
        yield value
    elif isinstance(value, dict):
        yield from frames_in([*value.values()])
    elif isinstance(value, list | tuple):
        for part in value:
            yield from frames_in(part)
    elif is_dataclass(value):
        yield from frames_in([getattr(value, field.name) for field in fields(value)])


def fingerprint(frame: Frame) -> tuple[object, ...]:
    """The content of a frame: its values with their index, its columns and its types."""
    table = frame.to_frame() if isinstance(frame, pd.Series) else frame
    try:
        rows = pd.util.hash_pandas_object(table)
    except TypeError:  # lists in cells
        rows = pd.util.hash_pandas_object(table.astype("str"))
    return rows.to_numpy().tobytes(), *map(str, table.columns), *map(str, table.dtypes), str(table.index.dtype)


class Shared:
    """Frames with the content that they had when they were first shared."""

    def __init__(self) -> None:
        self._frames: dict[int, tuple[Frame, tuple[object, ...]]] = {}

    def add(self, value: object) -> None:
        for frame in frames_in(value):
            self._frames.setdefault(id(frame), (frame, fingerprint(frame)))

    def __len__(self) -> int:
        return len(self._frames)

    def changed(self) -> list[list[str]]:
        """The columns of the frames whose content is another one now."""
        return [
            [str(frame.name)] if isinstance(frame, pd.Series) else [*map(str, frame.columns)]
            for frame, before in self._frames.values()
            if fingerprint(frame) != before
        ]


@pytest.fixture(scope="module")
def shared(demo_of_its_own: pytest.MonkeyPatch) -> Iterator[Shared]:
    """The dataset of the demo, and from now on every result of a memoized function."""
    memo.clear()
    found, compute = Shared(), memo.Results._compute

    def compute_and_add(self: memo.Results, key: Any, result: Any, *call: Any, **kwargs: Any) -> None:
        compute(self, key, result, *call, **kwargs)
        found.add(result.value)

    demo_of_its_own.setattr(memo.Results, "_compute", compute_and_add)
    refresh = cached_reads.dataset_refresh()
    assert refresh.wait(60)
    assert refresh.view().value is not None
    found.add(refresh.view().value)
    yield found
    memo.clear()


def open_address(page: Page, address: str) -> AppTest:
    app = AppTest.from_file(server.FRAME, default_timeout=TIMEOUT)
    if page is not PAGES[0]:
        app.switch_page(page.script)
    for name, value in parse_qsl(urlsplit(address).query):
        app.query_params[name] = value
    return app.run()


@pytest.mark.parametrize(("page", "address"), ADDRESSES, ids=[address for _, address in ADDRESSES])
def test_no_page_changes_a_shared_frame(shared: Shared, page: Page, address: str) -> None:
    for name, value in parse_qsl(urlsplit(address).query):
        if name == "user_id":
            shared.add(cached_reads.student(value))
    before = shared.changed()
    app = open_address(page, address)
    assert not app.exception
    assert not app.error
    assert [columns for columns in shared.changed() if columns not in before] == []


def test_what_memoized_functions_return_is_among_them(shared: Shared) -> None:
    app = open_address(PAGES[0], "/")
    assert not app.exception
    assert len(shared) > 20


def add_a_column(frame: pd.DataFrame) -> None:
    frame["added"] = 1


def write_a_cell(frame: pd.DataFrame) -> None:
    frame.loc[frame.index[0], "user_id"] = "another"


def replace_the_index(frame: pd.DataFrame) -> None:
    frame.index = pd.Index([1, 0])


@pytest.mark.parametrize("change", [add_a_column, write_a_cell, replace_the_index])
def test_a_change_of_a_frame_is_found(change: Callable[[pd.DataFrame], None]) -> None:
    shared, frame = Shared(), pd.DataFrame({"user_id": ["a", "b"], "band": [6.0, 6.5]})
    shared.add({"of": [frame, frame["band"]]})
    assert shared.changed() == []
    change(frame)
    assert shared.changed() == [[*frame.columns]]
