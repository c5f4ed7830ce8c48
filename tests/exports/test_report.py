"""A student's report as text: for students with no, few, many and unusual items, and with hostile texts."""

import hashlib
import json
import re
from base64 import b64encode
from datetime import timedelta, timezone
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import plotly.io
import pytest
from babel import Locale

from bandup.analysis import progress
from bandup.analysis.attempts import newest_attempt_ids
from bandup.analysis.bands import Skill
from bandup.analysis.class_estimates import published_estimates
from bandup.analysis.flashcard_sets import all_sets
from bandup.exports.attempt_lists import MAX_LISTED_ATTEMPTS
from bandup.exports.report import NOT_A_RESULT, Contents, student_report
from data.records import CriterionFeedback, Feedback, Remarks
from tests.charts import samples
from tests.items import NOW, before, evaluations, flashcard_set, flashcard_sets, job, speaking, writing
from tests.ui.parsed import HOSTILE, Parsed, balanced, parsed

MAX_BYTES = 6_000_000
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "name", "content", "class"),
    *("role", "aria-label", "tabindex", "data-figure"),
}
"""The only attributes in a report: none of them loads or runs anything."""
FEEDBACK = Feedback(
    general=Remarks(
        text="A clear account.",
        strengths=("Clear progression",),
        weaknesses=("Articles are dropped", "Tenses shift", "Linkers are overused", "Spelling slips"),
    ),
    recommendations=("Copy five sentences a day",),
    criteria=(CriterionFeedback("lexical_band", "6.0", Remarks(weaknesses=("Collocations are unnatural",))),),
)


PUBLISHED = {skill: published_estimates(skill) for skill in Skill}


def contents(*items, sets=(), target=6.5, feedback=FEEDBACK, user_id="u1", **more) -> Contents:
    own, cards = evaluations(*items), flashcard_sets(*sets)
    feedbacks = [(key, feedback) for key in newest_attempt_ids(own)]
    return Contents(user_id, own, all_sets(own, cards), feedbacks, target, PUBLISHED, **more)


def essays(number: int, **attributes) -> list:
    """Essays a week apart, each better than the last, the newest of yesterday."""
    return [
        writing(
            *(f"{(8 + place // 4) / 2:.1f}",) * 5,
            evaluation_id=f"w{place:02}",
            created_at=before(days=1 + 7 * (number - place)),
            task_type="TASK_2",
            **attributes,
        )
        for place in range(number)
    ]


MANY = (
    *essays(26),
    *(
        speaking(
            *("6.0", "6.0", "5.5", "6.5", "6.0"),
            evaluation_id=f"s{place}",
            part="PART_1",
            created_at=...,
            audio_url=f"s3://b/u1/202602{place + 10}_101500_part1.webm",
        )
        for place in range(8)
    ),
    speaking(evaluation_id="undated", created_at=...),
    writing(*("6.0",) * 5, evaluation_id="default", confidence_score="0.6"),
    writing(*("8.0", "6.0", "6.0", "6.0", "6.0"), evaluation_id="off"),
    writing(*("error",) * 5, evaluation_id="hollow"),
    job("failed", evaluation_id="broken", error_message="Throttled"),
    job("processing", evaluation_id="lost"),
    job("completed", evaluation_id="odd", evaluation_type="reading"),
)
SETS = (
    flashcard_set(set_id="a", total_cards=12, document_id="pdfs/vocab-guide.pdf"),
    flashcard_set(set_id="b", created_at=before(days=9), num_cards=3),
    flashcard_set(set_id="c", status="failed", created_at=..., started_at=before(days=4)),
)


def report(of: Contents, now=NOW) -> str:
    text = student_report(of, now)
    without_code = re.sub(r"(<script>).*?(</script>)", r"\1\2", text, flags=re.DOTALL)  # plotly.js has 5 MB
    assert balanced([tag for tag in parsed(without_code).structure if not re.match(r"<?/?(!|meta|declaration)", tag)])
    return text


def read(text: str) -> Parsed:
    """The report as a reader sees it: without its stylesheet and scripts."""
    return parsed(re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL))


def figures(text: str) -> list:
    return [plotly.io.from_json(unescape(figure)) for figure in re.findall(r'data-figure="([^"]*)"', text)]


def attributes(text: str) -> set[str]:
    """The names of all attributes in the file."""
    names: set[str] = set()
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: names.update(name for name, _ in attrs)
    reader.feed(text)
    return names


def headings(text: str) -> list[tuple[str, str]]:
    return [(tag, unescape(re.sub("<[^>]*>", "", heading))) for tag, heading in re.findall(r"<(h\d)>(.*?)</\1>", text)]


class TestStudents:
    def test_with_nothing(self):
        text = report(contents())
        lines = read(text).lines
        assert NOT_A_RESULT in lines
        assert "No essays or recordings yet." in lines
        assert "No flashcard sets yet." in lines
        assert [said for _, said in headings(text)] == ["Practice report: u1", "Progress", "Flashcards"]
        assert "<script" not in text
        assert "script-src &#39;none&#39;" in text

    def test_with_sets_alone(self):
        words = " ".join(read(report(contents(sets=SETS[:1]))).lines)
        assert "1 flashcard set, 12 cards as stored; the latest from vocab-guide.pdf , 13 Mar 2026, 09:05 UTC." in words

    def test_with_failures_alone(self):
        text = report(contents(job("failed"), job("processing", evaluation_id="e2")))
        lines = read(text).lines
        assert "Writing: no graded essay yet. Speaking: no graded recording yet." in lines
        assert "2, of which 0 graded" in lines
        assert "✕ failed: The function caught an error and marked the job as failed." in lines
        assert len(figures(text)) == 1  # of the practice
        assert "What to work on" not in lines

    def test_with_one_attempt(self):
        text = report(contents(writing("6.0", "6.0", "5.5", "6.0", "6.5", task_type="TASK_1")))
        lines = read(text).lines
        assert "Writing: 1 graded attempt on 1 day: a trend needs 3 days." in lines
        assert "The latest graded attempt, with no earlier attempts to compare." in lines
        assert "Writing, the only attempt" in lines
        assert (
            "Writing: no criterion stands out as the weakest. Under the target of 6.5 in the latest attempts: Coherence and "
            "Cohesion (5.5), Task Achievement / Response (6.0), Lexical Resource (6.0)." in lines
        )
        assert "No theme is in the feedback of two attempts yet, from the latest graded attempt." in lines
        assert figures(text) == []
        assert "How sure" not in text
        assert "nan" not in text

    def test_with_attempts_of_unknown_time(self):
        text = report(contents(*(speaking(evaluation_id=f"s{place}", created_at=...) for place in range(3))))
        lines = read(text).lines
        assert "Speaking: no graded attempt with a known time yet." in lines
        assert "3 graded attempts at an unknown time: not in the charts." in lines
        assert "No attempt with a known time, so there is nothing to compare." in lines
        assert "Speaking: no criterion stands out as the weakest." in " ".join(lines)
        assert "no attempt with a known time" in lines
        assert figures(text) == []

    def test_with_few(self):
        text = report(contents(*essays(2)))
        lines = read(text).lines
        assert "Writing: 2 graded attempts on 2 days: a trend needs 3 days." in lines
        assert "Speaking: no graded recording yet." in " ".join(lines)
        assert "Means of the latest 2 graded attempts, with no earlier attempts to compare." in lines
        assert len(figures(text)) == 3
        assert not any(said.startswith("Speaking") for _, said in headings(text))

    def test_with_many(self):
        report_contents = contents(*MANY, sets=SETS)
        text = report(report_contents)
        lines = read(text).lines
        tries = report_contents.graded[Skill.WRITING]
        fitted = progress.fit_trend(tries, PUBLISHED[Skill.WRITING])
        trend = progress.describe_trend(fitted, Skill.WRITING, tries)
        assert "likely up" in trend
        assert trend in lines
        assert "1 graded attempt at an unknown time: not in the charts." in lines
        assert "1 with the grader’s default answer (all bands 6.0): left out of every average." in lines
        assert f"Writing, the latest {MAX_LISTED_ATTEMPTS} of 31" in lines
        assert "Speaking, all 9" in lines
        assert "31, of which 27 graded" in lines
        assert "12 Sep 2025 to 14 Mar 2026" in lines
        assert "† Time from the recording’s file name." in lines
        assert "≈ suspect" in lines
        assert "○ empty" in lines
        assert "overall does not match the criteria’s mean" in lines
        assert "1 evaluation of unknown type: not listed here." in lines
        assert (
            "3 flashcard sets, 15 cards as stored in the 2 that give a number, 1 failed; the latest from"
            in " ".join(lines)
        )
        assert "and 2 more" in lines
        assert len(figures(text)) == 4
        assert len(text.encode()) < MAX_BYTES

    def test_with_ten_thousand(self):
        frame = samples.many()
        report_contents = Contents("student-1", frame, all_sets(frame, flashcard_sets()), [], 6.5, PUBLISHED)
        assert len(report(report_contents).encode()) < MAX_BYTES


def test_headings_are_in_order():
    levels = [int(tag[1]) for tag, _ in headings(report(contents(*MANY, sets=SETS)))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - level <= 1 for level, after in pairwise(levels))


def test_each_skill_is_compared_on_its_own():
    lines = read(report(contents(*MANY))).lines
    first, second = (lines.index(f"{skill}: the criteria") for skill in ("Writing", "Speaking"))
    assert "Fluency and Coherence" not in lines[first:second]
    assert lines[second + 2 : second + 7] == ["Criterion", "Latest", "Before", "Change", "How sure"]
    assert lines[second + 7 : second + 12] == ["Overall band", "6.0", "6.0", "level", "Fluency and Coherence"]


def test_a_certain_change_is_told_as_one():
    rising = [
        writing(*("5.0" if place < 5 else "7.0",) * 5, evaluation_id=f"w{place}", created_at=before(days=20 - place))
        for place in range(10)
    ]
    lines = read(report(contents(*rising))).lines
    place = lines.index("Lexical Resource")
    assert lines[place : place + 5] == ["Lexical Resource", "7.0", "5.0", "+2.0", "likely"]


def test_a_mean_of_fewer_bands_says_so():
    items = [*essays(4), writing("6.0", "6.0", "6.0", "error", "6.0", evaluation_id="x")]
    assert " in 4 of 5" in read(report(contents(*items))).text


@pytest.mark.parametrize("counts_suspect", [False, True])
def test_default_answers_count_where_that_was_asked_for(counts_suspect: bool):
    default = writing(*("6.0",) * 5, evaluation_id="default", confidence_score="0.6")
    lines = read(report(contents(*essays(3), default, counts_suspect=counts_suspect))).lines
    counted_as_grades = "The grader’s default answer (all bands 6.0) counts as a grade here, 1 time."
    assert (counted_as_grades in lines) is counts_suspect
    assert ("4, of which 4 graded" in lines) is counts_suspect
    assert "≈ suspect" in lines


def test_why_attempts_may_be_missing_is_said():
    lines = read(report(contents(*essays(1), caveats=["Some items of t may be missing here: the index …"]))).lines
    assert "Some items of t may be missing here: the index …" in lines


def test_times_are_in_the_zone_of_the_clock():
    lines = read(report(contents(*essays(2)), NOW.astimezone(timezone(timedelta(hours=7))))).lines
    assert "14 Mar 2026, 16:05 UTC+07:00" in lines
    assert "Times, weeks and figures are in the time zone UTC+07:00." in lines


def test_times_are_in_the_locale_of_the_viewer():
    assert "14.03.2026, 09:05 UTC" in read(student_report(contents(*essays(2)), NOW, Locale("de"))).lines


class TestFeedback:
    def test_the_latest_two_of_each_skill(self):
        text = report(contents(*MANY))
        titles = [heading for tag, heading in headings(text) if tag == "h3" and ": band" in heading]
        assert [title.split(",")[0] for title in titles] == ["Writing", "Writing", "Speaking", "Speaking"]

    def test_in_short(self):
        lines = read(report(contents(*essays(1)))).lines
        start = lines.index("Weaknesses")
        assert lines[start + 1 : start + 5] == [
            *("Articles are dropped", "Tenses shift", "Linkers are overused"),
            "and 2 more",
        ]
        assert "A clear account." in lines

    def test_without_lists_what_is_said_of_the_criteria(self):
        feedback = Feedback(criteria=(CriterionFeedback("fluency_band", "7", Remarks(text="Speaks at length.")),))
        assert "Fluency: Speaks at length." in read(report(contents(speaking(), feedback=feedback))).lines

    def test_in_no_form_and_none(self):
        lines = read(report(contents(*essays(1), feedback=Feedback(unparsed="Well done\nindeed " * 200)))).lines
        start = lines.index("This feedback is not in the expected format. It begins:")
        assert lines[start + 1].startswith("Well done indeed")
        assert len(lines[start + 1]) <= 500
        assert lines[start + 1].endswith("…")
        assert "No readable feedback." in read(report(contents(*essays(1), feedback=Feedback()))).lines

    def test_of_an_attempt_that_is_not_there(self):
        report_contents = contents(*essays(1))
        without_row = Contents(
            "u1", report_contents.evaluations, report_contents.sets, [("gone", FEEDBACK)], 6.5, PUBLISHED
        )
        assert "The latest feedback" not in read(report(without_row)).lines


class TestTheFile:
    def test_only_its_own_scripts_and_only_once(self):
        text = report(contents(*MANY))
        scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
        assert len(scripts) == text.count("<script") == 2
        assert text.count("* plotly.js v") == 1
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        rules = dict(rule.strip().split(" ", 1) for rule in unescape(policy).split(";"))
        hashes = [f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts]
        assert rules == {
            "default-src": "'none'",
            "base-uri": "'none'",
            "form-action": "'none'",
            "style-src": "'unsafe-inline'",
            "script-src": " ".join(hashes),
        }
        assert text.index("Content-Security-Policy") < text.index("<style") < text.index("<script")

    def test_nothing_in_it_is_loaded(self):
        text = report(contents(*MANY, sets=SETS))
        assert attributes(text) <= ATTRIBUTES
        (style,) = re.findall(r"<style>(.*?)</style>", text, flags=re.DOTALL)
        assert not re.search(r"url\(|@import|http", style)

    def test_it_says_what_it_is(self):
        text = report(contents(*MANY))
        assert text.startswith("<!DOCTYPE html>")
        assert '<html lang="en-GB">' in text
        assert "<title>Practice report of u1, 14 March 2026</title>" in text
        assert text.isascii() or '<meta charset="utf-8">' in text[:200]

    def test_every_figure_has_its_words(self):
        text = report(contents(*MANY))
        for label, words in re.findall(r'aria-label="([^"]*)" data-figure="[^"]*"><p>(.*?)</p>', text):
            assert label == words
            assert "attempt" in words

    def test_what_paper_can_not_show_is_left_out(self):
        for figure in figures(report(contents(*MANY))):
            assert figure.layout.width == 680
            for trace in figure.data:
                assert trace.customdata is None
                assert trace.hovertext is None

    def test_the_same_student_gets_the_same_report(self):
        report_contents = contents(*MANY, sets=SETS)
        copy = report_contents.evaluations.copy(deep=True)
        assert report(report_contents) == report(report_contents)
        pd.testing.assert_frame_equal(report_contents.evaluations, copy)


PAYLOADS = (*HOSTILE, "</script><script>alert(1)</script>", "</title></style><svg onload=alert(1)>", "</bdi></h1>")


def stuffed(text: str) -> Contents:
    """A student whose every text is this one."""
    remarks = Remarks(text, (text,) * 5, (text,), (text,), ((text, (text,)),))
    feedback = Feedback(remarks, (text,), (), (CriterionFeedback("lexical_band", text, remarks),), text)
    names = {"user_id": text, "error_message": text, "document_id": text}
    items = [
        *(
            writing(
                evaluation_id=f"{place}{text}",
                task_type=text,
                model_used=f"{place // 6}{text}",
                created_at=before(days=20 - place),
                **names,
            )
            for place in range(12)
        ),
        *(
            speaking(evaluation_id=f"s{place}{text}", part=text, created_at=before(days=5 - place), **names)
            for place in range(3)
        ),
        job("failed", evaluation_id=text, **names),
        job(text, evaluation_id=f"j{text}", **names),
    ]
    sets = [flashcard_set(set_id=text, user_id=text, document_id=text, total_cards=3)]
    return contents(*items, sets=sets, user_id=text[:60], feedback=feedback, caveats=[text])


@pytest.mark.parametrize("text", PAYLOADS)
def test_texts_are_no_more_than_texts(text: str):
    hostile, plain = student_report(stuffed(text), NOW), student_report(stuffed("quite plain"), NOW)
    tags = [tag.split(" ")[0] for tag in parsed(hostile).structure]
    assert tags == [tag.split(" ")[0] for tag in parsed(plain).structure]
    assert attributes(hostile) <= ATTRIBUTES
    assert hostile.count("<script") == 2
    for figure in figures(hostile):
        samples.assert_tables_text_is_inert(figure)
    for figure in re.findall(r'data-figure="([^"]*)"', hostile):
        assert json.loads(unescape(figure))["layout"]
    shown = read(hostile)
    assert " ".join(text.split())[:20] in " ".join(shown.text.split())


def test_a_long_id_is_cut_in_the_title_and_whole_below():
    user_id = "nguyễn-" * 150
    text = report(contents(*(essays(1, user_id=user_id)), user_id=user_id))
    assert headings(text)[0][1].startswith("Practice report: nguyễn-nguyễn")
    assert len(headings(text)[0][1]) < 80
    assert user_id in read(text).lines
