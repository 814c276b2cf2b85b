"""The whole of a policy as one table of probabilities: what is judged, exchanged and scored again.

A file ``*.table`` is safetensors with one float64 vector ``probabilities``, and a header with the format, the SHA-256
of the game and a label. The vector has the probability of each legal action at each information set with at least two
of them: stage by stage, in each stage history by history in the order of
:func:`olivebranch.theory.tree.histories.unroll`, there player by player, type by type, action by action. So it says
all, to the last bit, and nothing in it is ever executed.
"""

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.games.base import BoolArray, FloatArray
from olivebranch.theory.tree.histories import GameTree, Stage
from olivebranch.theory.tree.profiles import BehaviourProfile, check_profile

FORMAT = "olivebranch-table-1"
HEADER = "olivebranch"
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
    header = json.dumps({"format": FORMAT, "game": game_sha256}, sort_keys=True)
    write_bytes(path, save({"probabilities": probabilities_of(profile)}, {HEADER: header}))


def read_table(tree: GameTree, path: Path, game_sha256: str) -> BehaviourProfile:
    """Read a table. Raises :class:`ParameterError`: it is none, or one of another game."""
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get(HEADER, "{}"))
            probabilities = file.get_tensor("probabilities")
    except (SafetensorError, ValueError, OSError) as error:
        raise ParameterError("table", str(path), f"a table of the format {FORMAT} ({error})") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ParameterError("table", str(path), f"a table of the format {FORMAT}")
    if header.get("game") != game_sha256:
        raise ParameterError("table", str(path), f"a table of the game with the SHA-256 {game_sha256}")
    return profile_of(tree, probabilities, str(path))


def _open(tree: GameTree, stage: Stage) -> BoolArray:
    """Which entries of a stage's table are choices, ``[histories, types, actions]``."""
    legal = tree.moves.legal[stage.state]
    choice: BoolArray = legal & (legal.sum(axis=2, keepdims=True) > 1)
    return choice
