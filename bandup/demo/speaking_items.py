"""Graded recordings: a student's transcript with hesitations, its duration, and feedback on exactly that transcript."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from bandup.demo import grading
from bandup.demo.content import BUCKET, SpeakingTopic, toml_content
from bandup.demo.grading import DemoGrade, FeedbackWriter, ObservedWeakness
from bandup.demo.passages import Draft
from bandup.demo.student_profiles import DemoStudent

FILE_NAMES = ("recording.webm", "recording.webm", "audio.m4a", "speaking.mp3", "part_answer.wav", "voice-memo.m4a")
MIN_PACE, MAX_PACE = 101.0, 158.0
"""In words per minute."""


def speak(topic: SpeakingTopic, grade: DemoGrade, student: DemoStudent, rng: Random) -> tuple[Draft, bool]:
    """Return a student's answers without hesitations, and whether they stopped early."""
    rich = grading.rich_probability(grade, 6.05, 0.7)
    probabilities = grading.mistake_probabilities(grade, student.speaking_weaknesses)
    questions = topic.question
    short = grade.criteria["fluency"] <= 5.0 and rng.random() < 0.6
    answered = len(questions) - short - (topic.part == "PART_1" and rng.random() < 0.4)
    draft = Draft()
    if topic.part == "PART_2":
        # the lines of a cue card make one story, so every answer is taken from the same version of it
        register = grading.choose_register(rich, rng)
        story = rng.randrange(len(questions[0][register]))
        for question in questions[:answered]:
            draft.add(question[register][story], probabilities, rng, before=" ")
        return draft, short
    for i in sorted(rng.sample(range(len(questions)), answered)):
        draft.add(rng.choice(questions[i][grading.choose_register(rich, rng)]), probabilities, rng, before="\n")
    return draft, short


def add_hesitations(text: str, band: float, student: DemoStudent, rng: Random) -> tuple[str, Counter[str], str]:
    """Return the transcript with hesitations, how often each filler occurs, and one false start (or an empty text)."""
    hesitations = toml_content("hesitations")
    pause_words, phrase_pause_words, restart_words = (
        frozenset(hesitations[name]) for name in ("pause_words", "phrase_pause_words", "restart_words")
    )
    rate = min(max((7.9 - band) / 3.4, 0.03), 1.0) ** 1.5 * 0.3
    fillers = [*student.fillers, student.fillers[0]]
    if band <= 5.5:
        fillers.append(rng.choice(hesitations["learner_fillers"]))
    sounds = [filler for filler in fillers if filler in hesitations["sounds"]] or ["um"]
    used = Counter[str]()
    restart = ""
    lines = []
    for line in text.split("\n"):
        spoken: list[str] = []
        words = line.split(" ")
        for word, following in zip(words, [*words[1:], ""], strict=True):
            spoken.append(word)
            comma = word.endswith(",")
            if not following:
                continue
            if (comma or word in pause_words) and rng.random() < rate * (0.7 if comma else 0.45):
                filler = rng.choice(fillers if comma or word in phrase_pause_words else sounds)
                used[filler] += 1
                spoken[-1:] = [word if comma else f"{word},", f"{filler},"]
            elif word in restart_words and rng.random() < rate * 0.4:
                restart = f"{word} {word} {following}".strip(",.?!")
                spoken.append(word)
        lines.append(" ".join(spoken))
    return "\n".join(lines), used, restart


def words_per_minute(band: float, student: DemoStudent, rng: Random) -> float:
    """Return the pace of an attempt in words per minute."""
    return min(max(104.0 + 13.0 * (band - 4.5) + student.pace + rng.gauss(0.0, 4.0), MIN_PACE), MAX_PACE)


def fluency_weaknesses(
    used: Counter[str], restart: str, short: bool, pace: float, grade: DemoGrade, rng: Random
) -> list[ObservedWeakness]:
    """Return the weaknesses in fluency that the transcript and the pace (words per minute) show, in random order."""
    filler, count = next(iter(used.most_common(1)), ("", 0))
    weaknesses: dict[str, tuple[bool, dict[str, object]]] = {
        "hesitation": (used.total() >= 4 and count > 2, {"filler": filler, "count": count}),
        "slow": (pace < 113, {"pace": round(pace)}),
        "short_answer": (short, {}),
        "self_correction": (bool(restart) and grade.criteria["fluency"] < 7, {"wrong": restart}),
    }
    observed = [ObservedWeakness(kind, values) for kind, (occurs, values) in weaknesses.items() if occurs]
    rng.shuffle(observed)
    return observed


def sound_weaknesses(
    transcript: str, grade: DemoGrade, student: DemoStudent, rng: Random
) -> Iterator[ObservedWeakness]:
    """Yield the weaknesses in pronunciation: the student's unclear sounds that the words of the transcript contain."""
    words = sorted({word.strip(".,?!\"'").lower() for word in transcript.split()})
    probability = min(max((8.0 - grade.criteria["pronunciation"]) / 2.6, 0.1), 0.95)
    for sound in [sound for sound in student.sounds if rng.random() < probability]:
        pattern = toml_content("feedback")["kind"][sound].get("letters")
        matching = [word for word in words if pattern and re.search(pattern, word)]
        if matching or not pattern:
            yield ObservedWeakness(sound, {"wrong": rng.choice(matching) if matching else "", "right": ""})


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
    values: dict[str, object] = {"subject": topic.subject, "words": words, "seconds": round(duration)}
    heard = [
        *fluency_weaknesses(used, restart, short, words / duration * 60, grade, rng),
        *sound_weaknesses(transcript, grade, student, rng),
    ]
    observed = [
        *grading.observed_weaknesses(draft, values),
        *(ObservedWeakness(weakness.kind, {**values, **weakness.values}) for weakness in heard),
    ]
    writer = FeedbackWriter("speaking", topic.part, grade, values, rng)
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d_%H%M%S")
    return {
        **grade.attributes("speaking"),
        "part": topic.part,
        "transcript": transcript,
        "duration": f"{duration:.1f}",
        "word_count": words,
        "audio_url": f"s3://{BUCKET}/uploads/speaking_audio/{student.user_id}/{stamp}_{rng.choice(FILE_NAMES)}",
        "feedback": json.dumps(writer.general(observed, (1, 1)) | writer.criteria(observed), ensure_ascii=False),
        "model_used": "gemini-2.5-flash-audio" if grading.uses_newer_model(days_ago) else "gemini-2.0-flash-audio",
        "confidence_score": grading.confidence_score(rng, days_ago),
        "estimated_cost": f"{duration * (0.0000336 if grading.uses_newer_model(days_ago) else 0.0000224) + 0.0009:.6f}",
        "created_at": 0 if rng.random() < 0.02 else rng.randint(1_200, 299_000),
    }
