"""An endpoint on 127.0.0.1 that replays generated tables and does wrong what it is told to.

It answers from `benchmarks.endpoint`, as DynamoDB would, in this process. A `Deed` makes of a right answer a wrong one:

    with faulty.endpoint(1900) as wrong:
        wrong.begin(faulty.cut, "Scan", after=6)  # from the seventh page on, for ever
        wrong.heal()
"""

import socket
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import orjson

from benchmarks import generated_tables
from benchmarks.endpoint import Endpoint, RequestRefused
from benchmarks.generated_tables import StoredTable
from data.schema import TableKey

LONGEST_SILENCE = 10.0
"""Seconds after which a connection that gets no answer is closed in any case."""


@dataclass(frozen=True)
class Request:
    """What was asked, and with which access key."""

    operation: str
    arguments: Mapping[str, Any]
    access_key: str


@dataclass(frozen=True)
class Answer:
    """What is sent. `checksum` None: no such header; `sent`: so many bytes of the body, then the connection ends."""

    body: bytes
    status: int = 200
    checksum: int | None = None
    kind: str = "application/x-amz-json-1.0"
    sent: int | None = None
    resets: bool = False
    silent: bool = False


Deed = Callable[[Answer], Answer]


def right(body: bytes, status: int = 200) -> Answer:
    """An answer with the checksum that belongs to it."""
    return Answer(body, status, zlib.crc32(body))


def refused(code: str, message: str = "…", status: int = 400) -> Deed:
    """DynamoDB's own error of this name."""
    body = orjson.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message})
    return lambda _: right(body, status)


def web_page(status: int) -> Deed:
    """What a proxy or the sign-in page of a network says, in an encoding of its own."""
    return lambda _: Answer(
        "<html><body>S’identifier – réseau privé</body></html>".encode("cp1252"), status, kind="text/html"
    )


def silent(answer: Answer) -> Answer:
    """No answer."""
    return replace(answer, silent=True)


def cut(answer: Answer) -> Answer:
    """The connection ends in the middle of the body."""
    return replace(answer, sent=len(answer.body) // 2)


def cut_without_checksum(answer: Answer) -> Answer:
    """The same of an engine, or behind a proxy, that sends no checksum."""
    return replace(cut(answer), checksum=None)


def reset(answer: Answer) -> Answer:
    """The connection is reset in the middle of the body."""
    return replace(cut(answer), resets=True)


def _last_text(answer: Answer) -> int:
    return answer.body.rindex(b'":"') + len(b'":"')


def damaged(answer: Answer) -> Answer:
    """One bit of a text is another: still JSON, still a page."""
    at = _last_text(answer)
    return replace(answer, body=answer.body[:at] + bytes([answer.body[at] ^ 1]) + answer.body[at + 1 :])


def not_utf_8(answer: Answer) -> Answer:
    """A byte of a text is none of UTF-8."""
    at = _last_text(answer)
    return right(answer.body[:at] + b"\xe9" + answer.body[at + 1 :])


def wrong_checksum(answer: Answer) -> Answer:
    """The body is right and its checksum is not."""
    return replace(answer, checksum=zlib.crc32(answer.body) ^ 1)


def malformed(answer: Answer) -> Answer:
    """JSON that breaks off, with the checksum that belongs to it."""
    return right(answer.body[:-1])


def empty(_: Answer) -> Answer:
    """Nothing, with status 200."""
    return right(b"")


def another(_: Answer) -> Answer:
    """JSON, but nobody's answer."""
    return right(b'{"status":"ok"}')


def without_indexes(answer: Answer) -> Answer:
    """A table described as having no index."""
    described = orjson.loads(answer.body)["Table"]
    return right(orjson.dumps({"Table": {k: v for k, v in described.items() if k != "GlobalSecondaryIndexes"}}))


def with_indexes_creating(answer: Answer) -> Answer:
    """A table described as having indexes that are still being filled."""
    described = orjson.loads(answer.body)["Table"]
    indexes = [each | {"IndexStatus": "CREATING", "Backfilling": True} for each in described["GlobalSecondaryIndexes"]]
    return right(orjson.dumps({"Table": described | {"GlobalSecondaryIndexes": indexes}}))


@dataclass
class _Fault:
    deed: Deed
    operations: tuple[str, ...]
    when: Callable[[Request], bool]
    after: int
    times: float

    def strikes(self, request: Request) -> bool:
        """Whether this request is struck; counts down."""
        if (self.operations and request.operation not in self.operations) or not self.when(request):
            return False
        if self.after:
            self.after -= 1
            return False
        self.times -= 1
        return self.times >= 0


@dataclass
class Faulty:
    """The endpoint as a test sees it. `counts`: requests of each operation; `struck`: those answered wrongly."""

    address: str
    endpoint: Endpoint
    counts: Counter[str] = field(default_factory=Counter)
    struck: int = 0
    access_keys: set[str] = field(default_factory=set)
    _faults: list[_Fault] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _healed: Event = field(default_factory=Event)

    def begin(
        self,
        deed: Deed,
        *operations: str,
        after: int = 0,
        times: float = float("inf"),
        when: Callable[[Request], bool] = lambda _: True,
    ) -> None:
        """From now on does this to the answers of these operations (none: of all), the first `after` of them excepted."""
        with self._lock:
            self._healed.clear()
            self._faults.append(_Fault(deed, operations, when, after, times))

    def heal(self) -> None:
        """From now on answers rightly, and counts anew."""
        with self._lock:
            self._faults.clear()
            self.counts.clear()
            self.access_keys.clear()
            self.struck = 0
            self._healed.set()

    def answer(self, request: Request) -> Answer:
        """The right answer or the wrong one."""
        with self._lock:
            self.counts[request.operation] += 1
            self.access_keys.add(request.access_key)
            try:
                answer = right(self.endpoint.answer(request.operation, request.arguments))
            except RequestRefused as error:
                answer = refused(error.code, str(error))(Answer(b""))
            deed = next((fault.deed for fault in self._faults if fault.strikes(request)), None)
            if deed is None:
                return answer
            self.struck += 1
            return deed(answer)

    def be_silent(self) -> None:
        """Waits until healed."""
        self._healed.wait(LONGEST_SILENCE)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    faulty: Faulty

    def do_POST(self) -> None:
        arguments = orjson.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
        operation = self.headers["x-amz-target"].rpartition(".")[2]
        access_key = self.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]
        answer = self.faulty.answer(Request(operation, arguments, access_key))
        if answer.silent:
            self.faulty.be_silent()
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.checksum is not None:
            self.send_header("x-amz-crc32", str(answer.checksum))
        self.end_headers()
        self.wfile.write(answer.body[: answer.sent])
        self.wfile.flush()
        if answer.sent is not None:
            self.close_connection = True
        if answer.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that went away is what was wanted."""


@contextmanager
def endpoint(evaluations: int) -> Iterator[Faulty]:
    """Serves tables with so many evaluations until the end of the block."""
    with serving(generated_tables.tables(evaluations)) as faulty:
        yield faulty


@contextmanager
def serving(tables: Mapping[TableKey, StoredTable]) -> Iterator[Faulty]:
    """Serves these tables until the end of the block."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        faulty = Faulty(address, Endpoint(tables, datetime.now(UTC).timestamp()))
        server.RequestHandlerClass = type("Handler", (_Handler,), {"faulty": faulty})
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="faulty", daemon=True)
        thread.start()
        try:
            yield faulty
        finally:
            faulty.heal()
            server.shutdown()
            thread.join()
