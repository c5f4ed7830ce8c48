"""The grader's defaults: found by feedback that is there and empty, read once each, and left out of every average."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bandup.analysis.attempts import graded_attempts, suspect_as_succeeded
from bandup.analysis.bands import Skill
from bandup.analysis.default_answers import unchecked_sentence
from bandup.queries import cached_reads, default_answers
from bandup.queries.dataset import build
from bandup.queries.default_answers import DefaultAnswers
from data.errors import Throttled
from data.flags import Flag, flags_in
from data.repository import Repository
from data.settings import Settings
from tests import documented
from tests.items import job, writing

NOW = datetime(2026, 3, 14, 9, 5, tzinfo=UTC)
STUCK_AFTER = timedelta(minutes=15)
CRITERIA = ("task_achievement", "coherence", "lexical", "grammar")
SPOKEN = {"feedback": "Says something.", "band": 6.0}


def feedback(*empty):
    return json.dumps({"overall": "", **{name: {} if name in empty else SPOKEN for name in CRITERIA}})


def essay(key, *bands, empty=(), confidence="0.85", **attributes):
    attributes = {"feedback": feedback(*empty), "confidence_score": confidence} | attributes
    return "evaluations", writing(*(bands or ["6.0"] * 5), evaluation_id=key, **attributes)


ITEMS = [
    essay("nobody", empty=CRITERIA),
    essay("nobody-sure", empty=CRITERIA, confidence="0.9"),
    essay("real-sixes"),
    essay("no-feedback", feedback=...),
    essay("one", "7.0", "7.0", "7.0", "7.0", "6.0", empty=["grammar"]),
    essay("real-one", "7.0", "7.0", "7.0", "7.0", "6.0"),
    essay("seven", "7.0", "7.0", "7.0", "7.0", "7.0", empty=["grammar"]),
]


@pytest.fixture
def repository(cloud):
    documented.fill(cloud, "none", ITEMS)
    return Repository(cloud, Settings(demo=False), lambda: NOW)


def dataset_of(repository, answers):
    return build(repository.all_items(), STUCK_AFTER, answers)


def states_of(evaluations):
    return dict(zip(evaluations["evaluation_id"], evaluations["state"].astype("str"), strict=True))


def flags_of(evaluations, key):
    return {*flags_in(int(evaluations.loc[evaluations["evaluation_id"] == key, "flags"].iloc[0]))}


def test_five_sixes_over_empty_feedback_are_suspect_for_everyone(repository):
    found = states_of(dataset_of(repository, DefaultAnswers(repository.feedbacks_by_key)).evaluations)
    suspect = {key for key, state in found.items() if state == "suspect"}
    assert suspect == {"nobody", "nobody-sure"}


def test_a_default_criterion_is_flagged_and_left_out_of_averages_unless_counted(repository):
    evaluations = dataset_of(repository, DefaultAnswers(repository.feedbacks_by_key)).evaluations
    assert Flag.GRAMMAR_IS_DEFAULT in flags_of(evaluations, "one")
    assert not any("is_default" in flag.label for key in ("real-one", "seven") for flag in flags_of(evaluations, key))

    def grammar(frame):
        attempts = graded_attempts(frame, Skill.WRITING).set_index("evaluation_id")
        return attempts["grammar_band"].fillna(-1).to_dict()

    left_out, counted = grammar(evaluations), grammar(suspect_as_succeeded(evaluations))
    assert (left_out["one"], left_out["real-one"], "nobody" in left_out) == (-1, 6, False)
    assert (counted["one"], counted["real-one"], counted["nobody"]) == (6, 6, 6)


def test_each_essay_is_read_once_and_the_next_refresh_reads_the_rest(repository, monkeypatch):
    monkeypatch.setattr(default_answers.DefaultAnswers.flagged, "__defaults__", (2,))
    read = []
    original = Repository.feedbacks_by_key
    monkeypatch.setattr(Repository, "feedbacks_by_key", lambda self, keys: read.append([*keys]) or original(self, keys))
    answers = DefaultAnswers(repository.feedbacks_by_key)
    sentences = [unchecked_sentence(dataset_of(repository, answers).evaluations) for _ in range(4)]
    assert [sentence.split(" ")[0] for sentence in sentences] == ["4", "2", "", ""]
    assert [len(keys) for keys in read] == [2, 2, 2]
    assert len({key for keys in read for key in keys}) == 6


def test_a_read_that_fails_leaves_the_essays_unchecked_and_does_not_end_the_dataset(repository, monkeypatch):
    def fails(self, keys):
        raise Throttled(table="bandup-evaluations")

    monkeypatch.setattr(Repository, "feedbacks_by_key", fails)
    dataset = dataset_of(repository, DefaultAnswers(repository.feedbacks_by_key))
    assert Flag.DEFAULT_NOT_CHECKED in flags_of(dataset.evaluations, "nobody")
    assert unchecked_sentence(dataset.evaluations).startswith("6 essays")


def test_an_opened_evaluation_and_a_students_read_say_the_same(repository):
    for key, state in {"nobody": "suspect", "one": "succeeded", "real-sixes": "succeeded"}.items():
        opened = cached_reads.evaluation(key, "u1")
        assert opened is not None
        assert str(opened.row["state"]) == state
        assert (Flag.GRAMMAR_IS_DEFAULT in flags_in(int(opened.row["flags"]))) == (key in {"nobody", "one"})
    found = states_of(cached_reads.student("u1").evaluations)
    assert {key for key, state in found.items() if state == "suspect"} == {"nobody", "nobody-sure"}


START = int((datetime.now(UTC) - timedelta(hours=2)).timestamp())
ELSEWHERE = [
    ("evaluations", job("processing", evaluation_id="lost", started_at=START)),
    ("evaluations", job("processing", evaluation_id="hidden", user_id="u2", started_at=START)),
    ("evaluations", writing(evaluation_id="session", created_at=START + 60)),
    ("evaluations", writing(evaluation_id="own", user_id="u2", created_at=START + 60)),
    ("evaluations", job("processing", evaluation_id="own", user_id="unknown", started_at=START)),
]


@pytest.mark.parametrize("indexes", ["provisioned"])
def test_a_result_under_another_id_is_found_by_every_read(cloud, indexes):
    documented.fill(cloud, indexes, ELSEWHERE)
    repository = Repository(cloud, Settings(demo=False), lambda: datetime.now(UTC))
    everyone = states_of(dataset_of(repository, DefaultAnswers(repository.feedbacks_by_key)).evaluations)
    assert (everyone["lost"], everyone["hidden"]) == ("superseded", "stuck")
    for user_id, key, state in (("u1", "lost", "superseded"), ("u2", "hidden", "stuck")):
        assert states_of(cached_reads.student(user_id).evaluations)[key] == state
        opened = cached_reads.job("evaluations", key, user_id)
        assert opened is not None
        assert str(opened.row["state"]) == state
        assert (Flag.RESULT_UNDER_ANOTHER_ID in flags_in(int(opened.row["flags"]))) == (state == "superseded")
