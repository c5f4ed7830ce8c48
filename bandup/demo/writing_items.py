"""Graded essays: a student's text with typical mistakes, and feedback on exactly that text."""

import json
from collections import Counter
from random import Random

from bandup.demo import grading
from bandup.demo.content import SECTIONS, EssayTopic, toml_content
from bandup.demo.grading import DemoGrade, FeedbackWriter
from bandup.demo.passages import Draft, EssayQuote
from bandup.demo.student_profiles import DemoStudent

MAX_STORED_CHARACTERS = 1000
"""How much of an essay the writing function stores."""

MIN_WORDS = {"TASK_1": 150, "TASK_2": 250}
MAX_QUOTES = {"low": 5, "fair": 4, "good": 3, "strong": 2}
"""The maximum number of quoted examples, by tier of the overall band."""


def write(topic: EssayTopic, grade: DemoGrade, student: DemoStudent, rng: Random) -> Draft:
    """Return an essay on a topic as a student with these bands would write it."""
    rich = grading.rich_probability(grade, 5.8, 0.95)
    probabilities = grading.mistake_probabilities(grade, student.writing_weaknesses)
    draft = Draft()
    for section in SECTIONS[topic.task_type]:
        register = grading.choose_register(rich, rng)
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
        "field": topic.field or topic.subject,
        "point_a": topic.points[0],
        "point_b": topic.points[1],
    }
    writer = FeedbackWriter("writing", topic.task_type, grade, values, rng)
    observed = grading.observed_weaknesses(draft, values, MAX_STORED_CHARACTERS)
    return {
        **writer.general(observed[:6], (2, 1)),
        "quoted_examples": quotes(draft, MAX_QUOTES[grading.tier(grade.overall)], rng),
        **writer.criteria(observed),
    }


def quotes(draft: Draft, limit: int, rng: Random) -> list[dict[str, str]]:
    """Return up to `limit` quoted mistakes with issue and suggestion, in order, preferably of different kinds."""
    kinds = toml_content("feedback")["kind"]
    mistakes = list(draft.mistakes)
    rng.shuffle(mistakes)
    counts = Counter[str]()
    ranked = []
    for mistake in mistakes:
        counts[mistake.slip.kind] += 1
        ranked.append((counts[mistake.slip.kind], mistake))
    ranked.sort(key=lambda pair: pair[0])
    chosen: list[tuple[EssayQuote, str]] = []
    for _, mistake in ranked:
        quote = draft.quote(mistake, MAX_STORED_CHARACTERS)
        if quote is None or any(quote.start < other.end and other.start < quote.end for other, _ in chosen):
            continue
        slip = mistake.slip
        issue = slip.note or grading.pick_phrase(kinds[slip.kind]["issue"], rng, grading.stripped(slip))
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
        **grade.attributes("writing"),
        "task_type": topic.task_type,
        "essay_text": draft.text[:MAX_STORED_CHARACTERS],
        "word_count": count_words(draft, topic, grade, rng),
        "feedback": json.dumps(feedback(draft, topic, grade, rng), ensure_ascii=False),
        "model_used": "gemini-2.5-flash" if grading.uses_newer_model(days_ago) else documented_name,
        "confidence_score": grading.confidence_score(rng, days_ago),
        "cost": f"{rng.uniform(0.0011, 0.0019) if grading.uses_newer_model(days_ago) else rng.uniform(0.0004, 0.0008):.6f}",
        "created_at": at,
    }
