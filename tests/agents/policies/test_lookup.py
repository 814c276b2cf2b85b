"""Lookup tables: behaviour on a tree and policies are the same thing said twice."""

from pathlib import Path

import numpy as np
import pytest

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.lookup import LookupPolicy, lookup_policies
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.games.information import InformationStates
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import random_profile

SEEN = np.array([[0.0, 1.0], [1.0, 0.0]], dtype=np.float32)
TABLE = np.array([[0.25, 0.75], [1.0, 0.0]])


def asked(observation: list[list[float]], seat: int = 0) -> InformationStates:
    n = len(observation)
    nowhere, mask = np.zeros(n, dtype=np.int64), np.ones((n, 2), dtype=np.bool_)
    return InformationStates(seat, nowhere, nowhere, np.array(observation, dtype=np.float32), mask)


@pytest.mark.parametrize("preset", preset_names())
def test_policies_of_a_profile_play_that_profile(preset: str) -> None:
    tree = unroll(load_preset(preset).compile())
    profile = random_profile(tree, np.random.default_rng(0))
    again = behaviour_of(tree, lookup_policies(profile))
    for one, other in zip(profile.stages, again.stages, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_profile_is_taken_as_it_is_if_it_fits_the_game() -> None:
    tree, other = (unroll(load_preset(preset).compile()) for preset in ("desperate-first", "kuhn-poker"))
    profile = random_profile(tree, np.random.default_rng(0))
    assert behaviour_of(unroll(tree.game), profile) is profile
    with pytest.raises(ValueError, match="another game than 'kuhn"):
        behaviour_of(other, profile)


def test_rows_are_found_in_whatever_order_and_minus_zero_is_zero() -> None:
    policy = LookupPolicy(0, SEEN, TABLE)
    answer = policy.action_probabilities(asked([[1.0, -0.0], [0.0, 1.0], [1.0, 0.0]]))
    np.testing.assert_array_equal(answer, [[1.0, 0.0], [0.25, 0.75], [1.0, 0.0]])


def test_a_file_gives_the_same_policy_back_byte_for_byte(tmp_path: Path) -> None:
    save_policy(LookupPolicy(0, SEEN, TABLE), tmp_path / "a")
    loaded = load_policy(tmp_path / "a")
    save_policy(loaded, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    np.testing.assert_array_equal(loaded.action_probabilities(asked([[0.0, 1.0]])), [[0.25, 0.75]])


def test_strangers_and_improper_tables_are_refused() -> None:
    policy = LookupPolicy(0, SEEN, TABLE)
    with pytest.raises(ValueError, match="not in the table"):
        policy.action_probabilities(asked([[0.5, 0.5]]))
    with pytest.raises(ValueError, match="seat = 1: expected 0"):
        policy.action_probabilities(asked([[0.0, 1.0]], seat=1))
    with pytest.raises(ValueError, match="sum to one"):
        LookupPolicy(0, SEEN, TABLE * 2)
    with pytest.raises(ValueError, match="all different"):
        LookupPolicy(0, SEEN[[0, 0]], TABLE)
    with pytest.raises(ValueError, match="expected \\[n"):
        LookupPolicy(0, SEEN, TABLE[:1])
