"""All that is known of one seed of a run, in the form in which causes are weighed."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from olivebranch.agents.payoffs import payoff_units
from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.registry import learner_kinds
from olivebranch.agents.schedule import Schedule
from olivebranch.agents.settings import Settings
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.games.registry import NamedGame
from olivebranch.theory.equilibria.numerical import payoff_range
from olivebranch.theory.equilibria.reference import Nearest, Reference
from olivebranch.theory.tree.evaluation import Evaluation, InformationSets, best_responses, evaluate, information_sets
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.recall import first_histories
from olivebranch.train.config import TrainConfig
from olivebranch.train.measurement import Measurement
from olivebranch.train.recording import RunRecord, read_record
from olivebranch.train.run import SeedRun

SEVERAL = 3  # places that are named
FEW_UPDATES = 100  # of a learner that plays episodes: fewer are a short training
SHORT = 0.25  # of the updates that the learner's default settings make: fewer are a short training


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


@dataclass(frozen=True)
class Case:
    """One policy of one seed.

    Attributes:
        config: of the run.
        seed: the seed.
        which: ``last`` or ``average``.
        named: the game.
        tree: its tree.
        profile: what is explained.
        record: of training; None in runs that are older than records.
        looks: the evaluations while it trained.
        reference: the known equilibria.
    """

    config: TrainConfig
    seed: SeedRun
    which: str
    named: NamedGame
    tree: GameTree
    profile: BehaviourProfile
    record: RunRecord | None
    looks: tuple[Measurement, ...]
    reference: Reference

    @classmethod
    def of(
        cls, config: TrainConfig, seed: SeedRun, which: str, named: NamedGame, tree: GameTree, reference: Reference
    ) -> "Case":
        """Read what the folder of ``seed`` holds. Raises :class:`ParameterError` for a file that is damaged."""
        if which not in seed.policies:
            expected = f"a policy that the run has: {', '.join(seed.policies)}"
            raise ParameterError("policy", which, expected)
        profile = behaviour_of(tree, seed.policies[which])
        return cls(config, seed, which, named, tree, profile, read_record(seed.path, tree), seed.metrics(), reference)

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
        """The seats that did not learn."""
        players = self.tree.game.game.players
        return tuple(players.index(name) for name in self.config.opponents or {})

    @cached_property
    def updates(self) -> int:
        """How many updates training made."""
        return max((look.update for look in self.looks), default=0)

    @cached_property
    def short(self) -> str:
        """Why training counts as short, in words; empty if it does not."""
        usual = type(self.config.learner)().updates()
        if self.samples and self.updates < FEW_UPDATES:
            return f"there were {self.updates} updates in all"
        if self.updates < SHORT * usual:
            return f"training made {self.updates} updates, where the learner's defaults make {usual}"
        return ""

    @cached_property
    def samples(self) -> bool:
        """Whether the learner is known to play episodes."""
        return self.record is not None and self.record.visits is not None and not self.record.visits.expected

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

    @cached_property
    def regularisation(self) -> Regularisation:
        """Read from the settings of the learner."""
        return regularisation_of(self.config.learner, float(payoff_units(self.config.game.compile()).max()))

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


def regularisation_of(settings: Settings, unit: float = 1.0) -> Regularisation:
    """What ``settings`` say about regularisation at the end of training.

    Args:
        settings: of a learner.
        unit: of payoff in the game (:func:`olivebranch.agents.payoffs.payoff_units`), in which deep learners count the
            weights of their regularisation. Where advantages are normalised, a weight is in units of these, which are
            at most about as large.

    Where a learner of the user's own has no setting of a name that is known here, nothing is excluded.
    """
    found: dict[str, float] = {}
    for name in ("temperature", "entropy", "sensitivity", "epsilon", "exploration", "experimentation", "eta"):
        value: Any = getattr(settings, name, None)
        if isinstance(value, Schedule):
            found[name] = value.at(1.0)
        elif isinstance(value, int | float):
            found[name] = float(value)
    if not found and ":" in settings.kind:
        return Regularisation(0.0, 0.0, np.inf, 1.0, "")
    if getattr(settings, "exploration", None) == "epsilon-greedy":
        found.pop("temperature", None)
    if "eta" in found:  # each replacement of the policy that R-NaD regularises towards takes away as much again
        found["eta"] /= int(getattr(settings, "rounds", 1))
    if settings.kind in learner_kinds("deep"):
        found = {name: value * (unit if name in SLACK else 1.0) for name, value in found.items()}
    said = ", ".join(f"{name} {value:g}" for name, value in found.items() if value > 0)
    if "sensitivity" in found:
        found["sensitivity"] = 1.0 / max(found["sensitivity"], 1e-12)
    temperature = max((value for name, value in found.items() if name in SLACK), default=0.0)
    hottest = max((SLACK[name] * value for name, value in found.items() if name in SLACK), default=0.0)
    tremble = min(max((value for name, value in found.items() if name in TREMBLES), default=0.0), 1.0)
    return Regularisation(temperature, tremble, hottest, min(1.5 * tremble, 1.0), said)


# How many times the temperature that a setting names may be fitted. The weight of an entropy bonus is compared with
# advantages, whose scale is the algorithm's affair, so that it may act as a somewhat higher temperature.
SLACK = {"temperature": 1.5, "sensitivity": 1.5, "entropy": 3.0, "eta": 3.0}
TREMBLES = ("epsilon", "exploration", "experimentation")
