"""A student's latest bands as a few large numbers: one panel per skill."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from bandup.analysis.bands import Skill, criterion_name, format_band, format_mean
from bandup.analysis.skill_summary import SkillSummary, summary_of_skill
from bandup.charts.theme import SKILL_GLYPHS
from bandup.formatting import counted
from bandup.templating import render


def panels(graded: Mapping[Skill, pd.DataFrame], target: float) -> Markup:
    """A panel per skill with graded attempts.

    `graded`: as of `bandup.analysis.attempts.graded_attempts`; `target` in bands.
    """
    summaries = {skill: summary_of_skill(attempts, skill) for skill, attempts in graded.items() if len(attempts)}
    values = [
        {
            "skill": skill,
            "glyph": SKILL_GLYPHS[skill],
            "latest": format_band(summary.latest),
            "attempts": counted(summary.n, "attempt"),
            "numbers": _numbers(summary, target),
        }
        for skill, summary in summaries.items()
    ]
    return render("summary_cards.html", panels=values)


def _numbers(summary: SkillSummary, target: float) -> dict[str, str]:
    numbers = {}
    if summary.mean is not None:
        gap = summary.mean - target
        side = "above" if gap > 0 else "under"
        against = f"{abs(gap):.1f} {side} target {target:.1f}" if round(gap, 1) else f"on target {target:.1f}"
        numbers[f"Mean of the latest {summary.n_latest}"] = f"{format_mean(summary.mean)}, {against}"
    numbers["Best"] = format_band(summary.best)
    if summary.weakest is not None and summary.weakest_mean is not None:
        numbers["Weakest criterion"] = f"{criterion_name(summary.weakest)} {format_mean(summary.weakest_mean)}"
    return numbers
