"""A headless client of a Streamlit server: one session over its websocket, with Streamlit's own messages.

It does what Streamlit's frontend does for a click: it requests a script run with the address, the page, the widgets'
values and the hashes of cached messages, and waits until the script has finished.
"""

import html
import json
import re
import socket
import urllib.request
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from urllib.parse import parse_qs, urlencode, urlsplit

from pyarrow import ipc
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse, ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

TIMEOUT_SECONDS = 300
SMALL_BYTES = 50_000
"""Larger messages are parsed after the run, outside the measured time; the message of a finished script is smaller."""

MAX_MESSAGE_AGE = 2
"""Runs for which a browser caches an unused message: Streamlit's `global.maxCachedMessageAge`."""

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Without proxies: the server is on this machine."""

_VALUE_FIELDS = {
    "button": "trigger_value",
    "checkbox": "bool_value",
    "text_input": "string_value",
    "selectbox": "string_value",
    "button_group": "string_array_value",
    "pagination": "int_value",
}
"""The field of WidgetState that holds a widget's value, by the kind of widget."""

Value = str | bool | int | list[str]


class PageFailed(Exception):
    """The page showed an error."""


@dataclass(frozen=True)
class Run:
    """One run of a script: seconds from the request until it has finished, messages and bytes received, elements drawn."""

    seconds: float
    messages: int
    received_bytes: int
    elements: int


class QuickAckSocket(socket.socket):
    """A socket that acknowledges received packets at once (TCP_QUICKACK).

    Streamlit's server leaves Nagle's algorithm on (asyncio switches it off, but not for a socket bound without a protocol
    number): otherwise a run of two small messages would wait 40 ms for a delayed acknowledgement, whatever the script does.
    """

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Receive, and set TCP_QUICKACK again, which Linux resets at times."""
        data = super().recv(bufsize, flags)
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return data


@dataclass(frozen=True)
class DrawnElement:
    """An element that the visitor may use or check: a widget, a link, a table, an alert or an exception."""

    kind: str
    element: Element
    fragment_id: str

    @property
    def key(self) -> str:
        """The widget's key in the script; for a table with an open button the key without `_open`."""
        if self.kind == "dataframe":
            ids = [*self.element.dataframe.button_click_widgets.values()]
            return _key(ids[0]).removesuffix("_open") if ids else ""
        return _key(getattr(getattr(self.element, self.kind), "id", ""))


_KEPT_KINDS: Collection[str] = {*_VALUE_FIELDS, "page_link", "dataframe", "download_button", "exception", "alert"}


@dataclass
class _PageContent:
    """The content of the page after the latest run, and its failures."""

    drawn: list[DrawnElement] = field(default_factory=list)
    elements: int = 0
    failures: list[str] = field(default_factory=list)
    opened: str = ""
    """The address that the script opened (`bandup.ui.address.go_to`), if it did."""


class Visitor:
    """One session. `path`: the page, relative to the server's address, for instance `student?user_id=x`."""

    def __init__(self, address: str, path: str = "") -> None:
        self._address = address
        self._page_name = self._query = self._script_hash = ""
        self._script_hashes: dict[str, str] = {}
        self._session_id = ""
        self._cached: dict[str, tuple[int, DrawnElement | None]] = {}
        self._runs = 0
        self._values: dict[str, WidgetState] = {}
        self._content = _PageContent()
        self._connection: AbstractContextManager[ClientConnection]
        self._socket: ClientConnection
        self._set_path(path)

    def __enter__(self) -> "Visitor":
        """Connect."""
        quick_ack_socket = QuickAckSocket(socket.AF_INET, socket.SOCK_STREAM)
        server = urlsplit(self._address)
        quick_ack_socket.connect((server.hostname, server.port))
        self._connection = connect(
            f"{self._address.replace('http', 'ws', 1)}/_stcore/stream",
            sock=quick_ack_socket,
            subprotocols=["streamlit"],  # type: ignore[list-item]
            compression=None,
            max_size=None,
            max_queue=None,
            proxy=None,
            ping_interval=None,
        )
        self._socket = self._connection.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        self._connection.__exit__(kind, error, trace)

    def run(self) -> Run:
        """Run the script: the first run opens the page, later ones are reruns. Raises PageFailed."""
        return self._run("", [*self._values.values()])

    def go(self, path: str) -> Run:
        """Open another page in the same session, like a link. Raises PageFailed."""
        self._set_path(path)
        return self.run()

    def use(self, key: str, value: Value = True) -> Run:
        """Set the value of the widget with this key, or press the button. Raises PageFailed, KeyError."""
        drawn = self._widget(key)
        widget = getattr(drawn.element, drawn.kind)
        state = WidgetState(id=widget.id)
        field_name = _VALUE_FIELDS[drawn.kind]
        if isinstance(value, list):
            getattr(state, field_name).data.extend(value)
        else:
            setattr(state, field_name, value)
        if parameter := getattr(widget, "query_param_key", ""):
            parameters = parse_qs(self._query, keep_blank_values=True)
            text = str(value).lower() if isinstance(value, bool) else value
            self._query = urlencode(parameters | {parameter: text}, doseq=True)
        if drawn.kind == "button":
            return self._run(drawn.fragment_id, [*self._values.values(), state])
        self._values[widget.id] = state
        return self._run(drawn.fragment_id, [*self._values.values()])

    def open(self, key: str, row: int = 0, label: str | None = None) -> Run:
        """Open a row of the table with this key, one of the rows sent with it. Raises PageFailed, KeyError.

        `label`: the text of the clicked button, if it differs from the one that the latest run drew.
        """
        drawn = self._table(key)
        table = drawn.element.dataframe
        (column, widget_id), *_ = table.button_click_widgets.items()
        if label is None:
            rows = table.lazy_data.initial_chunk if table.HasField("lazy_data") else table.arrow_data
            label = ipc.open_stream(rows.data).read_all().column(column)[row].as_py()
        click = WidgetState(id=widget_id)
        click.string_trigger_value.data = json.dumps({"row": row, "label": label})
        return self._run(drawn.fragment_id, [*self._values.values(), click])

    def scroll(self, key: str, row: int) -> int:
        """Request the rows of a long table from `row` on, like scrolling; return the bytes received. Raises PageFailed, KeyError."""
        request = BackMsg()
        chunk = request.backend_operation_request.dataframe_chunk
        lazy = self._table(key).element.dataframe.lazy_data
        chunk.source_id, chunk.offset, chunk.limit = lazy.source_id, row, lazy.page_size
        return len(self._request(request).dataframe_chunk.arrow_data.data)

    def download(self, key: str) -> int:
        """Download a button's file; return its size in bytes. Raises PageFailed, KeyError."""
        request = BackMsg()
        button = self._widget(key).element.download_button
        request.backend_operation_request.deferred_file.file_id = button.deferred_file_id
        url = self._request(request).deferred_file.url
        with OPENER.open(f"{self._address}{url}", timeout=TIMEOUT_SECONDS) as response:
            return len(response.read())

    def value(self, key: str) -> str:
        """The value that the select box with this key shows. Raises KeyError."""
        box = self._widget(key).element.selectbox
        return str(box.raw_value if box.set_value else box.options[box.default])

    @property
    def address(self) -> str:
        """The path and query in the address bar."""
        pages = {script_hash: page for page, script_hash in self._script_hashes.items()}
        return f"{pages.get(self._script_hash, self._page_name)}?{self._query}"

    @property
    def links(self) -> list[str]:
        """The paths and queries of the page's links, in the order drawn."""
        links = [drawn.element.page_link for drawn in self._content.drawn if drawn.kind == "page_link"]
        return [f"{link.page}?{link.query_string}" for link in links]

    @property
    def keys(self) -> set[str]:
        """The keys of the widgets that the page shows."""
        return {drawn.key for drawn in self._content.drawn}

    @property
    def tables(self) -> dict[str, int]:
        """The number of rows of each table with an open button, by its key; 0 if all rows were sent with it."""
        tables = [drawn for drawn in self._content.drawn if drawn.kind == "dataframe" and drawn.key]
        return {table.key: int(table.element.dataframe.lazy_data.row_count) for table in tables}

    def _set_path(self, path: str) -> None:
        page, _, self._query = path.partition("?")
        self._page_name = page.strip("/")
        self._script_hash = self._script_hashes.get(self._page_name, "")
        self._values.clear()

    def _widget(self, key: str, kinds: Collection[str] = (*_VALUE_FIELDS, "download_button")) -> DrawnElement:
        for drawn in reversed(self._content.drawn):
            if drawn.kind in kinds and drawn.key == key:
                return drawn
        raise KeyError(f"{key} is not one of {sorted(self.keys)}")

    def _table(self, key: str) -> DrawnElement:
        return self._widget(key, ("dataframe",))

    def _run(self, fragment_id: str, values: Collection[WidgetState]) -> Run:
        request = BackMsg()
        state = request.rerun_script
        state.query_string = self._query
        state.page_name = "" if self._script_hash else self._page_name
        state.page_script_hash = self._script_hash
        state.fragment_id = fragment_id
        state.widget_states.widgets.extend(values)
        state.cached_message_hashes.extend(self._cached)
        state.context_info.timezone = "UTC"
        state.context_info.locale = "en-US"
        state.context_info.url = f"{self._address}/{self._page_name}"
        state.context_info.color_scheme = "light"
        received: list[ForwardMsg | bytes] = []
        size = 0
        started = perf_counter()
        self._socket.send(request.SerializeToString())
        while True:
            data = self._socket.recv(TIMEOUT_SECONDS)
            assert isinstance(data, bytes)
            size += len(data)
            if len(data) > SMALL_BYTES:
                received.append(data)
                continue
            message = ForwardMsg.FromString(data)
            received.append(message)
            # after a page switch or a requested rerun another run follows
            if message.WhichOneof("type") == "script_finished" and message.script_finished != _RERUN_REQUESTED:
                break
        duration = perf_counter() - started
        self._content.drawn = [
            drawn for drawn in self._content.drawn if fragment_id and drawn.fragment_id != fragment_id
        ]
        self._runs += 1
        self._content.elements = 0
        self._content.failures.clear()
        for message in received:
            self._process(ForwardMsg.FromString(message) if isinstance(message, bytes) else message)
        self._cached = {
            name: (used_in_run, drawn)
            for name, (used_in_run, drawn) in self._cached.items()
            if used_in_run > self._runs - MAX_MESSAGE_AGE
        }
        if self._content.failures:
            raise PageFailed("; ".join(self._content.failures))
        if opened := self._content.opened:
            self._content.opened = ""
            self._set_path(opened.removeprefix("."))
            page = self._run("", [])
            return Run(
                duration + page.seconds, len(received) + page.messages, size + page.received_bytes, page.elements
            )
        return Run(duration, len(received), size, self._content.elements)

    def _request(self, request: BackMsg) -> BackendOperationResponse:
        request.backend_operation_request.session_id = self._session_id
        request.backend_operation_request.request_id = "request"
        self._socket.send(request.SerializeToString())
        while True:
            data = self._socket.recv(TIMEOUT_SECONDS)
            assert isinstance(data, bytes)
            message = ForwardMsg.FromString(data)
            if message.WhichOneof("type") == "backend_operation_response":
                response: BackendOperationResponse = message.backend_operation_response
                if response.error_msg:
                    raise PageFailed(response.error_msg)
                return response

    def _process(self, message: ForwardMsg) -> None:
        """Update the session and the page's content from a message, like a browser; record failures."""
        kind = str(message.WhichOneof("type"))
        self._update_session(kind, message)
        drawn = _drawn_element(message)
        if message.metadata.cacheable:
            self._cached[message.hash] = self._runs, drawn
        if kind == "ref_hash":
            _, drawn = self._cached[message.ref_hash]
            self._cached[message.ref_hash] = self._runs, drawn
        if kind == "ref_hash" or _is_new_element(message):
            self._content.elements += 1
        if drawn is not None:
            self._add(drawn)
        if _is_new_element(message) and (link := _GO_TO.match(message.delta.new_element.html.body)):
            self._content.opened = html.unescape(link[1])

    def _update_session(self, kind: str, message: ForwardMsg) -> None:
        match kind:
            case "new_session":
                self._session_id = message.new_session.initialize.session_id
                self._script_hash = message.new_session.page_script_hash
            case "navigation":
                self._script_hash = message.navigation.page_script_hash
                self._script_hashes = {
                    "" if page.is_default else page.url_pathname: page.page_script_hash
                    for page in message.navigation.app_pages
                }
            case "script_finished" if message.script_finished == _RERUN_REQUESTED:
                self._content.drawn.clear()
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "page_not_found":
                self._content.failures.append(f"no page {self._page_name!r}")
            case "session_event" if message.session_event.WhichOneof("type") == "script_compilation_exception":
                self._content.failures.append(message.session_event.script_compilation_exception.message)

    def _add(self, drawn: DrawnElement) -> None:
        self._content.drawn.append(drawn)
        if drawn.kind == "exception":
            error = drawn.element.exception
            self._content.failures.append(f"{error.type}: {error.message}")
        if drawn.kind == "alert" and drawn.element.alert.format == Alert.ERROR:
            self._content.failures.append(drawn.element.alert.body)


def _key(widget_id: str) -> str:
    """The key of a widget: Streamlit appends it to the widget's id."""
    return widget_id.split("-", 2)[-1] if widget_id.startswith("$$") else ""


_GO_TO = re.compile('<span data-go-to="([^"]*)"')
"""The element whose script opens another address."""

_RERUN_REQUESTED = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN


def _is_new_element(message: ForwardMsg) -> bool:
    return message.WhichOneof("type") == "delta" and message.delta.WhichOneof("type") == "new_element"


def _drawn_element(message: ForwardMsg) -> DrawnElement | None:
    """The element of a message, if its kind is kept."""
    if not _is_new_element(message):
        return None
    element = message.delta.new_element
    kind = str(element.WhichOneof("type"))
    return DrawnElement(kind, element, message.delta.fragment_id) if kind in _KEPT_KINDS else None
