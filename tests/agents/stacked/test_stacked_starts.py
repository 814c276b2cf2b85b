"""Where stacked learners begin, and a receiver that responds best."""

from typing import Any

import numpy as np
import pytest

from olivebranch.agents.registry import parse_settings
from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, run_states
from olivebranch.agents.stacked.parts.begin import justifying_belief, profile_beliefs, profile_values, start_values
from olivebranch.agents.stacked.registry import MODULES, stacked_learner
from olivebranch.agents.stacked.start import RANDOM, UNIFORM, BestResponse, ProfileStart, Start
from olivebranch.core.errors import ParameterError
from olivebranch.games.talks import TalksParameters
from tests.games_for_tests.stacked_games import random_games

# Escalating an offer pays iff the loss expected exceeds k_T = .35 / .9, so mu_T = (.8 - .35/.9) / .6 = .685; after
# FIGHT it never pays at the prior (k_F = .75 is the loss expected at Pr(high) = .083). D_L(1) = -.2 + .8 (.6 - .9) < 0,
# so both types may fight on.
CLOSED = TalksParameters(
    prior_high=0.5,
    loss_high=0.2,
    loss_low=0.8,
    escalation_cost=0.3,
    sender_dividend=0.03,
    receiver_dividend=0.0,
    pressure=0.6,
    shelter=0.1,
    face_cost=0.2,
    guarantee=0.05,
)
FIGHT_ON = ProfileStart(np.array([[[1.0, 0.0]] * 2]), np.array([[[1.0, 0.0], [0.0, 1.0]]]))
FROZEN: dict[str, dict[str, Any]] = {  # so that what is played at the start is played at the end
    "q-learning": {"learning_rate": 0.0, "temperature": 0.05, "epsilon": 0.0, "batch": 1, "episodes": 3},
    "ewa": {"decay": 1.0, "initial_experience": 1e12, "sensitivity": 20.0, "episodes": 3},
    "exp3": {"learning_rate": 0.0, "exploration": 0.0, "episodes": 3, "batch": 1},
    "roth-erev": {"initial_propensity": 1e12, "forgetting": 0.0, "episodes": 3, "batch": 1},
    "hedge": {"steps": 1, "step_size": 1e-12},
    "magnetic-mirror-descent": {"steps": 1, "step_size": 1e-12},
    "replicator": {"steps": 1, "step_size": 1e-12},
    "fictitious-play": {"steps": 1},
    "cfr": {"steps": 1},
    "cfr+": {"steps": 1},
    "ppo": {"episodes": 3, "batch": 3, "learning_rate": 0.0, "hidden": (8,)},
}


def train(kind: str, games: StackedGames, start: Start = UNIFORM, seeds: int = 4, **changes: Any) -> StackedOutcome:
    response = changes.pop("response", None)
    settings = parse_settings({"kind": kind, **changes})
    return stacked_learner(kind)(games, settings, run_states(2, 0, len(games.prior), seeds), start, response)


def test_every_stacked_learner_is_tested_here() -> None:
    assert set(FROZEN) == set(MODULES)


def test_action_values_in_a_profile_by_hand() -> None:
    """Fighting on is met by holding: -.6 times the loss. An offer is met by escalation: -.9 times the loss, less .2. An
    offer taken to come from the low type is worth .9 * .8 - .3 - .05 = .37 to escalate, and 0 to hold; after FIGHT the
    loss expected is .5, so that holding is worth .3 and escalating .5 - .3 = .2."""
    sender, receiver = profile_values(StackedGames.of_talks([CLOSED]), FIGHT_ON, temperature=0.05)
    np.testing.assert_allclose(sender[0], [[-0.12, -0.38], [-0.48, -0.92]], atol=1e-12)
    np.testing.assert_allclose(receiver[0], [[0.3, 0.2], [0.0, 0.37]], atol=1e-12)


def test_off_the_path_the_belief_is_the_one_that_justifies_the_reply_best() -> None:
    games = StackedGames.of_talks([CLOSED])
    beliefs = profile_beliefs(games, FIGHT_ON)
    np.testing.assert_allclose(beliefs[0], [[0.5, 0.5], [0.0, 1.0]], atol=1e-9)
    mixing = ProfileStart(FIGHT_ON.sender, np.array([[[1.0, 0.0], [0.3, 0.7]]]))
    threshold = (0.8 - 0.35 / 0.9) / 0.6
    np.testing.assert_allclose(profile_beliefs(games, mixing)[0, 1], [threshold, 1 - threshold], atol=1e-9)
    mine = ProfileStart(FIGHT_ON.sender, FIGHT_ON.receiver, np.array([[[0.5, 0.5], [0.25, 0.75]]]))
    _, receiver = profile_values(games, mine, temperature=0.0)
    assert receiver[0, 1, 1] == pytest.approx(0.9 * (0.25 * 0.2 + 0.75 * 0.8) - 0.35)


@pytest.mark.parametrize("seed", range(5))
def test_justifying_beliefs_have_the_largest_margin(seed: int) -> None:
    """Against a fine grid of beliefs about three types."""
    payoffs = np.random.default_rng(seed).normal(size=(3, 4))
    grid = np.array([[a, b, 100 - a - b] for a in range(101) for b in range(101 - a)]) / 100
    values = grid @ payoffs
    for reply in range(4):
        others = np.delete(np.arange(4), reply)
        margin = (values[:, [reply]] - values[:, others]).min(axis=1).max()
        belief = justifying_belief(payoffs, np.eye(4)[reply])
        if belief is None:
            assert margin < 0
        else:
            value = belief @ payoffs
            assert margin - 1e-9 <= (value[reply] - value[others]).min() <= margin + 0.1


def test_where_a_profile_mixes_so_does_the_softmax_of_its_values() -> None:
    mixing = ProfileStart(
        np.array([[[1.0, 0.0], [0.6, 0.4]]]), np.array([[[1.0, 0.0], [0.3, 0.7]]]), np.array([[[0.6, 0.4], [0.0, 1.0]]])
    )
    found = train("q-learning", StackedGames.of_talks([CLOSED]), mixing, **FROZEN["q-learning"])
    np.testing.assert_allclose(found.last.sender[0, :, 1], [[0.6, 0.4]] * 4, atol=1e-12)
    np.testing.assert_allclose(found.last.receiver[0, :, 1], [[0.3, 0.7]] * 4, atol=1e-12)


@pytest.mark.parametrize("kind", FROZEN)
def test_play_begins_in_the_profile(kind: str) -> None:
    """Where both types fight on. Q-learners and EWA answer its values by a logit with temperature .05: the high type
    offers with odds exp(-.26 / .05), the receiver holds after an offer with odds exp(-.37 / .05)."""
    found = train(kind, StackedGames.of_talks([CLOSED]), FIGHT_ON, **FROZEN[kind])
    tolerance = {"q-learning": 0.006, "ewa": 0.006, "replicator": 6e-4, "ppo": 6e-4, "roth-erev": 1e-11}.get(kind, 1e-9)
    np.testing.assert_allclose(found.last.sender[0], np.repeat(FIGHT_ON.sender, 4, axis=0), atol=tolerance)
    if kind == "fictitious-play":  # which plays the response already: to an offer that was never made the first reply
        np.testing.assert_allclose(found.average.receiver[0, :, 1, 1], 0.5)
        return
    np.testing.assert_allclose(found.last.receiver[0, :, 1, 1], 1.0, atol=tolerance)
    if kind in ("q-learning", "ewa"):
        assert found.last.sender[0, 0, 0, 1] == pytest.approx(1 / (1 + np.exp(0.26 / 0.05)), rel=1e-9)
        assert found.last.receiver[0, 0, 1, 0] == pytest.approx(1 / (1 + np.exp(0.37 / 0.05)), rel=1e-9)
    elsewhere = train(kind, StackedGames.of_talks([CLOSED]), UNIFORM, **FROZEN[kind])  # even play, or regret matched
    assert np.abs(elsewhere.last.sender[0] - FIGHT_ON.sender).max() > 0.3


def test_random_values_are_uniform_between_the_payoffs_of_their_row() -> None:
    games, states = StackedGames.of_talks([CLOSED]), run_states(0, 0, 1, 4000)
    found = start_values(games, RANDOM, states, uniform_value=0.0, temperature=0.1)
    low, high = games.sender[0, 0].min(), games.sender[0, 0].max()
    share = (found.sender[0, :, 0] - low) / (high - low)
    assert ((share >= 0) & (share <= 1)).all()
    np.testing.assert_allclose(
        np.quantile(share, [0.25, 0.5, 0.75], axis=0), np.repeat([[0.25], [0.5], [0.75]], 2, 1), atol=0.03
    )
    assert abs(np.corrcoef(share.T)[0, 1]) < 4.5 / np.sqrt(4000)


@pytest.mark.parametrize("kind", ["exp3", "replicator", "hedge", "roth-erev", "ppo"])
def test_random_behaviour_is_drawn_from_the_flat_dirichlet(kind: str) -> None:
    """Three messages: shares have mean 1/3 and variance 1/18, and each run draws its own."""
    games = random_games((2, 3, 2), 1)
    found = train(kind, games, RANDOM, seeds=800, **FROZEN[kind])
    share = found.last.sender[0, :, 0]
    np.testing.assert_allclose(share.mean(axis=0), 1 / 3, atol=4.5 * np.sqrt(1 / 18 / 800))
    np.testing.assert_allclose(share.var(axis=0), 1 / 18, rtol=0.25)


@pytest.mark.parametrize("kind", MODULES)
def test_random_starts_repeat_themselves(kind: str) -> None:
    games = StackedGames.of_talks([CLOSED])
    one, other = (train(kind, games, RANDOM, **FROZEN[kind]) for _ in range(2))
    assert one.last.sender.tobytes() == other.last.sender.tobytes()


BAD_STARTS: list[tuple[Start, str]] = [
    (
        ProfileStart(np.ones((1, 2, 3)) / 3, FIGHT_ON.receiver),
        r"start.sender = \(1, 2, 3\): expected an array of shape",
    ),
    (ProfileStart(FIGHT_ON.sender * 0.5, FIGHT_ON.receiver), r"start.sender\[0\]\[0\] = \[0.5, 0.0\]: expected prob"),
    (ProfileStart(FIGHT_ON.sender, FIGHT_ON.receiver - 0.1), r"start.receiver\[0\]\[0\] = .*: expected probabilities"),
]


@pytest.mark.parametrize("start, message", BAD_STARTS)
@pytest.mark.parametrize("kind", ["q-learning", "exp3", "hedge"])
def test_what_is_no_profile_is_refused(kind: str, start: ProfileStart, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        train(kind, StackedGames.of_talks([CLOSED]), start)


def test_replies_that_no_belief_justifies_are_refused_by_learners_of_values() -> None:
    """Reciprocating an offer is worth nothing; if escalating costs 0.01, it is better under every belief."""
    cheap = CLOSED.__class__(**{**vars(CLOSED), "escalation_cost": 0.01, "guarantee": 0.0})
    start = ProfileStart(FIGHT_ON.sender, np.array([[[0.0, 1.0], [1.0, 0.0]]]))
    with pytest.raises(
        ParameterError, match=r"start.receiver\[0\]\[1\] = .*: expected a reply that is best under some"
    ):
        train("q-learning", StackedGames.of_talks([cheap]), start)
    train("exp3", StackedGames.of_talks([cheap]), start, episodes=2, batch=1)


@pytest.mark.parametrize("kind", MODULES)
def test_a_receiver_that_responds_best_does_so(kind: str) -> None:
    """To what the sender plays at the end, with Bayes' rule; halfway there at half the rate."""
    games = random_games((3, 2, 3), 3, some_illegal="replies")
    changes = FROZEN[kind]
    found = train(kind, games, **changes, response=BestResponse())
    joint = np.einsum("gt,gstm->gstm", games.prior, found.last.sender)
    values = np.einsum("gstm,gtmr->gsmr", joint, games.receiver)
    _, legal = games.legal
    values = np.where(legal[:, None], values, -np.inf)
    best = values == values.max(axis=-1, keepdims=True)
    heard = joint.sum(axis=2) > 0
    np.testing.assert_allclose(found.last.receiver[heard], best[heard], atol=1e-12)
    assert heard.mean() > 0.7
    if found.memory is not None:
        np.testing.assert_array_equal(np.nan_to_num(found.memory.receiver), found.last.receiver)
    if kind not in ("fictitious-play", "cfr", "cfr+"):  # the sender stands still: two moves, or four, from even play
        half = train(kind, games, **changes, response=BestResponse(0.5))
        even = legal / legal.sum(axis=-1, keepdims=True)
        moves = (changes["steps"] if "steps" in changes else parse_settings({"kind": kind, **changes}).updates()) + 1
        expected = best - 0.5**moves * (best - even[:, None])
        np.testing.assert_allclose(half.last.receiver, expected, atol=1e-6)


def test_a_message_that_nobody_sends_leaves_its_reply() -> None:
    found = train(
        "roth-erev", StackedGames.of_talks([CLOSED]), FIGHT_ON, episodes=3, batch=1, experimentation=0.0,
        response=BestResponse(),
    )  # fmt: skip
    np.testing.assert_array_equal(found.last.receiver[0], np.repeat(FIGHT_ON.receiver, 4, axis=0))


@pytest.mark.parametrize("rate", [0.0, 1.5])
def test_rates_of_response_outside_their_range_are_refused(rate: float) -> None:
    with pytest.raises(ParameterError, match="rate"):
        BestResponse(rate)


def test_how_offers_explore_decides_how_they_are_answered() -> None:
    """With logit exploration at temperature T types must offer in such proportions that the receiver is indifferent: an
    offer is met by escalation with q = lambda / (1 - s) + T ln[mu_T (1 - p) / ((1 - mu_T) p)] / ((1 - s) (l_L - l_H)),
    2/3 + .03 ln(.685/.315) / .54 = .710. Type-blind exploration leaves the prior, 1/2 < mu_T: q = 1."""
    games = StackedGames.of_talks([CLOSED])
    begin = ProfileStart(FIGHT_ON.sender, np.array([[[1.0, 0.0], [1 / 3, 2 / 3]]]))
    common = {"episodes": 600_000, "batch": 1, "learning_rate": 0.002, "response": BestResponse()}
    logit = train("q-learning", games, begin, 32, temperature=0.03, epsilon=0.0, **common)
    blind = train("q-learning", games, begin, 32, exploration="epsilon-greedy", epsilon=0.02, **common)
    assert logit.average.receiver[0, :, 1, 1].mean() == pytest.approx(0.710, abs=0.04)
    np.testing.assert_allclose(blind.average.receiver[0, :, 1, 1], 1.0)
    assert logit.visits is not None
    assert 0 < logit.visits.plays[0, :, :, 1].sum(axis=1).mean() < 0.05 * 600_000
