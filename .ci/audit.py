"""Look for known vulnerabilities of what requirements.lock installs: `python .ci/audit.py requirements.lock`.

If PyPI's advisories are not available (no network, or a mirror without them), this prints a warning and does not fail, so
that the other gates still run. pip-audit alone is not enough: without a network it fails as it does for a vulnerability,
and behind such a mirror it takes every package for unknown and passes.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import click
import requests
from pip._internal.models.index import PyPI

ADVISORIES = f"{PyPI.pypi_url}/pip/24.0/json"
"""An address like those that pip-audit requests, of a release that certainly exists."""

TIMEOUT_SECONDS = 10
PIP_AUDIT = (sys.executable, "-m", "pip_audit", "--progress-spinner=off", "--format=json")


def main(files: Sequence[str], advisories: str = ADVISORIES, pip_audit: Sequence[str] = PIP_AUDIT) -> int:
    """Audit requirements files and return the exit status: 0, or that of pip-audit if it fails or finds something."""
    if reason := _unavailable_because(advisories):
        _warn(f"SKIPPED: could not look for vulnerabilities: {advisories} {reason}.")
        return 0
    command = [*pip_audit, *(f"--requirement={file}" for file in files)]
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - PIP_AUDIT, or the fake of a test
    try:
        packages: list[dict[str, Any]] = json.loads(process.stdout)["dependencies"]
    except ValueError:
        return process.returncode or 1
    for package in packages:
        for vulnerability in package.get("vulns", ()):
            fixed = ", ".join(vulnerability["fix_versions"]) or "no release yet"
            release = f"{package['name']} {package['version']}"
            _warn(f"{release}: {vulnerability['id']}, fixed in {fixed}. {vulnerability['description']}")
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if unknown:
        _warn(f"SKIPPED: PyPI does not know {len(unknown)} of {len(packages)} packages: {', '.join(unknown)}.")
    return process.returncode


def _unavailable_because(address: str) -> str:
    """Why no advisories are available at this address; empty if they are."""
    try:
        response = requests.get(address, timeout=TIMEOUT_SECONDS)
    except requests.RequestException as error:
        return f"can't be reached ({type(error).__name__})"
    return "" if response.ok else f"responds with status {response.status_code}"


def _warn(sentence: str) -> None:
    click.secho(sentence, fg="yellow", bold=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
