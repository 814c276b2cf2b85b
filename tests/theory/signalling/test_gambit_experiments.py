"""The signalling experiments: Gambit's Nash equilibria against our components, one by one, and the reverse.

Of the games of Brandts and Holt Gambit lists all extreme equilibria. Of those of Banks, Camerer and Porter, 9 x 27 in
strategies, it does not within minutes; there it lists the pure ones, and all of our components hold pure ones.

A Nash equilibrium need not be sequentially rational off the path. So each of Gambit's must lie in one of our pieces, or
reply to an unused message as no belief justifies; and each of our components must hold one of Gambit's.
"""

import io

import numpy as np
import pytest

from olivebranch.agents.stacked.parts.begin import justifying_belief
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.signalling import SignallingGame
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.logit_limit import component_distances
from olivebranch.theory.tree.export import to_efg

pygambit = pytest.importorskip("pygambit", reason="Gambit is an optional extra: pip install olivebranch[peers]")
if not hasattr(pygambit, "H"):
    pytest.skip("Gambit before 17 names nodes otherwise", allow_module_level=True)


def gambit_equilibria(game: SignallingGame) -> list[tuple[np.ndarray, np.ndarray]]:
    read = pygambit.read_efg(io.BytesIO(to_efg(game.compile()).encode()))
    plays = []
    small = game.shape[1] == 2
    solved = pygambit.nash.enummixed_solve(read, rational=True) if small else pygambit.nash.enumpure_solve(read)
    for equilibrium in solved.equilibria:
        behaviour = equilibrium.as_behavior()

        def row(path: tuple[str, ...], actions: tuple[str, ...], profile: object = behaviour) -> list[float]:
            at = profile[pygambit.H.path(*path)]  # type: ignore[index]
            return [float(at[action]) for action in actions]

        dealt = [f"{name}, only" for name in game.type_names]
        sender = np.array([row((deal,), game.message_names) for deal in dealt])
        receiver = np.array([row((dealt[0], message), game.response_names) for message in game.message_names])
        plays.append((sender, receiver))
    return plays


@pytest.mark.parametrize("name", preset_names("signalling"))
def test_gambit_and_we_find_the_same(name: str) -> None:
    game = load_preset(name).parameters_as(SignallingGame)
    components = enumerate_equilibria(game).components
    plays = gambit_equilibria(game)
    theirs = np.array(game.receiver_payoffs, dtype=float)
    held = set()
    for sender, receiver in plays:
        distances = component_distances(components, sender, receiver)
        inside = distances.min() < 1e-9
        unused = [m for m in range(sender.shape[1]) if not sender[:, m].any()]
        justified = all(justifying_belief(theirs[:, m], receiver[m]) is not None for m in unused)
        assert inside == justified, (name, sender, receiver)
        if inside:
            held.add(int(distances.argmin()))
    assert held == set(range(len(components)))
