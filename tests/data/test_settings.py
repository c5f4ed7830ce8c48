from datetime import timedelta

import pytest

from data.errors import HalfConfigured, SameTableName, SettingUnreadable
from data.settings import Settings, from_environment, response_seconds

BOTH = {"DYNAMODB_EVALUATIONS": "evaluations", "DYNAMODB_FLASHCARD_SETS": "sets"}


def test_both_tables_named_means_those_tables():
    settings = from_environment(BOTH)
    assert settings.names == {"evaluations": "evaluations", "flashcard_sets": "sets"}
    assert not settings.demo


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"DYNAMODB_EVALUATIONS": "", "DYNAMODB_FLASHCARD_SETS": ""},
        {"DYNAMODB_EVALUATIONS": "  ", "DYNAMODB_FLASHCARD_SETS": "\t"},
        {"AWS_PROFILE": "somebody", "AWS_REGION": "eu-west-1"},
    ],
)
def test_no_table_named_means_the_demo_with_the_documented_names(environment):
    settings = from_environment(environment)
    assert settings.demo
    assert settings.names == {"evaluations": "bandup-evaluations", "flashcard_sets": "bandup-flashcard-sets"}


def test_space_around_a_name_is_none_of_it():
    assert from_environment({name: f" {value} " for name, value in BOTH.items()}) == from_environment(BOTH)


@pytest.mark.parametrize(
    ("named", "missing"),
    [("DYNAMODB_EVALUATIONS", "DYNAMODB_FLASHCARD_SETS"), ("DYNAMODB_FLASHCARD_SETS", "DYNAMODB_EVALUATIONS")],
)
def test_one_table_named_alone_says_which_is_missing(named, missing):
    for environment in ({named: "a-table"}, {named: "a-table", missing: ""}, {named: "a-table", missing: " "}):
        with pytest.raises(HalfConfigured, match=f"^{named} is set but {missing} is not: set both"):
            from_environment(environment)


def test_one_name_for_both_tables_is_refused():
    with pytest.raises(
        SameTableName, match=r"^DYNAMODB_EVALUATIONS and DYNAMODB_FLASHCARD_SETS both name a-table: they"
    ):
        from_environment(dict.fromkeys(BOTH, " a-table "))


@pytest.mark.parametrize(
    ("environment", "stuck_after", "refresh_after"),
    [
        ({}, timedelta(minutes=15), timedelta(minutes=5)),
        (
            {"DASHBOARD_STUCK_MINUTES": " ", "DASHBOARD_REFRESH_SECONDS": ""},
            timedelta(minutes=15),
            timedelta(minutes=5),
        ),
        ({"DASHBOARD_STUCK_MINUTES": "30"}, timedelta(minutes=30), timedelta(minutes=5)),
        ({"DASHBOARD_STUCK_MINUTES": " 0.5 "}, timedelta(seconds=30), timedelta(minutes=5)),
        ({"DASHBOARD_REFRESH_SECONDS": "60"}, timedelta(minutes=15), timedelta(minutes=1)),
    ],
)
@pytest.mark.parametrize("tables", [{}, BOTH])
def test_thresholds_are_read_with_demo_or_tables(environment, stuck_after, refresh_after, tables):
    settings = from_environment(environment | tables)
    assert (settings.stuck_after, settings.refresh_after) == (stuck_after, refresh_after)


@pytest.mark.parametrize(
    "variable",
    ["DASHBOARD_STUCK_MINUTES", "DASHBOARD_REFRESH_SECONDS", "DASHBOARD_SCAN_LIMIT", "DASHBOARD_PRICE_PER_MILLION"],
)
@pytest.mark.parametrize("text", ["soon", "0", "-5", "nan", "inf", "1e9", "1e400", "15m", "5,5", "0x10"])
def test_what_is_no_positive_number_is_named_with_its_variable(variable, text):
    with pytest.raises(SettingUnreadable) as raised:
        from_environment({variable: text})
    assert str(raised.value) == f"{variable} should be a positive number and is {text!r}: correct it or unset it."


def test_how_long_a_response_may_take_is_two_minutes_unless_it_is_set():
    assert response_seconds({}) == 120
    assert response_seconds({"DASHBOARD_RESPONSE_SECONDS": " 7.5 "}) == 7.5
    with pytest.raises(SettingUnreadable, match=r"^DASHBOARD_RESPONSE_SECONDS should be a positive number"):
        response_seconds({"DASHBOARD_RESPONSE_SECONDS": "0"})


def test_equal_settings_are_one_cache_key_and_different_ones_are_not():
    assert hash(from_environment(BOTH)) == hash(from_environment(BOTH))
    different = [
        from_environment(BOTH),
        from_environment({}),
        from_environment(BOTH | {"DYNAMODB_EVALUATIONS": "other"}),
        from_environment(BOTH | {"DASHBOARD_STUCK_MINUTES": "30"}),
        from_environment(BOTH | {"DASHBOARD_SCAN_LIMIT": "30"}),
        from_environment(BOTH | {"DASHBOARD_PRICE_PER_MILLION": "30"}),
        from_environment(BOTH | {"DASHBOARD_REFRESH_SECONDS": "30"}),
        Settings(demo=False),
    ]
    assert len({*different}) == len(different)
