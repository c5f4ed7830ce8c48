"""Creates the tables as documented, and adds what existing tables lack. Never changes or removes anything.

`read_state` reads what exists, `plan` turns it into a list of steps without any call, and `apply` runs them. Every step
can also be rendered as the AWS CLI command that does the same.
"""

import json
import re
import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import chain, count
from typing import TYPE_CHECKING, Any, TypeVar

from botocore import xform_name
from botocore.exceptions import ClientError

from data.errors import AccessDenied, DataError, RequestRefused, translate_errors
from data.schema import REVIEWS, TABLES, KeyedTable, StoredKey, TableKey
from data.table_definitions import (
    INDEX_SETS,
    TAGS,
    IndexDefinition,
    IndexSet,
    add_index_request,
    create_table_request,
    tag_list,
)
from data.table_keys import check_described_keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import GlobalSecondaryIndexDescriptionTypeDef, TableDescriptionTypeDef

MAX_WAIT = timedelta(hours=1)
"""How long one table or index may take to become active. Filling an index of a large table takes minutes to hours."""

_FIRST_PAUSE, _MAX_PAUSE = 1.0, 15.0  # seconds between two calls
_REPORT_EVERY = 30.0  # seconds
_RECOVERY, _TAGGING = "point-in-time recovery", "tagging"  # DynamoDB Local and similar engines may lack them
_TOO_EARLY = "ContinuousBackupsUnavailableException"
"""The error code for switching recovery on in a table that was created a moment ago: the call is to be repeated."""

_UNUSABLE = {"DELETING", "ARCHIVING", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"}
_UNSUPPORTED_CODES = {"UnknownOperationException", "UnknownOperation", "NotImplemented", "501"}
_UNSUPPORTED = re.compile("not (currently )?supported|unsupported|not implemented|unknown operation", re.IGNORECASE)

_TABLE_STATUS = "TableDescription.TableStatus"

Report = Callable[[str], None]
Sleep = Callable[[float], None]
Clock = Callable[[], float]
_Result = TypeVar("_Result")
Key = TypeVar("Key", StoredKey, TableKey)

_TABLES: dict[StoredKey, KeyedTable] = {
    "evaluations": TABLES["evaluations"],
    "flashcard_sets": TABLES["flashcard_sets"],
    "reviews": REVIEWS,
}


class NotAllowed(DataError):
    """The credentials lack a permission that provisioning needs. `action` is the IAM action."""

    sentence = (
        "These AWS credentials may not {action} on {table}: use credentials that may create and update tables, or give "
        "the commands of `python -m bandup provision --dry-run` to someone who has them."
    )


class StepRefused(DataError):
    """DynamoDB refused a step, for instance because a limit of the table or the account is reached."""

    sentence = "DynamoDB refused {operation} for {table} ({message}): fix that, then run this again."


class TableUnusable(DataError):
    """The table is being deleted, archived, or its encryption key can't be reached."""

    sentence = "{name} is {status}, so nothing can be added to it: resolve that first, then run this again."


class NotReady(DataError):
    """A table or index did not become active in time."""

    sentence = (
        "{name} is not ready after {minutes:g} minutes ({pending}): DynamoDB continues on its own, so run this again "
        "later to add what is still missing."
    )


@dataclass(frozen=True)
class TableState:
    """What exists of one table. `recovery` and `tags` are None where the endpoint does not support them."""

    description: "TableDescriptionTypeDef"
    recovery: bool | None = None
    tags: Mapping[str, str] | None = None

    @property
    def indexes(self) -> "Sequence[GlobalSecondaryIndexDescriptionTypeDef]":
        """The global secondary indexes."""
        return self.description.get("GlobalSecondaryIndexes", [])

    @property
    def key_types(self) -> dict[str, str]:
        """Attribute name to type, for every attribute that the table declares."""
        attributes = self.description.get("AttributeDefinitions", [])
        return {attribute["AttributeName"]: attribute["AttributeType"] for attribute in attributes}

    @property
    def key_types_in_use(self) -> dict[str, str]:
        """As `key_types`, without the keys of an index that is being deleted."""
        active = (index for index in self.indexes if index.get("IndexStatus") != "DELETING")
        keyed = chain([self.description], self.description.get("LocalSecondaryIndexes", []), active)
        used = {key["AttributeName"] for holder in keyed for key in holder.get("KeySchema", [])}
        return {name: type_ for name, type_ in self.key_types.items() if name in used}

    @property
    def capacity(self) -> tuple[int, int] | None:
        """Read and write units of a provisioned table, which a new index must name too; None if billed on demand.

        DescribeTable gives no billing mode for a table that was never on demand, and DynamoDB Local never gives one.
        """
        mode = self.description.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        throughput = self.description.get("ProvisionedThroughput", {})
        read, write = throughput.get("ReadCapacityUnits", 0), throughput.get("WriteCapacityUnits", 0)
        return (read, write) if mode == "PROVISIONED" and read and write else None

    def pending(self, table_name: str, index_names: Iterable[str] = ()) -> str:
        """What is not active yet of the table, its indexes and those of these names; empty if everything is.

        Raises TableUnusable if nothing can be added to the table in its status.
        """
        table_status = self.description.get("TableStatus", "ACTIVE")
        if table_status in _UNUSABLE:
            raise TableUnusable(name=table_name, status=table_status)
        statuses: dict[str, str] = dict.fromkeys(index_names, "not shown yet")
        statuses |= {index["IndexName"]: index.get("IndexStatus", "ACTIVE") for index in self.indexes}
        waiting = [f"the index {name} is {status}" for name, status in statuses.items() if status != "ACTIVE"]
        return ", ".join(waiting) or ("" if table_status == "ACTIVE" else f"the table is {table_status}")


@dataclass(frozen=True)
class ApiCall:
    """A step that is one API call; `parameters` are as boto3 takes them.

    `reply` is what the AWS CLI prints of the response, `feature` one that the call switches on and engines may lack.
    """

    table_name: str
    summary: str
    operation: str
    parameters: Mapping[str, Any]
    reply: str = ""
    feature: str = ""

    def command(self, options: Sequence[str] = ()) -> str:
        """Return the same call as one line for a POSIX shell; `options` are added to the call of `aws`."""
        return _aws(self.operation, self.parameters, self.reply, options)

    def attempt(self, client: "DynamoDBClient") -> str:
        """Make the call. Raises what botocore raises."""
        try:
            getattr(client, self.operation)(**self.parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] != _TOO_EARLY:
                raise
            return f"it is too early to {self.summary}"
        return ""


@dataclass(frozen=True)
class WaitUntilActive:
    """A step that waits until the table and all its indexes, the named ones among them, are active.

    `created`: the step before created the table, so its indexes become active together with it.
    """

    table_name: str
    index_names: tuple[str, ...] = ()
    created: bool = False
    feature = ""

    @property
    def summary(self) -> str:
        """The step in words, for a progress line."""
        return f"wait until {' and '.join(self.index_names) or 'the table'} can be used"

    def command(self, options: Sequence[str] = ()) -> str:
        """Return `aws dynamodb wait table-exists`, or a shell loop for an index, which the AWS CLI can't wait for."""
        if self.created:
            return shlex.join(["aws", "dynamodb", "wait", "table-exists", "--table-name", self.table_name, *options])
        query = "Table.[TableStatus,GlobalSecondaryIndexes[].IndexStatus][]"
        statuses = _aws("describe_table", {"TableName": self.table_name}, query, options)
        return f"while {statuses} | grep -qE 'CREATING|UPDATING|DELETING'; do sleep 10; done"

    def attempt(self, client: "DynamoDBClient") -> str:
        """Read the state. Raises TableUnusable and what botocore raises."""
        try:
            state = TableState(client.describe_table(TableName=self.table_name)["Table"])
        except client.exceptions.ResourceNotFoundException:
            if not self.created:
                raise
            return "the table is not shown yet"  # DescribeTable is eventually consistent
        return state.pending(self.table_name, self.index_names)


@dataclass(frozen=True)
class ImpossibleIndex:
    """An index that can't be added to the table as it is. The step only reports that, so that the others still run."""

    table_name: str
    summary: str
    feature = ""

    def command(self, options: Sequence[str] = ()) -> str:
        """Return a comment."""
        return f"# {self.table_name}: {self.summary}"

    def attempt(self, client: "DynamoDBClient") -> str:
        """Do nothing: `apply` has reported the summary."""
        return ""


Step = ApiCall | WaitUntilActive | ImpossibleIndex
"""One thing to do to one table. Every step has `table_name`, `summary`, `feature` and `command`, and
`attempt`, which returns what is not ready yet; it is called again until that is empty."""


def read_state(
    client: "DynamoDBClient", names: Mapping[Key, str], report: Report = lambda _: None
) -> dict[Key, TableState | None]:
    """Read what exists of each table, None where there is no table of that name. Writes nothing.

    Features that the endpoint does not support are reported. Raises DataError where a table can't be described.
    """
    states: dict[Key, TableState | None] = {}
    for key, name in names.items():
        with _translate_refusals(name):
            try:
                description = client.describe_table(TableName=name)["Table"]
            except client.exceptions.ResourceNotFoundException:
                states[key] = None
                continue
            recovery = _if_supported(partial(_read_recovery, client, name), name, _RECOVERY, report)
            arn = description.get("TableArn")
            tags = _if_supported(partial(_read_tags, client, arn), name, _TAGGING, report) if arn else None
        states[key] = TableState(description, recovery, tags)
    return states


def plan(
    states: Mapping[Key, TableState | None],
    names: Mapping[Key, str],
    indexes: IndexSet = INDEX_SETS["provisioned"],
) -> list[Step]:
    """Return the steps from what exists (None: no such table) to what should, in order. Makes no call.

    An index is recognised by its keys and projection, never by its name. An index that is being created counts as
    existing, and the plan waits for it. The list is empty if nothing is missing.

    Raises KeysDiffer or TableUnusable for a table that is not the intended one.
    """
    steps: list[Step] = []
    for key, name in names.items():
        if (state := states.get(key)) is not None:
            steps += _missing(state, key, name, indexes.get(key, ()))
        else:
            created = WaitUntilActive(name, created=True)
            steps += [create_table(name, _TABLES[key], indexes.get(key, ())), created, enable_recovery(name)]
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
    for step in steps:
        report(f"{step.table_name}: {step.summary}")
        until_ready = partial(_attempt_until_ready, step, client, report, sleep, clock, max_wait)
        with _translate_refusals(step.table_name):
            _if_supported(until_ready, step.table_name, step.feature, report)


def _attempt_until_ready(
    step: Step, client: "DynamoDBClient", report: Report, sleep: Sleep, clock: Clock, max_wait: timedelta
) -> None:
    """Attempt the step until it is ready, with growing pauses. Raises NotReady after `max_wait`."""
    # botocore's waiters can't do this: they report no progress, sleep on the real clock, and know no status of an index
    started = reported_at = clock()
    pause, reported = _FIRST_PAUSE, ""
    while reason := step.attempt(client):
        now = clock()
        if now - started >= max_wait.total_seconds():
            raise NotReady(name=step.table_name, pending=reason, minutes=max_wait / timedelta(minutes=1))
        if reason != reported or now - reported_at >= _REPORT_EVERY:
            report(f"{step.table_name}: waiting, {reason} ({now - started:.0f} s)")
            reported, reported_at = reason, now
        sleep(pause)
        pause = min(pause * 1.5, _MAX_PAUSE)


def check_usable(state: TableState, key: StoredKey, name: str) -> None:
    """Raise KeysDiffer or TableUnusable if the existing table can't be the intended one."""
    check_described_keys(_TABLES[key], name, state.description)
    state.pending(name)  # raises TableUnusable


def create_table(name: str, table: KeyedTable, indexes: Sequence[IndexDefinition]) -> ApiCall:
    """Return the step that creates a table."""
    summary = f"create the table {'with ' if indexes else 'without indexes'}{', '.join(i.name for i in indexes)}"
    return ApiCall(name, summary, "create_table", create_table_request(table, name, indexes), reply=_TABLE_STATUS)


def enable_recovery(name: str) -> ApiCall:
    """Return the step that switches point-in-time recovery on."""
    parameters = {"TableName": name, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    reply = "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus"
    summary = f"switch {_RECOVERY} on"
    return ApiCall(name, summary, "update_continuous_backups", parameters, reply, feature=_RECOVERY)


def _add_index(
    name: str, index: IndexDefinition, types: Mapping[str, str], capacity: tuple[int, int] | None
) -> ApiCall:
    units = f" at the table's own {capacity[0]} read and {capacity[1]} write units" if capacity else ""
    request = add_index_request(name, index, types, capacity)
    return ApiCall(name, f"add the index {index.name}{units}", "update_table", request, reply=_TABLE_STATUS)


def _missing(state: TableState, key: StoredKey, name: str, wanted: Iterable[IndexDefinition]) -> Iterator[Step]:
    """The steps for an existing table: the quick ones first, then one index at a time, as DynamoDB requires."""
    check_usable(state, key, name)
    if state.pending(name):
        yield WaitUntilActive(name)
    if state.tags is not None and (tags := {key: value for key, value in TAGS.items() if key not in state.tags}):
        summary = f"tag {', '.join(f'{key}={value}' for key, value in tags.items())}"
        parameters = {"ResourceArn": state.description["TableArn"], "Tags": tag_list(tags)}
        yield ApiCall(name, summary, "tag_resource", parameters, feature=_TAGGING)
    if state.recovery is False:
        yield enable_recovery(name)
    types, types_in_use = state.key_types, state.key_types_in_use
    taken = {i["IndexName"] for i in chain(state.indexes, state.description.get("LocalSecondaryIndexes", []))}
    for index in wanted:
        if any(index.is_served_by(existing, _TABLES[key], types) for existing in state.indexes):
            continue
        if declared := {
            name_: types[name_] for name_, type_ in index.key_types.items() if types.get(name_, type_) != type_
        }:
            conflicts = " and ".join(f"{name_} is declared as {type_}" for name_, type_ in declared.items())
            summary = f"the index {index.name} can't be made: {conflicts} by another index of this table"
            yield ImpossibleIndex(name, summary)
            continue
        names = chain([index.name], (f"{index.name}-{number}" for number in count(2)))
        renamed = replace(index, name=next(free for free in names if free not in taken))
        yield _add_index(name, renamed, types_in_use, state.capacity)
        yield WaitUntilActive(name, (renamed.name,))
        taken.add(renamed.name)
        types_in_use |= index.key_types


def _read_recovery(client: "DynamoDBClient", name: str) -> bool:
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"


def _read_tags(client: "DynamoDBClient", arn: str) -> dict[str, str]:
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page.get("Tags", [])}


def _if_supported(call: Callable[[], _Result], table_name: str, feature: str, report: Report) -> _Result | None:
    """What `call` returns; None, and a report, where it is for a feature (empty: for none) that the endpoint lacks."""
    try:
        return call()
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        is_unsupported = code in {"ValidationException", "InternalFailure"} and _UNSUPPORTED.search(message)
        if not feature or not (code in _UNSUPPORTED_CODES or is_unsupported):
            raise
        report(f"{table_name}: {feature} is not supported by this endpoint")
        return None


@contextmanager
def _translate_refusals(table_name: str) -> Iterator[None]:
    """As `translate_errors`, but with the advice of this command where DynamoDB refuses a call."""
    try:
        with translate_errors(table_name):
            yield
    except AccessDenied as error:
        raise NotAllowed(action=error.action, table=table_name) from error
    except RequestRefused as error:
        raise StepRefused(operation=error.operation, table=table_name, message=error.message) from error


def _aws(operation: str, parameters: Mapping[str, Any], query: str, options: Sequence[str]) -> str:
    """The AWS CLI command for a call of boto3, printing only `query`; values other than plain text become JSON."""
    words = ["aws", "dynamodb", operation.replace("_", "-")]
    for name, value in parameters.items():
        text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        words += [f"--{xform_name(name, '-')}", text]
    if query:
        words += ["--query", query, "--output", "text"]
    return shlex.join([*words, *options])
