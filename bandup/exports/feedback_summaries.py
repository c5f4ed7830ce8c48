"""The feedback of a student's latest attempts in short, for a report: prose and the first lines of each list."""

from collections.abc import Callable, Sequence

import pandas as pd

from bandup.analysis.attempts import evaluation_title
from bandup.analysis.bands import Skill, criterion_short_name, format_band
from bandup.formatting import shortened_at_word
from data.records import Feedback

MAX_FEEDBACKS = 2
"""Feedbacks per skill, of the latest attempts."""
MAX_LINES = 3
"""Lines of each list; the report says how many more there are."""
MAX_LINE_LENGTH = 240
MAX_PROSE_LENGTH = 500


def feedback_summaries(
    evaluations: pd.DataFrame, feedbacks: Sequence[tuple[str, Feedback]], format_time: Callable[[pd.Timestamp], str]
) -> list[dict[str, object]]:
    """Return a summary of each skill's latest feedbacks, with a `heading`; otherwise as of `feedback_summary`.

    `feedbacks`: `(evaluation_id, feedback)`, the newest first; those without a row in `evaluations` are left out.
    """
    rows = evaluations[evaluations["evaluation_id"].isin([evaluation_id for evaluation_id, _ in feedbacks])]
    row_of = {str(row["evaluation_id"]): row for _, row in rows.iterrows()}
    summaries: dict[str, list[dict[str, object]]] = {skill: [] for skill in Skill}
    for evaluation_id, feedback in feedbacks:
        if (row := row_of.get(evaluation_id)) is None:
            continue
        of_skill = summaries.setdefault(str(row["evaluation_type"]), [])
        if len(of_skill) < MAX_FEEDBACKS:
            title = evaluation_title(row["evaluation_type"], row["task_type"], row["part"])
            heading = f"{title}, {format_time(row['at'])}: band {format_band(row['overall_band'])}"
            of_skill.append({"heading": heading, **feedback_summary(feedback)})
    return [summary for skill in Skill for summary in summaries[skill]]


def feedback_summary(feedback: Feedback) -> dict[str, object]:
    """Return `prose` (str), `is_unparsed` (bool: the text is not in the expected format), `omitted` (int) and `lists`.

    Each of `lists` has a `name`, its first `lines` and the number of lines `omitted`. The lists hold the general
    remarks, then those of the criteria; without any, the criteria's prose is the list. `omitted`: of the feedback itself.
    """
    lists = {
        "Strengths": _lines(feedback, "strengths"),
        "Weaknesses": _lines(feedback, "weaknesses"),
        "Recommendations": [*feedback.recommendations, *_lines(feedback, "improvements")],
    }
    if not any(lists.values()):
        prose = [(criterion.column, criterion.remarks.text) for criterion in feedback.criteria]
        lists = {"By criterion": [f"{criterion_short_name(column)}: {text}" for column, text in prose if text]}
    return {
        "prose": shortened_at_word(feedback.general.text or feedback.unparsed, MAX_PROSE_LENGTH),
        "is_unparsed": bool(feedback.unparsed),
        "omitted": feedback.omitted,
        "lists": [
            {
                "name": name,
                "lines": [shortened_at_word(line, MAX_LINE_LENGTH) for line in lines[:MAX_LINES]],
                "omitted": len(lines) - MAX_LINES,
            }
            for name, lines in lists.items()
            if lines
        ],
    }


def _lines(feedback: Feedback, name: str) -> list[str]:
    """The lines of one kind from the general remarks, then those of each criterion after its name."""
    lines = [*getattr(feedback.general, name)]
    for criterion in feedback.criteria:
        lines += [f"{criterion_short_name(criterion.column)}: {line}" for line in getattr(criterion.remarks, name)]
    return lines
