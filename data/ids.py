"""What of an id can't be seen: invisible characters, direction controls, letters of another script that look alike.

Sources: Unicode's general category Cf and property Default_Ignorable_Code_Point (UAX #44); "whole-script confusables" of
Unicode Technical Standard #39 for Latin, Greek and Cyrillic, the scripts whose letters look alike.
"""

import pyarrow as pa
import pyarrow.compute as pc

_INVISIBLE_RANGES = (
    r"\p{Cc}\p{Cf}\x{34F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{2028}\x{2029}\x{2800}\x{3164}"
    r"\x{FE00}-\x{FE0F}\x{FFA0}\x{E0100}-\x{E01EF}"
)
INVISIBLE = f"[{_INVISIBLE_RANGES}]+"
"""A regular expression of RE2 for characters without a shape: controls, format characters, fillers, variation selectors."""

_EDGES = r"^[\p{Z}\s]+|[\p{Z}\s]+$"
_LATIN, _OTHERS = r"\p{Latin}", r"[\p{Cyrillic}\p{Greek}]"


def without_invisible(texts: pa.Array) -> pa.Array:
    """The texts (strings) without invisible characters and white space around them."""
    return pc.replace_substring_regex(pc.replace_substring_regex(texts, INVISIBLE, ""), _EDGES, "")


def visible_forms(texts: pa.Array) -> pa.Array:
    """The texts (strings) without invisible characters and white space around them, in Unicode's composed form (NFC).

    Two ids with one visible form look alike.
    """
    odd = pc.invert(pc.fill_null(is_plain(texts), True))
    return pc.replace_with_mask(texts, odd, pc.utf8_normalize(without_invisible(pc.filter(texts, odd)), form="NFC"))


def is_plain(texts: pa.Array) -> pa.Array:
    """Where a text is printable ASCII, which is its own visible form (bool; missing stays missing)."""
    has_space_around = pc.or_(pc.starts_with(texts, " "), pc.ends_with(texts, " "))
    return pc.and_(pc.ascii_is_printable(texts), pc.invert(has_space_around))


def is_misleading(texts: pa.Array) -> pa.Array:
    """Where a text holds invisible characters, or Latin letters together with Cyrillic or Greek ones (bool, never missing)."""
    texts = pc.fill_null(texts, "")
    suspects = pc.invert(is_plain(texts))
    distinct = pc.dictionary_encode(pc.filter(texts, suspects))
    names = distinct.dictionary
    mixed = pc.and_(pc.match_substring_regex(names, _LATIN), pc.match_substring_regex(names, _OTHERS))
    found = pc.or_(pc.match_substring_regex(names, INVISIBLE), mixed)
    return pc.replace_with_mask(pa.array([False] * len(texts), pa.bool_()), suspects, pc.take(found, distinct.indices))
