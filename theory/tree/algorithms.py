"""Iterative algorithms on a game tree, each written once: solvers and exact learners repeat the same steps.

All are exact, not sampled: each step reads the counterfactual values of the whole tree. An algorithm holds behaviour
now, whatever else it keeps at each action, and the sum from which its average follows.
"""

from collections.abc import Sequence

import numpy as np

from olivebranch.theory.tree.evaluation import (
    best_responses,
    counterfactual_values,
    logit_responses,
    own_reach,
)
from olivebranch.theory.tree.histories import RealArray
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.steps import accumulate, average_profile, mirror_step, regret_step, replicator_step

AlgorithmState = dict[str, int | list[RealArray]]

LOWEST_LOGIT = -30.0  # a floor, so that a start with zeros can leave them; far down, so that a pure one stays a while


class TreeAlgorithm:
    """Behaviour on a tree that changes step by step, and its average.

    Args:
        start: behaviour before the first step.

    Attributes:
        tree: the histories.
        tables: behaviour now, by stage; see :class:`BehaviourProfile`.
        memory: what else the algorithm keeps at each action, by stage; each subclass says what it is.
        sums: behaviour so far weighted with own reach; the average in the sense of sequence form (Kuhn 1953).
        done: how many steps have been taken.
    """

    def __init__(self, start: BehaviourProfile) -> None:
        self.tree = start.tree
        self.tables: list[RealArray] = [table.astype(np.float64) for table in start.stages]
        self.memory: list[RealArray] = [np.zeros_like(table) for table in self.tables]
        self.sums: list[RealArray] = [np.zeros_like(table) for table in self.tables]
        self.done = 0

    @property
    def profile(self) -> BehaviourProfile:
        """Behaviour now; a view, which later steps may write over."""
        return BehaviourProfile(self.tree, tuple(self.tables))

    def average(self) -> BehaviourProfile:
        """The average so far; uniform where it never arrives."""
        return average_profile(self.tree, self.sums)

    def state(self) -> AlgorithmState:
        """Everything that steps change, by name; the arrays are views."""
        return {"done": self.done, "tables": self.tables, "memory": self.memory, "sums": self.sums}

    def restore(self, state: AlgorithmState) -> None:
        """Put back what :meth:`state` gave; other entries are not read."""
        for name in self.state():
            setattr(self, name, state[name])

    def _add(self, own: Sequence[RealArray], weight: float = 1.0, part: slice | None = None) -> None:
        """Add behaviour now to the average, of one player's columns or of all."""
        columns = part if part is not None else slice(0, self.tree.n_all_types)
        for total, table, reach in zip(self.sums, self.tables, own, strict=True):
            accumulate(total, table, reach, weight, columns.start, columns.stop)


class RegretMinimisation(TreeAlgorithm):
    """Counterfactual regret minimisation with alternating updates (CFR), and CFR+; ``memory`` is regret.

    Zinkevich, Johanson, Bowling and Piccione, "Regret minimization in games with incomplete information", NeurIPS
    2007; Tammelin, "Solving large imperfect information games using CFR+", arXiv 1407.5042 (2014).

    Args:
        start: behaviour before the first step, and at each information set until it has positive regret.
        clipped: keep regrets from falling below zero, as CFR+ does.
        linear: step k has weight k in the average, as in CFR+, instead of one.
    """

    def __init__(self, start: BehaviourProfile, *, clipped: bool, linear: bool) -> None:
        super().__init__(start)
        self._fallback = [table.copy() for table in self.tables]
        self._clipped, self._linear = clipped, linear

    def step(self) -> None:
        """Update the players one after the other, each against what the others play by then."""
        weight = self.done + 1.0 if self._linear else 1.0
        legal = self.tree.moves.legal
        for player in range(self.tree.game.n_players):
            part = self.tree.types_of(player)
            values, own = counterfactual_values(self.profile)
            self._add(own, weight, part)
            for t, stage in enumerate(self.tree.stages):
                regret_step(
                    self.tables[t], self.memory[t], self._fallback[t], values[t].values, stage.state, legal,
                    part.start, part.stop, self._clipped,
                )  # fmt: skip
        self.done += 1


def _logits(profile: BehaviourProfile) -> list[RealArray]:
    """Logarithms of behaviour, by stage; the largest in each row is zero, as are those of illegal actions."""
    result: list[RealArray] = []
    for stage, table in zip(profile.tree.stages, profile.stages, strict=True):
        with np.errstate(divide="ignore"):
            logs = np.maximum(np.log(table / table.max(axis=2, keepdims=True)), LOWEST_LOGIT)
        result.append(np.where(profile.tree.moves.legal[stage.state], logs, 0.0))
    return result


class MirrorDescent(TreeAlgorithm):
    """Magnetic mirror descent on action values given the belief; ``memory`` holds logits, the largest zero.

    Sokota et al., "A unified approach to reinforcement learning, quantal response equilibria, and two-player zero-sum
    games", ICLR 2023 (arXiv 2206.05825). At each information set, with action values Q against the present profile,
    magnet m and temperature T, the next behaviour is proportional to
    ``(p * exp(step_size * Q) * m ** (step_size * T)) ** (1 / (1 + step_size * T))``. The magnet is uniform at first.

    Attributes:
        magnets: logits of the magnet, by stage.
    """

    def __init__(self, start: BehaviourProfile) -> None:
        super().__init__(start)
        self.memory = _logits(self.profile)
        self.magnets: list[RealArray] = [np.zeros_like(table) for table in self.tables]

    def step(self, step_size: float, temperature: float, *, magnet_rate: float = 0.0, averaged: bool = True) -> None:
        """Update all players at once.

        Args:
            step_size: > 0, in units of one over payoffs.
            temperature: >= 0, the pull of the magnet in units of payoffs.
            magnet_rate: how fast the magnet follows play afterwards, in [0, 1].
            averaged: whether behaviour before this step becomes part of the average.
        """
        values, own = counterfactual_values(self.profile)
        if averaged:
            self._add(own)
        legal = self.tree.moves.legal
        for t, stage in enumerate(self.tree.stages):
            mirror_step(
                self.tables[t], self.memory[t], self.magnets[t], values[t].values, values[t].reach, stage.state, legal,
                step_size, temperature,
            )  # fmt: skip
            if magnet_rate > 0.0:
                self.magnets[t] += magnet_rate * (self.memory[t] - self.magnets[t])
        self.done += 1

    def state(self) -> AlgorithmState:
        """See :class:`TreeAlgorithm`."""
        return {**super().state(), "magnets": self.magnets}


class MultiplicativeWeights(TreeAlgorithm):
    """Hedge: multiplicative weights on counterfactual values; ``memory`` holds logits.

    Freund and Schapire, "Adaptive game playing using multiplicative weights", Games and Economic Behavior 29 (1999).
    It is mirror descent without a magnet, on values that are not divided by reach.
    """

    def __init__(self, start: BehaviourProfile) -> None:
        super().__init__(start)
        self.memory = _logits(self.profile)
        self._zeros = [np.zeros_like(table) for table in self.tables]
        self._ones = [np.ones(table.shape[:2]) for table in self.tables]

    def step(self, step_size: float) -> None:
        """Update all players at once; ``step_size`` is > 0, in units of one over payoffs."""
        values, own = counterfactual_values(self.profile)
        self._add(own)
        legal = self.tree.moves.legal
        for t, stage in enumerate(self.tree.stages):
            mirror_step(
                self.tables[t], self.memory[t], self._zeros[t], values[t].values, self._ones[t], stage.state, legal,
                step_size, 0.0,
            )  # fmt: skip
        self.done += 1


class ReplicatorDynamics(TreeAlgorithm):
    """Euler steps of the replicator equation on action values given the belief; ``memory`` is not used.

    Taylor and Jonker, "Evolutionary stable strategies and game dynamics", Mathematical Biosciences 40 (1978).
    """

    def step(self, step_size: float) -> None:
        """Update all players at once; ``step_size`` is > 0, in units of one over payoffs."""
        values, own = counterfactual_values(self.profile)
        self._add(own)
        legal = self.tree.moves.legal
        for t, stage in enumerate(self.tree.stages):
            replicator_step(self.tables[t], values[t].values, values[t].reach, stage.state, legal, step_size)
        self.done += 1


class FictitiousPlay(TreeAlgorithm):
    """Extensive-form fictitious play; ``tables`` are responses to the average, ``memory`` is not used.

    Brown, "Iterative solution of games by fictitious play" (1951); Heinrich, Lanctot and Silver, "Fictitious self-play
    in extensive-form games", ICML 2015; for smooth responses Fudenberg and Kreps, "Learning mixed equilibria", Games
    and Economic Behavior 5 (1993). The start counts as the first strategy of each player.
    """

    def __init__(self, start: BehaviourProfile) -> None:
        super().__init__(start)
        self._add(own_reach(self.profile))

    def step(self, temperature: float = 0.0) -> None:
        """Everyone responds to the average: best, or by the logit of that temperature (in units of payoff) above 0."""
        average = self.average()
        self.tables = list(best_responses(average) if temperature == 0.0 else logit_responses(average, temperature))
        self._add(own_reach(self.profile))
        self.done += 1
