"""What ops did about causes: its state as time passes, what is quiet, and what became of hand-offs."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from bandup.analysis import cause_memory
from bandup.analysis.cause_memory import CauseMemory, HandedOff, Outcome
from bandup.analysis.failure_causes import NOT_CAUGHT, group_by_cause
from bandup.analysis.job_list import all_jobs
from data.review_entries import CauseAction, CauseActionName, HandOff, hand_offs, moment_of
from tests import items

NOW = items.NOW
QUOTA = "429 RESOURCE_EXHAUSTED: quota"
KEY = cause_memory.cause_key("failed", QUOTA)


def did(action: CauseActionName, *, days_ago: float = 0, text: str = "", until: datetime | None = None) -> CauseAction:
    return CauseAction(
        subject=cause_memory.subject_of_cause("failed", QUOTA),
        at=moment_of(NOW - timedelta(days=days_ago)),
        by="Olga",
        state="failed",
        cause=QUOTA,
        action=action,
        text=text,
        until=until.isoformat() if until else "",
    )


def memory(*actions: CauseAction | HandOff) -> CauseMemory:
    return cause_memory.memory_of(actions)[KEY]


def failed(evaluation_id: str = "e1", days_ago: float = 1, message: str = QUOTA, **given: Any) -> dict[str, Any]:
    base = {"evaluation_id": evaluation_id, "started_at": items.before(days=days_ago), "error_message": message}
    return items.job("failed", **(base | given))


def jobs(*rows: dict[str, Any]) -> pd.DataFrame:
    return all_jobs(items.evaluations(*rows), items.flashcard_sets())


@pytest.mark.parametrize(
    ("actions", "last_days_ago", "status", "is_quiet"),
    [
        ([did("owner", text="Omar")], 1, "", False),
        ([did("mute", until=NOW + timedelta(days=5))], 1, "muted until 19 Mar 2026", True),
        ([did("mute", until=NOW - timedelta(days=1))], 1, "", False),
        ([did("mute", until=NOW + timedelta(days=5)), did("unmute")], 1, "", False),
        ([did("resolve", days_ago=3)], 5, "resolved 11 Mar 2026", True),
        ([did("resolve", days_ago=3)], 1, "came back after 11 Mar 2026", False),
        ([did("resolve", days_ago=3)], None, "resolved 11 Mar 2026", True),
        ([did("resolve", days_ago=3), did("reopen")], 5, "", False),
        # a cause that came back and is muted is quiet, and its status says that it came back
        (
            [did("resolve", days_ago=3), did("mute", until=NOW + timedelta(days=5))],
            1,
            "came back after 11 Mar 2026",
            True,
        ),
        (
            [*hand_offs("s", "failed", QUOTA, [("evaluations", "e", "u")], to="", by="O", now=NOW)],
            1,
            "handed off 14 Mar 2026",
            False,
        ),
        ([did("mute", until=None)], 1, "", False),
    ],
)
def test_the_status_of_a_cause(actions, last_days_ago, status, is_quiet):
    last = None if last_days_ago is None else NOW - timedelta(days=last_days_ago)
    found = memory(*actions)
    assert cause_memory.status_of(found, last, NOW) == status
    assert found.is_quiet(last, NOW) is is_quiet


def test_the_latest_owner_counts_and_everything_that_was_done_is_kept():
    found = memory(did("owner", text="Omar"), did("note", text="ticket 412"), did("owner", text="Olga"))
    assert found.owner == "Olga"
    assert [cause_memory.describe_action(action) for action in found.actions] == [
        "made Olga the owner",
        "ticket 412",
        "made Omar the owner",
    ]


def test_a_cause_is_known_in_any_spelling():
    entry = did("owner", text="Omar")
    causes = group_by_cause(jobs(failed(message=QUOTA.upper()), failed("e2", message=QUOTA.upper())))
    shown = cause_memory.with_memory(causes, cause_memory.memory_of([entry]), NOW)
    assert shown["owner"].tolist() == ["Omar"]


def test_causes_without_any_memory_are_loud_and_empty_frames_stay_typed():
    shown = cause_memory.with_memory(group_by_cause(jobs(failed())), {}, NOW)
    assert shown[["owner", "status", "is_quiet"]].to_numpy().tolist() == [["", "", False]]
    empty = cause_memory.with_memory(group_by_cause(jobs()), {}, NOW)
    assert empty["is_quiet"].dtype == "bool"


@pytest.mark.parametrize(
    ("action", "quiet"),
    [
        (did("mute", until=NOW + timedelta(days=5)), ["new", "old", "undated"]),
        (did("resolve", days_ago=3), ["old", "undated"]),
        (did("owner", text="Omar"), []),
    ],
)
def test_which_jobs_are_quiet(action, quiet):
    rows = [
        failed("new", 1),
        failed("old", 5),
        failed("undated", started_at="?"),
        failed("other", 1, "Audio too short"),
        items.job("processing", evaluation_id="stuck", started_at=items.before(days=2)),
    ]
    table = jobs(*rows)
    found = cause_memory.quiet_jobs(table, cause_memory.memory_of([action]), NOW)
    assert sorted(table.loc[found, "id"]) == quiet
    words = f"{len(quiet)} jobs of 1 muted or resolved cause not counted." if quiet else ""
    assert cause_memory.describe_quiet(table, found) == words


HANDED_AT = NOW - timedelta(days=2)


def outcome(*rows: dict[str, Any], handed: tuple[str, str, str] = ("evaluations", "e1", "u1")) -> dict[Outcome, int]:
    return cause_memory.outcomes(jobs(*rows), "failed", QUOTA, HandedOff(HANDED_AT, "Olga", "", (handed,)))


@pytest.mark.parametrize(
    ("rows", "met"),
    [
        ([items.writing(created_at=items.before(days=1))], Outcome.RESULT),
        ([failed(days_ago=3), items.writing(evaluation_id="e2", created_at=items.before(days=1))], Outcome.RESULT),
        # of another type, or earlier: not the result of this job
        ([failed(days_ago=3), items.speaking(evaluation_id="e2", created_at=items.before(days=1))], Outcome.WAITING),
        ([failed(days_ago=3), items.writing(evaluation_id="e2", created_at=items.before(days=4))], Outcome.WAITING),
        ([failed(days_ago=3)], Outcome.WAITING),
        ([failed(days_ago=1)], Outcome.SAME),
        ([failed(days_ago=1, message="Audio too short")], Outcome.OTHER),
        ([failed(days_ago=3), failed("e2", days_ago=1)], Outcome.SAME),
        ([failed(days_ago=3), failed("e2", days_ago=1, user_id="u2")], Outcome.WAITING),
        ([items.job("processing", started_at=items.before(minutes=1))], Outcome.WAITING),
        ([items.job("processing", started_at=items.before(days=1))], Outcome.OTHER),
        ([], Outcome.GONE),
    ],
)
def test_what_became_of_a_job(rows, met):
    assert outcome(*rows) == {met: 1}


def test_what_became_of_a_hand_off_in_words():
    handed = HandedOff(HANDED_AT, "Olga", "the platform team", ())
    assert cause_memory.describe_outcomes(handed, {Outcome.RESULT: 5, Outcome.SAME: 1}) == (
        "Of 6 handed off to the platform team on 12 Mar 2026 by Olga: 5 have a result, 1 failed the same way."
    )


def test_a_hand_off_in_several_entries_is_one():
    keys = [("evaluations", f"{n:02000}", "u") for n in range(300)]
    parts = [
        *hand_offs(cause_memory.subject_of_cause("failed", QUOTA), "failed", QUOTA, keys, to="", by="Olga", now=NOW)
    ]
    assert len(parts) > 1
    found = cause_memory.memory_of(parts)[KEY].handed_off
    assert [len(handed.jobs) for handed in found] == [300]
    again = [*hand_offs("s", "failed", QUOTA, keys[:2], to="", by="Olga", now=NOW)]
    assert [len(handed.jobs) for handed in cause_memory.memory_of([*parts, *again])[KEY].handed_off] == [300, 2]


def test_causes_of_two_states_are_two():
    entries = [did("owner", text="Omar")]
    assert (("stuck", cause_memory.cause_key("stuck", NOT_CAUGHT)[1])) not in cause_memory.memory_of(entries)
