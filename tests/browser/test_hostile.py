"""Hostile texts stay plain text in real Chromium, on every page and in every state of a page."""

import csv
import io
import json
import re
import sqlite3
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlencode, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, Request, Response, expect

from bandup.analysis.error_text import normalised
from bandup.server import security_headers
from bandup.start_page import index_html
from bandup.text_search import without_invisible
from bandup.ui.card_views import MAX_TEXTS
from bandup.ui.filters import MAX_PILLS
from data.schema import TABLES, TableKey
from tests import hostile
from tests.browser import serving
from tests.browser.watching import WatchedPage, settle
from tests.hostile import BUNDLES, PAYLOADS, STUDENT, WHOLE

MAX_HOVERED_POINTS = 48
"""Of the first figure of a page; of every other figure it is eight."""
HEADERS = security_headers(index_html())
TEXTS = [*PAYLOADS.values()]
UNKNOWN_ID = without_invisible(f"{' '.join(payload for payload in TEXTS if len(payload) < 200)}?")
"""An id that no item has, as long as possible. An address with invisible characters leads to the one without them."""
Parameters = Mapping[str, str] | Sequence[tuple[str, str]]
RECORD_CANVAS_TEXTS = """() => {
    window.canvasTexts = new Set();
    const fillText = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...others) {
        window.canvasTexts.add(this.font.includes('Symbols') ? `icon ${text}` : String(text));
        return fillText.call(this, text, ...others);
    };
}"""
ALL_TEXTS = """() => [document.body.innerText, ...window.canvasTexts,
    ...[...document.querySelectorAll('svg text')].map(text => text.textContent)].join('\\n')"""
FORBIDDEN_ELEMENTS = """([host, icon]) => {
    const found = [];
    const never = 'applet, audio, base, embed, form, frame, iframe, img, marquee, math, object, video, [srcdoc], .katex,'
        + '.stMarkdownColoredText, .stMarkdownBadge';
    const outside = 'link, meta, script, title';
    const formatted = 'a, b, blockquote, code, del, em, h1, h2, h3, h4, h5, h6, i, li, s, strong, sub, sup,'
        + 'td:not([role=gridcell]), tspan, u';  // a cell of our own table may hold the name of a document, `hurt`
    const address = /^(action|background|cite|data|formaction|href|poster|src|srcset|xlink:href)$/;
    for (const element of document.querySelectorAll(':not([rel="shortcut icon"], header [data-testid$="Logo"])')) {
        const text = element.textContent.trim();
        let bad = element.matches(never)
            || element.matches(outside) && !element.closest('head, noscript')
            || element.matches(formatted) && /^hurt( heading| item| number| quote|\\^2)?$/.test(text)
            || element.matches('[data-testid^="stIcon"]') && text === icon
            || element.localName === 'style' && (text.includes(host) || text.includes('hurt'));
        for (const {name, value} of element.attributes)
            bad ||= name.startsWith('on') || name === 'style' && value.includes(host) || address.test(name)
                && !(URL.canParse(value, location.href) && new URL(value, location.href).origin === location.origin);
        if (bad) found.push(element.outerHTML.slice(0, 160));
    }
    return found;
}"""
"""Elements that no text may turn into: those that run, load or typeset something, formatted texts, icons, attributes that
run something, and addresses of other hosts.
"""
HOVER = """async maxPoints => {
    const texts = new Set();
    for (const [number, figure] of [...document.querySelectorAll('.js-plotly-plot')].entries()) {
        figure.scrollIntoView({block: 'center'});
        const points = [...figure.querySelectorAll('.point, .points path')];
        const step = number ? Math.ceil(points.length / 8) : 1;
        for (const point of points.filter((_, position) => position % step === 0).slice(0, maxPoints)) {
            const box = point.getBoundingClientRect();
            const at = {bubbles: true, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2};
            const under = document.elementFromPoint(at.clientX, at.clientY) ?? figure;
            for (const kind of ['mouseover', 'mousemove']) under.dispatchEvent(new MouseEvent(kind, at));
            await new Promise(done => setTimeout(done, 60));  // plotly reacts every 50 ms
            for (const text of figure.querySelectorAll('.hoverlayer text')) texts.add(text.textContent);
        }
    }
    return [...texts];
}"""
FORMULA = re.compile(r'["\s]*[=+\-@＝＋－＠]')
NUMBER = re.compile(r"-?[\d.]+")
ANKI = re.compile(r"\[/?(latex|\$)|\[sound:|\[anki:|\\[(\[]")
INVISIBLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\u2060\ufffd]")


def normalized(text: str) -> str:
    """A text for comparison: casefolded, on one line, without characters that are invisible or not allowed in HTML."""
    return " ".join(INVISIBLE.sub("", text).split()).casefold()


def missing(shown: str, texts: Iterable[str]) -> list[str]:
    """Those of `texts` that `shown` does not contain unchanged."""
    shown = normalized(shown)
    return [text for text in texts if normalized(text) not in shown]


def cut(texts: Iterable[str], max_length: int) -> list[str]:
    """The texts as figures show them: cut to a maximum length."""
    return [text if len(text) <= max_length else text[: max_length - 1] for text in texts]


def must_hold_no_formula(text: str, texts: Iterable[str]) -> None:
    """No cell is a formula, whatever separator the spreadsheet assumes; `texts` are cells, perhaps after an apostrophe."""
    for separator in (",", ";", "\t"):
        cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]
        assert [cell for cell in cells if FORMULA.match(cell) and not NUMBER.fullmatch(cell)] == []
    cells_without_apostrophes = {
        cell.replace("'", "") for row in csv.reader(io.StringIO(text, newline="")) for cell in row
    }
    assert [text for text in texts if text.replace("'", "") not in cells_without_apostrophes] == []


@dataclass
class Window:
    """The browser window in which all pages of the dashboard are opened."""

    page: Page
    address: str
    watched: WatchedPage
    incidents: list[str] = field(default_factory=list)
    """Dialogs, and responses without a security header."""
    dispositions: dict[str, str] = field(default_factory=dict)
    """The Content-Disposition of every response, by its address."""

    def __post_init__(self) -> None:
        self.page.on("dialog", self._on_dialog)
        self.page.on("response", self._on_response)

    def _on_dialog(self, dialog: Dialog) -> None:
        self.incidents.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_response(self, response: Response) -> None:
        headers = response.headers
        missing = [name for name in HEADERS if headers.get(name.lower()) != HEADERS[name]]
        if missing and not response.url.startswith("blob:"):
            self.incidents.append(f"{response.url} lacks {missing}")
        self.dispositions[response.url] = headers.get("content-disposition", "")

    def goto(self, path: str, parameters: Parameters = ()) -> Page:
        """Open a page of the dashboard by its address."""
        self.page.goto(f"{self.address}{path}?{urlencode(parameters)}")
        settle(self.page)
        return self.page

    def must_show(self, texts: Sequence[str] = (), area: Locator | None = None, attempts: int = 8) -> None:
        """No text became an element, and all of `texts` are shown in `area` (default: anywhere on the page)."""
        settle(self.page)
        assert self.page.evaluate(FORBIDDEN_ELEMENTS, [hostile.HOST, hostile.ICON]) == []
        shown = self.page.evaluate(ALL_TEXTS)
        assert hostile.EMOJI not in shown
        assert f"icon {hostile.ICON}" not in shown
        assert self.page.get_by_test_id("stException").count() == 0
        not_shown = missing("\n".join(area.all_inner_texts()) if area else shown, texts)
        if not_shown and attempts:
            self.page.wait_for_timeout(500)  # they may not be drawn yet
            self.must_show(texts, area, attempts - 1)
        else:
            assert not_shown == []

    def must_offer(self, texts: Sequence[str], group: Locator) -> None:
        """A filter offers as many of `texts` as it may: each unchanged, or only its beginning."""
        self.must_show()
        buttons = group.get_by_role("button")
        expect(buttons).to_have_count(MAX_PILLS)
        labels = [
            re.sub(r"( \(\d+\))?$", "", normalized(label)).removesuffix("…") for label in buttons.all_inner_texts()
        ]
        stored = [normalized(text) for text in texts]
        assert [label for label in labels if not any(text.startswith(label) for text in stored)] == []

    def must_show_on_hover(self, texts: Iterable[str]) -> None:
        """The mouse over the points of all figures shows all of `texts`."""
        shown: list[str] = []
        for _ in range(3):
            shown += self.page.evaluate(HOVER, MAX_HOVERED_POINTS)
            if not (not_shown := missing("\n".join(shown), texts)):
                break
        assert not_shown == []
        self.must_show()

    def download(self, button: str, folder: Path) -> Path:
        """Download a file into the folder, under the name that the server sends, and return its path."""
        settle(self.page)
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name=re.compile(f"^{button}")).click()
        address = download.value.url
        while address not in self.dispositions:  # the page requests it a second time
            self.page.wait_for_event("response")
        kind, _, parameter = self.dispositions[address].partition("; ")
        assert kind == "attachment"
        name = unquote(parameter.partition("''")[2]) if parameter.startswith("filename*") else parameter.split('"')[1]
        assert download.value.suggested_filename == name
        path = folder / name
        download.value.save_as(path)
        return path

    def take_complaints(self) -> list[str]:
        """Return and clear the complaints and incidents since the last call."""
        complaints = [*self.incidents, *self.watched.complaints]
        self.incidents.clear()
        self.watched.complaints.clear()
        return complaints


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard on tables of the hostile items."""
    with (
        serving.tables("provisioned", hostile.items(time.time())) as environment,
        serving.dashboard(tmp_path_factory.mktemp("hostile"), environment) as dashboard,
    ):
        yield dashboard.address


@pytest.fixture(scope="module")
def module_window(browser: Browser, served: str) -> Iterator[Window]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    context.add_init_script(f"({RECORD_CANVAS_TEXTS})()")
    page = context.new_page()
    expect.set_options(timeout=20_000)
    yield Window(page, served, WatchedPage(page, urlsplit(served).netloc))
    expect.set_options(timeout=5_000)
    context.close()


@pytest.fixture
def window(module_window: Window) -> Iterator[Window]:
    """The window for one test, which fails if there are complaints or incidents at its end."""
    module_window.take_complaints()
    yield module_window
    assert module_window.take_complaints() == []


def test_every_attribute_holds_every_payload() -> None:
    values: dict[tuple[TableKey, str], set[str]] = defaultdict(set)
    for key, item in hostile.items(now=0):
        for name, value in item.items():
            values[key, name].add(value.get("S", ""))
    for key, table in TABLES.items():
        for name in (table.partition_key, table.sort_key, *(attribute.name for attribute in table.attributes)):
            assert values[key, name] >= {*TEXTS}, f"{name} of {key}"


def test_students(window: Window) -> None:
    page = window.goto("/", [("target_of", f"{payload}:7.0") for payload in TEXTS])
    window.must_show()
    page.get_by_role("button", name="Targets of").click()
    window.must_show(TEXTS, page.get_by_test_id("stPopoverBody"))
    page.keyboard.press("Escape")
    page.get_by_text("more students need attention").click()
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    window.must_show_on_hover(cut(TEXTS[:3], 60))
    for bundle in BUNDLES:
        window.goto("/", {"search": f"{bundle}?", "skill": "speaking", "period": "30d"})
        window.must_show([bundle], page.get_by_test_id("stAlert").last)


def test_grader(window: Window) -> None:
    page = window.goto("/grader")
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    window.must_show(cut(hostile.MODELS, 34), page.locator(".js-plotly-plot").first)


def test_student(window: Window) -> None:
    page = window.goto("/student")
    page.get_by_role("combobox").click()
    window.must_show([STUDENT])
    for user_id in BUNDLES:
        window.goto("/student", {"user_id": user_id})
        window.must_show([user_id], page.get_by_role("heading", level=1))
    window.goto("/student", {"user_id": STUDENT})
    page.get_by_text("How to read this").click()
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    window.must_show([hostile.MODELS[0].split()[0]], page.locator(".js-plotly-plot").first)
    expect(page.locator('.b-table a[title*="onmouseover="]').first).to_be_visible()
    window.must_show_on_hover(cut(TEXTS, 60))
    window.goto("/student", {"user_id": UNKNOWN_ID})
    window.must_show([UNKNOWN_ID], page.get_by_test_id("stCode"))


@pytest.mark.parametrize("shape", WHOLE)
def test_evaluation_of_each_shape(window: Window, shape: str) -> None:
    page = window.goto("/evaluation", {"evaluation_id": WHOLE[shape], "user_id": STUDENT})
    window.must_show([BUNDLES[1].replace("_", " ")], page.get_by_role("heading", level=1))
    window.must_show(TEXTS, page.locator(".b-feedback"))
    window.must_show([hostile.ALL], page.get_by_test_id("stCode").first)
    if shape == "essay":
        window.must_show(TEXTS, page.locator(".b-essay"))
    if shape == "spoken":
        window.must_show(TEXTS, page.locator(".b-prose"))
        page.get_by_role("searchbox", name="Search in the transcript").fill("hurt")
        page.keyboard.press("Enter")
        expect(page.locator("mark").first).to_be_visible()
        window.must_show(TEXTS, page.locator(".b-prose"))
    page.get_by_text("Show the raw item").click()
    expect(page.get_by_text('"evaluation_id": {')).to_be_visible()
    window.must_show()


def test_evaluations_with_hostile_attributes(window: Window) -> None:
    page = window.page
    for bundle in BUNDLES:
        window.goto("/evaluation", {"evaluation_id": bundle, "user_id": bundle})
        window.must_show([bundle], page.locator(".b-facts"))
        window.must_show([bundle], page.locator(".b-feedback"))
        page.get_by_text("Data issues of this item").click()
        window.must_show()
    window.goto("/evaluation", {"evaluation_id": f"unread {BUNDLES[0]}", "user_id": STUDENT})
    window.must_show(cut([BUNDLES[0]], 60), page.locator(".b-scoreboard"))
    window.goto("/evaluation", {"evaluation_id": hostile.JOB, "user_id": STUDENT})
    window.must_show(TEXTS, page.locator('[data-testid="stPageLink"]'))
    window.goto("/evaluation", {"evaluation_id": UNKNOWN_ID, "user_id": UNKNOWN_ID})
    window.must_show([UNKNOWN_ID], page.get_by_test_id("stCode"))


def test_compare(window: Window) -> None:
    page = window.goto("/compare", {"user_id": STUDENT})
    page.get_by_role("combobox").fill("hurt")
    window.must_show([STUDENT], page.get_by_test_id("stMain"))
    window.goto("/compare", [("user_id", bundle) for bundle in BUNDLES])
    window.must_show(BUNDLES, page.get_by_role("heading", level=2))
    window.must_show(TEXTS[:-1], page.locator(".b-note"))
    window.must_show_on_hover(cut(TEXTS, 60))
    for first, second in (("essay", "spoken"), ("no essay", "list")):
        keys = [("evaluation_id", WHOLE[first]), ("evaluation_id", WHOLE[second]), ("user_id", STUDENT)]
        window.goto("/compare", keys)
        window.must_show(TEXTS, page.locator(".b-side-by-side"))
    window.goto(
        "/compare", [("evaluation_id", bundle) for bundle in BUNDLES] + [("user_id", bundle) for bundle in BUNDLES]
    )
    window.must_show(BUNDLES)
    window.goto("/compare", {"evaluation_id": WHOLE["essay"], "user_id": STUDENT})
    page.get_by_role("combobox").click()
    window.must_show()
    window.goto("/compare", [("user_id", STUDENT), ("user_id", UNKNOWN_ID)])
    window.must_show([UNKNOWN_ID], page.get_by_test_id("stCode"))


def test_flashcards(window: Window) -> None:
    page = window.goto("/flashcards")
    window.must_show()
    window.goto("/flashcards", {"user_id": STUDENT})
    window.must_show([STUDENT])
    for table in ("flashcards", "evaluations"):
        window.goto("/flashcards", {"set_id": f"{hostile.CARDS} {table}", "user_id": STUDENT})
        window.must_show(TEXTS, page.locator(".b-cards"))
        entries = TEXTS[:MAX_TEXTS]
        window.must_show(entries, page.get_by_test_id("stCode"))
        window.must_show([f"And {len(TEXTS) - len(entries)} more entries in the raw item."])
        kinds = [payload.replace("_", " ") for payload in TEXTS]
        for number in (0, 1):
            window.must_offer(kinds, page.get_by_test_id("stButtonGroup").filter(has_text="hurt").nth(number))
    page.get_by_text("Show the raw item").click()
    expect(page.get_by_text('"evaluation_id": {')).to_be_visible()
    window.must_show()
    window.goto("/flashcards", {"set_id": f"{hostile.CARDS} flashcards", "user_id": STUDENT, "view": "Study"})
    for payload in TEXTS[:2]:
        page.keyboard.press("Space")
        expect(page.locator(".b-study-card .b-answer")).to_be_visible()
        window.must_show([f"{payload}\n{payload}"], page.locator(".b-study-card"))
        page.keyboard.press("ArrowRight")
        expect(page.locator(".b-study-card .b-answer")).to_have_count(0)
    for bundle in BUNDLES:
        window.goto("/flashcards", {"set_id": bundle, "user_id": bundle})
        window.must_show([bundle])
    window.goto("/flashcards", {"set_id": UNKNOWN_ID, "user_id": UNKNOWN_ID})
    window.must_show([UNKNOWN_ID], page.get_by_test_id("stCode"))


def test_jobs(window: Window) -> None:
    page = window.goto("/jobs")
    page.get_by_text("Per model").click()
    window.must_show(TEXTS, page.locator(".b-table").nth(1))
    window.must_offer([*TEXTS, hostile.ALL.replace("\n", " ¦ ")], page.get_by_test_id("stButtonGroup").nth(1))
    window.must_show_on_hover([])
    for payload in (PAYLOADS["icon"], hostile.ALL):
        window.goto("/jobs", {"state": "failed", "cause": normalised(payload)})
        page.get_by_text("Hand-off").click()
        window.must_show([payload], page.get_by_test_id("stCode"))
        window.must_show([normalised(payload)], page.get_by_role("heading", level=2))
    window.goto("/jobs", {"evaluation_id": hostile.JOB, "user_id": STUDENT})
    window.must_show(TEXTS, page.get_by_test_id("stPageLink"))
    for key, bundle in zip(("evaluation_id", "set_id"), BUNDLES, strict=True):
        window.goto("/jobs", {key: bundle, "user_id": bundle})
        window.must_show([bundle], page.get_by_role("heading", level=1))
        window.must_show([bundle], page.locator(".b-facts"))
    window.goto("/jobs", {"evaluation_id": UNKNOWN_ID, "user_id": UNKNOWN_ID})
    window.must_show([UNKNOWN_ID], page.get_by_test_id("stCode"))


def test_tables(window: Window) -> None:
    page = window.goto("/tables")
    for expander in page.get_by_test_id("stExpander").all():
        expander.locator("summary").click()
    window.must_show()


def test_downloaded_tables_hold_no_formula(window: Window, tmp_path: Path) -> None:
    page = window.goto("/tables")
    must_hold_no_formula(window.download("Download the .* items with data issues", tmp_path).read_text("utf-8"), TEXTS)
    window.goto("/jobs", {"state": "failed", "cause": normalised(hostile.ALL)})
    page.get_by_text("Hand-off").click()
    for line in window.download("Download", tmp_path).read_text("utf-8").splitlines():
        assert line.isascii()
        assert set(json.loads(line)) == {"table", "id", "user_id", "type", "state"}
    window.goto("/")
    with zipfile.ZipFile(window.download("These rows as CSV", tmp_path)) as files:
        assert files.namelist() == ["students.csv", "dictionary.csv"]
        must_hold_no_formula(files.read("students.csv").decode(), TEXTS)
    window.goto("/student", {"user_id": STUDENT})
    with zipfile.ZipFile(window.download("These rows as Parquet", tmp_path)) as files:
        assert files.namelist() == ["evaluations.parquet", "dictionary.csv"]
        frame = pd.read_parquet(io.BytesIO(files.read("evaluations.parquet")))
    assert {*TEXTS} <= {*frame["evaluation_id"]}
    assert {*TEXTS} <= {*frame["model_used"]}


def test_downloaded_cards_are_text_in_anki_and_spreadsheets(window: Window, tmp_path: Path) -> None:
    window.goto("/flashcards", {"set_id": f"{hostile.CARDS} flashcards", "user_id": STUDENT})
    must_hold_no_formula(window.download("CSV", tmp_path).read_text("utf-8"), TEXTS)
    _, quote, rest = window.download("Tab-separated for Anki", tmp_path).read_text("utf-8").partition('"')
    rows = list(csv.reader(io.StringIO(quote + rest, newline=""), delimiter="\t"))
    sides = [row[column] for row in rows for column in (2, 3)]
    assert missing("\n".join(sides), TEXTS) == []
    with zipfile.ZipFile(window.download("Anki package", tmp_path)) as package:
        path = package.extract("collection.anki2", tmp_path)
    with closing(sqlite3.connect(path)) as collection:
        notes = [note for (note,) in collection.execute("SELECT flds FROM notes")]
    fields = [field for note in notes for field in note.split("\x1f")]
    assert [side for side in sides + fields if ANKI.search(side)] == []
    blank = window.page.context.new_page()
    requests: list[str] = []
    blank.on("request", lambda request: requests.append(request.url))
    blank.set_content("".join(f"<p>{field}</p>" for field in fields))
    assert blank.locator("body :not(p, br)").count() == 0
    assert requests == []
    assert missing(blank.locator("body").inner_text(), TEXTS) == []
    blank.close()


@pytest.mark.parametrize("user_id", [STUDENT, PAYLOADS["way out of elements"]], ids=["all", "one"])
def test_the_downloaded_report_runs_nothing(window: Window, tmp_path: Path, user_id: str) -> None:
    window.goto("/student", {"user_id": user_id})
    path = window.download("Printable report", tmp_path)
    opened = window.page.context.new_page()
    events: list[str] = []
    opened.on("console", lambda message: events.append(message.text))
    opened.on("pageerror", lambda error: events.append(str(error)))
    opened.on("dialog", lambda dialog: (events.append(dialog.message), dialog.dismiss()))
    opened.on("request", lambda request: events.append(request.url))
    opened.goto(path.as_uri())
    expect(opened.locator("[data-figure] > p")).to_have_count(0)
    assert events == [path.as_uri()]
    assert opened.title().startswith(f"Practice report of {user_id[:30]}")
    assert opened.locator("img, iframe, a, [onload], [onerror], svg svg svg, main script, main style").count() == 0
    assert missing(opened.locator("body").inner_text(), [user_id, *(TEXTS[:3] if user_id == STUDENT else [])]) == []
    opened.close()


def test_names_of_downloads_are_plain_file_names(window: Window, tmp_path: Path) -> None:
    for name in ("path of Windows", "right to left", "way out of an attribute"):
        window.goto("/flashcards", {"set_id": PAYLOADS[name], "user_id": STUDENT})
        path = window.download("CSV", tmp_path)
        assert re.fullmatch(r"[\w-][\w.-]*\.csv", path.name)


def test_the_policy_blocks_markup_that_gets_into_a_page(window: Window) -> None:
    """If a text became markup after all, the policy would stop it from running or loading anything."""
    page = window.goto("/tables")
    failed: list[tuple[str, str | None]] = []

    def on_failure(request: Request) -> None:
        failed.append((request.url, request.failure))

    page.on("requestfailed", on_failure)
    page.evaluate(
        """([host, texts]) => {
            for (const text of texts) {
                const container = document.createElement('div');
                container.innerHTML = text;
                document.body.append(container);
                const script = document.createElement('script');
                script.textContent = "document.title = 'hurt'";
                container.append(script);
            }
            return fetch(`//${host}`).catch(() => null);
        }""",
        [hostile.HOST, TEXTS],
    )
    page.wait_for_timeout(300)
    assert "hurt" not in page.title()
    page.remove_listener("requestfailed", on_failure)
    complaints = window.take_complaints()
    assert {reason for _, reason in failed} == {"csp"}
    requests = {complaint for complaint in complaints if complaint.startswith("request to")}
    assert requests == {f"request to another host: {address}" for address, _ in failed}
    directives = set(re.findall(r"\b[a-z]+-src\b", "\n".join(complaints)))
    assert directives >= {"script-src", "img-src", "connect-src"}
