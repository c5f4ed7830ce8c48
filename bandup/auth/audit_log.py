"""The log of who looked at what and when: one line of JSON per access, never a text that a student wrote.

An access that can't be logged is refused. Each line is one write to a file that is opened for it, so that a file that was
moved, removed or made unwritable is noticed at once, and nothing of a failed line remains in a buffer.
"""

import errno
import json
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock

from bandup.auth.refusals import AccessLogUnusable

REPEAT_AFTER = timedelta(minutes=5)
"""The same access by the same session is logged once within this time: a page runs again at every click."""
MAX_RECENT = 10_000
"""Recent accesses remembered for `REPEAT_AFTER`; the oldest is forgotten first."""
STDERR = 2


class AccessLog:
    """Logs accesses, each once within some minutes, to the file `path`, or to stderr where it is empty."""

    def __init__(self, path: str, clock: Callable[[], datetime], max_recent: int = MAX_RECENT) -> None:
        self._path = path
        self._clock = clock
        self._max_recent = max_recent
        self._lock = Lock()
        self._logged_at: OrderedDict[tuple[object, ...], datetime] = OrderedDict()
        self._is_failing = False
        self._line_is_open = False

    def record(
        self,
        session: str,
        person: Mapping[str, str | bool],
        what: str,
        ids: Mapping[str, str],
        repeat_after: timedelta = REPEAT_AFTER,
    ) -> None:
        """Log one access: who (`bandup.auth.roles.identity`), what, and the ids it is about. Raises AccessLogUnusable.

        Empty ids are left out. Ids are untrusted text: JSON escapes everything but plain ASCII, so that no id can start a
        new line. A repeated access is not logged, but it is an error too while the log can't be written.
        """
        given_ids = {name: value for name, value in ids.items() if value}
        now, key = self._clock(), (session, *person.values(), what, *given_ids.items())
        with self._lock:
            last = self._logged_at.get(key)
            if last is not None and now - last < repeat_after:
                self._check()
                return
            self._append({**person, "what": what, **given_ids})
            self._logged_at[key] = now
            self._logged_at.move_to_end(key)
            if len(self._logged_at) > self._max_recent:
                self._logged_at.popitem(last=False)

    def check(self) -> None:
        """Raises AccessLogUnusable where the log can't be opened, or where the last write failed and another one fails."""
        with self._lock:
            self._check()

    def _check(self) -> None:
        if self._is_failing:
            self._append({"what": "log_writable_again"})
        else:
            self._write(b"")

    def _append(self, entry: Mapping[str, str | bool]) -> None:
        line = json.dumps({"at": f"{self._clock():%Y-%m-%dT%H:%M:%SZ}", **entry})
        self._write(f"{line}\n".encode())

    def _write(self, line: bytes) -> None:
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666) if self._path else os.dup(STDERR)
            try:
                self._write_whole(file, line)
            finally:
                os.close(file)
        except OSError as error:
            self._is_failing = True
            raise AccessLogUnusable(detail=error.strerror or type(error).__name__) from error
        self._is_failing = False

    def _write_whole(self, file: int, line: bytes) -> None:
        if not line:
            return
        whole = b"\n" + line if self._line_is_open else line
        written = os.write(file, whole)
        if written < len(whole):
            self._line_is_open = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._line_is_open = False
