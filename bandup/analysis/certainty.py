"""The two words for how sure a change is, *perhaps* and *likely*, and from how many standard errors each is used."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from bandup.analysis.measurement_error import Floats, critical_values, two_sided_level

SIGNIFICANCE_LEVEL = 0.05
"""The share of students without any change for whom *perhaps* or *likely* is said on one day."""

LIKELY_LEVEL = two_sided_level(2.8)
"""The share for whom *likely* is said on one day: 2.8 standard errors, so that a look every day for a term rarely errs."""


class Certainty(StrEnum):
    """How sure a change is."""

    LIKELY = "likely"
    PERHAPS = "perhaps"
    NO_CLEAR_CHANGE = "no_clear_change"
    TOO_FEW = "too_few"


CLAIMED = (Certainty.LIKELY, Certainty.PERHAPS)


def limits(degrees: Sequence[int] | npt.NDArray[np.int64], statements: int = 1) -> tuple[Floats, Floats]:
    """Standard errors from zero beyond which a change is *perhaps*, and *likely*, by Student's t with these degrees.

    `statements`: made together, so that any of them is wrong as rarely as one alone (Bonferroni).
    """
    perhaps, likely = (
        critical_values(level / statements, np.asarray(degrees)) for level in (SIGNIFICANCE_LEVEL, LIKELY_LEVEL)
    )
    return perhaps, likely


def certainty_of(errors: Floats, perhaps: Floats, likely: Floats) -> npt.NDArray[np.str_]:
    """The certainty of changes, by how many standard errors each lies from zero."""
    values = [str(Certainty.LIKELY), str(Certainty.PERHAPS)]
    return np.select([errors > likely, errors > perhaps], values, str(Certainty.NO_CLEAR_CHANGE))
