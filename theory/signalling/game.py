"""The signalling game that a compiled game is (docs/model.md, section 4)."""

from collections.abc import Iterator

import numpy as np

from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.games.payoff_tables import exact
from olivebranch.games.signalling import SignallingGame, SignallingRules, compile_signalling

__all__ = ["SignallingGame", "compile_signalling", "exact", "signalling_form"]


def signalling_form(compiled: CompiledGame) -> SignallingGame:
    """The signalling game that a compiled game is: player 0, who alone has types, moves; then player 1 replies once.

    The talks game and the demonstration game are of this form. Several moves of the sender make up one message, named
    by the names of its actions. Rewards on the way are added up; messages and responses keep the order of the game's
    action enumeration. A game that was compiled from exact numbers gives these back.

    Raises:
        ValueError: the game is not of this form.
    """
    if isinstance(compiled.game, SignallingRules):
        return compiled.game.form
    name = compiled.game.name
    if compiled.n_players != 2 or compiled.n_types[1] != 1:
        raise ValueError(f"game {name!r}: a signalling game has a sender with types and a receiver without")
    if compiled.max_stages < 2:
        raise ValueError(f"game {name!r}: a signalling game has a message and a response")
    messages = list(_messages(compiled, 0, [], np.zeros((2, compiled.n_types[0]))))
    replying = [state for _, state, _ in messages]
    used = np.flatnonzero(compiled.legal[replying, 1].any(axis=0))
    legal = compiled.legal[replying, 1][:, used]
    payoffs = np.zeros((2, compiled.n_types[0], *legal.shape))
    for m, a in zip(*np.nonzero(legal), strict=True):
        reply = _edge(compiled, replying[m], 1, int(used[a]))
        if not compiled.terminal[compiled.edge_next[reply]]:
            raise ValueError(f"game {name!r}: a signalling game ends with the receiver's response")
        payoffs[:, :, m, a] = messages[m][2] + compiled.edge_reward[reply]
    names = compiled.game.action_names
    return SignallingGame(
        compiled.prior,
        payoffs[0],
        payoffs[1],
        response_legal=legal,
        type_names=compiled.game.type_names[0],
        message_names=[" ".join(names[action] for action in actions) for actions, _, _ in messages],
        response_names=[names[action] for action in used],
    )


def _messages(
    compiled: CompiledGame, state: int, actions: list[int], reward: FloatArray
) -> Iterator[tuple[list[int], int, FloatArray]]:
    """(the sender's actions, the state in which the receiver replies, rewards so far) of every message."""
    if not compiled.acts[state, 0]:
        if not actions or compiled.terminal[state]:
            raise ValueError(f"game {compiled.game.name!r}: a signalling game has a message and a response")
        yield actions, state, reward
        return
    if compiled.acts[state, 1]:
        raise ValueError(f"game {compiled.game.name!r}: the two players of a signalling game do not move at once")
    for action in np.flatnonzero(compiled.legal[state, 0]):
        edge = _edge(compiled, state, 0, int(action))
        following = int(compiled.edge_next[edge])
        yield from _messages(compiled, following, [*actions, int(action)], reward + compiled.edge_reward[edge])


def _edge(compiled: CompiledGame, state: int, player: int, action: int) -> int:
    """The one edge of ``player``'s ``action`` in ``state``, where the other does not act."""
    joint = [int(np.flatnonzero(compiled.legal[state, other])[0]) for other in range(2)]
    joint[player] = action
    index = int(compiled.joint_index(np.array(joint)))
    if compiled.edge_count[state, index] != 1:
        raise ValueError(f"game {compiled.game.name!r}: a signalling game has no chance events after the types")
    return int(compiled.edge_start[state, index])
