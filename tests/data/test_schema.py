import pandas as pd
import pytest

from data.schema import MAX_INCLUDED_ATTRIBUTES, TABLES, Kind

each_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())


@each_table
def test_an_index_can_include_every_light_attribute(table):
    assert MAX_INCLUDED_ATTRIBUTES == 20
    assert 0 < len(table.summary_attributes) <= 20


@each_table
def test_no_attribute_is_declared_twice_or_is_a_key(table):
    names = [table.partition_key, table.sort_key, *(a.name for a in table.attributes)]
    assert len(names) == len({*names})


@each_table
def test_every_attribute_says_what_it_means(table):
    assert not [a.name for a in table.attributes if not a.meaning.strip().endswith(".")]


@each_table
def test_documents_are_never_read_for_everyone(table):
    assert not [a.name for a in table.summary_attributes if a.kind == Kind.DOCUMENT]


@each_table
def test_the_dictionary_explains_the_columns_in_order_and_then_every_other_attribute_once(table):
    dictionary = table.dictionary()
    columns = {name: str(dtype) for name, dtype in table.columns.items()}
    typed = dictionary[dictionary["dtype"] != ""]
    assert dict(zip(typed["column"], typed["dtype"], strict=True)) == columns | {"state": "category"}
    assert [*typed["column"]] == [*columns, "state"]
    assert [*dictionary["column"][: len(typed)]] == [*typed["column"]]
    names = [*dictionary["column"]]
    assert len(names) == len({*names})
    assert {*names} == {*columns, "state", *(a.name for a in table.attributes)}
    assert dictionary["meaning"].str.len().gt(10).all()


@each_table
def test_columns_are_the_keys_then_what_is_light_then_what_is_derived(table):
    columns = [*table.columns]
    assert columns[:2] == [table.partition_key, table.sort_key]
    assert columns[-3:] == ["at", "at_source", "flags"]
    assert not {"feedback", "essay_text", "transcript", "flashcards", "created_at", "audio_url"} & {*columns}


@each_table
def test_the_empty_frame_has_no_rows_and_every_column(table):
    empty = table.empty_frame()
    assert len(empty) == 0
    pd.testing.assert_index_equal(empty.columns, pd.Index([*table.columns]))


def test_the_documented_attributes_are_all_declared():
    documented = {
        "evaluations": "evaluation_type status overall_band task_achievement_band coherence_band lexical_band grammar_band "
        "fluency_band pronunciation_band transcript duration word_count feedback model_used created_at",
        "flashcard_sets": "document_id status flashcards total_cards page_count chunk_count created_at",
    }
    for key, names in documented.items():
        assert {*names.split()} <= {a.name for a in TABLES[key].attributes}
    assert [(t.partition_key, t.sort_key) for t in TABLES.values()] == [
        ("evaluation_id", "user_id"),
        ("set_id", "user_id"),
    ]
    assert [t.variable for t in TABLES.values()] == ["DYNAMODB_EVALUATIONS", "DYNAMODB_FLASHCARD_SETS"]
