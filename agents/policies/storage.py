"""One file format for every policy: safetensors, with one JSON description in the header.

A file holds the policy's numbers and a description that names its ``kind``. Loading looks the kind up in a table of
our own classes and hands it numbers and plain JSON: nothing in a file is ever executed.
"""

import json
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from olivebranch.core.errors import ParameterError
from olivebranch.core.extras import import_for
from olivebranch.core.files import write_bytes
from olivebranch.games.base import FloatArray
from olivebranch.games.information import InformationStates

FORMAT = "olivebranch-policy-1"
HEADER = "olivebranch"  # one header entry only: safetensors does not keep the order of several

# kind: module and class, imported when first met, so that a table can be loaded without importing torch.
KINDS = {
    "uniform": ("olivebranch.agents.policies.uniform", "UniformPolicy"),
    "constant": ("olivebranch.agents.policies.constant", "ConstantPolicy"),
    "tabular": ("olivebranch.agents.policies.tabular", "TabularPolicy"),
    "lookup": ("olivebranch.agents.policies.lookup", "LookupPolicy"),
    "mixture": ("olivebranch.agents.policies.mixture", "MixturePolicy"),
    "network": ("olivebranch.agents.policies.network", "NetworkPolicy"),
    "greedy": ("olivebranch.agents.policies.greedy", "GreedyPolicy"),
    "language-model": ("olivebranch.agents.language_model.policy", "LanguageModelPolicy"),
    "sb3": ("olivebranch.agents.sb3.parts.policy", "SB3Policy"),
    "sb3-recurrent": ("olivebranch.agents.sb3.parts.recurrent", "SB3RecurrentPolicy"),
}


@runtime_checkable
class StorablePolicy(Protocol):
    """A policy that can be written to a file."""

    kind: ClassVar[str]

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`olivebranch.games.information.Policy`."""
        ...

    def description(self) -> dict[str, Any]:
        """What cannot be said in numbers, as JSON."""
        ...

    def tensors(self) -> dict[str, Any]:
        """NumPy arrays by name."""
        ...

    @classmethod
    def rebuild(cls, description: dict[str, Any], tensors: dict[str, Any]) -> "StorablePolicy":
        """The inverse of the two; raises KeyError, TypeError, ValueError or RuntimeError if they do not fit."""
        ...


def save_policy(policy: StorablePolicy, path: Path) -> None:
    """Write ``policy`` to ``path``. The same policy gives the same bytes."""
    header = json.dumps({"format": FORMAT, "kind": policy.kind, **policy.description()}, sort_keys=True)
    write_bytes(path, save(policy.tensors(), {HEADER: header}))


def load_policy(path: Path) -> StorablePolicy:
    """Read a policy written by :func:`save_policy`.

    Raises:
        ParameterError: there is no such file, it is not one of ours, or its content does not fit its description.
    """
    if not path.is_file():
        raise ParameterError("policy file", str(path), "an existing file")
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get(HEADER, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (SafetensorError, json.JSONDecodeError, OSError) as error:
        raise ParameterError("policy file", str(path), f"a policy saved by olivebranch ({error})") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        found = header.get("format") if isinstance(header, dict) else header
        raise ParameterError("policy file", str(path), f"the format {FORMAT!r}, found {found!r}")
    try:
        return rebuild_policy(header, tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise ParameterError("policy file", str(path), f"content that fits its description ({reason})") from None


def rebuild_policy(description: dict[str, Any], tensors: dict[str, Any]) -> StorablePolicy:
    """The policy that ``description`` and ``tensors`` stand for. Raises as :meth:`StorablePolicy.rebuild` does."""
    kind = description.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind = {kind!r}: expected one of {', '.join(KINDS)}")
    module, name = KINDS[kind]
    policy_class: type[StorablePolicy] = getattr(import_for(f"a policy of the kind {kind!r}", module), name)
    return policy_class.rebuild(description, tensors)
