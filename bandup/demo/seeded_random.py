"""Random numbers for the demo: one seeded generator per purpose, so that parts can change independently."""

from random import Random


def seeded_rng(*names: object) -> Random:
    """Return the generator for one purpose, e.g. `seeded_rng(seed, "history", 7)`; equal names give equal numbers."""
    return Random("/".join(str(name) for name in names))  # noqa: S311 - invented data, not secrets


def random_uuid(rng: Random) -> str:
    """A session id as the platform generates them: a random UUID (version 4)."""
    digits = f"{rng.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
