"""The DynamoDB client: boto3's standard chain, time-outs and retries, and a new client after credentials were refused."""

import os
from ipaddress import ip_address
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from data import decoder, paging
from data.errors import EndpointUnreadable, naming_errors_of_configuration
from data.paging import Client

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_dynamodb import DynamoDBClient

CLIENT_CONFIG = Config(
    connect_timeout=4,
    # between two pieces of an answer, however long all of it takes: a large page may come over a slow network, or from
    # behind a proxy that holds it back until it has it all
    read_timeout=10,
    max_pool_connections=2 * paging.MAX_SEGMENTS,
    # botocore's own agent line and its check of every parameter are a fifth of what a request costs in processor time
    user_agent="bandup-dashboard",
    parameter_validation=False,
)
"""Attempts and the pauses between them are botocore's own for DynamoDB (four, in mode `standard`) or what the environment
or `~/.aws/config` say: AWS_MAX_ATTEMPTS, AWS_RETRY_MODE. So it is known after 16 seconds that nothing can be connected to,
and with MOST_SILENCES after 20 that nothing answers."""

MOST_SILENCES = 2
"""So often is asked what gets no answer: a kept connection may have died, but a third wait would not find a live one."""


def session() -> boto3.Session:
    """A session by boto3's standard chain: AWS_PROFILE, AWS_ENDPOINT_URL_DYNAMODB and so on.

    boto3 itself knows AWS_DEFAULT_REGION only; AWS_REGION, which every other AWS SDK, the CLI and Lambda read, is
    asked first. Raises CredentialsMissing where the profile is none.
    """
    with naming_errors_of_configuration():
        return boto3.Session(region_name=os.environ.get("AWS_REGION", "").strip() or None)


def connect() -> Client:
    """A DynamoDB client by the standard chain. Raises RegionMissing, CredentialsMissing, ConfigurationUnusable.

    boto3 looks for credentials once per client, and keeps those that don't say when they expire. So after some were
    refused the client is made anew for the next read: signing in again is enough, nothing has to be started again.
    """
    return Connection()


class Connection:
    """A client, made anew where it was forgotten."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._client: Client | None = self._made()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a client has
        with self._lock:
            if self._client is None:
                self._client = self._made()
            return getattr(self._client, name)

    def forget(self) -> None:
        """The next that is asked of it is asked of a new client."""
        with self._lock:
            self._client = None

    @staticmethod
    def _made() -> Client:
        started = session()
        with naming_errors_of_configuration():
            client = started.client("dynamodb", config=CLIENT_CONFIG)
        limit_silence(client)
        decoder.install_hooks(client)
        return client


def limit_silence(client: Client) -> None:
    """From now on this client asks MOST_SILENCES times what gets no answer, unless it was told how often to ask."""
    if "total_max_attempts" not in client.meta.config.retries:
        client.meta.events.register("needs-retry.dynamodb", _end_silence, unique_id="silence-ended")


def _end_silence(attempts: int, caught_exception: Exception | None, **_: object) -> None:
    if isinstance(caught_exception, ReadTimeoutError) and attempts >= MOST_SILENCES:
        raise caught_exception


def client_for(endpoint: str | None) -> "DynamoDBClient":
    """A client for `endpoint`, or for what boto3's chain says.

    A private endpoint that was named needs neither credentials nor region: where boto3 finds none, invented ones serve.
    """
    config = CLIENT_CONFIG.merge(Config(parameter_validation=True))
    region = key = None
    started = session()
    with naming_errors_of_configuration():
        if endpoint and _is_private(host_of(endpoint)):
            credentials: Credentials | None = started.get_credentials()
            region = None if started.region_name else "us-east-1"
            key = None if credentials else "local"
        client: DynamoDBClient = started.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=key,
            config=config,
        )
    limit_silence(client)
    return client


def host_of(endpoint: str) -> str:
    """The host of an address, in lower case and without the root's dot."""
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise EndpointUnreadable(endpoint) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise EndpointUnreadable(endpoint)
    return host.rstrip(".")


def _is_private(host: str) -> bool:
    """Whether a host is this machine or on a private network: by its address, or a name that public DNS does not have."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".internal"))
    return address.is_loopback or address.is_private
