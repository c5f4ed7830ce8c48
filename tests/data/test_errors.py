import botocore.exceptions as boto
import pytest
from botocore.exceptions import ClientError

from data import errors
from data.errors import DataError, named_error, naming_errors


def answered(code: str, operation: str = "Scan", status: int = 400) -> ClientError:
    response = {"Error": {"Code": code, "Message": "…"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)


ENDPOINT = "https://dynamodb.eu-west-1.amazonaws.com/"
KNOWN = [
    (answered("ResourceNotFoundException"), errors.TableMissing, "python -m data provision"),
    (answered("AccessDeniedException"), errors.AccessDenied, "may not dynamodb:Scan on a-table: allow it"),
    (answered("AccessDenied", "GetItem"), errors.AccessDenied, "may not dynamodb:GetItem on a-table: allow it"),
    (answered("ExpiredTokenException"), errors.CredentialsExpired, "sign in again"),
    (answered("ExpiredToken"), errors.CredentialsExpired, "sign in again"),
    (answered("UnrecognizedClientException"), errors.CredentialsExpired, "sign in again"),
    (answered("InvalidClientTokenId"), errors.CredentialsExpired, "sign in again"),
    (answered("InvalidSignatureException"), errors.CredentialsExpired, "sign in again"),
    (answered("ProvisionedThroughputExceededException"), errors.Throttled, "reads of a-table: wait a minute"),
    (answered("ThrottlingException"), errors.Throttled, "wait a minute"),
    (answered("RequestLimitExceeded"), errors.Throttled, "wait a minute"),
    (answered("InternalServerError", status=500), errors.ServiceFailed, "reading a-table, also when asked again: wait"),
    (answered("ServiceUnavailable", status=503), errors.ServiceFailed, "wait a minute"),
    (answered("503", status=503), errors.ServiceFailed, "wait a minute"),
    (boto.NoRegionError(), errors.RegionMissing, "set AWS_REGION"),
    (boto.NoCredentialsError(), errors.CredentialsMissing, "found: set AWS_PROFILE"),
    (
        boto.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
        errors.CredentialsMissing,
        "AWS_SECRET_ACCESS_KEY): set AWS_PROFILE",
    ),
    (boto.ProfileNotFound(profile="nobody"), errors.CredentialsMissing, "nobody"),
    (
        boto.CredentialRetrievalError(provider="custom-process", error_msg="…"),
        errors.CredentialsMissing,
        "custom-process",
    ),
    (boto.UnauthorizedSSOTokenError(), errors.CredentialsExpired, "aws sso login"),
    (boto.SSOTokenLoadError(error_msg="…"), errors.CredentialsExpired, "aws sso login"),
    (boto.TokenRetrievalError(provider="sso", error_msg="expired"), errors.CredentialsExpired, "aws sso login"),
    (boto.LoginRefreshRequired(), errors.CredentialsExpired, "sign in again"),
    (
        boto.EndpointConnectionError(endpoint_url=ENDPOINT),
        errors.Unreachable,
        "(EndpointConnectionError): check the network",
    ),
    (boto.ConnectTimeoutError(endpoint_url=ENDPOINT), errors.Unreachable, "check the network"),
    (boto.ReadTimeoutError(endpoint_url=ENDPOINT), errors.Unreachable, "AWS_ENDPOINT_URL_DYNAMODB"),
    (boto.ConnectionClosedError(endpoint_url=ENDPOINT), errors.Unreachable, "check the network"),
    (boto.ProxyConnectionError(proxy_url="http://proxy"), errors.Unreachable, "check the network"),
    (boto.SSLError(endpoint_url=ENDPOINT, error="…"), errors.Unreachable, "check the network"),
]


@pytest.mark.parametrize(("raised", "name", "advice"), KNOWN, ids=lambda case: getattr(case, "__name__", None))
def test_what_botocore_raises_gets_a_name_and_a_sentence_that_says_what_to_do(raised, name, advice):
    with pytest.raises(DataError) as caught, naming_errors("a-table"):
        raise raised
    assert type(caught.value) is name
    assert advice in str(caught.value)
    assert str(caught.value).endswith(".")
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize(
    "raised",
    [
        answered("ValidationException"),
        answered("SomethingNewException"),
        answered(""),
        ClientError({}, "Scan"),
        boto.ParamValidationError(report="…"),
        ValueError("ours"),
        KeyError("Items"),
        errors.IncompleteRead("a-table", 3, 2),
        KeyboardInterrupt(),
    ],
    ids=repr,
)
def test_an_unknown_error_passes_unchanged(raised):
    with pytest.raises(BaseException) as caught, naming_errors("a-table"):
        raise raised
    assert caught.value is raised
    assert caught.value.__cause__ is None


def test_no_error_is_no_error():
    with naming_errors("a-table"):
        pass


def test_a_missing_table_is_named_with_the_variable_that_names_it():
    missing = answered("ResourceNotFoundException")
    assert "a-table (named by DYNAMODB_EVALUATIONS) in" in str(named_error(missing, "a-table", "DYNAMODB_EVALUATIONS"))
    assert "named by" not in str(named_error(missing, "a-table"))


def test_a_denied_action_is_at_hand():
    denied = named_error(answered("AccessDeniedException", "Query"), "a-table")
    assert isinstance(denied, errors.AccessDenied)
    assert denied.action == "dynamodb:Query"


@pytest.mark.parametrize(
    "error",
    [
        errors.HalfConfigured("A", "B"),
        errors.SettingUnreadable("A", "x"),
        errors.RegionMissing(),
        errors.CredentialsMissing(),
        errors.CredentialsExpired(),
        errors.AccessDenied("dynamodb:Scan", "t"),
        errors.TableMissing("t"),
        errors.Throttled("t"),
        errors.Unreachable("…"),
        errors.ServiceFailed("t"),
        errors.IncompleteRead("t", 2, 1),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_is_one_sentence_with_advice_after_the_colon(error):
    what, _, advice = str(error).partition(": ")
    assert what
    assert advice.endswith(".")
    assert "\n" not in advice
