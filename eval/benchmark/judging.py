"""How a policy is judged in one game: the same rule for every learner, every game, and every stranger."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from olivebranch.games.registry import NamedGame
from olivebranch.theory.certified.sets import identity, read_set
from olivebranch.theory.equilibria.closed_forms import closed_form
from olivebranch.theory.equilibria.components import REACHED
from olivebranch.theory.equilibria.numerical import payoff_range
from olivebranch.theory.equilibria.reference import Reference, Source, enumerated
from olivebranch.theory.signalling.numbers import EnumerationTooLarge
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.support import support
from olivebranch.train.benchmark.config import Games, labelled, sets_of
from olivebranch.train.benchmark.tuning import uniform_nash_conv

TIE = 1e-6  # scores, distances and losses that differ by less are the same
RARE = 0.01  # probability up to which an information set counts as not reached
LOSS = 0.05  # what a supported policy may lose at an information set, over the range of payoffs
OTHER = "other"  # the stratum of games that are in no set


@dataclass(frozen=True)
class Judgement:
    """What one policy is worth in one game.

    Attributes:
        nash_conv: exact, in the game's payoffs.
        score: over that of uniform play.
        component: the certified component whose play is nearest; None where not every equilibrium is known.
        distance: total variation between its play and the policy's; None likewise.
        loss: what somebody loses at an information set under the beliefs that support play best, over the range of
            payoffs (:mod:`olivebranch.theory.tree.support`): the most of all, or, beyond ``LOSS``, the first found.
    """

    nash_conv: float
    score: float
    component: str | None
    distance: float | None
    loss: float

    @property
    def reached(self) -> bool | None:
        """Whether the outcome of an equilibrium is reached; None where not every equilibrium is known."""
        return None if self.distance is None else self.distance <= REACHED + TIE

    @property
    def supported(self) -> bool:
        """Whether beliefs support the policy as a perfect Bayesian equilibrium."""
        return self.loss <= LOSS + TIE


@dataclass(frozen=True)
class JudgedGame:
    """A game in which policies are judged.

    Attributes:
        name: by which tables call it.
        stratum: of its set, or ``OTHER``.
        game: the game.
    """

    name: str
    stratum: str
    game: NamedGame

    @cached_property
    def tree(self) -> GameTree:
        """Its histories."""
        return unroll(self.game.compiled)

    @cached_property
    def sha256(self) -> str:
        """Its identity."""
        return identity(self.game)

    @cached_property
    def reference(self) -> Reference | None:
        """Its equilibria, where every one is known from theory alone; no contestant has a part in it."""
        known = closed_form(self.game.parameters, self.tree)
        if known.complete:
            return Reference(Source.CLOSED_FORM, known.components, True)
        try:
            found = enumerated(self.game, self.tree)
        except EnumerationTooLarge:
            return None
        if found is None:
            return None  # a search would only find some equilibria, by the very algorithms that are judged
        return Reference(Source.ENUMERATION, tuple(component.known for component in found), True)

    def judge(self, profile: BehaviourProfile) -> Judgement:
        """What a profile on the game's tree is worth."""
        spread = payoff_range(self.game.compiled) or 1.0
        evaluation = evaluate(profile)
        nearest = self.reference.nearest(profile) if self.reference is not None else None
        return Judgement(
            nash_conv=evaluation.nash_conv,
            score=evaluation.nash_conv / uniform_nash_conv(self.game.parameters),
            component=nearest.component if nearest is not None else None,
            distance=nearest.on_path if nearest is not None else None,
            loss=support(profile, rare=RARE, enough=LOSS * spread).loss / spread,
        )


def judged_games(games: Games) -> Mapping[str, JudgedGame]:
    """The games of a config, by name, with their strata. Raises :class:`ParameterError`."""
    strata = {game.name: game.stratum for chosen in sets_of(games) for game in chosen.games}
    return {name: JudgedGame(name, strata.get(name, OTHER), game.named()) for name, game in labelled(games).items()}


def judged_set(path: Path) -> tuple[str, Mapping[str, JudgedGame]]:
    """The identity of a set of certified games, and its games by name. Raises :class:`ParameterError`."""
    chosen = read_set(path)
    return chosen.sha256, {game.name: JudgedGame(game.name, game.stratum, game.game) for game in chosen.games}
