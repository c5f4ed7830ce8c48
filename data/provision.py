"""Creates the two tables as documented, and adds what existing tables lack. Never changes or removes anything.

Planning and applying are separate: `read_state` reads what exists, `plan` turns it into a list of steps without any
call, and `apply` runs them. Every step can also be rendered as the AWS CLI command that does the same.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from data.errors import AccessDenied, DataError, translate_errors
from data.provision_steps import (
    MAX_WAIT,
    RECOVERY,
    TAGGING,
    Clock,
    ImpossibleIndex,
    Poller,
    Report,
    Sleep,
    Step,
    TableState,
    WaitUntilActive,
    add_index,
    add_tags,
    create_table,
    enable_recovery,
    error_code,
    is_unsupported,
    not_supported,
)
from data.schema import EVALUATIONS, FLASHCARD_SETS, TABLES, Table, TableKey
from data.table_definitions import INDEX_SETS, TAGS, IndexDefinition, IndexSet

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_Result = TypeVar("_Result")


class SameTableName(DataError):
    """Both tables have the same name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{EVALUATIONS.variable} and {FLASHCARD_SETS.variable} both name {name}: they are two tables, so give "
            "each its own name."
        )


class KeysDiffer(DataError):
    """A table of this name exists, but its keys are not those that the product reads."""

    def __init__(self, name: str, actual: str, expected: str, variable: str) -> None:
        super().__init__(
            f"{name} is another table: its keys are {actual}, not {expected}; correct {variable} or choose a new name."
        )


class NotAllowed(DataError):
    """The credentials lack a permission that provisioning needs. `action` is the IAM action."""

    def __init__(self, action: str, table: str) -> None:
        self.action = action
        super().__init__(
            f"These AWS credentials may not {action} on {table}: use credentials that may create and update tables, "
            "or give the commands of `python -m bandup provision --dry-run` to someone who has them."
        )


class StepRefused(DataError):
    """DynamoDB refused a step, for instance because a limit of the table or the account is reached."""

    def __init__(self, operation: str, table: str, message: str) -> None:
        super().__init__(f"DynamoDB refused {operation} for {table} ({message}): fix that, then run this again.")


def read_state(
    client: "DynamoDBClient", names: Mapping[TableKey, str], report: Report = lambda _: None
) -> dict[TableKey, TableState | None]:
    """Read what exists of each table, None where there is no table of that name. Writes nothing.

    Features that the endpoint does not support are reported. Raises DataError where a table can't be described.
    """
    states: dict[TableKey, TableState | None] = {}
    for key, name in names.items():
        with _translate_refusals(name):
            try:
                description = client.describe_table(TableName=name)["Table"]
            except client.exceptions.ResourceNotFoundException:
                states[key] = None
                continue
            recovery = _if_supported(partial(_read_recovery, client, name))
            tags = _if_supported(partial(_read_tags, client, description["TableArn"]))
        if recovery is None:
            report(not_supported(name, RECOVERY))
        if tags is None:
            report(not_supported(name, TAGGING))
        states[key] = TableState(description, recovery, tags)
    return states


def plan(
    states: Mapping[TableKey, TableState | None],
    names: Mapping[TableKey, str],
    indexes: IndexSet = INDEX_SETS["provisioned"],
) -> list[Step]:
    """Return the steps from what exists (None: no such table) to what should, in order. Makes no call.

    An index is recognised by its keys and projection, never by its name. An index that is being created counts as
    existing, and the plan waits for it. The list is empty if nothing is missing.

    Raises SameTableName, and KeysDiffer or TableUnusable for a table that is not the intended one.
    """
    if len(set(names.values())) < len(names):
        raise SameTableName(next(iter(names.values())))
    steps: list[Step] = []
    for key, name in names.items():
        state = states.get(key)
        if state is None:
            steps += [
                create_table(name, TABLES[key], indexes[key]),
                WaitUntilActive(name, created=True),
                enable_recovery(name),
            ]
        else:
            check_usable(state, key, name)
            steps += _missing(state, TABLES[key], name, indexes[key])
    return steps


def apply(
    client: "DynamoDBClient",
    steps: Iterable[Step],
    report: Report,
    sleep: Sleep = time.sleep,
    clock: Clock = time.monotonic,
    max_wait: timedelta = MAX_WAIT,
) -> None:
    """Run the steps one after the other and report each; `max_wait` limits each wait.

    Raises NotReady where a table or index takes longer, NotAllowed, StepRefused or another DataError where DynamoDB
    refuses a call.
    """
    poller = Poller(report, sleep, clock, max_wait)
    for step in steps:
        report(f"{step.table_name}: {step.summary}")
        with _translate_refusals(step.table_name):
            step.run(client, poller)


def check_usable(state: TableState, key: TableKey, name: str) -> None:
    """Raise KeysDiffer or TableUnusable if the existing table can't be the intended one."""
    table = TABLES[key]
    schema = state.description.get("KeySchema", [])
    actual = [(part["AttributeName"], state.key_types.get(part["AttributeName"])) for part in schema]
    expected = [(table.partition_key, "S"), (table.sort_key, "S")]
    if actual != expected:
        raise KeysDiffer(name, _keys_in_words(actual), _keys_in_words(expected), table.variable)
    state.check_usable(name)


def _missing(state: TableState, table: Table, name: str, wanted: Iterable[IndexDefinition]) -> list[Step]:
    """The steps for an existing table: the quick ones first, then one index at a time, as DynamoDB requires."""
    steps: list[Step] = []
    if state.pending():
        steps.append(WaitUntilActive(name))
    if state.tags is not None and (tags := {key: value for key, value in TAGS.items() if key not in state.tags}):
        steps.append(add_tags(name, state.description["TableArn"], tags))
    if state.recovery is False:
        steps.append(enable_recovery(name))
    types, types_in_use = state.key_types, state.key_types_in_use
    taken = {index["IndexName"] for index in state.indexes}
    taken |= {index["IndexName"] for index in state.description.get("LocalSecondaryIndexes", [])}
    for index in wanted:
        if any(index.is_served_by(existing, table, types) for existing in state.indexes):
            continue
        declared = {key: types[key] for key, type_ in index.key_types.items() if types.get(key, type_) != type_}
        if declared:
            conflicts = " and ".join(f"{key} is declared as {type_}" for key, type_ in declared.items())
            steps.append(ImpossibleIndex(name, index, f"{conflicts} by another index of this table"))
            continue
        renamed = replace(index, name=_free_name(index.name, taken))
        taken.add(renamed.name)
        steps += [add_index(name, renamed, types_in_use, state.capacity), WaitUntilActive(name, (renamed.name,))]
        types_in_use |= renamed.key_types
    return steps


def _free_name(name: str, taken: set[str]) -> str:
    """The name, or the name with the first number from 2 on that is not taken."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _read_recovery(client: "DynamoDBClient", name: str) -> bool:
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"


def _read_tags(client: "DynamoDBClient", arn: str) -> dict[str, str]:
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page.get("Tags", [])}


def _if_supported(read: Callable[[], _Result]) -> _Result | None:
    """What `read` returns, or None where the endpoint does not support the operation."""
    try:
        return read()
    except ClientError as error:
        if not is_unsupported(error):
            raise
        return None


@contextmanager
def _translate_refusals(table_name: str) -> Iterator[None]:
    """As `translate_errors`, but a refusal that it does not know becomes StepRefused, with DynamoDB's own message."""
    try:
        with translate_errors(table_name):
            yield
    except AccessDenied as error:
        raise NotAllowed(error.action, table_name) from error
    except ClientError as error:
        message = str(error.response.get("Error", {}).get("Message", "")) or error_code(error)
        raise StepRefused(error.operation_name, table_name, message) from error


def _keys_in_words(keys: Iterable[tuple[str, str | None]]) -> str:
    return " and ".join(f"{name} ({type_})" for name, type_ in keys)
