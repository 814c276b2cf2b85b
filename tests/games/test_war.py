"""The rules of the war against docs/model.md, section 5, by hand; and the refusals of bad parameters."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olivebranch.core.errors import ParameterError
from olivebranch.games.base import Outcome
from olivebranch.games.rules import Action
from olivebranch.games.war import END, REPLY, THIRD_PARTIES, WarGame, WarState, compile_war
from olivebranch.games.war_parameters import MediatorParameters, PatronParameters, WarParameters

FIGHT, ESCALATE, OFFER, DEMONSTRATE = Action
BASE: dict[str, Any] = {
    "horizon": 2, "grid": 4, "start": 3, "breakthrough_a": (0.13, 0.92), "breakthrough_b": (0.66, 0.78),
    "prior_a": (0.67, 0.33), "prior_b": (0.33, 0.67), "war_cost": (0.02, 0.04), "escalation_cost": (0.15, 0.16),
    "pressure": 0.57, "shelter": 0.33, "face_cost": 0.10, "guarantee": 0.05, "defeat_cost": 0.44,
}  # fmt: skip
PATRON = {"client": "A", "prior": (0.6, 0.4), "aid_cost": (0.01, 0.2), "aid_effect": 0.5, "stake": 0.8}
MEDIATOR = {"guarantee_cost": 0.03, "war_cost": 0.02}


def war(**changes: Any) -> WarGame:
    return WarGame(WarParameters.from_mapping(BASE | changes))


def by_label(game: WarGame, state: WarState, *joint: int) -> dict[str, Outcome]:
    return {outcome.label: outcome for outcome in game.outcomes(state, joint)}


def rewards_of(outcome: Outcome, *profile: int) -> list[float]:
    return [float(x) for x in np.broadcast_to(outcome.rewards, (2, 2, 2))[(slice(None), *profile)]]


def test_mutual_offers_open_talks_at_the_balance_and_cost_nothing() -> None:
    game = war()
    (outcome,) = game.outcomes(game.initial_state(), (OFFER, OFFER))
    assert outcome.state == WarState(1, 3, END, talks=True)
    assert rewards_of(outcome, 0, 0) == [0.75, 0.25]


def test_escalating_against_an_offer_costs_what_the_model_says() -> None:
    game = war()
    after = by_label(game, game.initial_state(), OFFER, ESCALATE)
    # A offered: its exposure is 1 - s and B's intensity is 1; A does not escalate: its intensity is lambda
    against_a = np.array([0.13, 0.92])[:, None] * (1 - 0.33)
    against_b = np.array([0.66, 0.78])[None, :] * 0.57
    np.testing.assert_allclose(after["B breaks through"].probability, against_a * (1 - against_b))
    np.testing.assert_allclose(after["A breaks through"].probability, against_b * (1 - against_a))
    assert after["B breaks through"].state == WarState(2, 2, "belligerents")
    assert after["the front holds"].state == WarState(2, 3, "belligerents")
    # A: war cost and face cost; B: war cost, escalation and guarantee
    assert rewards_of(after["the front holds"], 1, 0) == pytest.approx([-0.02 - 0.10, -0.04 - 0.16 - 0.05])
    # x = 4 is B's defeat: A gets all, B pays d more
    assert after["A breaks through"].state == WarState(1, 4, END)
    assert rewards_of(after["A breaks through"], 1, 0) == pytest.approx([1 - 0.12, -0.25 - 0.44])


def test_the_war_stops_at_the_balance_after_the_last_period() -> None:
    game = war(discount=0.9)
    after = by_label(game, WarState(2, 2, "belligerents"), FIGHT, FIGHT)
    assert after["B breaks through"].state == WarState(2, 1, END)
    expected = [-0.9 * 0.02 + 0.81 * 0.25, -0.9 * 0.04 + 0.81 * 0.75]
    assert rewards_of(after["B breaks through"], 0, 1) == pytest.approx(expected)
    (talks,) = game.outcomes(WarState(2, 2, "belligerents"), (OFFER, OFFER))
    assert rewards_of(talks, 0, 0) == pytest.approx([0.9 * 0.5, 0.9 * 0.5])


def test_without_pressure_only_escalation_moves_the_front() -> None:
    game = war(pressure=0.0)
    assert list(by_label(game, game.initial_state(), FIGHT, FIGHT)) == ["the front holds"]
    assert list(by_label(game, game.initial_state(), FIGHT, ESCALATE)) == ["B breaks through", "the front holds"]


def test_the_public_tree_has_the_size_that_the_model_states() -> None:
    from olivebranch.theory.tree.histories import estimate

    size = estimate(compile_war(WarParameters.from_mapping(BASE | {"horizon": 3, "start": 2})))
    assert sum(size.histories) == 473  # docs/model.md, section 5


def test_demonstrating_costs_by_resilience_and_is_fighting_otherwise() -> None:
    game = war(demonstration_cost_a=(0.01, 0.2))
    assert game.legal_actions(game.initial_state()) == [(0, 1, 2, 3), (0, 1, 2)]
    plain = by_label(game, game.initial_state(), FIGHT, OFFER)["the front holds"]
    shown = by_label(game, game.initial_state(), DEMONSTRATE, OFFER)["the front holds"]
    np.testing.assert_array_equal(plain.probability, shown.probability)
    difference = np.broadcast_to(plain.rewards, (2, 2, 2)) - np.broadcast_to(shown.rewards, (2, 2, 2))
    np.testing.assert_allclose(difference[0], [[0.01, 0.01], [0.2, 0.2]])
    np.testing.assert_array_equal(difference[1], 0)


def test_alternating_moves_swap_every_period_and_lead_to_the_same_fighting() -> None:
    together, in_turn = war(), war(order="alternating", first_mover="B")
    start = in_turn.initial_state()
    assert in_turn.legal_actions(start) == [(0,), (0, 1, 2)]
    (first,) = in_turn.outcomes(start, (FIGHT, ESCALATE))
    assert first.state == WarState(1, 3, REPLY, pending=ESCALATE)
    assert in_turn.legal_actions(first.state) == [(0, 1, 2), (0,)]
    replied = by_label(in_turn, first.state, OFFER, FIGHT)
    expected = by_label(together, together.initial_state(), OFFER, ESCALATE)
    assert replied.keys() == expected.keys()
    for label, outcome in expected.items():
        np.testing.assert_array_equal(outcome.probability, replied[label].probability)
        np.testing.assert_array_equal(outcome.rewards, replied[label].rewards)
        assert replied[label].state == outcome.state
    assert in_turn.legal_actions(replied["the front holds"].state) == [(0, 1, 2), (0,)]  # now A moves first


def test_aid_costs_by_will_and_lowers_the_clients_breakthrough_probability() -> None:
    game = war(patron=PATRON, discount=0.9)
    np.testing.assert_allclose(np.sum(game.prior, axis=(0, 1)), [0.6, 0.4])
    start = WarState(2, 3, THIRD_PARTIES)
    assert game.legal_actions(start) == [(0,), (0,), (0, 2)]
    (aid,) = game.outcomes(start, (FIGHT, FIGHT, FIGHT))
    (none,) = game.outcomes(start, (FIGHT, FIGHT, OFFER))
    assert aid.state.aid
    assert not none.state.aid
    np.testing.assert_allclose(np.broadcast_to(aid.rewards, (3, 2, 2, 2))[2, 0, 0], [-0.9 * 0.01, -0.9 * 0.2])
    assert not np.any(none.rewards)
    with_aid = by_label(game, aid.state, FIGHT, ESCALATE, FIGHT)["B breaks through"]
    without = by_label(game, none.state, FIGHT, ESCALATE, FIGHT)["B breaks through"]
    np.testing.assert_allclose(with_aid.probability, np.asarray(without.probability) / 2)
    # the last period: the patron gets its stake in A's share, 2/4
    assert np.broadcast_to(without.rewards, (3, 2, 2, 2))[2, 0, 0, 0] == pytest.approx(0.81 * 0.8 * 0.5)


def test_a_posted_guarantee_stands_for_good_and_only_then_binds() -> None:
    game = war(mediator=MEDIATOR)
    start = game.initial_state()
    assert game.legal_actions(start) == [(0,), (0,), (0, 2)]
    (posted,) = game.outcomes(start, (FIGHT, FIGHT, OFFER))
    (bare,) = game.outcomes(start, (FIGHT, FIGHT, FIGHT))
    assert np.broadcast_to(posted.rewards, (3, 2, 2, 1))[:, 0, 0, 0] == pytest.approx([0, 0, -0.03])
    held = [by_label(game, state, OFFER, ESCALATE, FIGHT)["the front holds"] for state in (bare.state, posted.state)]
    costs = [np.broadcast_to(outcome.rewards, (3, 2, 2, 1))[:, 0, 0, 0] for outcome in held]
    np.testing.assert_allclose(costs[0] - costs[1], [0, 0.05, 0], atol=1e-15)
    assert costs[0][2] == pytest.approx(-0.02)
    assert by_label(game, posted.state, FIGHT, FIGHT, FIGHT)["the front holds"].state.phase == "belligerents"
    assert by_label(game, bare.state, FIGHT, FIGHT, FIGHT)["the front holds"].state.phase == THIRD_PARTIES


@settings(max_examples=25, deadline=None)
@given(
    levels=st.tuples(st.integers(1, 3), st.integers(1, 3)), horizon=st.integers(1, 3), grid=st.integers(2, 5),
    order=st.sampled_from(["simultaneous", "alternating"]), patron=st.booleans(), mediator=st.booleans(),
    discount=st.floats(0.5, 1), shows=st.booleans(),
)  # fmt: skip
def test_every_variant_compiles_and_shares_never_exceed_the_stake(
    levels: tuple[int, int], horizon: int, grid: int, order: str, patron: bool, mediator: bool, discount: float,
    shows: bool,
) -> None:  # fmt: skip
    rho = (0.1, 0.5, 0.9)
    prior = np.full(levels, 1 / np.prod(levels)).tolist()
    parameters = WarParameters.from_mapping(
        {key: value for key, value in BASE.items() if not key.startswith("prior")}
        | {
            "horizon": horizon, "grid": grid, "start": grid // 2, "order": order, "discount": discount, "prior": prior,
            "breakthrough_a": rho[: levels[0]], "breakthrough_b": rho[: levels[1]],
            "demonstration_cost_b": rho[: levels[1]] if shows else (),
            "patron": PATRON if patron else None, "mediator": MEDIATOR if mediator else None,
        }
    )  # fmt: skip
    game = compile_war(parameters)  # compile_game checks every distribution
    stages = horizon * (1 + (order == "alternating") + patron) + (mediator and not patron) * horizon
    assert game.max_stages == stages
    assert game.n_players == 2 + patron + mediator
    assert game.edge_reward[:, :2].sum(axis=1).max() <= 1 + 1e-12
    assert WarParameters.from_mapping(parameters.as_dict()) == parameters
    assert {len(game.game.features(state)) for state in game.states} == {game.features.shape[1]}
    assert all(game.game.describe(state).startswith("period ") for state in game.states)


BAD: list[tuple[str, Any, str]] = [
    ("horizon", 0, "whole number >= 1"),
    ("horizon", True, "whole number"),
    ("grid", 1.5, "whole number"),
    ("start", 4, "<= 3"),
    ("breakthrough_a", (0.5, 0.5), "strictly rising"),
    ("breakthrough_b", (0.1, 1.2), r"\[0, 1\]"),
    ("breakthrough_b", "high", "a list of numbers"),
    ("prior_a", (0.5, 0.6), "sum to one"),
    ("prior_b", None, "a list of numbers"),
    ("war_cost", (0.1,), "a list of 2 numbers"),
    ("escalation_cost", (0.1, float("nan")), "a number in"),
    ("pressure", 1.1, r"\[0, 1\]"),
    ("shelter", 1.0, r"\[0, 1\)"),
    ("face_cost", -0.1, ">= 0|a number in"),
    ("discount", 0.0, r"\(0, 1\]"),
    ("order", "random", "simultaneous, alternating"),
    ("demonstration_cost_a", (0.1, 0.2, 0.3), "a list of 2 numbers"),
    ("patron", 3, "PatronParameters"),
    ("resilience", 0.3, "one of breakthrough_a"),
]


@pytest.mark.parametrize("key, value, expected", BAD)
def test_a_bad_parameter_is_named_with_what_was_expected(key: str, value: Any, expected: str) -> None:
    with pytest.raises(ParameterError, match=expected) as caught:
        WarParameters.from_mapping(BASE | {key: value})
    assert caught.value.key == key


def test_bad_parameters_of_third_parties_are_named_with_their_owner() -> None:
    with pytest.raises(ParameterError, match=r"^patron\.client = 'C'"):
        WarParameters.from_mapping(BASE | {"patron": PATRON | {"client": "C"}})
    with pytest.raises(ParameterError, match=r"^mediator\.zeal = 1"):
        WarParameters.from_mapping(BASE | {"mediator": MEDIATOR | {"zeal": 1}})
    with pytest.raises(ParameterError, match=r"^patron\.stake = None: expected a value, but it is missing"):
        WarParameters.from_mapping(BASE | {"patron": {k: v for k, v in PATRON.items() if k != "stake"}})
    with pytest.raises(ParameterError, match=r"^guarantee = 0"):
        WarParameters.from_mapping(BASE | {"mediator": MEDIATOR, "guarantee": 0.0})
    with pytest.raises(ParameterError, match=r"^horizon = None: expected a value, but it is missing"):
        WarParameters.from_mapping({})
    with pytest.raises(ParameterError, match="rising"):
        PatronParameters(client="A", prior=(0.5, 0.5), aid_cost=(0.2, 0.1), aid_effect=0.5, stake=1)
    assert MediatorParameters(**MEDIATOR).war_cost == 0.02
