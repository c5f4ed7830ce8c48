"""Hostile texts are inert: in real Chromium, on every page and in every state of it, each is read as the text it is."""

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

import boto3
import pandas as pd
import pytest
from moto.server import ThreadedMotoServer
from playwright.sync_api import Browser, Dialog, Locator, Page, Request, Response, expect

from bandup.analysis.failure_causes import normalised
from bandup.server import index_html, security_headers
from data.schema import TABLES, TableKey
from tests import documented, hostile
from tests.browser import serving
from tests.browser.watching import Watched, settle
from tests.hostile import BUNDLES, PAYLOADS, STUDENT, WHOLE

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1"}
MOST_HOVERED = 48
"""Points of the first figure; in every other there are eight."""
HEADERS = security_headers(index_html())
ALONE = [*PAYLOADS.values()]
NOBODY = f"{' '.join(payload for payload in ALONE if len(payload) < 200)}?"
"""An id that no item has, as long as one may be."""
Parameters = Mapping[str, str] | Sequence[tuple[str, str]]
KEEP_WHAT_IS_DRAWN = """() => {
    window.drawn = new Set();
    const fillText = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
        window.drawn.add(this.font.includes('Symbols') ? `icon ${text}` : String(text));
        return fillText.call(this, text, ...more);
    };
}"""
READ = """() => [document.body.innerText, ...window.drawn,
    ...[...document.querySelectorAll('svg text')].map(text => text.textContent)].join('\\n')"""
CREATED = """([host, icon]) => {
    const found = [];
    const never = 'applet, audio, base, embed, form, frame, iframe, img, marquee, math, object, video, [srcdoc], .katex,'
        + '.stMarkdownColoredText, .stMarkdownBadge';
    const outside = 'link, meta, script, title';
    const formatted = 'a, b, blockquote, code, del, em, h1, h2, h3, h4, h5, h6, i, li, s, strong, sub, sup,'
        + 'td:not([role=gridcell]), tspan, u';  // the name of a document may be `hurt`: a cell of our own table
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
"""What pages make of no text: elements that run, load or typeset something, texts in bold and the like, icons, attributes
that run something, and addresses elsewhere.
"""
HOVER = """async most => {
    const said = new Set();
    for (const [number, figure] of [...document.querySelectorAll('.js-plotly-plot')].entries()) {
        figure.scrollIntoView({block: 'center'});
        const points = [...figure.querySelectorAll('.point, .points path')];
        const step = number ? Math.ceil(points.length / 8) : 1;
        for (const point of points.filter((_, place) => place % step === 0).slice(0, most)) {
            const box = point.getBoundingClientRect();
            const at = {bubbles: true, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2};
            const under = document.elementFromPoint(at.clientX, at.clientY) ?? figure;
            for (const kind of ['mouseover', 'mousemove']) under.dispatchEvent(new MouseEvent(kind, at));
            await new Promise(done => setTimeout(done, 60));  // plotly looks every 50 ms
            for (const text of figure.querySelectorAll('.hoverlayer text')) said.add(text.textContent);
        }
    }
    return [...said];
}"""
FORMULA = re.compile(r'["\s]*[=+\-@＝＋－＠]')
NUMBER = re.compile(r"-?[\d.]+")
ANKI = re.compile(r"\[/?(latex|\$)|\[sound:|\[anki:|\\[(\[]")
UNSEEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\u2060\ufffd]")


def normal(text: str) -> str:
    """A text as it is compared: without what nobody sees and what an HTML page can't hold, in one case and on one line."""
    return " ".join(UNSEEN.sub("", text).split()).casefold()


def missing(shown: str, texts: Iterable[str]) -> list[str]:
    """Those of `texts` that are not in what is shown, as themselves."""
    shown = normal(shown)
    return [text for text in texts if normal(text) not in shown]


def cut(texts: Iterable[str], most: int) -> list[str]:
    """Texts as far as figures have room for them."""
    return [text if len(text) <= most else text[: most - 1] for text in texts]


def must_hold_no_formula(text: str, texts: Iterable[str]) -> None:
    """No cell is a formula, whatever parts them for the spreadsheet; `texts` are cells, with an apostrophe at most."""
    for separator in (",", ";", "\t"):
        cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]
        assert [cell for cell in cells if FORMULA.match(cell) and not NUMBER.fullmatch(cell)] == []
    told = {cell.replace("'", "") for row in csv.reader(io.StringIO(text, newline="")) for cell in row}
    assert [one for one in texts if one.replace("'", "") not in told] == []


@dataclass
class Walk:
    """The one page on which the whole dashboard is walked."""

    page: Page
    address: str
    watched: Watched
    happened: list[str] = field(default_factory=list)
    """Dialogs, and responses that lack a security header."""
    dispositions: dict[str, str] = field(default_factory=dict)
    """How the browser was told to take a file, by its address."""

    def __post_init__(self) -> None:
        self.page.on("dialog", self._on_dialog)
        self.page.on("response", self._on_response)

    def _on_dialog(self, dialog: Dialog) -> None:
        self.happened.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_response(self, response: Response) -> None:
        told = response.headers
        missing = [name for name in HEADERS if told.get(name.lower()) != HEADERS[name]]
        if missing and not response.url.startswith("blob:"):
            self.happened.append(f"{response.url} lacks {missing}")
        self.dispositions[response.url] = told.get("content-disposition", "")

    def goto(self, path: str, parameters: Parameters = ()) -> Page:
        """Opens a page of the dashboard by its address."""
        self.page.goto(f"{self.address}{path}?{urlencode(parameters)}")
        settle(self.page)
        return self.page

    def look(self, texts: Sequence[str] = (), place: Locator | None = None, patience: int = 8) -> None:
        """Nothing was made of a text, and all of `texts` can be read in `place` (else: somewhere on the page)."""
        settle(self.page)
        assert self.page.evaluate(CREATED, [hostile.HOST, hostile.ICON]) == []
        assert "hurt" not in self.page.title()
        shown = self.page.evaluate(READ)
        assert hostile.EMOJI not in shown
        assert f"icon {hostile.ICON}" not in shown
        assert self.page.get_by_test_id("stException").count() == 0
        wanted = missing("\n".join(place.all_inner_texts()) if place else shown, texts)
        if wanted and patience:
            self.page.wait_for_timeout(500)  # some of it may not be drawn yet
            self.look(texts, place, patience - 1)
        else:
            assert wanted == []

    def hover(self, texts: Iterable[str]) -> None:
        """Points at points of every figure; all of `texts` can be read then."""
        said: list[str] = []
        for _ in range(3):
            said += self.page.evaluate(HOVER, MOST_HOVERED)
            if not (wanted := missing("\n".join(said), texts)):
                break
        assert wanted == []
        self.look()

    def download(self, button: str, folder: Path) -> Path:
        """Downloads to the folder, under the name that the server told."""
        settle(self.page)
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name=re.compile(f"^{button}")).click()
        address = download.value.url
        while address not in self.dispositions:  # the page itself asks for it once more
            self.page.wait_for_event("response")
        kind, _, told = self.dispositions[address].partition("; ")
        assert kind == "attachment"
        name = unquote(told.partition("''")[2]) if told.startswith("filename*") else told.split('"')[1]
        assert download.value.suggested_filename == name
        path = folder / name
        download.value.save_as(path)
        return path

    def complaints(self) -> list[str]:
        """What happened since that should not have; forgotten here."""
        found = [*self.happened, *self.watched.complaints]
        self.happened.clear()
        self.watched.complaints.clear()
        return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard on the hostile items."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    client = boto3.client(
        "dynamodb",
        endpoint_url=f"http://{host}:{port}",
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    for name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=name)
    documented.fill(client, "provisioned", hostile.items(time.time()))
    tables = {
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://{host}:{port}",
        "DYNAMODB_EVALUATIONS": documented.NAMES["evaluations"],
        "DYNAMODB_FLASHCARD_SETS": documented.NAMES["flashcard_sets"],
    }
    with serving.dashboard(tmp_path_factory.mktemp("hostile"), {**CREDENTIALS, **tables}) as running:
        yield running.address
    moto.stop()


@pytest.fixture(scope="module")
def whole_walk(browser: Browser, served: str) -> Iterator[Walk]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    context.add_init_script(f"({KEEP_WHAT_IS_DRAWN})()")
    page = context.new_page()
    expect.set_options(timeout=20_000)
    yield Walk(page, served, Watched(page, urlsplit(served).netloc))
    expect.set_options(timeout=5_000)
    context.close()


@pytest.fixture
def walk(whole_walk: Walk) -> Iterator[Walk]:
    """The walk, one leg of it: fails in the end if the page asked another host, complained or opened a dialog."""
    whole_walk.complaints()
    yield whole_walk
    assert whole_walk.complaints() == []


def test_every_attribute_holds_every_payload() -> None:
    held: dict[tuple[TableKey, str], set[str]] = defaultdict(set)
    for key, item in hostile.items(now=0):
        for name, value in item.items():
            held[key, name].add(value.get("S", ""))
    for key, table in TABLES.items():
        for name in (table.partition_key, table.sort_key, *(attribute.name for attribute in table.attributes)):
            assert held[key, name] >= {*ALONE}, f"{name} of {key}"


def test_students(walk: Walk) -> None:
    page = walk.goto("/", [("target_of", f"{payload}:7.0") for payload in ALONE])
    walk.look()
    page.get_by_role("button", name="Targets of").click()
    walk.look(ALONE, page.get_by_test_id("stPopoverBody"))
    page.keyboard.press("Escape")
    page.get_by_text("more students need attention").click()
    page.get_by_text("Does the grader drift?").click()
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    walk.look(cut(hostile.MODELS, 34), page.locator(".js-plotly-plot").nth(2))
    walk.hover(cut(ALONE[:3], 60))
    for bundle in BUNDLES:
        walk.goto("/", {"search": f"{bundle}?", "skill": "speaking", "period": "30d"})
        walk.look([bundle], page.get_by_test_id("stAlert").last)


def test_student(walk: Walk) -> None:
    page = walk.goto("/student")
    page.get_by_role("combobox").click()
    walk.look([STUDENT])
    for user_id in BUNDLES:
        walk.goto("/student", {"user_id": user_id})
        walk.look([user_id], page.get_by_role("heading", level=1))
    walk.goto("/student", {"user_id": STUDENT})
    page.get_by_text("How to read this").click()
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    walk.look([hostile.MODELS[0].split()[0]], page.locator(".js-plotly-plot").first)
    expect(page.locator('.b-table a[title*="onmouseover="]').first).to_be_visible()
    walk.hover(cut(ALONE, 60))
    walk.goto("/student", {"user_id": NOBODY})
    walk.look([NOBODY], page.get_by_test_id("stCode"))


@pytest.mark.parametrize("shape", WHOLE)
def test_evaluation_of_each_shape(walk: Walk, shape: str) -> None:
    page = walk.goto("/evaluation", {"evaluation_id": WHOLE[shape], "user_id": STUDENT})
    walk.look([BUNDLES[1].replace("_", " ")], page.get_by_role("heading", level=1))
    walk.look(ALONE, page.locator(".b-feedback"))
    walk.look([hostile.ALL], page.get_by_test_id("stCode").first)
    if shape == "essay":
        walk.look(ALONE, page.locator(".b-annotated"))
    if shape == "spoken":
        walk.look(ALONE, page.locator(".b-prose"))
        page.get_by_role("searchbox", name="Search in the transcript").fill("hurt")
        page.keyboard.press("Enter")
        expect(page.locator("mark").first).to_be_visible()
        walk.look(ALONE, page.locator(".b-prose"))
    page.get_by_text("Show the raw item").click()
    expect(page.get_by_text('"evaluation_id": {')).to_be_visible()
    walk.look()


def test_evaluations_of_which_every_attribute_is_hostile(walk: Walk) -> None:
    page = walk.page
    for bundle in BUNDLES:
        walk.goto("/evaluation", {"evaluation_id": bundle, "user_id": bundle})
        walk.look([bundle], page.locator(".b-facts"))
        walk.look([bundle], page.locator(".b-feedback"))
        page.get_by_text("Data issues of this item").click()
        walk.look()
    walk.goto("/evaluation", {"evaluation_id": f"unread {BUNDLES[0]}", "user_id": STUDENT})
    walk.look(cut([BUNDLES[0]], 60), page.locator(".b-scoreboard"))
    walk.goto("/evaluation", {"evaluation_id": hostile.JOB, "user_id": STUDENT})
    walk.look(ALONE, page.locator('[data-testid="stPageLink"]'))
    walk.goto("/evaluation", {"evaluation_id": NOBODY, "user_id": NOBODY})
    walk.look([NOBODY], page.get_by_test_id("stCode"))


def test_compare(walk: Walk) -> None:
    page = walk.goto("/compare", {"user_id": STUDENT})
    page.get_by_role("combobox").fill("hurt")
    walk.look([STUDENT], page.get_by_test_id("stMain"))
    walk.goto("/compare", [("user_id", bundle) for bundle in BUNDLES])
    walk.look(BUNDLES, page.get_by_role("heading", level=2))
    walk.look(ALONE[:-1], page.locator(".b-quiet"))
    walk.hover(cut(ALONE, 60))
    for first, second in (("essay", "spoken"), ("no essay", "list")):
        keys = [("evaluation_id", WHOLE[first]), ("evaluation_id", WHOLE[second]), ("user_id", STUDENT)]
        walk.goto("/compare", keys)
        walk.look(ALONE, page.locator(".b-beside"))
    walk.goto(
        "/compare", [("evaluation_id", bundle) for bundle in BUNDLES] + [("user_id", bundle) for bundle in BUNDLES]
    )
    walk.look(BUNDLES)
    walk.goto("/compare", {"evaluation_id": WHOLE["essay"], "user_id": STUDENT})
    page.get_by_role("combobox").click()
    walk.look()
    walk.goto("/compare", [("user_id", STUDENT), ("user_id", NOBODY)])
    walk.look([NOBODY], page.get_by_test_id("stCode"))


def test_flashcards(walk: Walk) -> None:
    page = walk.goto("/flashcards")
    walk.look()
    walk.goto("/flashcards", {"user_id": STUDENT})
    walk.look([STUDENT])
    for place in ("flashcards", "evaluations"):
        walk.goto("/flashcards", {"set_id": f"{hostile.CARDS} {place}", "user_id": STUDENT})
        walk.look(ALONE, page.locator(".b-cards"))
        walk.look(ALONE, page.get_by_test_id("stCode"))
        kinds = [payload.replace("_", " ") for payload in ALONE]
        for number in (0, 1):
            walk.look(kinds, page.get_by_test_id("stButtonGroup").filter(has_text="hurt").nth(number))
    page.get_by_text("Show the raw item").click()
    expect(page.get_by_text('"evaluation_id": {')).to_be_visible()
    walk.look()
    walk.goto("/flashcards", {"set_id": f"{hostile.CARDS} flashcards", "user_id": STUDENT, "view": "Study"})
    for payload in ALONE[:2]:
        page.keyboard.press("Space")
        expect(page.locator(".b-face .b-answer")).to_be_visible()
        walk.look([f"{payload}\n{payload}"], page.locator(".b-face"))
        page.keyboard.press("ArrowRight")
        expect(page.locator(".b-face .b-answer")).to_have_count(0)
    for bundle in BUNDLES:
        walk.goto("/flashcards", {"set_id": bundle, "user_id": bundle})
        walk.look([bundle])
    walk.goto("/flashcards", {"set_id": NOBODY, "user_id": NOBODY})
    walk.look([NOBODY], page.get_by_test_id("stCode"))


def test_jobs(walk: Walk) -> None:
    page = walk.goto("/jobs")
    page.get_by_text("Per model").click()
    walk.look(ALONE, page.locator(".b-table").nth(1))
    walk.look(ALONE, page.get_by_test_id("stButtonGroup").nth(1))
    walk.hover([])
    for payload in (PAYLOADS["icon"], hostile.ALL):
        walk.goto("/jobs", {"state": "failed", "cause": normalised(payload)})
        page.get_by_text("Hand-off").click()
        walk.look([payload], page.get_by_test_id("stCode"))
        walk.look([normalised(payload)], page.get_by_role("heading", level=2))
    walk.goto("/jobs", {"evaluation_id": hostile.JOB, "user_id": STUDENT})
    walk.look(ALONE, page.get_by_test_id("stPageLink"))
    for key, bundle in zip(("evaluation_id", "set_id"), BUNDLES, strict=True):
        walk.goto("/jobs", {key: bundle, "user_id": bundle})
        walk.look([bundle], page.get_by_role("heading", level=1))
        walk.look([bundle], page.locator(".b-facts"))
    walk.goto("/jobs", {"evaluation_id": NOBODY, "user_id": NOBODY})
    walk.look([NOBODY], page.get_by_test_id("stCode"))


def test_tables(walk: Walk) -> None:
    page = walk.goto("/tables")
    for expander in page.get_by_test_id("stExpander").all():
        expander.locator("summary").click()
    walk.look()


def test_tables_to_take_away_hold_no_formula(walk: Walk, tmp_path: Path) -> None:
    page = walk.goto("/tables")
    must_hold_no_formula(walk.download("Download the .* odd items", tmp_path).read_text("utf-8"), ALONE)
    walk.goto("/jobs", {"state": "failed", "cause": normalised(hostile.ALL)})
    page.get_by_text("Hand-off").click()
    for line in walk.download("Download", tmp_path).read_text("utf-8").splitlines():
        assert line.isascii()
        assert set(json.loads(line)) == {"table", "id", "user_id", "type", "state"}
    walk.goto("/")
    with zipfile.ZipFile(walk.download("These rows as CSV", tmp_path)) as files:
        assert files.namelist() == ["students.csv", "dictionary.csv"]
        must_hold_no_formula(files.read("students.csv").decode(), ALONE)
    walk.goto("/student", {"user_id": STUDENT})
    with zipfile.ZipFile(walk.download("These rows as Parquet", tmp_path)) as files:
        assert files.namelist() == ["evaluations.parquet", "dictionary.csv"]
        frame = pd.read_parquet(io.BytesIO(files.read("evaluations.parquet")))
    assert {*ALONE} <= {*frame["evaluation_id"]}
    assert {*ALONE} <= {*frame["model_used"]}


def test_cards_to_take_away_are_text_in_anki_and_in_spreadsheets(walk: Walk, tmp_path: Path) -> None:
    walk.goto("/flashcards", {"set_id": f"{hostile.CARDS} flashcards", "user_id": STUDENT})
    must_hold_no_formula(walk.download("CSV", tmp_path).read_text("utf-8"), ALONE)
    _, quote, below = walk.download("Tab-separated for Anki", tmp_path).read_text("utf-8").partition('"')
    rows = list(csv.reader(io.StringIO(quote + below, newline=""), delimiter="\t"))
    sides = [row[place] for row in rows for place in (2, 3)]
    assert missing("\n".join(sides), ALONE) == []
    with zipfile.ZipFile(walk.download("Anki package", tmp_path)) as package:
        path = package.extract("collection.anki2", tmp_path)
    with closing(sqlite3.connect(path)) as collection:
        notes = [note for (note,) in collection.execute("SELECT flds FROM notes")]
    fields = [field for note in notes for field in note.split("\x1f")]
    assert [side for side in sides + fields if ANKI.search(side)] == []
    blank = walk.page.context.new_page()
    asked_for: list[str] = []
    blank.on("request", lambda request: asked_for.append(request.url))
    blank.set_content("".join(f"<p>{field}</p>" for field in fields))
    assert blank.locator("body :not(p, br)").count() == 0
    assert asked_for == []
    assert missing(blank.locator("body").inner_text(), ALONE) == []
    blank.close()


@pytest.mark.parametrize("user_id", [STUDENT, PAYLOADS["way out of elements"]], ids=["all", "one"])
def test_the_report_to_take_away_runs_nothing(walk: Walk, tmp_path: Path, user_id: str) -> None:
    walk.goto("/student", {"user_id": user_id})
    path = walk.download("Printable report", tmp_path)
    opened = walk.page.context.new_page()
    happened: list[str] = []
    opened.on("console", lambda message: happened.append(message.text))
    opened.on("pageerror", lambda error: happened.append(str(error)))
    opened.on("dialog", lambda dialog: (happened.append(dialog.message), dialog.dismiss()))
    opened.on("request", lambda request: happened.append(request.url))
    opened.goto(path.as_uri())
    expect(opened.locator("[data-figure] > p")).to_have_count(0)
    assert happened == [path.as_uri()]
    assert opened.title().startswith(f"Practice report of {user_id[:30]}")
    assert opened.locator("img, iframe, a, [onload], [onerror], svg svg svg, main script, main style").count() == 0
    assert missing(opened.locator("body").inner_text(), [user_id, *(ALONE[:3] if user_id == STUDENT else [])]) == []
    opened.close()


def test_no_name_of_a_download_is_a_path_or_misleads(walk: Walk, tmp_path: Path) -> None:
    for name in ("path of Windows", "right to left", "way out of an attribute"):
        walk.goto("/flashcards", {"set_id": PAYLOADS[name], "user_id": STUDENT})
        path = walk.download("CSV", tmp_path)
        assert re.fullmatch(r"[\w-][\w.-]*\.csv", path.name)


def test_the_second_lock(walk: Walk) -> None:
    """Were a text to become markup after all, the policy would let it run and load nothing."""
    page = walk.goto("/tables")
    failed: list[tuple[str, str | None]] = []

    def on_failure(request: Request) -> None:
        failed.append((request.url, request.failure))

    page.on("requestfailed", on_failure)
    page.evaluate(
        """([host, texts]) => {
            for (const text of texts) {
                const place = document.createElement('div');
                place.innerHTML = text;
                document.body.append(place);
                const script = document.createElement('script');
                script.textContent = "document.title = 'hurt'";
                place.append(script);
            }
            return fetch(`//${host}`).catch(() => null);
        }""",
        [hostile.HOST, ALONE],
    )
    page.wait_for_timeout(300)
    assert "hurt" not in page.title()
    page.remove_listener("requestfailed", on_failure)
    said = walk.complaints()
    assert {reason for _, reason in failed} == {"csp"}
    asked_for = {one for one in said if one.startswith("request to")}
    assert asked_for == {f"request to another host: {address}" for address, _ in failed}
    directives = {found for one in said for found in re.findall(r"\b[a-z]+-src\b", one)}
    assert directives >= {"script-src", "img-src", "connect-src"}
