"""Two forms of learned play, and the way from each to the other: policies that answer, and a profile on a tree.

A learner gives the form that it has. What is measured is the profile: the probability of each action at each
information set, never sampled. What is written to files, and what acts in environments, are policies.
"""

from collections.abc import Mapping, Sequence

from olivebranch.agents.policies.lookup import lookup_policies
from olivebranch.agents.policies.storage import KINDS, StorablePolicy
from olivebranch.agents.policies.uniform import UniformPolicy
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import CompiledGame, FloatArray, IntArray
from olivebranch.games.information import ObservationEncoder, Policy
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import Behaviour, BehaviourProfile, SeatPlay, build_profile, part_of

Policies = tuple[StorablePolicy, ...]  # one a seat, in the order of the players
LearnedPlay = Policies | BehaviourProfile


def as_behaviour(game: CompiledGame, policies: Sequence[Policy], window: int | None = None) -> Behaviour:
    """The play of ``policies``, one a seat, as a function of types and the past; ``window`` as for the next."""
    encoder = ObservationEncoder(game, window)

    def behaviour(seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> FloatArray:
        states = encoder.information_states(seat, own_type, public_state, recent_edges)
        return policies[seat].action_probabilities(states)

    return behaviour


def behaviour_of(
    tree: GameTree, play: Sequence[Policy] | BehaviourProfile, window: int | None = None
) -> BehaviourProfile:
    """Tabulate play at every information set of ``tree``; what is a profile already comes back as it is.

    Args:
        tree: the unrolled game.
        play: a policy for each seat, in the order of the players; or a profile on a tree of the same game.
        window: how many stages back observations reach; the one that the policies were trained with.

    Raises:
        ValueError: the number of policies is not that of the seats, what one returns is no distribution over the
            legal actions, or a profile is of another game.
    """
    if isinstance(play, BehaviourProfile):
        if [table.shape for table in play.stages] != [
            (len(stage), tree.n_all_types, tree.game.n_actions) for stage in tree.stages
        ]:
            raise ValueError(f"a profile on a tree of another game than {tree.game.game.name!r}")
        return play
    if len(play) != tree.game.n_players:
        raise ValueError(f"{len(play)} policies for {tree.game.n_players} seats")
    encoder = ObservationEncoder(tree.game, window)
    return build_profile(tree, as_behaviour(tree.game, play, window), window=encoder.window)


def policies_of(play: LearnedPlay) -> Policies:
    """A policy for each seat that plays so; what are policies already come back as they are."""
    return lookup_policies(play) if isinstance(play, BehaviourProfile) else play


def require_storable(kind: str, played: Mapping[str, object]) -> None:
    """Check that what a learner's ``policies()`` gave can be measured and kept.

    Args:
        kind: of the learner; errors name it.
        played: what it gave.

    Raises:
        ParameterError: there is no ``last``, or something is neither a profile nor policies that files can hold.
    """
    if "last" not in played:
        raise ParameterError("learner.kind", kind, f"policies() with an entry 'last', and not only {list(played)}")
    for which, play in played.items():
        if isinstance(play, BehaviourProfile):
            continue
        wrong = (
            play if not isinstance(play, tuple | list) else [p for p in play if getattr(p, "kind", None) not in KINDS]
        )
        if not isinstance(wrong, list) or wrong:
            expected = f"a profile on the game's tree, or for each seat a policy of the kinds {', '.join(KINDS)}"
            raise ParameterError("learner.kind", kind, f"policies()[{which!r}] to be {expected}, and not {wrong!r}")


def seat_play(tree: GameTree, policy: Policy, seat: int, key: str, spec: str) -> SeatPlay:
    """What ``policy`` does in ``seat``, tabulated at every information set of ``tree``.

    Args:
        tree: the game's.
        policy: of the game.
        seat: which it plays.
        key: what errors name.
        spec: by which the policy was named.

    Raises:
        ParameterError: the policy is for another game or another seat, or answers with no distribution.
    """
    players = tree.game.game.players
    line_up = [policy if other == seat else UniformPolicy() for other in range(len(players))]
    try:
        return part_of(behaviour_of(tree, line_up), seat)
    except ParameterError:
        raise
    except (ValueError, IndexError, RuntimeError) as error:
        message = f"a policy for {players[seat]} in {tree.game.game.name!r} ({' '.join(str(error).split())})"
        raise ParameterError(key, spec, message) from error
