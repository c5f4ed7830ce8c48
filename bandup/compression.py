"""Compressed responses of the frontend's files: Streamlit leaves them as they are, some 9 MB on a first visit.

The files have a hash in their names and never change, so each is compressed once per process and encoding and then kept.
Brotli comes with pyarrow; its level 5 makes the files 13 % smaller than gzip and is as fast.
"""

import gzip
from collections.abc import Callable, Mapping
from functools import partial

import pyarrow as pa
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": partial(pa.Codec("brotli", compression_level=5).compress, asbytes=True),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}
"""By the name of the encoding, the preferred one first."""

COMPRESSIBLE = {
    "application/javascript",
    "application/json",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
}
"""Content types. Fonts and pictures are compressed already; Streamlit compresses downloads itself."""
MIN_BYTES = 500

CONDITIONS = {"range", "if-range", "if-none-match", "if-modified-since"}
"""Headers of requests for less than the whole file: these get what Streamlit answers."""


class CompressedFiles:
    """ASGI middleware that compresses whole files for browsers that accept it, and keeps those that never change.

    Everything else passes through unchanged: websockets, other methods than GET, parts of files, responses that are
    encoded already, and content that does not shrink. At most one copy per file of the frontend and encoding is kept.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: dict[tuple[str, str], tuple[Message, bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the wrapped app."""
        encoding = _accepted_encoding(scope)
        if encoding is None:
            await self.app(scope, receive, send)
            return
        key = scope["path"], encoding
        if key in self._kept:
            start, body = self._kept[key]
            await send(dict(start, headers=[*start["headers"]]))  # middleware outside adds to the list
            await send({"type": "http.response.body", "body": body})
            return
        response = _Response(encoding, send)
        await self.app(scope, receive, response.send)
        if response.is_immutable and response.start is not None:
            self._kept[key] = response.start, response.body


class _Response:
    """One response on its way: a compressible one is collected and sent as a whole, any other is passed on."""

    def __init__(self, encoding: str, send: Send) -> None:
        self.encoding = encoding
        self.start: Message | None = None
        """The start of a response that is collected."""
        self.body = b""
        self.is_immutable = False
        self._send = send

    async def send(self, message: Message) -> None:
        """Take one message of the wrapped app."""
        if message["type"] == "http.response.start" and _is_compressible(message):
            self.start = message
        elif self.start is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self.start)

    async def _finish(self, start: Message) -> None:
        headers = MutableHeaders(raw=[*start["headers"]])
        # in a thread: the largest file takes 0.2 s
        self.body = await run_in_threadpool(ENCODERS[self.encoding], self.body)
        headers["content-encoding"] = self.encoding
        headers["content-length"] = str(len(self.body))
        headers.add_vary_header("Accept-Encoding")
        if etag := headers.get("etag"):  # a strong one would promise the bytes of the uncompressed file
            headers["etag"] = f"W/{etag.removeprefix('W/')}"
        self.is_immutable = "immutable" in headers.get("cache-control", "")
        self.start = dict(start, headers=headers.raw)
        await self._send(dict(start, headers=[*headers.raw]))
        await self._send({"type": "http.response.body", "body": self.body})


def _accepted_encoding(scope: Scope) -> str | None:
    """The preferred encoding that a request accepts; None where it must not be compressed."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    headers = Headers(scope=scope)
    if not CONDITIONS.isdisjoint(headers.keys()):
        return None
    parts = (part.replace(" ", "").partition(";") for part in headers.get("accept-encoding", "").lower().split(","))
    accepted = {name for name, _, weight in parts if weight not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}}
    return next((encoding for encoding in ENCODERS if encoding in accepted), None)


def _is_compressible(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return (
        start["status"] == 200
        and "content-encoding" not in headers
        and content_type in COMPRESSIBLE
        and int(headers.get("content-length", MIN_BYTES)) >= MIN_BYTES
    )
