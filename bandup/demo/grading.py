"""The demo's grader: bands that develop as learners' bands do, the models that graded, and their remarks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import floor, inf
from random import Random
from typing import Any

from bandup.demo.content import CRITERIA, Register, toml_content
from bandup.demo.passages import Draft, Mistake, Slip
from bandup.demo.student_profiles import DemoStudent

ATTEMPT_NOISE, CRITERION_NOISE = 0.28, 0.2
"""Standard deviations in bands: of a whole attempt, and of each criterion on top of it; about 0.35 together."""

MODEL_CHANGE_DAYS_AGO = 120.0
"""How many days before now the platform changed its models."""

NEWER_MODEL_STRICTNESS = {"lexical": 0.25, "grammar": 0.15}
"""How many bands lower the newer models grade a criterion."""

MAX_REPEATED_CHARACTERS = 48
"""The length in characters beyond which a remark does not repeat a mistake."""

MAX_WEAKNESSES = {"low": 4, "fair": 3, "good": 2, "strong": 1}
"""The maximum number of weaknesses of a whole attempt, by tier of the overall band."""

SHOWN_IN_CONTEXT = frozenset({"run_on", "fragment"})
"""Mistakes that are only visible together with the words around them."""


@dataclass(frozen=True)
class DemoGrade:
    """The bands of one attempt: the overall band and the four criteria, in their official order."""

    overall: float
    criteria: Mapping[str, float]

    @property
    def best_first(self) -> list[str]:
        """The criteria from the highest band to the lowest."""
        return sorted(self.criteria, key=lambda name: -self.criteria[name])

    def attributes(self, skill: str) -> dict[str, object]:
        """The attributes that every completed attempt has: bands are text, e.g. `6.5`."""
        bands = {"overall": self.overall, **self.criteria}
        return {
            "evaluation_type": skill,
            "status": "completed",
            **{f"{name}_band": f"{band:.1f}" for name, band in bands.items()},
        }


def _nearest_half(value: float) -> float:
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
        criteria[name] = _nearest_half(min(max(value, 3.0), 9.0))
    return DemoGrade(_nearest_half(sum(criteria.values()) / 4), criteria)


def rich_probability(grade: DemoGrade, start: float, width: float) -> float:
    """Return how likely a passage is in the rich register: 0 up to the level `start`, 1 from `start + width` on."""
    level = (grade.criteria["lexical"] + grade.criteria["grammar"] + grade.overall) / 3
    return min(max((level - start) / width, 0.0), 1.0)


def choose_register(probability: float, rng: Random) -> Register:
    """Return `rich` with this probability, else `plain`."""
    return "rich" if rng.random() < probability else "plain"


def mistake_probabilities(grade: DemoGrade, weaknesses: frozenset[str]) -> dict[str, float]:
    """Return the probability of each kind of mistake, from the band of its criterion and the student's habits."""
    probabilities = {}
    for kind, entry in _kinds().items():
        band = grade.criteria.get(entry["criterion"])
        if band is not None:
            base = min(max((7.6 - band) / 3.4, 0.03), 0.95)
            probabilities[kind] = min(base * (1.5 if kind in weaknesses else 0.62), 0.97)
    return probabilities


@cache
def _kinds() -> dict[str, dict[str, Any]]:
    """What the grader says about each kind of mistake."""
    kinds: dict[str, dict[str, Any]] = toml_content("feedback")["kind"]
    return kinds


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


@dataclass(frozen=True)
class ObservedWeakness:
    """A weakness in an attempt: its kind, and the values for the placeholders of a remark about it."""

    kind: str
    values: Mapping[str, object]

    @property
    def criterion(self) -> str:
        """The criterion that the weakness belongs to."""
        criterion: str = _kinds()[self.kind]["criterion"]
        return criterion


def observed_weaknesses(draft: Draft, values: Mapping[str, object], limit: float = inf) -> list[ObservedWeakness]:
    """Return the weaknesses before `limit` (characters) in a text, one of each kind, most frequent first."""
    mistakes = [mistake for mistake in draft.mistakes if mistake.end <= limit]
    counts = Counter(mistake.slip.kind for mistake in mistakes)
    first = {mistake.slip.kind: mistake for mistake in reversed(mistakes)}
    return [ObservedWeakness(kind, {**values, **_quoted_words(draft, first[kind])}) for kind, _ in counts.most_common()]


def _quoted_words(draft: Draft, mistake: Mistake) -> dict[str, str]:
    if mistake.slip.kind in SHOWN_IN_CONTEXT:
        return {"wrong": draft.around(mistake, 3), "right": mistake.slip.right}
    return stripped(mistake.slip)


def stripped(slip: Slip) -> dict[str, str]:
    """Return the `wrong` and the `right` words of a slip, without the punctuation around them."""
    return {"wrong": slip.wrong.strip(" ,.;"), "right": slip.right.strip(" ,.;")}


@dataclass(frozen=True)
class FeedbackWriter:
    """Writes the grader's feedback on one attempt. `values`: for the placeholders in feedback.toml."""

    skill: str
    task: str
    grade: DemoGrade
    values: Mapping[str, object]
    rng: Random

    def general(self, observed: Sequence[ObservedWeakness], strengths: tuple[int, int]) -> dict[str, object]:
        """Return what the grader says about the whole attempt; `strengths`: remarks on the best and the second best criterion."""
        level = tier(self.grade.overall)
        best, second, *_, worst = self.grade.best_first
        leading = sorted(observed, key=lambda weakness: self.grade.criteria[weakness.criterion])[
            : MAX_WEAKNESSES[level]
        ]
        names = {"best": self._texts(best)["name"], "worst": self._texts(worst)["name"]}
        return {
            "overall": pick_phrase(self._texts("overall")[level], self.rng, {**self.values, **names}),
            "strengths": [
                *self._remarks(best, "strengths", strengths[0]),
                *self._remarks(second, "strengths", strengths[1]),
            ],
            "weaknesses": [self.rng.choice(_kinds()[weakness.kind]["short"]) for weakness in leading]
            or self._remarks(worst, "weaknesses"),
            "recommendations": [*self._about(leading[:3], "advice"), *self._remarks(worst, "improvements")],
        }

    def criteria(self, observed: Sequence[ObservedWeakness]) -> dict[str, object]:
        """Return the map that the grader gives for each criterion."""
        return {name: self._criterion(name, band, observed) for name, band in self.grade.criteria.items()}

    def _criterion(self, name: str, band: float, observed: Sequence[ObservedWeakness]) -> dict[str, object]:
        level = tier(band)
        own = [weakness for weakness in observed if weakness.criterion == name][: 1 if level == "strong" else 2]
        weaknesses = self._about(own, "shown")
        if len(weaknesses) < 1 + (level in {"low", "fair"} and self.rng.random() < 0.5):
            weaknesses += self._remarks(name, "weaknesses")
        improvements = self._about(own[:1], "advice") + self._remarks(name, "improvements")
        return {
            "band": band,
            "feedback": self._remarks(name, "feedback")[0],
            "strengths": self._remarks(name, "strengths", self.rng.choice((1, 2, 2))),
            "weaknesses": weaknesses,
            "improvements": improvements,
        }

    def _texts(self, criterion: str) -> dict[str, Any]:
        """The remarks on a criterion (or `overall`) by tier; some differ between writing tasks."""
        entry = toml_content("feedback")[self.skill][criterion]
        texts: dict[str, Any] = entry.get(self.task, entry)
        return texts

    def _remarks(self, criterion: str, part: str, count: int = 1) -> list[str]:
        """Some remarks on a criterion, e.g. two of the strengths for its band."""
        phrases = self._texts(criterion)[tier(self.grade.criteria[criterion])][part]
        return [fill_in(phrase, self.values) for phrase in self.rng.sample(phrases, min(count, len(phrases)))]

    def _about(self, observed: Sequence[ObservedWeakness], part: str) -> list[str]:
        """A remark on each of these weaknesses."""
        return [pick_phrase(_kinds()[weakness.kind][part], self.rng, weakness.values) for weakness in observed]


def uses_newer_model(days_ago: float) -> bool:
    """Whether an attempt was graded after the change of models."""
    return days_ago < MODEL_CHANGE_DAYS_AGO


def confidence_score(rng: Random, days_ago: float) -> str:
    """Return the grader's confidence as text; always above the 0.7 of its default answer."""
    return f"{min(max(rng.gauss(0.88 if uses_newer_model(days_ago) else 0.83, 0.05), 0.72), 0.97):.2f}"
