"""All that is known of one seed of a run, in the form in which causes are weighed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from olivebranch.agents.payoffs import payoff_units
from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.registry import learner_kinds
from olivebranch.agents.schedule import Schedule
from olivebranch.agents.settings import Settings
from olivebranch.core.errors import ParameterError
from olivebranch.eval.explain.played import UNKNOWN, Played, Regularisation
from olivebranch.games.registry import NamedGame
from olivebranch.theory.equilibria.reference import Reference
from olivebranch.theory.tree.histories import GameTree
from olivebranch.train.config import TrainConfig
from olivebranch.train.measurement import Measurement
from olivebranch.train.recording import RunRecord, read_record
from olivebranch.train.run import SeedRun

FEW_UPDATES = 100  # of a learner that plays episodes: fewer are a short training
SHORT = 0.25  # of the updates that the learner's default settings make: fewer are a short training


@dataclass(frozen=True)
class Case(Played):
    """One policy of one seed.

    Attributes:
        config: of the run.
        seed: the seed.
        which: ``last`` or ``average``.
        record: of training; None in runs that are older than records.
        looks: the evaluations while it trained.
    """

    config: TrainConfig
    seed: SeedRun
    which: str
    record: RunRecord | None
    looks: tuple[Measurement, ...]

    @classmethod
    def of(
        cls, config: TrainConfig, seed: SeedRun, which: str, named: NamedGame, tree: GameTree, reference: Reference
    ) -> "Case":
        """Read what the folder of ``seed`` holds. Raises :class:`ParameterError` for a file that is damaged."""
        if which not in seed.policies:
            expected = f"a policy that the run has: {', '.join(seed.policies)}"
            raise ParameterError("policy", which, expected)
        profile = behaviour_of(tree, seed.policies[which])
        record, looks = read_record(seed.path, tree), seed.metrics()
        return cls(named, tree, profile, reference, config, seed, which, record, looks)

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
    def regularisation(self) -> Regularisation:
        """Read from the settings of the learner."""
        return regularisation_of(self.config.learner, float(payoff_units(self.config.game.compile()).max()))


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
        return UNKNOWN
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
