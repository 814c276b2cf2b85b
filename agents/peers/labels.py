"""The rows of a profile by the labels that the exported game gives its information sets."""

import re

from olivebranch.games.base import FloatArray
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

_QUOTED = re.compile(r'"([^"]*)"')


def legal_row(profile: BehaviourProfile, player: int, label: str) -> list[float]:
    """Behaviour at the information set with this label, over its legal actions in the order of the enumeration."""
    stage, history, own_type = _place(label)
    legal = profile.tree.game.legal[profile.tree.stages[stage].state[history], player]
    return [float(p) for p in profile.of(player, stage)[history, own_type, legal]]


def labels_by_path(text: str) -> dict[tuple[str, ...], str]:
    """The label of the information set at each decision node of an exported text, by the actions that lead to the node.

    Args:
        text: as :func:`olivebranch.theory.tree.export.to_efg` writes it, one node a line in prefix order.
    """
    lines = iter(text.splitlines()[1:])
    result: dict[tuple[str, ...], str] = {}
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        path, line = waiting.pop(), next(lines)
        if line[0] == "t":
            continue
        names = _QUOTED.findall(line)  # node, then information set, then actions
        if line[0] == "p":
            result[path] = names[1]
        waiting.extend((*path, action) for action in reversed(names[2:]))
    return result


class ProfileBuilder:
    """A profile filled in by labels; information sets that the exported game lacks stay uniform (no play reaches them).

    Args:
        tree: the game's.
    """

    def __init__(self, tree: GameTree) -> None:
        self.profile = uniform_profile(tree)

    def set_row(self, player: int, label: str, probabilities: FloatArray) -> None:
        """Set the behaviour at a label: ``[n legal actions]``, in the order of the enumeration.

        Raises:
            ValueError: the numbers are no distribution over the legal actions.
        """
        stage, history, own_type = _place(label)
        tree = self.profile.tree
        legal = tree.game.legal[tree.stages[stage].state[history], player]
        if len(probabilities) != legal.sum() or (probabilities < 0).any() or abs(probabilities.sum() - 1.0) > 1e-6:
            raise ValueError(
                f"information set {label!r}: {probabilities.tolist()}, expected {legal.sum()} probabilities"
            )
        self.profile.of(player, stage)[history, own_type, legal] = probabilities


def _place(label: str) -> tuple[int, int, int]:
    """Stage, history and type that a label begins with."""
    stage, history, own_type = label.split(" ", 1)[0].split(".")
    return int(stage), int(history), int(own_type)
