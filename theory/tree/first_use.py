"""When each type first does something: the hazard of a first offer of talks, stage by stage, exactly.

The hazard of an action in a stage is the probability that a player takes it there for the first time, given that play
has come this far, that the player has a choice in the stage, and that it has not taken the action before.
"""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.theory.tree.evaluation import counterfactual_values
from olivebranch.theory.tree.profiles import BehaviourProfile


@dataclass(frozen=True)
class FirstUse:
    """First uses of one action by one player.

    Attributes:
        player: seat number.
        action: number of the action.
        hazard: ``[n_stages, n_types]``; NaN where the condition has probability zero.
        at_risk: probability, given the type, that play comes to the stage, the player has a choice in it and has not
            taken the action before, ``[n_stages, n_types]``; NaN for a type that cannot occur.
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


def first_use(profile: BehaviourProfile, player: int, action: int) -> FirstUse:
    """The hazard of a player's first use of an action, by stage and type. The profile is not checked."""
    tree, game = profile.tree, profile.tree.game
    values, own = counterfactual_values(profile)
    part = tree.types_of(player)
    prior = np.zeros(game.n_types[player])
    np.add.at(prior, game.profile_types[:, player], game.prior)
    hazard = np.full((tree.n_stages, game.n_types[player]), np.nan)
    at_risk = np.full_like(hazard, np.nan)
    used = np.zeros(1, dtype=np.bool_)
    for t, stage in enumerate(tree.stages):
        if t > 0:
            taken = game.joint_actions(game.edge_joint[stage.edge])[:, player] == action
            # a forced action is no use of it: FIGHT is also the name of having no choice
            chose = game.acts[game.edge_source[stage.edge], player]
            used = used[stage.parent] | (taken & chose)
        open_to_it = (~used & game.acts[stage.state, player])[:, None]
        reach = (values[t].reach * own[t])[:, part] * open_to_it
        now = (reach * profile.of(player, t)[:, :, action]).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            hazard[t] = np.where(reach.sum(axis=0) > 0, now / reach.sum(axis=0), np.nan)
            at_risk[t] = np.where(prior > 0, reach.sum(axis=0) / prior, np.nan)
    return FirstUse(player, action, hazard, at_risk)
