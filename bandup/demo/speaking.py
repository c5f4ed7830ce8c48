"""Graded recordings: what a student said, hesitations and all, how long it took, and feedback on exactly that."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random

from bandup.demo.classroom import Student
from bandup.demo.content import SpeakingTopic, table
from bandup.demo.grading import (
    CRITERIA,
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
from bandup.demo.prose import Draft

BUCKET = "bandup-production-uploads"
FILES = ("recording.webm", "recording.webm", "audio.m4a", "speaking.mp3", "part_answer.wav", "voice-memo.m4a")
SLOWEST, FASTEST = 101.0, 158.0
"""Words per minute."""

HOLDS = frozenset(
    {"and", "because", "so", "but", "the", "a", "to", "of", "is", "was", "for", "in", "with", "that", "my"}
)
"""Words after which a speaker who searches for the next one holds the floor."""

JOINS = frozenset({"and", "because", "so", "but", "is", "was", "that"})
"""Those of them after which whole phrases such as `you know` are put; after an article there is only a sound."""

SOUNDED = frozenset({"um", "uh", "er"})

RESTARTS = frozenset({"I", "it's", "we", "they", "in", "it", "he", "she", "there", "when", "I'm"})
"""Words with which phrases begin, and are begun again."""

LEARNERS_FILLERS = ("how to say", "what's the word")
"""What only weaker speakers fill pauses with."""


def say(topic: SpeakingTopic, grade: Grade, student: Student, rng: Random) -> tuple[Draft, bool]:
    """A student's answers, without hesitation, and whether they stopped early."""
    level = (grade.criteria["lexical"] + grade.criteria["grammar"] + grade.overall) / 3
    rich = min(max((level - 6.05) / 0.7, 0.0), 1.0)
    chances = likelihood(grade, student.speaking_weaknesses)
    questions = list(topic.questions)
    short = grade.criteria["fluency"] <= 5.0 and rng.random() < 0.6
    keep = len(questions) - short - (topic.part == "PART_1" and rng.random() < 0.4)
    draft = Draft()
    if topic.part == "PART_2":
        # the lines of a cue card make one story: every answer is taken from the same telling of it
        register = "rich" if rng.random() < rich else "plain"
        story = rng.randrange(len(questions[0].answers[register]))
        for question in questions[:keep]:
            draft.add(question.answers[register][story], chances, rng, before=" ")
        return draft, short
    for i in sorted(rng.sample(range(len(questions)), keep)):
        register = "rich" if rng.random() < rich else "plain"
        draft.add(rng.choice(questions[i].answers[register]), chances, rng, before="\n")
    return draft, short


def hesitate(text: str, band: float, student: Student, rng: Random) -> tuple[str, dict[str, int], str]:
    """The same words as they came out: the transcript, how often each filler occurs, and one false start (or nothing)."""
    rate = min(max((7.9 - band) / 3.4, 0.03), 1.0) ** 1.5 * 0.3
    fillers = [*student.fillers, student.fillers[0]] + ([rng.choice(LEARNERS_FILLERS)] if band <= 5.5 else [])
    sounds = [filler for filler in fillers if filler in SOUNDED] or ["um"]
    used: dict[str, int] = {}
    restart = ""
    lines = []
    for line in text.split("\n"):
        spoken: list[str] = []
        words = line.split(" ")
        for i, word in enumerate(words):
            spoken.append(word)
            following = words[i + 1] if i + 1 < len(words) else ""
            if not following:
                continue
            if (word.endswith(",") or word in HOLDS) and rng.random() < rate * (0.7 if word.endswith(",") else 0.45):
                filler = rng.choice(fillers if word.endswith(",") or word in JOINS else sounds)
                used[filler] = used.get(filler, 0) + 1
                spoken[-1] = word if word.endswith(",") else f"{word},"
                spoken.append(f"{filler},")
            elif word in RESTARTS and rng.random() < rate * 0.4:
                restart = f"{word} {word} {following}".strip(",.?!")
                spoken.append(word)
        lines.append(" ".join(spoken))
    return "\n".join(lines), used, restart


def pace(band: float, student: Student, rng: Random) -> float:
    """Words per minute."""
    return min(max(104.0 + 13.0 * (band - 4.5) + student.pace + rng.gauss(0.0, 4.0), SLOWEST), FASTEST)


def spoken_evidence(
    transcript: str,
    used: Mapping[str, int],
    restart: str,
    short: bool,
    words_per_minute: float,
    values: Mapping[str, object],
    grade: Grade,
    student: Student,
    rng: Random,
) -> list[Evidence]:
    """Weaknesses in fluency and pronunciation, as far as the transcript, the clock and the student's sounds bear them out."""
    seen = []
    if used and sum(used.values()) >= 4:
        filler = max(used, key=lambda name: used[name])
        if used[filler] > 2:
            seen.append(Evidence("hesitation", {**values, "filler": filler, "count": used[filler]}))
    if words_per_minute < 113:
        seen.append(Evidence("slow", {**values, "pace": round(words_per_minute)}))
    if short:
        seen.append(Evidence("short_answer", values))
    if restart and grade.criteria["fluency"] < 7:
        seen.append(Evidence("self_correction", {**values, "wrong": restart}))
    rng.shuffle(seen)
    kinds = table("feedback")["kind"]
    words = sorted({word.strip(".,?!\"'").lower() for word in transcript.split()})
    sounds = [
        sound
        for sound in student.sounds
        if rng.random() < min(max((8.0 - grade.criteria["pronunciation"]) / 2.6, 0.1), 0.95)
    ]
    for sound in sounds:
        pattern = kinds[sound].get("letters")
        heard = [word for word in words if re.search(pattern, word)] if pattern else []
        if pattern is None or heard:
            seen.append(Evidence(sound, {**values, "wrong": rng.choice(heard) if heard else "", "right": ""}))
    return seen


def feedback(grade: Grade, seen: Sequence[Evidence], values: Mapping[str, object], rng: Random) -> dict[str, object]:
    """The grader's feedback in the shape the function stores."""
    kinds = table("feedback")["kind"]
    leading = sorted(seen, key=lambda each: grade.criteria[each.criterion])
    leading = leading[: {"low": 4, "fair": 3, "good": 2, "strong": 1}[tier(grade.overall)]]
    result: dict[str, object] = {
        "overall": overall_sentence(table("feedback")["speaking"]["overall"], grade, values, rng),
        "strengths": [
            text
            for name in sorted(grade.criteria, key=lambda name: -grade.criteria[name])[:2]
            for text in remarks(("speaking", name), tier(grade.criteria[name]), "strengths", 1, values, rng)
        ],
        "weaknesses": [rng.choice(kinds[each.kind]["short"]) for each in leading]
        or remarks(("speaking", grade.worst), tier(grade.criteria[grade.worst]), "weaknesses", 1, values, rng),
        "recommendations": [pick(kinds[each.kind]["advice"], rng, each.values) for each in leading[:3]]
        + remarks(("speaking", grade.worst), tier(grade.criteria[grade.worst]), "improvements", 1, values, rng),
    }
    for name in CRITERIA["speaking"]:
        result[name] = criterion_feedback(("speaking", name), name, grade.criteria[name], seen, values, rng)
    return result


def completed(
    topic: SpeakingTopic, grade: Grade, student: Student, at: int, days_ago: float, rng: Random
) -> dict[str, object]:
    """A completed speaking evaluation without its keys. Its `created_at` is, as on the platform, milliseconds left to run."""
    draft, short = say(topic, grade, student, rng)
    fluency = grade.criteria["fluency"]
    transcript, used, restart = hesitate(draft.text, fluency, student, rng)
    words = len(transcript.split())
    duration = round(words / pace(fluency, student, rng) * 60, 1)
    per_minute = words / duration * 60
    values: dict[str, object] = {"subject": topic.subject, "words": words, "seconds": round(duration)}
    seen = evidence(draft, values) + spoken_evidence(
        transcript, used, restart, short, per_minute, values, grade, student, rng
    )
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d_%H%M%S")
    return {
        "evaluation_type": "speaking",
        "status": "completed",
        "overall_band": band_text(grade.overall),
        **{f"{name}_band": band_text(band) for name, band in grade.criteria.items()},
        "part": topic.part,
        "transcript": transcript,
        "duration": f"{duration:.1f}",
        "word_count": words,
        "audio_url": f"s3://{BUCKET}/uploads/speaking_audio/{student.user_id}/{stamp}_{rng.choice(FILES)}",
        "feedback": json.dumps(feedback(grade, seen, values, rng), ensure_ascii=False),
        "model_used": "gemini-2.5-flash-audio" if newer_model(days_ago) else "gemini-2.0-flash-audio",
        "confidence_score": confidence(rng, days_ago),
        "estimated_cost": f"{duration * (0.0000336 if newer_model(days_ago) else 0.0000224) + 0.0009:.6f}",
        "created_at": 0 if rng.random() < 0.02 else rng.randint(1_200, 299_000),
    }
