"""Mocked AWS that enforces permissions: tables to read, and users with exactly some actions.

moto checks actions but not resources (it checks every action against `*`), so `test_least_privilege.py` checks the ARNs of
the policies without it.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.authorization import enable_iam_authentication
from moto.core.exceptions import JsonRESTError
from moto.iam.access_control import IAMRequest

from data import policy
from data.policy import PolicyKind
from tests import all_states, documented

REGION = "us-east-1"
ACCOUNT = "123456789012"


def actions(role: PolicyKind) -> list[str]:
    """The actions of a role's policy, for example `dynamodb:Scan`."""
    document = policy.render(role, documented.NAMES, account=ACCOUNT, region=REGION, reviews="bandup-reviews")
    return [action for statement in document["Statement"] for action in statement["Action"]]


@contextmanager
def tables(index_set: str) -> Iterator[Any]:
    """Mock AWS with both tables and some items, and yield a client that may do everything."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_SESSION_TOKEN"):
            environment.delenv(name, raising=False)
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            environment.setenv(name, REGION)
        environment.setenv("DYNAMODB_EVALUATIONS", documented.NAMES["evaluations"])
        environment.setenv("DYNAMODB_FLASHCARD_SETS", documented.NAMES["flashcard_sets"])
        client = boto3.client("dynamodb", region_name=REGION)
        documented.fill(client, index_set, [*documented.ITEMS, *all_states.items()])
        yield client


def _refuse(request: Any) -> None:
    """Raise DynamoDB's error: moto's own is XML, which DynamoDB clients can't read."""
    action = request._action
    message = f"User: {request._access_key.arn} is not authorized to perform: {action} on resource: …"
    raise JsonRESTError("AccessDeniedException", message)


@contextmanager
def permitted(allowed: Iterable[str]) -> Iterator[None]:
    """Within the block, the environment has the credentials of a user who may do these actions and nothing else."""
    iam = boto3.client("iam", region_name=REGION)
    name = f"user-{len(iam.list_users()['Users'])}"
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": [*allowed], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="permitted", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    with pytest.MonkeyPatch.context() as environment, enable_iam_authentication():
        environment.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        environment.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        environment.setattr(IAMRequest, "_raise_access_denied", _refuse)
        yield
