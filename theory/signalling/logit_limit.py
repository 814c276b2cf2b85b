"""Which component does logit play tend to, from uniform play on? A numerical verdict beside the exact refinements.

As the temperature falls, the principal branch of the agent logit correspondence selects one equilibrium
(``theory.quantal_response.limit``). The verdict on a component is whether it is the one; where the branch is lost, or
does not come near enough to a single component, there is no verdict.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import linprog

from olivebranch.games.base import FloatArray
from olivebranch.games.signalling import SignallingGame, compile_signalling
from olivebranch.theory.quantal_response.branch import BranchPoint
from olivebranch.theory.quantal_response.limit import LogitLimit, logit_limit
from olivebranch.theory.quantal_response.values import Layout
from olivebranch.theory.signalling.pieces import Component, EquilibriumSet, Strategy
from olivebranch.theory.tree.histories import GameTree, unroll


def select_component(found: EquilibriumSet) -> LogitLimit:
    """The position in ``found.components`` of the one to which the logit branch tends, if that is clear."""
    game = found.game
    if not all(game.prior):
        return LogitLimit(None, np.inf, np.inf, 0.0, "undecided: a type of probability zero has no logit response")
    tree = unroll(compile_signalling(_unrestricted(game)))
    layout = _restricted(Layout.of(tree), game)
    if layout.size == 0:
        return LogitLimit(0, 0.0, np.inf, np.inf, "nobody has a choice")
    nodes = _nodes(tree)
    targets = [_Target(component) for component in found.components]

    def distances(point: BranchPoint) -> FloatArray:
        sender, receiver = _play(game, layout, point, nodes)
        return np.array([target.distance(sender, receiver) for target in targets])

    return logit_limit(tree, distances, layout=layout)


def component_distances(components: Sequence[Component], sender: FloatArray, receiver: FloatArray) -> FloatArray:
    """How far behaviour is from each component, ``[components]``: the largest difference in any probability, off the
    path included, from the nearest equilibrium of it.

    Args:
        components: of one game.
        sender: probability of each message by type, ``[types, messages]``.
        receiver: probability of each response by message, ``[messages, responses]``.
    """
    return np.array([_Target(component).distance(sender.ravel(), receiver.ravel()) for component in components])


class _Target:
    """A component as the hulls of its maximal pieces' vertices, in floats."""

    def __init__(self, component: Component) -> None:
        self.pieces = [(_flat(piece.sender_vertices), _flat(piece.receiver_vertices)) for piece in component.maximal]

    def distance(self, sender: FloatArray, receiver: FloatArray) -> float:
        """The largest difference in any probability from the nearest equilibrium of the component."""
        return min(max(_from_hull(sender, s), _from_hull(receiver, r)) for s, r in self.pieces)


def _flat(vertices: Sequence[Strategy]) -> FloatArray:
    return np.array([[float(value) for row in vertex for value in row] for vertex in vertices])


def _from_hull(point: FloatArray, vertices: FloatArray) -> float:
    """The distance, in the largest entry, of a point ``[d]`` from the hull of vertices ``[k, d]``."""
    if len(vertices) == 1:
        return float(np.abs(vertices[0] - point).max())
    count, size = vertices.shape
    ones = np.ones((size, 1))
    found = linprog(
        np.append(np.zeros(count), 1.0),
        A_ub=np.vstack([np.hstack([vertices.T, -ones]), np.hstack([-vertices.T, -ones])]),
        b_ub=np.concatenate([point, -point]),
        A_eq=np.append(np.ones(count), 0.0)[None],
        b_eq=[1.0],
    )
    if found.x is None:
        raise ArithmeticError(f"the distance from a component was not found: {found.message}")
    return max(float(found.fun), 0.0)


def _unrestricted(game: SignallingGame) -> SignallingGame:
    """The same with every message open to every type, which the layout takes back, and with names that are distinct, so
    that messages are the first actions and responses follow."""
    _, messages, responses = game.shape
    return SignallingGame(
        game.prior,
        game.sender_payoffs,
        game.receiver_payoffs,
        response_legal=[list(row) for row in game.response_legal],
        message_names=[f"message {m}" for m in range(messages)],
        response_names=[f"response {a}" for a in range(responses)],
    )


def _restricted(layout: Layout, game: SignallingGame) -> Layout:
    """Without the logits of messages that a type cannot send; it never does."""
    rules = layout.rules
    column = layout.tree.types_of(0).start
    forced, place = rules.forced.copy(), rules.place
    keep = np.ones(len(place), dtype=np.bool_)
    for t in range(len(game.prior)):
        legal = game.messages(t)
        for m in range(len(game.message_names)):
            mine = (place[:, 0] == 0) & (place[:, 1] == column + t) & (place[:, 2] == m)
            if m not in legal or len(legal) == 1:
                keep &= ~mine
            if m not in legal:
                forced[0, column + t, m] = -np.inf
    place = place[keep]
    new_set = np.any(place[1:, :2] != place[:-1, :2], axis=1)
    first = np.concatenate([[0], np.flatnonzero(new_set) + 1, [len(place)]]).astype(np.int64)
    return replace(layout, rules=rules._replace(forced=forced, place=place, first=first))


def _nodes(tree: GameTree) -> list[int]:
    """The node of the history after each message."""
    moves = tree.moves
    state = tree.stages[0].state[0]
    nodes = {}
    for move in range(moves.start[state], moves.start[state + 1]):
        rank = int(moves.child_rank[moves.edge_start[move]])
        nodes[int(moves.actions[move, 0])] = 1 + int(tree.stages[0].first_child[0]) + rank
    return [nodes[m] for m in sorted(nodes)]


def _play(
    game: SignallingGame, layout: Layout, point: BranchPoint, nodes: Sequence[int]
) -> tuple[FloatArray, FloatArray]:
    """σ and ρ at a point of the branch, each flat."""
    types, messages, responses = game.shape
    stages = point.profile.stages
    table = np.concatenate([np.asarray(stage, dtype=np.float64) for stage in stages])
    sender, receiver = layout.tree.types_of(0), layout.tree.types_of(1).start
    sigma = table[0, sender, :messages].copy()
    rho = np.zeros((messages, responses))
    for m, node in enumerate(nodes):
        if game.senders(m):
            rho[m] = table[node, receiver, messages : messages + responses]
    return sigma.reshape(types * messages), rho.ravel()
