"""The feedback of one evaluation, whatever its shape, laid out for reading."""

from collections.abc import Mapping

from markupsafe import Markup

from bandup.analysis.bands import criterion_name
from bandup.templating import render
from bandup.ui.band_badges import badge
from data.records import CriterionFeedback, Feedback


def panel(
    feedback: Feedback, bands: Mapping[str, float], task_type: str | None, *, with_examples: bool = True
) -> Markup:
    """The whole feedback: general remarks, criteria, quoted examples, recommendations.

    `with_examples`: whether to show the quoted examples; not needed beside the essay.
    `bands`: the stored bands by attribute name, NaN where missing; shown beside the criteria's names.
    """
    return render(
        "feedback_panel.html",
        feedback=feedback,
        criteria=[criterion_values(criterion, bands, task_type) for criterion in feedback.criteria],
        with_examples=with_examples,
    )


def criterion_values(
    criterion: CriterionFeedback, bands: Mapping[str, float], task_type: str | None
) -> dict[str, object]:
    """What the macro `criterion_feedback` shows: `name` (official), `badge` (Markup), `other_band`, `remarks`.

    `other_band` is the band in the feedback's own text where it differs from the stored one, else empty.
    """
    band = bands.get(criterion.column)
    return {
        "name": criterion_name(criterion.column, task_type),
        "badge": badge(band),
        "other_band": "" if _is_number(criterion.band, band) else criterion.band,
        "remarks": criterion.remarks,
    }


def _is_number(text: str, number: float | None) -> bool:
    try:
        return float(text) == number
    except ValueError:
        return False
