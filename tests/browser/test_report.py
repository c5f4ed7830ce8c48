"""A student's report in real Chromium: opened as a file without a network, read and printed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bandup.exports.offline_page import FIGURE_WIDTH
from bandup.exports.report import Contents, student_report
from tests.browser.watching import Visits, axe_violations
from tests.exports.test_report import MANY, SETS, contents, essays, stuffed
from tests.items import NOW

HOSTILE = '</script><script>window.hit = 1</script><img src=x onerror="window.hit = 2"> أعتقد أن التعليم Nguyễn'
STUDENTS: dict[str, tuple[Callable[[], Contents], int, int]] = {
    "nothing": (contents, 0, 1),
    "one": (lambda: contents(*essays(1)), 0, 2),
    "few": (lambda: contents(*essays(3)), 3, 4),
    "many": (lambda: contents(*MANY, sets=SETS), 4, 7),
    "hostile": (lambda: stuffed(HOSTILE), 4, 12),
    "long": (lambda: contents(*(essays(3, user_id="đỗ-" * 300)), user_id="đỗ-" * 300), 3, 4),
}
"""Per student: a builder of the report's contents, the number of figures, the maximum number of pages."""


@dataclass
class OpenedReport:
    """A report open in a browser, and everything that the page logged or requested."""

    page: Page
    address: str
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def open_file(browser: Browser) -> Iterator[Callable[..., OpenedReport]]:
    """`open_file(path, **options)` opens the file without a network. `options`: of the browser context."""
    contexts = []

    def opened(path: Path, **options: Any) -> OpenedReport:
        context = browser.new_context(**{"viewport": {"width": 1000, "height": 900}, **options})
        contexts.append(context)
        context.set_offline(True)
        report = OpenedReport(context.new_page(), path.as_uri())
        report.page.on("console", lambda message: report.messages.append(f"{message.type}: {message.text}"))
        report.page.on("pageerror", lambda error: report.messages.append(f"error: {error}"))
        report.page.on("dialog", lambda dialog: report.messages.append(f"dialog: {dialog.message}"))
        report.page.on("request", lambda request: report.requests.append(request.url))
        report.page.goto(report.address)
        return report

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def write_report(tmp_path: Path) -> Callable[[str], Path]:
    """`write_report("many")` writes the report of one of `STUDENTS` to a file."""

    def write(name: str) -> Path:
        path = tmp_path / f"{name}.html"
        path.write_text(student_report(STUDENTS[name][0](), NOW), encoding="utf-8")
        return path

    return write


def count_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("name", STUDENTS)
def test_the_report_opens_offline_and_prints(
    name: str, write_report: Callable[[str], Path], open_file: Callable[..., OpenedReport]
) -> None:
    _, figures, max_pages = STUDENTS[name]
    opened = open_file(write_report(name))
    page = opened.page
    expect(page.locator("[data-figure] > p")).to_have_count(0)
    expect(page.locator("[data-figure]")).to_have_count(figures)
    for figure in page.locator("[data-figure]").all():
        box = figure.locator("svg.main-svg").first.bounding_box()
        assert box is not None
        assert box["width"] == FIGURE_WIDTH
        assert 150 <= box["height"] <= 700
        assert figure.locator("svg .trace, svg .infolayer text").count(), "the figure is empty"
        assert not figure.locator(".modebar-btn").count()
    assert page.evaluate("window.hit") is None
    assert page.locator("script").count() == (2 if figures else 0)
    assert page.locator("img, iframe, a").count() == 0

    page.emulate_media(media="print")
    page.set_viewport_size({"width": FIGURE_WIDTH, "height": 1000})
    too_wide = page.evaluate(
        """width => [...document.querySelectorAll('main *')]
            .filter(element => !element.closest('svg') && element.getBoundingClientRect().right > width + 1)
            .map(element => element.outerHTML.slice(0, 80))""",
        FIGURE_WIDTH,
    )
    assert too_wide == []
    max_height = page.evaluate(
        """() => Math.max(0, ...[...document.querySelectorAll('figure, .whole, article, tr')]
            .map(element => element.offsetHeight))"""
    )
    assert max_height < 990, "an element is higher than a page and would be split"
    pdf = page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/MediaBox\s*\[0 0 59[45][.\d]* 84[12]", pdf), "the page is not A4"
    assert 1 <= count_pages(pdf) <= max_pages

    assert opened.messages == []
    assert opened.requests == [opened.address]


def test_the_reports_policy_blocks_scripts_images_and_requests(
    write_report: Callable[[str], Path], open_file: Callable[..., OpenedReport]
) -> None:
    page = open_file(write_report("few")).page
    blocked = page.evaluate(
        """async () => {
            const blocked = [];
            document.addEventListener('securitypolicyviolation', event => blocked.push(event.effectiveDirective));
            const script = document.createElement('script');
            script.textContent = 'window.hit = 1';
            document.body.append(script);
            const picture = new Image();
            picture.src = 'https://evil.example/x.png';
            await fetch('https://evil.example/').catch(() => null);
            await new Promise(done => setTimeout(done, 200));
            return [blocked.sort(), window.hit];
        }"""
    )
    assert blocked == [["connect-src", "img-src", "script-src-elem"], None]


def test_without_scripts_every_figure_is_described_in_words(
    write_report: Callable[[str], Path], open_file: Callable[..., OpenedReport]
) -> None:
    page = open_file(write_report("many"), java_script_enabled=False).page
    expect(page.locator("[data-figure] > p")).to_have_count(4)
    expect(page.get_by_text("Writing: 27 graded attempts from 4.0 to").first).to_be_visible()


@pytest.mark.parametrize("width", [1000, 390])
def test_the_report_fits_the_screen_and_is_accessible(
    width: int, write_report: Callable[[str], Path], open_file: Callable[..., OpenedReport]
) -> None:
    page = open_file(write_report("many"), viewport={"width": width, "height": 800}, color_scheme="dark").page
    expect(page.locator("[data-figure] > p")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe_violations(page) == []


def test_a_teacher_downloads_the_report(
    demo: str, visit: Visits, open_file: Callable[..., OpenedReport], tmp_path: Path
) -> None:
    page = visit(demo + "/student?user_id=user-456&target=7.5")
    with page.expect_download() as download:
        page.get_by_role("button", name="Printable report").click()
    assert download.value.suggested_filename == "report-user-456.html"
    path = tmp_path / "report.html"
    download.value.save_as(path)
    assert path.stat().st_size < 6_000_000
    opened = open_file(path)
    expect(opened.page.get_by_role("heading", name="Practice report: user-456", level=1)).to_be_visible()
    expect(opened.page.get_by_text("under the target of 7.5").first).to_be_visible()
    expect(opened.page.locator("[data-figure] svg.main-svg").first).to_be_visible()
    assert opened.messages == []
