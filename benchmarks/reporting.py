"""The output that the benchmarks share: Markdown tables, targets, formatted figures, and the machine."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("streamlit", "pandas", "pyarrow", "msgspec", "boto3", "botocore", "urllib3")


@dataclass(frozen=True)
class Target:
    """A figure, usually a ratio, and the highest value that meets the target.

    `measured` is None if the run did not measure it.
    """

    label: str
    limit: float
    measured: float | None

    @property
    def holds(self) -> bool | None:
        """Whether the target is met; None if it was not measured."""
        return None if self.measured is None else self.measured <= self.limit


def ratio(numerator: float | None, denominator: float | None) -> float | None:
    """Divide; None if either number is missing or the denominator is 0."""
    return None if numerator is None or not denominator else numerator / denominator


def print_table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table under a heading."""
    print(f"\n{heading}\n\n| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def print_targets(targets: Iterable[Target]) -> None:
    """Print each target with the measured figure."""
    words = {True: "yes", False: "**no**", None: "not measured"}
    rows = [
        (target.label, format_ratio(target.limit), format_ratio(target.measured), words[target.holds])
        for target in targets
    ]
    print_table("Targets", ("target", "at most", "measured", "met"), rows)


def format_ratio(number: float | None) -> str:
    """Format a ratio to three digits; a number below 1 as a fraction, so that 0.1 becomes `1/10`."""
    if number is None:
        return "–"
    if 0 < number < 1:
        return f"1/{1 / number:.3g}"
    return f"{number:.3g}"


def format_seconds(number: float | None) -> str:
    """Format seconds, below one second as milliseconds."""
    if number is None:
        return "–"
    return f"{number * 1000:.3g} ms" if number < 1 else f"{number:.2f} s"


def machine_info() -> str:
    """The machine and the versions that the figures depend on, in one line."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.processor() or platform.machine()
    versions = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, {', '.join(versions)}; load at the start {load:.1f}"
