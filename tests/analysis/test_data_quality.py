"""The flags of the stored data: counts, shares, samples, exports."""

import csv
import io
import time

import pandas as pd
import pytest

from bandup.analysis import data_quality
from bandup.exports import safe_csv
from data.flags import Flag


def jobs(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """Jobs of (table, id, flags)."""
    table = pd.DataFrame(rows, columns=["table", "id", "flags"])
    return table.assign(
        user_id="u",
        type="writing",
        status="completed",
        state="succeeded",
        at=pd.Series(pd.Timestamp("2026-01-02T03:04:05Z"), index=table.index).astype("datetime64[ms, UTC]"),
        at_source="created_at",
    )


ODD = jobs(
    ("evaluations", "a", int(Flag.TIME_UNKNOWN | Flag.TWIN)),
    ("evaluations", "b", int(Flag.TWIN)),
    ("evaluations", "c", 0),
    ("evaluations", "d", int(Flag.TWIN)),
    ("evaluations", "e", int(Flag.TWIN)),
    ("flashcard_sets", "s", int(Flag.TIME_UNKNOWN)),
)


def test_flags_are_counted_per_table_most_first_with_samples() -> None:
    counts = data_quality.flag_counts(ODD, "evaluations")
    assert counts[["flag", "items", "share"]].to_numpy().tolist() == [["twin", 4, 0.8], ["time_unknown", 1, 0.2]]
    assert counts["samples"].tolist()[0] == [("a", "u", "writing"), ("b", "u", "writing"), ("d", "u", "writing")]
    assert counts["sentence"].tolist()[1] == Flag.TIME_UNKNOWN.sentence
    assert data_quality.flag_counts(ODD, "flashcard_sets")["items"].tolist() == [1]


def test_no_flags_give_an_empty_table() -> None:
    assert data_quality.flag_counts(ODD.head(0), "evaluations").empty
    assert data_quality.flagged_items(ODD[ODD["flags"] == 0]).empty


def test_flagged_items_have_the_names_of_their_flags() -> None:
    odd = data_quality.flagged_items(ODD)
    assert odd["id"].tolist() == ["a", "b", "d", "e", "s"]
    assert odd["flags"].tolist()[0] == "time_unknown twin"


@pytest.mark.parametrize("dtype", ["str", "category", "object"])
@pytest.mark.parametrize(
    "text",
    ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", " =1", '"=1'],
)
def test_no_cell_of_an_export_is_a_formula(text: str, dtype: str) -> None:
    frame = pd.DataFrame({"id": pd.Series([text, "plain"], dtype=dtype), text: [1.5, -2.5]})
    header, first, second = csv.reader(io.StringIO(safe_csv.formula_safe_csv(frame), newline=""))
    assert first[0] == "'" + text
    assert header[1] == "'" + text
    assert second == ["plain", "-2.5"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a\t-1", "a\t'-1"),
        ("a\n=1;@x", "a\n'=1;'@x"),
        ('a;"=1', "a;'\"=1"),
        ("\r\n=1", "'\r\n'=1"),
        ("a;\t ; -1;b", "a;\t ;' -1;b"),
        ("a; b - c, =d", "a; b - c, =d"),
        ("a\nb", "a\nb"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_is_a_formula_for_a_spreadsheet_with_other_separators(text: str, safe: str, separator: str) -> None:
    written = safe_csv.formula_safe_csv(pd.DataFrame({"id": ["x"], "text": [text], "last": ["y"]}))
    assert list(csv.reader(io.StringIO(written, newline="")))[1] == ["x", safe, "y"]
    for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
        assert not [cell for cell in row if cell.strip(' "\t\r\n').startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("filling", ["\n", ";", " ", '"', '; "', "=", ";="])
def test_a_long_text_is_made_safe_quickly(filling: str) -> None:
    text = f"x;{filling * (400_000 // len(filling))}=1"
    began = time.process_time()
    safe_csv.formula_safe_csv(pd.DataFrame({"text": [text]}))
    assert time.process_time() - began < 3


def test_missing_values_times_and_numbers_are_unchanged() -> None:
    frame = pd.DataFrame(
        {
            "at": pd.Series([pd.Timestamp("2026-01-02T03:04:05Z"), pd.NaT], dtype="datetime64[ms, UTC]"),
            "text": pd.Series([None, 'a,b\n"c"'], dtype="str"),
            "count": pd.Series([-1, None], dtype="Int64"),
        }
    )
    rows = list(csv.reader(io.StringIO(safe_csv.formula_safe_csv(frame), newline="")))
    assert rows == [["at", "text", "count"], ["2026-01-02T03:04:05Z", "", "-1"], ["", 'a,b\n"c"', ""]]


def test_a_column_of_mixed_types_is_safe_too() -> None:
    frame = pd.DataFrame({"value": pd.Series([-1, "=1", None, ["=2"]], dtype="object")})
    rows = list(csv.reader(io.StringIO(safe_csv.formula_safe_csv(frame), newline="")))
    assert rows == [["value"], ["-1"], ["'=1"], [""], ["['=2']"]]
