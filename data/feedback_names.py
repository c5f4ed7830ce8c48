"""The names that writers give to the parts of feedback and of cards: the one table of synonyms.

Names are compared without regard to case, camelCase, spaces, hyphens, underscores, `&` and `and`: `taskAchievement`,
`Task Achievement` and `task-achievement` are one name.
"""

import re
from functools import lru_cache

_CRITERIA = {
    "task_achievement_band": (
        *("task achievement", "task response", "task achievement response", "task response achievement"),
        *("task", "ta", "tr"),
    ),
    "coherence_band": ("coherence", "coherence cohesion", "cc"),
    "lexical_band": ("lexical", "lexical resource", "lexical resources", "vocabulary", "lr"),
    "grammar_band": (
        *("grammar", "grammatical", "grammatical range", "grammatical range accuracy", "grammatical accuracy"),
        *("grammar range", "grammar range accuracy", "grammar accuracy", "gra"),
    ),
    "fluency_band": ("fluency", "fluency coherence", "fc"),
    "pronunciation_band": ("pronunciation", "p"),
}
_FEEDBACK_FIELDS = {
    "band": ("band", "score", "band score"),
    "overall_band": ("overall band", "overall score", "overall band score"),
    "text": ("overall", "feedback", "description"),
    "strengths": ("strengths",),
    "weaknesses": ("weaknesses",),
    "improvements": ("improvements", "suggestions"),
    "quoted_examples": ("quoted examples", "examples"),
    "recommendations": ("recommendations",),
}
_CARD_FIELDS = {
    "question": ("question",),
    "answer": ("answer",),
    "type": ("type", "question type"),
    "difficulty": ("difficulty",),
    "source_chunk": ("source chunk", "chunk reference"),
    "options": ("options", "choices"),
}
_WRAPPERS = {
    "feedback": ("feedback", "result", "results", "evaluation", "assessment", "data", "response", "output"),
    "cards": (
        *("flashcards", "flash cards", "cards", "questions", "items"),
        *("result", "results", "data", "response", "output"),
    ),
}

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_LETTER = re.compile(r"[\W_]+")
_MAX_LENGTH = 60


def criterion_of(name: str) -> str | None:
    """The attribute that holds the band of the criterion that a name means: `grammar_band` for `GRA`; else None."""
    words = _words(name)
    return _CRITERION_OF.get(words) or _CRITERION_OF.get(words.removesuffix(" band").removesuffix(" score"))


def feedback_field(name: str) -> str | None:
    """The part of feedback that a name means: `improvements` for `suggestions`; None where it means none."""
    return _FEEDBACK_FIELD_OF.get(_words(name))


def is_known(name: str) -> bool:
    """Whether a name means a criterion or a part of feedback."""
    return bool(criterion_of(name) or feedback_field(name))


def card_field(name: str) -> str | None:
    """The part of a card that a name means: `type` for `questionType`; None where it means none."""
    return _CARD_FIELD_OF.get(_words(name))


def is_wrapper(name: str, of: str) -> bool:
    """Whether a name only wraps the content `of` an attribute: `feedback` or `cards`."""
    return _words(name) in _WRAPPERS[of]


@lru_cache(maxsize=1_000)
def _folded(name: str) -> str:
    words = _NO_LETTER.sub(" ", _WORD_START.sub(" ", name)).lower().split()
    return " ".join(word for word in words if word != "and")


def _words(name: str) -> str:
    """The words of a name in lower case, without `and`. A longer text is no name."""
    return _folded(name) if len(name) <= _MAX_LENGTH else ""


def _field_by_name(names: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: field for field, synonyms in names.items() for name in synonyms}


_CRITERION_OF = _field_by_name(_CRITERIA)
_FEEDBACK_FIELD_OF = _field_by_name(_FEEDBACK_FIELDS)
_CARD_FIELD_OF = _field_by_name(_CARD_FIELDS)
