"""The demonstration game's rules: the talks payoffs less the cost, the public states, and errors by name."""

from typing import Any

import numpy as np
import pytest

from olivebranch.games import Action, ParameterError
from olivebranch.games.demonstration import OPENING, DemonstrationParameters, compile_demonstration
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import AFTER_FIGHT, AFTER_OFFER, END, START

GOOD: dict[str, Any] = {
    "prior_high": 0.4, "loss_high": 0.2, "loss_low": 0.7, "escalation_cost": 0.3, "sender_dividend": 0.25,
    "receiver_dividend": 0.1, "pressure": 0.5, "shelter": 0.4, "face_cost": 0.05, "guarantee": 0.02,
    "demonstration_cost_high": 0.03, "demonstration_cost_low": 0.6,
}  # fmt: skip


def payoffs(*moves: tuple[Action, Action]) -> np.ndarray:
    """``[player, type]`` along one line of play, given as (sender, receiver) in each stage."""
    game = compile_demonstration(DemonstrationParameters(**GOOD))
    state, total = 0, np.zeros((2, 2))
    for move in moves:
        edge = game.edge_start[state, game.joint_index(np.array(move))]
        assert edge >= 0
        total, state = total + game.edge_reward[edge], game.edge_next[edge]
    assert game.states[state] == END
    return total


@pytest.mark.parametrize(
    ("choice", "reply", "sender", "receiver"),
    [
        # docs/model.md, section 2, at GOOD: λ ℓ = (.1, .35), ℓ = (.2, .7), (1-s) ℓ = (.12, .42).
        (Action.FIGHT, Action.FIGHT, (-0.1, -0.35), (0.1, 0.35)),
        (Action.FIGHT, Action.ESCALATE, (-0.2, -0.7), (-0.1, 0.4)),
        (Action.OFFER_TALKS, Action.OFFER_TALKS, (0.25, 0.25), (0.1, 0.1)),
        (Action.OFFER_TALKS, Action.ESCALATE, (-0.17, -0.47), (-0.2, 0.1)),
    ],
)
def test_payoffs_are_those_of_the_talks_game_less_the_cost_of_a_demonstration(
    choice: Action, reply: Action, sender: tuple[float, ...], receiver: tuple[float, ...]
) -> None:
    after = ((choice, Action.FIGHT), (Action.FIGHT, reply))
    plain = payoffs((Action.FIGHT, Action.FIGHT), *after)
    np.testing.assert_allclose(plain, [sender, receiver], atol=1e-12)
    shown = payoffs((Action.DEMONSTRATE, Action.FIGHT), *after)
    np.testing.assert_allclose(shown, plain - [[0.03, 0.6], [0.0, 0.0]], atol=1e-12)


def test_public_states_and_legal_actions() -> None:
    game = compile_demonstration(DemonstrationParameters(**GOOD))
    assert game.states == (
        OPENING, (False, START), (True, START), (False, AFTER_FIGHT), (False, AFTER_OFFER), (True, AFTER_FIGHT),
        (True, AFTER_OFFER), END,
    )  # fmt: skip
    assert game.max_stages == 3
    assert np.flatnonzero(game.legal[0, 0]).tolist() == [Action.FIGHT, Action.DEMONSTRATE]
    assert np.flatnonzero(game.legal[2, 0]).tolist() == [Action.FIGHT, Action.OFFER_TALKS]
    assert game.acts[:, 0].tolist() == [True, True, True, False, False, False, False, False]
    assert game.acts[:, 1].tolist() == [False, False, False, True, True, True, True, False]
    np.testing.assert_allclose(game.prior, [0.4, 0.6])
    described = [game.game.describe(state) for state in game.states]
    assert len(set(described)) == len(described)


@pytest.mark.parametrize("name", ["demonstration_cost_high", "demonstration_cost_low", "escalation_cost"])
def test_a_negative_cost_names_the_parameter(name: str) -> None:
    with pytest.raises(ParameterError, match=f"^{name} = -0.1: expected a number in"):
        DemonstrationParameters(**{**GOOD, name: -0.1})


def test_missing_and_unknown_keys_are_named() -> None:
    with pytest.raises(ParameterError, match=r"demonstration_cost_low.*missing"):
        DemonstrationParameters.from_mapping({k: v for k, v in GOOD.items() if k != "demonstration_cost_low"})
    with pytest.raises(ParameterError, match="kappa = 1"):
        DemonstrationParameters.from_mapping({**GOOD, "kappa": 1})


@pytest.mark.parametrize("name", ["costly-signal", "costly-signal-desperate"])
def test_presets_are_of_this_game(name: str) -> None:
    assert isinstance(load_preset(name, "demonstration").parameters, DemonstrationParameters)
    with pytest.raises(ParameterError, match="preset"):
        load_preset(name, "talks")
