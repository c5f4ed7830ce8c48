"""The methods of reading the evaluations table that `benchmarks.reads` compares, each measured in its own process.

    python -m benchmarks.read_methods <case as JSON>

runs one method and prints its cost as JSON. A method is a function of a case that imports its libraries, connects, and
returns the reader. Only the reader is measured, after the same method has read a small table once.
"""

import hashlib
import hmac
import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

REGION = "us-east-1"
KEYS = ("evaluation_id", "user_id")


@dataclass(frozen=True)
class ReadCase:
    """The task of one process.

    `method`: a name in METHODS. `endpoint`, `warm_endpoint`: addresses of the table to read and of a small one.
    `columns`: attributes to project, empty for all. `index`: the index to read, empty for the table itself. `user_id`:
    read only this student's items. `repeats`: the number of reads; the figures are for one read.
    """

    method: str
    endpoint: str
    warm_endpoint: str
    table: str
    columns: tuple[str, ...] = ()
    index: str = ""
    user_id: str = ""
    repeats: int = 1


@dataclass(frozen=True)
class ReadCost:
    """The cost of one read: rows, CPU seconds (user and system), wall seconds, and peak memory above the base, MB."""

    rows: int
    cpu: float
    wall: float
    peak_mb: float


Reader = Callable[[], int]
"""Reads, and returns the number of items."""


def scan_arguments(case: ReadCase) -> dict[str, Any]:
    """The arguments of boto3's `scan` for a case: table, index and projection."""
    arguments: dict[str, Any] = {"TableName": case.table}
    if case.index:
        arguments["IndexName"] = case.index
    if case.columns:
        aliases = {f"#p{number}": name for number, name in enumerate(case.columns)}
        arguments |= {"ProjectionExpression": ", ".join(aliases), "ExpressionAttributeNames": aliases}
    return arguments


def ours(case: ReadCase) -> Reader:
    """The product: both tables' summary attributes as typed, flagged frames, or one student's."""
    from data.repository import Repository
    from data.settings import Settings

    settings = Settings(
        names={"evaluations": case.table, "flashcard_sets": case.table.replace("evaluations", "flashcard-sets")},
        demo=False,
    )
    repository = Repository(_connect(case), settings, lambda: datetime.now(UTC))
    if case.user_id:
        return lambda: len(repository.student(case.user_id).evaluations)
    if not case.columns:
        return _ours_all_attributes(case)
    return lambda: len(repository.all_items().evaluations)


def _ours_all_attributes(case: ReadCase) -> Reader:
    """The product's read path with every attribute in the frame. No page reads like this; an export with the texts would."""
    from data.columns import consume_into_frame, item_reader
    from data.schema import DTYPES, EVALUATIONS, Kind, Table

    class WholeTable(Table):
        """A table with more summary attributes than an index can include."""

        def __post_init__(self) -> None:
            pass

    attributes = tuple(
        replace(a, summary=True, kind=Kind.TEXT if a.kind not in DTYPES and not a.summary else a.kind)
        for a in EVALUATIONS.attributes
    )
    table = WholeTable(**{**vars(EVALUATIONS), "attributes": attributes})
    client = _connect(case)

    def read() -> int:
        from data import access_paths, paging

        described = access_paths.describe(table, client.describe_table(TableName=case.table))
        segments = paging.segments_for(described.size_bytes)
        response = paging.scan(client, paging.request({"TableName": case.table}), item_reader(table), segments, KEYS)
        return len(consume_into_frame(table, response.items, datetime.now(UTC)))

    return read


def _connect(case: ReadCase) -> Any:  # noqa: ANN401 - a boto3 client
    import os

    from data import malloc
    from data.connection import Connection

    malloc.configure()
    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = case.endpoint
    return Connection()


def boto3_resource(case: ReadCase) -> Reader:
    """A loop of `Table.scan` (or `Table.query`) and a DataFrame of the items, as in tutorials."""
    import boto3
    import pandas as pd
    from boto3.dynamodb.conditions import Key

    table = boto3.resource("dynamodb", region_name=REGION, endpoint_url=case.endpoint).Table(case.table)
    scan_options = scan_arguments(case)
    del scan_options["TableName"]

    def read() -> int:
        operation = table.scan
        arguments = dict(scan_options)
        if case.user_id:
            operation = table.query
            arguments["KeyConditionExpression"] = Key("user_id").eq(case.user_id)
        items = []
        while True:
            page = operation(**arguments)
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                return len(pd.DataFrame(items))
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    return read


def boto3_client(case: ReadCase) -> Reader:
    """A loop of the client's `scan`, every item through TypeDeserializer, and a DataFrame."""
    import boto3
    import pandas as pd
    from boto3.dynamodb.types import TypeDeserializer

    client = boto3.client("dynamodb", region_name=REGION, endpoint_url=case.endpoint)
    deserialize = TypeDeserializer().deserialize

    def read() -> int:
        arguments = scan_arguments(case)
        items = []
        while True:
            page = client.scan(**arguments)
            items += [{name: deserialize(value) for name, value in item.items()} for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return len(pd.DataFrame(items))
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    return read


def awswrangler(case: ReadCase, threads: int | bool = False) -> Reader:
    """`awswrangler.dynamodb.read_items`, to a DataFrame.

    awswrangler builds a frame with pyarrow, which refuses a column of several types, for instance word_count. So this
    requests items and builds the frame with pandas.
    """
    import awswrangler
    import boto3
    import pandas as pd

    awswrangler.config.dynamodb_endpoint_url = case.endpoint
    session = boto3.Session(region_name=REGION)
    arguments: dict[str, Any] = {"columns": list(case.columns)} if case.columns else {}
    if case.index:
        arguments["index_name"] = case.index

    def read() -> int:
        items = awswrangler.dynamodb.read_items(
            table_name=case.table,
            allow_full_scan=True,
            as_dataframe=False,
            use_threads=threads,
            boto3_session=session,
            **arguments,
        )
        return len(pd.DataFrame(items))

    return read


def limit_by_pyarrow(case: ReadCase) -> Reader:
    """No client: requests signed here, urllib3, and pyarrow's JSON reader with a schema, 2 MB at a time."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.json as pj

    pages = _signed_pages(case)
    value = pa.struct([("S", pa.string()), ("N", pa.string()), ("NULL", pa.bool_())])
    names = case.columns or ALL_COLUMNS
    schema = pa.schema([("Items", pa.list_(pa.struct([(name, value) for name in names])))])

    def decode(bodies: list[bytes]) -> Any:  # noqa: ANN401 - pyarrow has no types
        text = b"\n".join(bodies)
        return pj.read_json(
            pa.BufferReader(text),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(text) + 1),
            parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )

    def read() -> int:
        tables, pending, size = [], [], 0
        for body in pages():
            pending.append(body)
            size += len(body)
            if size > 2_000_000:
                tables.append(decode(pending))
                pending, size = [], 0
        if pending:
            tables.append(decode(pending))
        items = pa.concat_tables(tables)["Items"].combine_chunks().flatten()
        columns = [pc.struct_field(items, [name, "S"]) for name in names]
        return len(columns[0])

    return read


def limit_by_msgspec(case: ReadCase) -> Reader:
    """No client: requests signed here, urllib3, msgspec's typed structs, and a pyarrow column per attribute."""
    import msgspec
    import pyarrow as pa

    pages = _signed_pages(case)
    names = case.columns or ALL_COLUMNS
    value = msgspec.defstruct("Value", [("S", str | None, None), ("N", str | None, None)], gc=False)
    item = msgspec.defstruct("Item", [(name, value | None, None) for name in names], gc=False)
    page = msgspec.defstruct("Page", [("Items", list[item])])  # type: ignore[valid-type]
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(page).decode

    def read() -> int:
        chunks_by_name: dict[str, list[Any]] = {name: [] for name in names}
        for body in pages():
            items = decode(body).Items
            for name, chunks in chunks_by_name.items():
                values = [getattr(row, name) for row in items]
                chunks.append(
                    pa.array([None if value is None else value.S or value.N for value in values], pa.string())
                )
        return len(pa.table({name: pa.chunked_array(chunks) for name, chunks in chunks_by_name.items()}))

    return read


def bytes_only(case: ReadCase) -> Reader:
    """Only receive the pages; the number of items is the sum of the pages' `Count`."""
    pages = _signed_pages(case)

    def read() -> int:
        count = 0
        for body in pages():
            start = body.find(b'"Count":') + 8
            count += int(body[start : body.find(b",", start)])
        return count

    return read


ALL_COLUMNS = (
    *("evaluation_id", "user_id", "evaluation_type", "status", "overall_band", "task_achievement_band"),
    *("coherence_band", "lexical_band", "grammar_band", "fluency_band", "pronunciation_band", "confidence_score"),
    *("task_type", "part", "word_count", "duration", "model_used", "created_at", "started_at", "audio_url"),
    *("error_message", "document_id", "essay_text", "transcript", "feedback", "flashcards", "page_count"),
    *("chunk_count", "cost", "estimated_cost"),
)


def _signed_pages(case: ReadCase) -> Callable[[], Any]:
    """The bodies of a scan, page by page; each request is signed with Signature Version 4."""
    from urllib.parse import urlsplit

    import urllib3

    host = urlsplit(case.endpoint).netloc
    pool = urllib3.HTTPConnectionPool(host.partition(":")[0], int(host.partition(":")[2]))
    arguments = {**scan_arguments(case), "ReturnConsumedCapacity": "TOTAL"}

    def pages() -> Any:  # noqa: ANN401 - an iterator of bytes
        start = ""
        while True:
            text = json.dumps(arguments)[:-1] + (f', "ExclusiveStartKey": {start}}}' if start else "}")
            body = text.encode()
            response = pool.urlopen("POST", "/", body=body, headers=_signed_headers(host, body), retries=False).data
            yield response
            position = response.rfind(b'"LastEvaluatedKey":', max(0, len(response) - 500))
            if position < 0:
                return
            start = response[position + 19 : response.rfind(b',"ScannedCount"')].decode()

    return pages


def _signed_headers(host: str, body: bytes) -> dict[str, str]:
    """Signed headers of a Scan. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    target = "DynamoDB_20120810.Scan"
    names = "content-type;host;x-amz-date;x-amz-target"
    canonical = (
        f"POST\n/\n\ncontent-type:application/x-amz-json-1.0\nhost:{host}\nx-amz-date:{now}\nx-amz-target:{target}\n\n"
        f"{names}\n{hashlib.sha256(body).hexdigest()}"
    )
    scope = f"{now[:8]}/{REGION}/dynamodb/aws4_request"
    key = b"AWS4benchmark"
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return {
        "Content-Type": "application/x-amz-json-1.0",
        "Host": host,
        "X-Amz-Date": now,
        "X-Amz-Target": target,
        "Accept-Encoding": "identity",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=benchmark/{scope}, SignedHeaders={names}, Signature={signature}",
    }


METHODS: Mapping[str, Callable[[ReadCase], Reader]] = {
    "ours": ours,
    "boto3 resource": boto3_resource,
    "boto3 client": boto3_client,
    "awswrangler": awswrangler,
    "awswrangler 4 threads": lambda case: awswrangler(case, 4),
    "awswrangler 8 threads": lambda case: awswrangler(case, 8),
    "no client + pyarrow": limit_by_pyarrow,
    "no client + msgspec": limit_by_msgspec,
    "only bytes": bytes_only,
}


def measure(case: ReadCase) -> ReadCost:
    """Measure the case in this process, after reading a small table with the same method."""
    METHODS[case.method](replace(case, endpoint=case.warm_endpoint))()
    read = METHODS[case.method](case)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # resets VmHWM
    base = _memory_mb("VmRSS")
    cpu, wall = _cpu_seconds(), time.perf_counter()
    for _ in range(case.repeats):
        rows = read()
    cpu, wall = _cpu_seconds() - cpu, time.perf_counter() - wall
    return ReadCost(rows, cpu / case.repeats, wall / case.repeats, _memory_mb("VmHWM") - base)


def _cpu_seconds() -> float:
    """User and system CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory_mb(name: str) -> float:
    """The value of one line of /proc/self/status, MB."""
    with open("/proc/self/status") as file:
        (line,) = (line for line in file if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    print(json.dumps(asdict(measure(ReadCase(**{**arguments, "columns": tuple(arguments["columns"])})))))
