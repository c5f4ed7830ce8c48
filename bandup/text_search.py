"""Texts in one Unicode form: for identity (NFC), and folded for search.

A search ignores case, diacritics and the amount of white space, and takes `.`, `-`, `_` and space for one separator:
`hai yen` finds `Đỗ.Hải-Yến`. Source of the forms: Unicode Standard Annex #15.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bandup.memo import memoized

_WITHOUT_DECOMPOSITION = {
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ı": "i",
    "ł": "l",
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "ß": "ss",
    "ς": "σ",
}
"""Lower-case letters that Unicode does not decompose, as they are typed without the letter."""
_INVISIBLE = r"[\p{Mn}\p{Me}\p{Cf}]+"
_LOWER = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ._-\t\n\r\v\f", b"abcdefghijklmnopqrstuvwxyz        ")
"""ASCII letters to lower case and separators to a space: no byte of a longer UTF-8 sequence is among them."""


def normal_form(text: str) -> str:
    """The text in Unicode's composed form (NFC): two texts that look alike because of their form only become equal."""
    return unicodedata.normalize("NFC", text)


def search_key(text: str) -> str:
    """A text as it is searched, e.g. `do hai yen` for `Đỗ.Hải-Yến`; a lone surrogate becomes `?`."""
    encodable = text.encode("utf-8", "replace").decode()
    return str(_keys(pa.array([encodable], pa.large_string()))[0].as_py())


@memoized
def search_keys(frame: pd.DataFrame, column: str) -> pd.Series:
    """The texts of a column as they are searched (large Arrow strings, index of the frame; missing stays missing)."""
    return pd.Series(pd.arrays.ArrowExtensionArray(_keys(_arrow(frame[column]))), index=frame.index)


def contains(frame: pd.DataFrame, columns: Sequence[str], text: str) -> pd.Series:
    """Which rows contain the text in any of the columns (bool, index of the frame): every row for a blank text."""
    wanted = search_key(text.strip())
    matches = pd.Series(data=not wanted, index=frame.index)
    for column in columns if wanted else ():
        matches |= search_keys(frame, column).str.contains(wanted, regex=False).fillna(False).astype(bool)
    return matches


def matching(texts: Sequence[str], text: str) -> list[str]:
    """The texts that contain `text`, in their order; all for a blank text."""
    wanted = search_key(text.strip())
    keys = _keys(pa.array(texts, pa.large_string())).to_pylist()
    return [candidate for candidate, key in zip(texts, keys, strict=True) if wanted in key]


@memoized
def look_alikes(frame: pd.DataFrame, column: str) -> pd.Series:
    """The texts of a column that equal another, distinct one in composed form, each with that form: `id` to NFC (str)."""
    texts = pc.unique(_arrow(frame[column]))
    texts = texts.filter(pc.invert(pc.fill_null(pc.string_is_ascii(texts), True)))
    forms = pd.Series(_nfc(texts).to_pylist(), index=texts.to_pylist(), dtype="str")
    return forms[forms.duplicated(keep=False)]


def in_other_forms(frame: pd.DataFrame, column: str, text: str) -> list[str]:
    """The distinct texts of a column that equal `text` in composed form, but not `text` itself."""
    texts = _arrow(frame[column])
    equal = pc.filter(texts, pc.equal(_nfc(texts), normal_form(text.encode("utf-8", "replace").decode())))
    return [other for other in pc.unique(equal).to_pylist() if other != text]


@memoized
def stored_texts(frame: pd.DataFrame, column: str, texts: frozenset[str]) -> frozenset[str]:
    """The texts of a column that `texts` mean: the equal ones, and for one that is not stored, its only other Unicode form.

    A text that is not stored and has two other forms in the column means neither of them.
    """
    stored = pc.unique(_arrow(frame[column]))
    ids = stored.to_pylist()
    equal = texts.intersection(ids)
    missing = {normal_form(text) for text in texts - equal}
    forms = _nfc(stored).to_pylist() if missing else []
    counts = Counter(forms)
    return equal | {id_ for id_, form in zip(ids, forms, strict=False) if form in missing and counts[form] == 1}


def form_note(text: str) -> str:
    """In which Unicode form a text is stored: what tells it from another one that looks the same."""
    return f"stored in {'composed' if text == normal_form(text) else 'decomposed'} Unicode"


def _arrow(column: pd.Series) -> pa.Array:
    array = pa.array(column, from_pandas=True)
    chunks = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return chunks.cast(pa.large_string())


def _nfc(texts: pa.Array) -> pa.Array:
    return pc.utf8_normalize(texts, form="NFC")


def _keys(texts: pa.Array) -> pa.Array:
    """The texts (large strings) as they are searched. ASCII takes no step per text, any other text one per distinct text."""
    is_ascii = pc.fill_null(pc.string_is_ascii(texts), True)
    if not pc.all(is_ascii).as_py():
        others = pc.dictionary_encode(pc.filter(texts, pc.invert(is_ascii)))
        plain = pc.take(_plain_letters(others.dictionary), others.indices)
        texts = pc.replace_with_mask(texts, pc.invert(is_ascii), plain)
    _, offsets, content = texts.buffers()
    folded = content.to_pybytes().translate(_LOWER) if content else b""
    keys = pa.Array.from_buffers(
        texts.type, len(texts), [texts.buffers()[0], offsets, pa.py_buffer(folded)], offset=texts.offset
    )
    return pc.replace_substring_regex(keys, "  +", " ") if b"  " in folded else keys


def _plain_letters(texts: pa.Array) -> pa.Array:
    """The texts decomposed, in lower case, without marks, and with spaces of one kind."""
    keys = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKD"))
    # lower case may bring marks of its own (`İ`), and only lower-case letters are in the table
    keys = pc.replace_substring_regex(pc.utf8_normalize(keys, form="NFKD"), _INVISIBLE, "")
    for letter, plain in _WITHOUT_DECOMPOSITION.items():
        keys = pc.replace_substring(keys, letter, plain)
    return keys
