"""Gambit: our profiles as its mixed behaviour profiles, and its equilibria as our profiles (Savani and Turocy 2024).

Gambit 17 or newer: versions before it name nodes otherwise.
"""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from olivebranch.agents.peers.labels import ProfileBuilder, labels_by_path, legal_row
from olivebranch.core.errors import ParameterError
from olivebranch.core.extras import require
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.export import to_efg
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile

require(__name__, "pygambit")

import pygambit  # noqa: E402 - the line before says which extra brings it

if not hasattr(pygambit, "H"):
    raise ParameterError("pygambit", pygambit.__version__, "version 17 or newer")


def gambit_game(game: CompiledGame) -> Any:
    """The same game in Gambit, a ``pygambit.Game``.

    Raises:
        TreeTooLarge: its .efg text would be too large.
    """
    return pygambit.read_efg(io.BytesIO(to_efg(game).encode()))


def to_gambit(profile: BehaviourProfile, efg: Any = None) -> Any:
    """Our profile as a ``MixedBehaviorProfile`` in floating point of ``efg``.

    Args:
        profile: of any game.
        efg: what :func:`gambit_game` made of that game; made here by default.
    """
    efg = gambit_game(profile.tree.game) if efg is None else efg
    mixed = efg.mixed_behavior_profile(rational=False)
    for player, node, label in labelled_sets(efg, profile.tree.game):
        mixed[node] = dict(zip(efg.get_actions(node), legal_row(profile, player, label), strict=True))
    return mixed


def from_gambit(tree: GameTree, mixed: Any, efg: Any) -> BehaviourProfile:
    """A behaviour profile of Gambit's, such as an equilibrium that it found, as our profile.

    Args:
        tree: the game's.
        mixed: a ``MixedBehaviorProfile``, rational or in floating point.
        efg: what :func:`gambit_game` made of that game, to which ``mixed`` belongs.

    Raises:
        ValueError: it has no distribution at some information set, as where play does not reach it in a profile that
            was made from mixed strategies.
    """
    builder = ProfileBuilder(tree)
    for player, node, label in labelled_sets(efg, tree.game):
        row = np.array([float(mixed[node][action]) for action in efg.get_actions(node)])
        builder.set_row(player, label, row)
    return builder.profile


def labelled_sets(efg: Any, game: CompiledGame) -> Iterator[tuple[int, Any, str]]:
    """Each information set once: its player, one of its nodes, and our label."""
    labels = labels_by_path(to_efg(game))  # Gambit 17 has no labels of information sets
    for player, owner in enumerate(game.game.players):
        for infoset in efg.get_infosets(owner):
            yield player, pygambit.H.path(*infoset.actions), labels[infoset.actions]
