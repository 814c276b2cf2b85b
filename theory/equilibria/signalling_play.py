"""Play of a finite signalling game between its two forms: behaviour on the history tree, and strategies by message.

Messages and responses are numbered as :func:`~olivebranch.theory.signalling.game.signalling_form` numbers them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.signalling import SignallingGame
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

SENDER, RECEIVER = 0, 1


@dataclass(frozen=True)
class Node:
    """A history, by its place in the tree."""

    stage: int
    row: int


@dataclass(frozen=True)
class SignallingPlay:
    """Where on the tree of a signalling game its messages are sent and its responses given.

    Attributes:
        tree: the tree.
        messages: for each message the sender's actions that make it up, each with the history in which it is taken.
        replies: for each message the history in which the receiver responds to it.
        responses: the action that each response is, ``[a]``.
    """

    tree: GameTree
    messages: tuple[tuple[tuple[Node, int], ...], ...]
    replies: tuple[Node, ...]
    responses: IntArray

    @classmethod
    def of(cls, tree: GameTree, form: SignallingGame) -> "SignallingPlay":
        """Find messages and responses on the tree of a game whose signalling form is ``form``."""
        found = list(_messages(tree, Node(0, 0), ()))
        number = {name: action for action, name in enumerate(tree.game.game.action_names)}
        responses = np.array([number[name] for name in form.response_names])
        return cls(tree, tuple(steps for steps, _ in found), tuple(reply for _, reply in found), responses)

    def strategy(self, profile: BehaviourProfile) -> FloatArray:
        """The sender's: probability of each message by type, ``[θ, m]``."""
        columns = []
        for steps in self.messages:
            column = np.ones(self.tree.game.n_types[SENDER])
            for node, action in steps:
                column = column * profile.of(SENDER, node.stage)[node.row, :, action]
            columns.append(column)
        return np.stack(columns, axis=1)

    def reply(self, profile: BehaviourProfile) -> FloatArray:
        """The receiver's: probability of each response by message, ``[m, a]``."""
        rows = [profile.of(RECEIVER, node.stage)[node.row, 0, self.responses] for node in self.replies]
        return np.array(rows, dtype=np.float64)

    def profile(self, strategy: FloatArray, reply: FloatArray, payoffs: FloatArray) -> BehaviourProfile:
        """Behaviour that plays ``strategy`` and ``reply``.

        Args:
            strategy: ``[θ, m]``.
            reply: ``[m, a]``.
            payoffs: the sender's, ``[θ, m, a]``. Where a type's own earlier move has ruled out all messages that it
                sends, it goes on to the one that is best for it: so its behaviour is optimal everywhere.
        """
        tables = [table.copy() for table in uniform_profile(self.tree).stages]
        part = self.tree.types_of(SENDER)
        worth = np.einsum("tma,ma->tm", payoffs, reply)
        through: dict[Node, list[tuple[int, int]]] = {}  # the messages that pass a history, and by which action
        for number, steps in enumerate(self.messages):
            for node, action in steps:
                through.setdefault(node, []).append((number, action))
        for node, passing in through.items():
            rows = tables[node.stage][node.row, part]
            rows[...] = 0.0
            numbers = [number for number, _ in passing]
            for t in range(len(rows)):
                total = strategy[t, numbers].sum()
                best = max(numbers, key=lambda number, t=t: worth[t, number])  # type: ignore[misc]
                for number, action in passing:
                    rows[t, action] += strategy[t, number] / total if total > 0 else float(number == best)
        for node, row in zip(self.replies, reply, strict=True):
            answer = tables[node.stage][node.row, self.tree.types_of(RECEIVER)][0]
            answer[...] = 0.0
            answer[self.responses] = row
        return BehaviourProfile(self.tree, tuple(tables))


def _messages(
    tree: GameTree, node: Node, steps: tuple[tuple[Node, int], ...]
) -> Iterator[tuple[tuple[tuple[Node, int], ...], Node]]:
    """Every message below a history, depth first, lower actions first, with the history of the response."""
    stage, moves = tree.stages[node.stage], tree.moves
    state = int(stage.state[node.row])
    sends = bool(tree.game.acts[state, SENDER])
    if not sends and (tree.game.acts[state, RECEIVER] or moves.n_children[state] == 0):
        yield steps, node
        return
    for move in range(moves.start[state], moves.start[state + 1]):  # joint actions ascend, so the sender's do
        edge = int(moves.edge_start[move])
        child = Node(node.stage + 1, int(stage.first_child[node.row] + moves.child_rank[edge]))
        step = ((node, int(moves.actions[move, SENDER])),) if sends else ()
        yield from _messages(tree, child, (*steps, *step))
