import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from bandup.analysis.states import State
from bandup.charts.theme import STATE_STYLES, state_label
from bandup.ui import item_tables
from bandup.ui.clickable_table import state_labels
from bandup.ui.plain_text import plain
from data.flags import Flag
from tests.items import evaluations, flashcard_set, flashcard_sets, job, writing


def test_every_state_has_a_symbol_of_its_own():
    assert len({STATE_STYLES[state].glyph for state in State}) == len(State)
    assert state_label("failed") == "✕ failed"


def test_a_column_of_states():
    labels = state_labels(evaluations(writing(), job("failed", evaluation_id="e2"))["state"])
    assert labels.to_list() == ["✓ succeeded", "✕ failed"]
    assert isinstance(labels.dtype, pd.CategoricalDtype)
    assert state_labels(pd.Series(["stuck"], dtype="str")).to_list() == ["◷ stuck"]
    assert state_labels(evaluations()["state"]).empty


def app_with_flags(mask):
    def app(mask):
        from bandup.ui import item_details

        item_details.show_flags(mask)

    at = AppTest.from_function(app, args=(mask,)).run()
    assert not at.exception
    return at


def test_flags_are_sentences_behind_a_heading():
    at = app_with_flags(int(Flag.TWIN | Flag.BAND_NOT_A_NUMBER))
    assert [expander.label for expander in at.expander] == ["Data issues of this item (2)"]
    assert [markdown.value for markdown in at.markdown] == [
        f"- {plain(flag.sentence)} `{flag.label}`" for flag in (Flag.BAND_NOT_A_NUMBER, Flag.TWIN)
    ]


def test_nothing_odd_nothing_drawn():
    assert not app_with_flags(0).main.children


@pytest.mark.parametrize("flag", [*Flag])
def test_every_flag_reads_as_it_is_written(flag):
    assert plain(flag.sentence).replace("\\", "") == flag.sentence


def test_a_set_whose_cards_were_never_counted_is_labelled_as_not_opened():
    sets = flashcard_sets(
        flashcard_set(), flashcard_set(set_id="s2", total_cards=3), flashcard_set(set_id="s3", status="failed")
    )
    assert item_tables._states(sets).to_list() == ["✓ succeeded, not opened", "✓ succeeded", "✕ failed"]
    assert item_tables._states(sets.iloc[1:2]).to_list() == ["✓ succeeded"]
