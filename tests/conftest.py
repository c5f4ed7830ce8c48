"""What every test runs in."""

from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest
from streamlit.components.v2 import manifest_scanner


@pytest.fixture(scope="session", autouse=True)
def packages_are_looked_through_once() -> Iterator[None]:
    """Streamlit looks through all installed packages for components of its own in every AppTest: half of what one takes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def descriptions_of_aws_are_parsed_once() -> Iterator[None]:
    """boto3 parses its description of DynamoDB for every session: most of what a client takes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield
