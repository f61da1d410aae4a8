"""How large the base is: so many establishments over so many providers, unevenly."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

#: The provider that is measured, and the smaller one it is compared with.
BIG, SMALL = 1000, 100
_SKEW = 0.7


@dataclass(frozen=True)
class Scale:
    """``establishments`` over ``providers``; the first has BIG of them, the second SMALL."""

    name: str
    establishments: int
    providers: int

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """BENCH_SCALE=small is for whoever works on the bench: figures come from the full one."""
        if env.get("BENCH_SCALE", "full") == "small":
            return cls("small", 4_000, 40)
        return cls("full", 40_000, 400)

    def sizes(self) -> list[int]:
        """Clients by provider: a few large fleets, many small ones, ``establishments`` in all."""
        others = self.providers - 2
        left = self.establishments - BIG - SMALL
        weights = [(rank + 4) ** -_SKEW for rank in range(others)]
        whole = sum(weights)
        sizes = [max(1, min(BIG - 1, int(left * weight / whole))) for weight in weights]
        rest = left - sum(sizes)
        for rank in range(abs(rest)):
            sizes[rank % others] += 1 if rest > 0 else -1
        return [BIG, SMALL, *sizes]
