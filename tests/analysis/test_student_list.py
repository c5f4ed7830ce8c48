import math
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from bandup.analysis.bands import Skill
from bandup.analysis.states import with_state
from bandup.analysis.student_list import SPARKLINE_ATTEMPTS, all_students, search_students
from data.columns import frame_of_items
from data.schema import EVALUATIONS, FLASHCARD_SETS
from tests.items import (
    NOW,
    before,
    evaluations,
    flashcard_set,
    flashcard_sets,
    item,
    job,
    speaking,
    wire_items,
    writing,
)


def row_of(table, user_id="u1"):
    return table.set_index("user_id").loc[user_id]


def bands(band):
    return (band,) * 5


def test_one_row_per_user_of_either_table_most_recent_first():
    table = all_students(
        evaluations(
            writing(user_id="essay", created_at=before(days=2)),
            job("failed", user_id="failed", evaluation_id="e2", started_at=before(days=5)),
            writing(user_id="undated", evaluation_id="e3", created_at=...),
            writing(user_id="essay", evaluation_id="e4", created_at=before(days=9)),
        ),
        flashcard_sets(
            flashcard_set(user_id="cards", created_at=before(days=1)),
            flashcard_set(set_id="s2", user_id="essay", created_at=before(days=3)),
        ),
    )
    assert table["user_id"].to_list() == ["cards", "essay", "failed", "undated"]
    assert table.index.to_list() == [0, 1, 2, 3]
    assert row_of(table, "essay")["last_activity"] == pd.Timestamp(before(days=2), unit="s", tz="UTC")
    assert pd.isna(row_of(table, "undated")["last_activity"])


def test_students_of_the_same_time_are_in_order_of_their_ids():
    users = [f"u{n:02}" for n in range(40)]
    rows = [writing(evaluation_id=user, user_id=user, created_at=before(days=n % 2)) for n, user in enumerate(users)]
    assert all_students(evaluations(*rows[::-1]), flashcard_sets())["user_id"].to_list() == users[::2] + users[1::2]


def test_the_latest_band_is_by_time_not_by_the_order_of_rows():
    rows = [
        writing(*bands("7.0"), evaluation_id="newest", created_at=before(days=1)),
        writing(*bands("5.0"), evaluation_id="oldest", created_at=before(days=9)),
        writing(*bands("8.0"), evaluation_id="undated", created_at=...),
        writing(*bands("6.0"), evaluation_id="middle", created_at=before(days=5)),
    ]
    for order in (rows, rows[::-1]):
        row = row_of(all_students(evaluations(*order), flashcard_sets()))
        assert row["writing_band"] == 7.0
        assert row["writing_bands"] == [5.0, 6.0, 7.0]
        assert row["writing_attempts"] == 4


def test_default_answers_and_ungraded_attempts_are_not_in_the_bands():
    rows = [
        writing(*bands("5.0"), created_at=before(days=9)),
        writing(*bands("6.0"), evaluation_id="e2", confidence_score="0.7", created_at=before(days=1)),
        writing(overall_band="error", evaluation_id="e3", created_at=before(days=1)),
        job("failed", evaluation_id="e4", overall_band="9.0"),
        speaking(*bands("8.0"), evaluation_id="e5"),
    ]
    row = row_of(all_students(evaluations(*rows), flashcard_sets()))
    assert (row["writing_band"], row["writing_bands"], row["writing_attempts"]) == (5.0, [5.0], 1)
    assert (row["speaking_band"], row["speaking_bands"], row["speaking_attempts"]) == (8.0, [8.0], 1)
    assert (row["suspect"], row["unsuccessful"]) == (1, 2)


def test_a_student_without_a_dated_attempt_has_no_latest_band():
    row = row_of(all_students(evaluations(writing(created_at=...)), flashcard_sets()))
    assert math.isnan(row["writing_band"])
    assert (row["writing_bands"], row["writing_attempts"]) == ([], 1)
    assert (row["speaking_bands"], row["speaking_attempts"]) == ([], 0)


def test_a_sparkline_holds_the_latest_attempts_oldest_first():
    several = SPARKLINE_ATTEMPTS + 5
    scale = [f"{n % 19 / 2}" for n in range(several)]
    rows = [
        writing(*bands(scale[n]), evaluation_id=f"e{n}", created_at=before(days=several - n)) for n in range(several)
    ]
    row = row_of(all_students(evaluations(*rows[::-1]), flashcard_sets()))
    assert SPARKLINE_ATTEMPTS == 20
    assert row["writing_bands"] == [float(band) for band in scale[-20:]]
    assert row["writing_band"] == float(scale[-1])
    assert row["writing_attempts"] == several


def test_sets_and_unsuccessful_jobs_are_counted_over_both_tables():
    table = all_students(
        evaluations(
            writing(*[...] * 5, evaluation_type="flashcard"),
            job("failed", evaluation_id="e2", evaluation_type="flashcard"),
            job("processing", evaluation_id="e3"),
            job("processing", evaluation_id="e4", started_at=before(minutes=1)),
            job("queued", evaluation_id="e5"),
            job("processing", evaluation_id="e6", user_id="unknown"),
            writing(evaluation_id="e6"),
        ),
        flashcard_sets(
            flashcard_set(), flashcard_set(set_id="s2", total_cards=0), flashcard_set(set_id="s3", status="failed")
        ),
    )
    row = row_of(table)
    assert row["sets"] == 5
    assert row["unsuccessful"] == 4
    assert "unknown" not in {*table["user_id"]}


EMPTY, ONE_ESSAY, ONE_SET = evaluations(), evaluations(writing()), flashcard_sets(flashcard_set())


@pytest.mark.parametrize(
    ("of_evaluations", "of_sets", "users"),
    [
        (EMPTY, flashcard_sets(), []),
        (ONE_ESSAY, flashcard_sets(), ["u1"]),
        (EMPTY, ONE_SET, ["u1"]),
        (ONE_ESSAY, ONE_SET, ["u1"]),
    ],
)
def test_columns_are_the_same_without_rows(of_evaluations, of_sets, users):
    table = all_students(of_evaluations, of_sets)
    assert table["user_id"].to_list() == users
    assert table["last_activity"].dtype == of_evaluations["at"].dtype
    counted = ["writing_attempts", "speaking_attempts", "suspect", "unsuccessful", "sets"]
    assert table[counted].dtypes.eq("int64").all()
    assert table[["writing_band", "speaking_band"]].dtypes.eq("float32").all()
    assert all(isinstance(found, list) for column in ("writing_bands", "speaking_bands") for found in table[column])


def days_between(first, second):
    return (second - first).total_seconds() / 86_400


def slowly(of_evaluations, of_sets):
    """`all_students` in plain Python: user id → its row."""
    everything = [*of_evaluations.to_dict("records"), *of_sets.to_dict("records")]
    by_user = defaultdict(list)
    for row in everything:
        if row["user_id"].strip().lower() not in {"unknown", "anonymous"}:
            by_user[row["user_id"]].append(row)
    found = {}
    for user, rows in by_user.items():
        times = [row["at"] for row in rows if row["at"] is not pd.NaT]
        one = {
            "last_activity": max(times, default=None),
            "longest_break": max((days_between(*pair) for pair in pairwise(sorted(times))), default=0.0),
            "suspect": sum(row["state"] == "suspect" for row in rows),
            "unsuccessful": sum(row["state"] in {"failed", "stuck", "empty"} for row in rows),
            "sets": sum("set_id" in row or row["evaluation_type"] == "flashcard" for row in rows),
        }
        for skill in Skill:
            attempts = [row for row in rows if row.get("evaluation_type") == skill and row["state"] == "succeeded"]
            known = sorted((row for row in attempts if row["at"] is not pd.NaT), key=lambda row: row["at"])
            one[f"{skill}_attempts"] = len(attempts)
            one[f"{skill}_bands"] = [row["overall_band"] for row in known][-20:]
            one[f"{skill}_band"] = known[-1]["overall_band"] if known else None
            one[f"{skill}_best"] = max((row["overall_band"] for row in attempts), default=None)
        found[user] = one
    return found


def assert_as_slowly(of_evaluations, of_sets):
    table = all_students(of_evaluations, of_sets)
    expected = slowly(of_evaluations, of_sets)
    rows = {row.pop("user_id"): row for row in table.to_dict("records")}
    missing = {
        user: {k: None if not isinstance(v, list) and pd.isna(v) else v for k, v in row.items()}
        for user, row in rows.items()
    }
    for user, row in missing.items():
        assert row.pop("longest_break") == pytest.approx(expected[user].pop("longest_break"))
    assert missing == expected
    items = len(of_evaluations) + len(of_sets)
    counted = table[["writing_attempts", "speaking_attempts", "suspect", "unsuccessful", "sets"]].to_numpy().sum()
    assert len(table) <= items
    assert counted <= items + table["sets"].sum()
    assert table["last_activity"].dropna().is_monotonic_decreasing
    assert not table["last_activity"].isna().to_numpy()[: table["last_activity"].notna().sum()].any()


@settings(max_examples=25, deadline=None)
@given(wire_items(EVALUATIONS, ids=12), wire_items(FLASHCARD_SETS))
def test_any_items_agree_with_a_slow_reference(of_evaluations, of_sets):
    assert_as_slowly(
        with_state(frame_of_items(EVALUATIONS, of_evaluations, NOW), "evaluation_id", NOW),
        with_state(frame_of_items(FLASHCARD_SETS, of_sets, NOW), "set_id", NOW),
    )


def test_many_items_agree_with_a_slow_reference():
    chance = np.random.default_rng(7)
    choose = chance.choice
    rows = [
        item(
            evaluation_id=f"e{chance.integers(400)}",
            user_id=f"u{chance.integers(25)}",
            n=n,
            evaluation_type=str(choose(["writing", "speaking", "flashcard", "reading"], p=[0.5, 0.3, 0.15, 0.05])),
            status=str(choose(["completed", "processing", "failed", "queued"], p=[0.7, 0.15, 0.1, 0.05])),
            confidence_score=str(choose(["0.7", "0.9"])),
            created_at=int(before(seconds=float(n))) if chance.random() < 0.8 else 41_000,
            **dict.fromkeys(
                ("overall_band", "task_achievement_band", "coherence_band", "lexical_band", "grammar_band"),
                str(choose(["5.0", "6.0", "6.5", "error"])),
            ),
        )
        for n in chance.permutation(600).tolist()
    ]
    sets = [
        flashcard_set(set_id=f"s{n}", user_id=f"u{chance.integers(30)}", total_cards=int(chance.integers(3)))
        for n in range(60)
    ]
    assert_as_slowly(evaluations(*rows), flashcard_sets(*sets))


@pytest.mark.parametrize(
    ("text", "found"),
    [("", 3), ("  ", 3), ("u1", 1), (" U1 ", 1), ("u", 2), (".", 1), ("(", 0), ("u1|u2", 0)],
)
def test_search_students(text, found):
    table = all_students(
        evaluations(*(writing(evaluation_id=user, user_id=user) for user in ("u1", "u2", "a.b"))), flashcard_sets()
    )
    assert len(search_students(table, text)) == found


@pytest.mark.parametrize("text", ["hai yen", "HAI.YEN", "hải-yến", "ha\u0309i_ye\u0302\u0301n", "do.hai"])
def test_a_search_finds_a_name_in_any_spelling(text):
    users = ("đỗ.hải-yến", "nguyễn.an")
    table = all_students(evaluations(*(writing(evaluation_id=user, user_id=user) for user in users)), flashcard_sets())
    assert search_students(table, text)["user_id"].to_list() == ["đỗ.hải-yến"]


def test_search_in_an_empty_list():
    assert search_students(all_students(evaluations(), flashcard_sets()), "u1").empty
