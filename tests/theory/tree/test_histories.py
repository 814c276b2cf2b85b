"""Profiles from behaviour, refusals, precision, and NashConv on talks games against the formula by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olivebranch.games.base import FloatArray, IntArray, compile_game
from olivebranch.games.rules import Action
from olivebranch.games.talks import TalksParameters, compile_talks
from olivebranch.theory.tree.evaluation import evaluate, information_sets
from olivebranch.theory.tree.histories import GameTree, TreeTooLarge, unroll
from olivebranch.theory.tree.profiles import (
    BehaviourProfile,
    build_profile,
    check_profile,
    random_profile,
    uniform_profile,
)

share = st.floats(0, 1)


def talks(prior: float = 0.6, low: float = 0.2, high: float = 0.8, **others: float) -> TalksParameters:
    values = {"escalation_cost": 0.3, "sender_dividend": 0.1, "receiver_dividend": 0.05} | others
    return TalksParameters(prior_high=prior, loss_high=low, loss_low=high, **values)


def talks_profile(
    tree: GameTree, offer: tuple[float, float], after_offer: float, after_fight: float
) -> BehaviourProfile:
    game = tree.game

    def behave(seat: int, own_type: IntArray, state: IntArray, recent: IntArray) -> FloatArray:
        result = np.zeros((len(state), game.n_actions))
        for row, (t, s) in enumerate(zip(own_type, state, strict=True)):
            if seat == 0:
                result[row, [Action.OFFER_TALKS, Action.FIGHT]] = offer[t], 1 - offer[t]
            elif game.states[s] == "after-offer":
                result[row, [Action.ESCALATE, Action.OFFER_TALKS]] = after_offer, 1 - after_offer
            else:
                result[row, [Action.ESCALATE, Action.FIGHT]] = after_fight, 1 - after_fight
        return result

    return build_profile(tree, behave)


@settings(max_examples=60, deadline=None)
@given(
    prior=share, losses=st.tuples(st.floats(0, 0.49), st.floats(0.5, 1)), pressure=st.floats(0, 0.9),
    shelter=st.floats(0, 0.9), face=share, guarantee=share, offer=st.tuples(share, share), q=share, r=share,
)  # fmt: skip
def test_nash_conv_of_talks_games_equals_the_formula_by_hand(
    prior: float, losses: tuple[float, float], pressure: float, shelter: float, face: float, guarantee: float,
    offer: tuple[float, float], q: float, r: float,
) -> None:  # fmt: skip
    p = talks(prior, *losses, pressure=pressure, shelter=shelter, face_cost=face, guarantee=guarantee)
    result = evaluate(talks_profile(unroll(compile_talks(p)), offer, q, r))
    # docs/model.md, section 2: the table of payoffs
    pi, loss, x = np.array([prior, 1 - prior]), np.array(losses), np.array(offer)
    if_fight = -loss * (pressure + (1 - pressure) * r)
    if_offer = p.sender_dividend * (1 - q) - q * ((1 - shelter) * loss + face)
    sender_value = pi @ (x * if_offer + (1 - x) * if_fight)
    sender_best = pi @ np.maximum(if_offer, if_fight)
    hold = np.array([pi * (1 - x) @ (pressure * loss), (pi @ x) * p.receiver_dividend])
    escalate = np.array(
        [
            pi * (1 - x) @ (loss - p.escalation_cost),
            pi * x @ ((1 - shelter) * loss - p.escalation_cost - guarantee),
        ]
    )
    reply = np.array([r, q])
    receiver_value = (reply * escalate + (1 - reply) * hold).sum()
    receiver_best = np.maximum(escalate, hold).sum()
    assert result.values == pytest.approx([sender_value, receiver_value], abs=1e-12)
    assert result.gains == pytest.approx([sender_best - sender_value, receiver_best - receiver_value], abs=1e-12)


def test_an_equilibrium_has_no_gain_and_no_rationality_gap_where_beliefs_exist() -> None:
    # escalation never pays after an offer (k_T = (k + b_R) / (1 - s) > loss_low), so both types offer
    tree = unroll(compile_talks(talks(escalation_cost=0.9)))
    profile = talks_profile(tree, (1.0, 1.0), 0.0, 0.0)
    assert evaluate(profile).nash_conv == 0.0
    after = information_sets(profile)[1]
    states = [tree.game.states[s] for s in tree.stages[1].state]
    receiver = tree.types_of(1)
    assert np.isnan(after.beliefs[states.index("after-fight"), receiver]).all()
    np.testing.assert_allclose(after.beliefs[states.index("after-offer"), receiver][0], [0.6, 0.4])
    assert after.rationality_gap[states.index("after-offer"), receiver] == 0.0


def test_behaviour_sees_the_whole_past_most_recent_first() -> None:
    from random_games import RandomGame, histories_by_path

    tree = unroll(compile_game(RandomGame(np.random.default_rng(3))))
    paths = {path[::-1]: where for path, where in histories_by_path(uniform_profile(tree)).items()}
    seen: set[tuple[int, ...]] = set()

    def behave(seat: int, own_type: IntArray, state: IntArray, recent: IntArray) -> FloatArray:
        assert recent.shape == (len(state), tree.n_stages - 1)
        for s, row in zip(state, recent, strict=True):
            path = tuple(int(e) for e in row if e >= 0)
            stage, history = paths[path]
            assert tree.stages[stage].state[history] == s
            seen.add(path)
        legal = tree.game.legal[state, seat]
        return np.asarray(legal / legal.sum(axis=1, keepdims=True))

    profile = build_profile(tree, behave, batch_size=3)
    assert len(seen) > tree.n_stages
    for table, expected in zip(profile.stages, uniform_profile(tree).stages, strict=True):
        np.testing.assert_array_equal(table, expected)


def test_a_bad_row_is_named() -> None:
    tree = unroll(compile_talks(talks()))
    profile = uniform_profile(tree)
    profile.of(0, 0)[0, 1] = [0.5, 0.5, 0.0, 0.0]
    with pytest.raises(ValueError, match=r"stage 0, history 0, player 'sender', type 1: .*legal actions \[0, 2\]"):
        evaluate(profile)
    profile.of(0, 0)[0, 1] = [0.5, 0.0, 0.4, 0.0]
    with pytest.raises(ValueError, match="not a distribution"):
        check_profile(profile)
    profile.of(0, 0)[0, 1] = [np.nan, 0.0, 1.0, 0.0]
    with pytest.raises(ValueError, match="not a distribution"):
        check_profile(profile)


def test_a_tree_that_does_not_fit_is_refused_with_the_figures() -> None:
    with pytest.raises(TreeTooLarge, match=r"'talks': 3 histories \(2 in the last stage\) need .* GiB"):
        unroll(compile_talks(talks()), max_bytes=100)


def test_single_precision_agrees_to_its_precision() -> None:
    from olivebranch.games.yardsticks import LeducPoker

    tree = unroll(compile_game(LeducPoker()))
    exact = random_profile(tree, np.random.default_rng(0))
    rounded = BehaviourProfile(tree, tuple(table.astype(np.float32) for table in exact.stages))
    assert evaluate(rounded).nash_conv == pytest.approx(evaluate(exact).nash_conv, rel=1e-5)
