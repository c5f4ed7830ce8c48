from dataclasses import replace

import pandas as pd
import pytest

from data.schema import (
    AT_SOURCES,
    EVALUATIONS,
    FLASHCARD_SETS,
    MAX_INCLUDED_ATTRIBUTES,
    TABLES,
    Attribute,
    Kind,
    at_sources,
)

each_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())


@each_table
def test_an_index_can_include_every_summary_attribute(table):
    assert MAX_INCLUDED_ATTRIBUTES == 20
    assert 0 < len(table.summary_attributes) <= 20


def test_a_21st_summary_attribute_fails_where_it_is_declared():
    assert len(EVALUATIONS.summary_attributes) == 20
    more = Attribute("rubric", Kind.NAME, "The rubric that was used.")
    with pytest.raises(
        ValueError, match=r"^evaluations declares 21 summary attributes, but its index is full: .*20"
    ) as full:
        replace(EVALUATIONS, attributes=(*EVALUATIONS.attributes, more))
    assert "summary=False" in str(full.value)
    assert "word_count and duration" in str(full.value)
    assert replace(EVALUATIONS, attributes=(*EVALUATIONS.attributes, replace(more, summary=False)))


@each_table
def test_what_can_be_demoted_is_a_summary_attribute(table):
    assert {*table.demotable} <= {a.name for a in table.summary_attributes}


def test_the_sources_of_an_items_time_are_ranked():
    assert AT_SOURCES == ("created_at", "started_at", "audio_url", "unknown")
    assert [a.name for a in EVALUATIONS.time_attributes] == ["created_at", "started_at", "audio_url"]
    backwards = replace(EVALUATIONS, attributes=EVALUATIONS.attributes[::-1])
    assert backwards.time_attributes == EVALUATIONS.time_attributes
    assert at_sources([FLASHCARD_SETS, backwards]) == AT_SOURCES


@pytest.mark.parametrize(("kind", "rank"), [(Kind.TIME, None), (Kind.RECORDING, None), (Kind.COUNT, 4)])
def test_times_and_nothing_else_have_a_rank(kind, rank):
    with pytest.raises(ValueError, match=r"^finished_at is declared as .*: give a time_rank to"):
        Attribute("finished_at", kind, "When the job ended.", time_rank=rank)


def test_no_two_times_have_one_rank():
    clash = Attribute("finished_at", Kind.TIME, "When the job ended.", time_rank=2)
    with pytest.raises(ValueError, match=r"^Time attributes share a rank, or one has two: .*\(2, 'finished_at'\)"):
        replace(FLASHCARD_SETS, attributes=(*FLASHCARD_SETS.attributes, clash))


def test_one_time_has_one_rank_in_both_tables():
    other = replace(FLASHCARD_SETS.time_attributes[0], time_rank=7)
    rest = tuple(a for a in FLASHCARD_SETS.attributes if a.name != other.name)
    with pytest.raises(ValueError, match=r"or one has two: \[\(1, 'created_at'\).*\(7, 'created_at'\)\]"):
        at_sources([EVALUATIONS, replace(FLASHCARD_SETS, attributes=(other, *rest))])


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
def test_columns_are_the_keys_then_the_summary_attributes_then_what_is_derived(table):
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
