import pytest
from markupsafe import Markup

from bandup.analysis.bands import BAND_COLUMNS, BAND_VALUES, Skill
from bandup.charts.theme import band_color, band_ink
from bandup.ui.attempt_panels import badge, scoreboard
from bandup.ui.html import band_class, style
from data.parsers import evaluation_of
from tests.items import NOW, speaking, writing
from tests.ui.parsed import HOSTILE, balanced, parsed

NAN = float("nan")
SEVENS = dict.fromkeys(BAND_COLUMNS, 7.0)
ALL_STORED = dict.fromkeys(BAND_COLUMNS, "7.0")


def of_item(wire_item, skill, task_type=None):
    """The scoreboard of an item, from its frame and from its bands as stored."""
    evaluation = evaluation_of(wire_item, NOW)
    row = evaluation.frame.iloc[0]
    return scoreboard({name: float(row[name]) for name in BAND_COLUMNS}, evaluation.stored_bands, skill, task_type)


def test_five_bands_in_the_official_order():
    markup = of_item(writing("6.5", "6.0", "7.0", "0", "9.0"), Skill.WRITING, "TASK_2")
    assert isinstance(markup, Markup)
    assert parsed(markup).lines == [
        *("Overall band", "6.5", "mean of the criteria 5.5"),
        *("Task Response", "6.0"),
        *("Coherence and Cohesion", "7.0"),
        *("Lexical Resource", "0.0"),
        *("Grammatical Range and Accuracy", "9.0"),
    ]
    bars = [entry.split("style=")[1] for entry in parsed(markup).structure if "style=" in entry]
    assert bars == ["'width:66.7%'", "'width:77.8%'", "'width:0.0%'", "'width:100.0%'"]


def test_speaking_has_criteria_of_its_own():
    lines = parsed(of_item(speaking(), Skill.SPEAKING)).lines
    assert lines[3::2] == [
        "Fluency and Coherence",
        "Lexical Resource",
        "Grammatical Range and Accuracy",
        "Pronunciation",
    ]


def test_what_is_no_band_is_shown_as_it_was_stored():
    markup = of_item(speaking("error", "6.25", {"L": [{"S": "7"}]}, "", ...), Skill.SPEAKING)
    assert parsed(markup).lines == [
        *("Overall band", "–", "stored: error"),
        *("Fluency and Coherence", "–", "stored: 6.25"),
        *("Lexical Resource", "–", 'stored: ["7"]'),
        *("Grammatical Range and Accuracy", "–", "missing"),
        *("Pronunciation", "–", "missing"),
    ]


@pytest.mark.parametrize("skill", [*Skill])
def test_nothing_at_hand(skill):
    lines = parsed(scoreboard({}, {}, skill, None)).lines
    assert lines.count("–") == lines.count("missing") == 5


@pytest.mark.parametrize("text", HOSTILE)
def test_a_stored_text_is_a_text(text):
    missing = dict.fromkeys(BAND_COLUMNS, NAN)
    markup = scoreboard(missing, dict.fromkeys(BAND_COLUMNS, text), Skill.WRITING, text)
    harmless = scoreboard(missing, dict.fromkeys(BAND_COLUMNS, "x"), Skill.WRITING, None)
    assert parsed(markup).structure == parsed(harmless).structure
    assert balanced(parsed(markup).structure)
    assert parsed(markup).text.count(f"stored: {text[:60]}\n") == 5


def test_a_long_stored_text_is_cut_before_it_is_escaped():
    markup = scoreboard({}, {"overall_band": "<" * 500}, Skill.WRITING, None)
    assert parsed(markup).lines[2] == f"stored: {'<' * 60}"


def test_readable_bands_are_not_repeated():
    assert "stored" not in scoreboard(SEVENS, ALL_STORED, Skill.WRITING, None)


def test_the_mean_of_the_criteria_stands_only_where_all_four_are_there():
    assert parsed(of_item(speaking("6.0", "6.0", "6.0", "6.5", "6.5"), Skill.SPEAKING)).lines[:3] == [
        *("Overall band", "6.0", "mean of the criteria 6.25"),
    ]
    assert "mean of the criteria" not in of_item(speaking("6.0", "6.0", "6.0", "6.5", "error"), Skill.SPEAKING)
    assert "mean of the criteria" in of_item(speaking("error", "6.0", "6.0", "6.5", "6.5"), Skill.SPEAKING)


@pytest.mark.parametrize(
    ("band", "markup"),
    [
        (6.5, '<span class="b-band b-band-65">6.5</span>'),
        (0.0, '<span class="b-band b-band-00">0.0</span>'),
        (float("nan"), '<span class="b-band">–</span>'),
        (None, '<span class="b-band">–</span>'),
    ],
)
def test_a_badge_stands_on_the_colour_of_its_band(band, markup):
    assert badge(band) == markup


@pytest.mark.parametrize("dark", [False, True])
def test_the_stylesheet_has_the_colours_of_the_scale(dark, monkeypatch):
    sheets = []
    monkeypatch.setattr("streamlit.html", sheets.append)
    style(dark=dark)
    for band in BAND_VALUES:
        colours = f"background: {band_color(band, dark=dark)}; color: {band_ink(band, dark=dark)};"
        assert f".{band_class(band)} {{{colours}}}" in sheets[0]
