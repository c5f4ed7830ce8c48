import fnmatch
import json
import re

import pytest

from data.policy import POLICY_KINDS, TEMPLATES, PolicyValueUnreadable, render
from data.settings import Settings

NAMES, REVIEWS_NAME = Settings().names, Settings().reviews
ACCOUNT, REGION = "123456789012", "ap-southeast-1"
EVALUATIONS = "arn:aws:dynamodb:ap-southeast-1:123456789012:table/bandup-evaluations"
SETS = "arn:aws:dynamodb:ap-southeast-1:123456789012:table/bandup-flashcard-sets"


def rendered(kind, **values):
    given = {"names": NAMES, "account": ACCOUNT, "region": REGION, "reviews": REVIEWS_NAME}
    return render(kind, **given | values)


def allowed(policy, action, resource):
    """Whether a policy of Allow statements allows `action` on `resource`, as IAM matches them."""
    return any(
        any(fnmatch.fnmatchcase(action, pattern) for pattern in statement["Action"])
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in statement["Resource"])
        for statement in policy["Statement"]
    )


def actions(policy):
    return {action.removeprefix("dynamodb:") for statement in policy["Statement"] for action in statement["Action"]}


def test_the_reader_may_read_the_tables_and_their_indexes():
    policy = rendered("reader")
    for table in (EVALUATIONS, SETS):
        for action in ("DescribeTable", "DescribeContinuousBackups", "DescribeTimeToLive", "GetItem", "BatchGetItem"):
            assert allowed(policy, f"dynamodb:{action}", table)
        for action in ("Query", "Scan"):
            assert allowed(policy, f"dynamodb:{action}", table)
            assert allowed(policy, f"dynamodb:{action}", f"{table}/index/user_id-created_at-index")


def test_the_reader_may_do_nothing_else():
    policy = rendered("reader")
    assert actions(policy) == {
        "DescribeTable",
        "DescribeContinuousBackups",
        "DescribeTimeToLive",
        "GetItem",
        "BatchGetItem",
        "Query",
        "Scan",
    }
    for action in ("PutItem", "UpdateItem", "DeleteItem", "UpdateTable", "CreateTable", "DeleteTable", "ListTables"):
        assert not allowed(policy, f"dynamodb:{action}", EVALUATIONS)
    assert not allowed(policy, "dynamodb:GetItem", f"{EVALUATIONS}/index/x")
    for other in (f"{EVALUATIONS}-2", f"{EVALUATIONS}/stream/x", EVALUATIONS.replace(ACCOUNT, "210987654321"), "*"):
        assert not allowed(policy, "dynamodb:Scan", other)


def test_the_reviewer_may_also_read_the_table_of_reviews_and_add_to_it_and_nothing_else():
    reader, reviewer = rendered("reader"), rendered("reviewer")
    assert reviewer["Statement"][:-1] == reader["Statement"]
    added = reviewer["Statement"][-1]
    assert added["Action"] == ["dynamodb:DescribeTable", "dynamodb:Scan", "dynamodb:PutItem"]
    assert added["Resource"] == [EVALUATIONS.replace("bandup-evaluations", "bandup-reviews")]


def test_a_reviewer_of_no_table_is_refused():
    with pytest.raises(PolicyValueUnreadable, match="'' is not a table's name"):
        rendered("reviewer", reviews="")


def test_the_writer_may_do_what_is_documented_for_the_lambdas():
    policy = rendered("writer")
    assert actions(policy) == {"PutItem", "GetItem", "UpdateItem", "Query"}
    assert [statement["Resource"] for statement in policy["Statement"]] == [[EVALUATIONS, SETS]]


@pytest.mark.parametrize("kind", POLICY_KINDS)
def test_a_policy_is_valid_for_iam(kind):
    policy = rendered(kind)
    assert policy["Version"] == "2012-10-17"
    assert all(statement["Effect"] == "Allow" for statement in policy["Statement"])
    assert all(re.fullmatch("[A-Za-z0-9]+", statement["Sid"]) for statement in policy["Statement"])
    assert "$" not in json.dumps(policy)
    assert len(json.dumps(policy, separators=(",", ":"))) < 6144  # IAM's limit for a managed policy


def test_the_policy_names_the_configured_tables():
    policy = render("writer", {"evaluations": "a-1", "flashcard_sets": "b.2"}, account=ACCOUNT, region=REGION)
    assert policy["Statement"][0]["Resource"] == [
        "arn:aws:dynamodb:ap-southeast-1:123456789012:table/a-1",
        "arn:aws:dynamodb:ap-southeast-1:123456789012:table/b.2",
    ]


@pytest.mark.parametrize(
    ("region", "partition", "expected"),
    [
        ("ap-southeast-1", None, "aws"),
        ("cn-north-1", None, "aws-cn"),
        ("us-gov-west-1", None, "aws-us-gov"),
        ("us-east-1", "aws-iso-b", "aws-iso-b"),
    ],
)
def test_the_partition_is_the_regions_own_by_default(region, partition, expected):
    policy = rendered("reader", region=region, partition=partition)
    assert {r.split(":")[1] for statement in policy["Statement"] for r in statement["Resource"]} == {expected}


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "12345678901"},
        {"account": "1234567890123"},
        {"account": "*"},
        {"account": "１２３４５６７８９０１２"},
        {"account": "123456789012\n"},
        {"region": "*"},
        {"region": "nowhere"},
        {"region": "zz-middle-1", "partition": None},
        {"region": 'ap-southeast-1"'},
        {"partition": "*"},
        {"names": {"evaluations": "*", "flashcard_sets": "sets"}},
        {"names": {"evaluations": "evaluations", "flashcard_sets": "a/index/*"}},
    ],
)
def test_a_value_that_would_widen_or_break_the_policy_is_refused(wrong):
    with pytest.raises(PolicyValueUnreadable):
        rendered("reader", **wrong)


def test_the_refusal_names_the_expected_form():
    with pytest.raises(PolicyValueUnreadable, match=r"'12' is not an AWS account number: it should be 12 digits\."):
        rendered("reader", account="12")


@pytest.mark.parametrize("kind", POLICY_KINDS)
def test_the_templates_have_placeholders_and_no_account(kind):
    text = (TEMPLATES / f"{kind}-policy.json").read_text()
    json.loads(text)
    assert not re.search(r"[0-9]{12}", text)
    assert {"${Account}", "${Region}"} <= set(re.findall(r"\$\{\w+\}", text))
