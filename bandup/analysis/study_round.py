"""The state of a study round over flashcards: the next card, whether it is turned, which are known. Immutable."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random


@dataclass(frozen=True)
class Round:
    """A round over the cards numbered 0 to `total` − 1; `to_do` holds the remaining ones, the current one first."""

    total: int
    to_do: tuple[int, ...]
    is_turned: bool = False

    @property
    def card(self) -> int | None:
        """The number of the current card; None when all are known."""
        return self.to_do[0] if self.to_do else None

    @property
    def known(self) -> int:
        """The number of cards known so far."""
        return self.total - len(self.to_do)

    def turned(self) -> "Round":
        """The round with the current card turned over."""
        return replace(self, is_turned=not self.is_turned)

    def with_known(self) -> "Round":
        """The round without the current card, which is known."""
        return replace(self, to_do=self.to_do[1:], is_turned=False)

    def with_again(self) -> "Round":
        """The round with the current card moved behind the others."""
        return replace(self, to_do=(*self.to_do[1:], *self.to_do[:1]), is_turned=False)


def start(total: int, shuffled_by: Random | None = None) -> Round:
    """A new round over all cards, in order or shuffled."""
    order: Sequence[int] = range(total)
    if shuffled_by is not None:
        order = shuffled_by.sample(order, total)
    return Round(total, tuple(order))
