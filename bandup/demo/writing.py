"""Graded essays: a student's text with their mistakes in it, and feedback that speaks of exactly that text."""

import json
from random import Random

from bandup.demo.classroom import Student
from bandup.demo.content import SECTIONS, EssayTopic, table
from bandup.demo.grading import (
    CRITERIA,
    NAMES,
    Evidence,
    Grade,
    band_text,
    confidence,
    criterion_feedback,
    evidence,
    likelihood,
    newer_model,
    overall_sentence,
    pick,
    remarks,
    tier,
)
from bandup.demo.prose import Draft, Quote

STORED_CHARACTERS = 1000
"""The writing function stores this much of an essay."""

MINIMUM_WORDS = {"TASK_1": 150, "TASK_2": 250}
QUOTES = {"low": 5, "fair": 4, "good": 3, "strong": 2}
"""Quoted examples at most, by how good the attempt was."""


def write(topic: EssayTopic, grade: Grade, student: Student, rng: Random) -> Draft:
    """An essay on a topic as a student of these bands would write it."""
    level = (grade.criteria["lexical"] + grade.criteria["grammar"] + grade.overall) / 3
    rich = min(max((level - 5.8) / 0.95, 0.0), 1.0)
    chances = likelihood(grade, student.writing_weaknesses)
    draft = Draft()
    for section in SECTIONS[topic.task_type]:
        register = "rich" if rng.random() < rich else "plain"
        draft.add(rng.choice(topic.passages[register][section]), chances, rng, before="\n\n")
    if len(draft.text.split()) < MINIMUM_WORDS["TASK_1"]:
        draft.add(rng.choice(topic.passages[register]["closing"]), chances, rng, before="\n\n")
    return draft


def count_words(draft: Draft, topic: EssayTopic, grade: Grade, rng: Random) -> int:
    """Words of the whole essay: those that are there, or more where the stored part ends before the essay does."""
    words = len(draft.text.split())
    if len(draft.text) <= STORED_CHARACTERS:
        return words
    usual = rng.gauss(MINIMUM_WORDS[topic.task_type] * 1.04 + 7 * (grade.overall - 4.5), 14)
    return max(words, MINIMUM_WORDS[topic.task_type] + rng.randint(0, 9), round(usual))


def feedback(draft: Draft, topic: EssayTopic, grade: Grade, rng: Random) -> dict[str, object]:
    """The grader's feedback in the shape the function stores."""
    values = {
        "subject": topic.subject,
        "field": topic.field,
        "point_a": topic.points[0],
        "point_b": topic.points[1],
    }
    names = NAMES | {"task_achievement": "task achievement" if topic.task_type == "TASK_1" else "task response"}
    kinds = table("feedback")["kind"]
    seen = evidence(draft, values, STORED_CHARACTERS)
    leading = _leading(seen, grade)[: {"low": 4, "fair": 3, "good": 2, "strong": 1}[tier(grade.overall)]]
    best, second = sorted(grade.criteria, key=lambda name: -grade.criteria[name])[:2]
    result: dict[str, object] = {
        "overall": overall_sentence(
            table("feedback")["writing"]["overall"][topic.task_type], grade, values, rng, names
        ),
        "strengths": [
            text
            for name, many in ((best, 2), (second, 1))
            for text in remarks(_paths(name, topic), tier(grade.criteria[name]), "strengths", many, values, rng)
        ],
        "weaknesses": [rng.choice(kinds[each.kind]["short"]) for each in leading]
        or remarks(_paths(grade.worst, topic), tier(grade.criteria[grade.worst]), "weaknesses", 1, values, rng),
        "recommendations": [pick(kinds[each.kind]["advice"], rng, each.values) for each in leading[:3]]
        + remarks(_paths(grade.worst, topic), tier(grade.criteria[grade.worst]), "improvements", 1, values, rng),
        "quoted_examples": quotes(draft, QUOTES[tier(grade.overall)], rng),
    }
    for name in CRITERIA["writing"]:
        result[name] = criterion_feedback(_paths(name, topic), name, grade.criteria[name], seen, values, rng)
    return result


def _paths(criterion: str, topic: EssayTopic) -> tuple[str, ...]:
    return ("writing", criterion, topic.task_type) if criterion == "task_achievement" else ("writing", criterion)


def _leading(seen: list[Evidence], grade: Grade) -> list[Evidence]:
    """The weaknesses worth naming first: those of the weakest criteria; the order of frequency stays within them."""
    return sorted(seen[:6], key=lambda each: grade.criteria[each.criterion])


def quotes(draft: Draft, at_most: int, rng: Random) -> list[dict[str, str]]:
    """Quoted mistakes with what is wrong and how to put it right, in the order of the essay, different kinds first."""
    kinds = table("feedback")["kind"]
    made = list(draft.made)
    rng.shuffle(made)
    counts: dict[str, int] = {}
    ranked = []
    for each in made:
        counts[each.slip.kind] = counts.get(each.slip.kind, 0) + 1
        ranked.append((counts[each.slip.kind], each))
    ranked.sort(key=lambda pair: pair[0])
    chosen: list[tuple[Quote, str]] = []
    for _, each in ranked:
        found = draft.quote(each, STORED_CHARACTERS)
        if found is None or any(found.start < old.end and old.start < found.end for old, _ in chosen):
            continue
        slip = each.slip
        values = {"wrong": slip.wrong.strip(" ,.;"), "right": slip.right.strip(" ,.;")}
        issue = slip.note or pick(kinds[slip.kind]["issue"], rng, values)
        chosen.append((found, issue))
        if len(chosen) == at_most:
            break
    return [{"quote": found.wrong, "issue": issue, "suggestion": found.right} for found, issue in sorted(chosen)]


def completed(
    topic: EssayTopic, grade: Grade, student: Student, at: int, days_ago: float, rng: Random
) -> dict[str, object]:
    """A completed writing evaluation without its keys."""
    draft = write(topic, grade, student, rng)
    documented_name = f"gemini-writing_{topic.task_type.lower().replace('_', '')}"
    return {
        "evaluation_type": "writing",
        "status": "completed",
        "overall_band": band_text(grade.overall),
        **{f"{name}_band": band_text(band) for name, band in grade.criteria.items()},
        "task_type": topic.task_type,
        "essay_text": draft.text[:STORED_CHARACTERS],
        "word_count": count_words(draft, topic, grade, rng),
        "feedback": json.dumps(feedback(draft, topic, grade, rng), ensure_ascii=False),
        "model_used": "gemini-2.5-flash" if newer_model(days_ago) else documented_name,
        "confidence_score": confidence(rng, days_ago),
        "cost": f"{rng.uniform(0.0011, 0.0019) if newer_model(days_ago) else rng.uniform(0.0004, 0.0008):.6f}",
        "created_at": at,
    }


def default_answer() -> tuple[dict[str, object], dict[str, object]]:
    """What the function stores when it can't read the model's reply: attributes, and the feedback."""
    canned = table("feedback")["canned"]
    bands = {f"{name}_band": "6.0" for name in ("overall", *CRITERIA["writing"])}
    detail = {
        "band": 6.0,
        "feedback": canned["feedback"],
        "strengths": [],
        "weaknesses": [],
        "improvements": [],
    }
    report = {
        "overall": canned["overall"],
        "strengths": canned["strengths"],
        "weaknesses": canned["weaknesses"],
        "recommendations": canned["recommendations"],
        "quoted_examples": [],
        **dict.fromkeys(CRITERIA["writing"], detail),
    }
    return {**bands, "confidence_score": "0.7"}, report
