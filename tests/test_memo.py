"""`@memoized` computes once per frame, keeps within its bounds, and keeps no frame alive."""

import gc
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from typing import Any

import pandas as pd
import pytest

from bandup import memo
from bandup.memo import Results, memoized


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    memo.clear()
    yield
    memo.clear()


def counting(calls: list[object], result: object = "computed") -> Callable[..., Any]:
    @memoized
    def function(*args: object, **kwargs: object) -> object:
        calls.append((args, kwargs))
        return result

    return function


def frame(rows: int = 1) -> pd.DataFrame:
    return pd.DataFrame({"number": range(rows)})


def test_the_same_arguments_are_computed_once():
    calls, result, everyone = [], frame(), frame()
    function = counting(calls, result)
    for _ in range(3):
        assert function(everyone, "writing", {"u1": 7.0}, [1, 2], dark=True) is result
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((frame(), {"u1": 7.0}), {"dark": True}),
        ((None, {"u1": 7.5}), {"dark": True}),
        ((None, {"u2": 7.0}), {"dark": True}),
        ((None, {"u1": 7.0}), {"dark": False}),
        ((None, {"u1": 7.0}), {}),
    ],
)
def test_other_arguments_have_another_result(args, kwargs):
    calls, everyone = [], frame()
    function = counting(calls)
    function(everyone, {"u1": 7.0}, dark=True)
    function(*(everyone if argument is None else argument for argument in args), **kwargs)
    assert len(calls) == 2


def test_frames_of_equal_content_are_not_the_same():
    calls, first, second = [], frame(), frame()
    function = counting(calls)
    for table in (first, second, first, second):
        function(table)
    assert len(calls) == 2


def test_ten_sessions_at_once_cause_one_call():
    calls, together, everyone = [], Barrier(10), frame()

    @memoized
    def slow(_: pd.DataFrame) -> str:
        calls.append(None)
        sleep(0.05)
        return "computed"

    def ask(_: int) -> str:
        together.wait()
        return slow(everyone)

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(ask, range(10))) == ["computed"] * 10
    assert len(calls) == 1


def test_two_threads_that_register_a_frame_at_once_share_its_results(monkeypatch):
    both, everyone = Barrier(2, timeout=10), frame()

    class Slow(Results):
        def __init__(self) -> None:
            super().__init__()
            both.wait()

    monkeypatch.setattr(memo, "Results", Slow)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(memo._results_of, [everyone, everyone])
    assert first is second


def test_an_error_is_raised_and_not_kept():
    answers, everyone = iter([ValueError("broken"), "repaired"]), frame()

    @memoized
    def function(_: pd.DataFrame) -> object:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ValueError, match="broken"):
        function(everyone)
    assert function(everyone) == "repaired"


def test_unhashable_arguments_are_refused():
    with pytest.raises(TypeError, match="set is neither a frame nor hashable"):
        counting([])({1, 2})


def test_the_result_used_longest_ago_is_dropped_first():
    calls, results = [], Results(max_results=2)

    def function(number: int) -> None:
        calls.append(number)

    for argument in (1, 2, 1, 3, 1, 2):
        results.call(function, argument)
    assert calls == [1, 2, 3, 2]


def test_large_results_are_dropped_and_the_latest_stays():
    calls, results = [], Results(max_bytes=1_000_000)

    def large(number: int) -> pd.DataFrame:
        calls.append(number)
        return frame(50_000)  # 0.4 MB

    for number in (1, 2, 3, 3, 1):
        results.call(large, number)
    assert calls == [1, 2, 3, 1]


def test_a_result_that_was_dropped_while_it_was_computed_counts_no_bytes():
    calls, results = [], Results(max_results=2, max_bytes=1_000_000)

    def large(number: int) -> pd.DataFrame:
        calls.append(number)
        return frame(50_000)  # 0.4 MB

    def outer() -> pd.DataFrame:
        for number in (1, 2):
            results.call(large, number)
        return frame(110_000)

    results.call(outer)
    for number in (1, 2, 1, 2):
        results.call(large, number)
    assert calls == [1, 2]


def test_a_result_larger_than_the_bound_is_returned():
    result, results = frame(), Results(max_bytes=1)
    assert results.call(lambda: result) is result
    assert results.call(lambda: result) is result


def test_a_result_that_was_an_argument_counts_no_bytes():
    calls, whole, results = [], frame(50_000), Results(max_bytes=500_000)

    def unfiltered(items: pd.DataFrame, number: int) -> pd.DataFrame:
        calls.append(number)
        return items

    for number in (1, 2, 3, 1):
        assert results.call(unfiltered, whole, number) is whole
    assert calls == [1, 2, 3]


def test_results_are_freed_with_the_frame_they_were_computed_from():
    everyone = frame()
    filtered = memoized(lambda items: items[items["number"] >= 0])
    doubled = memoized(lambda items: items * 2)
    derived = weakref.ref(doubled(filtered(everyone)))
    gc.collect()
    assert derived() is not None
    del everyone
    gc.collect()
    assert derived() is None


@pytest.mark.parametrize("returned", [lambda items: items, lambda items: items.copy()])
def test_no_frame_is_kept_alive(returned):
    everyone = frame()
    kept = weakref.ref(everyone)
    memoized(returned)(everyone)
    memoized(lambda _, named: named["of"])({"of": everyone}, named={"of": frame()})
    del everyone
    gc.collect()
    assert kept() is None


def test_derived_frames_share_the_bounds_of_their_original(monkeypatch):
    monkeypatch.setattr(memo, "MAX_RESULTS", 3)
    monkeypatch.setattr(Results.__init__, "__defaults__", (3, memo.MAX_BYTES))
    calls, everyone = [], frame()
    within = memoized(lambda items, window: items.head(window))

    @memoized
    def figure(items: pd.DataFrame, dark: bool) -> str:
        calls.append(dark)
        return "figure"

    figure(within(everyone, 1), dark=True)
    figure(within(everyone, 2), dark=True)
    figure(within(everyone, 1), dark=True)
    assert len(calls) == 3  # four results of which three are kept


def test_a_new_frame_with_the_id_of_a_freed_one_is_another():
    calls = []
    function = memoized(lambda _: calls.append(None))
    for _ in range(50):
        function(frame())
    assert len(calls) == 50


def test_the_decorated_function_keeps_its_name_and_signature():
    @memoized
    def graded(items: pd.DataFrame) -> pd.DataFrame:
        """The graded attempts."""
        return items

    assert (graded.__name__, graded.__doc__) == ("graded", "The graded attempts.")
