"""Which ids of the tables a teacher's roster means, where it has them in another Unicode form."""

from collections.abc import Iterable

import pandas as pd

from bandup.auth.roles import Person
from bandup.queries.background_refresh import BackgroundRefresh
from bandup.queries.dataset import Dataset
from bandup.text_search import in_other_forms, stored_texts

MAX_WAIT_SECONDS = 60
"""How long a page waits for the first read of all students before a roster in another form admits to nobody."""


def own(person: Person, user_ids: Iterable[str], students: pd.DataFrame | None) -> list[str]:
    """Those of the ids, in their order, whose student this teacher may see. `students`: the dataset's, if it is cached."""
    if person.students is None:
        return [*user_ids]
    stored = () if students is None else stored_texts(students, "user_id", person.students)
    return [user_id for user_id in user_ids if user_id in person.students or user_id in stored]


def is_only_form(user_id: str, refresh: BackgroundRefresh[Dataset]) -> bool:
    """Whether the tables hold no other student whose id equals this one in composed Unicode; False where it is unknown.

    Without a cached dataset, all students are read: a read of single ids proves nothing, as an index may leave items out.
    """
    if refresh.view().value is None:
        refresh.request()
        refresh.wait(MAX_WAIT_SECONDS)
    dataset = refresh.view().value
    return dataset is not None and not in_other_forms(dataset.students, "user_id", user_id)
