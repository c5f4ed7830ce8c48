import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from bandup.analysis.bands import BAND_VALUES, Skill
from bandup.charts import theme
from tests.charts.samples import HOSTILE

STATES = {"succeeded", "running", "stuck", "failed", "empty", "suspect", "superseded", "unknown"}
CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text())["theme"]
TEXT, MARK = 4.5, 3.0

both = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@pytest.mark.parametrize(
    ("first", "second", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#abcdef", "#abcdef", 1)]
)
def test_contrast_is_the_ratio_wcag_defines(first, second, ratio):
    assert theme.contrast(first, second) == pytest.approx(ratio, abs=0.005)
    assert theme.contrast(second, first) == theme.contrast(first, second)


@both
def test_text_and_marks_stand_out_from_background_and_surface(dark):
    colors = theme.palette(dark=dark)
    texts = [
        colors.ink,
        colors.muted,
        *colors.accents.values(),
        *(s.color(dark=dark) for s in theme.STATE_STYLES.values()),
    ]
    for ground in (colors.background, colors.surface):
        assert min(theme.contrast(text, ground) for text in texts) >= TEXT
    assert min(theme.contrast(band, colors.background) for band in colors.band_scale) >= MARK


@both
def test_a_higher_band_stands_out_more(dark):
    background = theme.palette(dark=dark).background
    steps = [theme.contrast(theme.band_color(band, dark=dark), background) for band in BAND_VALUES]
    assert all(higher > lower for lower, higher in pairwise(steps))


@both
@pytest.mark.parametrize("band", [*BAND_VALUES, None, float("nan")])
def test_a_band_can_be_read_on_its_colour(band, dark):
    assert theme.contrast(theme.band_ink(band, dark=dark), theme.band_color(band, dark=dark)) >= TEXT


def test_halves_lie_between_wholes():
    assert theme.band_color(0) == theme.LIGHT.band_scale[0]
    assert theme.band_color(9) == theme.LIGHT.band_scale[9]
    assert theme.band_color(8.5) == "#062b63"
    assert theme.band_color(None) == theme.LIGHT.border


def test_every_state_differs_by_glyph_and_by_colour_or_pattern():
    assert set(theme.STATE_STYLES) == STATES
    styles = list(theme.STATE_STYLES.values())
    assert len({style.glyph for style in styles}) == len(styles)
    for dark in (False, True):
        assert len({(style.color(dark=dark), style.pattern) for style in styles}) == len(styles)


def test_skills_differ_without_colour():
    assert len(set(theme.SKILL_MARKERS.values())) == len(set(theme.SKILL_GLYPHS.values())) == len(Skill)


@both
def test_streamlit_has_the_same_colours(dark):
    section, colors = CONFIG["dark" if dark else "light"], theme.palette(dark=dark)
    states = [style.color(dark=dark) for style in theme.STATE_STYLES.values()]
    assert section["backgroundColor"] == colors.background
    assert section["secondaryBackgroundColor"] == colors.surface
    assert section["textColor"] == colors.ink
    assert section["borderColor"] == colors.border
    assert section["chartSequentialColors"] == list(colors.band_scale)
    assert section["chartCategoricalColors"] == [*colors.accents.values(), *states]
    for state, style in theme.STATE_STYLES.items():
        if state != "unknown":
            assert section[f"{style.badge}Color"] == style.color(dark=dark)
    for name, color in section.items():
        if name.endswith("TextColor"):
            assert theme.contrast(color, colors.surface) >= TEXT, name


def test_fonts_are_the_systems():
    assert CONFIG["font"] == CONFIG["headingFont"] == theme.FONT_FAMILY
    assert "fontFaces" not in CONFIG
    assert not any(":" in CONFIG[name] for name in ("font", "headingFont", "codeFont"))


@both
def test_the_background_is_transparent(dark):
    layout = theme.template(dark=dark).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color == theme.palette(dark=dark).ink


def test_an_axis_of_bands_shows_the_whole_scale_in_halves():
    axis = theme.band_axis()
    low, high = axis["range"]
    assert -0.25 < low < 0 < 9 < high < 9.25
    assert (axis["tick0"], axis["dtick"], axis["minor"]["dtick"]) == (0, 1, 0.5)


def test_an_empty_figure_is_one_escaped_sentence():
    fig = theme.empty_figure("Nothing <b>here</b>.", dark=False)
    assert [annotation.text for annotation in fig.layout.annotations] == ["Nothing &lt;b&gt;here&lt;/b&gt;."]
    assert not fig.data


def test_text_is_escaped_after_it_is_truncated():
    assert theme.escaped(HOSTILE) == (
        "&lt;b&gt;x&lt;/b&gt;&lt;a href='https://evil.example'&gt;y&lt;/a&gt;&lt;img src=x oner…"
    )
    assert theme.escaped("a" * 5_000) == "a" * 59 + "…"


def test_colours_are_mixed_and_made_transparent():
    assert [theme.mix("#000000", "#ff8040", share) for share in (0, 0.5, 1)] == ["#000000", "#804020", "#ff8040"]
    assert theme.with_opacity("#ff8040", 0.13) == "rgba(255,128,64,0.13)"
    assert (theme.ink_on("#ffffff"), theme.ink_on("#000000")) == ("#000000", "#ffffff")
