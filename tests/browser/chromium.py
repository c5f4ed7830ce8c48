"""Find a Chromium for the browser tests. As a command, install one if there is none, and print its path.

Tried in this order: a Chromium, Chrome or Edge on the PATH or in macOS's applications, an earlier download of Playwright,
Debian's package `chromium` (as root), a new download of Playwright.
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

DEBIAN_PACKAGES = ("chromium", "libatomic1")  # Playwright's Node.js needs libatomic1 and does not bring it

MISSING = """There is no Chromium for the browser tests, or Playwright can't start. Install one of these and try again:
    apt-get install chromium libatomic1             (Debian, as root)
    python -m playwright install chromium           (Playwright's download, in the environment of this project)
    Google Chrome or Microsoft Edge"""

ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",  # containers give it 64 MB
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # no test needs another host
    "--no-first-run",
    "--process-per-site",  # scripts are compiled once, not in every page: see `watching.keep_process`
]


def arguments() -> list[str]:
    """The command-line arguments of Chromium. Only root, who needs it, gets `--no-sandbox`."""
    return [*ARGUMENTS, *(["--no-sandbox"] if is_root() else [])]


def find() -> str | None:
    """The path of a browser that starts, or None."""
    applications = [Path("/Applications"), Path.home() / "Applications"] if sys.platform == "darwin" else []
    candidates = [
        *(shutil.which(name) for name in NAMES),
        *(str(folder / f"{name}.app/Contents/MacOS/{name}") for name in MACOS_APPLICATIONS for folder in applications),
    ]
    return next((path for path in candidates if path and _starts(path)), None) or _playwright_browser()


def find_or_install() -> str | None:
    """The path of a browser that starts and that Playwright can drive, installed if necessary; None if that fails."""
    return _find_ready() or _install()


def is_root() -> bool:
    """Whether this process runs as root, who can use apt-get but not Chromium's sandbox."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _find_ready() -> str | None:
    path = find()
    return path if path and _driver_starts() else None


def _starts(*command: str) -> bool:
    """Whether the command runs: Ubuntu's `chromium-browser`, for example, may only be a script that recommends a snap."""
    try:
        return subprocess.run([*command, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _driver_starts() -> bool:
    return _starts(sys.executable, "-m", "playwright")


def _playwright_browser() -> str | None:
    if not _driver_starts():
        return None
    # imported here because it is rarely needed
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if _starts(path) else None


def _install() -> str | None:
    root_with_apt = is_root() and shutil.which("apt-get") is not None
    if root_with_apt and _is_debian():
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *DEBIAN_PACKAGES)
        if path := _find_ready():
            return path
    # with root's apt-get, Playwright can install the libraries that its browser needs
    _run(sys.executable, "-m", "playwright", "install", *(["--with-deps"] if root_with_apt else []), "chromium")
    return _find_ready()


def _run(*command: str) -> None:
    """Print a command to stderr and run it, whatever its exit status: the caller checks the result."""
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
