"""Randomness for invented data: one named stream per purpose, so that one part can change without moving the others."""

from random import Random


def stream(*names: object) -> Random:
    """A generator of its own for a purpose, e.g. `stream(seed, "history", 7)`: the same names give the same numbers."""
    return Random("/".join(str(name) for name in names))  # noqa: S311 - invented data, not secrets


def identifier(rng: Random) -> str:
    """A session id as the platform makes them: a random UUID (version 4)."""
    digits = f"{rng.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
