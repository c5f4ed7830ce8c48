"""The grader of the demo: bands that move as learners' bands do, the models it was run on, and its remarks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import floor
from random import Random
from typing import Any

from bandup.demo.classroom import Student
from bandup.demo.content import table
from bandup.demo.prose import Draft, Made

CRITERIA = {
    "writing": ("task_achievement", "coherence", "lexical", "grammar"),
    "speaking": ("fluency", "lexical", "grammar", "pronunciation"),
}
NAMES = {
    "task_achievement": "task response",
    "coherence": "coherence and cohesion",
    "lexical": "lexical resource",
    "grammar": "grammatical accuracy",
    "fluency": "fluency",
    "pronunciation": "pronunciation",
}

ATTEMPT_NOISE, CRITERION_NOISE = 0.28, 0.2
"""Standard deviations, in bands, of the whole attempt and of each criterion beside it: about 0.35 together."""

MODEL_CHANGE = 120.0
"""Days before now at which the platform changed its models."""

NEWER_MODEL_IS_STRICTER = {"lexical": 0.25, "grammar": 0.15}
"""By how many bands the newer models grade a criterion lower."""

LONG_WORDS = 48
"""Characters beyond which a mistake is not repeated inside a remark."""

SHOWN_IN_CONTEXT = frozenset({"run_on", "fragment"})
"""Mistakes that can't be seen without the words around them."""


@dataclass(frozen=True)
class Grade:
    """The bands of one attempt: the overall band and the four criteria."""

    overall: float
    criteria: Mapping[str, float]

    @property
    def best(self) -> str:
        """The strongest criterion (the first of several)."""
        return max(self.criteria, key=lambda name: self.criteria[name])

    @property
    def worst(self) -> str:
        """The weakest criterion (the last of several, so never the strongest one too)."""
        return min(reversed(list(self.criteria)), key=lambda name: self.criteria[name])


def nearest_half(value: float) -> float:
    """To the nearest half band, quarters up, as IELTS rounds."""
    return floor(value * 2 + 0.5) / 2


def grade(student: Student, skill: str, days_ago: float, rng: Random) -> Grade:
    """The bands a student gets for an attempt."""
    level = student.ability(skill, days_ago) + rng.gauss(0.0, ATTEMPT_NOISE)
    criteria = {}
    for name in CRITERIA[skill]:
        value = level + student.criterion_offset[f"{skill}.{name}"] + rng.gauss(0.0, CRITERION_NOISE)
        if days_ago < MODEL_CHANGE:
            value -= NEWER_MODEL_IS_STRICTER.get(name, 0.0)
        criteria[name] = nearest_half(min(max(value, 3.0), 9.0))
    return Grade(nearest_half(sum(criteria.values()) / 4), criteria)


def band_text(band: float) -> str:
    """A band as the functions store it: `6.5`."""
    return f"{band:.1f}"


def likelihood(grade: Grade, weaknesses: frozenset[str]) -> dict[str, float]:
    """How likely each kind of mistake is made at each opportunity: by the band of its criterion and the student's habits."""
    chances = {}
    for kind, criterion in _criterion_of_kind().items():
        band = grade.criteria.get(criterion)
        if band is not None:
            base = min(max((7.6 - band) / 3.4, 0.03), 0.95)
            chances[kind] = min(base * (1.5 if kind in weaknesses else 0.62), 0.97)
    return chances


@cache
def _criterion_of_kind() -> dict[str, str]:
    return {kind: entry["criterion"] for kind, entry in table("feedback")["kind"].items()}


def tier(band: float) -> str:
    """Which of the four groups of remarks fits a band."""
    return "low" if band <= 5.0 else "fair" if band <= 6.0 else "good" if band <= 7.0 else "strong"


def pick(phrases: Sequence[str], rng: Random, values: Mapping[str, object]) -> str:
    """One of several phrases, filled in and with a capital; those that would repeat long words of the student are left out."""
    long = any(len(str(values.get(name, ""))) > LONG_WORDS for name in ("wrong", "right"))
    fitting = [each for each in phrases if not (long and "{" in each)] or phrases
    return sentence(rng.choice(fitting), values)


def sentence(phrase: str, values: Mapping[str, object]) -> str:
    """A phrase filled in, with a capital."""
    text = phrase.format_map(values)
    return text[0].upper() + text[1:]


def remarks(
    paths: Sequence[str], tier_name: str, part: str, how_many: int, values: Mapping[str, object], rng: Random
) -> list[str]:
    """Some of the bank's remarks of one sort, e.g. two strengths in a criterion at the level `fair`."""
    entry: Any = table("feedback")
    for name in (*paths, tier_name, part):
        entry = entry[name]
    return [sentence(each, values) for each in rng.sample(entry, min(how_many, len(entry)))]


@dataclass(frozen=True)
class Evidence:
    """A weakness seen in an attempt: its kind and what a remark about it may name."""

    kind: str
    values: Mapping[str, object]

    @property
    def criterion(self) -> str:
        """The criterion the weakness counts against."""
        return _criterion_of_kind()[self.kind]


def evidence(draft: Draft, values: Mapping[str, object], limit: int | None = None) -> list[Evidence]:
    """The weaknesses seen in a text, one of a kind, the most frequent first; `limit` leaves out what stands beyond it."""
    by_kind: dict[str, list[Made]] = {}
    for made in draft.made:
        if limit is None or made.end <= limit:
            by_kind.setdefault(made.slip.kind, []).append(made)
    ordered = sorted(by_kind.items(), key=lambda each: -len(each[1]))
    return [Evidence(kind, {**values, **_words(draft, made[0])}) for kind, made in ordered]


def _words(draft: Draft, made: Made) -> dict[str, object]:
    if made.slip.kind in SHOWN_IN_CONTEXT:
        return {"wrong": draft.around(made, 3), "right": made.slip.right}
    return {"wrong": made.slip.wrong.strip(" ,.;"), "right": made.slip.right.strip(" ,.;")}


def criterion_feedback(
    paths: Sequence[str],
    criterion: str,
    band: float,
    seen: Sequence[Evidence],
    values: Mapping[str, object],
    rng: Random,
) -> dict[str, object]:
    """The map the grader gives for one criterion."""
    level = tier(band)
    mine = [each for each in seen if each.criterion == criterion][: 1 if level == "strong" else 2]
    kinds = table("feedback")["kind"]
    weaknesses = [pick(kinds[each.kind]["shown"], rng, each.values) for each in mine]
    if len(weaknesses) < 1 + (level in {"low", "fair"} and rng.random() < 0.5):
        weaknesses += remarks(paths, level, "weaknesses", 1, values, rng)
    improvements = [pick(kinds[each.kind]["advice"], rng, each.values) for each in mine[:1]]
    improvements += remarks(paths, level, "improvements", 1, values, rng)
    return {
        "band": band,
        "feedback": remarks(paths, level, "feedback", 1, values, rng)[0],
        "strengths": remarks(paths, level, "strengths", rng.choice((1, 2, 2)), values, rng),
        "weaknesses": weaknesses,
        "improvements": improvements,
    }


def overall_sentence(
    phrases: Mapping[str, Sequence[str]],
    grade: Grade,
    values: Mapping[str, object],
    rng: Random,
    names: Mapping[str, str] = NAMES,
) -> str:
    """The grader's sentence on the whole attempt; `phrases` are by level."""
    return pick(phrases[tier(grade.overall)], rng, {**values, "best": names[grade.best], "worst": names[grade.worst]})


def newer_model(days_ago: float) -> bool:
    """Whether an attempt was graded after the change of models."""
    return days_ago < MODEL_CHANGE


def confidence(rng: Random, days_ago: float) -> str:
    """The grader's confidence in itself, as text; always above the 0.7 of its default answer."""
    return f"{min(max(rng.gauss(0.88 if newer_model(days_ago) else 0.83, 0.05), 0.72), 0.97):.2f}"
