"""A browser without a screen: one session of a Streamlit server over its websocket, speaking Streamlit's own messages.

It does what Streamlit's frontend does between two clicks: asks for a script run with the address, the page, the widgets'
values and the messages that it holds already, and waits until the script has finished.
"""

import json
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

PATIENCE_SECONDS = 300
SMALL_BYTES = 50_000
"""A message that says that the script has finished is smaller; larger ones are read afterwards, off the clock."""

LASTING_RUNS = 2
"""For so many runs a browser holds a message that is not used again: Streamlit's `global.maxCachedMessageAge`."""

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Without proxies: the server is this machine's own."""

_VALUES = {
    "button": "trigger_value",
    "checkbox": "bool_value",
    "text_input": "string_value",
    "selectbox": "string_value",
    "button_group": "string_array_value",
    "pagination": "int_value",
}
"""What holds the value of a widget, by its kind."""

Value = str | bool | int | list[str]


class PageFailed(Exception):
    """The page showed an error instead of what it should."""


@dataclass(frozen=True)
class Run:
    """One run of a script: seconds from asking until it has finished, messages and bytes received, elements drawn."""

    seconds: float
    messages: int
    received_bytes: int
    elements: int


class PromptSocket(socket.socket):
    """Acknowledges at once what it receives.

    Streamlit's server leaves Nagle's algorithm on (asyncio switches it off, but not for a socket bound without a protocol
    number): a run of two small messages would else wait 40 ms for a delayed acknowledgement, whatever the script does.
    """

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """As of any socket; Linux forgets the setting now and then."""
        data = super().recv(bufsize, flags)
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return data


@dataclass(frozen=True)
class Drawn:
    """What a visitor keeps of an element that it may use later: a widget, a link, a table or an alert."""

    kind: str
    element: Element
    fragment_id: str

    @property
    def key(self) -> str:
        """The key that the script gave the widget, and of a table that opens the key without its ending."""
        if self.kind == "dataframe":
            ids = [*self.element.dataframe.button_click_widgets.values()]
            return _key(ids[0]).removesuffix("_open") if ids else ""
        return _key(getattr(getattr(self.element, self.kind), "id", ""))


_KEPT: Collection[str] = {*_VALUES, "page_link", "dataframe", "download_button", "exception", "alert"}


@dataclass
class _Seen:
    """What the latest run drew, and what was wrong with it."""

    drawn: list[Drawn] = field(default_factory=list)
    elements: int = 0
    failures: list[str] = field(default_factory=list)


class Visitor:
    """One session at one page. `path` is the page's address below the server's, such as `student?user_id=x`."""

    def __init__(self, address: str, path: str = "") -> None:
        self._address = address
        self._page_name = self._query = self._script_hash = ""
        self._script_hashes: dict[str, str] = {}
        self._session_id = ""
        self._cached: dict[str, tuple[int, Drawn | None]] = {}
        self._runs = 0
        self._values: dict[str, WidgetState] = {}
        self._seen = _Seen()
        self._connection: AbstractContextManager[ClientConnection]
        self._socket: ClientConnection
        self._head_for(path)

    def __enter__(self) -> "Visitor":
        """Begins the session."""
        prompt = PromptSocket(socket.AF_INET, socket.SOCK_STREAM)
        server = urlsplit(self._address)
        prompt.connect((server.hostname, server.port))
        self._connection = connect(
            f"{self._address.replace('http', 'ws', 1)}/_stcore/stream",
            sock=prompt,
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
        """Ends the session."""
        self._connection.__exit__(kind, error, trace)

    def run(self) -> Run:
        """Asks for a run: the first time it opens the page, from then on it is a rerun. Raises PageFailed."""
        return self._run("", [*self._values.values()])

    def go(self, path: str) -> Run:
        """Opens another page in the same session, as a link does. Raises PageFailed."""
        self._head_for(path)
        return self.run()

    def use(self, key: str, value: Value = True) -> Run:
        """Gives the widget with this key a value, or presses the button, as a click does. Raises PageFailed, KeyError."""
        found = self._widget(key)
        widget = getattr(found.element, found.kind)
        state = WidgetState(id=widget.id)
        kept = getattr(state, _VALUES[found.kind])
        if isinstance(value, list):
            kept.data.extend(value)
        else:
            setattr(state, _VALUES[found.kind], value)
        if parameter := getattr(widget, "query_param_key", ""):
            asked = parse_qs(self._query, keep_blank_values=True)
            said = str(value).lower() if isinstance(value, bool) else value
            self._query = urlencode(asked | {parameter: said}, doseq=True)
        if found.kind == "button":
            return self._run(found.fragment_id, [*self._values.values(), state])
        self._values[widget.id] = state
        return self._run(found.fragment_id, [*self._values.values()])

    def open(self, key: str, row: int = 0, label: str | None = None) -> Run:
        """Opens a row of the table with this key, one of those that came with it, by a click. Raises PageFailed, KeyError.

        `label` is what stands on the clicked button, where that is something else than the latest run drew there.
        """
        found = self._table(key)
        drawn = found.element.dataframe
        (column, widget_id), *_ = drawn.button_click_widgets.items()
        if label is None:
            came = drawn.lazy_data.initial_chunk if drawn.HasField("lazy_data") else drawn.arrow_data
            label = ipc.open_stream(came.data).read_all().column(column)[row].as_py()
        click = WidgetState(id=widget_id)
        click.string_trigger_value.data = json.dumps({"row": row, "label": label})
        return self._run(found.fragment_id, [*self._values.values(), click])

    def scroll(self, key: str, row: int) -> int:
        """The rows of a long table from `row` on, as scrolling asks for them: how many bytes came. Raises PageFailed, KeyError."""
        asked = BackMsg()
        chunk = asked.backend_operation_request.dataframe_chunk
        lazy = self._table(key).element.dataframe.lazy_data
        chunk.source_id, chunk.offset, chunk.limit = lazy.source_id, row, lazy.page_size
        return len(self._answer(asked).dataframe_chunk.arrow_data.data)

    def download(self, key: str) -> int:
        """What a button offers to take away: how many bytes it is. Raises PageFailed, KeyError."""
        asked = BackMsg()
        button = self._widget(key).element.download_button
        asked.backend_operation_request.deferred_file.file_id = button.deferred_file_id
        url = self._answer(asked).deferred_file.url
        with OPENER.open(f"{self._address}{url}", timeout=PATIENCE_SECONDS) as answer:
            return len(answer.read())

    def value(self, key: str) -> str:
        """What the select box with this key shows. Raises KeyError."""
        box = self._widget(key).element.selectbox
        return str(box.raw_value if box.set_value else box.options[box.default])

    @property
    def address(self) -> str:
        """What stands in the address bar, below the server's address."""
        pages = {script_hash: page for page, script_hash in self._script_hashes.items()}
        return f"{pages.get(self._script_hash, self._page_name)}?{self._query}"

    @property
    def links(self) -> list[str]:
        """The addresses below the server's that the page links to, in the order drawn."""
        links = [one.element.page_link for one in self._seen.drawn if one.kind == "page_link"]
        return [f"{link.page}?{link.query_string}" for link in links]

    @property
    def keys(self) -> set[str]:
        """The keys of the widgets that the page shows."""
        return {one.key for one in self._seen.drawn}

    @property
    def tables(self) -> dict[str, int]:
        """The rows of each table that opens, by its key; 0 where all its rows came with it."""
        drawn = [one for one in self._seen.drawn if one.kind == "dataframe" and one.key]
        return {one.key: int(one.element.dataframe.lazy_data.row_count) for one in drawn}

    def _head_for(self, path: str) -> None:
        page, _, self._query = path.partition("?")
        self._page_name = page.strip("/")
        self._script_hash = self._script_hashes.get(self._page_name, "")
        self._values.clear()

    def _widget(self, key: str, kinds: Collection[str] = (*_VALUES, "download_button")) -> Drawn:
        for one in reversed(self._seen.drawn):
            if one.kind in kinds and one.key == key:
                return one
        raise KeyError(f"{key} is none of {sorted(self.keys)}")

    def _table(self, key: str) -> Drawn:
        return self._widget(key, ("dataframe",))

    def _run(self, fragment_id: str, values: Collection[WidgetState]) -> Run:
        asked = BackMsg()
        state = asked.rerun_script
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
        begun = perf_counter()
        self._socket.send(asked.SerializeToString())
        while True:
            data = self._socket.recv(PATIENCE_SECONDS)
            assert isinstance(data, bytes)
            size += len(data)
            if len(data) > SMALL_BYTES:
                received.append(data)
                continue
            message = ForwardMsg.FromString(data)
            received.append(message)
            # a script that goes to another page, or asks to be run again, is followed by that run
            if message.WhichOneof("type") == "script_finished" and message.script_finished != _AGAIN:
                break
        taken = perf_counter() - begun
        self._seen.drawn = [one for one in self._seen.drawn if fragment_id and one.fragment_id != fragment_id]
        self._runs += 1
        self._seen.elements = 0
        self._seen.failures.clear()
        for message in received:
            self._see(ForwardMsg.FromString(message) if isinstance(message, bytes) else message)
        self._cached = {name: one for name, one in self._cached.items() if one[0] > self._runs - LASTING_RUNS}
        if self._seen.failures:
            raise PageFailed("; ".join(self._seen.failures))
        return Run(taken, len(received), size, self._seen.elements)

    def _answer(self, asked: BackMsg) -> BackendOperationResponse:
        asked.backend_operation_request.session_id = self._session_id
        asked.backend_operation_request.request_id = "asked"
        self._socket.send(asked.SerializeToString())
        while True:
            data = self._socket.recv(PATIENCE_SECONDS)
            assert isinstance(data, bytes)
            message = ForwardMsg.FromString(data)
            if message.WhichOneof("type") == "backend_operation_response":
                answer: BackendOperationResponse = message.backend_operation_response
                if answer.error_msg:
                    raise PageFailed(answer.error_msg)
                return answer

    def _see(self, message: ForwardMsg) -> None:
        """Keeps what a browser keeps of a message, and what is wrong with it."""
        kind = message.WhichOneof("type")
        drawn = _drawn(message)
        if message.metadata.cacheable:
            self._cached[message.hash] = self._runs, drawn
        if kind == "new_session":
            self._session_id = message.new_session.initialize.session_id
            self._script_hash = message.new_session.page_script_hash
        if kind == "navigation":
            self._script_hash = message.navigation.page_script_hash
            pages = message.navigation.app_pages
            self._script_hashes = {"" if one.is_default else one.url_pathname: one.page_script_hash for one in pages}
        if kind == "script_finished" and message.script_finished == _AGAIN:
            self._seen.drawn.clear()
        if kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        if kind == "page_not_found":
            self._seen.failures.append(f"no page {self._page_name!r}")
        if kind == "session_event" and message.session_event.WhichOneof("type") == "script_compilation_exception":
            self._seen.failures.append(message.session_event.script_compilation_exception.message)
        if kind == "ref_hash":
            self._seen.elements += 1
            _, drawn = self._cached[message.ref_hash]
            self._cached[message.ref_hash] = self._runs, drawn
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._seen.elements += 1
        if drawn is None:
            return
        self._seen.drawn.append(drawn)
        if drawn.kind == "exception":
            error = drawn.element.exception
            self._seen.failures.append(f"{error.type}: {error.message}")
        if drawn.kind == "alert" and drawn.element.alert.format == Alert.ERROR:
            self._seen.failures.append(drawn.element.alert.body)


def _key(widget_id: str) -> str:
    """Streamlit ends the id of a widget with the key that the script gave it."""
    return widget_id.split("-", 2)[-1] if widget_id.startswith("$$") else ""


_AGAIN = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN


def _drawn(message: ForwardMsg) -> Drawn | None:
    """What is worth keeping of a message: an element that can be used, or that tells of an error."""
    if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
        return None
    element = message.delta.new_element
    kind = str(element.WhichOneof("type"))
    return Drawn(kind, element, message.delta.fragment_id) if kind in _KEPT else None
