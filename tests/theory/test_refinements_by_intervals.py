"""The refinements of games with two types and two responses by hand: every set of replies is a part of [0, 1].

A reply is its probability p of response 1. Gains are linear in p, so that between two neighbouring zeros of gains
nothing changes: it is enough to look at the zeros, at the ends and once in between. Nothing of the solver is used but
the equilibria.
"""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import linprog

from olivebranch.theory.enumeration import enumerate_equilibria
from olivebranch.theory.enumeration_pieces import Piece
from olivebranch.theory.refinements import Refiner
from olivebranch.theory.signalling import SignallingGame

Replies = list[Fraction]


class ByHand:
    """All verdicts on the outcome of one piece, from the definitions."""

    def __init__(self, game: SignallingGame, piece: Piece) -> None:
        self.game, self.u, self.v = game, game.sender_payoffs, game.receiver_payoffs
        self.unused, self.values = piece.off_path, piece.payoffs

    def gain(self, t: int, m: int, p: Fraction) -> Fraction:
        return (1 - p) * self.u[t][m][0] + p * self.u[t][m][1] - self.values[t]

    def looks(self, m: int) -> Replies:
        """Enough points of [0, 1] to see every combination of signs of the two gains."""
        zeros = [Fraction(0), Fraction(1)]
        for t in range(2):
            low, high = self.gain(t, m, Fraction(0)), self.gain(t, m, Fraction(1))
            if low * high < 0:
                zeros.append(low / (low - high))
        zeros.sort()
        return zeros + [(x + y) / 2 for x, y in pairwise(zeros)]

    def optimal(self, t: int, m: int) -> int:
        """The response that is best if the type is known; generic payoffs have no ties."""
        return int(self.v[t][m][1] > self.v[t][m][0])

    def replies(self, m: int, types: list[int]) -> Replies:
        """The mixed best responses to beliefs over ``types``: all of [0, 1] if two types want different responses."""
        wanted = {self.optimal(t, m) for t in types}
        return self.looks(m) if len(wanted) == 2 else [Fraction(next(iter(wanted)))]

    def struck(self, m: int, rule: str) -> list[int]:
        everything = self.replies(m, [0, 1])
        found = []
        for t, other in ((0, 1), (1, 0)):
            weak = [p for p in everything if self.gain(t, m, p) >= 0]
            level = [p for p in everything if self.gain(t, m, p) == 0]
            other_gains = {p for p in everything if self.gain(other, m, p) > 0}
            if rule == "intuitive" and not weak:
                found.append(t)
            if rule in ("d1", "d2", "universal_divinity") and other_gains.issuperset(weak):
                found.append(t)  # two types: one round, and D1 and D2 are the same
            if rule == "never_weak_best_response" and other_gains.issuperset(level):
                found.append(t)
        return found

    def tempted(self, m: int) -> bool:
        return any(self.gain(t, m, p) > 0 for p in self.replies(m, [0, 1]) for t in range(2))

    def survives(self, rule: str) -> bool:
        return all(self.survives_at(m, rule) for m in self.unused if self.tempted(m))

    def survives_at(self, m: int, rule: str) -> bool:
        if rule == "rationality_compatible":
            allowed = self.compatible(m)
        else:
            left = [t for t in range(2) if t not in self.struck(m, rule)]
            allowed = self.replies(m, left)
            if rule == "intuitive":
                return not any(all(self.gain(t, m, p) > 0 for p in allowed) for t in left)
        return any(all(self.gain(t, m, p) <= 0 for t in range(2)) for p in allowed)

    def compatible(self, m: int) -> Replies:
        """Replies to beliefs over undominated types that lean no less to the more compatible type than the prior."""
        everything = self.replies(m, [0, 1])
        types = [t for t in range(2) if any(self.gain(t, m, p) >= 0 for p in everything)]
        least, most = (Fraction(0), Fraction(1))  # Pr(type 0)
        if types == [0]:
            least = Fraction(1)
        if types == [1]:
            most = Fraction(0)
        if self.more_compatible(m, 0, 1):
            least = max(least, self.game.prior[0])
        if self.more_compatible(m, 1, 0):
            most = min(most, self.game.prior[0])
        edge = [self.v[t][m][1] - self.v[t][m][0] for t in range(2)]
        signs = {(x * edge[0] + (1 - x) * edge[1] > 0) for x in (least, most)}
        return self.looks(m) if len(signs) == 2 else [Fraction(int(signs.pop()))]

    def more_compatible(self, m: int, strong: int, weak: int) -> bool:
        """Whether no rational receiver makes m best for ``weak`` without making it the only best for ``strong``."""
        messages = range(self.game.shape[1])
        bounds = []
        for k in messages:
            ends = [float(p) for p in self.replies(k, [0, 1])]
            bounds.append((min(ends), max(ends)))

        def difference(t: int, other: int) -> tuple[np.ndarray, float]:
            """Payoff of ``other`` less that of m for type t: coefficients of the p of each message, and a constant."""
            row = np.zeros(len(messages))
            row[other] += float(self.u[t][other][1] - self.u[t][other][0])
            row[m] -= float(self.u[t][m][1] - self.u[t][m][0])
            return row, float(self.u[t][other][0] - self.u[t][m][0])

        rivals = [k for k in messages if k != m]
        for rival in rivals:
            rows, limits = zip(
                *[(row, -constant) for row, constant in (difference(weak, k) for k in rivals)], strict=True
            )
            objective, constant = difference(strong, rival)
            best = linprog(-objective, A_ub=np.array(rows), b_ub=np.array(limits), bounds=bounds)
            if best.status == 0 and -best.fun + constant >= 0:
                return False
        return True


@pytest.mark.parametrize("messages, games", [(2, 250), (3, 60), (4, 15)])
def test_verdicts_by_hand(messages: int, games: int) -> None:
    rng = np.random.default_rng(messages)
    failures = 0
    for _ in range(games):
        weight = int(rng.integers(1, 100))
        payoffs = rng.normal(size=(2, 2, messages, 2)).round(6)
        game = SignallingGame([Fraction(weight, 100), Fraction(100 - weight, 100)], *payoffs)
        for component in enumerate_equilibria(game).components:
            verdicts = Refiner(component.pieces[0].context).verdicts(component)
            by_hand = ByHand(game, component.representative)
            expected = {name: by_hand.survives(name) for name in verdicts}
            assert {name: verdict.survives for name, verdict in verdicts.items()} == expected, game
            failures += sum(not survives for survives in expected.values())
    assert failures > 0
