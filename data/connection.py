"""The DynamoDB client: boto3's standard chain, time-outs, retries, and a new client after refused credentials."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from data import credentials, decoder, paging
from data.errors import CredentialsError, EndpointUnreadable, translate_configuration_errors, translate_errors
from data.paging import Client
from data.response_deadline import set_deadline
from data.settings import response_seconds

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_dynamodb import DynamoDBClient

CLIENT_CONFIG = Config(
    connect_timeout=4,
    # between two pieces of a response; how long the whole may take is DASHBOARD_RESPONSE_SECONDS: a large page may come
    # over a slow network, or through a proxy that holds it back until it is complete
    read_timeout=10,
    max_pool_connections=2 * paging.MAX_SEGMENTS,
    # botocore's own agent line and its check of every parameter are a fifth of what a request costs in processor time
    user_agent="bandup-dashboard",
    parameter_validation=False,
)
"""Attempts and the pauses between them are botocore's defaults for DynamoDB (four, in mode `standard`) or the settings
in the environment or `~/.aws/config`: AWS_MAX_ATTEMPTS, AWS_RETRY_MODE. By default a read fails after 16 seconds where no
connection can be made, and with MAX_READ_TIMEOUTS after 20 where nothing responds."""

MAX_READ_TIMEOUTS = 2
"""Attempts after a read timeout. One retry covers a dead keep-alive connection; more would only make users wait."""


def session() -> boto3.Session:
    """A session by boto3's standard chain: AWS_PROFILE, AWS_ENDPOINT_URL_DYNAMODB and so on.

    boto3 itself reads AWS_DEFAULT_REGION only; AWS_REGION, which every other AWS SDK, the CLI and Lambda read, takes
    precedence here. Credentials are looked for as `data.credentials` says. Raises CredentialsMissing where the profile does
    not exist.
    """
    with translate_configuration_errors():
        region = os.environ.get("AWS_REGION", "").strip() or None
        return boto3.Session(region_name=region, botocore_session=credentials.session())


class Connection:
    """A DynamoDB client by the standard chain.

    Raises RegionMissing, CredentialsMissing, ConfigurationUnusable, SettingUnreadable.

    boto3 looks for credentials once per client, and keeps those without an expiry. So after credentials were refused and
    `reset` was called, the next call uses a new client: signing in again is enough, and nothing has to be restarted.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._client: Client | None = self._create()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a client has
        with self._lock:
            if self._client is None:
                self._client = self._create()
            return getattr(self._client, name)

    def reset(self) -> None:
        """Use a new client from the next call on."""
        with self._lock:
            self._client = None

    @staticmethod
    def _create() -> Client:
        boto3_session = session()
        with translate_configuration_errors():
            client = boto3_session.client("dynamodb", config=CLIENT_CONFIG)
        _watch_responses(client)
        return client


@contextmanager
def requesting(client: Client, table: str, variable: str = "", index: str = "") -> Iterator[None]:
    """As `translate_errors`; after refused credentials, a `Connection` uses a new client from the next call on."""
    try:
        with translate_errors(table, variable, index):
            yield
    except CredentialsError:
        if isinstance(client, Connection):
            client.reset()
        raise


def _watch_responses(client: Client) -> None:
    limit_read_timeouts(client)
    set_deadline(client, response_seconds(os.environ))
    decoder.install_hooks(client)


def limit_read_timeouts(client: Client) -> None:
    """Limit this client to MAX_READ_TIMEOUTS attempts after read timeouts, unless its attempts were configured."""
    if "total_max_attempts" not in client.meta.config.retries:
        client.meta.events.register("needs-retry.dynamodb", _raise_read_timeout, unique_id="read-timeouts-limited")


def _raise_read_timeout(attempts: int, caught_exception: Exception | None, **_: object) -> None:
    if isinstance(caught_exception, ReadTimeoutError) and attempts >= MAX_READ_TIMEOUTS:
        raise caught_exception


def client_for(endpoint: str | None) -> "DynamoDBClient":
    """A client for `endpoint`, or for the one that boto3's chain finds. Raises SettingUnreadable as `response_seconds` does.

    A private endpoint needs neither credentials nor region: where boto3 finds none, placeholders are used.
    """
    config = CLIENT_CONFIG.merge(Config(parameter_validation=True))
    region = key = None
    boto3_session = session()
    with translate_configuration_errors():
        if endpoint and _is_private(host_of(endpoint)):
            found: Credentials | None = boto3_session.get_credentials()
            region = None if boto3_session.region_name else "us-east-1"
            key = None if found else "local"
        client: DynamoDBClient = boto3_session.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=key,
            config=config,
        )
    _watch_responses(client)
    return client


def host_of(endpoint: str) -> str:
    """The host of an address, in lower case and without the root's dot. Raises EndpointUnreadable."""
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise EndpointUnreadable(endpoint=endpoint) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise EndpointUnreadable(endpoint=endpoint)
    return host.rstrip(".")


def _is_private(host: str) -> bool:
    """Whether a host is this machine or on a private network, by its address or a name that public DNS lacks."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".internal"))
    return address.is_loopback or address.is_private
