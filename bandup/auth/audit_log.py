"""The log of who looked at what and when: one line of JSON each, never a text that a student wrote."""

import json
import logging
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from logging.handlers import WatchedFileHandler
from threading import Lock

from bandup.auth.refusals import AccessLogUnusable

LOGGED_AGAIN_AFTER = timedelta(minutes=5)
"""A session that looks at the same again within this time is not logged again: pages run anew at every click."""
MOST_REMEMBERED = 10_000
"""So many accesses are remembered for that; the oldest is forgotten first."""

logger = logging.getLogger("bandup.access")


def open_log(path: str) -> None:
    """Sends the log to a file, or to stderr where `path` is empty. Raises AccessLogUnusable."""
    try:
        # rotated by whatever rotates the machine's other logs: the file is opened anew when it was moved
        handler = WatchedFileHandler(path, encoding="utf-8") if path else logging.StreamHandler(sys.stderr)
    except OSError as error:
        raise AccessLogUnusable(error.strerror or type(error).__name__) from error
    handler.setFormatter(logging.Formatter("%(message)s"))
    for old in logger.handlers:
        old.close()
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


class AccessLog:
    """Writes accesses, and remembers them for as long as they are not to be written again."""

    def __init__(self, clock: Callable[[], datetime], most: int = MOST_REMEMBERED) -> None:
        self._clock = clock
        self._most = most
        self._lock = Lock()
        self._written: OrderedDict[tuple[str, ...], datetime] = OrderedDict()

    def note(
        self, session: str, who: str, what: str, of: Mapping[str, str], again_after: timedelta = LOGGED_AGAIN_AFTER
    ) -> None:
        """One access: who asked for what, and `of` which `user_id`, `id` and the like; empty ones are left out.

        Ids are strangers' text: JSON writes all but plain characters as escapes, so that none can begin a line.
        """
        known = {name: value for name, value in of.items() if value}
        at, key = self._clock(), (session, who, what, *(f"{name}={value}" for name, value in known.items()))
        with self._lock:
            before = self._written.get(key)
            if before is not None and at - before < again_after:
                return
            self._written[key] = at
            self._written.move_to_end(key)
            if len(self._written) > self._most:
                self._written.popitem(last=False)
        logger.info(json.dumps({"at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "who": who, "what": what, **known}))
