"""Session fixtures that keep libraries from repeating slow work in every test."""

from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest
from streamlit.components.v2 import manifest_scanner


@pytest.fixture(scope="session", autouse=True)
def scan_packages_once() -> Iterator[None]:
    """Scan the installed packages for components once: Streamlit does so in every AppTest, which takes half of its time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def parse_aws_descriptions_once() -> Iterator[None]:
    """Parse the descriptions of AWS once: boto3 does so for every session, which takes most of the time of a new client."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield
