import botocore.exceptions as boto
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from data import errors
from data.errors import DataError, named_error, translate_configuration_errors, translate_errors


def answered(code: str, operation: str = "Scan", status: int = 400) -> ClientError:
    response = {"Error": {"Code": code, "Message": "…"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)


ENDPOINT = "https://dynamodb.eu-west-1.amazonaws.com/"
KNOWN = [
    (answered("ResourceNotFoundException"), errors.TableMissing, "python -m bandup provision"),
    (answered("AccessDeniedException"), errors.AccessDenied, "may not dynamodb:Scan on a-table: allow it"),
    (answered("AccessDenied", "GetItem"), errors.AccessDenied, "may not dynamodb:GetItem on a-table: allow it"),
    (answered("ExpiredTokenException"), errors.CredentialsExpired, "sign in again"),
    (answered("ExpiredToken"), errors.CredentialsExpired, "sign in again"),
    (answered("UnrecognizedClientException"), errors.CredentialsExpired, "sign in again"),
    (answered("InvalidClientTokenId"), errors.CredentialsExpired, "sign in again"),
    (answered("InvalidSignatureException"), errors.CredentialsExpired, "sign in again"),
    (answered("ProvisionedThroughputExceededException"), errors.Throttled, "requests to a-table: wait a minute"),
    (answered("ThrottlingException"), errors.Throttled, "wait a minute"),
    (answered("RequestLimitExceeded"), errors.Throttled, "wait a minute"),
    (
        answered("InternalServerError", status=500),
        errors.ServiceFailed,
        "at a request to a-table, even after retries: wait",
    ),
    (answered("ServiceUnavailable", status=503), errors.ServiceFailed, "wait a minute"),
    (answered("503", status=503), errors.ServiceFailed, "wait a minute"),
    (answered("RequestTimeTooSkewed"), errors.ClockWrong, "correct the clock and"),
    (answered("407", status=407), errors.Unreachable, "something answered with status 407): check the network"),
    (answered("KMSThrottlingException"), errors.Throttled, "wait a minute"),
    (
        answered("KMSDisabledException"),
        errors.EncryptionKeyUnusable,
        "encrypts a-table (KMSDisabledException: …): enable",
    ),
    (answered("InaccessibleEncryptionDateTimeException"), errors.EncryptionKeyUnusable, "allow its use"),
    (answered("SerializationException"), errors.RequestDamaged, "(does a proxy rewrite requests?)"),
    (answered("MissingAuthenticationTokenException"), errors.RequestDamaged, "check the network"),
    (answered("MissingAuthenticationToken"), errors.RequestDamaged, "check the network"),
    (answered("IncompleteSignature"), errors.RequestDamaged, "AWS_ENDPOINT_URL_DYNAMODB, then try again"),
    (answered("IncompleteSignatureException"), errors.RequestDamaged, "check the network"),
    (answered("ValidationException"), errors.RequestRefused, "refused Scan on a-table (ValidationException: …): check"),
    (
        answered("SomethingNewException"),
        errors.RequestRefused,
        "(SomethingNewException: …): check the name of the table",
    ),
    (answered("", status=418), errors.Unreachable, "something answered with status 418): check the network"),
    (ClientError({}, "Scan"), errors.Unreachable, "check the network"),
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
    (
        boto.ChecksumError(checksum_type="crc32", expected_checksum="1", actual_checksum="2"),
        errors.ResponseDamaged,
        "response about a-table arrived damaged",
    ),
    (ResponseParserError("…"), errors.ResponseDamaged, "check the network"),
    (boto.ResponseStreamingError(error="…"), errors.ResponseDamaged, "check the network"),
    (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), errors.ResponseDamaged, "check the network"),
    (boto.InvalidRegionError(region_name="no where"), errors.ConfigurationUnusable, "correct ~/.aws/config"),
    (boto.InvalidConfigError(error_msg="…"), errors.ConfigurationUnusable, "correct ~/.aws/config"),
    (
        boto.ConfigParseError(path="config"),
        errors.ConfigurationUnusable,
        "(Unable to parse config file: config): correct",
    ),
]


@pytest.mark.parametrize(("raised", "name", "advice"), KNOWN, ids=lambda case: getattr(case, "__name__", None))
def test_what_botocore_raises_gets_a_name_and_a_sentence_that_says_what_to_do(raised, name, advice):
    with pytest.raises(DataError) as caught, translate_errors("a-table"):
        raise raised
    assert type(caught.value) is name
    assert advice in str(caught.value)
    assert str(caught.value).endswith(".")
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize(
    "raised",
    [
        boto.ParamValidationError(report="…"),
        ValueError("ours"),
        KeyError("Items"),
        errors.IncompleteRead(table="a-table", counted=3, found=2),
        KeyboardInterrupt(),
    ],
    ids=repr,
)
def test_an_unknown_error_passes_unchanged(raised):
    with pytest.raises(BaseException) as caught, translate_errors("a-table"):
        raise raised
    assert caught.value is raised
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("raised", "name", "detail"),
    [
        (
            ValueError("Invalid endpoint: localhost:8000"),
            errors.ConfigurationUnusable,
            "(Invalid endpoint: localhost:8000)",
        ),
        (
            ValueError("invalid literal for int() with base 10: ''"),
            errors.ConfigurationUnusable,
            "('' should be a whole",
        ),
        (boto.InvalidRegionError(region_name="no where"), errors.ConfigurationUnusable, "no where"),
        (boto.ProfileNotFound(profile="nobody"), errors.CredentialsMissing, "nobody"),
    ],
    ids=repr,
)
def test_where_a_client_is_made_a_setting_that_is_no_use_is_named(raised, name, detail):
    with pytest.raises(DataError) as caught, translate_configuration_errors():
        raise raised
    assert type(caught.value) is name
    assert detail in str(caught.value)
    assert caught.value.__cause__ is raised


def test_no_error_is_no_error():
    with translate_errors("a-table"):
        pass


def test_a_missing_table_is_named_with_the_variable_that_names_it():
    missing = answered("ResourceNotFoundException")
    assert "a-table (named by DYNAMODB_EVALUATIONS) in" in str(named_error(missing, "a-table", "DYNAMODB_EVALUATIONS"))
    assert "named by" not in str(named_error(missing, "a-table"))


def test_the_denied_action_is_an_attribute():
    denied = named_error(answered("AccessDeniedException", "Query"), "a-table")
    assert isinstance(denied, errors.AccessDenied)
    assert denied.action == "dynamodb:Query"


@pytest.mark.parametrize(
    "error",
    [
        errors.HalfConfigured(named="A", missing="B"),
        errors.SettingUnreadable(variable="A", text="x"),
        errors.RegionMissing(),
        errors.CredentialsMissing(detail=""),
        errors.CredentialsExpired(),
        errors.AccessDenied(action="dynamodb:Scan", table="t"),
        errors.TableMissing(table="t", source=""),
        errors.Throttled(table="t"),
        errors.ClockWrong(),
        errors.ConfigurationUnusable("Two words.\nA second line."),
        errors.IndexMissing(index="i", table="t"),
        errors.ResponseDamaged(table="t"),
        errors.ResponseTooSlow(seconds=120),
        errors.EndlessRead(table="t", why="…"),
        errors.OtherItems(table="t"),
        errors.EncryptionKeyUnusable(table="t", message="…"),
        errors.RequestDamaged(table="t", message="…"),
        errors.RequestRefused(operation="Scan", table="t", code="…", message="…"),
        errors.Unreachable(detail="…"),
        errors.ServiceFailed(table="t"),
        errors.IncompleteRead(table="t", counted=2, found=1),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_is_one_sentence_with_advice_after_the_colon(error):
    what, _, advice = str(error).partition(": ")
    assert what
    assert advice.endswith(".")
    assert "\n" not in advice


def test_a_refusal_for_want_of_an_index_is_one_only_where_an_index_was_read():
    response = {"Error": {"Code": "ValidationException", "Message": "The table does not have the specified index: i"}}
    refused = ClientError(response, "Query")
    assert isinstance(named_error(refused, "t", index="i"), errors.IndexMissing)
    assert isinstance(named_error(refused, "t"), errors.RequestRefused)
    response["Error"]["Message"] = "Size of hashkey has exceeded the maximum size limit of 2048 bytes"
    assert isinstance(named_error(refused, "t", index="i"), errors.RequestRefused)
