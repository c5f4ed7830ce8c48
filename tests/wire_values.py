"""Attribute values as DynamoDB sends them: a short way to write them, and hypothesis strategies for any of them."""

from typing import Any

from hypothesis import strategies as st

from data.schema import Table

LIKELY_TEXTS = (
    *(
        "",
        " ",
        "7.0",
        " 6.5 ",
        "error",
        "6.25",
        "NaN",
        "-0",
        "1e400",
        "completed",
        "Processing ",
        "flashcard",
        "writing",
    ),
    *(
        "1748779200",
        "1748779200000",
        "2025-06-01T12:00:00Z",
        "0001-01-01T00:00+14:00",
        "local",
        "null",
        "[]",
        "{}",
        '"x"',
    ),
    *(
        "s3://b/uploads/speaking_audio/u/20250601_120000_a.mp3",
        "20251399_996199_a.mp3",
        "\ud83d",
        "a\udc00b",
        "٧",
        "\x00",
    ),
    *('[{"question": "?", "answer": "!"}, 7]', '{"flashcards": [null]}', '{"fluency": {"band": [1]}}', "[" * 5000),
)


def wire(value: Any) -> dict[str, Any]:
    """A JSON value as DynamoDB sends it: text as S, a number as N, None as NULL, a list as L, a dict as M."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case list():
            return {"L": [wire(element) for element in value]}
        case dict():
            return {"M": {name: wire(element) for name, element in value.items()}}
        case _:
            return {"N": str(value)}


texts = st.text(st.characters(), max_size=12) | st.sampled_from(LIKELY_TEXTS)
numbers = (
    st.integers(-(10**37), 10**37).map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.sampled_from(["7", "6.5", "0", "1748779200", "1748779200000", "299999", "1E+125", "-9e-130"])
)
wire_scalars = st.one_of(
    texts.map(lambda text: {"S": text}),
    numbers.map(lambda number: {"N": number}),
    st.binary(max_size=6).map(lambda content: {"B": content}),
    st.booleans().map(lambda value: {"BOOL": value}),
    st.just({"NULL": True}),
    st.lists(texts, min_size=1, max_size=3).map(lambda elements: {"SS": elements}),
    st.lists(numbers, min_size=1, max_size=3).map(lambda elements: {"NS": elements}),
    st.lists(st.binary(max_size=6), min_size=1, max_size=3).map(lambda elements: {"BS": elements}),
)
wire_values = st.recursive(
    wire_scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda elements: {"L": elements})
        | st.dictionaries(texts, inner, max_size=3).map(lambda entries: {"M": entries})
    ),
    max_leaves=6,
)
"""Any attribute value: every one of DynamoDB's ten types, nested too."""


def items_of(table: Table) -> st.SearchStrategy[dict[str, Any]]:
    """Items with the table's keys and any of its attributes and others, each of any type."""
    keys = {table.partition_key: texts.map(wire), table.sort_key: texts.map(wire)}
    names = st.sampled_from([a.name for a in table.attributes] + ["ttl", "question_types"])
    return st.builds(
        lambda rest, own: {**rest, **own}, st.dictionaries(names, wire_values, max_size=8), st.fixed_dictionaries(keys)
    )
