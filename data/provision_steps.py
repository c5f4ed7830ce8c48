"""The steps of provisioning: API calls and waits, which can run or be rendered as AWS CLI commands."""

import json
import shlex
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from data.errors import DataError
from data.schema import Table
from data.table_definitions import IndexDefinition, attribute_definitions, create_table_request, tag_list

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import GlobalSecondaryIndexDescriptionTypeDef, TableDescriptionTypeDef

MAX_WAIT = timedelta(hours=1)
"""How long one table or index may take to become active. Filling an index of a large table takes minutes to hours."""

_FIRST_PAUSE, _MAX_PAUSE = 1.0, 15.0  # seconds between two calls
_REPORT_EVERY = 30.0  # seconds
RECOVERY, TAGGING = "point-in-time recovery", "tagging"
_OPTIONAL = {"update_continuous_backups": RECOVERY, "tag_resource": TAGGING}
"""Operations that DynamoDB Local and similar engines may lack, with the feature that they switch on."""

_TOO_EARLY = "ContinuousBackupsUnavailableException"
"""The error code for switching recovery on in a table that was created a moment ago: the call is to be repeated."""

_REPLY_QUERIES = {
    "create_table": "TableDescription.TableStatus",
    "update_table": "TableDescription.TableStatus",
    "update_continuous_backups": (
        "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus"
    ),
}
"""What the AWS CLI prints of a response."""

_UNUSABLE = {"DELETING", "ARCHIVING", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"}
_UNSUPPORTED_CODES = {"UnknownOperationException", "UnknownOperation", "NotImplemented", "501"}
_UNSUPPORTED_WORDS = (
    "not supported",
    "not currently supported",
    "unsupported",
    "not implemented",
    "unknown operation",
)

Report = Callable[[str], None]
Sleep = Callable[[float], None]
Clock = Callable[[], float]


class TableUnusable(DataError):
    """The table is being deleted, archived, or its encryption key can't be reached."""

    def __init__(self, name: str, status: str) -> None:
        super().__init__(f"{name} is {status}, so nothing can be added to it: resolve that first, then run this again.")


class NotReady(DataError):
    """A table or index did not become active in time."""

    def __init__(self, name: str, pending: str, max_wait: timedelta) -> None:
        super().__init__(
            f"{name} is not ready after {max_wait.total_seconds() / 60:g} minutes ({pending}): DynamoDB continues on "
            "its own, so run this again later to add what is still missing."
        )


@dataclass(frozen=True)
class TableState:
    """What exists of one table. `recovery` and `tags` are None where the endpoint does not support them."""

    description: "TableDescriptionTypeDef"
    recovery: bool | None = None
    tags: Mapping[str, str] | None = None

    @property
    def status(self) -> str:
        """The table's status, e.g. `ACTIVE`."""
        return self.description.get("TableStatus", "ACTIVE")

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
        local = self.description.get("LocalSecondaryIndexes", [])
        schemas = [self.description.get("KeySchema", []), *(index.get("KeySchema", []) for index in local)]
        schemas += [index.get("KeySchema", []) for index in self.indexes if index.get("IndexStatus") != "DELETING"]
        used = {part["AttributeName"] for schema in schemas for part in schema}
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

    def pending(self, index_names: Iterable[str] = ()) -> str:
        """What is not active yet of the table, its indexes and those of these names; empty if everything is."""
        statuses: dict[str, str] = dict.fromkeys(index_names, "not shown yet")
        statuses |= {index["IndexName"]: index.get("IndexStatus", "ACTIVE") for index in self.indexes}
        waiting = [f"the index {name} is {status}" for name, status in statuses.items() if status != "ACTIVE"]
        if not waiting and self.status != "ACTIVE":
            waiting = [f"the table is {self.status}"]
        return ", ".join(waiting)

    def check_usable(self, name: str) -> None:
        """Raise TableUnusable if nothing can be added to the table in its status."""
        if self.status in _UNUSABLE:
            raise TableUnusable(name, self.status)


@dataclass(frozen=True)
class Poller:
    """Repeats a call until it succeeds, at most for `max_wait`. `sleep` takes and `clock` returns seconds.

    botocore's waiters can't do this: they report no progress, sleep on the real clock, and know no status of an index.
    """

    report: Report
    sleep: Sleep = time.sleep
    clock: Clock = time.monotonic
    max_wait: timedelta = MAX_WAIT

    def until_ready(self, table_name: str, pending: Callable[[], str]) -> None:
        """Call `pending` until it returns an empty text, with growing pauses. Raises NotReady after `max_wait`."""
        started = reported_at = self.clock()
        pause, reported = _FIRST_PAUSE, ""
        while reason := pending():
            now = self.clock()
            if now - started >= self.max_wait.total_seconds():
                raise NotReady(table_name, reason, self.max_wait)
            if reason != reported or now - reported_at >= _REPORT_EVERY:
                self.report(f"{table_name}: waiting, {reason} ({now - started:.0f} s)")
                reported, reported_at = reason, now
            self.sleep(pause)
            pause = min(pause * 1.5, _MAX_PAUSE)


@dataclass(frozen=True)
class ApiCall:
    """A step that is one API call; `parameters` are as boto3 takes them."""

    table_name: str
    summary: str
    operation: str
    parameters: Mapping[str, Any]

    def command(self, options: Sequence[str] = ()) -> str:
        """Return the same call as one line for a POSIX shell; `options` are added to the call of `aws`."""
        words = _aws(self.operation, self.parameters)
        if query := _REPLY_QUERIES.get(self.operation):
            words += ["--query", query, "--output", "text"]
        return shlex.join([*words, *options])

    def run(self, client: "DynamoDBClient", poller: Poller) -> None:
        """Make the call, and only report a feature that the endpoint lacks. Raises NotReady and what botocore raises."""
        try:
            poller.until_ready(self.table_name, partial(self._attempt, client))
        except ClientError as error:
            feature = _OPTIONAL.get(self.operation)
            if feature is None or not is_unsupported(error):
                raise
            poller.report(not_supported(self.table_name, feature))

    def _attempt(self, client: "DynamoDBClient") -> str:
        try:
            getattr(client, self.operation)(**self.parameters)
        except ClientError as error:
            if error_code(error) != _TOO_EARLY:
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

    @property
    def summary(self) -> str:
        """The step in words, for a progress line."""
        return f"wait until {' and '.join(self.index_names) or 'the table'} can be used"

    def command(self, options: Sequence[str] = ()) -> str:
        """Return `aws dynamodb wait table-exists`, or a shell loop for an index, which the AWS CLI can't wait for."""
        if self.created:
            return shlex.join(["aws", "dynamodb", "wait", "table-exists", "--table-name", self.table_name, *options])
        describe = _aws("describe_table", {"TableName": self.table_name})
        describe += ["--query", "Table.[TableStatus,GlobalSecondaryIndexes[].IndexStatus][]", "--output", "text"]
        statuses = shlex.join([*describe, *options])
        return f"while {statuses} | grep -qE 'CREATING|UPDATING|DELETING'; do sleep 10; done"

    def run(self, client: "DynamoDBClient", poller: Poller) -> None:
        """Wait. Raises NotReady, TableUnusable, or what botocore raises."""
        poller.until_ready(self.table_name, partial(self._pending, client))

    def _pending(self, client: "DynamoDBClient") -> str:
        try:
            state = TableState(client.describe_table(TableName=self.table_name)["Table"])
        except client.exceptions.ResourceNotFoundException:
            if not self.created:
                raise
            return "the table is not shown yet"  # DescribeTable is eventually consistent
        state.check_usable(self.table_name)
        return state.pending(self.index_names)


@dataclass(frozen=True)
class ImpossibleIndex:
    """An index that can't be added to the table as it is. The step only reports that, so that the others still run."""

    table_name: str
    index: IndexDefinition
    reason: str

    @property
    def summary(self) -> str:
        """Which index can't be added, and why."""
        return f"the index {self.index.name} can't be made: {self.reason}"

    def command(self, options: Sequence[str] = ()) -> str:
        """Return a comment."""
        return f"# {self.table_name}: {self.summary}"

    def run(self, client: "DynamoDBClient", poller: Poller) -> None:
        """Do nothing: `apply` has reported the summary."""


Step = ApiCall | WaitUntilActive | ImpossibleIndex
"""One thing to do to one table. Every step has `table_name`, `summary`, `command` and `run`."""


def create_table(name: str, table: Table, indexes: Sequence[IndexDefinition]) -> ApiCall:
    """Return the step that creates a table."""
    summary = f"create the table {'with ' if indexes else 'without indexes'}{', '.join(i.name for i in indexes)}"
    return ApiCall(name, summary, "create_table", create_table_request(table, name, indexes))


def add_index(
    name: str, index: IndexDefinition, types: Mapping[str, str], capacity: tuple[int, int] | None = None
) -> ApiCall:
    """Return the step that adds one index to a table.

    `types` are the key attributes that the table has already, and their types. `capacity` is (read, write) units per
    second for a table that is not billed on demand.
    """
    definition, suffix = index.definition, ""
    if capacity:
        read, write = capacity
        definition["ProvisionedThroughput"] = {"ReadCapacityUnits": read, "WriteCapacityUnits": write}
        suffix = f" at the table's own {read} read and {write} write units"
    parameters = {
        "TableName": name,
        "AttributeDefinitions": attribute_definitions({**types, **index.key_types}),
        "GlobalSecondaryIndexUpdates": [{"Create": definition}],
    }
    return ApiCall(name, f"add the index {index.name}{suffix}", "update_table", parameters)


def add_tags(name: str, arn: str, tags: Mapping[str, str]) -> ApiCall:
    """Return the step that tags a table."""
    summary = f"tag {', '.join(f'{key}={value}' for key, value in tags.items())}"
    return ApiCall(name, summary, "tag_resource", {"ResourceArn": arn, "Tags": tag_list(tags)})


def enable_recovery(name: str) -> ApiCall:
    """Return the step that switches point-in-time recovery on."""
    specification = {"PointInTimeRecoveryEnabled": True}
    parameters = {"TableName": name, "PointInTimeRecoverySpecification": specification}
    return ApiCall(name, "switch point-in-time recovery on", "update_continuous_backups", parameters)


def error_code(error: ClientError) -> str:
    """The error code of a response, e.g. `ValidationException`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_unsupported(error: ClientError) -> bool:
    """Whether the error is how DynamoDB Local and similar engines answer an operation that they lack."""
    message = str(error.response.get("Error", {}).get("Message", "")).lower()
    return error_code(error) in _UNSUPPORTED_CODES or (
        error_code(error) in {"ValidationException", "InternalFailure"}
        and any(words in message for words in _UNSUPPORTED_WORDS)
    )


def not_supported(name: str, feature: str) -> str:
    """The sentence that reports a feature that the endpoint lacks."""
    return f"{name}: {feature} is not supported by this endpoint"


def _aws(operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """The words of the AWS CLI command for a call of boto3; values other than plain text become JSON."""
    words = ["aws", "dynamodb", operation.replace("_", "-")]
    for name, value in parameters.items():
        text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        words += [f"--{xform_name(name, '-')}", text]
    return words
