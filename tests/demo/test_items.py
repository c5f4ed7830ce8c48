"""The demo's items contain every shape of the real tables, and each is consistent in itself."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from bandup.demo import oddities
from bandup.demo.content import SECTIONS, decks, essay_topics, speaking_topics, toml_content
from bandup.demo.items import generate
from bandup.demo.passages import Slip, parse
from bandup.demo.writing_items import MAX_STORED_CHARACTERS, MIN_WORDS
from data.schema import TABLES

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
MOMENT = int(NOW.timestamp())
DAY = 86_400
CRITERIA = {
    "writing": ("task_achievement_band", "coherence_band", "lexical_band", "grammar_band"),
    "speaking": ("fluency_band", "lexical_band", "grammar_band", "pronunciation_band"),
}

Item = dict[str, Any]


def value(item: Item, name: str) -> Any:
    """An attribute as a Python value; None if missing."""
    return TypeDeserializer().deserialize(item[name]) if name in item else None


def rows(items: Iterable[tuple[str, Item]], key: str) -> list[Item]:
    return [item for table_key, item in items if table_key == key]


@pytest.fixture(scope="module")
def items() -> list[tuple[str, Item]]:
    return list(generate(NOW))


@pytest.fixture(scope="module")
def evaluations(items: list[tuple[str, Item]]) -> list[Item]:
    return rows(items, "evaluations")


@pytest.fixture(scope="module")
def sets(items: list[tuple[str, Item]]) -> list[Item]:
    return rows(items, "flashcard_sets")


def of(evaluations: list[Item], kind: str, status: str) -> list[Item]:
    """The rows of a type and status, read as the dashboard reads them."""
    return [
        item
        for item in evaluations
        if value(item, "evaluation_type") == kind and value(item, "status").strip().lower() == status
    ]


def report(item: Item) -> dict[str, Any] | None:
    """The feedback, or None if it is not JSON."""
    try:
        return json.loads(value(item, "feedback"))
    except json.JSONDecodeError:
        return None


def size(item: Item) -> int:
    """An upper estimate of the item's size in bytes: names and values in UTF-8, and a few bytes per element."""
    return len(json.dumps(item, ensure_ascii=False).encode())


def test_the_same_arguments_give_the_same_items_and_another_seed_gives_others(items):
    assert list(generate(NOW)) == items
    assert list(generate(NOW, seed=1)) != items


def test_items_are_generated_lazily():
    first = next(iter(generate(NOW, evaluations=100_000)))
    assert first[0] == "evaluations"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="timezone-aware"):
        next(generate(datetime(2026, 3, 14)))  # noqa: DTZ001


def test_the_default_size(evaluations, sets):
    assert len(evaluations) == 900
    assert 75 <= len(sets) <= 85
    students = {value(item, "user_id") for item in evaluations} - {"unknown", "anonymous"}
    assert len(students) == 40
    counts = Counter(value(item, "user_id") for item in evaluations)
    assert 60 <= max(counts.values()) <= 85
    assert sum(1 for student in students if counts[student] <= 3) >= 3
    assert len(of(evaluations, "writing", "completed")) / 900 == pytest.approx(0.58, abs=0.06)
    assert len(of(evaluations, "speaking", "completed")) / 900 == pytest.approx(0.32, abs=0.06)


@pytest.mark.parametrize("evaluations", [40, 5_000])
def test_other_sizes_keep_ids_unique_and_scale(evaluations):
    items = list(generate(NOW, evaluations=evaluations))
    own = rows(items, "evaluations")
    keys = Counter((value(item, "evaluation_id"), value(item, "user_id")) for item in own)
    assert max(keys.values()) == 1
    set_keys = Counter(value(item, "set_id") for item in rows(items, "flashcard_sets"))
    assert max(set_keys.values()) == 1
    if evaluations == 5_000:
        assert len(own) == evaluations
        assert len(set_keys) == pytest.approx(evaluations / 11, rel=0.05)
        students = {value(item, "user_id") for item in own} - {"unknown", "anonymous"}
        assert len(students) == pytest.approx(evaluations / 22, rel=0.05)


def test_students_beyond_the_first_forty_have_unique_ids():
    from bandup.demo.student_profiles import generate_students

    ids = [student.user_id for student in generate_students(6_000, 1)]
    assert len(set(ids)) == len(ids)


def test_items_are_fit_to_be_put(items):
    for table_key, item in items:
        declared = TABLES[table_key]
        for name in (declared.partition_key, declared.sort_key):
            assert item[name]["S"]
        assert size(item) < 400_000
        assert set(item) <= {declared.partition_key, declared.sort_key} | {
            attribute.name for attribute in declared.attributes
        }
        for name in item:
            assert value(item, name) is not None or item[name] == {"NULL": True}


def times(item: Item) -> list[float]:
    """The times in an item, in Unix seconds, without a speaking row's remaining milliseconds."""
    moments = []
    for name in ("created_at", "started_at"):
        stated = value(item, name)
        if stated is None or stated == "local":
            continue
        if isinstance(stated, str):
            if "T" in stated:
                moments.append(datetime.fromisoformat(stated).timestamp())
            continue
        seconds = float(stated) / (1000 if stated > 10**11 else 1)
        if seconds > 300_000:
            moments.append(seconds)
    address = value(item, "audio_url")
    if address:
        day, clock = address.rsplit("/", 1)[1].split("_")[:2]
        moments.append(datetime.strptime(day + clock, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())
    return moments


def test_no_time_is_in_the_future_or_long_ago(items):
    stated = [at for _, item in items for at in times(item)]
    assert max(stated) <= MOMENT
    assert MOMENT - max(stated) < 10 * 60
    assert 250 * DAY < MOMENT - min(stated) < 290 * DAY


@pytest.mark.parametrize("hour", [0, 6, 12, 18, 23])
def test_at_any_hour_the_latest_attempt_is_recent_and_not_in_the_future(hour):
    now = NOW.replace(hour=hour)
    done = [
        at
        for table_key, item in generate(now)
        if table_key == "evaluations" and value(item, "status") == "completed"
        for at in times(item)
    ]
    assert 0 < now.timestamp() - max(done) < 12 * 3600


def test_the_three_documented_examples(evaluations, sets):
    by_id = {value(item, "evaluation_id"): item for item in evaluations}
    essay, talk = by_id["eval-abc123"], by_id["speak-xyz789"]
    vocabulary = next(item for item in sets if value(item, "set_id") == "flashcard-set-123")
    for item in (essay, talk, vocabulary):
        assert value(item, "user_id") == "user-456"
        assert value(item, "status") == "completed"
        assert MOMENT - 280 * DAY < value(item, "created_at") < MOMENT
    assert value(essay, "overall_band") == value(talk, "overall_band") == "7.0"
    assert value(essay, "model_used") == "gemini-writing_task2"
    assert set(report(essay)) == {"strengths", "weaknesses"}
    assert value(talk, "model_used") == "gemini-2.5-flash-audio"
    assert value(talk, "duration") == "120.5"
    assert set(report(talk)) == {"fluency", "pronunciation"}
    assert value(vocabulary, "document_id") == "uploads/documents/user-456/vocab-guide.pdf"
    assert sum(value(item, "user_id") == "user-456" for item in evaluations) > 20


def test_real_feedback_has_its_shape(evaluations):
    shaped = {"writing": 0, "speaking": 0}
    for kind, columns in CRITERIA.items():
        criteria = [column.removesuffix("_band") for column in columns]
        for item in of(evaluations, kind, "completed"):
            feedback = report(item)
            if feedback is None or "overall" not in feedback:
                continue
            shaped[kind] += 1
            assert {"overall", "strengths", "weaknesses", "recommendations", *criteria} <= set(feedback)
            assert feedback["strengths"]
            assert feedback["weaknesses"]
            for name in criteria:
                assert set(feedback[name]) == {"band", "feedback", "strengths", "weaknesses", "improvements"}
                if value(item, f"{name}_band") != "error":
                    assert feedback[name]["band"] == float(value(item, f"{name}_band"))
            assert "{" not in json.dumps(list(feedback.values())).replace('{"', "")
    assert shaped["writing"] > 450
    assert shaped["speaking"] > 200


def test_every_quote_occurs_in_its_essay_and_its_suggestion_differs(evaluations):
    quoted = 0
    for item in of(evaluations, "writing", "completed"):
        for example in (report(item) or {}).get("quoted_examples", []):
            assert set(example) == {"quote", "issue", "suggestion"}
            assert example["quote"] in value(item, "essay_text")
            assert example["suggestion"] != example["quote"]
            assert example["issue"]
            quoted += 1
    assert quoted > 1000


def test_weaker_essays_have_more_mistakes():
    from bandup.demo.grading import DemoGrade
    from bandup.demo.student_profiles import generate_students
    from bandup.demo.writing_items import write

    student = generate_students(1, 1)[0]
    mistakes = {}
    for band in (4.5, 6.0, 8.0):
        bands = DemoGrade(band, dict.fromkeys(("task_achievement", "coherence", "lexical", "grammar"), band))
        from bandup.demo.seeded_random import seeded_rng

        mistakes[band] = sum(
            len(write(topic, bands, student, seeded_rng(band, topic.subject)).mistakes)
            for topic in essay_topics("TASK_2")
        )
    assert mistakes[4.5] > 1.5 * mistakes[6.0] > 4 * mistakes[8.0]


def test_essays_are_cut_at_what_is_stored_and_counted_whole(evaluations):
    essays = Counter()
    for item in of(evaluations, "writing", "completed"):
        text = value(item, "essay_text")
        if text is None:
            continue
        words = int(value(item, "word_count"))
        essays[text] += 1
        assert len(text) <= MAX_STORED_CHARACTERS
        assert words >= MIN_WORDS[value(item, "task_type")]
        assert words == len(text.split()) if len(text) < MAX_STORED_CHARACTERS else words >= len(text.split())
    assert len(essays) > 0.99 * essays.total()


def test_overall_bands_are_the_rounded_mean_but_for_the_deliberate_ones(evaluations):
    off = Counter()
    checked = 0
    for kind, columns in CRITERIA.items():
        for item in of(evaluations, kind, "completed"):
            bands = [value(item, name) for name in ("overall_band", *columns)]
            if "error" in bands:
                continue
            overall, *criteria = map(float, bands)
            assert all(0 <= band <= 9 and band * 2 % 1 == 0 for band in (overall, *criteria))
            mean = sum(criteria) / 4
            checked += 1
            off[kind] += overall not in {math.floor(mean * 2) / 2, math.ceil(mean * 2) / 2}
    assert checked > 700
    assert off == {"writing": 4, "speaking": 2}


def test_bands_are_text_and_differ_from_person_to_person(evaluations):
    typed = Counter(next(iter(item["overall_band"])) for item in evaluations if "overall_band" in item)
    assert typed["N"] == 2
    assert typed["S"] > 700
    means: dict[str, list[float]] = {}
    for item in of(evaluations, "writing", "completed"):
        means.setdefault(value(item, "user_id"), []).append(float(value(item, "overall_band")))
    levels = [sum(bands) / len(bands) for bands in means.values() if len(bands) > 5]
    assert min(levels) < 5.3
    assert max(levels) > 6.7


def test_some_get_better_and_some_do_not(evaluations):
    from bandup.demo.student_profiles import generate_students

    stories = {student.user_id: student for student in generate_students(40, 20260101)}
    gains = {}
    for user_id in ("minh-anh.nguyen", "dang.tuan-kiet"):
        student = stories[user_id]
        gains[user_id] = student.ability("writing", student.last_day) - student.ability("writing", student.first_day)
    assert gains["minh-anh.nguyen"] > 0.8
    assert gains["dang.tuan-kiet"] < -0.4
    history = [
        (value(item, "created_at"), float(value(item, "overall_band")))
        for item in of(evaluations, "writing", "completed")
        if value(item, "user_id") == "minh-anh.nguyen" and isinstance(value(item, "overall_band"), str)
    ]
    bands = [band for _, band in sorted(history, key=lambda pair: str(pair[0]))]
    assert sum(bands[-10:]) / 10 > sum(bands[:10]) / 10 + 0.4


def test_speaking_rows_have_no_time_but_their_recordings_do(evaluations):
    talks = of(evaluations, "speaking", "completed")
    milliseconds = [value(item, "created_at") for item in talks if value(item, "created_at") < 10**6]
    assert len(talks) - len(milliseconds) == 6  # documented shape: five, and the documented example
    assert 0 in milliseconds
    assert max(milliseconds) <= 300_000
    assert sum("audio_url" not in item and value(item, "created_at") < 10**6 for item in talks) == 5
    for item in talks:
        address = value(item, "audio_url")
        assert address is None or f"/uploads/speaking_audio/{value(item, 'user_id')}/" in address


def test_recordings_last_as_long_as_their_words_take(evaluations):
    lengths = Counter()
    for item in of(evaluations, "speaking", "completed"):
        transcript, duration = value(item, "transcript"), float(value(item, "duration"))
        assert value(item, "word_count") == len(transcript.split())
        assert 100 <= len(transcript.split()) / duration * 60 <= 160
        lengths[value(item, "part")] += 1
    assert set(lengths) == {"PART_1", "PART_2", "PART_3", None}


def test_hesitation_goes_with_fluency(evaluations):
    rates: dict[str, list[float]] = {"weak": [], "strong": []}
    for item in of(evaluations, "speaking", "completed"):
        band = value(item, "fluency_band")
        if band == "error" or 5.0 < float(band) < 7.0:
            continue
        words = value(item, "transcript").lower().replace(",", "").split()
        fillers = sum(words.count(filler) for filler in ("um", "uh", "er", "like")) / len(words)
        rates["weak" if float(band) <= 5 else "strong"].append(fillers)
    assert len(rates["weak"]) > 15
    assert len(rates["strong"]) > 15
    assert sum(rates["weak"]) / len(rates["weak"]) > 3 * sum(rates["strong"]) / len(rates["strong"])


def test_error_in_place_of_a_band(evaluations):
    talks = of(evaluations, "speaking", "completed")
    errors = [[name for name in item if name.endswith("_band") and value(item, name) == "error"] for item in talks]
    assert sum(len(names) == 5 for names in errors) == 4
    assert sum(1 <= len(names) <= 2 for names in errors) == 8


def test_the_graders_default_answer(evaluations):
    canned = [
        item
        for item in of(evaluations, "writing", "completed")
        if float(value(item, "confidence_score") or 1) <= 0.7
        and {float(value(item, name)) for name in ("overall_band", *CRITERIA["writing"])} == {6.0}
    ]
    assert len(canned) == 18
    assert all(report(item)["quoted_examples"] == [] for item in canned)
    assert len({value(item, "essay_text") for item in canned}) == 18


def test_failed_and_unfinished_jobs(evaluations):
    failed = [item for item in evaluations if value(item, "status") == "failed"]
    processing = [item for item in evaluations if value(item, "status") == "processing"]
    assert len(failed) == 25
    assert len({value(item, "error_message") for item in failed}) >= 10
    assert any("requires minimum 250 words" in value(item, "error_message") for item in failed)
    assert sum("429" in value(item, "error_message") for item in failed) == 5
    for item in (*failed, *processing):
        assert "created_at" not in item
        assert value(item, "started_at") <= MOMENT
    ages = [MOMENT - value(item, "started_at") for item in processing]
    assert sum(60 <= age <= 480 for age in ages) == 3
    assert not any(480 < age < 15 * 60 for age in ages)
    assert sum(20.5 * DAY < age < 21.5 * DAY for age in ages) >= 15


def test_jobs_under_the_unknown_user_and_anonymous_jobs(evaluations):
    by_id: dict[str, list[Item]] = {}
    for item in evaluations:
        by_id.setdefault(value(item, "evaluation_id"), []).append(item)
    pairs = [pair for pair in by_id.values() if len(pair) > 1]
    assert len(pairs) == 8
    for pair in pairs:
        states = {value(item, "user_id"): value(item, "status").strip().lower() for item in pair}
        assert states.pop("unknown") == "processing"
        assert list(states.values()) == ["completed"]
    assert sum(value(item, "user_id") == "anonymous" for item in evaluations) == 4


def test_flashcards_in_all_their_shapes(evaluations, sets):
    elsewhere = of(evaluations, "flashcard", "completed")
    assert len(elsewhere) == 6
    assert all(json.loads(value(item, "flashcards")) and "document_id" in item for item in elsewhere)

    shapes = Counter(next(iter(item["flashcards"]), "") for item in sets if "flashcards" in item)
    assert shapes["S"] >= 35
    assert shapes["L"] >= 15
    native = [item for item in sets if "L" in item.get("flashcards", {})]
    for item in native:
        assert "total_cards" not in item
        assert {"num_cards", "difficulty", "question_types", "document_url", "model_used", "processing_time"} <= set(
            item
        )
        assert next(iter(item["created_at"])) == "S"
    stated = [value(item, "created_at") for item in native]
    assert "local" in stated
    assert sum(len(text) == 36 for text in stated) >= 5


def test_flashcard_sets_that_went_wrong(sets):
    statuses = Counter(value(item, "status") for item in sets)
    assert statuses["failed"] >= 1
    assert statuses["processing"] >= 1
    assert sum(value(item, "flashcards") == [] for item in sets) >= 1
    assert sum(value(item, "flashcards") == "[]" for item in sets) >= 1
    unreadable, differing = 0, 0
    for item in sets:
        text = value(item, "flashcards")
        if not isinstance(text, str):
            continue
        try:
            cards = json.loads(text)
        except json.JSONDecodeError:
            unreadable += 1
        else:
            differing += len(cards) != value(item, "total_cards")
    assert unreadable >= 1
    assert differing >= 1


def test_cards_of_every_type_and_difficulty(sets):
    kinds, difficulties, counts = set(), set(), []
    for item in sets:
        cards = value(item, "flashcards")
        if not isinstance(cards, list) or not cards:
            continue
        counts.append(len(cards))
        kinds |= {card["type"] for card in cards}
        difficulties |= {card["difficulty"] for card in cards}
        assert all(card["question"] and card["answer"] for card in cards)
        assert value(item, "num_cards") == len(cards)
    assert kinds == {"DEFINITION", "VOCABULARY", "FILL_BLANK", "COMPREHENSION", "APPLICATION"}
    assert difficulties == {"EASY", "MEDIUM", "HARD"}
    assert min(counts) >= 6
    assert max(counts) <= 25


@pytest.mark.parametrize(
    ("count", "is_odd"),
    [
        (3, lambda item: value(item, "status") not in {"completed", "failed", "processing"}),
        (2, lambda item: "N" in item.get("overall_band", {})),
        (2, lambda item: "N" in item.get("created_at", {}) and value(item, "created_at") > 10**12),
        (0, lambda item: "S" in item.get("created_at", {})),
        (4, lambda item: "feedback" in item and report(item) is None),
        (3, lambda item: any("NULL" in typed for typed in item.values())),
        (2, lambda item: "S" in item.get("word_count", {})),
    ],
    ids=["status", "band", "milliseconds", "text, which an index would refuse", "feedback", "null", "word count"],
)
def test_odd_values(evaluations, count, is_odd):
    assert sum(map(is_odd, evaluations)) == count


def test_every_oddity_occurs_even_in_a_small_demo():
    small = rows(generate(NOW, evaluations=200), "evaluations")
    assert any(value(item, "created_at") > 10**12 for item in small if "N" in item.get("created_at", {}))
    assert any(value(item, "overall_band") == "error" for item in small)
    assert sum(map(len, oddities.ODDITIES.values())) > 15


def test_the_models_changed_midway(evaluations):
    by_model: dict[str, list[float]] = {}
    for item in of(evaluations, "writing", "completed"):
        at = value(item, "created_at")
        if not isinstance(at, str):
            by_model.setdefault(value(item, "model_used"), []).append(float(at))
    assert {"gemini-writing_task1", "gemini-writing_task2", "gemini-2.5-flash"} == set(by_model)
    assert min(map(len, by_model.values())) > 30
    # documented shapes keep the documented names, whatever their time
    older = sorted(by_model["gemini-writing_task2"])
    assert older[len(older) // 2] < min(by_model["gemini-2.5-flash"])


def test_recurring_weaknesses_recur_in_words(evaluations):
    """The most common weakness of an active student is named in many of their essays."""
    kinds = toml_content("feedback")["kind"]
    named = Counter()
    essays = 0
    for item in of(evaluations, "writing", "completed"):
        if value(item, "user_id") != "minh-anh.nguyen":
            continue
        feedback = report(item)
        if not feedback or "recommendations" not in feedback:
            continue
        essays += 1
        for kind, entry in kinds.items():
            named[kind] += any(text in entry["short"] for text in feedback["weaknesses"])
    assert named.most_common(1)[0][1] > 0.3 * essays


def passages():
    for task_type in SECTIONS:
        for topic in essay_topics(task_type):
            for sections in topic.passages.values():
                for alternatives in sections.values():
                    for passage in alternatives:
                        yield topic.subject, parse(passage)
    for part in ("PART_1", "PART_2", "PART_3"):
        for topic in speaking_topics(part):
            for question in topic.question:
                for alternatives in question.values():
                    for passage in alternatives:
                        yield topic.subject, parse(passage)


def test_the_texts_are_well_formed():
    kinds = set(toml_content("feedback")["kind"])
    slips = [(name, part) for name, passage in passages() for part in passage if isinstance(part, Slip)]
    assert len(slips) > 1500
    for name, slip in slips:
        assert slip.kind in kinds, name
        assert slip.right != slip.wrong, (name, slip)
        assert slip.right, (name, slip)
        assert slip.wrong, (name, slip)
    assert len(essay_topics("TASK_2")) >= 14
    assert len(essay_topics("TASK_1")) >= 8
    assert sum(len(speaking_topics(part)) for part in ("PART_1", "PART_2", "PART_3")) >= 12
    assert len(decks()) >= 12
    assert min(len(deck.cards) for deck in decks()) >= 12


def test_an_unreadable_slip_is_refused():
    with pytest.raises(ValueError, match="Unreadable slip"):
        parse("They {like|likes tea.")
