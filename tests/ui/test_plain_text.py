import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandup.ui.plain_text import WORD_JOINER, button_labels, plain
from tests.ui.parsed import HOSTILE

J = WORD_JOINER


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("", ""),
        ("user-456", "user-456"),
        ("Xin chào, đây là bài của tôi.", "Xin chào, đây là bài của tôi."),
        ("مرحبا بكم", "مرحبا بكم"),
        ("*bold* _it_ **b**", r"\*bold\* \_it\_ \*\*b\*\*"),
        ("`code`", r"\`code\`"),
        ("~~gone~~", r"\~\~gone\~\~"),
        ("a\\b", r"a\\b"),
        ("\\*", r"\\\*"),
        ("\\", r"\\"),
        ("[x](y)", r"\[x\](y)"),
        ("![x](http://e.example/x.png)", rf"!\[x\](http:{J}//e.example/x.png)"),
        ("[x]: http://e.example", rf"\[x\]: http:{J}//e.example"),
        ("<img src=x onerror=alert(1)>", r"\<img src=x onerror=alert(1)>"),
        ("</style><script>", r"\</style>\<script>"),
        ("<!-- x -->", rf"\<!-{J}- x -{J}-{J}>"),
        ("&lt;b&gt; &#42;", r"\&lt;b\&gt; \&#42;"),
        ("$x^2$ costs $5", r"\$x^2\$ costs \$5"),
        ("http://evil.example", f"http:{J}//evil.example"),
        ("HTTPS://evil.example", f"HTTPS:{J}//evil.example"),
        ("mailto:a@b.example", f"mailto:{J}a@{J}b.example"),
        ("www.evil.example WwW.evil.example", f"www{J}.evil.example WwW{J}.evil.example"),
        ("a@b.example", f"a@{J}b.example"),
        (":smile: :red[x] :material/home:", rf":{J}smile: :{J}red\[x\] :{J}material/home:"),
        (":+1:", f":{J}+1:"),
        ("Note: this", "Note: this"),
        ("at 09:05 or 10:30:59.", "at 09:05 or 10:30:59."),
        ("1:smile:", f"1:{J}smile:"),
        (":12", f":{J}12"),
        ("-> <- <-> -- >= <= ~=", rf"\-{J}> \<{J}- \<{J}-{J}> -{J}- >{J}= \<{J}= \~{J}="),
        ("# title", r"\# title"),
        ("no. # here", "no. # here"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("* item", r"\* item"),
        ("> quote", r"\> quote"),
        ("| a | b |", r"\| a | b |"),
        ("1. item", r"1\. item"),
        ("2026) item", r"2026\) item"),
        ("  # title", r" \# title"),
        ("---", rf"\--{J}-".replace("--", f"-{J}-")),
        ("line\n# title\r\n\n- item\u2028end", "line # title - item end"),
        ("\n1. item", r" 1\. item"),
        ("    code", " code"),
        ("\ttab", " tab"),
    ],
)
def test_plain(text, escaped):
    assert plain(text) == escaped


@given(st.one_of(st.text(), st.text("\\`*_[]<$&~-+#>|.): \n1a@w=/", max_size=12), st.sampled_from(HOSTILE)))
def test_plain_loses_nothing_and_leaves_nothing_special(text):
    escaped = plain(text)
    without_joiners = escaped.replace(J, "")
    read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", without_joiners)
    assert read == re.sub(r"\s+", " ", text).replace(J, "")
    # what a backslash does not stand before is not special any more
    unescaped = re.sub(r"\\.", "", without_joiners)
    assert not re.search(r"[\\`*_\[\]<$&~]", unescaped)
    assert not re.match(r"\s*(?:[-+#>|]|\d+[.)])", without_joiners)
    assert not re.search(r"@(?!\u2060)|www(?!\u2060)|--|->|>=", escaped, re.IGNORECASE)
    assert not re.search(r"(?<!\d):(?!\u2060)\S|:(?!\u2060)[^\s\d]", escaped)
    assert "\n" not in escaped


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("e-1", "e-1"),
        (":material/delete:", f":{J}material/delete:"),
        ("a:material/x: :material_x", f"a:{J}material/x: :{J}material_x"),
        ("*b* <i> http://x", "*b* <i> http://x"),
        ("", ""),
    ],
)
def test_button_labels(text, label):
    assert button_labels(pd.Series([text, None])).tolist()[0] == label
