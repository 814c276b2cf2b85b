"""When each type first does something: the hazard of a first offer of talks, stage by stage, exactly.

The hazard of an action in a stage is the probability that a player takes it there for the first time, given that play
has come this far, that the player has a choice in the stage, and that it has not taken the action before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import FloatArray, IntArray
from olivebranch.theory.tree.evaluation import counterfactual_values
from olivebranch.theory.tree.profiles import BehaviourProfile


@dataclass(frozen=True)
class FirstUse:
    """First uses of one action by one player.

    Attributes:
        player: seat number.
        action: number of the action.
        hazard: by time (stage, unless another clock was asked for), ``[n_times, n_types]``; NaN where the condition has
            probability zero.
        at_risk: probability, given the type, that play comes to such a time, the player has a choice then and has not
            taken the action before, ``[n_times, n_types]``; NaN for a type that cannot occur.
    """

    player: int
    action: int
    hazard: FloatArray
    at_risk: FloatArray

    @property
    def ever(self) -> FloatArray:
        """Probability that the action is ever taken, by type, ``[n_types]``."""
        ever: FloatArray = np.nansum(self.hazard * self.at_risk, axis=0)
        return ever


def first_use(profile: BehaviourProfile, player: int, action: int, times: Sequence[IntArray] | None = None) -> FirstUse:
    """The hazard of a player's first use of an action, by time and type. The profile is not checked.

    Args:
        profile: behaviour on a game's tree.
        player: seat number.
        action: number of the action.
        times: by stage, the time at which each history is, ``[n_histories]``, counted from zero: the player must have
            at most one choice at a time. By default a time is a stage.
    """
    tree, game = profile.tree, profile.tree.game
    clock = [np.full(len(stage), t) for t, stage in enumerate(tree.stages)] if times is None else times
    values, own = counterfactual_values(profile)
    part, n_types = tree.types_of(player), game.n_types[player]
    prior = np.zeros(n_types)
    np.add.at(prior, game.profile_types[:, player], game.prior)
    n_times = max((int(row.max()) + 1 for row in clock), default=0)
    arrived, taken_now = np.zeros((n_times, n_types)), np.zeros((n_times, n_types))
    used = np.zeros(1, dtype=np.bool_)
    for t, stage in enumerate(tree.stages):
        if t > 0:
            taken = game.joint_actions(game.edge_joint[stage.edge])[:, player] == action
            # a forced action is no use of it: FIGHT is also the name of having no choice
            chose = game.acts[game.edge_source[stage.edge], player]
            used = used[stage.parent] | (taken & chose)
        open_to_it = (~used & game.acts[stage.state, player])[:, None]
        reach = (values[t].reach * own[t])[:, part] * open_to_it
        np.add.at(arrived, clock[t], reach)
        np.add.at(taken_now, clock[t], reach * profile.of(player, t)[:, :, action])
    with np.errstate(invalid="ignore", divide="ignore"):
        hazard = np.where(arrived > 0, taken_now / arrived, np.nan)
        at_risk = np.where(prior > 0, arrived / prior, np.nan)
    return FirstUse(player, action, hazard, at_risk)
