"""boto3's credential chain, with a named error for everything that can go wrong in it, and without a prompt.

The chain is lazy: some credentials are looked for when a client is created, others (an assumed role, an SSO login, a web
identity) when the first request is signed, and temporary ones are fetched again before they expire. It fails with
whatever a program, a file or another service fails with. All of it passes through `_Chain`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn

import botocore.session
from botocore import exceptions as boto
from botocore.credentials import (
    AssumeRoleProvider,
    CredentialResolver,
    Credentials,
    ReadOnlyCredentials,
    create_credential_resolver,
)
from botocore.exceptions import ClientError

from data.errors import (
    ClockWrong,
    ConfigurationUnusable,
    CredentialsExpired,
    CredentialsMissing,
    CredentialsUnobtainable,
    DataError,
    MfaRequired,
    RegionMissing,
    named_error,
)

_ADVICE = {
    "custom-process": "correct credential_process in ~/.aws/config",
    "assume-role": "correct role_arn and source_profile in ~/.aws/config",
    "assume-role-with-web-identity": "correct AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN",
    "sso": "run `aws sso login`",
    "login": "run `aws login`",
    "container-role": "correct the AWS_CONTAINER_… variables",
}
"""What to do where a provider of botocore's chain fails, by its METHOD."""

_OTHER_ADVICE = "set AWS_PROFILE, or run `aws configure` or `aws sso login`"

_MAX_DETAIL = 300
"""Characters of another program's or service's own words that a sentence quotes."""


def session() -> botocore.session.Session:
    """A botocore session whose credentials come through `_Chain`. Raises what botocore raises for its settings."""
    made = botocore.session.get_session()
    made.lazy_register_component("credential_provider", partial(_chain, made))
    return made


def _chain(own: botocore.session.Session) -> "_Chain":
    own_chain = create_credential_resolver(own, region_name=own.get_config_variable("region"))
    return _Chain(own_chain.providers, own.get_config_variable("profile") or "default")


class _Chain(CredentialResolver):
    """botocore's providers in their order; what they raise, now or at a later request, becomes a DataError."""

    def __init__(self, providers: list[Any], profile: str) -> None:
        super().__init__(providers)
        self._profile = profile
        for provider in providers:
            if isinstance(provider, AssumeRoleProvider):
                # botocore has no public setting for this: by default it asks for the code on the server's terminal
                provider._prompter = self._refuse_mfa  # type: ignore[attr-defined]

    def load_credentials(self) -> Credentials | None:
        """The first credentials that a provider has, or None. Raises DataError."""
        for provider in self.providers:
            with self._named_errors(provider.METHOD):
                credentials: Credentials | None = provider.load()
            if credentials is not None:
                self._wrap(credentials)
                return credentials
        return None

    def _wrap(self, credentials: Credentials) -> None:
        """Make these credentials raise DataError where they are fetched or refreshed for a request."""
        fetch, property_getter = credentials.get_frozen_credentials, credentials.get_deferred_property

        def get_frozen_credentials() -> ReadOnlyCredentials:
            with self._named_errors(credentials.method):
                return fetch()

        def get_deferred_property(name: str) -> Callable[[], Any]:
            get = property_getter(name)

            def get_property() -> Any:  # noqa: ANN401 - botocore's
                with self._named_errors(credentials.method):
                    return get()

            return get_property

        credentials.get_frozen_credentials = get_frozen_credentials  # type: ignore[method-assign]
        credentials.get_deferred_property = get_deferred_property  # type: ignore[method-assign,assignment]

    def _refuse_mfa(self, _prompt: str) -> NoReturn:
        raise MfaRequired(profile=self._profile)

    @contextmanager
    def _named_errors(self, method: str | None) -> Iterator[None]:
        """Raise a DataError for any error of the provider with this METHOD."""
        try:
            yield
        except DataError:
            raise
        except boto.RefreshWithMFAUnsupportedError as error:
            raise MfaRequired(profile=self._profile) from error
        except Exception as error:
            raise _named(error, method or "") from error


def _named(error: Exception, method: str) -> DataError:
    known = named_error(error, "")
    if isinstance(known, CredentialsExpired | ClockWrong | RegionMissing | ConfigurationUnusable):
        return known
    if isinstance(known, CredentialsMissing) and not isinstance(error, boto.CredentialRetrievalError):
        return known
    detail = " ".join(_detail(error, method).split())[:_MAX_DETAIL].rstrip(".:")
    return CredentialsUnobtainable(detail=detail, advice=_ADVICE.get(method, _OTHER_ADVICE))


def _detail(error: Exception, method: str) -> str:
    if isinstance(error, ClientError):
        message = error.response.get("Error", {}).get("Message", "")
        return f"AWS refused {error.operation_name}: {message}"
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}: {error.filename or 'no file'}"
    if isinstance(error, boto.BotoCoreError | RuntimeError):
        return str(error)
    if method == "custom-process":
        # not the error's own text, which may quote what the program printed
        return "credential_process did not print credentials as JSON"
    return f"{type(error).__name__}: {error}"
