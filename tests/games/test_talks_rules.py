"""The talks game's rules: the payoff table, the public states, and errors that name the parameter."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from olivebranch.games import Action, ParameterError, TalksParameters, compile_talks
from olivebranch.games.demonstration import DEMONSTRATION_RANGES, DemonstrationColumns
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.talks import AFTER_FIGHT, AFTER_OFFER, END, RANGES, START, TalksColumns, each_game

GOOD: dict[str, Any] = {
    "prior_high": 0.4, "loss_high": 0.2, "loss_low": 0.7, "escalation_cost": 0.3, "sender_dividend": 0.25,
    "receiver_dividend": 0.1, "pressure": 0.5, "shelter": 0.4, "face_cost": 0.05, "guarantee": 0.02,
}  # fmt: skip


def payoffs(message: Action, reply: Action) -> np.ndarray:
    """``[player, type]`` along one line of play."""
    game = compile_talks(TalksParameters(**GOOD))
    first = game.edge_start[0, game.joint_index(np.array([message, Action.FIGHT]))]
    second = game.edge_start[game.edge_next[first], game.joint_index(np.array([Action.FIGHT, reply]))]
    return game.edge_reward[first] + game.edge_reward[second]


@pytest.mark.parametrize(
    ("message", "reply", "sender", "receiver"),
    [
        # docs/model.md, section 2, row by row, at GOOD: λ ℓ = (.1, .35), ℓ = (.2, .7), (1-s) ℓ = (.12, .42).
        (Action.FIGHT, Action.FIGHT, (-0.1, -0.35), (0.1, 0.35)),
        (Action.FIGHT, Action.ESCALATE, (-0.2, -0.7), (0.2 - 0.3, 0.7 - 0.3)),
        (Action.OFFER_TALKS, Action.OFFER_TALKS, (0.25, 0.25), (0.1, 0.1)),
        (Action.OFFER_TALKS, Action.ESCALATE, (-0.12 - 0.05, -0.42 - 0.05), (0.12 - 0.32, 0.42 - 0.32)),
    ],
)
def test_payoff_table(message: Action, reply: Action, sender: tuple[float, ...], receiver: tuple[float, ...]) -> None:
    np.testing.assert_allclose(payoffs(message, reply), [sender, receiver], atol=1e-12)


def test_public_states_and_legal_actions() -> None:
    game = compile_talks(TalksParameters(**GOOD))
    assert game.states == (START, AFTER_FIGHT, AFTER_OFFER, END)
    assert game.max_stages == 2
    sender, receiver = game.legal[:, 0], game.legal[:, 1]
    assert [np.flatnonzero(row).tolist() for row in sender] == [[0, 2], [0], [0], []]
    assert [np.flatnonzero(row).tolist() for row in receiver] == [[0], [0, 1], [1, 2], []]
    np.testing.assert_array_equal(game.acts, [[True, False], [False, True], [False, True], [False, False]])
    np.testing.assert_allclose(game.prior, [0.4, 0.6])


def test_columns_are_the_parameters_in_the_same_order_and_give_the_games_back() -> None:
    assert TalksColumns._fields == tuple(RANGES)
    assert DemonstrationColumns._fields == tuple(DEMONSTRATION_RANGES)
    games = [TalksParameters(**GOOD), replace(TalksParameters(**GOOD), pressure=0.125)]
    columns = TalksColumns.of(games)
    assert columns.pressure.tolist() == [0.5, 0.125]
    assert list(each_game(columns)) == games
    assert list(each_game(TalksColumns.of([]))) == []


@pytest.mark.parametrize("name", RANGES)
def test_a_value_below_the_range_names_the_parameter(name: str) -> None:
    with pytest.raises(ParameterError, match=f"^{name} = -0.1: expected a number in") as caught:
        TalksParameters(**{**GOOD, name: -0.1})
    assert (caught.value.key, caught.value.value) == (name, -0.1)


@pytest.mark.parametrize("name", ["prior_high", "loss_high", "loss_low", "pressure", "shelter"])
def test_a_value_above_the_range_names_the_parameter(name: str) -> None:
    with pytest.raises(ParameterError, match=f"^{name} = 1.1"):
        TalksParameters(**{**GOOD, name: 1.1})


@pytest.mark.parametrize(("name", "edge"), [("sender_dividend", 0.0), ("pressure", 1.0), ("shelter", 1.0)])
def test_an_excluded_end_is_refused(name: str, edge: float) -> None:
    with pytest.raises(ParameterError, match=name):
        TalksParameters(**{**GOOD, name: edge})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "0.3", None, True])
@pytest.mark.parametrize("name", RANGES)
def test_what_is_not_a_finite_number_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=name):
        TalksParameters(**{**GOOD, name: value})


def test_resilience_must_order_the_types() -> None:
    with pytest.raises(ParameterError, match=r"loss_high = 0.7: expected less than loss_low = 0.7"):
        TalksParameters(**{**GOOD, "loss_high": 0.7})


def test_missing_and_unknown_keys_are_named() -> None:
    without = {name: value for name, value in GOOD.items() if name != "loss_low"}
    with pytest.raises(ParameterError, match=r"loss_low.*missing"):
        TalksParameters.from_mapping(without)
    with pytest.raises(ParameterError, match="lossy = 1"):
        TalksParameters.from_mapping({**GOOD, "lossy": 1})
    only_required = {name: GOOD[name] for name in list(RANGES)[:6]}
    assert TalksParameters.from_mapping(only_required).face_cost == 0.0


def test_every_preset_loads_and_an_unknown_one_lists_those_that_exist() -> None:
    for name in preset_names():
        preset = load_preset(name)
        assert preset.title
        assert preset.stands_for
        assert preset.source
    with pytest.raises(ParameterError, match="costly-escalation"):
        load_preset("costly")
