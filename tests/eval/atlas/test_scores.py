"""Scores of whole maps: the same as those of single profiles, measures by hand, pictures that show them."""

import json
from pathlib import Path

import numpy as np
import pytest

from olivebranch.agents.stacked.games import StackedGames
from olivebranch.cli import app
from olivebranch.eval.atlas.scores import SUBOPTIMAL, AtlasScores, convergence, score, summary
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.talks import TalksColumns, compile_talks
from olivebranch.theory.equilibria.components import REACHED
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.talks.distance import distance
from olivebranch.theory.talks.kernel import D1, EXISTS, ROWS
from olivebranch.theory.talks.solve import solve_talks

PARAMETERS = [load_preset(name, "talks").parameters for name in preset_names("talks")]


@pytest.fixture(scope="module")
def scored() -> tuple[np.ndarray, AtlasScores]:
    """Random behaviour, and for each preset its equilibria with a disturbance below and above what counts as near."""
    generator = np.random.default_rng(0)
    behaviour = generator.random((len(PARAMETERS), 40, 4))
    for cell, parameters in enumerate(PARAMETERS):
        for seed in range(30):
            equilibria = solve_talks(parameters).equilibria
            chosen = equilibria[seed % len(equilibria)]
            replies = [generator.uniform(*chosen.escalate_after_offer), generator.uniform(*chosen.escalate_after_fight)]
            point = np.array([chosen.offer_high, chosen.offer_low, *replies])
            behaviour[cell, seed] = np.clip(point + generator.normal(0, 0.01 * (seed % 5), 4), 0, 1)
    return behaviour, score(TalksColumns.of(PARAMETERS), StackedGames.of_talks(PARAMETERS), behaviour)


def test_distances_are_those_of_single_profiles(scored: tuple[np.ndarray, AtlasScores]) -> None:
    behaviour, scores = scored
    for cell, parameters in enumerate(PARAMETERS):
        equilibria = solve_talks(parameters).equilibria
        assert {ROWS[row] for row in np.flatnonzero(scores.flags[cell, :, EXISTS])} == {e.name for e in equilibria}
        prior = np.array([parameters.prior_high, 1 - parameters.prior_high])
        for seed in range(40):
            single = [distance(prior, TalksBehaviour(*behaviour[cell, seed]), e) for e in equilibria]
            best = min(single, key=lambda d: (d.on_path, d.behaviour))
            assert scores.on_path[cell, seed] == pytest.approx(best.on_path, abs=1e-9)
            assert ROWS[scores.nearest[cell, seed]] == best.component
            assert scores.off_path[cell, seed] == pytest.approx(best.off_path, abs=1e-9)
            near = max(best.on_path, best.off_path) < REACHED
            assert scores.reached[cell, seed] == (ROWS.index(best.component) if near else -1)
    assert (scores.reached >= 0).any()
    assert (scores.reached < 0).any()


def test_exact_equilibria_lose_nothing_and_count_as_nash(scored: tuple[np.ndarray, AtlasScores]) -> None:
    _, scores = scored
    undisturbed = np.arange(30) % 5 == 0
    assert scores.nash[:, :30][:, undisturbed].all()
    np.testing.assert_allclose(scores.sender_loss[:, :30][:, undisturbed], 0, atol=1e-9)
    np.testing.assert_allclose(scores.receiver_loss[:, :30][:, undisturbed], 0, atol=1e-9)
    assert not scores.nash[:, 30:].any()


def test_losses_are_those_of_exact_evaluation(scored: tuple[np.ndarray, AtlasScores]) -> None:
    from olivebranch.agents.policies.behaviour import behaviour_of
    from olivebranch.agents.policies.tabular import TabularPolicy
    from olivebranch.games.rules import Action
    from olivebranch.games.talks import AFTER_FIGHT, AFTER_OFFER
    from olivebranch.theory.tree.evaluation import evaluate
    from olivebranch.theory.tree.histories import unroll

    behaviour, scores = scored
    for cell, parameters in enumerate(PARAMETERS):
        game = compile_talks(parameters)
        high, low, after_offer, after_fight = behaviour[cell, 35]
        sender, receiver = np.zeros((4, 2, 4)), np.zeros((4, 1, 4))
        sender[0, :, Action.OFFER_TALKS], sender[0, :, Action.FIGHT] = [high, low], [1 - high, 1 - low]
        for state, hold, escalate in (
            (AFTER_OFFER, Action.OFFER_TALKS, after_offer),
            (AFTER_FIGHT, Action.FIGHT, after_fight),
        ):
            receiver[game.states.index(state), 0, [hold, Action.ESCALATE]] = [1 - escalate, escalate]
        exact = evaluate(behaviour_of(unroll(game), [TabularPolicy(0, sender), TabularPolicy(1, receiver)]))
        ours = [scores.sender_loss[cell, 35], scores.receiver_loss[cell, 35]]
        assert sum(ours) == pytest.approx(exact.nash_conv, abs=1e-9)


def test_measures_by_hand() -> None:
    """Types half and half, offers .75 and .25. Offers come up half the time, and 3/4 of them are of the high type: the
    information is 1 - H(3/4) = 0.188722 bits. The sender earns 1 for offering whatever happens: it puts 0.75 on the
    wrong message at worst and loses 1/2. The receiver earns 1 for meeting an offer with escalation, which it does
    with 0.9: 0.1 on the wrong reply, a loss of 0.05."""
    sender, receiver = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    sender[:, 1] = 1.0
    receiver[:, 1, 1] = 1.0
    mass, lost, lost_too, information = convergence(
        np.array([0.5, 0.5]), sender, receiver, np.array([[0.75, 0.25, 0.9, 0.4]])
    )
    np.testing.assert_allclose([mass[0], lost[0], lost_too[0]], [0.75, 0.5, 0.05])
    assert information[0] == pytest.approx(0.188722, abs=1e-6)


def test_replies_count_from_one_message_in_a_hundred_on_and_from_a_loss_that_matters() -> None:
    """Nothing matters to the sender. Meeting an offer with escalation pays the receiver ``gain``, and it does so with
    0.3: the mass on the wrong reply is 0.7 where offers come up at least once in a hundred plays."""
    for gain, offers, expected in (
        (1.0, 0.01, 0.7),
        (1.0, 0.02, 0.7),
        (1.0, 0.008, 0.0),
        (1.5 * SUBOPTIMAL, 0.5, 0.7),
        (0.5 * SUBOPTIMAL, 0.5, 0.0),
    ):
        receiver = np.zeros((2, 2, 2))
        receiver[:, 1, 1] = gain
        behaviour = np.array([[offers, offers, 0.3, 0.4]])
        mass, *_ = convergence(np.array([0.5, 0.5]), np.zeros((2, 2, 2)), receiver, behaviour)
        assert mass[0] == pytest.approx(expected), (gain, offers)


def test_shares_and_summary(scored: tuple[np.ndarray, AtlasScores]) -> None:
    _, scores = scored
    shares = np.stack([scores.share(row) for row in (*range(9), -1)])
    np.testing.assert_allclose(shares.sum(axis=0), 1.0)
    cell = next(i for i, p in enumerate(PARAMETERS) if len(solve_talks(p).equilibria) > 1)
    reached = scores.reached[cell][scores.reached[cell] >= 0]
    assert scores.refined_share(D1)[cell] == pytest.approx(scores.flags[cell, reached, D1].mean())
    numbers = summary(scores)
    assert numbers["runs"] == 40 * len(PARAMETERS)
    assert numbers["near an equilibrium"] == pytest.approx(1 - shares[-1].mean())


@pytest.mark.parametrize("second", ["", "y: {parameter: loss_high, range: [0.0, 1.0]}\n"])
def test_the_command_writes_scores_and_a_picture(tmp_path: Path, second: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(
        "name: tiny\npreset: fear-of-weakness\nx: {parameter: pressure}\n"
        + second
        + "resolution: 6\nseeds: 2\nlearner: {kind: q-learning, episodes: 2000}\n"
    )
    app(["atlas", str(path), "seeds=3", "-o", str(tmp_path), "-q"], standalone_mode=False)
    with np.load(tmp_path / "tiny" / "atlas.npz", allow_pickle=False) as stored:
        assert stored["valid"].shape == ((6, 6) if second else (1, 6))
        cells = int(stored["valid"].sum())
        assert cells == (30 if second else 6)  # the sixth row has loss_high = 0.917, above loss_low = 0.9
        assert stored["last"].shape == (cells, 3, 4)
        assert stored["reached"].shape == stored["mutual_information"].shape == (cells, 3)
        assert stored["flags"].shape == (cells, 9, 3)
        assert tuple(stored["components"]) == ROWS
    assert json.loads((tmp_path / "tiny" / "summary.json").read_text())["runs"] == 3 * cells
    picture = (tmp_path / "tiny" / "atlas.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000
