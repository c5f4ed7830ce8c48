"""What the pages say of a student's progress: the same everywhere, and against which noise."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from bandup.analysis.bands import Skill
from bandup.analysis.certainty import CLAIMED
from bandup.formatting import up_or_down
from bandup.pages_list import SCRIPTS
from bandup.queries import cached_reads
from tests.pages.conftest import FRAME, TIMEOUT

TextOf = Callable[[AppTest], str]
LEARNT, PUBLISHED = "as the class shows it", "The noise assumed is the published one"


pytestmark = pytest.mark.usefixtures("demo_of_its_own")


def test_before_the_class_is_read_a_student_is_judged_by_the_published_noise(
    open_page: Callable[..., AppTest], text_of: TextOf
) -> None:
    alone = text_of(open_page("student", user_id="minh-anh.nguyen"))
    assert PUBLISHED in alone
    assert LEARNT not in alone


def test_pages_say_the_same_of_each_student(text_of: TextOf) -> None:
    app = AppTest.from_file(FRAME, default_timeout=TIMEOUT).run()
    assert not app.exception
    dataset = cached_reads._dataset_refresh(cached_reads.settings()).view().value
    assert dataset is not None
    changes = dataset.changes[Skill.WRITING].set_index("user_id")
    claimed = changes[changes["certainty"].isin(CLAIMED)].head(3)
    said = {
        user_id: f"Writing: {row['certainty']} {up_or_down(row['change'])} bands" for user_id, row in claimed.iterrows()
    }
    assert len(said) == 3

    def text_of_page(name: str, user_ids: list[str]) -> str:
        app.switch_page(str(SCRIPTS / f"{name}.py"))
        app.query_params["user_id"] = user_ids
        return text_of(app.run())

    for user_id, words in said.items():
        own = text_of_page("student", [user_id])
        assert words in own
        assert LEARNT in own
    first, second, _ = said
    compared = text_of_page("compare", [first, second])
    assert said[first] in compared
    assert said[second] in compared
