"""Secrets in texts that people read: the values of keys, tokens, signatures and passwords become `***`.

Error texts quote requests: addresses with `?key=…`, signed S3 links, headers. Texts are masked where they become a
column (`data.columns`) or an error's sentence (`data.errors`), so that everything made of them is masked too. Only the
raw item of an opened record shows what was stored.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

MASK = "***"

_NAMES = (
    r"(?:(?:(?<![a-z0-9])|(?<=%3F)|(?<=%26))(?:keys?|token|secret|passwd|passphrase|pass|pwd|sig|signature|credentials?"
    r"|authorization|awsaccesskeyid|secretaccesskey)"
    r"|(?:api|access|secret|private)[ _-]?key(?:id)?|(?:access|refresh|id|session|auth)token|clientsecret|password)"
)
"""Names of secrets, alone or after a prefix that ends in `_` or `-`, and in camel case."""

_EQUALS = r"(?:=|%3D)"
_QUOTED = r"""(?:\\?[bru]?"[^"\n]*"?|\\?[bru]?'[^'\n]*'?)"""
_VALUE = rf"""(?:{_QUOTED}|(?:(?!%26)[^\s&"'<>\\])+(?<![),.;:\]}}]))"""
_LONG_VALUE = r"(?=[\w.~+/=-]*\d)[\w.~+/=-]{12,}"

_SECRET = re.compile(
    rf"""
    (?=[-:abceigkprstxy]) (?:  # what the alternatives begin with: this halves the time
    (?P<pem> -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY----- .*? (?: -----END\ [A-Z\ ]*PRIVATE\ KEY----- | \Z ) )
  | (?P<user> ://) [^\s/?\#"'<>@]*@ (?:[^\s/?\#"'<>@]*@)*
  | (?P<header> \b(?:(?:proxy-)?authorization\\?["']?\s*[:=]|(?:set-)?cookie\\?["']?\s*:)\s*\\?["']?) [^\r\n"'\\]+
  | (?P<named> {_NAMES} (?: \s?{_EQUALS}\s? | \\?["']\s*:\s*(?=\\?[bru]?["']) )) {_VALUE}
  | (?P<password> (?<![a-z0-9])(?:password|passwd|passphrase|secret|pwd)\s?:\s?) (?!//){_VALUE}
  | (?P<labelled> (?<![a-z0-9])(?:(?:api|access|private|secret)[ _-]?key|token|signature|credential)\s?:\s?) {_LONG_VALUE}
  | (?P<scheme> \b(?:bearer|basic)\s+) (?!(?:auth\w*|tokens?|scheme|realm|is|was|not|and|or|in|has)\b) [\w.~+/-]{{6,}}=*
  | (?P<known> (?<![A-Za-z0-9]) (?: (?-i:A[KS]IA[A-Z0-9]{{8,}} | AIza[\w-]{{10,}} | ya29\.[\w.-]+ | gh[pousr]_\w{{16,}}
        | xox[abp]-[\w-]{{8,}}) | sk-[\w-]{{16,}} | eyJ[\w-]{{8,}}(?:\.[\w-]+){{1,4}} ) )
    )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)

_HINT = (
    r"(?i)key|token|secret|pass|pwd|sig|credential|authorization|cookie|bearer|basic|://[^/\s]*@|a[ks]ia|aiza|ya29|gh[pousr]_"
    r"|xox[abp]-|sk-|eyj"
)
"""Matches every text in which `_SECRET` finds something, in linear time and without Python."""


def mask(text: str) -> str:
    """The text with the values of its secrets as `***`; their names stay."""
    return _SECRET.sub(_masked, text)


def mask_array(texts: pa.StringArray) -> pa.StringArray:
    """The texts masked; each distinct text that may hold a secret is read once."""
    suspect = pc.fill_null(pc.match_substring_regex(texts, _HINT), False)
    if not pc.any(suspect).as_py():
        return texts
    encoded = texts.filter(suspect).dictionary_encode()
    masked = pa.array([mask(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(texts, suspect, masked.take(encoded.indices))


def _masked(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    before = "" if kind in {"pem", "known"} else match[kind]
    return f"{before}{MASK}{'@' if kind == 'user' else ''}"
