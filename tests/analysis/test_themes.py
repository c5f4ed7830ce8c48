"""The file of themes: it is read as written, and a mistake in it is explained."""

import pytest

from bandup.analysis.themes import BROAD_THEMES, GENERAL, THEMES, InvalidThemes, Theme, load_themes

BROAD = '\n[[broad_theme]]\nname = "Broad"\nphrases = ["gramma"]\n'


def test_a_file_is_read_as_written():
    text = """
        [[theme]]
        name = "Spelling"
        phrases = ['spell', 'typos?\\b']

        [[theme]]
        name = "Sounds"
        phrases = ['vowels?\\b']
        unless = ['vowel shift']
        criteria = ["pronunciation", "general"]
    """
    assert load_themes(text + BROAD) == (
        (
            Theme("Spelling", ("spell", r"typos?\b")),
            Theme("Sounds", (r"vowels?\b",), ("vowel shift",), ("pronunciation_band", GENERAL)),
        ),
        (Theme("Broad", ("gramma",)),),
    )


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("Spelling is weak", True),
        ("SPELLED wrong", True),
        ("misspelled", False),
        ("many typos", True),
        ("typography", False),
    ],
)
def test_a_phrase_begins_at_the_start_of_a_word(text, fits):
    assert Theme("Spelling", ("spell", r"typos?\b")).fits(text, GENERAL) == fits


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[theme]\n", "it is not valid TOML: .*line 1"),
        ('[[theme]]\nname = "Tenses"\nphrases = ["\\b"]\nphrases = []', "it is not valid TOML: .*line 4"),
        ("", r"there is no table \[\[theme\]\]"),
        ('[theme]\nname = "Tenses"', r"there is no table \[\[theme\]\]"),
        ('[[themes]]\nname = "Tenses"', r"not with themes\."),
        ('[[theme]]\nphrases = ["a"]', r"\[\[theme\]\] number 1: .*missing required field `name`"),
        ('[[theme]]\nname = "Tenses"', r"number 1 \(“Tenses”\): .*missing required field `phrases`"),
        ('[[theme]]\nname = "Tenses"\nphrases = "tense"', r"“Tenses”\): Expected `array`, got `str` - at `\$.phrases`"),
        ('[[theme]]\nname = "Tenses"\nphrases = [1]', r"“Tenses”\): Expected `str`, got `int`"),
        ('[[theme]]\nname = "Tenses"\nphrases = []', r"“Tenses”\) needs a name and at least one phrase"),
        ('[[theme]]\nname = ""\nphrases = ["a"]', "needs a name and at least one phrase"),
        ('[[theme]]\nname = "Tenses"\nphrases = ["a", ""]', "has an empty phrase"),
        ('[[theme]]\nname = "Tenses"\nphrase = ["a"]\nphrases = ["a"]', "unknown field `phrase`"),
        ('[[theme]]\nname = "Tenses"\nphrases = ["tense("]', r"“Tenses”\): 'tense\(' is not a regular expression"),
        ('[[theme]]\nname = "Tenses"\nphrases = ["a"]\nunless = ["*"]', r"'\*' is not a regular expression"),
        (
            '[[theme]]\nname = "Tenses"\nphrases = ["a"]\ncriteria = ["gramar"]',
            "'gramar' is not a criterion. Use general, task_achievement, coherence, lexical, grammar, fluency, pronunciation",
        ),
    ],
)
def test_a_mistake_is_explained(text, problem):
    with pytest.raises(InvalidThemes, match=f"Correct bandup/analysis/themes.toml: .*{problem}"):
        load_themes(text + BROAD)


def test_the_broad_themes_must_be_there_too():
    with pytest.raises(InvalidThemes, match=r"there is no table \[\[broad_theme\]\]"):
        load_themes('[[theme]]\nname = "Spelling"\nphrases = ["spell"]')


def test_the_file_of_the_dashboard_is_whole():
    assert (len(THEMES), len(BROAD_THEMES)) == (46, 6)
    assert THEMES[0].name == "Articles (a, an, the)"
    assert THEMES[0].phrases == (r"articles?\b", r"determiners?\b", "definite and indefinite")
