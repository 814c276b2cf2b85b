"""The whole of a policy as one table of probabilities: what is judged, exchanged and scored again.

A file ``*.table`` is safetensors with one float64 vector ``probabilities``, and a header with the format, a checksum
and the SHA-256 of the game. The vector has the probability of each legal action at each information set with at least
two of them: stage by stage, in each stage history by history in the order of
:func:`olivebranch.theory.tree.histories.unroll`, there player by player, type by type, action by action. So it says
all, to the last bit, and nothing in it is ever executed.
"""

from pathlib import Path

import numpy as np

from olivebranch.agents.policies.sealed import seal, unseal
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.tree.histories import GameTree, Stage
from olivebranch.theory.tree.profiles import BehaviourProfile, check_profile

FORMAT = "olivebranch-table-2"
NAME = "answer.table"


def probabilities_of(profile: BehaviourProfile) -> FloatArray:
    """The vector of the module's text."""
    parts = [
        table[_open(profile.tree, stage)].astype(np.float64)
        for stage, table in zip(profile.tree.stages, profile.stages, strict=True)
    ]
    return np.concatenate([np.zeros(0), *parts])


def profile_of(tree: GameTree, probabilities: FloatArray, where: str = "table") -> BehaviourProfile:
    """The inverse of :func:`probabilities_of`.

    Raises:
        ParameterError: the vector has another length than the game asks for, or holds no distributions; names
        ``where``.
    """
    masks = [_open(tree, stage) for stage in tree.stages]
    size = sum(int(mask.sum()) for mask in masks)
    if probabilities.shape != (size,) or probabilities.dtype != np.float64:
        given = f"{probabilities.dtype} {list(probabilities.shape)}"
        raise ParameterError(where, given, f"{size} probabilities as float64, for the game {tree.game.game.name!r}")
    tables, start = [], 0
    for stage, mask in zip(tree.stages, masks, strict=True):
        table = tree.moves.legal[stage.state].astype(np.float64)
        length = int(mask.sum())
        table[mask] = probabilities[start : start + length]
        start += length
        tables.append(table)
    profile = BehaviourProfile(tree, tuple(tables))
    try:
        check_profile(profile)
    except ValueError as error:
        raise ParameterError(where, "...", f"a distribution over actions at each information set ({error})") from None
    return profile


def write_table(profile: BehaviourProfile, path: Path, game_sha256: str) -> None:
    """Write a table; the same behaviour gives the same bytes."""
    write_bytes(path, seal({"probabilities": probabilities_of(profile)}, {"game": game_sha256}, FORMAT))


def read_table(tree: GameTree, path: Path, game_sha256: str) -> BehaviourProfile:
    """Read a table. Raises :class:`ParameterError`: it is none, it is damaged, or it is one of another game."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ParameterError("table", str(path), f"a file that can be read ({error.strerror})") from None
    header, tensors = unseal(content, FORMAT, "table", str(path))
    if header.get("game") != game_sha256:
        raise ParameterError("table", str(path), f"a table of the game with the SHA-256 {game_sha256}")
    if "probabilities" not in tensors:
        raise ParameterError("table", str(path), "a table, with the tensor 'probabilities'")
    return profile_of(tree, tensors["probabilities"], str(path))


def _open(tree: GameTree, stage: Stage) -> BoolArray:
    """Which entries of a stage's table are choices, ``[histories, types, actions]``."""
    legal = tree.moves.legal[stage.state]
    choice: BoolArray = legal & (legal.sum(axis=2, keepdims=True) > 1)
    return choice
