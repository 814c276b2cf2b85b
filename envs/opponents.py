"""Who plays the other seats of an environment: policies, functions, or texts that name either."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, cast

from olivebranch.core.doors import who_fills
from olivebranch.games.base import CompiledGame
from olivebranch.games.information import Policy, PolicyFunction
from olivebranch.games.registry import NamedGame

Opponents = Policy | PolicyFunction | Mapping[str, Policy | PolicyFunction]
NamedOpponents = str | Opponents | Mapping[str, str | Policy | PolicyFunction]

RANDOM = "random"  # what "uniform" was called at first


class _Found(Protocol):
    """See :class:`olivebranch.agents.policies.registry.FoundPolicies`."""

    profiles: tuple[tuple[Policy, ...], ...]

    def one(self, key: str) -> tuple[Policy, ...]: ...


def opponent_pool(
    game: CompiledGame, seat: int, opponents: Opponents | Sequence[Opponents]
) -> tuple[dict[int, Policy], ...]:
    """The policies of the other seats, by number, for each entry of a pool.

    Args:
        game: the compiled rules.
        seat: the seat that they play against.
        opponents: see :class:`olivebranch.envs.seat.SeatEnv`.

    Raises:
        ValueError: a seat is left without a policy or given one too many, or the pool is empty.
    """
    pool = list(opponents) if isinstance(opponents, Sequence) and not isinstance(opponents, str) else [opponents]
    if not pool:
        raise ValueError("opponents = []: expected at least one policy")
    players = game.game.players
    others = [player for player in range(len(players)) if player != seat]
    names = ", ".join(players[player] for player in others)
    assigned = []
    for entry in pool:
        if not isinstance(entry, Mapping):
            entry = dict.fromkeys((players[player] for player in others), _policy(game, names, entry))
        if set(entry) != {players[player] for player in others}:
            raise ValueError(f"opponents for {sorted(entry)}: expected a policy for each of {names}")
        policies = {name: _policy(game, name, policy) for name, policy in entry.items()}
        assigned.append({player: policies[players[player]] for player in others})
    return tuple(assigned)


def _policy(game: CompiledGame, name: str, opponent: object) -> Policy:
    if isinstance(opponent, Policy):
        return opponent
    if not callable(opponent) or isinstance(opponent, type):
        raise ValueError(f"opponent {name} = {opponent!r}: expected a Policy or a function of an information state")
    function_policy = cast(Callable[[object, CompiledGame], Policy], who_fills("functions as policies"))
    return function_policy(opponent, game)


def named_opponents(
    game: NamedGame, seat: int, opponents: NamedOpponents | Sequence[NamedOpponents]
) -> Opponents | list[Opponents]:
    """``opponents`` with policies in the place of texts, which :mod:`olivebranch.agents.policies.registry` explains.

    A text alone gives every other seat its own part. A run with several seeds gives a pool of them.

    Args:
        game: the game, as it was named.
        seat: the seat that they play against.
        opponents: what :class:`olivebranch.envs.seat.SeatEnv` takes, with texts in the place of policies.

    Raises:
        ParameterError: a text names no policy.
    """
    players = game.compiled.game.players
    if isinstance(opponents, str):
        profiles = _found(game, opponents).profiles
        pool: list[Opponents] = [
            {name: policy for other, (name, policy) in enumerate(zip(players, profile, strict=True)) if other != seat}
            for profile in profiles
        ]
        return pool[0] if len(pool) == 1 else pool
    if isinstance(opponents, Mapping):
        return {name: _of_seat(game, name, opponent) for name, opponent in opponents.items()}
    if isinstance(opponents, Sequence):
        pool = []
        for entry in opponents:
            named = named_opponents(game, seat, entry)
            pool += named if isinstance(named, list) else [named]
        return pool
    return opponents


def _of_seat(game: NamedGame, name: str, opponent: str | Policy | PolicyFunction) -> Policy | PolicyFunction:
    players = game.compiled.game.players
    if not isinstance(opponent, str) or name not in players:  # of a name that is none, SeatEnv will complain
        return cast(Policy | PolicyFunction, opponent)
    return _found(game, opponent).one("opponent")[players.index(name)]


def _found(game: NamedGame, spec: str) -> _Found:
    find = cast(Callable[[str, NamedGame, str], _Found], who_fills("named policies"))
    return find("uniform" if spec == RANDOM else spec, game, "opponent")
