"""A student's report: one HTML file that opens without a network and prints on A4.

Pure: everything comes in through `Contents` and the clock. Texts and figures are those of the student's page. The report
says before its first number that its bands are no test results: IELTS certifies only tests that are taken under its own
conditions and marked by examiners (ielts.org, 2022).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

import pandas as pd
from babel import Locale

from bandup.analysis import attempts, practice, progress
from bandup.analysis.bands import Skill, criterion_name, criterion_names, format_band
from bandup.analysis.blocks import compare_blocks
from bandup.analysis.certainty import CLAIMED
from bandup.analysis.class_estimates import ClassEstimates
from bandup.analysis.flashcard_sets import document_name
from bandup.analysis.progress import Trend
from bandup.analysis.recurring_feedback import describe_sources, recurring_themes, repeated_themes
from bandup.analysis.states import State, state_counts
from bandup.analysis.time_windows import in_zone
from bandup.analysis.weakest_criterion import weakest_criterion
from bandup.charts import practice_chart, progress_chart
from bandup.exports import attempt_lists, feedback_summaries, offline_page
from bandup.exports.offline_page import page_figure
from bandup.formatting import counted, fixed, local_time, rounded, shortened, shown_difference, signed
from bandup.templating import render
from data.records import Feedback

STYLE = Path(__file__).with_name("report.css")

CRITERIA_HEIGHT = 500
"""Pixels: lower than on the screen, so that a skill's table and its figure share a page."""
MIN_DRAWN_ATTEMPTS = 2
"""A single attempt is described and not drawn."""
MAX_NAME_LENGTH = 60

NOT_A_RESULT = (
    "The bands in this report are an AI model’s estimates of practice work. They are not IELTS results: those come from a "
    "test that examiners mark."
)
BRITISH = Locale("en", "GB")


@dataclass(frozen=True)
class Contents:
    """What a report tells of one student.

    `evaluations`: the student's evaluations with `state`; `sets`: their flashcard sets, as of
    `bandup.analysis.flashcard_sets.all_sets`. `feedbacks`: `(evaluation_id, feedback)` of the latest graded attempts,
    the newest first. `target` in bands. `counts_suspect`: whether the grader's default answers count as grades.
    `caveats`: sentences on what may be missing and why.
    """

    user_id: str
    evaluations: pd.DataFrame
    sets: pd.DataFrame
    feedbacks: Sequence[tuple[str, Feedback]]
    target: float
    estimates: Mapping[Skill, ClassEstimates]
    counts_suspect: bool = False
    caveats: Sequence[str] = ()

    @cached_property
    def shown(self) -> pd.DataFrame:
        """The evaluations as texts and figures count them."""
        return attempts.suspect_as_succeeded(self.evaluations) if self.counts_suspect else self.evaluations

    @cached_property
    def graded(self) -> Mapping[Skill, pd.DataFrame]:
        """The graded attempts of each skill."""
        return {skill: attempts.graded_attempts(self.shown, skill) for skill in Skill}

    @cached_property
    def trends(self) -> Mapping[Skill, Trend | None]:
        """The trend of each skill."""
        return progress.trends_of(self.graded, self.estimates)

    @property
    def skills(self) -> list[Skill]:
        """The skills with a graded attempt."""
        return [skill for skill in Skill if len(self.graded[skill])]

    @property
    def can_compare(self) -> bool:
        """Whether any skill has attempts to compare at known times."""
        return any(len(attempts.dated(graded)) >= MIN_DRAWN_ATTEMPTS for graded in self.graded.values())

    def attempts_at(self, skill: Skill) -> int:
        """The number of attempts at a skill, graded or not."""
        return int(self.evaluations["evaluation_type"].astype("str").eq(skill).sum())


def student_report(contents: Contents, now: datetime, locale: Locale = BRITISH) -> str:
    """Return the report as the text of an HTML file.

    `now`: when it is made; its time zone (UTC where it has none) and `locale` are those of the report's times.
    """
    zone = now.tzinfo or UTC
    format_time = partial(local_time, zone=zone, locale=locale)
    contents = replace(contents, evaluations=in_zone(contents.evaluations, zone))
    body = render(
        "report.html",
        name=shortened(contents.user_id, MAX_NAME_LENGTH),
        facts=_facts(contents, format_time(now)),
        not_a_result=NOT_A_RESULT,
        caveats=contents.caveats,
        progress=_progress(contents, now),
        criteria=[_criteria(contents, skill) for skill in contents.skills],
        to_work_on=_to_work_on(contents),
        feedbacks=feedback_summaries.feedback_summaries(contents.shown, contents.feedbacks, format_time),
        max_lines=feedback_summaries.MAX_LINES,
        practice=_practice(contents, now),
        attempts=attempt_lists.attempt_lists(contents.evaluations, format_time),
        flashcards=_flashcards(contents.sets, format_time),
        how_to_read=[
            progress_chart.HOW_TO_READ,
            progress.describe_noise(contents.estimates),
            f"Times, weeks and figures are in the time zone {zone}.",
        ]
        if contents.can_compare
        else [],
    )
    title = f"Practice report of {shortened(contents.user_id, MAX_NAME_LENGTH)}, {now.day} {now:%B %Y}"
    return offline_page.offline_page(title, STYLE.read_text("utf-8"), body)


def _facts(contents: Contents, created: str) -> dict[str, str]:
    """When, over which period, and how many attempts and sets; the whole id where the title shortens it."""
    at = practice.practice_attempts(contents.evaluations)["at"]
    days = [f"{end.day} {end:%b %Y}" for end in at.iloc[[0, -1]]] if len(at) else []
    facts = {
        "Created": created,
        "Period of the attempts": " to ".join(dict.fromkeys(days)) or "no attempt with a known time",
        "Target band": format_band(contents.target),
        **{f"{skill.capitalize()} attempts": _counted_attempts(contents, skill) for skill in Skill},
        "Flashcard sets": f"{len(contents.sets):,}" if len(contents.sets) else "none",
    }
    return facts if len(contents.user_id) <= MAX_NAME_LENGTH else facts | {"Full student id": contents.user_id}


def _counted_attempts(contents: Contents, skill: Skill) -> str:
    """`12, of which 10 graded`; `none`."""
    number = contents.attempts_at(skill)
    return f"{number:,}, of which {len(contents.graded[skill]):,} graded" if number else "none"


def _progress(contents: Contents, now: datetime) -> dict[str, object]:
    """The overall bands in sentences and a figure, and notes on what is left out."""
    if not any(contents.attempts_at(skill) for skill in Skill):
        return {"sentences": ["No essays or recordings yet."], "figure": None, "notes": []}
    sentences = [attempts.describe_attempts(contents.shown, now)]
    sentences += [
        progress.describe_trend(contents.trends[skill], skill, contents.graded[skill]) for skill in contents.skills
    ]
    notes = attempts.omitted_from_charts(contents.shown, listed=False)
    suspect = int(contents.evaluations["state"].eq(State.SUSPECT).sum())
    if contents.counts_suspect and suspect:
        notes.append(f"The grader’s default answer (all bands 6.0) counts as a grade here, {counted(suspect, 'time')}.")
    figure = None
    if contents.can_compare:
        figure = page_figure(
            progress_chart.overall_with_trends(
                contents.shown, contents.graded, contents.trends, contents.target, dark=False
            ),
            progress_chart.overall_over_time_alt(contents.shown),
            "The overall band of each attempt.",
        )
    return {"sentences": sentences, "figure": figure, "notes": notes}


def _criteria(contents: Contents, skill: Skill) -> dict[str, object]:
    """One skill's criteria: the latest attempts compared with those before, and each over time."""
    blocks = _blocks(contents, skill)
    latest, before = int(blocks["latest_n"].max()), int(blocks["before_n"].max())
    if not latest:
        return {"name": skill.capitalize(), "criteria": []}
    means = f"{'Means of ' if latest > 1 else ''}{_latest_attempts(latest)}".capitalize()
    figure = None
    if len(attempts.dated(contents.graded[skill])) >= MIN_DRAWN_ATTEMPTS:
        fig = progress_chart.criteria_over_time(contents.shown, skill)
        alt = progress_chart.criteria_over_time_alt(contents.shown, skill)
        figure = page_figure(fig, alt, "Each criterion over time.", height=CRITERIA_HEIGHT)
    return {
        "name": skill.capitalize(),
        "sentence": f"{means}, against the {before} before."
        if before
        else f"{means}, with no earlier attempts to compare.",
        "has_before": before > 0,
        "criteria": [
            {
                "name": criterion_name(row["criterion"]),
                "latest": _mean(row["latest_mean"], row["latest_n"], latest),
                "before": _mean(row["before_mean"], row["before_n"], before),
                **_change(row),
            }
            for _, row in blocks.iterrows()
        ],
        "figure": figure,
    }


def _blocks(contents: Contents, skill: Skill) -> pd.DataFrame:
    return compare_blocks(contents.graded[skill], contents.estimates[skill])


def _change(row: pd.Series) -> dict[str, str]:
    """A criterion's `change` between the two means as they are shown, and its `certainty`."""
    if pd.isna(row["change"]):
        return {"change": "–", "certainty": "nothing to compare"}
    change = shown_difference(row["latest_mean"], row["before_mean"])
    if not change:
        return {"change": "level", "certainty": ""}
    certainty = str(row["certainty"]) if row["certainty"] in CLAIMED else "no clear change"
    return {"change": signed(change), "certainty": certainty}


def _mean(mean: float, number: int, attempts_number: int) -> dict[str, str]:
    """A mean, and a note on the number of its bands where it is smaller than the number of attempts."""
    if not number:
        return {"text": "–", "note": ""}
    note = "" if number == attempts_number else f"in {number} of {attempts_number}"
    return {"text": format_band(mean), "note": note}


def _latest_attempts(number: int) -> str:
    return "the latest graded attempt" if number == 1 else f"the latest {number:,} graded attempts"


def _to_work_on(contents: Contents) -> dict[str, object]:
    """The weakest criterion of each skill against the target, and what the feedback repeats."""
    if not contents.skills:
        return {}
    themes = recurring_themes(contents.feedbacks)
    repeated = repeated_themes(themes)
    sentence = "The feedback names no weakness."
    if len(themes):
        sources = describe_sources(len(contents.feedbacks), themes)
        sentence = f"No theme is in the feedback of two attempts yet, from {sources}."
        if len(repeated):
            sentence = f"Themes in the feedback of at least two attempts, most frequent first, from {sources}:"
    return {
        "weakest": [_weakest(contents, skill) for skill in contents.skills],
        "themes": repeated.to_dict("records"),
        "sentence": sentence,
    }


def _weakest(contents: Contents, skill: Skill) -> str:
    """The criterion that stands out, and all whose mean over the latest attempts lies under the target."""
    weakest = weakest_criterion(contents.graded[skill], skill)
    sentence = f"{skill.capitalize()}: no criterion stands out as the weakest."
    if weakest:
        names = criterion_names(weakest.columns)
        sentence = f"{skill.capitalize()}: weakest in {names}, {fixed(weakest.below)} under the attempts’ own mean."
    means = _blocks(contents, skill).set_index("criterion")["latest_mean"].drop("overall_band").dropna()
    under = means[means.map(rounded) < contents.target].sort_values(kind="stable")
    if under.empty:
        return sentence
    named = ", ".join(f"{criterion_name(str(column))} ({format_band(mean)})" for column, mean in under.items())
    return f"{sentence} Under the target of {format_band(contents.target)} in the latest attempts: {named}."


def _practice(contents: Contents, now: datetime) -> dict[str, object]:
    """How regularly the student practises."""
    shown, figure = contents.shown, None
    number = len(practice.practice_attempts(shown))
    if not number:
        return {}
    if number >= MIN_DRAWN_ATTEMPTS:
        fig, alt = practice_chart.practice_per_week(shown, now), practice_chart.practice_per_week_alt(shown, now)
        figure = page_figure(fig, alt, "Attempts per week, with or without a result.")
    return {"sentence": practice.describe_practice(shown, now), "figure": figure}


def _flashcards(sets: pd.DataFrame, format_time: Callable[[pd.Timestamp], str]) -> dict[str, str]:
    """The number of sets and cards, and the latest set."""
    if sets.empty:
        return {}
    summary = counted(len(sets), "flashcard set")
    cards = sets["total_cards"].fillna(sets["num_cards"])
    if cards.notna().any():
        where = "" if cards.notna().all() else f" in the {int(cards.notna().sum())} that give a number"
        summary += f", {counted(int(cards.sum()), 'card')} as stored{where}"
    by_state = state_counts(sets["state"].astype("str")).drop(State.SUCCEEDED)
    summary += "".join(f", {number:,} {state}" for state, number in by_state.items() if number)
    latest = sets.sort_values("at", na_position="first", kind="stable").iloc[-1]
    document = document_name(latest["document_id"], latest["document_url"]) or "no document"
    return {
        "summary": summary,
        "document": shortened(document, MAX_NAME_LENGTH),
        "at": format_time(latest["at"]),
    }
