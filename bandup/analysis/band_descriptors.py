"""What separates the bands of a criterion, in short, read from `band_descriptors.toml` beside this file."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def band_descriptors() -> Mapping[str, Mapping[str, str]]:
    """A sentence by column of a criterion and by band (`9` to `4`, the highest first)."""
    text = (files("bandup.analysis") / "band_descriptors.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
