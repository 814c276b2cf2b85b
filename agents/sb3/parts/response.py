"""A best response trained with Stable-Baselines3: one seat learns, the others play as they always do."""

from collections.abc import Callable

import numpy as np

from olivebranch.agents.sb3.parts.policy import SB3Policy
from olivebranch.agents.sb3.parts.randomness import GlobalRandomness
from olivebranch.agents.sb3.parts.seat import Chosen, SeatModel
from olivebranch.envs.opponents import Opponents
from olivebranch.games.base import CompiledGame


def train_response(
    game: CompiledGame,
    opponents: Opponents,
    seat: int,
    seat_class: type[SeatModel[Chosen]],
    settings: Chosen,
    seed: int,
    on_update: Callable[[], object] | None = None,
) -> SB3Policy:
    """Train one seat against fixed policies of the others, and return how it plays at the end.

    Against fixed opponents the seat faces a decision problem of its own, to which a pure best response exists; what is
    found is as good as the algorithm, and mixes still as much as its last entropy bonus or exploration makes it.

    Args:
        game: the compiled rules.
        opponents: see :class:`olivebranch.envs.seat.SeatEnv`.
        seat: who responds.
        seat_class: of the algorithm that learns, e.g. that of :mod:`olivebranch.agents.sb3.ppo`.
        settings: of that algorithm; what they say of pools and averages is for self-play only.
        seed: of everything that is drawn.
        on_update: called after each batch of decisions, ``settings.updates()`` times.
    """
    # below 2**31, because the library seeds action spaces with them
    shared, for_play, for_model = (np.random.SeedSequence(seed).generate_state(3) >> 1).tolist()
    randomness, total = GlobalRandomness(shared), settings.updates()
    with randomness.in_use():
        model = seat_class(game, seat, settings, for_play, for_model)
        for done in range(total):
            model.learn(opponents, done / total)
            if on_update is not None:
                on_update()
        return model.policy(1.0)
