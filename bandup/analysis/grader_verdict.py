"""How far the AI agrees with teachers: by criterion, model and task, beside how far teachers agree with each other.

Reference values of automated scoring: a weighted kappa of 0.70, a standardised mean difference of at most 0.15, and a kappa
at most 0.10 below that between people (Williamson, Xi and Breyer, Educational Measurement: Issues and Practice 31, 2012).
"""

import math

import pandas as pd

from bandup.analysis.agreement import MIN_MARKS_FOR_KAPPA, Agreement, Components, agreement, components
from bandup.analysis.bands import CRITERIA, Skill, criterion_name
from bandup.analysis.second_marks import GRADER, differences, latest_marks
from bandup.formatting import counted, fixed, joined, signed
from bandup.memo import memoized

MIN_KAPPA, MAX_STANDARDISED, MAX_BELOW_PEOPLE = 0.70, 0.15, 0.10
OVERALL = "overall_band"
_ATTEMPT = ["evaluation_id", "user_id"]
_TASKS = {"TASK_1": "Task 1", "TASK_2": "Task 2", "PART_1": "Part 1", "PART_2": "Part 2", "PART_3": "Part 3"}


@memoized
def verdict_by_part(marks: pd.DataFrame, skill: Skill) -> list[tuple[str, str, Agreement]]:
    """The agreement overall, per criterion, then of the overall band per model and per task: `(group, name, agreement)`.

    `marks`: as of `bandup.analysis.second_marks.marks_of_verdict`.
    """
    own = marks[marks["skill"].eq(skill)]
    rows = [("", "Overall band", agreement(differences(own, OVERALL)))]
    rows += [("Criterion", criterion_name(name), agreement(differences(own, name))) for name in CRITERIA[skill]]
    for group, column in (("Model", "model_used"), ("Task", "task_type" if skill is Skill.WRITING else "part")):
        for name, part in own.groupby(column, sort=True):
            label = _TASKS.get(str(name), str(name)) or "not stored"
            rows.append((group, label, agreement(differences(part.reset_index(drop=True), OVERALL))))
    return rows


@memoized
def teachers_agreement(marks: pd.DataFrame, skill: Skill) -> Agreement:
    """How far two teachers agree who marked the same attempts: the later mark against the earlier one, as for the AI."""
    return agreement(pairs_of(marks, skill))


def pairs_of(marks: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """Attempts with two teachers' blind marks, as `agreement` takes them: `grader` is the later mark, `teacher` the first."""
    own = marks[marks["skill"].eq(skill)].sort_values("at", kind="stable")
    turn = own.groupby(_ATTEMPT, sort=False).cumcount()
    # joined by the keys: teachers needn't mark in the same order
    both = own[turn.eq(0)].merge(own.loc[turn.eq(1), [*_ATTEMPT, OVERALL]], on=_ATTEMPT, suffixes=("", "_later"))
    return pd.DataFrame(
        {
            "user_id": both["user_id"],
            "grader": both[f"{OVERALL}_later"],
            "teacher": both[OVERALL],
            "weight": both["weight"],
        }
    )


@memoized
def components_of(marks: pd.DataFrame, skill: Skill) -> Components:
    """What makes up the differences in the overall band (`bandup.analysis.agreement.components`).

    `marks`: as of `bandup.analysis.second_marks.marks_of_verdict`. All NaN with fewer than `MIN_MARKS_FOR_KAPPA`.
    """
    own = differences(marks[marks["skill"].eq(skill)], OVERALL)
    if len(own) < MIN_MARKS_FOR_KAPPA:
        return Components(math.nan, math.nan, math.nan)
    pairs = pairs_of(marks, skill).rename(columns={"teacher": "first", "grader": "second"})
    return components(own, pairs)


def against_references(found: Agreement, people: Agreement) -> str:
    """A sentence on the reference values; which of them can't be compared yet, and why."""
    if math.isnan(found.kappa.value):
        missing = MIN_MARKS_FOR_KAPPA - found.n
        return f"{counted(missing, 'more mark')} until the reference values can be compared with."
    parts = [
        _compared("weighted kappa", found.kappa.value, f"at least {MIN_KAPPA:.2f}", found.kappa.value >= MIN_KAPPA),
        _compared(
            "standardised difference",
            found.standardised.value,
            f"at most ±{MAX_STANDARDISED:.2f}",
            abs(found.standardised.value) <= MAX_STANDARDISED,
        ),
    ]
    if math.isnan(people.kappa.value):
        parts.append(
            f"people’s own agreement is known from {MIN_MARKS_FOR_KAPPA} attempts marked by two, not from {people.n}"
        )
    else:
        below = people.kappa.value - found.kappa.value
        parts.append(
            _compared("kappa below people’s", below, f"at most {MAX_BELOW_PEOPLE:.2f}", below <= MAX_BELOW_PEOPLE)
        )
    return f"Against the reference values: {joined(parts)}."


def _compared(name: str, value: float, reference: str, holds: bool) -> str:
    return f"{name} {fixed(value, 2)} ({reference}: {'met' if holds else 'not met'})"


@memoized
def largest_disagreements(marks: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The marks of a skill at least one band from the AI's overall band, the furthest first, with `difference` (str).

    Of each person's marks of an attempt only the latest: an earlier one was corrected.
    """
    latest = latest_marks(marks)
    own = latest[latest["skill"].eq(skill)]
    apart = own[f"{GRADER}{OVERALL}"] - own[OVERALL]
    far = own.assign(apart=apart.abs(), difference=[signed(value) if value else "±0" for value in apart.fillna(0)])
    far = far[far["apart"].ge(1)].sort_values("apart", ascending=False, kind="stable", ignore_index=True)
    return far.drop(columns="apart")


def describe_left_out(marks: pd.DataFrame, counted_marks: pd.DataFrame, skill: Skill) -> str:
    """How many marks of a skill do not enter the verdict, and why; empty where all do."""
    all_of_skill, used = marks[marks["skill"].eq(skill)], int(counted_marks["skill"].eq(skill).sum())
    seen = int((~all_of_skill["is_blind"]).sum())
    by_hand = int((all_of_skill["is_blind"] & ~all_of_skill["probability"].gt(0)).sum())
    parts = [
        *([f"{counted(seen, 'mark')} made with the AI’s bands in sight"] if seen else []),
        *([f"{counted(by_hand, 'mark')} of attempts that were chosen by hand"] if by_hand else []),
    ]
    return f"Not counted, beside {used}: {joined(parts)}." if parts else ""
