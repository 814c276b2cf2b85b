"""The rules of a game that was read from an .efg file, as a member of the class of games."""

from collections.abc import Sequence

import numpy as np

from olivebranch.core.errors import ParameterError
from olivebranch.games.efg.public import Entry, PublicState, PublicTree
from olivebranch.games.efg.types import type_names
from olivebranch.games.rules import FloatArray, Game, Outcome

MOST_NUMBERS = 50_000_000  # probabilities and payoffs of all edges and type profiles
MOST_CELLS = 10_000_000  # public states times joint actions; beyond it actions go by number


class EfgRules(Game):
    """A game tree as rules. A public state is a number; :meth:`describe` tells the moves that led to it.

    Attributes:
        tree: the public states, from which everything follows.
    """

    def __init__(self, tree: PublicTree) -> None:
        form = tree.form
        self.tree = tree
        self.name = form.title.strip() or "efg"
        self.players = form.players
        self.type_names = tuple(type_names(form, tree.deals, player) for player in range(len(form.players)))
        shape = tuple(len(names) for names in self.type_names)
        n_edges = sum(len(found) for state in tree.states for found in state.outcomes.values())
        if n_edges * np.prod(shape, dtype=np.float64) * (len(shape) + 1) > MOST_NUMBERS:
            raise ParameterError("game", form.source, "a smaller tree, or fewer types: the game would not fit")
        self.action_names, self._numbers = _enumeration(tree)
        self._profile, self._shape = np.ravel_multi_index(tree.deals.types, shape), shape
        prior = np.zeros(shape)
        np.add.at(prior.reshape(-1), self._profile, [deal.probability for deal in tree.deals.deals])
        self.prior = prior / prior.sum()

    def initial_state(self) -> int:
        return 0

    def legal_actions(self, state: int) -> Sequence[Sequence[int]]:
        if state < 0:
            return ()
        public = self.tree.states[state]
        legal: list[list[int]] = [[0] for _ in self.players]
        for mover, numbers in zip(public.movers, self._numbers[state], strict=True):
            legal[mover] = sorted(numbers)
        return legal

    def outcomes(self, state: int, joint: tuple[int, ...]) -> Sequence[Outcome]:
        public = self.tree.states[state]
        chosen = zip(public.movers, self._numbers[state], strict=True)
        found = public.outcomes[tuple(numbers.index(joint[mover]) for mover, numbers in chosen)]
        weights, paid = zip(*(self._weigh(public, outcome.entries) for outcome in found), strict=True)
        return [
            Outcome(outcome.label, outcome.state, probability, rewards)
            for outcome, probability, rewards in zip(found, self._shares(np.array(weights)), paid, strict=True)
        ]

    def describe(self, state: int) -> str:
        if state < 0:
            return "the game is over"
        return "; ".join(self.tree.states[state].before) or "the beginning"

    def _weigh(self, public: PublicState, entries: Sequence[Entry]) -> tuple[FloatArray, FloatArray]:
        """How likely nature makes an outcome, by type profile, and what it then pays, ``[player, profile]``."""
        size = int(np.prod(self._shape))
        weight, paid = np.zeros(size), np.zeros((len(self.players), size))
        for entry in entries:
            particle = public.particles[entry.source]
            profile, share = self._profile[particle.deal], particle.weight * entry.chance
            weight[profile] += share
            paid[:, profile] += share * np.array(entry.paid)
        np.divide(paid, weight, out=paid, where=weight > 0)
        return weight, paid.reshape(len(self.players), *self._shape)

    def _shares(self, weights: FloatArray) -> FloatArray:
        """Probabilities of the outcomes of a joint action; where a type profile cannot be, of the first one."""
        total = weights.sum(axis=0)
        impossible = np.zeros_like(weights)
        impossible[0] = 1.0
        shares: FloatArray = np.divide(weights, total, out=impossible, where=total > 0)
        return shares.reshape(len(weights), *self._shape)


def _enumeration(tree: PublicTree) -> tuple[tuple[str, ...], list[list[list[int]]]]:
    """The enumeration of actions, and for each state and mover the numbers of its actions in the order of the file."""
    by_label: dict[str, int] = {}
    most = 1
    for state in tree.states:
        for labels in state.actions:
            most = max(most, len(labels))
            for label in labels:
                by_label.setdefault(label, len(by_label))
    if len(by_label) ** len(tree.form.players) * len(tree.states) > MOST_CELLS:
        names = tuple(str(position + 1) for position in range(most))
        return names, [[list(range(len(labels))) for labels in state.actions] for state in tree.states]
    return tuple(by_label), [
        [[by_label[label] for label in labels] for labels in state.actions] for state in tree.states
    ]
