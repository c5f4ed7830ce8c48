"""The IAM policies of the dashboard (reader, reviewer) and the Lambdas (writer), from templates in `data/policies/`."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Literal, get_args

from botocore.exceptions import UnknownRegionError
from botocore.session import Session

from data.errors import DataError
from data.schema import TableKey

PolicyKind = Literal["reader", "reviewer", "writer"]
POLICY_KINDS: tuple[PolicyKind, ...] = get_args(PolicyKind)

TEMPLATES = Path(__file__).with_name("policies")


class PolicyValueUnreadable(DataError):
    """A value for the policy's ARNs is malformed."""

    sentence = "{text!r} is not {meaning}: it should be {form}."


def render(
    kind: PolicyKind,
    names: Mapping[TableKey, str],
    *,
    account: str,
    region: str,
    partition: str | None = None,
    reviews: str = "",
) -> dict[str, Any]:
    """Return the policy document for the platform's two tables, and the table of reviews, in one account and region.

    The reviewer is the reader who may also read the table `reviews` and add items to it. `partition` None means the region's
    own (`aws`, in China `aws-cn`). Every value is checked, because a `*` would widen the policy. Raises PolicyValueUnreadable.
    """
    _check("an AWS account number", account, r"[0-9]{12}", "12 digits")
    _check("an AWS region", region, r"[a-z]{2,}(-[a-z]+)+-[0-9]+", "like ap-southeast-1")
    for name in [*names.values(), *([reviews] if kind == "reviewer" else [])]:
        _check("a table's name", name, r"[a-zA-Z0-9_.-]{3,255}", "3 to 255 letters, digits, `_`, `.` and `-`")
    partition = partition or _partition_of(region)
    _check("an AWS partition", partition, r"aws(-[a-z]+)*", "like aws or aws-cn")
    tables = {"EvaluationsTable": names["evaluations"], "FlashcardSetsTable": names["flashcard_sets"]}
    values = {**tables, "ReviewsTable": reviews, "Account": account, "Region": region, "Partition": partition}
    statements = _statements("writer" if kind == "writer" else "reader", values)
    if kind == "reviewer":
        statements += _statements("reviewer", values)
    return {"Version": "2012-10-17", "Statement": statements}


def _statements(template: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    text = (TEMPLATES / f"{template}-policy.json").read_text(encoding="utf-8")
    statements: list[dict[str, Any]] = json.loads(Template(text).substitute(values))["Statement"]
    return statements


def _check(meaning: str, text: str, pattern: str, form: str) -> None:
    if not re.fullmatch(pattern, text, flags=re.ASCII):
        raise PolicyValueUnreadable(text=text, meaning=meaning, form=form)


def _partition_of(region: str) -> str:
    try:
        return str(Session().get_partition_for_region(region))
    except UnknownRegionError as error:
        raise PolicyValueUnreadable(
            text=region, meaning="a region botocore knows", form="like ap-southeast-1"
        ) from error
