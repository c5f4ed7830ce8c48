import math

import pytest

from bandup.analysis.bands import Skill
from bandup.analysis.measurement_error import PUBLISHED_SEM, critical_value, published_noise


@pytest.mark.parametrize(
    ("skill", "reliabilities", "low", "high"),
    [(Skill.WRITING, (0.81, 0.89), 0.33, 0.52), (Skill.SPEAKING, (0.83, 0.86), 0.37, 0.49)],
)
def test_the_published_error_is_the_middle_of_what_the_reliabilities_give(skill, reliabilities, low, high):
    from_reliabilities = [sd * math.sqrt(1 - r) for sd, r in zip((1.2, 1.0), reliabilities, strict=True)]
    assert from_reliabilities == pytest.approx([high, low], abs=0.006)
    assert PUBLISHED_SEM[skill] == pytest.approx((low + high) / 2)


def test_noise_of_a_stored_band_is_error_and_rounding_together():
    assert published_noise(Skill.WRITING) == pytest.approx(math.sqrt(0.425**2 + 1 / 48))


@pytest.mark.parametrize(
    ("level", "degrees", "value"),
    [
        (0.05, None, 1.95996),
        (0.01, None, 2.57583),
        (0.05, 1, 12.7062),
        (0.05, 2, 4.30265),
        (0.05, 3, 3.18245),
        (0.05, 4, 2.77645),
        (0.05, 8, 2.30600),
        (0.01, 8, 3.35539),
        (0.01, 1, 63.6567),
        (0.01, 30, 2.75000),
        (0.05, 120, 1.97993),
        (0.05, 5_000, 1.96044),
    ],
)
def test_critical_values_are_those_of_the_printed_tables(level, degrees, value):
    assert critical_value(level, degrees) == pytest.approx(value, rel=1e-5)
