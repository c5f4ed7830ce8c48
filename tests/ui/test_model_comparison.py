import pandas as pd

from bandup.analysis.grader_drift import SEVERITY_COLUMNS
from bandup.ui.grader_view import severity_table
from tests.ui.parsed import HOSTILE, balanced, parsed

NAN = float("nan")


def severity(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*SEVERITY_COLUMNS])


def test_intervals_stand_where_there_are_any():
    table = severity_table(
        severity(
            ("gemini-2", 1200, 40, None, None, 6.25, 6.1, 6.4, 0.8, 0.7, 0.9),
            ("gemini-3", 3, 2, None, None, 6.5, NAN, NAN, 0.5, NAN, NAN),
            ("once", 1, 1, None, None, 6.0, NAN, NAN, NAN, NAN, NAN),
        )
    )
    assert balanced(parsed(table).structure)
    lines = [line.strip() for line in parsed(table).lines]
    assert lines == [
        *("Model", "Mean overall band", "Spread (standard deviation)", "Based on"),
        *("gemini-2", "6.25 (95 %: 6.10 to 6.40)", "0.80 (95 %: 0.70 to 0.90)", "1,200 attempts of 40 students"),
        *("gemini-3", "6.50", "0.50", "3 attempts of 2 students"),
        *("once", "6.00", "–", "1 attempt of 1 student"),
    ]


def test_a_model_is_named_as_it_is_stored():
    for text in HOSTILE:
        table = severity_table(severity((text, 1, 1, None, None, 6.0, NAN, NAN, NAN, NAN, NAN)))
        assert balanced(parsed(table).structure)
        assert text.strip() in "\n".join(parsed(table).lines)
