"""Asks PyPI whether a vulnerability is known of what requirements.txt installs: `python .ci/audit.py requirements.txt`.

Where PyPI's advisories can't be had (no network, a mirror without them) that is said loudly and is no failure, so that the
other gates can be passed there. pip-audit alone would not do: without a network it fails as it does for a vulnerability,
and behind such a mirror it takes every package for one that PyPI does not know, and passes.
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
"""An address like those that pip-audit asks, of a release that is surely there."""

PATIENCE_SECONDS = 10
PIP_AUDIT = (sys.executable, "-m", "pip_audit", "--progress-spinner=off", "--format=json")


def main(files: Sequence[str], advisories: str = ADVISORIES, pip_audit: Sequence[str] = PIP_AUDIT) -> int:
    """Audits requirements files. The exit status: 0, or what pip-audit ends with where something is found or it fails."""
    if why := _unreachable(advisories):
        _loudly(f"SKIPPED: no vulnerability was looked for: {advisories} {why}.")
        return 0
    command = [*pip_audit, *(f"--requirement={file}" for file in files)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - as named above
    try:
        packages: list[dict[str, Any]] = json.loads(ended.stdout)["dependencies"]
    except ValueError:
        return ended.returncode or 1
    for package in packages:
        for found in package.get("vulns", ()):
            mended = ", ".join(found["fix_versions"]) or "no release yet"
            _loudly(
                f"{package['name']} {package['version']}: {found['id']}, mended in {mended}. {found['description']}"
            )
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if unknown:
        _loudly(f"SKIPPED: PyPI knows nothing of {len(unknown)} of {len(packages)} packages: {', '.join(unknown)}.")
    return ended.returncode


def _unreachable(address: str) -> str:
    """Why advisories can't be had at an address; empty where they can."""
    try:
        answer = requests.get(address, timeout=PATIENCE_SECONDS)
    except requests.RequestException as error:
        return f"can't be reached ({type(error).__name__})"
    return "" if answer.ok else f"answers with status {answer.status_code}"


def _loudly(sentence: str) -> None:
    click.secho(sentence, fg="yellow", bold=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
