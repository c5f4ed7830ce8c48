"""A student's report: one HTML file that opens without a network and prints on A4.

Pure: what it tells is handed over in `Contents`, the clock too, and nothing is fetched. Words and figures are the ones
of the student's page. The file brings its stylesheet and plotly.js, and forbids itself every request and every
script but its own two, by their hashes. What the tables' texts say is escaped: markupsafe in HTML, `charts/` in figures.

A band in practice is no test result: IELTS certifies a test taken under its own conditions and marked by examiners
(ielts.org, 2022), while these bands are an AI model's estimates. The report says so before its first number.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from bandup.analysis import attempts, practice, progress
from bandup.analysis.bands import CRITERIA, Skill, criterion_name, format_band, short_name
from bandup.analysis.flashcard_sets import document_name
from bandup.analysis.recurring_feedback import recurring
from bandup.analysis.states import State, counts
from bandup.analysis.time_zones import in_zone
from bandup.charts import practice_chart, progress_chart
from bandup.charts.drawable_attempts import task_name
from bandup.formatting import counted, shortened
from bandup.ui import html, weakness_table
from bandup.ui.badges import state_label
from bandup.ui.html import element, joined
from bandup.ui.item_details import TIME_SOURCES
from bandup.ui.plain_text import local_time
from bandup.ui.progress_section import HOW_TO_READ, overall_with_trends
from data.flags import Flag
from data.records import Feedback
from data.schema import FLASHCARD

STYLE = Path(__file__).with_name("report.css")

FIGURE_WIDTH = 680
"""Pixels, 96 to the inch: the 180 mm that A4 has between the margins of the stylesheet."""
CRITERIA_HEIGHT = 500
"""Pixels: lower than on the screen, so that a skill's table and its figure share a page."""
FEWEST_DRAWN = 2
"""One attempt is told and not drawn."""

LISTED_ATTEMPTS = 10
"""So many attempts are listed per skill, the latest."""
TOLD_FEEDBACKS = 2
"""The feedback of so many attempts is told per skill, the latest."""
MOST_LINES = 3
"""Of each list of a feedback so many lines; how many more there are is said."""
LONGEST_LINE = 240
"""Characters; a line of feedback that is longer is cut."""
LONGEST_PROSE = 500
LONGEST_NAME = 60
LONGEST_TASK = 12
TIME_MARKS = {"started_at": "*", "audio_url": "†"}
"""Marks of times that are not the attempt's own."""

NOT_A_RESULT = (
    "The bands in this report are an AI model’s estimates of practice work. They are not IELTS results: those come from a "
    "test that examiners mark."
)
DRAW = """
for (const place of document.querySelectorAll("[data-figure]")) {
  const { data, layout } = JSON.parse(place.dataset.figure);
  const words = place.firstElementChild;
  Plotly.newPlot(place, data, layout, { staticPlot: true, displayModeBar: false }).then(() => words.remove());
}
"""
"""Puts each figure into its place; the words that stand there go once it is drawn."""


@dataclass(frozen=True)
class Contents:
    """What a report tells of one student.

    `evaluations`: the student's judged evaluations; `sets`: their flashcard sets, as of `bandup.analysis.flashcard_sets.all_sets`.
    `feedbacks`: `(evaluation_id, feedback)` of the latest graded attempts, the newest first. `target` in bands.
    `counts_suspect`: whether the grader's default answers count as grades. `may_lack`: why items may be missing, a
    clause each that goes on from "this report".
    """

    user_id: str
    evaluations: pd.DataFrame
    sets: pd.DataFrame
    feedbacks: Sequence[tuple[str, Feedback]]
    target: float
    counts_suspect: bool = False
    caveats: Sequence[str] = ()

    @cached_property
    def shown(self) -> pd.DataFrame:
        """The evaluations as words and figures count them."""
        return attempts.counting_suspect(self.evaluations) if self.counts_suspect else self.evaluations

    @cached_property
    def graded(self) -> Mapping[Skill, pd.DataFrame]:
        """The graded attempts of each skill."""
        return {skill: attempts.graded(self.shown, skill) for skill in Skill}

    @property
    def skills(self) -> list[Skill]:
        """The skills with a graded attempt."""
        return [skill for skill in Skill if len(self.graded[skill])]

    @property
    def compares(self) -> bool:
        """Whether there are attempts to compare: of one skill, and at known times."""
        return any(len(attempts.dated(tries)) >= FEWEST_DRAWN for tries in self.graded.values())

    def attempts_at(self, skill: Skill) -> pd.DataFrame:
        """Every attempt at a skill, whatever became of it, the newest first, unknown times last."""
        of_skill = self.evaluations[self.evaluations["evaluation_type"].astype("str").eq(skill)]
        return of_skill.sort_values("at", ascending=False, na_position="last", kind="stable")


def student_report(contents: Contents, now: datetime) -> str:
    """The report as the text of an HTML file. `now` is aware: when it is made, and the time zone of its times."""
    zone = now.tzinfo or UTC
    contents = replace(contents, evaluations=in_zone(contents.evaluations, zone))
    parts = [
        _opening(contents, now, zone),
        _progress(contents, now),
        *(_criteria(contents, skill) for skill in contents.skills),
        _to_work_on(contents),
        _feedbacks(contents, zone),
        _practice(contents, now),
        _attempts(contents, zone),
        _sets(contents.sets, zone),
        _how_to_read(contents, zone),
    ]
    title = f"Practice report of {shortened(contents.user_id, LONGEST_NAME)}, {now.day} {now:%B %Y}"
    return _document(title, joined(parts))


def _document(title: str, body: Markup) -> str:
    scripts = (get_plotlyjs(), DRAW) if "<figure" in body else ()
    allowed = " ".join(_source(script) for script in scripts) or "'none'"
    policy = f"default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; script-src {allowed}"
    return str(
        Markup(
            '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
            '<meta http-equiv="Content-Security-Policy" content="{}">\n'
            '<meta name="viewport" content="width=device-width">\n'
            "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n{}\n</main>\n{}\n</body>\n</html>\n"
        ).format(
            policy,
            title,
            Markup(STYLE.read_text("utf-8")),  # noqa: S704 - our own file
            body,
            joined(Markup("<script>{}</script>").format(Markup(script)) for script in scripts),  # noqa: S704
        )
    )


def _source(script: str) -> str:
    """A script's own hash, by which the policy lets it run."""
    return f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _opening(contents: Contents, now: datetime, zone: tzinfo) -> Markup:
    """Who, when, what period, how many, and what the bands are."""
    at = practice.practised(contents.evaluations)["at"]
    days = [f"{end.day} {end:%b %Y}" for end in at.iloc[[0, -1]]] if len(at) else []
    name = shortened(contents.user_id, LONGEST_NAME)
    known = {
        "Made": local_time(now, zone),
        "Period of the attempts": " to ".join(dict.fromkeys(days)) or "no attempt of known time",
        "Target band": f"{contents.target:.1f}",
        **{f"{skill.capitalize()} attempts": _counted_attempts(contents, skill) for skill in Skill},
        "Flashcard sets": f"{len(contents.sets):,}" if len(contents.sets) else "none",
        **({} if name == contents.user_id else {"Student, in full": contents.user_id}),
    }
    parts = [
        element("h1", joined([Markup("Practice report: "), element("bdi", name)])),
        html.facts(known),
        element("p", NOT_A_RESULT, "b-notice"),
        *(element("p", f"Some attempts may be missing: this report {why}.", "b-notice") for why in contents.caveats),
    ]
    return element("header", joined(parts))


def _counted_attempts(contents: Contents, skill: Skill) -> str:
    """`12, of which 10 graded`; `none`."""
    number = len(contents.attempts_at(skill))
    return f"{number:,}, of which {len(contents.graded[skill]):,} graded" if number else "none"


def _progress(contents: Contents, now: datetime) -> Markup:
    """What the page says and draws of the overall bands."""
    if not any(len(contents.attempts_at(skill)) for skill in Skill):
        return _section("Progress", [element("p", "No essays and no recordings yet.")])
    parts = [element("p", attempts.in_words(contents.shown, now))]
    parts += [
        element("p", progress.trend_in_words(progress.trend(tries, skill), skill, len(attempts.dated(tries))))
        for skill, tries in contents.graded.items()
        if skill in contents.skills
    ]
    if contents.compares:
        drawn = overall_with_trends(contents.shown, contents.graded, contents.target, dark=False)
        parts.append(
            _figure(drawn, progress_chart.overall_over_time_alt(contents.shown), "The overall band of each attempt.")
        )
    parts += [_quiet(sentence) for sentence in _left_out(contents)]
    return _section("Progress", parts)


def _left_out(contents: Contents) -> list[str]:
    said = attempts.left_out_of_charts(contents.shown, listed=False)
    suspect = int(contents.evaluations["state"].eq(State.SUSPECT).sum())
    if contents.counts_suspect and suspect:
        said.append(f"The grader’s default answer (all bands 6.0) counts as a grade here, {counted(suspect, 'time')}.")
    return said


def _criteria(contents: Contents, skill: Skill) -> Markup:
    """One skill's criteria: the latest attempts against those before, and each over time."""
    heading = f"{skill.capitalize()}: the criteria"
    compared = progress.blocks(contents.graded[skill], skill)
    if not compared["latest_n"].any():
        return _section(heading, [_quiet("No attempt with a known time: nothing to put in order or to compare.")])
    latest, before = int(compared["latest_n"].max()), int(compared["before_n"].max())
    against = f"against the {before} before" if before else "with none before to compare with"
    columns = ("Criterion", "Latest", *(("Before", "Change", "How sure") if before else ()))
    rows = (_compared(row, latest, before) for _, row in compared.iterrows())
    means = f"{'Means of ' if latest > 1 else ''}{_latest(latest)}, {against}.".capitalize()
    parts = [_whole([element("h2", heading), element("p", means), html.table(columns, rows)])]
    if len(attempts.dated(contents.graded[skill])) >= FEWEST_DRAWN:
        drawn = progress_chart.criteria_over_time(contents.shown, skill).update_layout(height=CRITERIA_HEIGHT)
        parts.append(
            _figure(drawn, progress_chart.criteria_over_time_alt(contents.shown, skill), "Each criterion over time.")
        )
    return element("section", joined(parts))


def _compared(row: pd.Series, latest: int, before: int) -> list[Markup]:
    """A criterion's cells: its means, what changed, and how sure that is; the first mean alone where none is before."""
    cells = [element("span", criterion_name(row["criterion"])), _mean(row["latest_mean"], row["latest_n"], latest)]
    if not before:
        return cells
    cells.append(_mean(row["before_mean"], row["before_n"], before))
    if pd.isna(row["change"]):
        return [*cells, element("span", "–", "b-number"), element("span", "nothing to compare")]
    change = round(row["latest_mean"], 1) - round(row["before_mean"], 1)
    is_level = abs(change) < 0.05
    signed = "level" if is_level else f"{change:+.1f}".replace("-", "−")
    sure = "likely more than noise" if row["certain"] else "can’t be told from noise"
    return [*cells, element("span", signed, "b-number"), element("span", "" if is_level else sure)]


def _mean(mean: float, number: int, of: int) -> Markup:
    """A mean, with the number of its bands where that is not the number of attempts."""
    if not number:
        return element("span", "–", "b-number")
    said = element("span", f"{mean:.1f}", "b-number")
    return said if number == of else joined([said, element("span", f" in {number} of {of}", "b-note")])


def _latest(number: int) -> str:
    return "the latest attempt" if number == 1 else f"the latest {number:,} attempts"


def _to_work_on(contents: Contents) -> Markup:
    """The weakest criterion of each skill against the target, and what the feedback keeps saying."""
    if not contents.skills:
        return Markup("")
    parts = [element("p", _weakest(contents, skill)) for skill in contents.skills]
    found = recurring(contents.feedbacks)
    looked_at = _latest(int(found["of"].max())) if len(found) else ""
    if (found["attempts"] >= weakness_table.MIN_ATTEMPTS_PER_THEME).any():
        says = element("p", f"What the feedback of {looked_at} says more than once, most often first:")
        parts.append(_whole([says, weakness_table.table(found)]))
    elif len(found):
        parts.append(_quiet(f"The feedback of {looked_at} says nothing twice yet."))
    else:
        parts.append(_quiet("The feedback names no weakness."))
    return _section("What to work on", parts)


def _weakest(contents: Contents, skill: Skill) -> str:
    weakest = progress.weakest_criterion(contents.graded[skill], skill)
    if weakest is None:
        return f"{skill.capitalize()}: no criterion with a band at a known time."
    column, mean = weakest
    compared = progress.blocks(contents.graded[skill], skill).set_index("criterion")
    latest = _latest(int(compared["latest_n"].to_dict()[column]))
    means = compared["latest_mean"].to_dict()
    gap = round(contents.target - round(mean, 1), 1)
    said = f"{skill.capitalize()}: the weakest criterion is {criterion_name(column)}, {mean:.1f} in {latest}, "
    if gap <= 0:
        return f"{said}which is not under the target of {contents.target:.1f}."
    others = [
        criterion_name(other)
        for other in CRITERIA[skill]
        if other != column and round(means[other], 1) < contents.target
    ]
    also = f" Also under it: {', '.join(others)}." if others else ""
    return f"{said}{gap:.1f} under the target of {contents.target:.1f}.{also}"


def _feedbacks(contents: Contents, zone: tzinfo) -> Markup:
    """What the feedback of the latest attempts says, in short."""
    read = contents.shown[contents.shown["evaluation_id"].isin([key for key, _ in contents.feedbacks])]
    rows = {str(row["evaluation_id"]): row for _, row in read.iterrows()}
    told: dict[str, list[Markup]] = {}
    for evaluation_id, feedback in contents.feedbacks:
        if (row := rows.get(evaluation_id)) is None:
            continue
        of_skill = told.setdefault(str(row["evaluation_type"]), [])
        if len(of_skill) < TOLD_FEEDBACKS:
            of_skill.append(_feedback(row, feedback, zone))
    if not told:
        return Markup("")
    note = f"In short: {MOST_LINES} lines of each list at most; the dashboard has the whole."
    return _section("The latest feedback", [_quiet(note), *(one for skill in Skill for one in told.get(skill, []))])


def _feedback(row: pd.Series, feedback: Feedback, zone: tzinfo) -> Markup:
    what = attempts.titled(row["evaluation_type"], row["task_type"], row["part"])
    heading = element("h3", f"{what}, {local_time(row['at'], zone)}: band {format_band(row['overall_band'])}")
    return element("article", joined([heading, *_in_short(feedback)]))


def _in_short(feedback: Feedback) -> list[Markup]:
    """A feedback's prose and the first lines of its lists, under each criterion as in general."""
    lists = {
        "Strengths": _lines(feedback, "strengths"),
        "Weaknesses": _lines(feedback, "weaknesses"),
        "Recommendations": [*feedback.recommendations, *_lines(feedback, "improvements")],
    }
    if not any(lists.values()):
        said = [(criterion.column, criterion.remarks.text) for criterion in feedback.criteria]
        lists = {"By criterion": [f"{short_name(column)}: {text}" for column, text in said if text]}
    found = [joined([element("h4", name), _list(lines)]) for name, lines in lists.items() if lines]
    parts = [_quiet("This feedback is not in the form it should be in. It begins:")] if feedback.unparsed else []
    if prose := feedback.general.text or feedback.unparsed:
        parts.append(element("p", _cut_after_word(prose, LONGEST_PROSE)))
    parts += [element("div", joined(element("div", one) for one in found), "b-columns")] if found else []
    return parts or [_quiet("No feedback that could be read.")]


def _lines(feedback: Feedback, name: str) -> list[str]:
    """The lines of one kind in general, then those said under a criterion, with its name before them."""
    lines = [*getattr(feedback.general, name)]
    for criterion in feedback.criteria:
        lines += [f"{short_name(criterion.column)}: {line}" for line in getattr(criterion.remarks, name)]
    return lines


def _list(lines: Sequence[str]) -> Markup:
    items = [element("li", _cut_after_word(line, LONGEST_LINE)) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        items.append(element("li", f"and {len(lines) - MOST_LINES} more", "b-quiet"))
    return element("ul", joined(items))


def _cut_after_word(text: str, most: int) -> str:
    """A text without line breaks and not longer than so many characters: cut after a word, with an ellipsis."""
    one_line = " ".join(text.split())
    if len(one_line) <= most:
        return one_line
    cut = one_line[: most - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def _practice(contents: Contents, now: datetime) -> Markup:
    """How regularly the student practises."""
    practised = practice.practised(contents.shown)
    if practised.empty:
        return Markup("")
    parts = [element("p", practice.in_words(contents.shown, now))]
    if len(practised) >= FEWEST_DRAWN:
        drawn = practice_chart.practice_rhythm(contents.shown, now)
        alt = practice_chart.practice_rhythm_alt(contents.shown, now)
        parts.append(_figure(drawn, alt, "Attempts per week, whatever became of them."))
    return _whole([_section("Practice", parts)])


def _attempts(contents: Contents, zone: tzinfo) -> Markup:
    """The latest attempts at each skill, whatever became of them."""
    parts: list[Markup] = []
    listed: list[pd.DataFrame] = []
    for skill in Skill:
        rows = contents.attempts_at(skill)
        if rows.empty:
            continue
        latest = rows.head(LISTED_ATTEMPTS)
        listed.append(latest)
        of = f"the latest {len(latest)} of {len(rows):,}" if len(latest) < len(rows) else f"all {len(rows)}"
        heading = element("h3", f"{skill.capitalize()}, {of if len(rows) > 1 else 'the only one'}")
        columns = ("When", "Task", "Overall", *(short_name(column) for column in CRITERIA[skill]), "Note")
        table = html.table(columns, (_attempt(row, skill, zone) for _, row in latest.iterrows()))
        # wider than a phone: scrolls there, by the keyboard too
        scrolling = Markup('<div class="b-wide" tabindex="0">{}</div>').format(table)
        parts.append(_whole([heading, scrolling]))
    parts += [_quiet(sentence) for sentence in _attempts_explained(pd.concat(listed))] if listed else []
    if other := int((~contents.evaluations["evaluation_type"].astype("str").isin([*Skill, FLASHCARD])).sum()):
        parts.append(_quiet(f"{counted(other, 'evaluation')} of no known type: in no list here."))
    return _section("The latest attempts", parts) if parts else Markup("")


def _attempt(row: pd.Series, skill: Skill, zone: tzinfo) -> list[Markup]:
    task = row["task_type"] if skill is Skill.WRITING else row["part"]
    when = local_time(row["at"], zone) + TIME_MARKS.get(str(row["at_source"]), "")
    notes = [] if row["state"] == State.SUCCEEDED else [state_label(str(row["state"]))]
    if int(row["flags"]) & Flag.OVERALL_DIFFERS_FROM_CRITERIA:
        notes.append("overall is no rounding of the criteria’s mean")
    bands = (element("span", format_band(row[column]), "b-number") for column in ("overall_band", *CRITERIA[skill]))
    what = _cut_after_word(task_name(task), LONGEST_TASK) or "–"
    return [
        *(element("span", text, "b-number") for text in (when, what)),
        *bands,
        element("span", "; ".join(notes), "b-note"),
    ]


def _attempts_explained(listed: pd.DataFrame) -> list[str]:
    """A sentence for each mark and each state, but success, that stands in the lists."""
    sources = {*listed["at_source"].astype("str")}
    said = [f"{mark} Time {TIME_SOURCES[source]}." for source, mark in TIME_MARKS.items() if source in sources]
    present = counts(listed["state"].astype("str"))
    states = [state for state in State if present[state] and state is not State.SUCCEEDED]
    return said + [f"{state_label(state)}: {state.sentence}" for state in states]


def _sets(sets: pd.DataFrame, zone: tzinfo) -> Markup:
    """The flashcard sets in a line."""
    if sets.empty:
        return _section("Flashcards", [element("p", "No flashcard sets yet.")])
    cards = sets["total_cards"].fillna(sets["num_cards"])
    said = counted(len(sets), "flashcard set")
    if cards.notna().any():
        told = "" if cards.notna().all() else f" in {int(cards.notna().sum())} that tell it"
        said += f", {counted(int(cards.sum()), 'card')} as stored{told}"
    by_state = counts(sets["state"].astype("str")).drop(State.SUCCEEDED)
    said += "".join(f", {number:,} {state}" for state, number in by_state.items() if number)
    latest = sets.sort_values("at", na_position="first", kind="stable").iloc[-1]
    document = document_name(latest["document_id"], latest["document_url"]) or "no document"
    parts = [Markup("{}; the latest from ").format(said), element("bdi", shortened(document, LONGEST_NAME))]
    return _section(
        "Flashcards", [element("p", joined([*parts, Markup(", {}.").format(local_time(latest["at"], zone))]))]
    )


def _how_to_read(contents: Contents, zone: tzinfo) -> Markup:
    """How sure a change is, where changes are told or drawn."""
    if not contents.compares:
        return Markup("")
    times = f"Times, weeks and figures go by the clock of {zone}."
    return _section("How to read this", [element("p", HOW_TO_READ), element("p", times)])


def _section(heading: str, parts: Iterable[Markup]) -> Markup:
    return element("section", joined([element("h2", heading), *parts]))


def _whole(parts: Iterable[Markup]) -> Markup:
    """What stands on one page."""
    return element("div", joined(parts), "whole")


def _quiet(sentence: str) -> Markup:
    return element("p", sentence, "b-quiet")


def _figure(drawn: go.Figure, alt: str, caption: str) -> Markup:
    """A figure's place, its data beside it, and in it for the time being its words.

    What a figure tells when it is pointed at, and the ids that a click opens, are of no use on paper and left out.
    """
    drawn.update_traces(customdata=None, hovertext=None, hoverinfo="skip")
    drawn.update_layout(width=FIGURE_WIDTH)
    return Markup(
        '<figure tabindex="0"><div role="img" aria-label="{0}" data-figure="{1}"><p>{0}</p></div>'
        "<figcaption>{2}</figcaption></figure>"
    ).format(alt, drawn.to_json(), caption)
