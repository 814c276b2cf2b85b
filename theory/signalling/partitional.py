"""Monotone partitional equilibria of a signalling game whose messages cost nothing, such as cheap talk on a line.

The sender cuts the line of types into intervals and sends another message from each; messages that are left over are
synonyms of the last one, so that none is off the path. The receiver replies best. Crawford and Sobel (1982) show that
every equilibrium of their game is of this form in its outcome; with finitely many types there may be others. These are
the equilibria with which Condorelli and Furlan, "Cheap Talking Algorithms" (arXiv:2310.07867), compare what is learned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.theory.signalling.game import SignallingGame


@dataclass(frozen=True)
class PartitionalEquilibrium:
    """One of them.

    Attributes:
        cells: the intervals, as the numbers of types in each, from the lowest on.
        sender: probability of each message by type, ``[types, messages]``.
        receiver: probability of each reply by message, even among the best, ``[messages, replies]``.
        sender_payoff, receiver_payoff: before the type is known.
        information: mutual information of type and message over the entropy of the type, in [0, 1].
    """

    cells: tuple[int, ...]
    sender: FloatArray
    receiver: FloatArray
    sender_payoff: float
    receiver_payoff: float
    information: float

    @property
    def replies(self) -> FloatArray:
        """Probability of each reply by type, ``[types, replies]``."""
        result: FloatArray = self.sender @ self.receiver
        return result


def partitional_equilibria(game: SignallingGame) -> tuple[PartitionalEquilibrium, ...]:
    """All of them, the most informative first; the last is babbling. Decided in exact numbers.

    Args:
        game: every message must be open to every type, every reply after every message, and payoffs must not depend on
            the message.

    Raises:
        ValueError: the game is not like that.
    """
    types, messages, _ = game.shape
    free = all(map(all, game.message_legal)) and all(map(all, game.response_legal))
    same = all(
        row == plane[0] for table in (game.sender_payoffs, game.receiver_payoffs) for plane in table for row in plane
    )
    if not (free and same):
        raise ValueError("partitional equilibria are of games in which messages are free and cost nothing")
    found = [
        equilibrium
        for cuts in range(min(types, messages))
        for where in combinations(range(1, types), cuts)
        for equilibrium in _if_equilibrium(game, (0, *where, types))
    ]
    return tuple(sorted(found, key=lambda one: (-round(one.information, 9), one.cells)))


def _if_equilibrium(game: SignallingGame, ends: Sequence[int]) -> Iterator[PartitionalEquilibrium]:
    types, messages, replies = game.shape
    prior = game.prior
    ours = [plane[0] for plane in game.receiver_payoffs]
    theirs = [plane[0] for plane in game.sender_payoffs]
    cells = list(pairwise(ends))
    best, worth = [], []  # by cell: replies that are best, and what they are worth to each type, shared evenly
    for low, high in cells:
        value = [sum((prior[t] * ours[t][a] for t in range(low, high)), Fraction(0)) for a in range(replies)]
        best.append([a for a in range(replies) if value[a] == max(value)])
        worth.append([sum((theirs[t][a] for a in best[-1]), Fraction(0)) / len(best[-1]) for t in range(types)])
    own = [next(k for k, (low, high) in enumerate(cells) if low <= t < high) for t in range(types)]
    if any(worth[own[t]][t] < max(row[t] for row in worth) for t in range(types)):
        return
    sender, receiver = np.zeros((types, messages)), np.zeros((messages, replies))
    for k, (low, high) in enumerate(cells):
        used = range(k, messages) if k == len(cells) - 1 else range(k, k + 1)
        for m in used:
            sender[low:high, m] = 1.0 / len(used)
            receiver[m, best[k]] = 1.0 / len(best[k])
    yield PartitionalEquilibrium(
        tuple(high - low for low, high in cells),
        sender,
        receiver,
        float(sum((prior[t] * worth[own[t]][t] for t in range(types)), Fraction(0))),
        float(
            sum(
                (
                    prior[t] * sum((ours[t][a] for a in best[own[t]]), Fraction(0)) / len(best[own[t]])
                    for t in range(types)
                ),
                Fraction(0),
            )
        ),
        information(np.array([float(p) for p in prior]), sender),
    )


def information(prior: FloatArray, sender: FloatArray) -> float:
    """Mutual information of type and message over the entropy of the type, in [0, 1]; 0 if there is one type.

    Args:
        prior: ``[types]``.
        sender: probability of each message by type, ``[types, messages]``.
    """
    joint = prior[:, None] * sender
    independent = prior[:, None] * joint.sum(axis=0)
    used = joint > 0
    entropy = -float(prior[prior > 0] @ np.log2(prior[prior > 0]))
    shared = float((joint[used] * np.log2(joint[used] / independent[used])).sum())
    return max(shared, 0.0) / entropy if entropy > 0 else 0.0
