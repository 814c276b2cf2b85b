"""Policies as behaviour on a game's tree: the probability of each action at each information set, never sampled."""

from collections.abc import Sequence

from olivebranch.games.base import CompiledGame, FloatArray, IntArray
from olivebranch.games.information import ObservationEncoder, Policy
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import Behaviour, BehaviourProfile, build_profile


def as_behaviour(game: CompiledGame, policies: Sequence[Policy], window: int | None = None) -> Behaviour:
    """The play of ``policies``, one a seat, as a function of types and the past; ``window`` as for the next."""
    encoder = ObservationEncoder(game, window)

    def behaviour(seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> FloatArray:
        states = encoder.information_states(seat, own_type, public_state, recent_edges)
        return policies[seat].action_probabilities(states)

    return behaviour


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
    return build_profile(tree, as_behaviour(tree.game, policies, window), window=encoder.window)
