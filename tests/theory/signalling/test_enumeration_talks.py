"""The enumerator and the refinements against the closed forms of the talks game, which share no code with them."""

import numpy as np
import pytest

from olivebranch.games.talks import TalksParameters, compile_talks
from olivebranch.theory.signalling.certificate import check_certificate
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import signalling_form
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.talks.solve import solve_talks

FIGHT, OFFER = (0,), (1,)
BOTH = (0, 1)
ROWS = {
    (OFFER, OFFER): "pool-talk",
    (FIGHT, FIGHT): "pool-fight",
    (FIGHT, OFFER): "low-talks",
    (OFFER, FIGHT): "high-talks",
    (OFFER, BOTH): "high-talks-low-mixes",
    (BOTH, OFFER): "low-talks-high-mixes",
    (FIGHT, BOTH): "high-fights-low-mixes",
    (BOTH, FIGHT): "low-fights-high-mixes",
    (BOTH, BOTH): "both-mix",
}
ESCALATE = 1


def draw(rng: np.random.Generator, scale: float) -> TalksParameters:
    high, low = sorted(rng.uniform(size=2))
    values = {
        "prior_high": rng.uniform(),
        "loss_high": high,
        "loss_low": low,
        "escalation_cost": scale * rng.uniform(),
        "sender_dividend": scale * rng.uniform(),
        "receiver_dividend": scale * rng.uniform() / 2,
        "pressure": 0.99 * rng.uniform(),
        "shelter": 0.99 * rng.uniform(),
        "face_cost": scale * rng.uniform(),
        "guarantee": scale * rng.uniform() / 2 * rng.integers(2),
    }
    return TalksParameters(**{name: round(float(value), 9) for name, value in values.items()})


def compare(parameters: TalksParameters) -> None:
    game = signalling_form(compile_talks(parameters))
    solution = solve_talks(parameters)
    assert solution.knife_edges == ()
    found = {}
    for component in enumerate_equilibria(game).components:
        name = ROWS[component.representative.sender_support]
        verdicts = Refiner(component.pieces[0].context).verdicts(component)
        found[name] = (verdicts["d1"].survives, verdicts["intuitive"].survives)
        assert check_certificate(game, component.certificate) == []
        assert component.knife_edges == ()
        row = solution[name]
        sender = component.representative.sender_strategy
        np.testing.assert_allclose(
            [float(sender[0][1]), float(sender[1][1])], [row.offer_high, row.offer_low], atol=1e-7
        )
        for message, interval in ((0, row.escalate_after_fight), (1, row.escalate_after_offer)):
            ends = [float(vertex[message][ESCALATE]) for p in component.maximal for vertex in p.receiver_vertices]
            np.testing.assert_allclose([min(ends), max(ends)], interval, atol=1e-7)
    assert found == {row.name: (row.d1, row.intuitive) for row in solution.equilibria}, parameters


@pytest.mark.parametrize("scale", [0.05, 0.3, 1.0])
def test_same_components_replies_and_verdicts(scale: float) -> None:
    rng = np.random.default_rng(int(100 * scale))
    for _ in range(150):
        compare(draw(rng, scale))


@pytest.mark.slow
@pytest.mark.parametrize("scale", [0.05, 0.15, 0.3, 0.6, 1.0])
def test_same_components_replies_and_verdicts_on_ten_thousand_games(scale: float) -> None:
    rng = np.random.default_rng(1 + int(100 * scale))
    for _ in range(2000):
        compare(draw(rng, scale))
