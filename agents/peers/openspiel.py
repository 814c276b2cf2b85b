"""OpenSpiel: our profiles as its policies and bots, its policies as our profiles (Lanctot et al. 2019)."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from olivebranch.agents.peers.labels import ProfileBuilder, legal_row
from olivebranch.core.extras import require
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.export import to_efg
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile

require(__name__, "pyspiel")

import pyspiel  # noqa: E402 - the line before says which extra brings it


def openspiel_game(game: CompiledGame) -> Any:
    """The same game in OpenSpiel, a ``pyspiel.Game``.

    Raises:
        TreeTooLarge: its .efg text would be too large.
    """
    return pyspiel.load_efg_game(to_efg(game))


def to_openspiel(profile: BehaviourProfile, spiel: Any = None) -> tuple[Any, Any]:
    """Our profile in OpenSpiel.

    Args:
        profile: of any game.
        spiel: what :func:`openspiel_game` made of that game; made here by default.

    Returns:
        The ``pyspiel.Game`` and a ``pyspiel.TabularPolicy`` of all players.
    """
    spiel = openspiel_game(profile.tree.game) if spiel is None else spiel
    table = {
        key: list(zip(state.legal_actions(), legal_row(profile, player, label), strict=True))
        for key, player, label, state in _information_sets(spiel)
    }
    return spiel, pyspiel.TabularPolicy(table)


def from_openspiel(tree: GameTree, spiel: Any, policy: Any) -> BehaviourProfile:
    """A policy of OpenSpiel's as our profile.

    Args:
        tree: the game's.
        spiel: what :func:`openspiel_game` made of that game.
        policy: for all players, with ``action_probabilities(state)``: a ``pyspiel.Policy``, or one in Python such as
            what ``open_spiel.python.algorithms.cfr`` returns.

    Raises:
        ValueError: it does not answer with a distribution over the legal actions of some state.
    """
    builder = ProfileBuilder(tree)
    for _, player, label, state in _information_sets(spiel):
        answer = policy.action_probabilities(state)
        row = np.array([float(answer.get(action, 0.0)) for action in state.legal_actions()])
        builder.set_row(player, label, row)
    return builder.profile


class ProfileBot(pyspiel.Bot):  # type: ignore[misc]  # pyspiel is untyped
    """One seat of our profile as a bot: it draws its actions from the generator that it is given.

    Args:
        profile: of the game.
        player: which seat it plays.
        generator: where all its randomness comes from.
    """

    def __init__(self, profile: BehaviourProfile, player: int, generator: np.random.Generator) -> None:
        super().__init__()
        self._profile, self._player, self._generator = profile, player, generator

    def step_with_policy(self, state: Any) -> tuple[list[tuple[int, float]], int]:
        """The distribution over the legal actions of ``state``, in which its seat is asked, and one drawn from it."""
        row = legal_row(self._profile, self._player, _label(state))
        policy = list(zip(state.legal_actions(), row, strict=True))
        return policy, int(self._generator.choice(state.legal_actions(), p=np.array(row) / sum(row)))

    def step(self, state: Any) -> int:
        """An action, drawn."""
        return self.step_with_policy(state)[1]

    def restart(self) -> None:
        """There is nothing to forget."""

    def restart_at(self, state: Any) -> None:
        """There is nothing to forget."""

    def provides_policy(self) -> bool:
        """It does."""
        return True


def _label(state: Any) -> str:
    """Of the information set of the player who is asked: OpenSpiel puts ``<player>-<player>-<number>-`` before it."""
    label: str = state.information_state_string().split("-", 3)[3]
    return label


def _information_sets(spiel: Any) -> Iterator[tuple[str, int, str, Any]]:
    """Each information set once: OpenSpiel's name for it, its player, our label, and a state in it."""
    seen: set[str] = set()
    waiting = [spiel.new_initial_state()]
    while waiting:
        state = waiting.pop()
        if state.is_terminal():
            continue
        if not state.is_chance_node():
            key = state.information_state_string()
            if key not in seen:
                seen.add(key)
                yield key, state.current_player(), _label(state), state
        waiting.extend(state.child(action) for action in state.legal_actions())
