import time
import unicodedata

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandup.analysis.quote_matching import Span
from bandup.analysis.transcripts import LINE_LENGTH, MAX_LINE_LENGTH, filler_counts, find_text, line_spans

SENTENCE = "I usually go to the park with my friends because it is quiet there. "


def lines(text: str) -> list[str]:
    return [text[line.start : line.end] for line in line_spans(text)]


def counted(text: str) -> dict[str, int]:
    found = filler_counts(text)
    return dict(zip(found["filler"], found["count"], strict=True))


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("um, I think umm it is uhm good", {"um": 3}),
        ("Um... UMMM", {"um": 2}),
        ("summer in the museum, rum", {}),
        ("uh I uhh think", {"uh": 2}),
        ("uh-huh, uh huh, uh-oh", {}),
        ("er, I err, errr", {"er": 3}),
        ("her teacher was in error", {}),
        ("erm, ermm", {"erm": 2}),
        ("hmm, hm, mmm", {"hmm": 3}),
        ("it is 5 mm or 10mm long", {}),
        ("It's, you know, quiet. You know, I like it", {"you know": 2}),
        ("Do you know the park? If you know it, you know what I want. I think you know that", {}),
        ("don’t you know", {}),
        ("I mean, it is quiet, I  mean\nreally", {"I mean": 2}),
        ("What I mean is this. I mean it. That I mean by quiet", {}),
        ("It is kind of hard and kinda slow, and sort of quiet, sorta", {"kind of": 2, "sort of": 2}),
        ("this kind of park, what kind of music, some sort of sport, the same kind of people", {}),
        ("mankind often", {}),
        ("It was, like, huge … like… so", {"like": 2}),
        ("It was... like... huge", {"like": 1}),
        ("I like it, like my friends, they like, well", {}),
        ("um you know um uh", {"um": 2, "uh": 1, "you know": 1}),
        ("", {}),
        (" \n ", {}),
        ("<script>um</script>", {"um": 1}),
        ("học sinh à ừm", {}),
    ],
)
def test_fillers(text, counts):
    assert counted(text) == counts


def test_fillers_as_a_frame_the_most_frequent_first():
    found = filler_counts("uh er um um " + "word " * 46)
    pd.testing.assert_frame_equal(
        found,
        pd.DataFrame({"filler": ["um", "uh", "er"], "count": [2, 1, 1], "per_100_words": [4.0, 2.0, 2.0]}).astype(
            {"filler": "str"}
        ),
    )


@pytest.mark.parametrize("text", ["", "no filler here"])
def test_no_fillers_is_an_empty_frame_of_the_same_columns(text):
    found = filler_counts(text)
    assert found.empty
    assert found.dtypes.astype(str).to_dict() == {"filler": "str", "count": "int64", "per_100_words": "float64"}


def without_space(text: str) -> str:
    return "".join(text.split())


def test_short_lines_are_unchanged():
    assert lines("One. Two.\n\n  Three? \r\nFour") == ["One. Two.", "Three?", "Four"]
    assert lines("") == lines(" \n ") == []


def test_a_long_line_is_cut_at_the_ends_of_sentences():
    text = (SENTENCE * 30).strip()
    found = lines(text)
    assert {line.count(".") for line in found[:-1]} == {4}
    assert all(line.endswith(".") and LINE_LENGTH <= len(line) <= MAX_LINE_LENGTH for line in found[:-1])
    assert " ".join(found) == text


def test_sentences_end_at_question_marks_and_after_quotation_marks():
    for end in ("?", "!", "…", '."', ".”", ".)", "؟"):
        text = (SENTENCE.replace(". ", f"{end} ") * 9).strip()
        assert all(line.endswith(end) for line in lines(text))
        assert len(lines(text)) > 1


def test_titles_and_small_letters_do_not_end_a_sentence():
    text = "I met Mr. Smith and Dr. Brown at 5 p.m. in the park and we talked about it for a long time " * 9
    assert all(line.split()[-1].rstrip(".") not in {"Mr", "Dr", "p.m"} for line in lines(text))


def test_without_sentences_a_line_is_cut_between_words():
    text = ("um I think it is good " * 60).strip()
    found = lines(text)
    assert " ".join(found) == text
    assert max(map(len, found)) <= MAX_LINE_LENGTH
    assert min(map(len, found[:-1])) > MAX_LINE_LENGTH - 10


def test_a_line_is_cut_before_a_long_sentence():
    text = f"Yes. {'Word ' * 200}end."
    assert lines(text)[0] == "Yes."


def test_a_very_long_word_stays_whole():
    assert lines("x" * 1000) == ["x" * 1000]
    assert lines("x" * 1000 + " y") == ["x" * 1000, "y"]
    assert lines("x" * (MAX_LINE_LENGTH - 5) + " " * 20 + "y" * 200) == ["x" * (MAX_LINE_LENGTH - 5), "y" * 200]
    assert lines(f"y {'x' * 1000}") == ["y", "x" * 1000]


PIECES = st.lists(st.sampled_from([SENTENCE, "word ", "x" * 300, "  \n", "\r\n", ". ", "Mr. ", "…", "\u2028", "é"]))


@settings(deadline=None)
@given(st.one_of(st.text(), PIECES.map("".join)))
def test_only_white_space_is_lost(text):
    assert without_space("".join(lines(text))) == without_space(text)
    assert all(line == line.strip() and len(line.splitlines()) == 1 for line in lines(text))
    spans = line_spans(text)
    assert spans == sorted(spans)
    assert [text[start:end] for start, end in spans] == lines(text)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("The park is quiet", "park", ["park"]),
        ("The PARK is quiet", "pArK", ["PARK"]),
        ("parks and Parking", "park", ["park", "Park"]),
        ("the  park\nis", " the park is ", ["the  park\nis"]),
        ("thepark", "the park", []),
        ("học và Hoc", "hoc", ["học", "Hoc"]),
        (nfd("học và Hoc"), "HOC", [nfd("học"), "Hoc"]),
        ("học và Hoc", "học", ["học"]),
        (nfd("học và Hoc"), "học", [nfd("học")]),
        ("học và Hoc", nfd("HỌC"), ["học"]),
        ("đêm", "de", []),
        ("cà phê, cà phe", "cà phe", ["cà phe"]),
        (nfd("cà phê, cà phe"), "cà phe", [nfd("cà phe")]),
        (nfd("cà phê đá"), "phe", [nfd("phê")]),
        ("Straße", "STRASSE", ["Straße"]),
        ("tech\u00adnology", "technology", ["tech\u00adnology"]),
        ("aaaa", "aa", ["aa", "aa"]),
        ("a.b axb", "a.b", ["a.b"]),
        ("(a+)+$", "(a+)+$", ["(a+)+$"]),
        ("التعليم مهم", "مهم", ["مهم"]),
        ("👩‍👧 here", "👧", ["👧"]),
        ("text", "", []),
        ("text here", " \n", []),
        ("", "text", []),
    ],
)
def test_find_text(text, wanted, found):
    spans = find_text(text, wanted)
    assert [text[start:end] for start, end in spans] == found
    assert spans == sorted(spans)


@settings(deadline=None)
@given(st.text(alphabet="abA é\u0301\n", max_size=30), st.data())
def test_every_piece_of_the_text_is_found(text, data):
    start = data.draw(st.integers(0, len(text)))
    wanted = text[start : data.draw(st.integers(start, len(text)))]
    if wanted.strip() and not any(map(unicodedata.combining, nfd(text))):
        assert find_text(text, wanted)
        assert any(
            " ".join(text[a:b].split()).casefold() == " ".join(wanted.split()).casefold()
            for a, b in find_text(text, wanted)
        )


@settings(deadline=None)
@given(st.text(), st.text())
def test_matches_are_in_the_text_and_do_not_overlap(text, wanted):
    end = 0
    for hit in find_text(text, wanted):
        assert isinstance(hit, Span)
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end


@pytest.mark.parametrize(
    "text",
    [
        *("word. " * 66_000, "a" * 400_000, ", " * 200_000, "." * 400_000, " " * 400_000, ". " * 200_000),
        *(f"a{' ' * 399_000}", "a \u0301" * 130_000, "you know " * 44_000, "kind of , like" * 28_000),
    ],
    ids=range(10),
)
def test_the_longest_transcripts(text):
    started = time.process_time()
    filler_counts(text)
    lines(text)
    find_text(text, "know of")
    assert time.process_time() - started < 5
