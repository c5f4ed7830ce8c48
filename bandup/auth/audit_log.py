"""The log of who looked at what and when: one line of JSON per access, never a text that a student wrote."""

import json
import logging
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from logging.handlers import WatchedFileHandler
from threading import Lock

from bandup.auth.refusals import AccessLogUnusable

REPEAT_AFTER = timedelta(minutes=5)
"""The same access by the same session is logged once within this time: a page runs again at every click."""
MAX_RECENT = 10_000
"""Recent accesses remembered for `REPEAT_AFTER`; the oldest is forgotten first."""

logger = logging.getLogger("bandup.access")


def open_log(path: str) -> None:
    """Send the log to a file, or to stderr where `path` is empty. Raises AccessLogUnusable."""
    try:
        # WatchedFileHandler opens the file again after a log rotation has moved it
        handler = WatchedFileHandler(path, encoding="utf-8") if path else logging.StreamHandler(sys.stderr)
    except OSError as error:
        raise AccessLogUnusable(detail=error.strerror or type(error).__name__) from error
    handler.setFormatter(logging.Formatter("%(message)s"))
    for previous in logger.handlers:
        previous.close()
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


class AccessLog:
    """Logs accesses, each once within some minutes."""

    def __init__(self, clock: Callable[[], datetime], max_recent: int = MAX_RECENT) -> None:
        self._clock = clock
        self._max_recent = max_recent
        self._lock = Lock()
        self._logged_at: OrderedDict[tuple[str, ...], datetime] = OrderedDict()

    def record(
        self, session: str, who: str, what: str, ids: Mapping[str, str], repeat_after: timedelta = REPEAT_AFTER
    ) -> None:
        """Log one access: who asked for what, with the ids it is about (`user_id`, `id`, …); empty ids are left out.

        Ids are untrusted text: JSON escapes everything but plain ASCII, so that no id can start a new line.
        """
        given_ids = {name: value for name, value in ids.items() if value}
        now, key = self._clock(), (session, who, what, *(f"{name}={value}" for name, value in given_ids.items()))
        with self._lock:
            last = self._logged_at.get(key)
            if last is not None and now - last < repeat_after:
                return
            self._logged_at[key] = now
            self._logged_at.move_to_end(key)
            if len(self._logged_at) > self._max_recent:
                self._logged_at.popitem(last=False)
        logger.info(json.dumps({"at": f"{now:%Y-%m-%dT%H:%M:%SZ}", "who": who, "what": what, **given_ids}))
