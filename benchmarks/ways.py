"""The ways to read the evaluations table that `benchmarks.reads` compares, each measured in a process of its own.

    python -m benchmarks.ways <case as JSON>

runs one way once and prints what it took as JSON. A way is a function of a case that imports and connects what it needs
and returns the read itself; only that is measured, after the same way has read a small table once.
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
class Case:
    """What one process is to do.

    `way` is a name of WAYS. `endpoint` and `warm_endpoint` are addresses: of the table to read and of a small one.
    `columns`: attributes to project, empty for all. `index`: read through it; empty for the table itself. `user_id`:
    read one student's items instead of everyone's. `times`: so often; figures are for one of them.
    """

    way: str
    endpoint: str
    warm_endpoint: str
    table: str
    columns: tuple[str, ...] = ()
    index: str = ""
    user_id: str = ""
    times: int = 1


@dataclass(frozen=True)
class Taken:
    """What a read took: rows read, CPU (user and system) and wall seconds, and the peak of memory over the base, MB."""

    rows: int
    cpu: float
    wall: float
    peak_mb: float


Reading = Callable[[], int]
"""Reads, and returns how many items it read."""


def aliased(case: Case) -> dict[str, Any]:
    """The projection and the index of a case as boto3 takes them."""
    chosen: dict[str, Any] = {"TableName": case.table}
    if case.index:
        chosen["IndexName"] = case.index
    if case.columns:
        aliases = {f"#p{number}": name for number, name in enumerate(case.columns)}
        chosen |= {"ProjectionExpression": ", ".join(aliases), "ExpressionAttributeNames": aliases}
    return chosen


def ours(case: Case) -> Reading:
    """The product: both tables' light attributes as typed, flagged frames, or one student's."""
    from data.connection import connect
    from data.repository import Repository
    from data.settings import Settings

    settings = Settings(
        names={"evaluations": case.table, "flashcard_sets": case.table.replace("evaluations", "flashcard-sets")},
        demo=False,
    )
    repository = Repository(_connected(case, connect), settings, lambda: datetime.now(UTC))
    if case.user_id:
        return lambda: len(repository.student(case.user_id).evaluations)
    if not case.columns:
        return _ours_whole(case)
    return lambda: len(repository.everyone().evaluations)


def _ours_whole(case: Case) -> Reading:
    """The product's read path with every attribute a light one: no page reads so; an export with the texts would."""
    from data.columns import frame_of_columns, reader_of
    from data.connection import connect
    from data.schema import DTYPES, EVALUATIONS, Kind

    every = tuple(
        replace(each, summary=True, kind=Kind.TEXT if each.kind not in DTYPES and not each.summary else each.kind)
        for each in EVALUATIONS.attributes
    )
    table = replace(EVALUATIONS, attributes=every)
    client = _connected(case, connect)

    def read() -> int:
        from data import access_paths, paging

        described = access_paths.describe(table, client.describe_table(TableName=case.table))
        segments = paging.segments_for(described.size_bytes)
        found = paging.scan(client, paging.request({"TableName": case.table}), reader_of(table), segments, KEYS)
        return len(frame_of_columns(table, found.items, datetime.now(UTC)))

    return read


def _connected(case: Case, connect: Callable[[], Any]) -> Any:  # noqa: ANN401 - a boto3 client
    import os

    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = case.endpoint
    return connect()


def boto3_resource(case: Case) -> Reading:
    """A loop of `Table.scan` (or `Table.query`) and a DataFrame of the items, as tutorials write it."""
    import boto3
    import pandas as pd
    from boto3.dynamodb.conditions import Key

    table = boto3.resource("dynamodb", region_name=REGION, endpoint_url=case.endpoint).Table(case.table)
    chosen = aliased(case)
    del chosen["TableName"]

    def read() -> int:
        operation = table.scan
        arguments = dict(chosen)
        if case.user_id:
            operation = table.query
            arguments["KeyConditionExpression"] = Key("user_id").eq(case.user_id)
        items = []
        while True:
            answer = operation(**arguments)
            items += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return len(pd.DataFrame(items))
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    return read


def boto3_client(case: Case) -> Reading:
    """A loop of the client's `scan`, every item through TypeDeserializer, and a DataFrame."""
    import boto3
    import pandas as pd
    from boto3.dynamodb.types import TypeDeserializer

    client = boto3.client("dynamodb", region_name=REGION, endpoint_url=case.endpoint)
    deserialize = TypeDeserializer().deserialize

    def read() -> int:
        arguments = aliased(case)
        items = []
        while True:
            answer = client.scan(**arguments)
            items += [{name: deserialize(value) for name, value in item.items()} for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return len(pd.DataFrame(items))
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    return read


def awswrangler(case: Case, threads: int | bool = False) -> Reading:
    """`awswrangler.dynamodb.read_items`, to a DataFrame.

    Its own frame comes through pyarrow, which refuses a column of several types, as word_count is: so the items are
    asked for and made a frame by pandas.
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


def limit_by_pyarrow(case: Case) -> Reading:
    """No client at all: requests signed here, urllib3, and pyarrow's JSON reader with a schema, 2 MB at a time."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.json as pj

    pages = _signed_pages(case)
    value = pa.struct([("S", pa.string()), ("N", pa.string()), ("NULL", pa.bool_())])
    names = case.columns or ALL_COLUMNS
    schema = pa.schema([("Items", pa.list_(pa.struct([(name, value) for name in names])))])

    def decoded(bodies: list[bytes]) -> Any:  # noqa: ANN401 - pyarrow has no types
        text = b"\n".join(bodies)
        return pj.read_json(
            pa.BufferReader(text),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(text) + 1),
            parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )

    def read() -> int:
        tables, waiting, size = [], [], 0
        for body in pages():
            waiting.append(body)
            size += len(body)
            if size > 2_000_000:
                tables.append(decoded(waiting))
                waiting, size = [], 0
        if waiting:
            tables.append(decoded(waiting))
        items = pa.concat_tables(tables)["Items"].combine_chunks().flatten()
        columns = [pc.struct_field(items, [name, "S"]) for name in names]
        return len(columns[0])

    return read


def limit_by_msgspec(case: Case) -> Reading:
    """No client at all: requests signed here, urllib3, msgspec's typed structs, and a pyarrow column of each text."""
    import msgspec
    import pyarrow as pa

    pages = _signed_pages(case)
    names = case.columns or ALL_COLUMNS
    value = msgspec.defstruct("Value", [("S", str | None, None), ("N", str | None, None)], gc=False)
    item = msgspec.defstruct("Item", [(name, value | None, None) for name in names], gc=False)
    page = msgspec.defstruct("Page", [("Items", list[item])])  # type: ignore[valid-type]
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(page).decode

    def read() -> int:
        found: dict[str, list[Any]] = {name: [] for name in names}
        for body in pages():
            items = decode(body).Items
            for name, chunks in found.items():
                values = [getattr(each, name) for each in items]
                chunks.append(pa.array([None if each is None else each.S or each.N for each in values], pa.string()))
        return len(pa.table({name: pa.chunked_array(chunks) for name, chunks in found.items()}))

    return read


def bytes_only(case: Case) -> Reading:
    """Only receives the pages; counts their items by the count each tells."""
    pages = _signed_pages(case)

    def read() -> int:
        count = 0
        for body in pages():
            at = body.find(b'"Count":') + 8
            count += int(body[at : body.find(b",", at)])
        return count

    return read


ALL_COLUMNS = (
    *("evaluation_id", "user_id", "evaluation_type", "status", "overall_band", "task_achievement_band"),
    *("coherence_band", "lexical_band", "grammar_band", "fluency_band", "pronunciation_band", "confidence_score"),
    *("task_type", "part", "word_count", "duration", "model_used", "created_at", "started_at", "audio_url"),
    *("error_message", "document_id", "essay_text", "transcript", "feedback", "flashcards", "page_count"),
    *("chunk_count", "cost", "estimated_cost"),
)


def _signed_pages(case: Case) -> Callable[[], Any]:
    """All bodies of a scan, one after the other, each request signed with Signature Version 4."""
    from urllib.parse import urlsplit

    import urllib3

    host = urlsplit(case.endpoint).netloc
    pool = urllib3.HTTPConnectionPool(host.partition(":")[0], int(host.partition(":")[2]))
    asked = {**aliased(case), "ReturnConsumedCapacity": "TOTAL"}

    def pages() -> Any:  # noqa: ANN401 - an iterator of bytes
        start = ""
        while True:
            text = json.dumps(asked)[:-1] + (f', "ExclusiveStartKey": {start}}}' if start else "}")
            body = text.encode()
            answer = pool.urlopen("POST", "/", body=body, headers=_signed(host, body), retries=False).data
            yield answer
            at = answer.rfind(b'"LastEvaluatedKey":', max(0, len(answer) - 500))
            if at < 0:
                return
            start = answer[at + 19 : answer.rfind(b',"ScannedCount"')].decode()

    return pages


def _signed(host: str, body: bytes) -> dict[str, str]:
    """Headers of a Scan, signed. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""
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


WAYS: Mapping[str, Callable[[Case], Reading]] = {
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


def measured(case: Case) -> Taken:
    """Reads in this process, which has read a small table the same way before."""
    WAYS[case.way](replace(case, endpoint=case.warm_endpoint))()
    read = WAYS[case.way](case)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # VmHWM starts anew
    base = _memory("VmRSS")
    cpu, wall = _cpu(), time.perf_counter()
    for _ in range(case.times):
        rows = read()
    cpu, wall = _cpu() - cpu, time.perf_counter() - wall
    return Taken(rows, cpu / case.times, wall / case.times, _memory("VmHWM") - base)


def _cpu() -> float:
    """User and system seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory(name: str) -> float:
    """One line of /proc/self/status, MB."""
    with open("/proc/self/status") as file:
        (line,) = (line for line in file if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    print(json.dumps(asdict(measured(Case(**{**given, "columns": tuple(given["columns"])})))))
