"""The latest block of attempts against the block before it."""

import math

import pytest

from bandup.analysis.bands import Skill
from bandup.analysis.blocks import compare_blocks, describe_blocks
from bandup.analysis.measurement_error import stored_band_sem
from tests.analysis.attempt_frames import WRITING, essays_with_bands

SEM = stored_band_sem(Skill.WRITING)


def row_of(table, criterion="overall_band"):
    return table.set_index("criterion").loc[criterion]


def test_the_latest_five_against_the_five_before():
    table = compare_blocks(
        essays_with_bands([9.0, 9.0] + [5.0] * 5 + [6.5] * 5, lexical_band=[6.0] * 12), Skill.WRITING
    )
    assert table["criterion"].to_list() == ["overall_band", *WRITING]
    overall = row_of(table)
    assert overall[["latest_mean", "before_mean", "latest_n", "before_n", "change"]].to_list() == [6.5, 5.0, 5, 5, 1.5]
    assert overall["threshold"] == pytest.approx(2.5758 * SEM * math.sqrt(2 / 5), rel=1e-4)
    assert table["certain"].to_list() == [True, True, True, False, True]
    assert overall["sentence"] == (
        "Overall band: 6.5 in the latest 5 graded attempts, 5.0 in the 5 before: up 1.5, likely more than noise."
    )
    assert (
        row_of(table, "lexical_band")["sentence"]
        == "Lexical Resource: 6.0 in the latest 5 graded attempts, 6.0 in the 5 before: level."
    )


def test_scatter_within_the_blocks_widens_the_threshold():
    overall = row_of(
        compare_blocks(essays_with_bands([4.0, 6.0, 4.0, 6.0, 5.0, 5.5, 7.5, 5.5, 7.5, 6.5]), Skill.WRITING)
    )
    assert overall["threshold"] == pytest.approx(3.35539 * 1.0 * math.sqrt(2 / 5), rel=1e-4)
    assert not overall["certain"]
    assert overall["sentence"].endswith("up 1.5, no clear change.")


def test_a_single_attempt_before_is_compared_too():
    overall = row_of(compare_blocks(essays_with_bands([5.0] + [7.0] * 5), Skill.WRITING))
    assert (overall["latest_n"], overall["before_n"], overall["change"]) == (5, 1, 2.0)
    assert overall["threshold"] == pytest.approx(2.5758 * SEM * math.sqrt(1 / 5 + 1), rel=1e-4)
    assert overall["certain"]


@pytest.mark.parametrize("n", [1, 5])
def test_without_attempts_before_there_is_nothing_to_compare(n):
    overall = row_of(compare_blocks(essays_with_bands([6.0] * n), Skill.WRITING))
    assert (overall["latest_n"], overall["before_n"]) == (n, 0)
    assert math.isnan(overall["change"])
    assert math.isnan(overall["threshold"])
    assert not overall["certain"]
    plural = "s" if n > 1 else ""
    assert (
        overall["sentence"]
        == f"Overall band: 6.0 in the latest {n} graded attempt{plural}, none before to compare with."
    )


def test_blocks_of_no_attempts():
    table = compare_blocks(essays_with_bands([]), Skill.WRITING)
    assert table["latest_n"].to_list() == [0] * 5
    assert not table["certain"].any()
    assert table["sentence"].iloc[0] == "Overall band: no band in the latest graded attempts."


@pytest.mark.parametrize(
    ("bands", "sentences"),
    [
        ([], []),
        ([6.0, 6.5], []),
        ([5.0, 6.0, *[5.5] * 5], ["No clear change in any band: latest 5 graded attempts against the 2 before."]),
        (
            [4.0] * 5 + [6.5] * 5,
            ["Overall band: 6.5 in the latest 5 graded attempts, 4.0 in the 5 before: up 2.5, likely more than noise."],
        ),
    ],
)
def test_describe_blocks_gives_the_likely_changes_or_says_there_are_none(bands, sentences):
    assert describe_blocks(compare_blocks(essays_with_bands(bands), Skill.WRITING))[:1] == sentences


def test_missing_bands_are_left_out_of_their_own_row_only():
    lexis = [5.0, 5.0, None, 5.0, 5.0, 6.0, None, None, 6.0, 6.0]
    table = compare_blocks(essays_with_bands([6.0] * 10, lexical_band=lexis), Skill.WRITING)
    assert row_of(table, "lexical_band")[["latest_n", "before_n", "change"]].to_list() == [3, 4, 1.0]
    assert row_of(table, "grammar_band")[["latest_n", "before_n"]].to_list() == [5, 5]


def test_blocks_leave_out_attempts_of_unknown_time():
    assert (
        row_of(compare_blocks(essays_with_bands([6.0, 6.0, 9.0], [0, 10, None]), Skill.WRITING))["latest_mean"] == 6.0
    )


def test_two_single_attempts_have_no_threshold():
    assert math.isnan(row_of(compare_blocks(essays_with_bands([5.0, 9.0]), Skill.WRITING, size=1))["threshold"])


def test_blocks_of_another_size():
    overall = row_of(compare_blocks(essays_with_bands([5.0, 5.0, 6.0, 6.0]), Skill.WRITING, size=2))
    assert overall[["latest_n", "before_n", "change"]].to_list() == [2, 2, 1.0]
