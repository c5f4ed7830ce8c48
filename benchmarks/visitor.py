"""A browser without a screen: one session of a Streamlit server over its websocket, speaking Streamlit's own messages.

It does what Streamlit's frontend does between two clicks: asks for a script run with the address, the page and the
messages that it holds already, and waits until the script has finished.
"""

import socket
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import perf_counter
from types import TracebackType
from urllib.parse import urlsplit

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

PATIENCE_SECONDS = 300
SMALL_BYTES = 50_000
"""A message that says that the script has finished is smaller; larger ones are read afterwards, off the clock."""


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


class Visitor:
    """One session at one page. `path` is the page's address below the server's, such as `student?user_id=x`."""

    def __init__(self, address: str, path: str = "") -> None:
        parts = urlsplit(path)
        self._page_name = parts.path.strip("/")
        self._query = parts.query
        self._script_hash = ""
        self._cached: dict[str, None] = {}
        self._address = address
        self._connection: AbstractContextManager[ClientConnection]
        self._socket: ClientConnection

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
        asked = BackMsg()
        state = asked.rerun_script
        state.query_string = self._query
        state.page_name = "" if self._script_hash else self._page_name
        state.page_script_hash = self._script_hash
        state.cached_message_hashes.extend(self._cached)
        state.context_info.timezone = "UTC"
        state.context_info.locale = "en-US"
        state.context_info.url = f"{self._address}/{self._page_name}"
        state.context_info.color_scheme = "light"
        large: list[bytes] = []
        received: list[ForwardMsg] = []
        size = 0
        begun = perf_counter()
        self._socket.send(asked.SerializeToString())
        while True:
            data = self._socket.recv(PATIENCE_SECONDS)
            assert isinstance(data, bytes)
            size += len(data)
            if len(data) > SMALL_BYTES:
                large.append(data)
                continue
            message = ForwardMsg.FromString(data)
            received.append(message)
            if message.WhichOneof("type") == "script_finished":
                break
        taken = perf_counter() - begun
        received += [ForwardMsg.FromString(data) for data in large]
        drawn = sum(self._seen(message) for message in received)
        return Run(taken, len(received), size, drawn)

    def _seen(self, message: ForwardMsg) -> bool:
        """Keeps what a browser keeps of a message; whether it drew an element. Raises PageFailed."""
        kind = message.WhichOneof("type")
        if message.metadata.cacheable:
            self._cached[message.hash] = None
        if kind == "new_session":
            self._script_hash = message.new_session.page_script_hash
        if kind == "navigation":
            self._script_hash = message.navigation.page_script_hash
        if kind == "page_not_found":
            raise PageFailed(f"no page {self._page_name!r}")
        if kind == "ref_hash":
            return True
        if kind != "delta" or message.delta.WhichOneof("type") != "new_element":
            return False
        element = message.delta.new_element
        if element.WhichOneof("type") == "exception":
            raise PageFailed(f"{element.exception.type}: {element.exception.message}")
        if element.WhichOneof("type") == "alert" and element.alert.format == Alert.ERROR:
            raise PageFailed(element.alert.body)
        return True
