"""The refinements of games with two responses by hand: every set of replies is a part of [0, 1].

A reply is its probability p of response 1. Gains are linear in p, so that between two neighbouring zeros of gains
nothing changes: it is enough to look at the zeros, at the ends and once in between. Nothing of the solver is used but
the equilibria.
"""

from fractions import Fraction
from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy.optimize import linprog

from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.pieces import Piece
from olivebranch.theory.signalling.refinements import Refiner

Replies = list[Fraction]


class ByHand:
    """All verdicts on the outcome of one piece, from the definitions."""

    def __init__(self, game: SignallingGame, piece: Piece) -> None:
        self.game, self.u, self.v = game, game.sender_payoffs, game.receiver_payoffs
        self.unused, self.values = piece.off_path, piece.payoffs
        self.types = list(range(game.shape[0]))

    def gain(self, t: int, m: int, p: Fraction) -> Fraction:
        return (1 - p) * self.u[t][m][0] + p * self.u[t][m][1] - self.values[t]

    def looks(self, m: int) -> Replies:
        """Enough points of [0, 1] to see every combination of signs of the gains."""
        zeros = [Fraction(0), Fraction(1)]
        for t in self.types:
            low, high = self.gain(t, m, Fraction(0)), self.gain(t, m, Fraction(1))
            if low * high < 0:
                zeros.append(low / (low - high))
        zeros.sort()
        return zeros + [(x + y) / 2 for x, y in pairwise(zeros)]

    def optimal(self, t: int, m: int) -> int:
        """The response that is best if the type is known; generic payoffs have no ties."""
        return int(self.v[t][m][1] > self.v[t][m][0])

    def replies(self, m: int, types: list[int]) -> Replies:
        """The mixed best responses to beliefs over ``types``: all of [0, 1] if types want different responses."""
        wanted = {self.optimal(t, m) for t in types}
        return self.looks(m) if len(wanted) == 2 else [Fraction(next(iter(wanted)))]

    def struck(self, m: int, rule: str) -> list[int]:
        left, rounds = self.types, 0
        while rounds == 0 or rule in ("universal_divinity", "never_weak_best_response"):
            out = self.struck_once(m, rule, left)
            if not out or len(out) == len(left):
                break
            left, rounds = [t for t in left if t not in out], rounds + 1
        return [t for t in self.types if t not in left]

    def struck_once(self, m: int, rule: str, left: list[int]) -> list[int]:
        replies = self.replies(m, left)
        gains = {t: {p for p in replies if self.gain(t, m, p) > 0} for t in left}
        if not any(gains.values()):
            return []
        found = []
        for t in left:
            weak = {p for p in replies if self.gain(t, m, p) >= 0}
            others = [gains[other] for other in left if other != t]
            union = set().union(*others)
            if {
                "intuitive": not weak,
                "d1": any(other and weak <= other for other in others),
                "d2": weak <= union,
                "universal_divinity": weak <= union,
                "never_weak_best_response": weak - gains[t] <= union,
            }[rule]:
                found.append(t)
        return found

    def tempted(self, m: int) -> bool:
        return any(self.gain(t, m, p) > 0 for p in self.replies(m, self.types) for t in self.types)

    def survives(self, rule: str) -> bool:
        return all(self.survives_at(m, rule) for m in self.unused if self.tempted(m))

    def survives_at(self, m: int, rule: str) -> bool:
        if rule == "rationality_compatible":
            allowed = self.compatible(m)
        elif rule == "passive":
            edge = sum(p * (self.v[t][m][1] - self.v[t][m][0]) for t, p in enumerate(self.game.prior))
            allowed = [Fraction(int(edge > 0))]
        else:
            left = [t for t in self.types if t not in self.struck(m, rule)]
            allowed = self.replies(m, left)
            if rule == "intuitive":
                return not any(all(self.gain(t, m, p) > 0 for p in allowed) for t in left)
        return any(all(self.gain(t, m, p) <= 0 for t in self.types) for p in allowed)

    def compatible(self, m: int) -> Replies:
        """Replies to beliefs over undominated types that lean no less to the more compatible type than the prior."""
        everything = self.replies(m, self.types)
        undominated = [t for t in self.types if any(self.gain(t, m, p) >= 0 for p in everything)]
        rows = []
        for strong, weak in permutations(self.types, 2):
            if self.more_compatible(m, strong, weak):
                row = np.zeros(len(self.types))
                row[weak], row[strong] = self.game.prior[strong], -self.game.prior[weak]
                rows.append(row)
        edge = np.array([float(self.v[t][m][1] - self.v[t][m][0]) for t in self.types])
        bounds = [(0, 1 if t in undominated else 0) for t in self.types]
        best = [
            linprog(
                sign * edge,
                A_ub=np.array(rows) if rows else None,
                b_ub=np.zeros(len(rows)) if rows else None,
                A_eq=np.ones((1, len(edge))),
                b_eq=[1.0],
                bounds=bounds,
            ).fun
            for sign in (-1, 1)
        ]
        wanted = [response for response, value in zip((1, 0), best, strict=True) if value < 0]
        return self.looks(m) if len(wanted) == 2 else [Fraction(wanted[0])]

    def more_compatible(self, m: int, strong: int, weak: int) -> bool:
        """Whether no rational receiver makes m best for ``weak`` without making it the only best for ``strong``."""
        messages = range(self.game.shape[1])
        bounds = []
        for k in messages:
            ends = [float(p) for p in self.replies(k, self.types)]
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


@pytest.mark.parametrize(
    "types, messages, games", [(2, 2, 200), (2, 3, 50), (2, 4, 12), (3, 2, 60), (3, 3, 15), (4, 2, 10)]
)
def test_verdicts_by_hand(types: int, messages: int, games: int) -> None:
    rng = np.random.default_rng(10 * types + messages)
    failures = 0
    for _ in range(games):
        weights = rng.integers(1, 50, size=types)
        payoffs = rng.normal(size=(2, types, messages, 2)).round(6)
        game = SignallingGame([Fraction(int(w), int(weights.sum())) for w in weights], *payoffs)
        for component in enumerate_equilibria(game).components:
            verdicts = Refiner(component.pieces[0].context).verdicts(component)
            by_hand = ByHand(game, component.representative)
            expected = {name: by_hand.survives(name) for name in verdicts}
            assert {name: verdict.survives for name, verdict in verdicts.items()} == expected, game
            failures += sum(not survives for survives in expected.values())
    assert failures > 0
