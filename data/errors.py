"""The errors of a read, by name. The text of each is one sentence: what happened, then what to do.

An error code of DynamoDB becomes a named error; an error of botocore's own that is not known here is raised unchanged.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from data.masking import mask


class DataError(Exception):
    """An error that a person can put right. `str(error)` is the sentence they read, without the secrets in it.

    A kind of error declares its `sentence`, with `{names}` for the values it is raised with; they are its attributes too.
    """

    sentence: ClassVar[str] = ""

    def __init__(self, **values: object) -> None:
        shown = {name: mask(value) if isinstance(value, str) else value for name, value in values.items()}
        super().__init__(self.sentence.format_map(shown))
        vars(self).update(values)


class HalfConfigured(DataError):
    """The environment does not name both tables of the platform, but another one."""

    sentence = "{named} is set but {missing} is not: set both to read your tables, or neither to see the demo."


class SameTableName(DataError):
    """Two variables name the same table. `variables`: the two, joined by "and"."""

    sentence = "{variables} both name {name}: they are two tables, so give each its own name."


class SettingUnreadable(DataError):
    """An environment variable that should hold a positive number holds something else."""

    sentence = "{variable} should be a positive number and is {text!r}: correct it or unset it."


class RegionMissing(DataError):
    """boto3 found no region."""

    sentence = "No AWS region is set: set AWS_REGION to the region your tables are in, then try again."


class ConfigurationUnusable(DataError):
    """boto3 can't use the settings in the environment or in `~/.aws`. `detail` is its own message."""

    sentence = "The AWS configuration can't be used ({detail}): correct ~/.aws/config or the AWS_… variables, then start again."

    def __init__(self, detail: str) -> None:
        super().__init__(detail=" ".join(detail.split()).rstrip("."))


class EndpointUnreadable(DataError):
    """The endpoint is not an address that boto3 can call."""

    sentence = "{endpoint!r} is not an endpoint: use an address like http://127.0.0.1:8000."


class CredentialsError(DataError):
    """The AWS credentials are missing, refused or can't be obtained: a new client may find others."""


class CredentialsMissing(CredentialsError):
    """boto3's chain found no credentials, or only half of them. `detail`: empty, or what is missing, in brackets."""

    sentence = (
        "No usable AWS credentials were found{detail}: set AWS_PROFILE, or run `aws configure` or `aws sso login`, then "
        "try again."
    )


class CredentialsExpired(CredentialsError):
    """AWS does not accept the credentials, or no longer."""

    sentence = "The AWS credentials have expired or are not valid: sign in again (for instance `aws sso login`), then try again."


class CredentialsUnobtainable(CredentialsError):
    """A program, a file or a service that should give the credentials fails. `detail`: how, on one line."""

    sentence = "AWS credentials can't be obtained ({detail}): {advice}, then try again."


class MfaRequired(CredentialsError):
    """The profile assumes a role with an MFA code, which nothing here may ask for. `profile`: its name."""

    sentence = (
        "The AWS profile {profile} asks for an MFA code, which can't be entered here: run `aws configure "
        "export-credentials --profile {profile} --format env` (AWS CLI 2), set the variables that it prints, then start "
        "this again."
    )


class ClockWrong(DataError):
    """AWS refused a request because its signature's time is too far from AWS's own."""

    sentence = (
        "AWS refuses requests signed with the time of this computer's clock: correct the clock and its time zone, then "
        "try again."
    )


class AccessDenied(DataError):
    """The credentials lack a permission. `action` is the IAM action, e.g. `dynamodb:Scan`."""

    action: str
    sentence = (
        "These AWS credentials may not {action} on {table}: allow it, for instance with the policy that `python -m "
        "bandup policy {policy}` prints."
    )

    def __init__(self, *, action: str, table: str) -> None:
        policy = "reviewer" if action == "dynamodb:PutItem" else "reader"
        super().__init__(action=action, table=table, policy=policy)


class TableMissing(DataError):
    """There is no table of this name in this region and account. `source`: empty, or who named it, in brackets."""

    sentence = (
        "There is no table {table}{source} in this region and account: correct the name or AWS_REGION, or create it with "
        "`python -m bandup provision`."
    )


class IndexMissing(DataError):
    """An index of the table's description can't be read: it was removed or replaced, or is not filled yet."""

    sentence = (
        "Index {index} of {table} can't be read as it was described (removed, changed or still being filled?): wait a "
        "minute, then try again."
    )


class Throttled(DataError):
    """DynamoDB throttled the request, even after botocore's retries."""

    sentence = "DynamoDB is throttling requests to {table}: wait a minute, then try again."


class Unreachable(DataError):
    """No response: network, endpoint or time-out."""

    sentence = "DynamoDB can't be reached ({detail}): check the network and AWS_ENDPOINT_URL_DYNAMODB, then try again."


class ServiceFailed(DataError):
    """DynamoDB failed with an internal error, even after botocore's retries."""

    sentence = "DynamoDB failed at a request to {table}, even after retries: wait a minute, then try again."


class IncompleteRead(DataError):
    """A page contained another number of items than its count."""

    sentence = (
        "A page of {table} arrived with {found} items where DynamoDB counted {counted}: the read was discarded, so that "
        "nothing incomplete is shown; try again."
    )


class ScanLimitExceeded(DataError):
    """A read would consume more capacity units than the limit. `agree` permits the next such read, once.

    `about`: "about", or "at least" where a read was stopped at the limit, as the size of what it read was not known.
    """

    agree: Callable[[], None]
    sentence = (
        "{what} would take {about} {units:,.0f} read capacity units (about ${dollars:,.2f} on demand), more than the limit "
        "of {limit:,.0f}: create the index that saves most of it with `python -m bandup provision`, raise "
        "DASHBOARD_SCAN_LIMIT, or confirm this one read (on the command line with --yes)."
    )


class ReadCancelled(DataError):
    """A person cancelled the read that all sessions share. `restart` starts it again."""

    restart: Callable[[], None]
    sentence = "The read of the tables was cancelled, for everyone who looks at the dashboard: nothing is shown until it runs again."


class ResponseDamaged(DataError):
    """A response did not match its checksum or did not come from DynamoDB, even after retries."""

    sentence = (
        "A response about {table} arrived damaged, even after retries: nothing is shown, as it might be wrong; check the "
        "network (does a proxy rewrite responses?), then try again."
    )


class ResponseTooSlow(DataError):
    """A response was not complete at its deadline, although pieces of it arrived. `seconds`: the deadline."""

    sentence = (
        "A response of DynamoDB was not complete after {seconds:g} seconds: check the network, or raise "
        "DASHBOARD_RESPONSE_SECONDS, then try again."
    )


class EndlessRead(DataError):
    """The pages of a read repeat, or are many more than the table can fill. `why`: which, in words."""

    sentence = (
        "The read of {table} does not end ({why}): it was stopped and nothing is shown; check the network and "
        "AWS_ENDPOINT_URL_DYNAMODB (does something else answer for DynamoDB?), then try again."
    )


class OtherItems(DataError):
    """A response holds items with other keys than those that were asked for."""

    sentence = (
        "A response about {table} holds other items than were asked for: nothing is shown, as they may be someone "
        "else's; check the network (does a proxy mix up or cache responses?), then try again."
    )


class EncryptionKeyUnusable(DataError):
    """DynamoDB can't use the KMS key that encrypts the table. `message` is AWS's own."""

    sentence = (
        "DynamoDB can't use the KMS key that encrypts {table} ({message}): enable the key and allow its use, then try "
        "again."
    )


class RequestDamaged(DataError):
    """DynamoDB could not read a request, or found no valid signature on it. `message` is its own."""

    sentence = (
        "A request about {table} did not arrive as it was sent ({message}): check the network (does a proxy rewrite "
        "requests?) and AWS_ENDPOINT_URL_DYNAMODB, then try again."
    )


class RequestRefused(DataError):
    """DynamoDB refused a request for another reason than those with a name here. `code` and `message` are its own."""

    code: str
    message: str
    operation: str
    sentence = (
        "DynamoDB refused {operation} on {table} ({message}): check the name of the table, AWS_REGION and "
        "AWS_ENDPOINT_URL_DYNAMODB, then try again."
    )


_EXPIRED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
}
_THROTTLED = {"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "Throttling"}
_FAILED = {"InternalServerError", "InternalFailure", "ServiceUnavailable"}
_UNREADABLE = re.compile(
    r"SerializationException|Missing\w*Token|IncompleteSignature|MalformedQueryString|InvalidAction"
)
"""Codes of a request that lost its signature or its content on the way."""

_ENCRYPTION = re.compile(r"^KMS|InaccessibleEncryption")
_MAX_MESSAGE = 300
"""Characters of DynamoDB's own words that a sentence quotes."""

_SKEWED = {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}
_SIGNED_AT_ANOTHER_TIME = re.compile(r"Signature.*(expired|not yet)", re.DOTALL)
_DENIED_ACTION = re.compile(r"not authorized to perform: ([\w-]+:\w+)")
_ABOUT_AN_INDEX = re.compile(r"\bindex\b|key schema", re.IGNORECASE)
"""Matches DynamoDB's message about an index that does not exist, is not filled, or has other keys or attributes now."""

_NOT_AN_INTEGER = re.compile(r"invalid literal for int\(\) with base 10: (.*)", re.DOTALL)
"""Python's message about a setting that is not a whole number."""

_DAMAGED = (boto.ChecksumError, ResponseParserError, boto.IncompleteReadError, boto.ResponseStreamingError)
_NO_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.ProfileNotFound,
    boto.CredentialRetrievalError,
    boto.MetadataRetrievalError,
    boto.NoAuthTokenError,
)
_UNUSABLE = (
    boto.ConfigNotFound,
    boto.ConfigParseError,
    boto.EndpointProviderError,
    boto.EndpointVariantError,
    boto.InvalidChecksumConfigError,
    boto.InvalidConfigError,
    boto.InvalidDefaultsMode,
    boto.InvalidEndpointDiscoveryConfigurationError,
    boto.InvalidEndpointConfigurationError,
    boto.InvalidIMDSEndpointError,
    boto.InvalidIMDSEndpointModeError,
    boto.InvalidProxiesConfigError,
    boto.InvalidRegionError,
    boto.InvalidRetryConfigurationError,
    boto.InvalidSTSRegionalEndpointsConfigError,
    boto.MissingDependencyException,
    boto.ServiceNotInRegionError,
    boto.UnknownCredentialError,
    boto.UnknownEndpointError,
    boto.UnknownFIPSEndpointError,
    boto.UnknownRegionError,
    boto.UnknownSignatureVersionError,
    boto.UnknownTokenProviderError,
    boto.UnsupportedSignatureVersionError,
)


def named_error(error: Exception, table: str, variable: str = "", index: str = "") -> DataError | None:
    """The named error for what botocore raised while `table`, or its `index`, was read; None where it is not known."""
    if isinstance(error, ClientError):
        return _named_response(error, table, variable, index)
    if isinstance(error, boto.NoRegionError):
        return RegionMissing()
    if isinstance(error, _NO_CREDENTIALS):
        return CredentialsMissing(detail="" if isinstance(error, boto.NoCredentialsError) else f" ({error})")
    if isinstance(error, boto.SSOError | boto.TokenRetrievalError | boto.LoginError):
        return CredentialsExpired()
    if isinstance(error, _DAMAGED):
        return ResponseDamaged(table=table)
    if isinstance(error, boto.CapacityNotAvailableError):
        return Throttled(table=table)
    if isinstance(error, boto.ConnectionError | boto.HTTPClientError):
        return Unreachable(detail=type(error).__name__)
    if isinstance(error, _UNUSABLE):
        return ConfigurationUnusable(str(error))
    return None


def _named_response(error: ClientError, table: str, variable: str, index: str) -> DataError:
    """The named error for an error response."""
    content = error.response.get("Error", {})
    code, message = str(content.get("Code", "")), str(content.get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    is_about_index = bool(index and _ABOUT_AN_INDEX.search(message))
    if code == "ResourceNotFoundException" and not is_about_index:
        return TableMissing(table=table, source=f" (named by {variable})" if variable else "")
    if code in {"ValidationException", "ResourceNotFoundException"} and is_about_index:
        return IndexMissing(index=index, table=table)
    if code in {"AccessDeniedException", "AccessDenied"}:
        # the permission that is missing may be for another action than the request's, for instance kms:Decrypt
        action = _DENIED_ACTION.search(message)
        return AccessDenied(action=action[1] if action else f"dynamodb:{error.operation_name}", table=table)
    if code in _SKEWED or (code in _EXPIRED and _SIGNED_AT_ANOTHER_TIME.search(message)):
        return ClockWrong()
    if code in _EXPIRED:
        return CredentialsExpired()
    if code in _THROTTLED or "Throttling" in code:
        return Throttled(table=table)
    if code in _FAILED or status >= 500:
        return ServiceFailed(table=table)
    if not code or code.isdecimal():
        # a response without a code of DynamoDB's: from a proxy, a gateway or a network's sign-in page
        return Unreachable(detail=f"something answered with status {code or status}")
    return _refused(error.operation_name, code, message, table)


def _refused(operation: str, code: str, message: str, table: str) -> DataError:
    """The error for a code that has no sentence of its own."""
    quoted = " ".join(f"{code}: {message}".split())[:_MAX_MESSAGE].rstrip(".: ")
    if _UNREADABLE.search(code):
        return RequestDamaged(table=table, message=quoted)
    if _ENCRYPTION.search(code):
        return EncryptionKeyUnusable(table=table, message=quoted)
    return RequestRefused(operation=operation, table=table, code=code, message=quoted)


@contextmanager
def translate_errors(table: str, variable: str = "", index: str = "") -> Iterator[None]:
    """Turn what botocore raises into named errors, chained to their cause; anything else passes unchanged."""
    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        named = named_error(error, table, variable, index)
        if named is None:
            raise
        raise named from error


@contextmanager
def translate_configuration_errors() -> Iterator[None]:
    """Like `translate_errors`, while a session or a client is created; a bare ValueError is translated too.

    botocore raises one for an endpoint without http://, or for a word where AWS_MAX_ATTEMPTS should be a number.
    """
    with translate_errors("the tables"):
        try:
            yield
        except ValueError as error:
            if isinstance(error, BotoCoreError):
                raise
            match = _NOT_AN_INTEGER.fullmatch(str(error))
            raise ConfigurationUnusable(f"{match[1]} should be a whole number" if match else str(error)) from error
