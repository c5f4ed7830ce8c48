"""What every benchmark says of its figures: medians, tables, targets that hold or do not, and the machine."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("streamlit", "pandas", "pyarrow", "msgspec", "boto3", "botocore", "urllib3")


@dataclass(frozen=True)
class Target:
    """One of the figures that are aimed at: what is divided by what, and how much it may be at most.

    `measured` is None where the run did not measure it.
    """

    says: str
    at_most: float
    measured: float | None

    @property
    def holds(self) -> bool | None:
        """Whether it does; None where it was not measured."""
        return None if self.measured is None else self.measured <= self.at_most


def ratio(part: float | None, whole: float | None) -> float | None:
    """One by the other; None where either is missing."""
    return None if part is None or not whole else part / whole


def show(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a Markdown table under a heading."""
    print(f"\n{heading}\n\n| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def show_targets(targets: Iterable[Target]) -> None:
    """Prints the targets, each with what was measured."""
    words = {True: "yes", False: "**no**", None: "not measured"}
    rows = [(each.says, amount(each.at_most), amount(each.measured), words[each.holds]) for each in targets]
    show("Targets", ("what", "at most", "measured", "holds"), rows)


def amount(number: float | None) -> str:
    """A ratio for a person: one below 1 as a fraction too, so that 0.1 reads `1/10`."""
    if number is None:
        return "–"
    if 0 < number < 1:
        return f"1/{1 / number:.3g}"
    return f"{number:.3g}"


def seconds(number: float | None) -> str:
    """Seconds for a person."""
    if number is None:
        return "–"
    return f"{number * 1000:.3g} ms" if number < 1 else f"{number:.2f} s"


def machine() -> str:
    """The machine and the versions that the figures depend on, in one line."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.processor() or platform.machine()
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, {', '.join(found)}; load when it began {load:.1f}"
