"""Play of a game as it is, with what the causes read off it; where it came from does not matter here."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.games.registry import NamedGame
from olivebranch.theory.equilibria.numerical import payoff_range
from olivebranch.theory.equilibria.reference import Nearest, Reference
from olivebranch.theory.tree.evaluation import Evaluation, InformationSets, best_responses, evaluate, information_sets
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.recall import first_histories

SEVERAL = 3  # places that are named


@dataclass(frozen=True)
class Regularisation:
    """What the settings of a learner say about how far it is kept from best responses at the end of training.

    Attributes:
        temperature: of logit responses, in units of payoff; 0 where it is not known.
        tremble: probability of uniformly drawn actions; 0 where it is not known.
        hottest: the highest temperature that may be fitted to play; infinite where nothing is known.
        clumsiest: the largest tremble that may be fitted.
        said: the settings that it was read from, in words; empty where there are none.
    """

    temperature: float
    tremble: float
    hottest: float
    clumsiest: float
    said: str


UNKNOWN = Regularisation(0.0, 0.0, np.inf, 1.0, "")  # nothing is excluded


@dataclass(frozen=True)
class Played:
    """A profile of a game, of whatever origin.

    Attributes:
        named: the game.
        tree: its tree.
        profile: what is explained.
        reference: the known equilibria.
    """

    named: NamedGame
    tree: GameTree
    profile: BehaviourProfile
    reference: Reference

    @cached_property
    def evaluation(self) -> Evaluation:
        """Values and gains."""
        return evaluate(self.profile)

    @cached_property
    def nash_conv(self) -> float:
        """Of the policy."""
        return self.evaluation.nash_conv

    @cached_property
    def stake(self) -> float:
        """The range of payoffs: the unit in which NashConv is small or large."""
        return max(payoff_range(self.tree.game), 1e-300)

    @cached_property
    def nearest(self) -> Nearest:
        """The known equilibrium nearest to play."""
        return self.reference.nearest(self.profile)

    @cached_property
    def fixed(self) -> tuple[int, ...]:
        """The seats that did not learn: none, where nobody is known to have learned."""
        return ()

    @cached_property
    def regularisation(self) -> Regularisation:
        """Where it is not known how play came about, any is possible."""
        return UNKNOWN

    @cached_property
    def levels(self) -> tuple[InformationSets, ...]:
        """Beliefs, action values and gains at every information set."""
        return information_sets(self.profile)

    @cached_property
    def table(self) -> FloatArray:
        """Behaviour, ``[n_histories, n_all_types, n_actions]``, histories of all stages one after the other."""
        return np.concatenate([np.asarray(stage, dtype=np.float64) for stage in self.profile.stages])

    @cached_property
    def legal(self) -> BoolArray:
        """Legal actions at information sets with a choice, in the shape of :attr:`table`; elsewhere False."""
        legal = np.concatenate([self.tree.moves.legal[stage.state] for stage in self.tree.stages])
        result: BoolArray = legal & (legal.sum(axis=2, keepdims=True) > 1)
        return result

    @cached_property
    def learning(self) -> BoolArray:
        """Information sets with a choice whose owner learned, ``[n_histories, n_all_types]``."""
        learned = ~np.isin(self.tree.moves.owner, self.fixed)
        result: BoolArray = self.legal.any(axis=2) & learned
        return result

    @cached_property
    def reach(self) -> FloatArray:
        """Probability of each information set."""
        return np.concatenate([level.reach for level in self.levels])

    @cached_property
    def gain(self) -> FloatArray:
        """The part of NashConv that is earned at each information set; sums to NashConv."""
        return np.concatenate([level.gain_share for level in self.levels])

    @cached_property
    def action_values(self) -> FloatArray:
        """Expected payoff of each action and of the profile afterwards; NaN if illegal, or if Bayes is silent."""
        return np.concatenate([level.action_values for level in self.levels])

    @cached_property
    def best(self) -> IntArray:
        """The action of a best response, ``[n_histories, n_all_types]``."""
        result: IntArray = np.concatenate([stage.argmax(axis=2) for stage in best_responses(self.profile)])
        return result

    def profile_of(self, table: FloatArray) -> BehaviourProfile:
        """The profile of a table in the shape of :attr:`table`."""
        offset = first_histories(self.tree)
        return BehaviourProfile(self.tree, tuple(table[a:b] for a, b in pairwise(offset.tolist())))

    def place(self, history: int, column: int) -> str:
        """An information set in words: who, of which type, after what."""
        game, rules = self.tree.game, self.tree.game.game
        player = int(self.tree.moves.owner[column])
        types = rules.type_names[player]
        own = f" ({types[column - int(self.tree.type_offset[player])]})" if len(types) > 1 else ""
        offset = first_histories(self.tree)
        stage = int(np.searchsorted(offset, history, side="right")) - 1
        edges = self.tree.recent_edges(stage, np.array([history - int(offset[stage])]), stage)[0][::-1]
        past = []
        for edge in edges.tolist():
            actions = game.joint_actions(np.array(game.edge_joint[edge]))
            source = int(game.edge_source[edge])
            acted = [
                f"{rules.players[i]} {rules.action_names[int(actions[i])]}"
                for i in range(game.n_players)
                if game.acts[source, i]
            ]
            past.append(" and ".join([*acted, *([game.edge_labels[edge]] if game.edge_labels[edge] else [])]))
        return f"{rules.players[player]}{own} {'after ' + ', '.join(past) if past else 'at the beginning'}"

    def heaviest(self, weight: FloatArray, several: int = SEVERAL) -> list[tuple[int, int]]:
        """The information sets with the largest positive ``weight``, ``[n_histories, n_all_types]``."""
        order = np.argsort(-weight, axis=None, kind="stable")[:several]
        found = [np.unravel_index(int(k), weight.shape) for k in order]
        return [(int(h), int(c)) for h, c in found if weight[h, c] > 0]
