"""The latest block of attempts against the block before it."""

import math

import numpy as np
import pytest

from bandup.analysis.bands import Skill
from bandup.analysis.blocks import compare_blocks, describe_blocks
from bandup.analysis.certainty import CLAIMED, Certainty
from bandup.analysis.class_estimates import ClassEstimates, published_estimates
from bandup.analysis.measurement_error import critical_value
from bandup.analysis.trend_fit import Noise
from tests.analysis.attempt_frames import WRITING, essays_with_bands

SEM = 0.4
ESTIMATES = ClassEstimates(Skill.WRITING, dict.fromkeys(("overall_band", *WRITING), Noise(SEM**2, 40)))
PUBLISHED = published_estimates(Skill.WRITING)
ONE_PERCENT = 0.01


def blocks_of(bands, days=None, size=5, estimates=ESTIMATES, **criteria):
    return compare_blocks(essays_with_bands(bands, days, **criteria), estimates, size)


def row_of(table, criterion="overall_band"):
    return table.set_index("criterion").loc[criterion]


def test_the_latest_five_against_the_five_before():
    table = blocks_of([9.0, 9.0] + [5.0] * 5 + [6.5] * 5, lexical_band=[6.0] * 12)
    assert table["criterion"].to_list() == ["overall_band", *WRITING]
    overall = row_of(table)
    assert overall[["latest_mean", "before_mean", "latest_n", "before_n", "change"]].to_list() == [6.5, 5.0, 5, 5, 1.5]
    error = math.sqrt(40 * SEM**2 / 48 * 2 / 5)
    assert overall["threshold"] == pytest.approx(critical_value(ONE_PERCENT, 48) * error)
    assert table["certainty"].to_list() == ["likely", "likely", "likely", "no_clear_change", "likely"]
    assert overall["sentence"] == (
        "Overall band: 6.5 in the latest 5 graded attempts, 5.0 in the 5 before: up 1.5, likely."
    )
    assert (
        row_of(table, "lexical_band")["sentence"]
        == "Lexical Resource: 6.0 in the latest 5 graded attempts, 6.0 in the 5 before: level."
    )


def test_a_change_just_beyond_the_threshold_is_only_perhaps_there():
    overall = row_of(blocks_of([5.5] * 5 + [6.0, 6.0, 6.5, 6.5, 6.5]))
    assert overall["certainty"] == Certainty.PERHAPS
    assert overall["sentence"].endswith("up 0.8, perhaps.")


def test_scatter_within_the_blocks_widens_the_threshold():
    bands = [4.0, 6.0, 4.0, 6.0, 5.0, 5.5, 7.5, 5.5, 7.5, 6.5]
    overall = row_of(blocks_of(bands))
    variance = (40 * SEM**2 + 8 * 1.0) / 48
    assert overall["threshold"] == pytest.approx(critical_value(ONE_PERCENT, 48) * math.sqrt(variance * 2 / 5))
    assert overall["threshold"] > row_of(blocks_of([5.0] * 5 + [6.5] * 5))["threshold"]


def test_the_attempts_of_one_day_count_once():
    days = [0, 0.1, 0.2, 0.3, 0.4, 10, 10.1, 10.2, 10.3, 10.4]
    overall = row_of(blocks_of([5.0] * 5 + [6.0] * 5, days))
    assert overall["threshold"] == pytest.approx(critical_value(ONE_PERCENT, 40) * SEM * math.sqrt(2))
    assert overall["certainty"] == Certainty.NO_CLEAR_CHANGE


def test_a_single_attempt_before_is_compared_too():
    overall = row_of(blocks_of([5.0] + [7.0] * 5))
    assert (overall["latest_n"], overall["before_n"], overall["change"]) == (5, 1, 2.0)
    assert overall["certainty"] == Certainty.LIKELY


@pytest.mark.parametrize("n", [1, 5])
def test_without_attempts_before_there_is_nothing_to_compare(n):
    overall = row_of(blocks_of([6.0] * n))
    assert (overall["latest_n"], overall["before_n"]) == (n, 0)
    assert math.isnan(overall["change"])
    assert math.isnan(overall["threshold"])
    assert overall["certainty"] == Certainty.TOO_FEW
    plural = "s" if n > 1 else ""
    assert (
        overall["sentence"]
        == f"Overall band: 6.0 in the latest {n} graded attempt{plural}, none before to compare with."
    )


def test_blocks_of_no_attempts():
    table = blocks_of([])
    assert table["latest_n"].to_list() == [0] * 5
    assert table["certainty"].to_list() == [Certainty.TOO_FEW] * 5
    assert table["sentence"].iloc[0] == "Overall band: no band in the latest graded attempts."


@pytest.mark.parametrize(
    ("bands", "sentences"),
    [
        ([], []),
        ([6.0, 6.5], []),
        ([5.0, 6.0, *[5.5] * 5], ["No clear change in any band: latest 5 graded attempts against the 2 before."]),
        (
            [4.0] * 5 + [6.5] * 5,
            ["Overall band: 6.5 in the latest 5 graded attempts, 4.0 in the 5 before: up 2.5, likely."],
        ),
    ],
)
def test_describe_blocks_gives_the_claimed_changes_or_says_there_are_none(bands, sentences):
    assert describe_blocks(blocks_of(bands))[:1] == sentences


def test_missing_bands_are_left_out_of_their_own_row_only():
    lexis = [5.0, 5.0, None, 5.0, 5.0, 6.0, None, None, 6.0, 6.0]
    table = blocks_of([6.0] * 10, lexical_band=lexis)
    assert row_of(table, "lexical_band")[["latest_n", "before_n", "change"]].to_list() == [3, 4, 1.0]
    assert row_of(table, "grammar_band")[["latest_n", "before_n"]].to_list() == [5, 5]


def test_blocks_leave_out_attempts_of_unknown_time():
    assert row_of(blocks_of([6.0, 6.0, 9.0], [0, 10, None]))["latest_mean"] == 6.0


def test_blocks_of_another_size():
    overall = row_of(blocks_of([5.0, 5.0, 6.0, 6.0], size=2))
    assert overall[["latest_n", "before_n", "change"]].to_list() == [2, 2, 1.0]


def test_any_change_is_claimed_for_at_most_5_of_100_unchanged_students():
    rng = np.random.default_rng(1)
    claims = []
    for _ in range(400):
        attempt = rng.normal(6, 0.4, (10, 1)) + rng.normal(0, 0.45, (10, 4))
        criteria = dict(zip(WRITING, (np.round(attempt * 2) / 2).T, strict=True))
        table = blocks_of((np.round(attempt.mean(axis=1) * 2) / 2).tolist(), estimates=PUBLISHED, **criteria)
        claims.append(table["certainty"].isin(CLAIMED).any())
    assert np.mean(claims) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)
