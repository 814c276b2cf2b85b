"""What :func:`~olivebranch.games.base.compile_game` refuses, each thing by name.

Every function here either gives back what it has checked, in one fixed form, or raises RulesError with the game, the
public state and what is wrong in it. What can be checked for all edges at once is checked on the arrays.
"""

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike

from olivebranch.games.rules import BoolArray, FloatArray, Game, IntArray, Outcome, RulesError

MOST_STATES = 1_000_000
MOST_CELLS = 100_000_000  # of the table that finds the edges of a state and a joint action: 0.8 GB each
TOLERANCE = 1e-9  # of a sum of probabilities
LONGEST = 100  # characters of a state or a value in a message


def names(game: Game) -> tuple[str, int, int]:
    """Check the names of a game; return its own, and the numbers of its players and of its actions."""
    for attribute in ("name", "players", "action_names", "type_names", "prior"):
        if not hasattr(game, attribute):
            raise RulesError(f"{type(game).__name__}: expected the attribute {attribute!r}, which rules must have")
    if not isinstance(game.name, str) or not game.name:
        raise RulesError(f"{type(game).__name__}: name = {shown(game.name)}: expected a text that is not empty")
    players = _distinct(game, "players", game.players)
    for player in players:
        if player.startswith(".") or len(player) > LONGEST or not player.isprintable() or set(player) & set("/\\"):
            _refuse(game, f"player {shown(player)}: expected a name that files can bear, without '/' and '\\\\'")
    actions = _distinct(game, "action_names", game.action_names)
    if isinstance(game.type_names, str) or not isinstance(game.type_names, Sequence):
        _refuse(game, f"type_names = {shown(game.type_names)}: expected a sequence of names for each player")
    if len(game.type_names) != len(players):
        _refuse(game, f"type_names has {len(game.type_names)} entries for {len(players)} players")
    for player, own in zip(players, game.type_names, strict=True):
        _distinct(game, f"type_names of player {player!r}", own)
    return game.name, len(players), len(actions)


def prior(game: Game, shape: tuple[int, ...]) -> FloatArray:
    """The prior as an array of ``shape``, the number of types of each player: finite, not negative, summing to one."""
    array = _numbers(game, game.prior, "the prior")
    if array.shape != shape:
        _refuse(game, f"prior has shape {array.shape}, expected {shape}")
    _finite(game, array, "the prior")
    if (array < 0).any() or abs(array.sum() - 1.0) > TOLERANCE:
        _refuse(game, f"the prior must have probabilities >= 0 that sum to one, got {shown(array.tolist())}")
    return array


def hashable(game: Game, state: Any, *before: Any) -> None:
    """Refuse a public state that cannot be told from others; ``before`` is the state that it follows, if any."""
    try:
        hash(state)
    except TypeError:
        text = "a state that follows" if before else "the initial state"
        _refuse(game, f"{text} is {shown(state)}: expected a hashable value, such as a text or a tuple", *before)


def choices(game: Game, state: Any, n_players: int, n_actions: int) -> list[tuple[int, ...]]:
    """The legal actions of each player in a state; an empty list where the state is terminal."""
    given = game.legal_actions(state)
    if not isinstance(given, Iterable):
        _refuse(game, f"legal_actions gives {shown(given)}: expected a sequence of actions for each player", state)
    entries = list(given)
    if not entries:
        return []
    if len(entries) != n_players:
        _refuse(game, f"legal_actions has {len(entries)} entries for {n_players} players", state)
    found = []
    for player, actions in zip(game.players, entries, strict=True):
        if not isinstance(actions, Iterable) or isinstance(actions, str):
            _refuse(game, f"legal actions {shown(actions)} of player {player!r}: expected a sequence", state)
        own = list(actions)
        if not own:
            _refuse(game, f"each player needs a legal action, and player {player!r} has none", state)
        for action in own:
            if isinstance(action, bool | np.bool_) or not isinstance(action, Integral):
                _refuse(game, f"legal action {shown(action)} of player {player!r}: expected a whole number", state)
            if not 0 <= action < n_actions:
                _refuse(game, f"legal action {action} of player {player!r}: expected a number below {n_actions}", state)
        numbers = [int(action) for action in own]
        if numbers != sorted(set(numbers)):
            _refuse(
                game,
                f"legal actions {shown(numbers)} of player {player!r}: expected each once, in ascending order",
                state,
            )
        found.append(tuple(numbers))
    return found


def outcomes(game: Game, state: Any, joint: tuple[int, ...]) -> list[Outcome]:
    """The outcomes that may follow a joint action: at least one, with distinct labels, each to a hashable state."""
    given = game.outcomes(state, joint)
    if not isinstance(given, Iterable):
        _refuse(game, f"the outcomes of {joint} are {shown(given)}: expected a sequence of Outcome", state)
    found = list(given)
    if not found:
        _refuse(game, f"the outcomes of {joint} are an empty list: expected at least one", state)
    labels: set[str] = set()
    for outcome in found:
        if not isinstance(outcome, Outcome):
            _refuse(game, f"the outcomes of {joint} hold {shown(outcome)}: expected an Outcome", state)
        if not isinstance(outcome.label, str):
            _refuse(game, f"the outcomes of {joint} have the label {shown(outcome.label)}: expected a text", state)
        if outcome.label in labels:
            _refuse(game, f"two outcomes of {joint} have the label {outcome.label!r}: expected distinct labels", state)
        labels.add(outcome.label)
    return found


def broadcast(game: Game, state: Any, values: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    """An outcome's probability or rewards as an array of ``shape``."""
    array = _numbers(game, values, "an outcome's probability or reward", state)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        _refuse(game, f"an outcome's array of shape {array.shape} does not fit {shape}", state)


def size(game: Game, n_states: int, n_joint: int) -> None:
    """Refuse what would not end or would not fit into memory."""
    if n_states > MOST_STATES:
        _refuse(game, f"there are more than {MOST_STATES:,} public states; can play go on for ever?")
    if n_states * n_joint > MOST_CELLS:
        _refuse(
            game,
            f"{n_states:,} public states with {n_joint:,} joint actions each are more than {MOST_CELLS:,} in all: "
            "expected fewer players or a shorter enumeration of actions",
        )


def edges(
    game: Game, states: Sequence[Any], start: IntArray, source: IntArray, probability: FloatArray, reward: FloatArray
) -> None:
    """Check the numbers of all edges: finite, and probabilities that sum to one over the outcomes of a joint action.

    Args:
        game: the rules, for messages.
        states: the public states by number.
        start: the first edge of each pair of a state and a legal joint action, ascending, ``[n_pairs]``.
        source: the state of each edge, ``[n_edges]``.
        probability: ``[n_edges, n_profiles]``.
        reward: ``[n_edges, n_players, n_profiles]``.
    """
    for what, table in (("probability", probability), ("reward", reward)):
        bad = np.flatnonzero(~np.isfinite(table).reshape(len(table), -1).all(axis=1))
        if len(bad):
            values = table[bad[0]]
            _refuse(
                game,
                f"an outcome has the {what} {values[~np.isfinite(values)][0]}: expected finite numbers",
                states[source[bad[0]]],
            )
    if not len(start):
        return
    sums = np.add.reduceat(probability, start, axis=0)
    wrong: BoolArray = np.logical_or(np.abs(sums - 1.0) > TOLERANCE, np.minimum.reduceat(probability, start) < 0)
    pairs = np.flatnonzero(wrong.any(axis=1))
    if len(pairs):
        pair = int(pairs[0])
        column = int(np.flatnonzero(wrong[pair])[0])
        stop = start[pair + 1] if pair + 1 < len(start) else len(probability)
        values = probability[start[pair] : stop, column].tolist()
        _refuse(
            game,
            f"the outcomes of a joint action must have probabilities >= 0 that sum to one, got {shown(values)} "
            f"in type profile {column}",
            states[source[start[pair]]],
        )


def features(game: Game, states: Sequence[Any]) -> FloatArray:
    """The features of all states, ``[n_states, n_features]``: finite, and of one length."""
    rows: list[FloatArray] = []
    for state in states:
        row = _numbers(game, game.features(state), "features", state)
        if row.ndim != 1:
            _refuse(game, f"features {shown(row.tolist())}: expected a sequence of numbers", state)
        _finite(game, row, "features", state)
        if rows and len(row) != len(rows[0]):
            _refuse(game, f"{len(row)} features: expected {len(rows[0])}, as in state {shown(states[0])}", state)
        rows.append(row)
    return np.array(rows).reshape(len(states), -1)


def stages_left(game: Game, states: Sequence[Any], source: IntArray, target: IntArray) -> IntArray:
    """The length of the longest play from each state on, in stages, ``[n_states]``; a cycle of states is refused.

    States are peeled off from the terminal ones backwards: one goes when all that may follow it have gone.
    """
    order = np.argsort(target, kind="stable")
    into = np.searchsorted(target[order], np.arange(len(states) + 1))
    open_edges = np.bincount(source, minlength=len(states))
    left = np.full(len(states), -1, dtype=np.int64)
    done, rounds = np.flatnonzero(open_edges == 0), 0
    while len(done):
        left[done] = rounds
        counts = into[done + 1] - into[done]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        before, times = np.unique(source[order[np.repeat(into[done], counts) + within]], return_counts=True)
        open_edges[before] -= times
        done, rounds = before[open_edges[before] == 0], rounds + 1
    if (left < 0).any():
        cycle = _cycle(source, target, left)
        steps = " -> ".join(shown(states[number], 40) for number in [*cycle[:5], cycle[0]])
        _refuse(game, f"the public states form a cycle, so play may never end: {steps}")
    return left


def _cycle(source: IntArray, target: IntArray, left: IntArray) -> list[int]:
    """The states of some cycle, in order, among those that have not been peeled off."""
    within = (left[source] < 0) & (left[target] < 0)
    following = dict(zip(source[within].tolist(), target[within].tolist(), strict=True))
    seen: dict[int, int] = {}
    state = next(iter(following))
    while state not in seen:
        seen[state] = len(seen)
        state = following[state]
    return list(seen)[seen[state] :]


def shown(value: object, longest: int = LONGEST) -> str:
    """A value for a message, in one line that is not too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= longest else text[: longest - 2] + ".."


def _refuse(game: Game, what: str, *state: object) -> NoReturn:
    where = "".join(f", state {shown(one)}" for one in state)
    raise RulesError(f"game {game.name!r}{where}: {what}")


def _distinct(game: Game, what: str, given: object) -> list[str]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        _refuse(game, f"{what} = {shown(given)}: expected a sequence of names")
    found = list(given)
    if not found:
        _refuse(game, f"{what} is empty: expected at least one name")
    seen: set[str] = set()
    for name in found:
        if not isinstance(name, str) or not name.strip():
            _refuse(game, f"{what} holds {shown(name)}: expected names that are not empty")
        if name in seen:
            _refuse(game, f"{what} holds {name!r} more than once: expected distinct names")
        seen.add(name)
    return found


def _numbers(game: Game, values: ArrayLike, what: str, *state: object) -> FloatArray:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        _refuse(game, f"{what} is {shown(values)}: expected numbers", *state)


def _finite(game: Game, array: FloatArray, what: str, *state: object) -> None:
    if not np.isfinite(array).all():
        _refuse(game, f"{what} holds {array[~np.isfinite(array)][0]}: expected finite numbers", *state)
