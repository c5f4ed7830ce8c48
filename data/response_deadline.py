"""A deadline for each response as a whole. The time-outs of botocore and urllib3 only bound the wait for its next piece.

Without it, a body that arrives at one byte in five seconds would be waited for without end.
"""

import io
from http.client import HTTPResponse
from socket import SocketIO, socket
from time import monotonic
from typing import Any, cast

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.exceptions import HTTPClientError

from data.errors import ResponseTooSlow


class _DeadlinePassed(Exception):
    """The deadline passed before the response was complete."""


class _TimedSocket(io.RawIOBase):
    """What arrives at a socket until a deadline (of `time.monotonic`). Raises _DeadlinePassed from then on."""

    def __init__(self, raw: SocketIO, sock: socket, deadline: float) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any buffer
        left = self._deadline - monotonic()
        if left <= 0:
            raise _DeadlinePassed
        timeout = self._sock.gettimeout()
        if timeout is not None and timeout <= left:
            return self._raw.readinto(buffer)
        self._sock.settimeout(left)  # urllib3 sets it again for the next request
        try:
            return self._raw.readinto(buffer)
        except TimeoutError as error:
            raise _DeadlinePassed from error

    def close(self) -> None:
        self._raw.close()
        super().close()


def set_deadline(client: Any, seconds: float) -> None:  # noqa: ANN401 - a boto3 client
    """Let every response of this client take `seconds` at most; it is then not requested again: ResponseTooSlow."""

    class TimedResponse(HTTPResponse):
        def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - http.client's
            super().__init__(sock, *args, **kwargs)
            raw = cast("SocketIO", self.fp.detach())
            self.fp = io.BufferedReader(_TimedSocket(raw, sock, monotonic() + seconds))

    http = type("TimedConnection", (AWSHTTPConnection,), {"response_class": TimedResponse})
    https = type("TimedHTTPSConnection", (AWSHTTPSConnection,), {"response_class": TimedResponse})
    # no setting and no event of botocore's reaches the connections
    client._endpoint.http_session._pool_classes_by_scheme.update(
        http=type("TimedPool", (AWSHTTPConnectionPool,), {"ConnectionCls": http}),
        https=type("TimedHTTPSPool", (AWSHTTPSConnectionPool,), {"ConnectionCls": https}),
    )

    def raise_too_slow(caught_exception: Exception | None, **_: object) -> None:
        if isinstance(caught_exception, HTTPClientError):
            cause = caught_exception.kwargs.get("error")
            if isinstance(cause, _DeadlinePassed):
                raise ResponseTooSlow(seconds=seconds) from caught_exception

    client.meta.events.register("needs-retry.dynamodb", raise_too_slow, unique_id="deadline")
