"""Gambit's Nash equilibria of talks games, one by one, against our components and our checker, and the reverse.

Gambit lists the extreme Nash equilibria of the .efg that we write (``enummixed``, rational). A Nash equilibrium need
not be sequentially rational off the path. So each must either lie in one of our components or be refuted by the
checker, off the path and only there; and each of our components must hold one of Gambit's.
"""

import io

import numpy as np
import pytest

from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.talks import TalksParameters, compile_talks, each_game
from olivebranch.theory.talks.check import check_talks
from olivebranch.theory.talks.solve import TalksEquilibrium, TalksSolution, solve_talks
from olivebranch.theory.tree.export import to_efg
from tests.strategies import random_parameters

pygambit = pytest.importorskip("pygambit", reason="Gambit is an optional extra: pip install olivebranch[peers]")
if not hasattr(pygambit, "H"):
    pytest.skip("Gambit before 17 names nodes otherwise", allow_module_level=True)

Play = tuple[float, float, float, float]
TOLERANCE = 1e-7  # parameters reach Gambit as floats, so that its exact answers differ from ours by rounding


def gambit_equilibria(parameters: TalksParameters) -> list[Play]:
    """(x_H, x_L, q, r) of every extreme Nash equilibrium."""
    game = pygambit.read_efg(io.BytesIO(to_efg(compile_talks(parameters)).encode()))
    plays = []
    for equilibrium in pygambit.nash.enummixed_solve(game, rational=True).equilibria:
        behaviour = equilibrium.as_behavior()

        def at(path: tuple[str, ...], action: str, profile: object = behaviour) -> float:
            return float(profile[pygambit.H.path(*path)][action])  # type: ignore[index]

        plays.append(
            (
                at(("high, only",), "OFFER_TALKS"),
                at(("low, only",), "OFFER_TALKS"),
                at(("high, only", "OFFER_TALKS"), "ESCALATE"),
                at(("high, only", "FIGHT"), "ESCALATE"),
            )
        )
    return plays


def lies_in(play: Play, component: TalksEquilibrium) -> bool:
    x_high, x_low, q, r = play
    (q_low, q_high), (r_low, r_high) = component.escalate_after_offer, component.escalate_after_fight
    return bool(
        abs(x_high - component.offer_high) < TOLERANCE
        and abs(x_low - component.offer_low) < TOLERANCE
        and q_low - TOLERANCE < q < q_high + TOLERANCE
        and r_low - TOLERANCE < r < r_high + TOLERANCE
    )


def hold_against_each_other(parameters: TalksParameters) -> tuple[int, int]:
    """How many of Gambit's equilibria lie in our components, and how many the checker refutes."""
    solution: TalksSolution = solve_talks(parameters)
    plays = gambit_equilibria(parameters)
    refuted = 0
    for play in plays:
        inside = any(lies_in(play, component) for component in solution.equilibria)
        check = check_talks(parameters, *play, tolerance=TOLERANCE)
        assert inside == bool(check.is_equilibrium), (parameters, play, check)
        if not inside:
            refuted += 1
            # The sender and the receiver on the path are beyond reproach; what no belief supports is an unused reply.
            assert (np.where(check.sender_regret > TOLERANCE, [[1 - x, x] for x in play[:2]], 0) < TOLERANCE).all()
            off_path = ~check.on_path
            assert off_path.any()
            replies = np.array([[1 - play[3], play[3]], [1 - play[2], play[2]]])
            wrong = (np.where(replies > TOLERANCE, check.receiver_regret, 0) > TOLERANCE).any(axis=1)
            assert wrong.any()
            assert not (wrong & ~off_path).any()
    for component in solution.equilibria:
        assert any(lies_in(play, component) for play in plays), (parameters, component)
    return len(plays) - refuted, refuted


@pytest.mark.parametrize("name", preset_names("talks"))
def test_presets(name: str) -> None:
    hold_against_each_other(load_preset(name).parameters)


@pytest.mark.parametrize("games", [40, pytest.param(600, marks=pytest.mark.slow)])
def test_random_games(games: int) -> None:
    table = random_parameters(games, np.random.default_rng(17))
    table.escalation_cost[::2] *= 0.5  # half of them from the crowded part of the space
    confirmed = refuted = 0
    for parameters in each_game(table):
        inside, outside = hold_against_each_other(parameters)
        confirmed, refuted = confirmed + inside, refuted + outside
    assert confirmed >= games
    assert refuted > 0  # some threats are empty: Nash, but not sequentially rational
