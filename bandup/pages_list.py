"""Every page of the dashboard, listed once: what the frame, the links, the checks of the documents and the tests read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bandup.auth.roles import Role

TEACHERS, OPS, EVERYONE = frozenset({Role.TEACHER}), frozenset({Role.OPS}), frozenset(Role)

SCRIPTS = Path(__file__).resolve().parents[1] / "pages"


@dataclass(frozen=True)
class Page:
    """One page. `name` is its script's file name and its address; `roles` are those of the people whom it is for.

    `examples`: queries that show something on the demo, by the name of their picture. A page without any is opened without
    a query. Tests open every example: smoke tests, accessibility tests and pictures need no list of their own.
    """

    name: str
    title: str
    roles: frozenset[Role]
    in_menu: bool = True
    examples: Mapping[str, str] = field(default_factory=dict)

    @property
    def script(self) -> str:
        """The absolute path of the page's script, as Streamlit's navigation, links and switches take it."""
        return str(SCRIPTS / f"{self.name}.py")

    @property
    def address(self) -> str:
        """The path of the page: `/jobs`; the start page is `/`."""
        return "/" if self.name == STUDENTS.name else f"/{self.name}"

    @property
    def example_addresses(self) -> dict[str, str]:
        """Addresses that show something on the demo, by the name of their picture."""
        queries = self.examples or {self.name: ""}
        return {name: f"{self.address}?{query}".removesuffix("?") for name, query in queries.items()}


STUDENTS = Page("students", "Students", TEACHERS)
STUDENT = Page("student", "Student", TEACHERS, in_menu=False, examples={"student": "user_id=user-456"})
EVALUATION = Page(
    "evaluation",
    "Evaluation",
    TEACHERS,
    in_menu=False,
    examples={
        "evaluation": "evaluation_id=108195ae-3f93-41ec-aa95-6fe7bad2a281&user_id=user-456",
        "transcript": "evaluation_id=speak-xyz789&user_id=user-456",
    },
)
COMPARE = Page(
    "compare",
    "Compare",
    TEACHERS,
    in_menu=False,
    examples={"compare": "user_id=user-456&user_id=le.thi-thu-ha"},
)
MARKING = Page("marking", "Marking", TEACHERS)
GRADER = Page("grader", "Grader", EVERYONE)
FLASHCARDS = Page(
    "flashcards",
    "Flashcards",
    TEACHERS,
    examples={
        "flashcards": "",
        "flashcard-set": "set_id=flashcard-set-123&user_id=user-456",
        "study": "set_id=flashcard-set-123&user_id=user-456&view=Study",
    },
)
JOBS = Page(
    "jobs",
    "Jobs",
    OPS,
    examples={
        "jobs": "",
        "failed-jobs": "state=failed",
        "cause": "state=stuck&window=all&cause=left+at+processing+by+an+error+that+was+not+caught",
    },
)
TABLES = Page("tables", "Tables", OPS)

PAGES = (STUDENTS, STUDENT, EVALUATION, COMPARE, MARKING, GRADER, FLASHCARDS, JOBS, TABLES)
"""In the order of the menu; the first is the start page."""
