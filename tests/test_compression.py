"""The frontend's files are compressed once for browsers that accept it; everything else passes through unchanged."""

import asyncio
import gzip
from typing import Any

import pyarrow as pa
import pytest
from starlette.responses import PlainTextResponse, Response

from bandup import compression
from bandup.compression import CompressedFiles

SCRIPT = b"export const words = 'band score';\n" * 200
IMMUTABLE = {"cache-control": "public, immutable, max-age=31536000", "etag": '"1"'}
DECODERS = {
    "br": lambda body: pa.Codec("brotli").decompress(body, decompressed_size=len(SCRIPT), asbytes=True),
    "gzip": gzip.decompress,
    "": bytes,
}


class Files:
    """A replacement for Streamlit that counts its requests and answers each with the same response."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.requests = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests += 1
        await self.response(scope, receive, send)


def script(**headers: str) -> Response:
    return Response(SCRIPT, media_type="text/javascript", headers={**IMMUTABLE, **headers})


async def get(
    app: Any, path: str = "/static/js/a.js", *, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request; `_` in a header's name is a dash."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, str]:
        return {"type": "http.request"}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await app({"type": "http", "method": method, "path": path, "headers": raw}, receive, send)
    names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], names, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0, gzip; q=0", ""),
        ("deflate", ""),
        ("brotli", ""),
        ("", ""),
    ],
)
def test_a_file_is_compressed_as_the_browser_accepts(accepted, encoding):
    status, headers, body = asyncio.run(get(CompressedFiles(Files(script())), accept_encoding=accepted))
    assert (status, headers.get("content-encoding", "")) == (200, encoding)
    assert DECODERS[encoding](body) == SCRIPT
    assert int(headers["content-length"]) == len(body)
    if encoding:
        assert len(body) < len(SCRIPT) / 5
        assert headers["vary"] == "Accept-Encoding"
        assert headers["etag"] == 'W/"1"'
    assert headers["cache-control"] == IMMUTABLE["cache-control"]


def test_a_file_that_never_changes_is_read_and_compressed_once_for_each_encoding(monkeypatch):
    runs: list[str] = []
    encoders = {
        name: lambda body, name=name, encode=encode: runs.append(name) or encode(body)
        for name, encode in compression.ENCODERS.items()
    }
    monkeypatch.setattr(compression, "ENCODERS", encoders)
    files = Files(script())
    app = CompressedFiles(files)

    async def three_visits() -> list[tuple[int, dict[str, str], bytes]]:
        return [await get(app, accept_encoding=encoding) for encoding in ("br", "gzip", "br", "gzip", "br", "gzip")]

    responses = asyncio.run(three_visits())
    assert (files.requests, runs) == (2, ["br", "gzip"])
    assert responses[0] == responses[2] == responses[4]
    assert responses[1] == responses[3] == responses[5]


def test_headers_that_other_middleware_adds_are_not_kept():
    app = CompressedFiles(Files(script()))

    async def with_header(scope: Any, receive: Any, send: Any) -> None:
        async def add(message: Any) -> None:
            message.get("headers", []).append((b"x-visit", b"1"))
            await send(message)

        await app(scope, receive, add)

    async def headers_of_two_visits() -> list[dict[str, str]]:
        await get(with_header, accept_encoding="br")
        await get(with_header, accept_encoding="br")
        return [(await get(app, accept_encoding="br"))[1]]

    assert "x-visit" not in asyncio.run(headers_of_two_visits())[0]


@pytest.mark.parametrize(
    ("response", "request_parts"),
    [
        (script(), {"range": "bytes=0-99"}),
        (script(), {"if_none_match": '"1"'}),
        (script(), {"if_modified_since": "Mon, 30 Nov 2026 00:00:00 GMT"}),
        (script(), {"method": "HEAD"}),
        (script(), {"method": "POST"}),
        (script(content_encoding="gzip"), {}),
        (Response(SCRIPT, 206, media_type="text/javascript"), {}),
        (Response(SCRIPT, 404, media_type="text/javascript"), {}),
        (Response(SCRIPT, media_type="font/woff2", headers=IMMUTABLE), {}),
        (Response(SCRIPT, media_type="image/png", headers=IMMUTABLE), {}),
        (Response(SCRIPT, media_type="audio/wav", headers=IMMUTABLE), {}),
        (PlainTextResponse("ok"), {}),
    ],
)
def test_everything_else_passes_through(response, request_parts):
    for name, value in [*response.headers.items()]:
        if name == "content_encoding":
            del response.headers[name]
            response.headers["content-encoding"] = value
    direct = asyncio.run(get(response, accept_encoding="br", **request_parts))
    app = CompressedFiles(Files(response))
    for _ in range(2):
        assert asyncio.run(get(app, accept_encoding="br", **request_parts)) == direct


def test_pages_are_compressed_but_not_kept():
    """An address under /static/ without a file is answered with the start page: keeping it would fill the memory."""
    files = Files(Response(SCRIPT, media_type="text/html", headers={"cache-control": "no-cache"}))
    app = CompressedFiles(files)
    for number in range(3):
        headers = asyncio.run(get(app, f"/static/{number}", accept_encoding="br"))[1]
        assert headers["content-encoding"] == "br"
        asyncio.run(get(app, f"/static/{number}", accept_encoding="br"))
    assert files.requests == 6


def test_websockets_pass_through():
    scopes: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)

    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": [(b"accept-encoding", b"br")]}
    asyncio.run(CompressedFiles(app)(scope, None, None))  # type: ignore[arg-type]
    assert scopes == [scope]
