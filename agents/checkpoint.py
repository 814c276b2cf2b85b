"""The whole state of a learner in one file, from which training goes on as if it had never stopped.

A state is built of dictionaries, lists, numbers, text, None, NumPy arrays, torch tensors and policies. The file is
safetensors: arrays as they are, all else as JSON in the header, with a checksum. As everywhere, nothing in a file
is ever executed.
"""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from olivebranch.agents.policies.sealed import seal, unseal
from olivebranch.agents.policies.storage import StorablePolicy, rebuild_policy
from olivebranch.core.errors import ParameterError

FORMAT = "olivebranch-checkpoint-2"
State = dict[str, Any]
_MARKS = ("array", "torch", "policy", "items")


def pack(state: State) -> bytes:
    """``state`` as the content of a file. Raises TypeError for anything but what the module's text lists."""
    arrays: dict[str, Any] = {}
    tree = _encoded(state, arrays)
    return seal(arrays, {"state": tree}, FORMAT)


def unpack(content: bytes, where: str = "...") -> State:
    """The inverse of :func:`pack`; tuples come back as lists, NumPy numbers as plain ones.

    Args:
        content: of the file.
        where: its path, for errors.

    Raises:
        ParameterError: it is not one of our checkpoints, or it is damaged.
    """
    header, arrays = unseal(content, FORMAT, "checkpoint", where)
    try:
        state: State = _decoded(header["state"], arrays)
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError, IndexError, RecursionError) as error:
        raise ParameterError("checkpoint", where, f"a whole state ({' '.join(str(error).split())[:200]})") from None
    if not isinstance(state, dict):
        raise ParameterError("checkpoint", where, "a state with keys")
    return state


def _encoded(value: Any, arrays: dict[str, Any]) -> Any:
    torch = sys.modules.get("torch")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value) and not set(value) & set(_MARKS):
            return {key: _encoded(inner, arrays) for key, inner in value.items()}
        return {"items": [[_encoded(key, arrays), _encoded(inner, arrays)] for key, inner in value.items()]}
    if isinstance(value, list | tuple):
        return [_encoded(inner, arrays) for inner in value]
    if isinstance(value, np.ndarray):
        return {"array": _put(value, arrays)}
    if torch is not None and isinstance(value, torch.Tensor):
        return {"torch": _put(value.detach().cpu().numpy(), arrays)}
    if isinstance(value, StorablePolicy):
        numbers = {name: _put(tensor, arrays) for name, tensor in value.tensors().items()}
        return {"policy": {"description": {"kind": value.kind, **value.description()}, "tensors": numbers}}
    raise TypeError(f"a {type(value).__name__} cannot be part of a checkpoint")


def _put(array: Any, arrays: dict[str, Any]) -> str:
    name = str(len(arrays))
    arrays[name] = np.ascontiguousarray(array).reshape(np.shape(array))
    return name


def _decoded(value: Any, arrays: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_decoded(inner, arrays) for inner in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((mark, content),) = value.items()
        if mark == "array":
            return arrays[content].copy()
        if mark == "torch":
            import torch

            return torch.from_numpy(arrays[content].copy())
        if mark == "policy":
            numbers = {name: arrays[number].copy() for name, number in content["tensors"].items()}
            return rebuild_policy(content["description"], numbers)
        if mark == "items":
            return {_hashable(_decoded(key, arrays)): _decoded(inner, arrays) for key, inner in content}
    return {key: _decoded(inner, arrays) for key, inner in value.items()}


def _hashable(key: Any) -> Any:
    return tuple(_hashable(part) for part in key) if isinstance(key, list) else key
