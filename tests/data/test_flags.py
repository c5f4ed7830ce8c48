import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.flags import DescribedFlag, Flag, counts, flags_in, labels
from tests.items import evaluations, flashcard_set, flashcard_sets, item, job, speaking, writing

ROW_FLAGS = {
    Flag.STATUS_UNKNOWN,
    Flag.TYPE_UNKNOWN,
    Flag.USER_UNKNOWN,
    Flag.TWIN,
    Flag.BAND_MISSING,
    Flag.OVERALL_DIFFERS_FROM_CRITERIA,
}
"""The flags that only a whole row tells, or its neighbours."""


def row_flags(frame):
    """Of each row of a judged frame the flags that only a whole row tells."""
    return [{*flags_in(mask)} & ROW_FLAGS for mask in frame["flags"]]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (writing(), set()),
        (speaking(), set()),
        (job("failed"), set()),
        (job("processing"), set()),
        (writing(status=" Completed ", evaluation_type="WRITING"), set()),
        (job("queued"), {Flag.STATUS_UNKNOWN}),
        (job(...), {Flag.STATUS_UNKNOWN}),
        (job(""), {Flag.STATUS_UNKNOWN}),
        (job({"L": []}), {Flag.STATUS_UNKNOWN}),
        (writing(evaluation_type="reading"), {Flag.TYPE_UNKNOWN}),
        (writing(evaluation_type=...), {Flag.TYPE_UNKNOWN}),
        (job("failed", evaluation_type=None), {Flag.TYPE_UNKNOWN}),
        (item(evaluation_id="e1", user_id="u1"), {Flag.STATUS_UNKNOWN, Flag.TYPE_UNKNOWN}),
        (writing(*[...] * 5, evaluation_type="flashcard"), set()),
        (writing(user_id="unknown"), {Flag.USER_UNKNOWN}),
        (job("processing", user_id="anonymous"), {Flag.USER_UNKNOWN}),
        (writing(user_id="Unknown student"), set()),
        (writing(overall_band="error"), {Flag.BAND_MISSING}),
        (writing(overall_band=...), {Flag.BAND_MISSING}),
        (writing(grammar_band="9.3"), {Flag.BAND_MISSING}),
        (writing(coherence_band=""), {Flag.BAND_MISSING}),
        (writing(pronunciation_band="error"), set()),
        (speaking(pronunciation_band="error"), {Flag.BAND_MISSING}),
        (speaking(fluency_band=...), {Flag.BAND_MISSING}),
        (speaking(coherence_band="error", task_achievement_band=...), set()),
        (job("failed", overall_band="error"), set()),
        (writing(*[...] * 5, evaluation_type="reading"), {Flag.TYPE_UNKNOWN}),
    ],
)
def test_flags_of_one_evaluation(row, expected):
    assert row_flags(evaluations(row)) == [expected]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (flashcard_set(), set()),
        (flashcard_set(status="done"), {Flag.STATUS_UNKNOWN}),
        (flashcard_set(user_id="anonymous", status=...), {Flag.STATUS_UNKNOWN, Flag.USER_UNKNOWN}),
    ],
)
def test_flags_of_one_set(row, expected):
    assert row_flags(flashcard_sets(row)) == [expected]


def test_items_of_one_job_under_two_users_are_flagged_in_any_state():
    rows = [
        job("processing", user_id="unknown"),
        writing(),
        job("failed", evaluation_id="e2"),
        job("failed", evaluation_id="e2", user_id="u2"),
        writing(evaluation_id="e3"),
    ]
    flagged = [Flag.TWIN in found for found in row_flags(evaluations(*rows))]
    assert flagged == [True, True, True, True, False]


SIX_AND_A_QUARTER = ("6.0", "6.0", "6.5", "6.5")
SIX_AND_A_HALF = ("6.0", "7.0", "6.5", "6.5")
SIX_AND_AN_EIGHTH = ("6.0", "6.0", "6.0", "6.5")


@pytest.mark.parametrize("graded", [writing, speaking])
@pytest.mark.parametrize(
    ("criteria", "overall", "differs"),
    [
        (SIX_AND_A_QUARTER, "5.5", True),
        (SIX_AND_A_QUARTER, "6.0", False),
        (SIX_AND_A_QUARTER, "6.5", False),
        (SIX_AND_A_QUARTER, "7.0", True),
        (SIX_AND_A_HALF, "6.0", True),
        (SIX_AND_A_HALF, "6.5", False),
        (SIX_AND_A_HALF, "7.0", True),
        (SIX_AND_AN_EIGHTH, "5.5", True),
        (SIX_AND_AN_EIGHTH, "6.0", False),
        (SIX_AND_AN_EIGHTH, "6.5", False),
        (SIX_AND_AN_EIGHTH, "7.0", True),
        (("0", "0", "0", "0"), "0", False),
        (("0", "0", "0", "0"), "0.5", True),
        (("9", "9", "9", "9"), "9", False),
        (("9", "9", "9", "8.5"), "8.5", False),
        (("9", "9", "9", "8.5"), "8", True),
        (("7.0", "7.0", "7.0", "error"), "3.0", False),
        (("7.0", "7.0", "7.0", ...), "3.0", False),
        (("7.0", "7.0", "7.0", "7.0"), "error", False),
    ],
)
def test_an_overall_band_fits_either_rounding_of_its_criteria(graded, criteria, overall, differs):
    frame = evaluations(graded(overall, *criteria))
    assert frame["overall_band"].dtype == "float32"
    assert [Flag.OVERALL_DIFFERS_FROM_CRITERIA in found for found in row_flags(frame)] == [differs]


def test_only_completed_evaluations_are_compared_with_their_criteria():
    bands = {"overall_band": "3.0", **dict.fromkeys(("task_achievement_band", "coherence_band"), "7.0")}
    frame = evaluations(
        job("failed", lexical_band="7.0", grammar_band="7.0", **bands),
        writing("3.0", *["7.0"] * 4, evaluation_id="e2", evaluation_type="reading"),
    )
    assert not any(Flag.OVERALL_DIFFERS_FROM_CRITERIA in found for found in row_flags(frame))


def test_flags_of_the_values_are_kept():
    found = {*flags_in(int(evaluations(writing(overall_band="error", created_at=41_000))["flags"].iloc[0]))}
    assert found == {
        Flag.BAND_NOT_A_NUMBER,
        Flag.OVERALL_BAND_IS_ERROR,
        Flag.BAND_MISSING,
        Flag.TIME_NOT_PLAUSIBLE,
        Flag.TIME_UNKNOWN,
    }


def test_values_and_labels_are_those_that_were_exported_before():
    assert {flag.label: flag.value for flag in Flag} == {
        "band_not_a_number": 1,
        "band_off_scale": 2,
        "band_missing": 4,
        "overall_differs_from_criteria": 8,
        "number_not_readable": 16,
        "text_not_text": 32,
        "stored_as_other_type": 64,
        "time_not_plausible": 128,
        "time_in_milliseconds": 256,
        "time_is_text": 512,
        "time_from_file_name": 1024,
        "time_unknown": 2048,
        "status_unknown": 4096,
        "type_unknown": 8192,
        "feedback_missing": 16384,
        "feedback_not_json": 32768,
        "cards_not_readable": 65536,
        "card_count_differs": 131072,
        "user_unknown": 262144,
        "twin": 524288,
        "value_out_of_range": 1048576,
        "time_in_future": 2097152,
        "result_under_another_id": 4194304,
        "task_achievement_is_default": 8388608,
        "coherence_is_default": 16777216,
        "lexical_is_default": 33554432,
        "grammar_is_default": 67108864,
        "default_not_checked": 134217728,
        "overall_band_is_error": 268435456,
        "overall_band_is_none": 536870912,
        "overall_band_not_a_number": 1073741824,
        "overall_band_off_scale": 2147483648,
        "json_in_code_fence": 1 << 32,
        "json_encoded_twice": 1 << 33,
        "json_wrapped": 1 << 34,
        "json_name_repeated": 1 << 35,
        "cards_not_counted": 1 << 36,
        "id_misleading": 1 << 37,
    }


def test_a_flag_without_a_sentence_fails_where_it_is_declared():
    with pytest.raises(TypeError, match=r'^The flag with value 2 has no sentence: declare it as NAME = 2, "'):

        class WithoutSentence(DescribedFlag):
            FINE = 1, "This one has a sentence."
            LACKS_ONE = 2


@pytest.mark.parametrize("flag", [*Flag])
def test_every_flag_has_a_sentence_and_a_label(flag):
    assert flag.sentence.endswith(".")
    assert labels(int(flag)) == [flag.label] == [flag.name.lower()]


def test_no_two_flags_say_the_same():
    assert len({flag.sentence for flag in Flag}) == len(Flag)


@given(st.sets(st.sampled_from([*Flag])))
def test_a_mask_holds_each_of_its_flags(flags):
    mask = sum(int(flag) for flag in flags)
    assert flags_in(mask) == sorted(flags)
    assert labels(mask) == [flag.label for flag in sorted(flags)]


def test_counts_are_over_every_flag():
    masks = pd.Series([0, int(Flag.TWIN), int(Flag.TWIN | Flag.BAND_MISSING)], dtype="int64")
    found = counts(masks)
    assert found.dtype == "int64"
    assert found.to_dict() == dict.fromkeys((flag.label for flag in Flag), 0) | {"twin": 2, "band_missing": 1}
    assert counts(masks.iloc[:0]).sum() == 0
