"""What pages ask for. The only caches, the only Streamlit in `data/`, and the place where reads meet their judgement.

Frames are shared by all sessions and never mutated: whoever changes one works on a copy.

Whoever asks is checked here, at every call: a page's frame has a gate of its own, but a fragment runs without it, and so
does what a download makes when it is clicked.
"""

import gc
import json
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache, wraps
from pathlib import Path
from threading import RLock, local
from typing import ParamSpec, TypeVar

import pandas as pd
import streamlit as st
from streamlit.auth_util import get_cookie_with_chunks, validate_auth_credentials
from streamlit.errors import StreamlitAuthError
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from analysis import states
from analysis.flashcards import all_sets
from analysis.records import Evaluation, Feedback, FlashcardSet
from data import access_log, people
from data import settings as settings_module
from data.cohort import Cohort, Part, prepared
from data.demo import database
from data.errors import DataError as DataError  # pages and the frame know named errors by it
from data.errors import NotSignedIn, SecretsUnreadable, SignInUnusable
from data.errors import Refused as Refused
from data.export_files import bundle as bundle  # what pages offer to take away
from data.people import AT_THE_MACHINE, Person, RosterFile
from data.people import Role as Role
from data.reads import Cost, OnPage
from data.repository import Repository, Student, TableFacts, connect, newest_first
from data.schema import EVALUATIONS, FLASHCARD_SETS, TABLES, TableKey
from data.settings import Settings
from data.snapshots import Snapshots

STUDENT_LASTS = timedelta(minutes=1)
RECORD_LASTS = timedelta(minutes=5)
MOST_STUDENTS = 200
MOST_RECORDS = 200
MOST_FEEDBACKS = 20
"""So many of a student's attempts are read for what their feedback says; each costs the read of a whole item."""
MOST_SIGN_OUTS = 10_000
SHORTEST_SECRET = 32
TABLE_KEYS: tuple[TableKey, ...] = tuple(TABLES)

P = ParamSpec("P")
T = TypeVar("T")


def now() -> datetime:
    """The time, aware, UTC: the one clock of the dashboard."""
    return datetime.now(UTC)


def settings() -> Settings:
    """What the environment says. Raises HalfConfigured, SettingUnreadable."""
    return settings_module.from_environment(os.environ)


def price(capacity_units: float) -> float:
    """US dollars for so many read capacity units, on demand."""
    return settings().price(capacity_units)


class _Spent(local):
    """What the reads made in this thread took: a script runs in one from beginning to end."""

    cost = Cost()


_spent = _Spent()


def begin() -> None:
    """A script begins: nothing has been read for it yet."""
    _spent.cost = Cost()


def spent() -> Cost:
    """What was read for the script that runs; what was at hand, or read in the background for everybody, is not in it."""
    return _spent.cost


def _spend(cost: Cost) -> Cost:
    _spent.cost += cost
    return cost


@dataclass(frozen=True)
class _Asker:
    """Who asks: a session, and what the sign-in says of the person."""

    session: str
    claims: Mapping[str, object]


_on_behalf: ContextVar[_Asker | None] = ContextVar("on_behalf", default=None)
_accesses = access_log.AccessLog(now)
_signed_out: OrderedDict[tuple[str, ...], None] = OrderedDict()


@cache
def sign_in_is_on() -> bool:
    """Whether everybody has to sign in: `[auth]` is in the secrets. Raises SecretsUnreadable.

    Found out once: a secrets file that is taken away or damaged later opens nothing.
    """
    return people.is_set_up(st.secrets, st.get_option("secrets.files"))


def person() -> Person:
    """Who looks. Raises Refused where nobody may, RolesUnusable and RosterUnusable where that can't be told."""
    return _asks("signed_in", lambda _: None, {}, again_after=timedelta.max)


def must_be(role: Role, page: str) -> None:
    """Raises Refused where a page is not for whoever looks."""
    _asks("page", lambda found: found.must_be(role), {"id": page})


def claims_in(cookies: Mapping[str, str]) -> dict[str, object]:
    """What the signed cookie of Streamlit's sign-in says; nothing where there is none, or it was tampered with."""

    def signed(name: str) -> bytes | None:
        return decode_signed_value(get_cookie_secret(), name, cookies.get(name, ""))

    try:
        claims = json.loads(get_cookie_with_chunks(signed, USER_COOKIE_NAME) or b"{}")
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def admits(cookies: Mapping[str, str]) -> bool:
    """Whether a request with these cookies comes from somebody who may see anything at all."""
    try:
        return bool(_person_of(claims_in(cookies)))
    except DataError:
        return False


def sign_out(cookies: Mapping[str, str]) -> None:
    """Ends the sign-in of these cookies: from now on it counts in no tab, and no copy of the cookie does."""
    if claims := claims_in(cookies):
        _signed_out[_sign_in_of(claims)] = None
        while len(_signed_out) > MOST_SIGN_OUTS:
            _signed_out.popitem(last=False)
        _accesses.note("", people.name_of(claims), "signed_out", {})


def later(function: Callable[P, T]) -> Callable[P, T]:
    """The function, to be called when the script has ended, as a download is: on behalf of whoever looks now."""
    if not sign_in_is_on():
        return function
    asker = _asker()

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        before = _on_behalf.set(asker)
        try:
            return function(*args, **kwargs)
        finally:
            _on_behalf.reset(before)

    return called


def check_sign_in() -> None:
    """Raises SignInUnusable, RolesUnusable, RosterUnusable or AccessLogUnusable: better at the start than at a sign-in."""
    if not sign_in_is_on():  # and from here on it is, whatever becomes of the secrets
        raise SecretsUnreadable
    try:
        validate_auth_credentials("default")
    except StreamlitAuthError as error:
        raise SignInUnusable(" ".join(str(error).split())) from error
    if len(get_cookie_secret()) < SHORTEST_SECRET:
        raise SignInUnusable(
            f"cookie_secret in [auth] has fewer than {SHORTEST_SECRET} characters, and whoever guesses it is anybody they "
            "like. `python -c 'import secrets; print(secrets.token_hex(32))'` makes one."
        )
    if st.get_option("server.trustedUserHeaders"):
        raise SignInUnusable("server.trustedUserHeaders lets a header say who is signed in. Unset it.")
    _open_access_log()
    roster = _roster(people.rules_of(_roles()))
    if roster is not None:
        roster.now()


def _asks(
    what: str,
    check: Callable[[Person], None],
    of: Mapping[str, str],
    again_after: timedelta = access_log.LOGGED_AGAIN_AFTER,
) -> Person:
    """The person who asks for something, which is logged, or refused."""
    if not sign_in_is_on():
        return AT_THE_MACHINE
    _open_access_log()
    asker = _asker()
    try:
        found = _person_of(asker.claims)
        check(found)
    except NotSignedIn:
        raise
    except DataError as error:
        refused = {"asked_for": what, "why": type(error).__name__, **of}
        _accesses.note(asker.session, people.name_of(asker.claims), "refused", refused)
        raise
    _accesses.note(asker.session, found.name, what, of, again_after)
    return found


def _teaches(what: str, user_id: str, **of: str) -> Person:
    return _asks(what, lambda found: found.must_teach(user_id), {"user_id": user_id, **of})


def _is(role: Role, what: str, **of: str) -> Person:
    return _asks(what, lambda found: found.must_be(role), of)


def _asker() -> _Asker:
    given = _on_behalf.get()
    if given is not None:
        return given
    context = get_script_run_ctx(suppress_warning=True)
    # without a script that runs for somebody, nobody asks
    return _Asker("", {}) if context is None else _Asker(context.session_id, _claims())


def _claims() -> Mapping[str, object]:
    return st.user.to_dict()


def _person_of(claims: Mapping[str, object]) -> Person:
    if not claims.get("is_logged_in") or _sign_in_of(claims) in _signed_out:
        raise NotSignedIn
    rules = people.rules_of(_roles())
    roster = _roster(rules)
    return people.person_of(claims, rules, None if roster is None else roster.now, now())


def _sign_in_of(claims: Mapping[str, object]) -> tuple[str, ...]:
    """What tells one sign-in from another of the same person."""
    return tuple(str(claims.get(name)) for name in ("iss", "sub", "iat", "nonce"))


def _roles() -> object:
    try:
        return st.secrets.get("roles")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretsUnreadable from error


def _roster(rules: people.Rules) -> RosterFile | None:
    """The roster that the rules name: beside the secrets file, unless its path is absolute."""
    if not rules.roster:
        return None
    files = [Path(file) for file in st.get_option("secrets.files")]
    beside = next((file.parent for file in reversed(files) if file.exists()), Path())
    return _roster_file(beside / rules.roster, rules.claim)


@lru_cache(maxsize=4)
def _roster_file(path: Path, claim: str) -> RosterFile:
    return RosterFile(path, claim)


@cache
def _open_access_log() -> None:
    access_log.open_log(os.environ.get(settings_module.ACCESS_LOG, "").strip())


def read_ahead() -> None:
    """Begins the read of everyone before anybody asks for it."""
    _snapshots(settings()).ask()


def snapshots() -> Snapshots[Cohort] | Part:
    """The cohort, shared by all sessions; a read is started where none was made or it is old. For teachers, of theirs."""
    students = _is(Role.TEACHER, "everyone").students
    store = _snapshots(settings())
    store.ask()
    return store if students is None else Part(store, students)


def job_snapshots(refresh_after: timedelta | None = None) -> Snapshots[Cohort]:
    """The cohort for ops, of everyone whatever else they may see."""
    _is(Role.OPS, "everyone")
    store = _snapshots(settings())
    store.ask(refresh_after=refresh_after)
    return store


def student(user_id: str) -> Student:
    """One student's items, judged.

    From the snapshot of everyone where that is at hand and no index is keyed on `user_id`; completed from it where the
    index leaves items out.
    """
    _teaches("student", user_id)
    cohort = _snapshots(settings()).view().value
    if cohort is not None and _scans_for_a_student():
        return _of_cohort(cohort, user_id)
    read = _student(settings(), user_id)
    return _completed(read, cohort) if read.left_out and cohort is not None else read


def students_at_hand() -> list[str]:
    """The ids of the students in the snapshot of everyone, most recently active first; none where none is at hand.

    Nothing is read for it. Of a limited teacher’s students only.
    """
    asking = person()
    asking.must_be(Role.TEACHER)
    cohort = _snapshots(settings()).view().value
    ids: list[str] = [] if cohort is None else cohort.students["user_id"].tolist()
    return ids if asking.students is None else [user_id for user_id in ids if user_id in asking.students]


def before_reading_a_student() -> str:
    """What reading one student is about to take, said before it is spent."""
    person().must_be(Role.TEACHER)
    if not _scans_for_a_student():
        return "Reading the student’s items …"
    repository = _repository(settings())
    units = repository.units_of_student()
    taken = f"about {units:,.0f} read capacity units" if units else "a read of the whole table"
    unknown = "No index is known, as dynamodb:DescribeTable is not allowed"
    why = unknown if repository.hides_indexes() else "No index is keyed on user_id"
    return f"{why}, so finding this student takes {taken} …"


@dataclass(frozen=True)
class EvaluationRead:
    """An opened evaluation: its judged row (columns of `data.schema` and `state`), its texts, its twins' users."""

    row: pd.Series
    evaluation: Evaluation
    twins: tuple[str, ...]
    cost: Cost


def evaluation(evaluation_id: str, user_id: str) -> EvaluationRead | None:
    """One evaluation by both keys, or None where there is no such item. Of its twins, those whom the teacher may see."""
    students = _teaches("evaluation", user_id, id=evaluation_id).students
    found = _evaluation(settings(), evaluation_id, user_id)
    if found is None or students is None:
        return found
    return replace(found, twins=tuple(twin for twin in found.twins if twin in students))


@dataclass(frozen=True)
class FeedbacksRead:
    """The feedback of several attempts of one student, `(evaluation_id, feedback)`, and what reading it cost."""

    feedbacks: tuple[tuple[str, Feedback], ...]
    cost: Cost


def feedbacks(user_id: str, evaluation_ids: Sequence[str]) -> FeedbacksRead:
    """The feedback of a student's attempts, in the order given: the newest first. The first 20 are read.

    An attempt that is no longer there is not among them. Which attempts count is the caller's to say.
    """
    _teaches("feedbacks", user_id)
    return _feedbacks(settings(), user_id, tuple(str(key) for key in evaluation_ids[:MOST_FEEDBACKS]))


@dataclass(frozen=True)
class FlashcardSetRead:
    """An opened flashcard set: its judged row (columns of the sets table and `state`) and its cards."""

    row: pd.Series
    flashcard_set: FlashcardSet
    cost: Cost


def flashcard_set(set_id: str, user_id: str) -> FlashcardSetRead | None:
    """One flashcard set by both keys, from either table, or None where there is no such item."""
    _teaches("flashcard_set", user_id, id=set_id)
    return _flashcard_set(settings(), set_id, user_id)


def flashcard_sets_of(user_id: str) -> list[FlashcardSet]:
    """All flashcard sets of a student with their cards, newest first: one small read per set."""
    read = student(user_id)
    sets = all_sets(read.evaluations, read.flashcard_sets)
    found = (flashcard_set(set_id, user_id) for set_id in sets["set_id"])
    return [one.flashcard_set for one in found if one is not None]


@dataclass(frozen=True)
class JobRead:
    """An opened job of either table: its judged row, the item as stored, its twins' users, what it cost."""

    row: pd.Series
    raw: str
    twins: tuple[str, ...]
    cost: Cost


def job(key: TableKey, partition_key: str, user_id: str) -> JobRead | None:
    """One job by both keys, or None where there is no such item."""
    _is(Role.OPS, "job", user_id=user_id, id=partition_key)
    if key == "evaluations":
        found = _evaluation(settings(), partition_key, user_id)
        return None if found is None else JobRead(found.row, found.evaluation.raw, found.twins, found.cost)
    opened = _flashcard_set(settings(), partition_key, user_id)
    return None if opened is None else JobRead(opened.row, opened.flashcard_set.raw, (), opened.cost)


def address(key: TableKey) -> tuple[str, str, str | None]:
    """A table's name, its region, and its endpoint where that is not AWS: what a command line needs to find it."""
    person().must_be(Role.OPS)
    return _repository(settings()).address(TABLES[key])


def table_facts(key: TableKey) -> TableFacts:
    """One table's description, access paths, recovery and time to live."""
    _is(Role.OPS, "tables", id=key)
    return _table_facts(settings(), key)


def forget() -> None:
    """Forgets all that was read and found out: for tests, and for nobody's message."""
    st.cache_resource.clear()
    for kept in (_made_repository, _made_snapshots, sign_in_is_on, _roster_file, _open_access_log):
        kept.cache_clear()
    _signed_out.clear()


# Not in Streamlit's caches: those can be cleared by a message of any browser, and a read of everyone is paid for.
_making = RLock()


def _repository(configured: Settings) -> Repository:
    with _making:
        return _made_repository(configured)


def _snapshots(configured: Settings) -> Snapshots[Cohort]:
    with _making:
        return _made_snapshots(configured)


@lru_cache(maxsize=4)
def _made_repository(configured: Settings) -> Repository:
    return Repository(database.client(now()) if configured.demo else connect(), configured, now)


@lru_cache(maxsize=4)
def _made_snapshots(configured: Settings) -> Snapshots[Cohort]:
    repository = _repository(configured)

    def load(on_page: OnPage) -> Cohort:
        cohort = prepared(repository.everyone(on_page), configured.stuck_after)
        _settle("everyone")
        return cohort

    return Snapshots(load, repository.expected_items, configured.refresh_after, now)


@st.cache_resource(ttl=STUDENT_LASTS, max_entries=MOST_STUDENTS, show_spinner=False)
def _student(configured: Settings, user_id: str) -> Student:
    read = _repository(configured).student(user_id)
    _spend(read.cost)
    evaluations = states.judged(read.evaluations, EVALUATIONS.partition_key, read.read_at, configured.stuck_after)
    sets = states.judged(read.flashcard_sets, FLASHCARD_SETS.partition_key, read.read_at, configured.stuck_after)
    own = evaluations["user_id"] == user_id
    _settle("student")
    return replace(read, evaluations=evaluations[own].reset_index(drop=True), flashcard_sets=sets)


@st.cache_resource(ttl=RECORD_LASTS, max_entries=MOST_RECORDS, show_spinner="Reading the evaluation …")
def _evaluation(configured: Settings, evaluation_id: str, user_id: str) -> EvaluationRead | None:
    repository = _repository(configured)
    found, cost = repository.evaluation(evaluation_id, user_id)
    _spend(cost)
    if found is None:
        return None
    items = found.frame
    if items["status"].iloc[0] != "completed":
        same_job, more = repository.same_job(evaluation_id)
        items = pd.concat([items, same_job[same_job["user_id"] != user_id]], ignore_index=True)
        cost += _spend(more)
    judged = states.judged(items, EVALUATIONS.partition_key, now(), configured.stuck_after)
    return EvaluationRead(judged.iloc[0], found, tuple(judged["user_id"].iloc[1:]), cost)


@st.cache_resource(ttl=RECORD_LASTS, max_entries=MOST_STUDENTS, show_spinner="Reading the feedback …")
def _feedbacks(configured: Settings, user_id: str, evaluation_ids: tuple[str, ...]) -> FeedbacksRead:
    found, cost = _repository(configured).feedbacks([(key, user_id) for key in evaluation_ids])
    return FeedbacksRead(tuple(found), _spend(cost))


@st.cache_resource(ttl=RECORD_LASTS, max_entries=MOST_RECORDS, show_spinner="Reading the cards …")
def _flashcard_set(configured: Settings, set_id: str, user_id: str) -> FlashcardSetRead | None:
    found, cost = _repository(configured).flashcard_set(set_id, user_id)
    _spend(cost)
    if found is None:
        return None
    judged = states.judged(found.frame, FLASHCARD_SETS.partition_key, now(), configured.stuck_after)
    return FlashcardSetRead(judged.iloc[0], found, cost)


@st.cache_resource(ttl=RECORD_LASTS, max_entries=8, show_spinner="Asking DynamoDB about the tables …")
def _table_facts(configured: Settings, key: TableKey) -> TableFacts:
    return _repository(configured).facts(TABLES[key])


@cache
def _settle(_first: str) -> None:
    """Once after the first read of a kind: what lives as long as the process is left out of garbage collection.

    Streamlit collects all garbage after every script, which takes many times as long as a script that draws what is at
    hand (benchmarks/README.md). Later objects are collected as ever.
    """
    gc.collect()
    gc.freeze()


def _scans_for_a_student() -> bool:
    return any(path.index is None for path in _repository(settings()).student_paths().values())


def _of_cohort(cohort: Cohort, user_id: str) -> Student:
    """One student's items out of the snapshot of everyone; they cost nothing more."""
    evaluations = cohort.once(_own, cohort.evaluations, user_id)
    sets = cohort.once(_own, cohort.flashcard_sets, user_id)
    return Student(user_id, evaluations, sets, cohort.read_at, Cost(), {}, cohort.once)


def _completed(read: Student, everyone: Cohort) -> Student:
    """The student's read with the rows that its index left out, taken from the snapshot of everyone."""
    once, user_id = read.once, read.user_id
    evaluations = once(_joined, read.evaluations, everyone.evaluations, EVALUATIONS.partition_key, user_id)
    sets = once(_joined, read.flashcard_sets, everyone.flashcard_sets, FLASHCARD_SETS.partition_key, user_id)
    return replace(read, evaluations=evaluations, flashcard_sets=sets, left_out={})


def _own(whole: pd.DataFrame, user_id: str) -> pd.DataFrame:
    return whole[whole["user_id"] == user_id].reset_index(drop=True)


def _joined(own: pd.DataFrame, whole: pd.DataFrame, key: str, user_id: str) -> pd.DataFrame:
    missing = whole[(whole["user_id"] == user_id) & ~whole[key].isin(own[key])]
    return newest_first(pd.concat([own, missing], ignore_index=True)) if len(missing) else own
