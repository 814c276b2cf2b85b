"""Policies as behaviour on a game's tree: the probability of each action at each information set, never sampled."""

from collections.abc import Sequence

from olivebranch.envs.information import ObservationEncoder, Policy
from olivebranch.games.base import FloatArray, IntArray
from olivebranch.theory.profiles import BehaviourProfile, build_profile
from olivebranch.theory.tree import GameTree


def behaviour_of(tree: GameTree, policies: Sequence[Policy], window: int | None = None) -> BehaviourProfile:
    """Tabulate the play of ``policies``, one a seat, at every information set of ``tree``.

    Args:
        tree: the unrolled game.
        policies: one a seat, in the order of the players.
        window: how many stages back observations reach; the one that the policies were trained with.

    Raises:
        ValueError: the number of policies is not that of the seats, or what one returns is no distribution over the
            legal actions.
    """
    if len(policies) != tree.game.n_players:
        raise ValueError(f"{len(policies)} policies for {tree.game.n_players} seats")
    encoder = ObservationEncoder(tree.game, window)

    def behaviour(seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> FloatArray:
        states = encoder.information_states(seat, own_type, public_state, recent_edges)
        return policies[seat].action_probabilities(states)

    return build_profile(tree, behaviour, window=encoder.window)
