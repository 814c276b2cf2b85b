"""Checkpoints: everything a learner's state is made of comes back as it was; nothing else is let in or run."""

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.policies.mixture import MixturePolicy
from olivebranch.agents.policies.uniform import UniformPolicy
from olivebranch.core.errors import UnverifiedWarning
from olivebranch.games import ParameterError

LEAVES = st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats(allow_nan=False) | st.text(max_size=5)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=3),
    max_leaves=12,
)


@given(TREES)
def test_plain_values_come_back(value: Any) -> None:
    assert unpack(pack({"value": value})) == {"value": value}


@pytest.mark.parametrize("word", ["array", "torch", "policy", "items"])
def test_words_of_the_format_may_be_keys(word: str) -> None:
    assert unpack(pack({word: "0"})) == {word: "0"}
    assert unpack(pack({"inner": {word: 1, "other": 2}})) == {"inner": {word: 1, "other": 2}}


@pytest.mark.parametrize("kind", ["f8", "f4", "i8", "u1", "u4", "u8", "?"])
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
def test_arrays_and_tensors_keep_type_shape_and_bits(kind: str, shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(kind)
    back = unpack(pack({"array": [array], "turned": array.T}))
    for original, copy in ((array, back["array"][0]), (array.T, back["turned"])):
        assert copy.dtype == original.dtype
        np.testing.assert_array_equal(copy, original, strict=True)
        copy[...] = 0  # its own memory, and writable
    tensor = torch.arange(6.0).reshape(2, 3).t()
    copied = unpack(pack({"t": tensor}))["t"]
    assert isinstance(copied, torch.Tensor)
    assert torch.equal(copied, tensor)


def test_generators_go_on_where_they_were() -> None:
    numpy, torched = np.random.default_rng(3), torch.Generator().manual_seed(3)
    numpy.random(7), numpy.integers(2), torch.rand(7, generator=torched)
    saved = unpack(pack({"numpy": numpy.bit_generator.state, "torch": torched.get_state()}))
    other, other_torched = np.random.default_rng(0), torch.Generator()
    other.bit_generator.state = saved["numpy"]
    other_torched.set_state(saved["torch"])
    np.testing.assert_array_equal(other.random(5), numpy.random(5))
    assert torch.equal(torch.rand(5, generator=other_torched), torch.rand(5, generator=torched))


def test_an_optimiser_steps_on_as_if_it_had_never_stopped() -> None:
    def made() -> tuple[torch.nn.Linear, torch.optim.Optimizer]:
        layer = torch.nn.Linear(2, 1, bias=False)
        torch.nn.init.ones_(layer.weight)
        return layer, torch.optim.Adam(layer.parameters(), lr=0.1)

    def step(layer: torch.nn.Linear, optimiser: torch.optim.Optimizer) -> None:
        optimiser.zero_grad()
        layer(torch.tensor([[1.0, -2.0]])).square().sum().backward()
        optimiser.step()

    first, optimiser = made()
    step(first, optimiser)
    saved = unpack(pack({"layer": first.state_dict(), "optimiser": optimiser.state_dict()}))
    second, resumed = made()
    second.load_state_dict(saved["layer"])
    resumed.load_state_dict(saved["optimiser"])
    for _ in range(3):
        step(first, optimiser)
        step(second, resumed)
    assert torch.equal(first.weight, second.weight)


def test_policies_come_back_as_policies() -> None:
    policy = unpack(pack({"p": [MixturePolicy([UniformPolicy(), UniformPolicy()], [3, 1])]}))["p"][0]
    assert isinstance(policy, MixturePolicy)
    np.testing.assert_allclose(policy.weights, [0.75, 0.25])


@pytest.mark.parametrize("value", [{1, 2}, object(), lambda: 0, b"bytes", 1j])
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be part of a checkpoint"):
        pack({"value": value})


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", pickle.dumps({"a": 1}), save({"a": np.ones(1)}), pack({"a": np.ones(3)})[:-1]],
    ids=["empty", "nonsense", "pickle", "other", "cut off"],
)
def test_what_is_no_checkpoint_gives_one_line(content: bytes) -> None:
    with pytest.raises(ParameterError, match=r"^checkpoint = '.*': expected (a file of )?the format") as refusal:
        unpack(content)
    assert "\n" not in str(refusal.value)


def test_no_flipped_bit_goes_unnoticed() -> None:
    content = pack({"array": np.arange(6.0), "number": 1, "inner": [None, "text"]})
    for position in range(0, 8 * len(content), 7):
        changed = bytearray(content)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(ParameterError, match="checkpoint"):
            unpack(bytes(changed))


def test_a_checkpoint_from_before_there_were_checksums_loads_with_a_warning() -> None:
    old = save(
        {"0": np.ones(3)}, {"olivebranch": '{"format": "olivebranch-checkpoint-1", "state": {"a": {"array": "0"}}}'}
    )
    with pytest.warns(UnverifiedWarning, match="no checksum"):
        np.testing.assert_array_equal(unpack(old)["a"], np.ones(3))
