"""Lengths of time in words."""


def span(seconds: float) -> str:
    """A length of time in its largest unit: `3 days`, `5 hours`, `12 minutes`; `under a minute` below that."""
    for unit, length in (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        number = int(seconds // length)
        if number >= 1:
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "under a minute"
