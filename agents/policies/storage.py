"""One file format for every policy: safetensors, with one JSON description in the header.

A file holds the policy's numbers, a description that names its ``kind``, and a checksum. Loading looks the
kind up in a table of our own classes and hands it numbers and plain JSON: nothing in a file is ever executed.
"""

from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from olivebranch.agents.policies.sealed import seal, unseal
from olivebranch.core.errors import ParameterError
from olivebranch.core.extras import import_for
from olivebranch.core.files import write_bytes
from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.games.information import InformationStates, ObservationEncoder

FORMAT = "olivebranch-policy-2"

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


def save_policy(policy: StorablePolicy, path: Path, player: str | None = None) -> None:
    """Write ``policy`` to ``path``, as that of ``player`` if one is given. The same policy gives the same bytes."""
    header = {"kind": policy.kind, **policy.description()}
    if player is not None:
        header["player"] = player
    write_bytes(path, seal(policy.tensors(), dict(sorted(header.items())), FORMAT))


def load_policy(path: Path, game: CompiledGame | None = None, seat: int = 0) -> StorablePolicy:
    """Read a policy written by :func:`save_policy`.

    Args:
        path: of the file.
        game: with ``seat``, what the policy must be able to play.
        seat: of that game.

    Raises:
        ParameterError: there is no such file, it is not one of ours, it is damaged, or its content does not fit its
            description, or it is the policy of another seat or of another game.
    """
    if not path.is_file():
        raise ParameterError("policy file", str(path), "an existing file")
    header, tensors = unseal(path.read_bytes(), FORMAT, "policy file", str(path))
    player = None if game is None else game.game.players[seat]
    if player is not None and header.get("player", player) != player:
        raise ParameterError("policy file", str(path), f"the policy of {player}, not of {header['player']!r:.60}")
    try:
        policy = rebuild_policy(header, tensors)
        if game is not None:
            require_fit(policy, game, seat)
        return policy
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError, OverflowError, IndexError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise ParameterError("policy file", str(path), f"content that fits its description ({reason})") from None


def require_fit(policy: StorablePolicy, game: CompiledGame, seat: int) -> None:
    """Raise ValueError if a policy's own numbers show that it is for another seat or another game."""
    for member in getattr(policy, "members", ()):
        require_fit(member, game, seat)
    width = ObservationEncoder(game).width
    shapes: dict[str, dict[str, tuple[int, ...]]] = {  # kind: the last axes that tensors must have
        "tabular": {"probabilities": (len(game.legal), game.n_types[seat], game.n_actions)},
        "lookup": {"observations": (width,), "probabilities": (game.n_actions,)},
    }
    tensors = policy.tensors() if policy.kind in shapes else {}
    found = {name: tensors[name].shape[-len(shape) :] for name, shape in shapes.get(policy.kind, {}).items()}
    if policy.kind in ("network", "greedy"):
        widths = policy.description()["widths"]
        found, shapes[policy.kind] = {"widths": (widths[0], widths[-1])}, {"widths": (width, game.n_actions)}
    for name, shape in shapes.get(policy.kind, {}).items():
        if found[name] != shape:
            raise ValueError(f"{name} of shape {found[name]}, where {game.game.name!r} needs {shape}")
    if getattr(policy, "seat", seat) != seat:
        raise ValueError(f"a table of seat {getattr(policy, 'seat', None)}, where seat {seat} is to play")


def rebuild_policy(description: dict[str, Any], tensors: dict[str, Any]) -> StorablePolicy:
    """The policy that ``description`` and ``tensors`` stand for. Raises as :meth:`StorablePolicy.rebuild` does."""
    kind = description.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind = {kind!r}: expected one of {', '.join(KINDS)}")
    module, name = KINDS[kind]
    policy_class: type[StorablePolicy] = getattr(import_for(f"a policy of the kind {kind!r}", module), name)
    return policy_class.rebuild(description, tensors)
