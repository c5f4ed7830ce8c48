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
from data import ids

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
MAX_NAMED_CHARACTERS = 3
_INVISIBLE = r"[\p{Mn}\p{Me}\p{Cf}]+"
_LOWER = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ._-\t\n\r\v\f", b"abcdefghijklmnopqrstuvwxyz        ")
"""ASCII letters to lower case and separators to a space: no byte of a longer UTF-8 sequence is among them."""


def normal_form(text: str) -> str:
    """The text in Unicode's composed form (NFC): two texts that look alike because of their form only become equal."""
    return unicodedata.normalize("NFC", text)


def search_key(text: str) -> str:
    """A text as it is searched, e.g. `do hai yen` for `Đỗ.Hải-Yến`; a lone surrogate becomes `?`."""
    return str(_keys(_single(text))[0].as_py())


@memoized
def search_keys(frame: pd.DataFrame, column: str) -> pd.Series:
    """The texts of a column as they are searched (large Arrow strings, index of the frame; missing stays missing)."""
    return pd.Series(pd.arrays.ArrowExtensionArray(_keys(_arrow(frame[column]))), index=frame.index)


def contains(frame: pd.DataFrame, columns: Sequence[str], text: str) -> pd.Series:
    """Which rows contain the text in any of the columns (bool, index of the frame): every row for a blank text."""
    wanted = search_key(without_invisible(text))
    matches = pd.Series(data=not wanted, index=frame.index)
    for column in columns if wanted else ():
        matches |= search_keys(frame, column).str.contains(wanted, regex=False).fillna(False).astype(bool)
    return matches


def matching(texts: Sequence[str], text: str) -> list[str]:
    """The texts that contain `text`, in their order; all for a blank text."""
    wanted = search_key(without_invisible(text))
    keys = _keys(pa.array(texts, pa.large_string())).to_pylist()
    return [candidate for candidate, key in zip(texts, keys, strict=True) if wanted in key]


def without_invisible(text: str) -> str:
    """The text without invisible characters and white space around it (`data.ids`): what was meant by one that was pasted."""
    return str(ids.without_invisible(_single(text))[0].as_py())


@memoized
def look_alikes(frame: pd.DataFrame, column: str) -> pd.Series:
    """The texts of a column that look like another, distinct one, each with their visible form (`data.ids`): `id` to form (str)."""
    texts = pc.drop_null(pc.unique(_arrow(frame[column])))
    plain = ids.is_plain(texts)
    odd = texts.filter(pc.invert(plain))
    odd_forms = ids.visible_forms(odd)
    # a plain text is its own form, and equals only the form of an odd one
    same = texts.filter(pc.and_(plain, pc.is_in(texts, value_set=odd_forms)))
    forms = pd.Series(
        [*odd_forms.to_pylist(), *same.to_pylist()], index=[*odd.to_pylist(), *same.to_pylist()], dtype="str"
    )
    return forms[forms.duplicated(keep=False)]


def look_alike_notes(frame: pd.DataFrame, column: str) -> dict[str, str]:
    """What tells a text of a column from another that looks the same, by text; only those that have such another."""
    texts = look_alikes(frame, column).index
    return {text: f"looks like another id; {form_note(text)}" for text in texts}


def with_look_alike_notes(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The frame with `id_note` (str): the notes of `look_alike_notes` on the ids in these columns, missing without one."""
    note = pd.Series(index=frame.index, dtype="str")
    for column in columns:
        if notes := look_alike_notes(frame, column):
            note = note.fillna(frame[column].map(notes).astype("str"))
    return frame.assign(id_note=note)


def in_other_forms(frame: pd.DataFrame, column: str, text: str) -> list[str]:
    """The distinct texts of a column that look like `text` (equal in visible form, `data.ids`), but not `text` itself."""
    texts = _arrow(frame[column])
    equal = pc.filter(texts, pc.equal(ids.visible_forms(texts), ids.visible_forms(_single(text))[0]))
    return [other for other in pc.unique(equal).to_pylist() if other != text]


@memoized
def stored_texts(frame: pd.DataFrame, column: str, texts: frozenset[str]) -> frozenset[str]:
    """The texts of a column that `texts` mean: the equal ones, and for one that is not stored, its only other Unicode form.

    A text that is not stored and has two other forms in the column means neither of them.
    """
    stored = pc.unique(_arrow(frame[column]))
    known = stored.to_pylist()
    equal = texts.intersection(known)
    missing = {normal_form(text) for text in texts - equal}
    forms = pc.utf8_normalize(stored, "NFC").to_pylist() if missing else []
    counts = Counter(forms)
    return equal | {text for text, form in zip(known, forms, strict=False) if form in missing and counts[form] == 1}


def form_note(text: str) -> str:
    """How a text is stored: what tells it from another one that looks the same."""
    characters = _arrow(pd.Series([*dict.fromkeys(text)], dtype="object"))
    invisible = pc.filter(characters, pc.match_substring_regex(characters, ids.INVISIBLE)).to_pylist()
    if invisible:
        codes = ", ".join(f"U+{ord(character):04X}" for character in invisible[:MAX_NAMED_CHARACTERS])
        return f"stored with invisible characters ({codes})"
    if text != text.strip():
        return "stored with white space around it"
    if text.isascii():
        return "stored without invisible characters"
    return f"stored in {'composed' if text == normal_form(text) else 'decomposed'} Unicode"


def _single(text: str) -> pa.Array:
    return pa.array([text.encode("utf-8", "replace").decode()], pa.large_string())


def _arrow(column: pd.Series) -> pa.Array:
    array = pa.array(column, from_pandas=True)
    chunks = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return chunks.cast(pa.large_string())


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
