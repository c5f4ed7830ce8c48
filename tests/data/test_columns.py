from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.columns import READERS, frame_of_items
from data.flags import Flag
from data.schema import AT_SOURCES, DTYPES, EVALUATIONS, FLASHCARD_SETS, TABLES, Table
from tests.wire_values import items_of

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
TIME = datetime(2025, 5, 31, 9, tzinfo=UTC)
EARLIER = datetime(2025, 5, 30, 9, tzinfo=UTC)
RECORDING = {"S": "s3://b/uploads/speaking_audio/u/20250529_090000_a.mp3"}
RECORDED = datetime(2025, 5, 29, 9, tzinfo=UTC)

EVALUATION = {
    "evaluation_id": {"S": "e-1"},
    "user_id": {"S": "u-1"},
    "evaluation_type": {"S": " Writing "},
    "status": {"S": "COMPLETED"},
    "overall_band": {"S": "7.0"},
    "task_achievement_band": {"N": "6.5"},
    "coherence_band": {"S": "error"},
    "confidence_score": {"S": "0.85"},
    "task_type": {"S": " task_2 "},
    "word_count": {"N": "250"},
    "model_used": {"S": " gemini-writing_task2 "},
    "created_at": {"N": "1748682000"},
    "error_message": {"S": " kept as stored "},
    "feedback": {"S": "{}"},
}


def seconds(time: datetime) -> dict[str, str]:
    return {"N": str(int(time.timestamp()))}


def milliseconds(time: datetime) -> dict[str, str]:
    return {"N": str(int(time.timestamp()) * 1000)}


def text(time: datetime) -> dict[str, str]:
    return {"S": time.isoformat()}


def minimal(table: Table, number: int = 0) -> dict[str, dict[str, str]]:
    return {table.partition_key: {"S": f"id-{number}"}, table.sort_key: {"S": f"user-{number}"}}


def assert_declared(frame: pd.DataFrame, table: Table) -> None:
    assert [*frame.columns] == [*table.columns]
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {k: str(v) for k, v in table.columns.items()}
    assert [*frame["at_source"].cat.categories] == [*AT_SOURCES]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
@pytest.mark.parametrize("rows", [0, 1, 2, 50])
def test_columns_and_dtypes_are_the_declared_ones_however_many_items(table, rows):
    frame = frame_of_items(table, [minimal(table, number) for number in range(rows)], NOW)
    assert_declared(frame, table)
    assert len(frame) == rows


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_the_declared_empty_frame_has_the_dtypes_of_a_read_one(table):
    empty = table.empty_frame()
    assert [*empty.columns] == [*table.columns]
    assert {k: str(v) for k, v in empty.dtypes.items()} == {k: str(v) for k, v in table.columns.items()}


def test_every_kind_that_becomes_a_column_has_a_reader():
    assert READERS.keys() == DTYPES.keys()


def test_an_item_becomes_one_row_of_typed_values():
    row = frame_of_items(EVALUATIONS, [EVALUATION], NOW).iloc[0]
    assert row["evaluation_id"] == "e-1"
    assert row["user_id"] == "u-1"
    assert row["evaluation_type"] == "writing"
    assert row["status"] == "completed"
    assert row["overall_band"] == 7.0
    assert row["task_achievement_band"] == 6.5
    assert pd.isna(row["coherence_band"])
    assert pd.isna(row["fluency_band"])
    assert row["confidence_score"] == 0.85
    assert row["task_type"] == "TASK_2"
    assert pd.isna(row["part"])
    assert row["word_count"] == 250
    assert row["model_used"] == "gemini-writing_task2"
    assert row["error_message"] == " kept as stored "
    assert row["at"] == pd.Timestamp("2025-05-31T09:00Z")
    assert row["at_source"] == "created_at"
    assert row["flags"] == Flag.BAND_NOT_A_NUMBER | Flag.STORED_AS_OTHER_TYPE


def test_flags_belong_to_the_item_that_earned_them():
    odd = {"overall_band": {"S": "error"}, "word_count": {"S": "many"}, "created_at": seconds(TIME)}
    fine = {"created_at": seconds(TIME)}
    frame = frame_of_items(EVALUATIONS, [minimal(EVALUATIONS) | each for each in (fine, odd, fine)], NOW)
    assert [*frame["flags"]] == [0, Flag.BAND_NOT_A_NUMBER | Flag.OVERALL_BAND_IS_ERROR | Flag.NUMBER_NOT_READABLE, 0]


@pytest.mark.parametrize(
    ("attributes", "at", "source", "flags"),
    [
        ({}, None, "unknown", Flag.TIME_UNKNOWN),
        ({"created_at": seconds(TIME)}, TIME, "created_at", Flag(0)),
        ({"created_at": milliseconds(TIME)}, TIME, "created_at", Flag.TIME_IN_MILLISECONDS),
        ({"created_at": text(TIME)}, TIME, "created_at", Flag.TIME_IS_TEXT),
        ({"started_at": seconds(EARLIER)}, EARLIER, "started_at", Flag(0)),
        ({"started_at": seconds(EARLIER), "created_at": seconds(TIME)}, TIME, "created_at", Flag(0)),
        ({"created_at": {"NULL": True}, "started_at": seconds(EARLIER)}, EARLIER, "started_at", Flag(0)),
        # what a speaking row holds in created_at: the milliseconds left of the function's run
        ({"created_at": {"N": "299123"}}, None, "unknown", Flag.TIME_NOT_PLAUSIBLE | Flag.TIME_UNKNOWN),
        ({"created_at": {"N": "0"}}, None, "unknown", Flag.TIME_NOT_PLAUSIBLE | Flag.TIME_UNKNOWN),
        (
            {"created_at": {"N": "299123"}, "audio_url": RECORDING},
            RECORDED,
            "audio_url",
            Flag.TIME_NOT_PLAUSIBLE | Flag.TIME_FROM_FILE_NAME,
        ),
        (
            {"created_at": {"N": "299123"}, "started_at": seconds(EARLIER), "audio_url": RECORDING},
            EARLIER,
            "started_at",
            Flag.TIME_NOT_PLAUSIBLE,
        ),
        ({"created_at": seconds(TIME), "audio_url": RECORDING}, TIME, "created_at", Flag(0)),
        ({"created_at": seconds(TIME), "started_at": {"N": "0"}}, TIME, "created_at", Flag.TIME_NOT_PLAUSIBLE),
        ({"audio_url": RECORDING}, RECORDED, "audio_url", Flag.TIME_FROM_FILE_NAME),
        ({"audio_url": {"S": "s3://b/u/part1.mp3"}}, None, "unknown", Flag.TIME_UNKNOWN),
        ({"created_at": {"S": "local"}}, None, "unknown", Flag.TIME_NOT_PLAUSIBLE | Flag.TIME_UNKNOWN),
    ],
)
def test_the_time_of_an_item_and_where_it_is_from(attributes, at, source, flags):
    row = frame_of_items(EVALUATIONS, [minimal(EVALUATIONS) | attributes], NOW).iloc[0]
    assert (None if pd.isna(row["at"]) else row["at"].to_pydatetime()) == at
    assert row["at_source"] == source
    assert row["flags"] == flags


def test_a_sets_recording_is_no_source_of_its_time():
    frame = frame_of_items(FLASHCARD_SETS, [minimal(FLASHCARD_SETS) | {"audio_url": RECORDING}], NOW)
    assert frame["at"].isna().all()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_items_give_one_row_each_in_order_with_the_declared_columns(table, data):
    items = data.draw(st.lists(items_of(table), max_size=4))
    numbered = [{**item, table.partition_key: {"S": f"id-{number}"}} for number, item in enumerate(items)]
    frame = frame_of_items(table, numbered, NOW)
    assert_declared(frame, table)
    assert [*frame[table.partition_key]] == [f"id-{number}" for number in range(len(items))]
    known = frame["at"].dropna()
    assert known.between(pd.Timestamp("2015-01-01", tz="UTC"), pd.Timestamp(NOW + timedelta(days=1))).all()
    assert [*frame["at"].isna()] == [*frame["at_source"].eq("unknown")]
    assert [*frame["at"].isna()] == [bool(mask & Flag.TIME_UNKNOWN) for mask in frame["flags"]]
