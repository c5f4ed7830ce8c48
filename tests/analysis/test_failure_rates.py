from bandup.analysis.failure_rates import FINISHED, MODEL_NOTE, NOT_STORED, rates_by
from bandup.analysis.job_list import all_jobs
from bandup.analysis.states import UNSUCCESSFUL, State
from tests.items import before, evaluations, flashcard_set, flashcard_sets, job, speaking, writing

ALL = all_jobs(
    evaluations(
        writing(evaluation_id="e1", model_used="gemini-a"),
        writing(evaluation_id="e2", model_used="gemini-a", overall_band="error"),
        writing(*["6.0"] * 5, evaluation_id="e3", model_used="gemini-a", confidence_score="0.7"),
        job("failed", evaluation_id="e4"),
        job("processing", evaluation_id="e5"),
        job("processing", evaluation_id="e6", started_at=before(minutes=1)),
        job("processing", evaluation_id="e1", user_id="unknown"),
        job("queued", evaluation_id="e7", evaluation_type="speaking"),
        speaking(evaluation_id="e8", model_used="gemini-b"),
        job("failed", evaluation_id="e9", evaluation_type=...),
    ),
    flashcard_sets(flashcard_set(total_cards=0)),
)


def test_rates_per_type():
    found = rates_by(ALL, "type")
    assert list(found.columns) == ["type", "finished", "without_result", "rate", "low", "high"]
    assert [str(dtype) for dtype in found.dtypes] == ["str", "int64", "int64", "float64", "float64", "float64"]
    assert found.drop(columns=["low", "high"]).to_dict("split")["data"] == [
        ["writing", 5, 3, 0.6],
        ["flashcard", 1, 1, 1.0],
        [NOT_STORED, 1, 1, 1.0],
        ["speaking", 1, 0, 0.0],
    ]


def test_rates_per_model_with_a_row_for_jobs_without_one():
    found = rates_by(ALL, "model_used").set_index("model_used")
    assert found[["finished", "without_result"]].to_dict("index") == {
        NOT_STORED: {"finished": 4, "without_result": 4},
        "gemini-a": {"finished": 3, "without_result": 1},
        "gemini-b": {"finished": 1, "without_result": 0},
    }
    assert list(found.index) == [NOT_STORED, "gemini-a", "gemini-b"]
    assert NOT_STORED in MODEL_NOTE


def test_which_states_count_as_finished():
    assert {*State} - {*FINISHED} == {State.RUNNING, State.SUPERSEDED, State.UNKNOWN}
    unfinished = ALL[ALL["state"].isin(["running", "superseded", "unknown"])]
    assert len(unfinished) == 3
    for by in ("type", "model_used"):
        found = rates_by(unfinished, by)
        assert found.empty
        assert [str(dtype) for dtype in found.dtypes] == ["str", "int64", "int64", "float64", "float64", "float64"]
        assert rates_by(ALL, by)["finished"].sum() == len(ALL) - 3
        assert rates_by(ALL, by)["without_result"].sum() == ALL["state"].isin([*UNSUCCESSFUL]).sum()
