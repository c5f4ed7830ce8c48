import numpy as np
import pandas as pd
import pytest

from bandup.analysis.bands import (
    BAND_COLUMNS,
    BAND_VALUES,
    CRITERIA,
    Skill,
    criteria_mean,
    criterion_name,
    criterion_short_name,
    format_band,
    is_valid_band,
)


def test_the_scale_has_nineteen_bands():
    assert len(BAND_VALUES) == 19
    assert (BAND_VALUES[0], BAND_VALUES[1], BAND_VALUES[-1]) == (0.0, 0.5, 9.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_half_step_is_a_band(dtype):
    assert is_valid_band(pd.Series(BAND_VALUES, dtype=dtype)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", [-0.5, -0.01, 0.25, 0.1, 5.99, 6.26, 6.75, 8.9, 9.5, 10, np.inf, -np.inf, np.nan])
def test_other_numbers_are_not_bands(number, dtype):
    assert not is_valid_band(pd.Series([number], dtype=dtype)).any()


def test_missing_is_not_a_band_and_the_index_is_kept():
    valid = is_valid_band(pd.Series([7.0, None, 6.3], index=["c", "a", "b"], dtype="Float64"))
    assert valid.dtype == bool
    assert valid.to_dict() == {"c": True, "a": False, "b": False}
    assert is_valid_band(pd.Series(dtype="float32")).empty


@pytest.mark.parametrize(
    ("column", "task_type", "name"),
    [
        ("task_achievement_band", "TASK_1", "Task Achievement"),
        ("task_achievement_band", "TASK_2", "Task Response"),
        ("task_achievement_band", None, "Task Achievement / Response"),
        ("task_achievement_band", float("nan"), "Task Achievement / Response"),
        ("task_achievement_band", "TASK_3", "Task Achievement / Response"),
        ("coherence_band", "TASK_1", "Coherence and Cohesion"),
        ("lexical_band", None, "Lexical Resource"),
        ("grammar_band", None, "Grammatical Range and Accuracy"),
        ("fluency_band", None, "Fluency and Coherence"),
        ("pronunciation_band", None, "Pronunciation"),
        ("overall_band", "TASK_2", "Overall band"),
    ],
)
def test_names_of_criteria(column, task_type, name):
    assert criterion_name(column, task_type) == name


def test_each_band_has_its_own_names():
    assert len(BAND_COLUMNS) == 7
    assert {column for columns in CRITERIA.values() for column in columns} == {*BAND_COLUMNS} - {"overall_band"}
    assert all(len(CRITERIA[skill]) == 4 for skill in Skill)
    for name in (criterion_name, criterion_short_name):
        assert len({name(column) for column in BAND_COLUMNS}) == len(BAND_COLUMNS)


@pytest.mark.parametrize(
    ("band", "printed"),
    [
        (7.0, "7.0"),
        (6.5, "6.5"),
        (0.0, "0.0"),
        (9, "9.0"),
        (np.float32(5.5), "5.5"),
        (None, "–"),
        (np.nan, "–"),
        (pd.NA, "–"),
    ],
)
def test_format_band(band, printed):
    assert format_band(band) == printed


WRITING = dict.fromkeys(CRITERIA[Skill.WRITING], 6.0)


@pytest.mark.parametrize(
    ("bands", "skill", "mean"),
    [
        (WRITING, Skill.WRITING, 6.0),
        (WRITING | {"grammar_band": 6.5}, Skill.WRITING, 6.125),
        (WRITING | {"grammar_band": np.float32(7.0), "overall_band": 9.0}, Skill.WRITING, 6.25),
        (WRITING | {"grammar_band": 0.0}, Skill.WRITING, 4.5),
        (WRITING | {"fluency_band": 1.0}, Skill.WRITING, 6.0),
        (dict.fromkeys(CRITERIA[Skill.SPEAKING], 7.5), Skill.SPEAKING, 7.5),
        (WRITING | {"grammar_band": np.nan}, Skill.WRITING, None),
        (WRITING | {"grammar_band": None}, Skill.WRITING, None),
        (WRITING, Skill.SPEAKING, None),
        ({}, Skill.WRITING, None),
    ],
)
def test_the_mean_of_a_skills_criteria(bands, skill, mean):
    assert criteria_mean(bands, skill) == mean
