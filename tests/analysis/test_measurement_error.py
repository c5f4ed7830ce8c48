import math

import numpy as np
import pytest

from bandup.analysis.bands import Skill
from bandup.analysis.measurement_error import (
    PUBLISHED_SEM,
    critical_value,
    critical_values,
    stored_band_sem,
    two_sided_level,
)


@pytest.mark.parametrize(
    ("skill", "reliabilities", "low", "high"),
    [(Skill.WRITING, (0.81, 0.89), 0.33, 0.52), (Skill.SPEAKING, (0.83, 0.86), 0.37, 0.49)],
)
def test_the_published_error_is_the_middle_of_the_range_from_the_reliabilities(skill, reliabilities, low, high):
    from_reliabilities = [sd * math.sqrt(1 - r) for sd, r in zip((1.2, 1.0), reliabilities, strict=True)]
    assert from_reliabilities == pytest.approx([high, low], abs=0.006)
    assert PUBLISHED_SEM[skill] == pytest.approx((low + high) / 2)


def test_the_error_of_a_stored_band_includes_rounding():
    assert stored_band_sem(Skill.WRITING) == pytest.approx(math.sqrt(0.425**2 + 1 / 48))


# Student's t: printed tables, such as Abramowitz and Stegun, Handbook of Mathematical Functions, table 26.10
TABLE = [
    (0.05, 1, 12.7062),
    (0.05, 2, 4.30265),
    (0.05, 3, 3.18245),
    (0.05, 4, 2.77645),
    (0.05, 5, 2.57058),
    (0.05, 8, 2.30600),
    (0.05, 10, 2.22814),
    (0.05, 30, 2.04227),
    (0.05, 120, 1.97993),
    (0.05, 5_000, 1.96044),
    (0.01, 1, 63.6567),
    (0.01, 8, 3.35539),
    (0.01, 30, 2.75000),
]


@pytest.mark.parametrize(("level", "degrees", "value"), [(0.05, None, 1.95996), (0.01, None, 2.57583), *TABLE])
def test_critical_values_are_those_of_the_printed_tables(level, degrees, value):
    assert critical_value(level, degrees) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("level", [0.05, 0.01])
def test_critical_values_of_an_array(level):
    by_degrees = {degrees: value for table_level, degrees, value in TABLE if table_level == level}
    degrees = np.array([*by_degrees, *reversed(by_degrees)])
    assert critical_values(level, degrees) == pytest.approx([by_degrees[number] for number in degrees], rel=1e-5)


def test_no_critical_value_without_a_degree_of_freedom():
    assert np.isnan(critical_values(0.05, np.array([0, 4, -1]))).tolist() == [True, False, True]
    assert critical_values(0.05, np.array([], dtype=int)).shape == (0,)


@pytest.mark.parametrize(("errors", "level"), [(1.95996, 0.05), (2.57583, 0.01), (2.8, 0.00511)])
def test_the_level_of_so_many_standard_errors(errors, level):
    assert two_sided_level(errors) == pytest.approx(level, rel=1e-3)
