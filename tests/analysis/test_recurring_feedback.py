import time
from datetime import UTC, datetime

import pandas as pd
import pytest

from bandup.analysis.recurring_feedback import MAX_SENTENCE_CHARACTERS, describe_sources, recurring_themes, themes_of
from bandup.analysis.themes import BROAD_THEMES, GENERAL, THEMES
from bandup.demo.content import toml_content
from bandup.demo.items import generate
from data.parsers import feedback_of
from data.records import CriterionFeedback, Feedback, QuotedExample, Remarks

TASK, COHERENCE, LEXIS, GRAMMAR = "task_achievement_band", "coherence_band", "lexical_band", "grammar_band"
FLUENCY, PRONUNCIATION = "fluency_band", "pronunciation_band"

ARTICLES, AGREEMENT, TENSES = "Articles (a, an, the)", "Subject–verb agreement", "Tenses and verb forms"
PLURALS, PREPOSITIONS = "Singular, plural and countable nouns", "Prepositions"
BOUNDARIES, ORDER_OF_WORDS = "Sentence boundaries and punctuation", "Word order and sentence construction"
COMPARATIVES, COMPLEX = "Comparative forms", "Complex sentences and variety of structures"
STRESS, SOUNDS = "Stress, rhythm and intonation", "Sounds and word endings"
SELF_CORRECTION, SHORT_ANSWERS = "Self-correction and false starts", "Short answers"
PACE, HESITATION = "Pace of speech", "Hesitation and fillers"
SPELLING, WORD_FORMS, COLLOCATION = "Spelling", "Word forms", "Collocation and idiom"
REGISTER, REPETITION, WORD_CHOICE = "Register", "Repetition and paraphrase", "Word choice and precision"
RANGE, MEMORISED = "Range of vocabulary", "Memorised language"
OVERVIEW, DATA, FEATURES = "Overview", "Data and figures", "Key features and comparison"
POSITION, ENDS, WHOLE = "Clear position", "Introduction and conclusion", "Answering the whole question"
WORDS, LINKING, REFERENCE = "Number of words", "Linking words and cohesion", "Reference (it, this, they)"
SUPPORT, PARAGRAPHS = "Support, examples and development", "Paragraphs and topic sentences"
PROGRESSION = "Order and progression of ideas"
GRAMMAR_AT_LARGE, CLARITY = "Grammatical accuracy in general", "Clarity of pronunciation"
VOCABULARY_AT_LARGE = "Vocabulary in general"

COLUMNS = {
    "theme": "str",
    "criteria": "object",
    "attempts": "int64",
    "as_weakness": "int64",
    "of": "int64",
    "samples": "object",
    "last": "int64",
}

DEMO_KINDS = {
    "article": ARTICLES,
    "agreement": AGREEMENT,
    "tense": TENSES,
    "plural": PLURALS,
    "preposition": PREPOSITIONS,
    "run_on": BOUNDARIES,
    "fragment": BOUNDARIES,
    "clause": COMPLEX,
    "comparative": COMPARATIVES,
    "word_form": WORD_FORMS,
    "collocation": COLLOCATION,
    "word_choice": WORD_CHOICE,
    "spelling": SPELLING,
    "repetition": REPETITION,
    "register": REGISTER,
    "linkers": LINKING,
    "reference": REFERENCE,
    "vague": SUPPORT,
    "position": POSITION,
    "overview": OVERVIEW,
    "data": DATA,
    "hesitation": HESITATION,
    "self_correction": SELF_CORRECTION,
    "slow": PACE,
    "short_answer": SHORT_ANSWERS,
    "th": SOUNDS,
    "final_consonants": SOUNDS,
    "word_stress": STRESS,
    "intonation": STRESS,
    "clusters": SOUNDS,
    "vowels": SOUNDS,
}
"""The kinds of mistake in the demo, and the theme of each."""


def said(*weaknesses: str, advice: tuple[str, ...] = (), column: str = GENERAL) -> Feedback:
    remarks = Remarks(weaknesses=weaknesses, improvements=advice)
    if column == GENERAL:
        return Feedback(general=remarks)
    return Feedback(criteria=(CriterionFeedback(column, "6.0", remarks),))


def rows(*feedbacks: Feedback) -> pd.DataFrame:
    return recurring_themes([(f"e-{number}", feedback) for number, feedback in enumerate(feedbacks)])


# The feedback of the demo.


@pytest.mark.parametrize(("kind", "theme"), DEMO_KINDS.items())
def test_every_wording_of_the_demo_has_its_theme(kind, theme):
    entry = toml_content("feedback")["kind"][kind]
    column = f"{entry['criterion']}_band"
    # the student's words name another theme: they are quoted, so they say nothing
    values = {"wrong": "the articles", "right": "a preposition", "filler": "um", "count": 5, "pace": 105}
    values |= {"subject": "food", "words": 60, "seconds": 30}
    for phrase, criterion in [(each, GENERAL) for each in entry["short"]] + [(each, column) for each in entry["shown"]]:
        assert theme in themes_of(phrase.format_map(values), criterion), phrase
        assert set(themes_of(phrase.format_map(values), criterion)) <= {theme, HESITATION}, phrase
    advice = [themes_of(each, column, advice=True) for each in entry["advice"]]
    assert all(len(found) <= 1 for found in advice)
    # one piece of advice on the position tells to put it into the introduction
    others = {ENDS} if kind == "position" else {each.name for each in BROAD_THEMES}
    assert {found[0] for found in advice if found} <= {theme} | others


def test_all_kinds_of_the_demo_are_tested():
    assert set(DEMO_KINDS) == set(toml_content("feedback")["kind"])


def test_nearly_all_weaknesses_of_the_demo_have_a_theme():
    """Measured: 99.8 % have a theme, 98.4 % an exact one; of the advice 77 %."""
    weaknesses, advice = [], []
    for key, item in generate(datetime(2026, 6, 1, tzinfo=UTC)):
        if key == "evaluations" and "feedback" in item:
            feedback, _ = feedback_of(item["feedback"])
            for column, remarks in [(GENERAL, feedback.general), *((c.column, c.remarks) for c in feedback.criteria)]:
                weaknesses += [themes_of(line, column) for line in remarks.weaknesses]
                advice += [themes_of(line, column, advice=True) for line in remarks.improvements]
    broad = {theme.name for theme in BROAD_THEMES}
    assert len(weaknesses) > 5000
    assert sum(map(bool, weaknesses)) / len(weaknesses) >= 0.95
    assert sum(bool(found) and not set(found) & broad for found in weaknesses) / len(weaknesses) >= 0.95
    assert sum(map(bool, advice)) / len(advice) >= 0.7


# Feedback that is not the demo's, in the style of examiners and of models.

OTHER_GRADERS = [
    (GRAMMAR, "Makes some mistakes in subject/verb agreement and articles", [ARTICLES, AGREEMENT]),
    (GRAMMAR, "Frequent errors with articles and plural forms", [ARTICLES, PLURALS]),
    (GRAMMAR, "Missing determiners before singular nouns", [ARTICLES]),
    (GRAMMAR, "Articles are omitted in the introduction", [ARTICLES]),
    (GRAMMAR, "Third person singular -s is often omitted", [AGREEMENT]),
    (GRAMMAR, "Subject verb agreement issues with collective nouns", [AGREEMENT]),
    (GENERAL, "Frequent subject-verb disagreement", [AGREEMENT]),
    (GRAMMAR, "Inconsistent use of past simple and present perfect", [TENSES]),
    (GRAMMAR, "Verb tense inconsistency in the second body paragraph", [TENSES]),
    (GRAMMAR, "Misuse of modal verbs", [TENSES]),
    (GRAMMAR, "Uncountable nouns pluralised (informations, advices)", [PLURALS]),
    (GRAMMAR, "Misplaced commas and missing full stops", [BOUNDARIES]),
    (GRAMMAR, "Comma splices appear in paragraph two", [BOUNDARIES]),
    (GRAMMAR, "Sentence fragments in the introduction", [BOUNDARIES]),
    (GENERAL, "Inaccurate spelling and punctuation", [BOUNDARIES, SPELLING]),
    (GRAMMAR, "Word order errors in indirect questions", [ORDER_OF_WORDS]),
    (GRAMMAR, "Relies heavily on simple sentence structures", [COMPLEX]),
    (GRAMMAR, "Passive voice is used incorrectly", [COMPLEX]),
    (GENERAL, "Limited range of grammatical structures", [COMPLEX]),
    (GENERAL, "Grammatical errors throughout", [GRAMMAR_AT_LARGE]),
    (GRAMMAR, "The use of relatively few forms; errors in adverb position", [GRAMMAR_AT_LARGE]),
    (LEXIS, "Lacks precision in choice of words and expressions", [WORD_CHOICE]),
    (LEXIS, "Vocabulary is adequate but repetitive", [REPETITION]),
    (LEXIS, "Rarely paraphrases the examiner's questions", [REPETITION]),
    (LEXIS, "Overuse of the word 'people'", [REPETITION]),
    (LEXIS, "Some awkward collocations (do a mistake)", [COLLOCATION]),
    (LEXIS, "Relies on memorised phrases", [MEMORISED]),
    (LEXIS, "Overly casual tone in places", [REGISTER]),
    (LEXIS, "Use of informal language such as 'kids' and 'stuff'", [REGISTER]),
    (LEXIS, "Errors in word formation reduce clarity", [WORD_FORMS]),
    (LEXIS, "Limited topic-specific vocabulary", [RANGE]),
    (LEXIS, "Spelling mistakes in less common words", [SPELLING]),
    (GENERAL, "Lexical inaccuracies", [VOCABULARY_AT_LARGE]),
    (TASK, "Ideas are underdeveloped and lack specific examples", [SUPPORT]),
    (TASK, "Arguments are generic and could be expanded with details", [SUPPORT]),
    (TASK, "Fails to address the second part of the question", [WHOLE]),
    (TASK, "Position is not maintained throughout the essay", [POSITION]),
    (TASK, "Lacks a clear overview of the main trends", [OVERVIEW]),
    (TASK, "No comparison between the categories in the chart", [FEATURES]),
    (TASK, "Missing units and inaccurate percentages", [DATA]),
    (TASK, "The essay falls below the 250-word minimum", [WORDS]),
    (TASK, "Conclusion introduces a new idea", [ENDS]),
    (COHERENCE, "Overreliance on basic connectors such as 'and' and 'but'", [LINKING]),
    (COHERENCE, "Transitions between paragraphs are abrupt", [LINKING]),
    (COHERENCE, "Pronoun referents are ambiguous", [REFERENCE]),
    (COHERENCE, "The essay is written as a single block without paragraphs", [PARAGRAPHS]),
    (COHERENCE, "Abrupt shifts disrupt the flow of the essay", [PROGRESSION]),
    (FLUENCY, "Noticeable hesitation and self-correction", [SELF_CORRECTION, HESITATION]),
    (FLUENCY, "Frequent use of fillers disrupts the flow of speech", [HESITATION]),
    (FLUENCY, "Repeats words and phrases frequently", [SELF_CORRECTION]),
    (FLUENCY, "Responses are brief and lack elaboration", [SHORT_ANSWERS]),
    (FLUENCY, "Speaks too quickly at times", [PACE]),
    (FLUENCY, "Over-relies on simple connectors (and, but, because)", [LINKING]),
    (PRONUNCIATION, "Drops word-final consonants such as /t/ and /d/", [SOUNDS]),
    (PRONUNCIATION, "Difficulty with the 'th' sound", [SOUNDS]),
    (PRONUNCIATION, "Monotone delivery with little variation in pitch", [STRESS]),
    (PRONUNCIATION, "Strong accent affects intelligibility at times", [CLARITY]),
    (TASK, "The essay does not discuss developing countries", []),
    (GENERAL, "Your handwriting is hard to read", []),
    (GENERAL, "Cần luyện viết nhiều hơn", []),
]


@pytest.mark.parametrize(("criterion", "sentence", "expected"), OTHER_GRADERS)
def test_feedback_of_other_graders_has_its_themes(criterion, sentence, expected):
    assert themes_of(sentence, criterion) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("“The article was wrong” is vague", [SUPPORT]),
        ('"The article was wrong" is vague', [SUPPORT]),
        ("'The article isn't right' is vague", [SUPPORT]),
        ("‘The article isn’t right’ is vague", [SUPPORT]),
        ("Students' articles don't agree", [ARTICLES]),
        ("“An article that never closes", [ARTICLES]),
        ("“Article use”", [ARTICLES]),
        ("ARTICLE USE", [ARTICLES]),
        ("Particles are missing", []),
        ("Read one newspaper article a day", []),
    ],
)
def test_quotations_are_ignored_unless_there_is_nothing_else(sentence, expected):
    assert themes_of(sentence) == expected


def test_advice_counts_for_the_first_theme_it_names():
    sentence = "Learn prepositions with the articles that follow them"
    assert themes_of(sentence) == [ARTICLES, PREPOSITIONS]
    assert themes_of(sentence, advice=True) == [ARTICLES]


def test_no_theme_is_empty_and_names_are_readable():
    for theme in (*THEMES, *BROAD_THEMES):
        assert theme.phrases
        assert theme.name[0].isupper()
        assert not theme.fits("", GENERAL)
    assert not {theme.name for theme in THEMES} & {theme.name for theme in BROAD_THEMES}


# Counting.


def test_no_feedback_gives_an_empty_frame_of_the_declared_columns():
    for found in (recurring_themes([]), rows(Feedback(), Feedback(unparsed="Article errors")), rows(said())):
        assert {name: str(dtype) for name, dtype in found.dtypes.items()} == COLUMNS
        assert found.empty


def test_one_theme_in_many_wordings_counts_once_per_attempt():
    found = rows(
        Feedback(general=Remarks(weaknesses=("Spelling is not reliable",))),
        Feedback(
            general=Remarks(weaknesses=("Article use is inconsistent",)),
            criteria=(
                CriterionFeedback(
                    GRAMMAR,
                    "6.0",
                    Remarks(
                        weaknesses=("A recurring article error (“a informations”)",),
                        improvements=("Revise articles",),
                    ),
                ),
            ),
        ),
        said("Articles (a, an, the) are often missing or wrong"),
        said("Ideas are vague", advice=("Copy sentences leaving gaps for articles",), column=TASK),
    )
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == COLUMNS
    assert found["theme"].tolist() == [ARTICLES, SPELLING, SUPPORT]
    articles = found.iloc[0]
    assert (articles["attempts"], articles["as_weakness"], articles["of"], articles["last"]) == (3, 2, 4, 1)
    assert articles["criteria"] == [GRAMMAR, TASK]
    assert articles["samples"] == [
        ("e-1", "A recurring article error (“a informations”)"),
        ("e-2", "Articles (a, an, the) are often missing or wrong"),
        ("e-3", "Copy sentences leaving gaps for articles"),
    ]
    assert found["criteria"].tolist()[1:] == [[], [TASK]]


def test_recommendations_count_as_advice_and_other_lists_by_their_heading():
    found = rows(
        Feedback(
            general=Remarks(
                text="Spelling is poor",
                strengths=("Good collocation",),
                others=(("areas for improvement", ("Work on tenses",)), ("summary", ("Register",))),
            ),
            recommendations=("Revise prepositions",),
            quoted_examples=(QuotedExample("a informations", "Article error"),),
            criteria=(CriterionFeedback(GRAMMAR, "6", Remarks(others=(("errors", ("Run-on sentences",)),))),),
        )
    )
    assert set(found["theme"]) == {TENSES, PREPOSITIONS, BOUNDARIES}
    assert found.set_index("theme")["as_weakness"].to_dict() == {TENSES: 0, PREPOSITIONS: 0, BOUNDARIES: 1}


def test_sentences_without_a_theme_are_listed_in_their_newest_wording():
    found = rows(
        said("Handwriting, page 3, “is” HARD to read!"),
        said("Handwriting: page 12 is hard to read", "Handwriting is small"),
        said("Handwriting, page 7, “was” hard to read"),
        said("Margins are too wide"),
    )
    assert found["theme"].tolist() == [
        "Handwriting, page 3, “is” HARD to read!",
        "Handwriting is small",
        "Handwriting: page 12 is hard to read",
        "Margins are too wide",
    ]
    assert found["attempts"].tolist() == [2, 1, 1, 1]
    assert found["samples"].iloc[0] == [
        ("e-0", "Handwriting, page 3, “is” HARD to read!"),
        ("e-2", "Handwriting, page 7, “was” hard to read"),
    ]


def test_no_sentence_is_lost():
    lines = ["Articles", "Something else", "…", "42", "“only a quotation”", "Cần luyện thêm", "A\n  broken\tline"]
    found = rows(said(*lines))
    samples = {sentence for each in found["samples"] for _, sentence in each}
    assert samples == {*lines[:-1], "A broken line"}


@pytest.mark.parametrize(
    "line",
    [
        *("", "  ", "None", "none.", "N/A", "None identified", "No major weaknesses", "No significant issues found."),
        *("There are no errors", "Nothing urgent: keep the variety of structures", "No weaknesses at this level"),
    ],
)
def test_a_sentence_that_reports_no_problem_is_skipped(line):
    assert rows(said(line)).empty


@pytest.mark.parametrize("line", ["No clear overview", "No examples", "Nothing is developed", "None of it is relevant"])
def test_a_weakness_with_a_similar_beginning_is_kept(line):
    assert len(rows(said(line))) == 1


def test_the_most_frequent_comes_first_then_the_weakness_then_the_newest():
    found = rows(
        said("Spelling", advice=("Revise tenses",)),
        said("Prepositions"),
        said("Spelling", "Articles"),
        said("Spelling", "Word forms"),
    )
    assert found["theme"].tolist() == [SPELLING, PREPOSITIONS, ARTICLES, WORD_FORMS, TENSES]
    assert found["last"].tolist() == [0, 1, 2, 3, 0]
    assert found["attempts"].is_monotonic_decreasing


def test_a_repeated_attempt_counts_once_and_one_without_readable_feedback_is_ignored():
    found = recurring_themes(
        [
            ("e-1", said("Articles")),
            ("e-1", said("Articles", "Spelling")),
            ("e-2", Feedback()),
            ("e-3", Feedback(unparsed="Articles")),
            ("e-4", said(advice=("Keep going",))),
        ]
    )
    assert found["theme"].tolist() == [ARTICLES, "Keep going"]
    assert found["of"].tolist() == [2, 2]
    assert found["last"].tolist() == [0, 4]


@pytest.mark.parametrize("piece", ["“", "'a ", '"', "‘a’b", "answers ", "limited ", "in the ", "no ", "/", "a"])
def test_a_sentence_as_large_as_an_item_is_fast(piece):
    sentence = piece * (400_000 // len(piece))
    started = time.perf_counter()
    assert len(rows(said(sentence))) == 1
    assert time.perf_counter() - started < 1
    assert len(sentence) > MAX_SENTENCE_CHARACTERS


@pytest.mark.parametrize(
    ("number", "readable", "words"),
    [
        (20, 19, "the latest 20 graded attempts, of which 19 have readable feedback"),
        (2, 1, "the latest 2 graded attempts, of which 1 has readable feedback"),
        (5, 5, "the latest 5 graded attempts"),
        (1, 1, "the latest graded attempt"),
    ],
)
def test_the_searched_attempts_and_those_without_feedback_are_counted(number, readable, words):
    assert describe_sources(number, pd.DataFrame({"of": [readable]})) == words
