from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pandas as pd
import pytest

from data.once import Once


def counted(calls: list[object], result: object = "made"):
    def function(*args, **kwargs):
        calls.append((args, kwargs))
        return result

    return function


def frame() -> pd.DataFrame:
    return pd.DataFrame({"user_id": ["u1"]})


def test_the_same_arguments_are_worked_out_once():
    once, calls, made = Once(), [], frame()
    function = counted(calls, made)
    everyone = frame()
    for _ in range(3):
        assert once(function, everyone, "writing", {"u1": 7.0}, [1, 2], dark=True) is made
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
def test_other_arguments_are_another_result(args, kwargs):
    once, calls, everyone = Once(), [], frame()
    function = counted(calls)
    once(function, everyone, {"u1": 7.0}, dark=True)
    once(function, *(everyone if argument is None else argument for argument in args), **kwargs)
    assert len(calls) == 2


def test_frames_of_equal_content_are_not_the_same():
    once, calls = Once(), []
    once(counted(calls), frame())
    function = counted(calls)
    once(function, frame())
    once(function, frame())
    assert len(calls) == 3


def test_ten_sessions_at_once_cause_one_call():
    once, calls, together = Once(), [], Barrier(10)

    def slow() -> str:
        calls.append(None)
        sleep(0.05)
        return "made"

    def ask(_: int) -> str:
        together.wait()
        return once(slow)

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(ask, range(10))) == ["made"] * 10
    assert len(calls) == 1


def test_what_was_asked_for_longest_ago_goes_first():
    once, calls = Once(most=2), []
    function = counted(calls)
    for argument in (1, 2, 1, 3, 1, 2):
        once(function, argument)
    assert [args for args, _ in calls] == [(1,), (2,), (3,), (2,)]


def test_an_error_is_raised_and_not_kept():
    once = Once()
    answers = iter([ValueError("broken"), "mended"])

    def function() -> object:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ValueError, match="broken"):
        once(function)
    assert once(function) == "mended"


def test_what_can_not_be_told_apart_is_refused():
    with pytest.raises(TypeError, match="set can't be told"):
        Once()(len, {1, 2})


def test_large_results_are_let_go_of_and_small_ones_stay():
    once, calls = Once(most_bytes=1_000_000), []

    def large(number: int) -> pd.DataFrame:
        calls.append(number)
        return pd.DataFrame({"number": range(50_000)})  # 0.4 MB

    small = counted(calls, 7)
    once(small)
    for number in (1, 2, 3):
        once(large, number)
    once(large, 3)
    assert calls == [((), {}), 1, 2, 3]
    once(large, 1)
    assert calls[-1] == 1
    assert len(calls) == 5


def test_a_result_that_was_an_argument_takes_nothing():
    once, calls = Once(most_bytes=500_000), []
    whole = pd.DataFrame({"number": range(50_000)})  # 0.4 MB

    def everything(given: pd.DataFrame, number: int) -> pd.DataFrame:
        calls.append(number)
        return given

    for number in (1, 2, 3, 1):
        assert once(everything, whole, number) is whole
    assert calls == [1, 2, 3]


def test_a_result_larger_than_all_that_is_kept_is_given_all_the_same():
    once, calls = Once(most_bytes=1), []
    table = frame()
    assert once(counted(calls, table)) is table
