"""Every page of the dashboard, listed once. The frame, the links, the documents' checks and the tests read this list."""

from dataclasses import dataclass
from pathlib import Path

from bandup.auth.roles import Role

SCRIPTS = Path(__file__).resolve().parents[1] / "pages"


@dataclass(frozen=True)
class Page:
    """One page. `name` is its script's file name and its address; `role` is whom it is for.

    `example`: the query of an address that shows something on the demo, empty where the page needs no parameters.
    """

    name: str
    title: str
    role: Role
    in_menu: bool = True
    example: str = ""

    @property
    def script(self) -> str:
        """The absolute path of the page's script, as Streamlit's navigation, links and switches take it."""
        return str(SCRIPTS / f"{self.name}.py")


STUDENTS = Page("students", "Students", Role.TEACHER)
STUDENT = Page("student", "Student", Role.TEACHER, in_menu=False, example="user_id=user-456")
EVALUATION = Page("evaluation", "Evaluation", Role.TEACHER, in_menu=False)
COMPARE = Page("compare", "Compare", Role.TEACHER, in_menu=False)
FLASHCARDS = Page("flashcards", "Flashcards", Role.TEACHER)
JOBS = Page("jobs", "Jobs", Role.OPS)
TABLES = Page("tables", "Tables", Role.OPS)

PAGES = (STUDENTS, STUDENT, EVALUATION, COMPARE, FLASHCARDS, JOBS, TABLES)
"""In the order of the menu; the first is the start page."""
