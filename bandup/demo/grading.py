"""The demo's grader: bands that develop as learners' bands do, the models that graded, and their remarks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import floor
from random import Random
from typing import Any

from bandup.demo.content import toml_content
from bandup.demo.passages import Draft, Mistake
from bandup.demo.student_profiles import DemoStudent

CRITERIA = {
    "writing": ("task_achievement", "coherence", "lexical", "grammar"),
    "speaking": ("fluency", "lexical", "grammar", "pronunciation"),
}
CRITERION_NAMES = {
    "task_achievement": "task response",
    "coherence": "coherence and cohesion",
    "lexical": "lexical resource",
    "grammar": "grammatical accuracy",
    "fluency": "fluency",
    "pronunciation": "pronunciation",
}

ATTEMPT_NOISE, CRITERION_NOISE = 0.28, 0.2
"""Standard deviations in bands: of a whole attempt, and of each criterion on top of it; about 0.35 together."""

MODEL_CHANGE_DAYS_AGO = 120.0
"""How many days before now the platform changed its models."""

NEWER_MODEL_STRICTNESS = {"lexical": 0.25, "grammar": 0.15}
"""How many bands lower the newer models grade a criterion."""

MAX_REPEATED_CHARACTERS = 48
"""The length in characters beyond which a remark does not repeat a mistake."""

SHOWN_IN_CONTEXT = frozenset({"run_on", "fragment"})
"""Mistakes that are only visible together with the words around them."""


@dataclass(frozen=True)
class DemoGrade:
    """The bands of one attempt: the overall band and the four criteria."""

    overall: float
    criteria: Mapping[str, float]

    @property
    def best(self) -> str:
        """The criterion with the highest band (the first of several)."""
        return max(self.criteria, key=lambda name: self.criteria[name])

    @property
    def worst(self) -> str:
        """The criterion with the lowest band (the last of several, so never the same as `best`)."""
        return min(reversed(list(self.criteria)), key=lambda name: self.criteria[name])


def nearest_half(value: float) -> float:
    """Round to the nearest half band, quarters up, as IELTS does."""
    return floor(value * 2 + 0.5) / 2


def grade(student: DemoStudent, skill: str, days_ago: float, rng: Random) -> DemoGrade:
    """Return the bands of a student's attempt."""
    level = student.ability(skill, days_ago) + rng.gauss(0.0, ATTEMPT_NOISE)
    criteria = {}
    for name in CRITERIA[skill]:
        value = level + student.criterion_offset[f"{skill}.{name}"] + rng.gauss(0.0, CRITERION_NOISE)
        if days_ago < MODEL_CHANGE_DAYS_AGO:
            value -= NEWER_MODEL_STRICTNESS.get(name, 0.0)
        criteria[name] = nearest_half(min(max(value, 3.0), 9.0))
    return DemoGrade(nearest_half(sum(criteria.values()) / 4), criteria)


def band_text(band: float) -> str:
    """Return a band as the functions store it: `6.5`."""
    return f"{band:.1f}"


def mistake_probabilities(grade: DemoGrade, weaknesses: frozenset[str]) -> dict[str, float]:
    """Return the probability of each kind of mistake, from the band of its criterion and the student's habits."""
    probabilities = {}
    for kind, criterion in _criterion_of_kind().items():
        band = grade.criteria.get(criterion)
        if band is not None:
            base = min(max((7.6 - band) / 3.4, 0.03), 0.95)
            probabilities[kind] = min(base * (1.5 if kind in weaknesses else 0.62), 0.97)
    return probabilities


@cache
def _criterion_of_kind() -> dict[str, str]:
    return {kind: entry["criterion"] for kind, entry in toml_content("feedback")["kind"].items()}


def tier(band: float) -> str:
    """Return the group of remarks for a band: `low`, `fair`, `good` or `strong`."""
    return "low" if band <= 5.0 else "fair" if band <= 6.0 else "good" if band <= 7.0 else "strong"


def pick_phrase(phrases: Sequence[str], rng: Random, values: Mapping[str, object]) -> str:
    """Return one of several phrases, filled in; phrases that would repeat a long mistake are left out if possible."""
    long = any(len(str(values.get(name, ""))) > MAX_REPEATED_CHARACTERS for name in ("wrong", "right"))
    fitting = [phrase for phrase in phrases if not (long and "{" in phrase)] or phrases
    return fill_in(rng.choice(fitting), values)


def fill_in(phrase: str, values: Mapping[str, object]) -> str:
    """Return a phrase with its placeholders filled in and a capital letter at the start."""
    text = phrase.format_map(values)
    return text[0].upper() + text[1:]


def remarks(
    paths: Sequence[str], tier_name: str, part: str, count: int, values: Mapping[str, object], rng: Random
) -> list[str]:
    """Return some remarks of one kind from feedback.toml, e.g. two strengths of a criterion in the tier `fair`."""
    entry: Any = toml_content("feedback")
    for name in (*paths, tier_name, part):
        entry = entry[name]
    return [fill_in(phrase, values) for phrase in rng.sample(entry, min(count, len(entry)))]


@dataclass(frozen=True)
class ObservedWeakness:
    """A weakness in an attempt: its kind, and the values for the placeholders of a remark about it."""

    kind: str
    values: Mapping[str, object]

    @property
    def criterion(self) -> str:
        """The criterion that the weakness belongs to."""
        return _criterion_of_kind()[self.kind]


def observed_weaknesses(draft: Draft, values: Mapping[str, object], limit: int | None = None) -> list[ObservedWeakness]:
    """Return the weaknesses in a text, one of each kind, most frequent first.

    Mistakes beyond `limit` (characters) don't count.
    """
    by_kind: dict[str, list[Mistake]] = {}
    for mistake in draft.mistakes:
        if limit is None or mistake.end <= limit:
            by_kind.setdefault(mistake.slip.kind, []).append(mistake)
    ordered = sorted(by_kind.items(), key=lambda item: -len(item[1]))
    return [ObservedWeakness(kind, {**values, **_quoted_words(draft, mistakes[0])}) for kind, mistakes in ordered]


def _quoted_words(draft: Draft, mistake: Mistake) -> dict[str, object]:
    if mistake.slip.kind in SHOWN_IN_CONTEXT:
        return {"wrong": draft.around(mistake, 3), "right": mistake.slip.right}
    return {"wrong": mistake.slip.wrong.strip(" ,.;"), "right": mistake.slip.right.strip(" ,.;")}


def criterion_feedback(
    paths: Sequence[str],
    criterion: str,
    band: float,
    observed: Sequence[ObservedWeakness],
    values: Mapping[str, object],
    rng: Random,
) -> dict[str, object]:
    """Return the map that the grader gives for one criterion."""
    level = tier(band)
    own = [weakness for weakness in observed if weakness.criterion == criterion][: 1 if level == "strong" else 2]
    kinds = toml_content("feedback")["kind"]
    weaknesses = [pick_phrase(kinds[weakness.kind]["shown"], rng, weakness.values) for weakness in own]
    if len(weaknesses) < 1 + (level in {"low", "fair"} and rng.random() < 0.5):
        weaknesses += remarks(paths, level, "weaknesses", 1, values, rng)
    improvements = [pick_phrase(kinds[weakness.kind]["advice"], rng, weakness.values) for weakness in own[:1]]
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
    grade: DemoGrade,
    values: Mapping[str, object],
    rng: Random,
    names: Mapping[str, str] = CRITERION_NAMES,
) -> str:
    """Return the grader's sentence on the whole attempt; `phrases` are by tier."""
    return pick_phrase(
        phrases[tier(grade.overall)], rng, {**values, "best": names[grade.best], "worst": names[grade.worst]}
    )


def uses_newer_model(days_ago: float) -> bool:
    """Whether an attempt was graded after the change of models."""
    return days_ago < MODEL_CHANGE_DAYS_AGO


def confidence_score(rng: Random, days_ago: float) -> str:
    """Return the grader's confidence as text; always above the 0.7 of its default answer."""
    return f"{min(max(rng.gauss(0.88 if uses_newer_model(days_ago) else 0.83, 0.05), 0.72), 0.97):.2f}"
