"""The scores of "Cheap Talking Algorithms" (Condorelli and Furlan, arXiv:2310.07867), for all seeds of a bias at once.

They are those of the files analysis.jl, nash.jl and statistics.jl in the repository massimilianofurlan/rl_cheap_talk.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.partitional import PartitionalEquilibrium, information, partitional_equilibria
from olivebranch.train.replication.run import Runs

TIE = 1e-7  # payoffs that differ by less are equal
HEARD = 1e-3  # a message of smaller probability is off the path
NASH = 1e-2  # the mass on suboptimal actions below which a run counts as Nash
SAME = 1e-2  # replies are those of an equilibrium if they differ by less than this share of the larger norm


@dataclass(frozen=True)
class Scores:
    """Of all seeds at one bias of one cell; payoffs and losses are before the state is known, in units of payoff.

    Attributes:
        bias: the sender's.
        equilibria: the partitional ones, the most informative first.
        converged, plays: as in :class:`Runs`.
        sender_payoff, receiver_payoff: of behaviour at the end, ``[seeds]``.
        sender_loss, receiver_loss: what a best response would add, ``[seeds]``.
        suboptimal: the largest mass on suboptimal actions, ``[seeds]``.
        information: of behaviour at the end, in [0, 1], ``[seeds]``.
        rank: of the equilibrium that was learned, 1 for the most informative; 0 for none, ``[seeds]``.
        recent_sender_payoff, recent_receiver_payoff, recent_information: of recent play, ``[seeds]``.
    """

    bias: float
    equilibria: tuple[PartitionalEquilibrium, ...]
    converged: BoolArray
    plays: IntArray
    sender_payoff: FloatArray
    receiver_payoff: FloatArray
    sender_loss: FloatArray
    receiver_loss: FloatArray
    suboptimal: FloatArray
    information: FloatArray
    rank: IntArray
    recent_sender_payoff: FloatArray
    recent_receiver_payoff: FloatArray
    recent_information: FloatArray

    @property
    def nash(self) -> BoolArray:
        """Which runs count as Nash, ``[seeds]``."""
        return self.suboptimal < NASH

    @property
    def best_sender_payoff(self) -> float:
        """What the sender gets in the partitional equilibrium that is best for it."""
        return max(one.sender_payoff for one in self.equilibria)


def score(bias: float, game: SignallingGame, runs: Runs) -> Scores:
    """Score all seeds at one bias of one cell."""
    prior = np.array(game.prior, dtype=np.float64)
    ours, theirs = (np.array(table, dtype=np.float64) for table in (game.sender_payoffs, game.receiver_payoffs))
    sender, receiver = runs.sender, runs.receiver
    value = np.einsum("sma,tma->stm", receiver, ours)
    short = value.max(axis=2, keepdims=True) - value
    sender_mass = (sender * (short > TIE)).sum(axis=2).max(axis=1)

    joint = prior[:, None] * sender
    heard = joint.sum(axis=1)
    belief = np.where((heard > 1e-6)[:, None], joint / np.maximum(heard, 1e-300)[:, None], prior[:, None])
    worth = np.einsum("stm,tma->sma", belief, theirs)
    lost = worth.max(axis=2, keepdims=True) - worth
    receiver_mass = (receiver * (lost > TIE)).sum(axis=2) * (heard > HEARD)

    equilibria = partitional_equilibria(game)
    suboptimal = np.maximum(sender_mass, receiver_mass.max(axis=1))
    replies = np.einsum("stm,sma->sta", sender, receiver)
    free = np.array([plane[0] for plane in ours]), np.array([plane[0] for plane in theirs])  # messages cost nothing
    return Scores(
        bias=bias,
        equilibria=equilibria,
        converged=runs.converged,
        plays=runs.plays,
        sender_payoff=(joint * value).sum(axis=(1, 2)),
        receiver_payoff=(heard * (receiver * worth).sum(axis=2)).sum(axis=1),
        sender_loss=(joint * short).sum(axis=(1, 2)),
        receiver_loss=(heard * (receiver * lost).sum(axis=2)).sum(axis=1),
        suboptimal=suboptimal,
        information=np.array([information(prior, table) for table in sender]),
        rank=_ranks(equilibria, replies, suboptimal < NASH),
        recent_sender_payoff=np.einsum("sta,ta->s", runs.done, free[0]),
        recent_receiver_payoff=np.einsum("sta,ta->s", runs.done, free[1]),
        recent_information=np.array([_of_shares(table) for table in runs.sent]),
    )


def _ranks(equilibria: Sequence[PartitionalEquilibrium], replies: FloatArray, nash: BoolArray) -> IntArray:
    """The first equilibrium, from 1 on, whose replies by state are those of a run that counts as Nash; 0 for none."""
    ranks = np.zeros(len(replies), dtype=np.int64)
    for number, one in enumerate(equilibria, start=1):
        norms = np.maximum((replies**2).sum(axis=(1, 2)), (one.replies**2).sum())
        near = ((replies - one.replies) ** 2).sum(axis=(1, 2)) < SAME**2 * norms
        ranks[near & nash & (ranks == 0)] = number
    return ranks


def _of_shares(shares: FloatArray) -> float:
    """The information in shares of states and messages, ``[states, messages]``."""
    prior = shares.sum(axis=1)
    return information(prior, shares / np.where(prior > 0, prior, 1.0)[:, None])
