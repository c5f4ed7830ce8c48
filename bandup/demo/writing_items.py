"""Graded essays: a student's text with typical mistakes, and feedback on exactly that text."""

import json
from random import Random

from bandup.demo.content import SECTIONS, EssayTopic, toml_content
from bandup.demo.grading import (
    CRITERIA,
    CRITERION_NAMES,
    DemoGrade,
    ObservedWeakness,
    band_text,
    confidence_score,
    criterion_feedback,
    mistake_probabilities,
    observed_weaknesses,
    overall_sentence,
    pick_phrase,
    remarks,
    tier,
    uses_newer_model,
)
from bandup.demo.passages import Draft, EssayQuote
from bandup.demo.student_profiles import DemoStudent

MAX_STORED_CHARACTERS = 1000
"""How much of an essay the writing function stores."""

MIN_WORDS = {"TASK_1": 150, "TASK_2": 250}
MAX_QUOTES = {"low": 5, "fair": 4, "good": 3, "strong": 2}
"""The maximum number of quoted examples, by tier of the overall band."""


def write(topic: EssayTopic, grade: DemoGrade, student: DemoStudent, rng: Random) -> Draft:
    """Return an essay on a topic as a student with these bands would write it."""
    level = (grade.criteria["lexical"] + grade.criteria["grammar"] + grade.overall) / 3
    rich = min(max((level - 5.8) / 0.95, 0.0), 1.0)
    probabilities = mistake_probabilities(grade, student.writing_weaknesses)
    draft = Draft()
    for section in SECTIONS[topic.task_type]:
        register = "rich" if rng.random() < rich else "plain"
        draft.add(rng.choice(topic.passages[register][section]), probabilities, rng, before="\n\n")
    if len(draft.text.split()) < MIN_WORDS["TASK_1"]:
        draft.add(rng.choice(topic.passages[register]["closing"]), probabilities, rng, before="\n\n")
    return draft


def count_words(draft: Draft, topic: EssayTopic, grade: DemoGrade, rng: Random) -> int:
    """Return the word count of the whole essay, which is longer than the stored text if that was truncated."""
    words = len(draft.text.split())
    if len(draft.text) <= MAX_STORED_CHARACTERS:
        return words
    typical = rng.gauss(MIN_WORDS[topic.task_type] * 1.04 + 7 * (grade.overall - 4.5), 14)
    return max(words, MIN_WORDS[topic.task_type] + rng.randint(0, 9), round(typical))


def feedback(draft: Draft, topic: EssayTopic, grade: DemoGrade, rng: Random) -> dict[str, object]:
    """Return the grader's feedback in the shape that the function stores."""
    values = {
        "subject": topic.subject,
        "field": topic.field,
        "point_a": topic.points[0],
        "point_b": topic.points[1],
    }
    names = CRITERION_NAMES | {
        "task_achievement": "task achievement" if topic.task_type == "TASK_1" else "task response"
    }
    kinds = toml_content("feedback")["kind"]
    observed = observed_weaknesses(draft, values, MAX_STORED_CHARACTERS)
    leading = _ranked_weaknesses(observed, grade)[: {"low": 4, "fair": 3, "good": 2, "strong": 1}[tier(grade.overall)]]
    best, second = sorted(grade.criteria, key=lambda name: -grade.criteria[name])[:2]
    result: dict[str, object] = {
        "overall": overall_sentence(
            toml_content("feedback")["writing"]["overall"][topic.task_type], grade, values, rng, names
        ),
        "strengths": [
            text
            for name, count in ((best, 2), (second, 1))
            for text in remarks(_paths(name, topic), tier(grade.criteria[name]), "strengths", count, values, rng)
        ],
        "weaknesses": [rng.choice(kinds[weakness.kind]["short"]) for weakness in leading]
        or remarks(_paths(grade.worst, topic), tier(grade.criteria[grade.worst]), "weaknesses", 1, values, rng),
        "recommendations": [
            pick_phrase(kinds[weakness.kind]["advice"], rng, weakness.values) for weakness in leading[:3]
        ]
        + remarks(_paths(grade.worst, topic), tier(grade.criteria[grade.worst]), "improvements", 1, values, rng),
        "quoted_examples": quotes(draft, MAX_QUOTES[tier(grade.overall)], rng),
    }
    for name in CRITERIA["writing"]:
        result[name] = criterion_feedback(_paths(name, topic), name, grade.criteria[name], observed, values, rng)
    return result


def _paths(criterion: str, topic: EssayTopic) -> tuple[str, ...]:
    return ("writing", criterion, topic.task_type) if criterion == "task_achievement" else ("writing", criterion)


def _ranked_weaknesses(observed: list[ObservedWeakness], grade: DemoGrade) -> list[ObservedWeakness]:
    """The six most frequent weaknesses, those of the weakest criteria first."""
    return sorted(observed[:6], key=lambda weakness: grade.criteria[weakness.criterion])


def quotes(draft: Draft, limit: int, rng: Random) -> list[dict[str, str]]:
    """Return up to `limit` quoted mistakes with issue and suggestion, in order, preferably of different kinds."""
    kinds = toml_content("feedback")["kind"]
    mistakes = list(draft.mistakes)
    rng.shuffle(mistakes)
    counts: dict[str, int] = {}
    ranked = []
    for mistake in mistakes:
        kind = mistake.slip.kind
        counts[kind] = counts.get(kind, 0) + 1
        ranked.append((counts[kind], mistake))
    ranked.sort(key=lambda pair: pair[0])
    chosen: list[tuple[EssayQuote, str]] = []
    for _, mistake in ranked:
        quote = draft.quote(mistake, MAX_STORED_CHARACTERS)
        if quote is None or any(quote.start < other.end and other.start < quote.end for other, _ in chosen):
            continue
        slip = mistake.slip
        values = {"wrong": slip.wrong.strip(" ,.;"), "right": slip.right.strip(" ,.;")}
        issue = slip.note or pick_phrase(kinds[slip.kind]["issue"], rng, values)
        chosen.append((quote, issue))
        if len(chosen) == limit:
            break
    return [{"quote": quote.wrong, "issue": issue, "suggestion": quote.right} for quote, issue in sorted(chosen)]


def completed(
    topic: EssayTopic, grade: DemoGrade, student: DemoStudent, at: int, days_ago: float, rng: Random
) -> dict[str, object]:
    """Return a completed writing evaluation without its keys."""
    draft = write(topic, grade, student, rng)
    documented_name = f"gemini-writing_{topic.task_type.lower().replace('_', '')}"
    return {
        "evaluation_type": "writing",
        "status": "completed",
        "overall_band": band_text(grade.overall),
        **{f"{name}_band": band_text(band) for name, band in grade.criteria.items()},
        "task_type": topic.task_type,
        "essay_text": draft.text[:MAX_STORED_CHARACTERS],
        "word_count": count_words(draft, topic, grade, rng),
        "feedback": json.dumps(feedback(draft, topic, grade, rng), ensure_ascii=False),
        "model_used": "gemini-2.5-flash" if uses_newer_model(days_ago) else documented_name,
        "confidence_score": confidence_score(rng, days_ago),
        "cost": f"{rng.uniform(0.0011, 0.0019) if uses_newer_model(days_ago) else rng.uniform(0.0004, 0.0008):.6f}",
        "created_at": at,
    }


def default_answer() -> tuple[dict[str, object], dict[str, object]]:
    """Return what the function stores if it can't parse the model's reply: the attributes, and the feedback."""
    canned = toml_content("feedback")["canned"]
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
