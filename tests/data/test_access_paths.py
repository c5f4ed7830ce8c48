from typing import Any

import pytest

from data.access_paths import Description, all_items_path, describe, indexes_frame, student_path
from data.schema import EVALUATIONS, FLASHCARD_SETS, TABLES, Table

LIGHT = [a.name for a in EVALUATIONS.summary_attributes]
LIGHT_OF_SETS = [a.name for a in FLASHCARD_SETS.summary_attributes]


def index(
    name: str, *keys: str, include: list[str] | None = None, projection: str = "ALL", status: str | None = "ACTIVE"
) -> dict[str, Any]:
    """An index as DescribeTable tells it: partition key, then sort key; INCLUDE where `include` is given."""
    projected = (
        {"ProjectionType": "INCLUDE", "NonKeyAttributes": include} if include else {"ProjectionType": projection}
    )
    kinds = ["HASH", "RANGE"]
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": k, "KeyType": kind} for k, kind in zip(keys, kinds, strict=False)],
        "Projection": projected,
    } | ({"IndexStatus": status, "ItemCount": 10, "IndexSizeBytes": 1000} if status else {})


def several(name: str, partition: list[str], sort: list[str]) -> dict[str, Any]:
    """An index whose keys are of several attributes each."""
    schema = [{"AttributeName": key, "KeyType": "HASH"} for key in partition]
    schema += [{"AttributeName": key, "KeyType": "RANGE"} for key in sort]
    return index(name, "") | {"KeySchema": schema}


def described(*indexes: dict[str, Any], table: Table = EVALUATIONS, **facts: Any) -> Description:
    return describe(
        table,
        {
            "Table": {
                "TableName": table.default_name,
                "TableStatus": "ACTIVE",
                "KeySchema": [
                    {"AttributeName": table.partition_key, "KeyType": "HASH"},
                    {"AttributeName": table.sort_key, "KeyType": "RANGE"},
                ],
                "ItemCount": 100,
                "TableSizeBytes": 100_000,
                "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
                "GlobalSecondaryIndexes": [*indexes],
            }
            | facts
        },
    )


DOCUMENTED = index("user_id-created_at-index", "user_id", "created_at")
TERRAFORM = (
    index("user-evaluations-index", "user_id", "created_at"),
    index("type-index", "evaluation_type", "created_at"),
)
COVERING = index("user_id-evaluation_id-index", "user_id", "evaluation_id", include=LIGHT)
USER_ALONE = index("by-user", "user_id")

SCAN_OF_TABLE = ("Scan", None, True)


@pytest.mark.parametrize(
    ("indexes", "of_student", "of_all_items"),
    [
        ([], SCAN_OF_TABLE, SCAN_OF_TABLE),
        ([DOCUMENTED], ("Query", "user_id-created_at-index", False), SCAN_OF_TABLE),
        ([*TERRAFORM], ("Query", "user-evaluations-index", False), SCAN_OF_TABLE),
        ([TERRAFORM[1]], SCAN_OF_TABLE, SCAN_OF_TABLE),
        (
            [COVERING],
            ("Query", "user_id-evaluation_id-index", True),
            ("Scan", "user_id-evaluation_id-index", True),
        ),
        (
            [DOCUMENTED, COVERING],
            ("Query", "user_id-evaluation_id-index", True),
            ("Scan", "user_id-evaluation_id-index", True),
        ),
        # being given another capacity
        (
            [COVERING | {"IndexStatus": "UPDATING"}],
            ("Query", "user_id-evaluation_id-index", True),
            ("Scan", "user_id-evaluation_id-index", True),
        ),
        # complete, but as wide as the table: no gain for all items
        ([USER_ALONE], ("Query", "by-user", True), SCAN_OF_TABLE),
        ([DOCUMENTED, USER_ALONE], ("Query", "by-user", True), SCAN_OF_TABLE),
        (
            [USER_ALONE, COVERING],
            ("Query", "user_id-evaluation_id-index", True),
            ("Scan", "user_id-evaluation_id-index", True),
        ),
        (
            [index("by-user", "user_id", include=LIGHT)],
            ("Query", "by-user", True),
            ("Scan", "by-user", True),
        ),
        (
            [index("wide", "user_id", include=[*LIGHT, "cost"]), index("z-narrow", "user_id", include=LIGHT)],
            ("Query", "z-narrow", True),
            ("Scan", "z-narrow", True),
        ),
        # keyed on the table's own partition key: complete and covering for all items, of no use for a student
        ([index("narrow", "evaluation_id", "user_id", include=LIGHT)], SCAN_OF_TABLE, ("Scan", "narrow", True)),
        # too narrow
        ([index("by-user", "user_id", projection="KEYS_ONLY")], SCAN_OF_TABLE, SCAN_OF_TABLE),
        ([index("by-user", "user_id", "evaluation_id", include=LIGHT[1:])], SCAN_OF_TABLE, SCAN_OF_TABLE),
        ([index("by-time", "user_id", "created_at", include=["status"])], SCAN_OF_TABLE, SCAN_OF_TABLE),
        # key attributes are projected without being included
        (
            [index("by-time", "user_id", "created_at", include=[name for name in LIGHT if name != "created_at"])],
            ("Query", "by-time", False),
            SCAN_OF_TABLE,
        ),
        # incomplete ones: the newest-first order is worth having
        (
            [index("a-by-status", "user_id", "status"), index("by-time", "user_id", "created_at")],
            ("Query", "by-time", False),
            SCAN_OF_TABLE,
        ),
        ([index("by-status", "user_id", "status")], ("Query", "by-status", False), SCAN_OF_TABLE),
        (
            [index("by-time-all", "user_id", "created_at"), index("by-time", "user_id", "created_at", include=LIGHT)],
            ("Query", "by-time", False),
            SCAN_OF_TABLE,
        ),
        # not filled yet, or going
        ([COVERING | {"IndexStatus": "CREATING"}], SCAN_OF_TABLE, SCAN_OF_TABLE),
        ([COVERING | {"IndexStatus": "DELETING"}], SCAN_OF_TABLE, SCAN_OF_TABLE),
        (
            [COVERING | {"IndexStatus": "CREATING"}, DOCUMENTED],
            ("Query", "user_id-created_at-index", False),
            SCAN_OF_TABLE,
        ),
        # names say nothing
        ([index("user_id-evaluation_id-index", "evaluation_type", "created_at")], SCAN_OF_TABLE, SCAN_OF_TABLE),
        (
            [index("user_id-evaluation_id-index", "user_id", "created_at")],
            ("Query", "user_id-evaluation_id-index", False),
            SCAN_OF_TABLE,
        ),
        (
            [index("user_id-created_at-index", "user_id", "evaluation_id", include=LIGHT)],
            ("Query", "user_id-created_at-index", True),
            ("Scan", "user_id-created_at-index", True),
        ),
        # engines that tell neither status nor size
        (
            [index("x", "user_id", "evaluation_id", include=LIGHT, status=None)],
            ("Query", "x", True),
            ("Scan", "x", True),
        ),
        # keys of several attributes: an item must have them all to stand in the index
        ([several("x", ["user_id"], ["created_at", "evaluation_id"])], ("Query", "x", False), SCAN_OF_TABLE),
        ([several("x", ["evaluation_type", "user_id"], ["evaluation_id"])], SCAN_OF_TABLE, SCAN_OF_TABLE),
    ],
)
def test_the_cheapest_complete_path_by_keys_and_projection(indexes, of_student, of_all_items):
    description = described(*indexes)
    for path, expected in ((student_path(description), of_student), (all_items_path(description), of_all_items)):
        assert (path.operation, path.index.name if path.index else None, path.complete) == expected


@pytest.mark.parametrize(
    ("indexes", "of_student", "of_all_items"),
    [
        ([], SCAN_OF_TABLE, SCAN_OF_TABLE),
        ([index("user-sets-index", "user_id", "created_at")], ("Query", "user-sets-index", False), SCAN_OF_TABLE),
        ([index("x", "user_id", "set_id", include=LIGHT_OF_SETS)], ("Query", "x", True), ("Scan", "x", True)),
        # the evaluations table's key is an attribute like any other here
        ([index("x", "user_id", "evaluation_id", include=LIGHT_OF_SETS)], ("Query", "x", False), SCAN_OF_TABLE),
    ],
)
def test_the_sets_table_is_known_by_its_own_keys(indexes, of_student, of_all_items):
    description = described(*indexes, table=FLASHCARD_SETS)
    for path, expected in ((student_path(description), of_student), (all_items_path(description), of_all_items)):
        assert (path.operation, path.index.name if path.index else None, path.complete) == expected


@pytest.mark.parametrize(
    ("indexes", "of_student", "of_all_items"),
    [
        (
            [],
            "reads the whole table and filters: no index is keyed on user_id",
            "reads the whole table: no index holds every item and all summary attributes",
        ),
        (
            [DOCUMENTED],
            "reads index user_id-created_at-index: it leaves out items without a numeric created_at (such as processing and failed jobs)",
            "reads the whole table: no index holds every item and all summary attributes",
        ),
        (
            [COVERING],
            "reads index user_id-evaluation_id-index: it holds every item of a student",
            "reads index user_id-evaluation_id-index: complete, 1/100 of the table's bytes",
        ),
        (
            [COVERING | {"IndexSizeBytes": 0}],
            "reads index user_id-evaluation_id-index: it holds every item of a student",
            "reads index user_id-evaluation_id-index: complete",
        ),
    ],
)
def test_a_path_says_why_for_a_person(indexes, of_student, of_all_items):
    description = described(*indexes)
    assert student_path(description).why == of_student
    assert all_items_path(description).why == of_all_items


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_response_that_says_least_is_understood(table):
    keys = [{"AttributeName": table.partition_key, "KeyType": "HASH"}]
    description = describe(table, {"Table": {"TableName": "t", "KeySchema": keys}})
    assert description == Description(table, "t", "", (table.partition_key,), (), 0, 0, "PROVISIONED")
    assert description.scan_units == 0


def test_what_a_scan_costs_by_estimate_is_half_a_unit_per_begun_4_kb():
    assert [described(TableSizeBytes=size).scan_units for size in (0, 1, 4096, 4097, 40_960)] == [0, 0.5, 0.5, 1, 5]


def test_the_indexes_for_a_person():
    frame = indexes_frame(
        described(DOCUMENTED, COVERING, USER_ALONE | {"IndexStatus": "CREATING"}, index("k", "status", status=None))
    )
    assert frame["items"].isna().to_list() == frame["size_mb"].isna().to_list() == [False, False, False, True]
    assert frame.fillna({"items": -1, "size_mb": -1.0}).to_dict("list") == {
        "index": ["user_id-created_at-index", "user_id-evaluation_id-index", "by-user", "k"],
        "partition_key": ["user_id", "user_id", "user_id", "status"],
        "sort_key": ["created_at", "evaluation_id", "", ""],
        "projection": ["ALL", "INCLUDE 20", "ALL", "ALL"],
        "status": ["ACTIVE", "ACTIVE", "CREATING", "ACTIVE"],
        "items": [10, 10, 10, -1],
        "size_mb": [0.001, 0.001, 0.001, -1.0],
        "holds_every_item": [False, True, True, False],
        "holds_summary_attributes": [True, True, True, True],
    }


def test_no_indexes_make_an_empty_frame():
    assert len(indexes_frame(described())) == 0
