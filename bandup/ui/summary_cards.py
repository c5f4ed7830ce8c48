"""Where a student stands, as a few large numbers: one panel per skill."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from bandup.analysis.bands import Skill, criterion_name, format_band, format_mean
from bandup.analysis.skill_summary import Standing, standing
from bandup.charts.theme import SKILL_GLYPHS
from bandup.formatting import counted
from bandup.ui.html import described, element, joined


def panels(graded: Mapping[Skill, pd.DataFrame], target: float) -> Markup:
    """A panel per skill with graded attempts; `graded` as of `bandup.analysis.attempts.graded`, `target` in bands."""
    shown = [_panel(standing(tries, skill), skill, target) for skill, tries in graded.items() if len(tries)]
    return element("div", joined(shown), "b-standings")


def _panel(found: Standing, skill: Skill, target: float) -> Markup:
    numbers = {"Best": format_band(found.best)}
    if found.mean is not None:
        apart = found.mean - target
        side = "above" if apart > 0 else "under"
        beside = f"{abs(apart):.1f} {side} target {target:.1f}" if round(apart, 1) else f"on target {target:.1f}"
        numbers = {f"Mean of the latest {found.of}": f"{format_mean(found.mean)}, {beside}"} | numbers
    if found.weakest is not None and found.weakest_mean is not None:
        numbers["Weakest criterion"] = f"{criterion_name(found.weakest)} {format_mean(found.weakest_mean)}"
    latest = [
        element("div", f"{SKILL_GLYPHS[skill]} {skill.capitalize()}", "b-skill"),
        element("div", format_band(found.latest), "b-overall"),
        element("div", f"latest of {counted(found.n, 'attempt')}", "b-note"),
    ]
    inside = element("div", joined(latest), "b-latest") + described(numbers)
    return Markup('<section class="b-standing b-{}" aria-label="{}">{}</section>').format(
        skill, skill.capitalize(), inside
    )
