"""A learner's seeds together: means with intervals, and how often each equilibrium component was reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from olivebranch.eval.details import Detail
from olivebranch.eval.intervals import Estimate, bootstrap_mean, wilson
from olivebranch.games.base import Game
from olivebranch.theory.equilibria.reference import NO_COMPONENT, Nearest
from olivebranch.theory.tree.evaluation import Evaluation


@dataclass(frozen=True)
class Summary:
    """What many seeds of one learner did in one game.

    Attributes:
        seeds: how many.
        nash_conv, on_path, off_path: means over seeds with 95 % bootstrap intervals; the last two are total variation
            distances to the nearest known equilibrium, and None where they are not known; see
            :class:`~olivebranch.theory.equilibria.reference.Nearest`.
        gains: of each player from a best response, likewise.
        details: what the kind of game says beyond that, likewise; see :class:`~olivebranch.eval.details.Detail`. Of
            the talks game ``behaviour`` (the largest distance at any information set) and the four probabilities of
            :class:`~olivebranch.theory.talks.behaviour.TalksBehaviour`; empty for most games.
        reached: frequency, with Wilson's interval, of each component being reached off the path included; the key
            ``"none"`` counts the seeds that reached none.
        outcome_reached: the same on the path alone.
    """

    seeds: int
    nash_conv: Estimate
    on_path: Estimate | None
    off_path: Estimate | None
    gains: dict[str, Estimate]
    details: dict[str, Estimate]
    reached: dict[str, Estimate]
    outcome_reached: dict[str, Estimate]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: every estimate as ``[value, low, high]``."""
        result: dict[str, Any] = {"seeds": self.seeds}
        for name in ("nash_conv", "on_path", "off_path"):
            estimate = getattr(self, name)
            result[name] = estimate.as_list() if estimate is not None else None
        result.update(_as_lists(self.details))
        for name in ("gains", "reached", "outcome_reached"):
            result[name] = _as_lists(getattr(self, name))
        return result


def _as_lists(estimates: Mapping[str, Estimate]) -> dict[str, list[float]]:
    return {name: estimate.as_list() for name, estimate in estimates.items()}


def summarise(
    names: Sequence[str],
    players: Sequence[str],
    evaluations: Sequence[Evaluation],
    nearest: Sequence[Nearest],
    details: Sequence[Detail],
    generator: np.random.Generator,
) -> Summary:
    """Summarise the seeds of one learner in one game.

    Args:
        names: of the known equilibria.
        players: of the game.
        evaluations, nearest: one a seed.
        details: one a seed, or none.
        generator: of the bootstrap.

    Raises:
        ValueError: there is no seed.
    """
    if not evaluations:
        raise ValueError("evaluations = []: expected at least one seed")

    def mean(values: Sequence[float]) -> Estimate:
        return bootstrap_mean(np.array(values), generator)

    def mean_if_known(values: Sequence[float | None]) -> Estimate | None:
        known = [value for value in values if value is not None and isfinite(value)]
        return mean(known) if len(known) == len(values) else None

    def frequencies(found: Sequence[str]) -> dict[str, Estimate]:
        return {name: wilson(found.count(name), len(found)) for name in [*sorted(names), NO_COMPONENT]}

    numbers = [{**detail.gaps, **detail.play} for detail in details]
    return Summary(
        seeds=len(evaluations),
        nash_conv=mean([evaluation.nash_conv for evaluation in evaluations]),
        on_path=mean_if_known([n.on_path for n in nearest]),
        off_path=mean_if_known([n.off_path for n in nearest]),
        details={name: mean([row[name] for row in numbers]) for name in (numbers[0] if numbers else ())},
        gains={player: mean([e.gains[number] for e in evaluations]) for number, player in enumerate(players)},
        reached=frequencies([n.name_if_reached for n in nearest]),
        outcome_reached=frequencies([n.name_if_outcome_reached for n in nearest]),
    )


def play_as_dict(game: Game, evaluation: Evaluation, nearest: Nearest) -> dict[str, Any]:
    """What is said of one seed's play in any game, for JSON."""
    return {
        "nash_conv": evaluation.nash_conv,
        "gains": dict(zip(game.players, evaluation.gains.tolist(), strict=True)),
        "gains_by_type": {
            player: dict(zip(names, gains.tolist(), strict=True))
            for player, names, gains in zip(game.players, game.type_names, evaluation.gains_by_type, strict=True)
        },
        "values": dict(zip(game.players, evaluation.values.tolist(), strict=True)),
        "nearest": nearest.component,
        "on_path": nearest.on_path if isfinite(nearest.on_path) else None,
        "off_path": nearest.off_path,
        "reached": nearest.component if nearest.reached else None,
        "outcome_reached": None if nearest.name_if_outcome_reached == NO_COMPONENT else nearest.component,
    }
