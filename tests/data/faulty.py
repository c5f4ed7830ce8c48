"""An endpoint on 127.0.0.1 that serves generated tables and injects faults into its responses.

Its responses are those of `benchmarks.endpoint`, which responds as DynamoDB does. A `Fault` makes a correct response wrong:

    with faulty.endpoint(1900) as wrong:
        wrong.inject(faulty.cut, "Scan", after=6)  # into every page from the seventh on
        wrong.recover()
"""

import socket
import struct
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Protocol

import orjson

from benchmarks import generated_tables
from benchmarks.endpoint import Endpoint, RequestRefused
from benchmarks.generated_tables import StoredTable
from data.schema import TableKey

MAX_SILENCE = 10.0
"""Seconds after which a connection without a response is closed."""


@dataclass(frozen=True)
class Request:
    """One request: its operation, its arguments and its access key."""

    operation: str
    arguments: Mapping[str, Any]
    access_key: str


@dataclass(frozen=True)
class Response:
    """What is sent.

    `checksum` None: without that header; `sent`: bytes of the body after which the connection ends; `resets`: it ends with
    a reset; `silent`: nothing is sent; `pause`: seconds before each byte of the body.
    """

    body: bytes
    status: int = 200
    checksum: int | str | None = None
    content_type: str = "application/x-amz-json-1.0"
    sent: int | None = None
    resets: bool = False
    silent: bool = False
    pause: float = 0.0


Fault = Callable[[Response], Response]


def correct(body: bytes, status: int = 200) -> Response:
    """A response with the correct checksum."""
    return Response(body, status, zlib.crc32(body))


def refused(code: str, message: str = "…", status: int = 400) -> Fault:
    """An error of DynamoDB with this code."""
    body = orjson.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message})
    return lambda _: correct(body, status)


def web_page(status: int) -> Fault:
    """The page of a proxy or of a network's sign-in, not in UTF-8."""
    return lambda _: Response(
        "<html><body>S’identifier – réseau privé</body></html>".encode("cp1252"), status, content_type="text/html"
    )


def silent(response: Response) -> Response:
    """No response."""
    return replace(response, silent=True)


def cut(response: Response) -> Response:
    """The connection ends in the middle of the body."""
    return replace(response, sent=len(response.body) // 2)


def cut_without_checksum(response: Response) -> Response:
    """The same from an engine or through a proxy that sends no checksum."""
    return replace(cut(response), checksum=None)


def reset(response: Response) -> Response:
    """The connection is reset in the middle of the body."""
    return replace(cut(response), resets=True)


def _last_text(response: Response) -> int:
    return response.body.rindex(b'":"') + len(b'":"')


def damaged(response: Response) -> Response:
    """One bit of a text is flipped: the response is still JSON, and still a page."""
    at = _last_text(response)
    return replace(response, body=response.body[:at] + bytes([response.body[at] ^ 1]) + response.body[at + 1 :])


def not_utf_8(response: Response) -> Response:
    """One byte of a text is not UTF-8."""
    at = _last_text(response)
    return correct(response.body[:at] + b"\xe9" + response.body[at + 1 :])


def wrong_checksum(response: Response) -> Response:
    """The body is correct, its checksum is not."""
    return replace(response, checksum=zlib.crc32(response.body) ^ 1)


def odd_checksum(text: str) -> Fault:
    """The body is correct, and this is in place of its checksum."""
    return lambda response: replace(response, checksum=text)


def slow(response: Response) -> Response:
    """The body arrives a byte at a time."""
    return replace(response, pause=0.05)


def malformed(response: Response) -> Response:
    """Incomplete JSON with the correct checksum."""
    return correct(response.body[:-1])


def empty(_: Response) -> Response:
    """An empty body with status 200."""
    return correct(b"")


def body(text: bytes, status: int = 200) -> Fault:
    """This body, with its checksum."""
    return lambda _: correct(text, status)


other_json = body(b'{"status":"ok"}')
"""JSON, but not the response of any operation."""


def nested(levels: int) -> bytes:
    """A JSON list in a list, and so on."""
    return b"[" * levels + b"]" * levels


def edited(edit: Callable[[Any], None]) -> Fault:
    """The JSON of a correct response, changed by `edit`; as it is where it lacks what `edit` would change."""

    def fault(response: Response) -> Response:
        content = orjson.loads(response.body)
        try:
            edit(content)
        except LookupError:
            return response
        return correct(orjson.dumps(content))

    return fault


def replaced(path: str, value: Any) -> Fault:
    """The value at a path, in place of what was there: names and positions, joined by dots; `*`: the first, any name."""
    *parents, last = path.split(".")

    def step(holder: Any, name: str) -> Any:
        return int(name) if isinstance(holder, list) else next(iter(holder)) if name == "*" else name

    def edit(content: Any) -> None:
        for name in parents:
            content = content[step(content, name)]
        content[step(content, last)] = value

    return edited(edit)


def without(*path: str) -> Fault:
    """A response without what is at a path."""
    *parents, last = path

    def edit(content: Any) -> None:
        for name in parents:
            content = content[int(name) if isinstance(content, list) else name]
        del content[last]

    return edited(edit)


def without_indexes(response: Response) -> Response:
    """The description of a table without its indexes."""
    description = orjson.loads(response.body)["Table"]
    description.pop("GlobalSecondaryIndexes", None)
    return correct(orjson.dumps({"Table": description}))


def with_indexes_creating(response: Response) -> Response:
    """The description of a table whose indexes are still being filled."""
    description = orjson.loads(response.body)["Table"]
    creating = {"IndexStatus": "CREATING", "Backfilling": True}
    indexes = [index | creating for index in description["GlobalSecondaryIndexes"]]
    return correct(orjson.dumps({"Table": description | {"GlobalSecondaryIndexes": indexes}}))


@dataclass
class _InjectedFault:
    fault: Fault
    operations: tuple[str, ...]
    when: Callable[[Request], bool]
    after: int
    times: float

    def applies_to(self, request: Request) -> bool:
        """Whether the response to this request is to be wrong. Counts the requests."""
        if (self.operations and request.operation not in self.operations) or not self.when(request):
            return False
        if self.after:
            self.after -= 1
            return False
        self.times -= 1
        return self.times >= 0


@dataclass
class Faulty:
    """The running endpoint. `counts`: requests of each operation; `fault_count`: wrong responses."""

    address: str
    endpoint: "Answers"
    counts: Counter[str] = field(default_factory=Counter)
    fault_count: int = 0
    access_keys: set[str] = field(default_factory=set)
    _faults: list[_InjectedFault] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _recovered: Event = field(default_factory=Event)

    def inject(
        self,
        fault: Fault,
        *operations: str,
        after: int = 0,
        times: float = float("inf"),
        when: Callable[[Request], bool] = lambda _: True,
    ) -> None:
        """Make the responses of these operations wrong (default: of all operations).

        The first `after` responses stay correct; then `times` responses are wrong. `when`: only for these requests.
        """
        with self._lock:
            self._recovered.clear()
            self._faults.append(_InjectedFault(fault, operations, when, after, times))

    def recover(self) -> None:
        """Remove all faults and reset the counts."""
        with self._lock:
            self._faults.clear()
            self.counts.clear()
            self.access_keys.clear()
            self.fault_count = 0
            self._recovered.set()

    def respond(self, request: Request) -> Response:
        """The correct response, or the wrong one of the first fault that applies."""
        with self._lock:
            self.counts[request.operation] += 1
            self.access_keys.add(request.access_key)
            try:
                response = correct(self.endpoint.answer(request.operation, request.arguments))
            except RequestRefused as error:
                response = refused(error.code, str(error))(Response(b""))
            fault = next((injected.fault for injected in self._faults if injected.applies_to(request)), None)
            if fault is None:
                return response
            self.fault_count += 1
            return fault(response)

    def wait_for_recovery(self) -> None:
        """Wait until the faults are removed."""
        self._recovered.wait(MAX_SILENCE)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    faulty: Faulty

    def do_POST(self) -> None:
        arguments = orjson.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
        operation = self.headers["x-amz-target"].rpartition(".")[2]
        access_key = self.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]
        response = self.faulty.respond(Request(operation, arguments, access_key))
        if response.silent:
            self.faulty.wait_for_recovery()
            self.close_connection = True
            return
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        if response.checksum is not None:
            self.send_header("x-amz-crc32", str(response.checksum))
        self.end_headers()
        if response.pause:
            for at in range(len(response.body)):
                time.sleep(response.pause)
                self.wfile.write(response.body[at : at + 1])
                self.wfile.flush()
        else:
            self.wfile.write(response.body[: response.sent])
        self.wfile.flush()
        if response.sent is not None:
            self.close_connection = True
        if response.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Ignore that a client closed the connection: tests expect it."""


@contextmanager
def endpoint(evaluations: int) -> Iterator[Faulty]:
    """Serve tables with this number of evaluations until the end of the block."""
    with serving(generated_tables.tables(evaluations)) as faulty:
        yield faulty


@contextmanager
def serving(tables: Mapping[TableKey, StoredTable]) -> Iterator[Faulty]:
    """Serve these tables until the end of the block."""
    with answering(Endpoint(tables, datetime.now(UTC).timestamp())) as faulty:
        yield faulty


class Answers(Protocol):
    """What answers correctly: the body of the response. Raises RequestRefused."""

    def answer(self, operation: str, arguments: Mapping[str, Any]) -> bytes:
        """The body of the response to a request."""
        ...


@contextmanager
def answering(endpoint: Answers) -> Iterator[Faulty]:
    """Serve an endpoint until the end of the block."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        faulty = Faulty(address, endpoint)
        server.RequestHandlerClass = type("Handler", (_Handler,), {"faulty": faulty})
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="faulty", daemon=True)
        thread.start()
        try:
            yield faulty
        finally:
            faulty.recover()
            server.shutdown()
            thread.join()
