import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandup.ui.filters import TARGETS, format_targets, parse_targets


@pytest.mark.parametrize(
    ("parameters", "targets"),
    [
        ([], {}),
        (["user-456:7.0"], {"user-456": 7.0}),
        (["a:b:c:7.5"], {"a:b:c": 7.5}),
        (["a:7.0", "b:4.0", "a:8.5"], {"a": 8.5, "b": 4.0}),
        (["a:7", "a:7.25", "a:3.5", "a:9.5", "a:nan", "a:", ":7.0", "7.0", "", "a"], {}),
    ],
)
def test_parse_targets(parameters: list[str], targets: dict[str, float]) -> None:
    assert parse_targets(parameters) == targets


@given(st.dictionaries(st.text(min_size=1), st.sampled_from([float(band) for band in TARGETS])))
def test_format_targets_is_the_inverse(targets: dict[str, float]) -> None:
    assert parse_targets(format_targets(targets)) == targets
