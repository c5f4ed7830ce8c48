"""Graded recordings: a student's transcript with hesitations, its duration, and feedback on exactly that transcript."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random

from bandup.demo.content import SpeakingTopic, toml_content
from bandup.demo.grading import (
    CRITERIA,
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
from bandup.demo.passages import Draft
from bandup.demo.student_profiles import DemoStudent

BUCKET = "bandup-production-uploads"
FILE_NAMES = ("recording.webm", "recording.webm", "audio.m4a", "speaking.mp3", "part_answer.wav", "voice-memo.m4a")
MIN_PACE, MAX_PACE = 101.0, 158.0
"""In words per minute."""

PAUSE_WORDS = frozenset(
    {"and", "because", "so", "but", "the", "a", "to", "of", "is", "was", "for", "in", "with", "that", "my"}
)
"""Words after which a speaker who searches for the next word pauses."""

PHRASE_PAUSE_WORDS = frozenset({"and", "because", "so", "but", "is", "was", "that"})
"""The pause words that a phrase like `you know` can follow; after the others, e.g. an article, comes only a sound."""

SOUND_FILLERS = frozenset({"um", "uh", "er"})

RESTART_WORDS = frozenset({"I", "it's", "we", "they", "in", "it", "he", "she", "there", "when", "I'm"})
"""Words at the start of a phrase, which a speaker may repeat."""

LEARNER_FILLERS = ("how to say", "what's the word")
"""Fillers of weaker speakers only."""


def speak(topic: SpeakingTopic, grade: DemoGrade, student: DemoStudent, rng: Random) -> tuple[Draft, bool]:
    """Return a student's answers without hesitations, and whether they stopped early."""
    level = (grade.criteria["lexical"] + grade.criteria["grammar"] + grade.overall) / 3
    rich = min(max((level - 6.05) / 0.7, 0.0), 1.0)
    probabilities = mistake_probabilities(grade, student.speaking_weaknesses)
    questions = list(topic.questions)
    short = grade.criteria["fluency"] <= 5.0 and rng.random() < 0.6
    answered = len(questions) - short - (topic.part == "PART_1" and rng.random() < 0.4)
    draft = Draft()
    if topic.part == "PART_2":
        # the lines of a cue card make one story, so every answer is taken from the same version of it
        register = "rich" if rng.random() < rich else "plain"
        story = rng.randrange(len(questions[0].answers[register]))
        for question in questions[:answered]:
            draft.add(question.answers[register][story], probabilities, rng, before=" ")
        return draft, short
    for i in sorted(rng.sample(range(len(questions)), answered)):
        register = "rich" if rng.random() < rich else "plain"
        draft.add(rng.choice(questions[i].answers[register]), probabilities, rng, before="\n")
    return draft, short


def add_hesitations(text: str, band: float, student: DemoStudent, rng: Random) -> tuple[str, dict[str, int], str]:
    """Return the transcript with hesitations, how often each filler occurs, and one false start (or an empty text)."""
    rate = min(max((7.9 - band) / 3.4, 0.03), 1.0) ** 1.5 * 0.3
    fillers = [*student.fillers, student.fillers[0]] + ([rng.choice(LEARNER_FILLERS)] if band <= 5.5 else [])
    sounds = [filler for filler in fillers if filler in SOUND_FILLERS] or ["um"]
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
            if (word.endswith(",") or word in PAUSE_WORDS) and rng.random() < rate * (
                0.7 if word.endswith(",") else 0.45
            ):
                filler = rng.choice(fillers if word.endswith(",") or word in PHRASE_PAUSE_WORDS else sounds)
                used[filler] = used.get(filler, 0) + 1
                spoken[-1] = word if word.endswith(",") else f"{word},"
                spoken.append(f"{filler},")
            elif word in RESTART_WORDS and rng.random() < rate * 0.4:
                restart = f"{word} {word} {following}".strip(",.?!")
                spoken.append(word)
        lines.append(" ".join(spoken))
    return "\n".join(lines), used, restart


def words_per_minute(band: float, student: DemoStudent, rng: Random) -> float:
    """Return the pace of an attempt in words per minute."""
    return min(max(104.0 + 13.0 * (band - 4.5) + student.pace + rng.gauss(0.0, 4.0), MIN_PACE), MAX_PACE)


def spoken_weaknesses(
    transcript: str,
    used: Mapping[str, int],
    restart: str,
    short: bool,
    pace: float,
    values: Mapping[str, object],
    grade: DemoGrade,
    student: DemoStudent,
    rng: Random,
) -> list[ObservedWeakness]:
    """Return weaknesses in fluency and pronunciation that the transcript, the pace and the student's sounds show."""
    observed = []
    if used and sum(used.values()) >= 4:
        filler = max(used, key=lambda name: used[name])
        if used[filler] > 2:
            observed.append(ObservedWeakness("hesitation", {**values, "filler": filler, "count": used[filler]}))
    if pace < 113:
        observed.append(ObservedWeakness("slow", {**values, "pace": round(pace)}))
    if short:
        observed.append(ObservedWeakness("short_answer", values))
    if restart and grade.criteria["fluency"] < 7:
        observed.append(ObservedWeakness("self_correction", {**values, "wrong": restart}))
    rng.shuffle(observed)
    kinds = toml_content("feedback")["kind"]
    words = sorted({word.strip(".,?!\"'").lower() for word in transcript.split()})
    sounds = [
        sound
        for sound in student.sounds
        if rng.random() < min(max((8.0 - grade.criteria["pronunciation"]) / 2.6, 0.1), 0.95)
    ]
    for sound in sounds:
        pattern = kinds[sound].get("letters")
        matching = [word for word in words if re.search(pattern, word)] if pattern else []
        if pattern is None or matching:
            observed.append(
                ObservedWeakness(sound, {**values, "wrong": rng.choice(matching) if matching else "", "right": ""})
            )
    return observed


def feedback(
    grade: DemoGrade, observed: Sequence[ObservedWeakness], values: Mapping[str, object], rng: Random
) -> dict[str, object]:
    """Return the grader's feedback in the shape that the function stores."""
    kinds = toml_content("feedback")["kind"]
    leading = sorted(observed, key=lambda weakness: grade.criteria[weakness.criterion])
    leading = leading[: {"low": 4, "fair": 3, "good": 2, "strong": 1}[tier(grade.overall)]]
    result: dict[str, object] = {
        "overall": overall_sentence(toml_content("feedback")["speaking"]["overall"], grade, values, rng),
        "strengths": [
            text
            for name in sorted(grade.criteria, key=lambda name: -grade.criteria[name])[:2]
            for text in remarks(("speaking", name), tier(grade.criteria[name]), "strengths", 1, values, rng)
        ],
        "weaknesses": [rng.choice(kinds[weakness.kind]["short"]) for weakness in leading]
        or remarks(("speaking", grade.worst), tier(grade.criteria[grade.worst]), "weaknesses", 1, values, rng),
        "recommendations": [
            pick_phrase(kinds[weakness.kind]["advice"], rng, weakness.values) for weakness in leading[:3]
        ]
        + remarks(("speaking", grade.worst), tier(grade.criteria[grade.worst]), "improvements", 1, values, rng),
    }
    for name in CRITERIA["speaking"]:
        result[name] = criterion_feedback(("speaking", name), name, grade.criteria[name], observed, values, rng)
    return result


def completed(
    topic: SpeakingTopic, grade: DemoGrade, student: DemoStudent, at: int, days_ago: float, rng: Random
) -> dict[str, object]:
    """Return a completed speaking evaluation without its keys.

    As on the platform, `created_at` is the remaining milliseconds of the function.
    """
    draft, short = speak(topic, grade, student, rng)
    fluency = grade.criteria["fluency"]
    transcript, used, restart = add_hesitations(draft.text, fluency, student, rng)
    words = len(transcript.split())
    duration = round(words / words_per_minute(fluency, student, rng) * 60, 1)
    per_minute = words / duration * 60
    values: dict[str, object] = {"subject": topic.subject, "words": words, "seconds": round(duration)}
    observed = observed_weaknesses(draft, values) + spoken_weaknesses(
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
        "audio_url": f"s3://{BUCKET}/uploads/speaking_audio/{student.user_id}/{stamp}_{rng.choice(FILE_NAMES)}",
        "feedback": json.dumps(feedback(grade, observed, values, rng), ensure_ascii=False),
        "model_used": "gemini-2.5-flash-audio" if uses_newer_model(days_ago) else "gemini-2.0-flash-audio",
        "confidence_score": confidence_score(rng, days_ago),
        "estimated_cost": f"{duration * (0.0000336 if uses_newer_model(days_ago) else 0.0000224) + 0.0009:.6f}",
        "created_at": 0 if rng.random() < 0.02 else rng.randint(1_200, 299_000),
    }
