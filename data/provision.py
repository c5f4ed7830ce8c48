"""Makes the two tables as documented, and adds what is missing to tables that exist. Nothing is ever changed or removed.

Planning and doing are apart: `read_state` asks what is there, `plan` makes of it a list of steps without any call, and
`carry_out` does them. A step can also print itself as the AWS CLI command that does the same.
"""

import json
import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from botocore import xform_name
from botocore.exceptions import ClientError

from data.errors import AccessDenied, DataError, naming_errors
from data.schema import EVALUATIONS, FLASHCARD_SETS, TABLES, Table, TableKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import GlobalSecondaryIndexDescriptionTypeDef, TableDescriptionTypeDef

TAGS: dict[str, str] = {"Project": "bandup", "Environment": "production"}
"""The documented tags."""

PATIENCE = timedelta(hours=1)
"""How long one table or index may take to become active. Filling an index of a large table takes minutes to hours."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0  # seconds between two looks
_REPORT_EVERY = 30.0  # seconds
_RECOVERY, _TAGGING = "point-in-time recovery", "tagging"
_UNUSABLE = {"DELETING", "ARCHIVING", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"}

Report = Callable[[str], None]
Sleep = Callable[[float], None]
Clock = Callable[[], float]
_Found = TypeVar("_Found")


class NamedTwice(DataError):
    """Both tables have one name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{EVALUATIONS.variable} and {FLASHCARD_SETS.variable} both name {name}: they are two tables, so give "
            "each its own name."
        )


class KeysDiffer(DataError):
    """A table of this name exists, with other keys than the product reads."""

    def __init__(self, name: str, found: str, expected: str, variable: str) -> None:
        super().__init__(
            f"{name} is another table: its keys are {found}, not {expected}; correct {variable} or choose a new name."
        )


class TableUnusable(DataError):
    """The table is being deleted, archived, or its encryption key can't be reached."""

    def __init__(self, name: str, status: str) -> None:
        super().__init__(f"{name} is {status}: nothing can be added to it; see to that first, then run this again.")


class NotReady(DataError):
    """A table or index did not become active in time."""

    def __init__(self, name: str, waiting_for: str, patience: timedelta) -> None:
        super().__init__(
            f"{name} is not ready after {patience.total_seconds() / 60:g} minutes ({waiting_for}): DynamoDB goes on "
            "by itself, so run this again later to add what is still missing."
        )


class NotAllowed(DataError):
    """The credentials lack a permission that provisioning needs. `action` is the IAM action."""

    def __init__(self, action: str, table: str) -> None:
        self.action = action
        super().__init__(
            f"These AWS credentials may not {action} on {table}: use credentials that may create and update tables, "
            "or hand the commands of `python -m bandup provision --dry-run` to somebody who has them."
        )


class StepRefused(DataError):
    """DynamoDB refused a step, for instance because a limit of the table or the account is reached."""

    def __init__(self, operation: str, table: str, message: str) -> None:
        super().__init__(f"DynamoDB refused {operation} for {table} ({message}): mend that, then run this again.")


@dataclass(frozen=True)
class IndexDefinition:
    """A global secondary index as it should be. `included` are the attributes it holds beside the keys; None means all."""

    name: str
    partition_key: str
    sort_key: str
    sort_type: Literal["S", "N"] = "S"
    included: tuple[str, ...] | None = None

    @property
    def key_types(self) -> dict[str, str]:
        """Attribute types of the two keys, partition key first."""
        return {self.partition_key: "S", self.sort_key: self.sort_type}

    @property
    def definition(self) -> dict[str, Any]:
        """The index as CreateTable and UpdateTable take it."""
        projection: dict[str, Any] = {"ProjectionType": "ALL"}
        if self.included is not None:
            projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(self.included)}
        return {
            "IndexName": self.name,
            "KeySchema": _key_schema(self.partition_key, self.sort_key),
            "Projection": projection,
        }

    def is_served_by(
        self, existing: "GlobalSecondaryIndexDescriptionTypeDef", table: Table, types: Mapping[str, str]
    ) -> bool:
        """Whether `existing` has these keys, of these types, and projects at least these attributes. Names don't matter."""
        if existing.get("IndexStatus") == "DELETING":
            return False
        keys = [key["AttributeName"] for key in existing.get("KeySchema", [])]
        if keys != list(self.key_types) or any(types.get(name) != of for name, of in self.key_types.items()):
            return False
        projection = existing.get("Projection", {})
        if projection.get("ProjectionType") == "ALL":
            return True
        held = {*keys, table.partition_key, table.sort_key, *projection.get("NonKeyAttributes", [])}
        return self.included is not None and held.issuperset(self.included)


IndexSet = Mapping[TableKey, tuple[IndexDefinition, ...]]


def _covering(table: Table) -> IndexDefinition:
    """The index that serves a student's items and a scan of everyone: every item is in it, as every item has its keys."""
    return IndexDefinition(
        f"{table.sort_key}-{table.partition_key}-index",
        table.sort_key,
        table.partition_key,
        included=tuple(attribute.name for attribute in table.summary_attributes),
    )


def _by_time(name: str, partition_key: str = "user_id") -> IndexDefinition:
    return IndexDefinition(name, partition_key, "created_at", "N")


_DOCUMENTED = _by_time("user_id-created_at-index")

INDEX_SETS: dict[str, IndexSet] = {
    "none": {"evaluations": (), "flashcard_sets": ()},
    "documented": {"evaluations": (_DOCUMENTED,), "flashcard_sets": ()},
    "terraform": {
        "evaluations": (_by_time("user-evaluations-index"), _by_time("type-index", "evaluation_type")),
        "flashcard_sets": (_by_time("user-sets-index"),),
    },
    "provisioned": {
        "evaluations": (_covering(EVALUATIONS), _DOCUMENTED),
        "flashcard_sets": (_covering(FLASHCARD_SETS),),
    },
}
"""Which indexes a table can be made with; `provisioned` is what the product wants.

The sets table gets no index on `created_at`: real sets hold a word or a request id there, and DynamoDB refuses every
write whose index key is of another type than declared. Such an index, declared as a number, would make the Lambdas'
own writes fail. (`terraform` has one, because the platform's Terraform has.)
"""


@dataclass(frozen=True)
class TableState:
    """What is there of one table. `recovery` and `tags` are None where the endpoint does not support them."""

    description: "TableDescriptionTypeDef"
    recovery: bool | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Pace:
    """How to wait: whom to tell, how to sleep (seconds), what time it is (seconds, monotonic), when to give up."""

    report: Report
    sleep: Sleep = time.sleep
    clock: Clock = time.monotonic
    patience: timedelta = PATIENCE

    def until_ready(self, table_name: str, waiting_for: Callable[[], str]) -> None:
        """Calls `waiting_for` until it returns an empty text, with growing pauses. Raises NotReady after `patience`."""
        begun = told_at = self.clock()
        pause, told = _FIRST_PAUSE, ""
        while awaited := waiting_for():
            now = self.clock()
            if now - begun >= self.patience.total_seconds():
                raise NotReady(table_name, awaited, self.patience)
            if awaited != told or now - told_at >= _REPORT_EVERY:
                self.report(f"{table_name}: waiting, {awaited} ({now - begun:.0f} s)")
                told, told_at = awaited, now
            self.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)


@dataclass(frozen=True)
class Call:
    """A step that is one call of the API, `parameters` as boto3 takes them.

    `optional` names what the call brings where an endpoint may lack it: that is then reported, not an error. While
    DynamoDB answers with the error code `early`, it is too early for the call, and it is made again.
    """

    table_name: str
    summary: str
    operation: str
    parameters: Mapping[str, Any]
    reply_shown: str = ""
    optional: str = ""
    early: str = ""

    def command(self, options: Sequence[str] = ()) -> str:
        """The same as one line for a POSIX shell with the AWS CLI; `options` are added to the call of `aws`."""
        words = _aws(self.operation, self.parameters)
        if self.reply_shown:
            words += ["--query", self.reply_shown, "--output", "text"]
        return shlex.join([*words, *options])

    def carry_out(self, client: "DynamoDBClient", pace: Pace) -> None:
        """Makes the call. Raises what botocore raises."""
        try:
            pace.until_ready(self.table_name, partial(self._too_early, client))
        except ClientError as error:
            if not (self.optional and _unsupported(error)):
                raise
            pace.report(_not_supported(self.table_name, self.optional))

    def _too_early(self, client: "DynamoDBClient") -> str:
        try:
            getattr(client, self.operation)(**self.parameters)
        except ClientError as error:
            if not self.early or _code(error) != self.early:
                raise
            return f"it is too early to {self.summary}"
        return ""


@dataclass(frozen=True)
class AwaitActive:
    """A step that waits until the table and all its indexes are active, and the named ones are among them.

    `made` tells that the table was made by the step before: its indexes are then active as soon as it is itself.
    """

    table_name: str
    index_names: tuple[str, ...] = ()
    made: bool = False

    @property
    def summary(self) -> str:
        """What the step does, for a progress line."""
        return f"wait until {' and '.join(self.index_names) or 'the table'} can be used"

    def command(self, options: Sequence[str] = ()) -> str:
        """`aws dynamodb wait table-exists`; for an index, which the AWS CLI can't wait for, a loop of the shell."""
        if self.made:
            return shlex.join(["aws", "dynamodb", "wait", "table-exists", "--table-name", self.table_name, *options])
        look = _aws("describe_table", {"TableName": self.table_name})
        look += ["--query", "Table.[TableStatus,GlobalSecondaryIndexes[].IndexStatus][]", "--output", "text", *options]
        return f"while {shlex.join(look)} | grep -qE 'CREATING|UPDATING|DELETING'; do sleep 10; done"

    def carry_out(self, client: "DynamoDBClient", pace: Pace) -> None:
        """Looks until all is active. Raises NotReady, TableUnusable, or what botocore raises."""
        pace.until_ready(self.table_name, partial(self._waiting_for, client))

    def _waiting_for(self, client: "DynamoDBClient") -> str:
        try:
            description = client.describe_table(TableName=self.table_name)["Table"]
        except client.exceptions.ResourceNotFoundException:
            if not self.made:
                raise
            return "the table does not show yet"  # DescribeTable is eventually consistent
        status = description.get("TableStatus", "ACTIVE")
        if status in _UNUSABLE:
            raise TableUnusable(self.table_name, status)
        statuses: dict[str, str] = dict.fromkeys(self.index_names, "not shown yet")
        statuses |= {index["IndexName"]: index.get("IndexStatus", "ACTIVE") for index in _indexes(description)}
        waiting = [f"the index {name} is {status}" for name, status in statuses.items() if status != "ACTIVE"]
        if not waiting and status != "ACTIVE":
            waiting = [f"the table is {status}"]
        return ", ".join(waiting)


@dataclass(frozen=True)
class Impossible:
    """An index that can't be made as the table is. It is told, not done: the rest goes on."""

    table_name: str
    index: IndexDefinition
    reason: str

    @property
    def summary(self) -> str:
        """What can't be done and why."""
        return f"the index {self.index.name} can't be made: {self.reason}"

    def command(self, options: Sequence[str] = ()) -> str:
        """A comment."""
        return f"# {self.table_name}: {self.summary}"

    def carry_out(self, client: "DynamoDBClient", pace: Pace) -> None:
        """Nothing: its summary is all there is to it."""


Step = Call | AwaitActive | Impossible
"""One thing to do to one table: it has a `table_name`, a `summary`, a `command` and can be carried out."""


def create_table_request(table: Table, name: str, indexes: Sequence[IndexDefinition] | None = None) -> dict[str, Any]:
    """What CreateTable takes for a table billed on demand: keys, indexes (None: those the product wants) and tags."""
    indexes = INDEX_SETS["provisioned"][table.key] if indexes is None else indexes
    types = {table.partition_key: "S", table.sort_key: "S"}
    for index in indexes:
        types |= index.key_types
    request: dict[str, Any] = {
        "TableName": name,
        "AttributeDefinitions": _attribute_definitions(types),
        "KeySchema": _key_schema(table.partition_key, table.sort_key),
        "BillingMode": "PAY_PER_REQUEST",
        "Tags": _tag_list(TAGS),
    }
    if indexes:
        request["GlobalSecondaryIndexes"] = [index.definition for index in indexes]
    return request


def create_table(name: str, table: Table, indexes: Sequence[IndexDefinition]) -> Call:
    """The step that makes a table."""
    summary = f"create the table {'with ' if indexes else 'without indexes'}{', '.join(i.name for i in indexes)}"
    request = create_table_request(table, name, indexes)
    return Call(name, summary, "create_table", request, reply_shown="TableDescription.TableStatus")


def add_index(
    name: str, index: IndexDefinition, types: Mapping[str, str] | None = None, capacity: tuple[int, int] | None = None
) -> Call:
    """The step that adds one index to a table.

    `types` are the key attributes the table has already and their types, `capacity` is (read, write) units per second
    for a table not billed on demand.
    """
    definition, at = index.definition, ""
    if capacity:
        read, write = capacity
        definition["ProvisionedThroughput"] = {"ReadCapacityUnits": read, "WriteCapacityUnits": write}
        at = f" at the table's own {read} read and {write} write units"
    parameters = {
        "TableName": name,
        "AttributeDefinitions": _attribute_definitions({**(types or {}), **index.key_types}),
        "GlobalSecondaryIndexUpdates": [{"Create": definition}],
    }
    summary = f"add the index {index.name}{at}"
    return Call(name, summary, "update_table", parameters, reply_shown="TableDescription.TableStatus")


def add_tags(name: str, arn: str, tags: Mapping[str, str]) -> Call:
    """The step that tags a table."""
    summary = f"tag {', '.join(f'{key}={value}' for key, value in tags.items())}"
    parameters = {"ResourceArn": arn, "Tags": _tag_list(tags)}
    return Call(name, summary, "tag_resource", parameters, optional=_TAGGING)


def enable_recovery(name: str) -> Call:
    """The step that switches point-in-time recovery on. DynamoDB says of a table made a moment ago that it is too early for that."""
    return Call(
        name,
        "switch point-in-time recovery on",
        "update_continuous_backups",
        {"TableName": name, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
        reply_shown="ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus",
        optional=_RECOVERY,
        early="ContinuousBackupsUnavailableException",
    )


def read_state(
    client: "DynamoDBClient", names: Mapping[TableKey, str], report: Report = lambda _: None
) -> dict[TableKey, TableState | None]:
    """What is there of each table: None where there is no table of that name. Only reads.

    What the endpoint does not support is reported. Raises DataError where the tables can't be described.
    """
    states: dict[TableKey, TableState | None] = {}
    for key, name in names.items():
        with _naming_refusals(name):
            try:
                description = client.describe_table(TableName=name)["Table"]
            except client.exceptions.ResourceNotFoundException:
                states[key] = None
                continue
            recovery = _or_none(partial(_recovery, client, name))
            tags = _or_none(partial(_tags, client, description))
        if recovery is None:
            report(_not_supported(name, _RECOVERY))
        if tags is None:
            report(_not_supported(name, _TAGGING))
        states[key] = TableState(description, recovery, tags)
    return states


def plan(
    states: Mapping[TableKey, TableState | None],
    names: Mapping[TableKey, str],
    indexes: IndexSet = INDEX_SETS["provisioned"],
) -> list[Step]:
    """The steps from what is there (None: no such table) to what should be, in the order to do them. Makes no call.

    An index is recognised by its keys and projection, never by its name; an index that is being made counts as there,
    and is waited for. Empty where nothing is missing.

    Raises NamedTwice, and KeysDiffer or TableUnusable for a table that is not the one meant.
    """
    if len(set(names.values())) < len(names):
        raise NamedTwice(next(iter(names.values())))
    steps: list[Step] = []
    for key, name in names.items():
        state = states.get(key)
        if state is None:
            steps += [
                create_table(name, TABLES[key], indexes[key]),
                AwaitActive(name, made=True),
                enable_recovery(name),
            ]
        else:
            check_usable(state, key, name)
            steps += _missing(state, TABLES[key], name, indexes[key])
    return steps


def carry_out(
    client: "DynamoDBClient",
    steps: Iterable[Step],
    report: Report,
    sleep: Sleep = time.sleep,
    clock: Clock = time.monotonic,
    patience: timedelta = PATIENCE,
) -> None:
    """Does the steps one after the other, reporting each; `patience` bounds each wait.

    Raises NotReady where a table or index takes longer, NotAllowed, Refused or another DataError where DynamoDB refuses.
    """
    pace = Pace(report, sleep, clock, patience)
    for step in steps:
        report(f"{step.table_name}: {step.summary}")
        with _naming_refusals(step.table_name):
            step.carry_out(client, pace)


def check_usable(state: TableState, key: TableKey, name: str) -> None:
    """Raises KeysDiffer or TableUnusable where the table that is there can't be the one meant."""
    table = TABLES[key]
    found = [(name, _types(state).get(name)) for name in _keys(state)]
    expected = [(table.partition_key, "S"), (table.sort_key, "S")]
    if found != expected:
        raise KeysDiffer(name, _spelled(found), _spelled(expected), table.variable)
    status = state.description.get("TableStatus", "ACTIVE")
    if status in _UNUSABLE:
        raise TableUnusable(name, status)


def _missing(state: TableState, table: Table, name: str, wanted: Iterable[IndexDefinition]) -> list[Step]:
    """The steps for a table that is there: what is quick first, then one index at a time, as DynamoDB allows."""
    steps: list[Step] = []
    existing = _indexes(state.description)
    if state.description.get("TableStatus", "ACTIVE") != "ACTIVE" or any(
        index.get("IndexStatus", "ACTIVE") != "ACTIVE" for index in existing
    ):
        steps.append(AwaitActive(name))
    if state.tags is not None and (lacking := {k: v for k, v in TAGS.items() if k not in state.tags}):
        steps.append(add_tags(name, state.description["TableArn"], lacking))
    if state.recovery is False:
        steps.append(enable_recovery(name))
    types, kept = _types(state), _kept_types(state)
    taken = {index["IndexName"] for index in existing}
    taken |= {index["IndexName"] for index in state.description.get("LocalSecondaryIndexes", [])}
    for index in wanted:
        if any(index.is_served_by(other, table, types) for other in existing):
            continue
        conflicts = [f"{k} is declared as {types[k]}" for k, of in index.key_types.items() if types.get(k, of) != of]
        if conflicts:
            steps.append(Impossible(name, index, f"{' and '.join(conflicts)} by another index of this table"))
            continue
        ours = replace(index, name=_free_name(index.name, taken))
        taken.add(ours.name)
        steps += [add_index(name, ours, kept, _capacity(state.description)), AwaitActive(name, (ours.name,))]
        kept |= ours.key_types
    return steps


def _free_name(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _capacity(description: "TableDescriptionTypeDef") -> tuple[int, int] | None:
    """Read and write units of a provisioned table, which a new index of it must name; None where billed on demand.

    A table that was never on demand has no billing mode in its description, and neither has any of DynamoDB Local's.
    """
    mode = description.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    throughput = description.get("ProvisionedThroughput", {})
    read, write = throughput.get("ReadCapacityUnits", 0), throughput.get("WriteCapacityUnits", 0)
    return (read, write) if mode == "PROVISIONED" and read and write else None


def _recovery(client: "DynamoDBClient", name: str) -> bool:
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"


def _tags(client: "DynamoDBClient", description: "TableDescriptionTypeDef") -> dict[str, str]:
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=description["TableArn"])
    return {tag["Key"]: tag["Value"] for page in pages for tag in page.get("Tags", [])}


def _or_none(read: Callable[[], _Found]) -> _Found | None:
    """What `read` returns, or None where the endpoint does not support the operation."""
    try:
        return read()
    except ClientError as error:
        if not _unsupported(error):
            raise
        return None


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _unsupported(error: ClientError) -> bool:
    """Whether this is how DynamoDB Local and its like say that they lack an operation."""
    message = str(error.response.get("Error", {}).get("Message", "")).lower()
    lacking = ("not supported", "not currently supported", "unsupported", "not implemented", "unknown operation")
    return _code(error) in {"UnknownOperationException", "UnknownOperation", "NotImplemented", "501"} or (
        _code(error) in {"ValidationException", "InternalFailure"} and any(text in message for text in lacking)
    )


def _not_supported(name: str, what: str) -> str:
    return f"{name}: {what} is not supported by this endpoint"


@contextmanager
def _naming_refusals(table_name: str) -> Iterator[None]:
    """As `naming_errors`, and a refusal it does not know becomes Refused, with what DynamoDB said."""
    try:
        with naming_errors(table_name):
            yield
    except AccessDenied as error:
        raise NotAllowed(error.action, table_name) from error
    except ClientError as error:
        message = str(error.response.get("Error", {}).get("Message", "")) or _code(error)
        raise StepRefused(error.operation_name, table_name, message) from error


def _aws(operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """A call of boto3 as the words of an AWS CLI command; what is not plain text becomes JSON."""
    words = ["aws", "dynamodb", operation.replace("_", "-")]
    for name, value in parameters.items():
        text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        words += [f"--{xform_name(name, '-')}", text]
    return words


def _key_schema(partition_key: str, sort_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition_key, "KeyType": "HASH"},
        {"AttributeName": sort_key, "KeyType": "RANGE"},
    ]


def _attribute_definitions(types: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": of} for name, of in types.items()]


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _indexes(description: "TableDescriptionTypeDef") -> "Sequence[GlobalSecondaryIndexDescriptionTypeDef]":
    return description.get("GlobalSecondaryIndexes", [])


def _keys(state: TableState) -> list[str]:
    return [part["AttributeName"] for part in state.description.get("KeySchema", [])]


def _types(state: TableState) -> dict[str, str]:
    return {of["AttributeName"]: of["AttributeType"] for of in state.description.get("AttributeDefinitions", [])}


def _kept_types(state: TableState) -> dict[str, str]:
    """The types of the key attributes of the table and its indexes, without an index that is being deleted."""
    schemas = [state.description.get("KeySchema", [])]
    schemas += [i.get("KeySchema", []) for i in state.description.get("LocalSecondaryIndexes", [])]
    schemas += [i.get("KeySchema", []) for i in _indexes(state.description) if i.get("IndexStatus") != "DELETING"]
    used = {part["AttributeName"] for schema in schemas for part in schema}
    return {name: of for name, of in _types(state).items() if name in used}


def _spelled(keys: Iterable[tuple[str, str | None]]) -> str:
    return " and ".join(f"{name} ({of})" for name, of in keys)
