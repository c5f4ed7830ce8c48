"""Finds a Chromium for the browser tests; run as a command it installs one where there is none, and prints its path.

In this order: a Chromium, Chrome or Edge on the PATH or in macOS's applications, Playwright's own download if it was made
before, Debian's package `chromium` (as root), Playwright's own download.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
MACOS_APPLICATIONS = ("Chromium", "Google Chrome", "Microsoft Edge")

DEBIAN_PACKAGES = ("chromium", "libatomic1")  # Playwright's driver, a Node.js, needs the second and does not bring it

MISSING = """No Chromium for the browser tests, or Playwright cannot start. Any of these will do, then again:
    apt-get install chromium libatomic1             (Debian, as root)
    python -m playwright install chromium           (Playwright's own, in the environment of this project)
    Google Chrome or Microsoft Edge from its maker"""

ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",  # containers give it 64 MB
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def arguments() -> list[str]:
    """How Chromium is started: without a window's trimmings, and without its sandbox only where root needs that."""
    return [*ARGUMENTS, *(["--no-sandbox"] if is_root() else [])]


def find() -> str | None:
    """The path of a browser that starts, or None."""
    applications = [Path("/Applications"), Path.home() / "Applications"] if sys.platform == "darwin" else []
    candidates = [
        *(shutil.which(name) for name in NAMES),
        *(str(place / f"{name}.app/Contents/MacOS/{name}") for name in MACOS_APPLICATIONS for place in applications),
    ]
    return next((path for path in candidates if path and _starts(path)), None) or _of_playwright()


def find_or_install() -> str | None:
    """The path of a browser that starts and that Playwright can drive, installed if need be; None where that fails."""
    return _ready() or _install()


def is_root() -> bool:
    """Whether this process is root, for whom Chromium has no sandbox and apt-get works."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _ready() -> str | None:
    path = find()
    return path if path and _driver_starts() else None


def _starts(*command: str) -> bool:
    """Whether it runs: Ubuntu's `chromium-browser`, for one, may be a script that only asks for a snap."""
    try:
        return subprocess.run([*command, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _driver_starts() -> bool:
    return _starts(sys.executable, "-m", "playwright")


def _of_playwright() -> str | None:
    if not _driver_starts():
        return None
    # Imported late: mostly there is no need.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if _starts(path) else None


def _install() -> str | None:
    root_with_apt = is_root() and shutil.which("apt-get") is not None
    if root_with_apt and _is_debian():
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *DEBIAN_PACKAGES)
        if path := _ready():
            return path
    # Playwright's own; root's apt-get lets it bring the libraries that this one needs.
    _run(sys.executable, "-m", "playwright", "install", *(["--with-deps"] if root_with_apt else []), "chromium")
    return _ready()


def _run(*command: str) -> None:
    """Run a command, shown on stderr; whether it helped is for the caller to see."""
    sys.stderr.write(f"For the browser tests: {' '.join(command)}\n")
    subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdout=sys.stderr, check=False)


def _is_debian() -> bool:
    try:
        return platform.freedesktop_os_release()["ID"] == "debian"
    except OSError:
        return False


if __name__ == "__main__":
    executable = find_or_install()
    if executable is None:
        sys.exit(MISSING)
    sys.stdout.write(f"{executable}\n")
