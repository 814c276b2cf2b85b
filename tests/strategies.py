"""Hypothesis strategies and random draws that several tests share."""

import numpy as np
from hypothesis import strategies as st

from olivebranch.games.base import FloatArray
from olivebranch.games.talks import TalksColumns, TalksParameters

unit = st.floats(0.001, 0.999)


@st.composite
def talks_parameters(draw: st.DrawFn) -> TalksParameters:
    """Valid parameters, broad enough to reach every row of the table."""
    losses = sorted(draw(st.lists(unit, min_size=2, max_size=2, unique=True)))
    return TalksParameters(
        prior_high=draw(unit),
        loss_high=losses[0],
        loss_low=losses[1],
        escalation_cost=draw(st.floats(0, 1)),
        sender_dividend=draw(st.floats(0.001, 1)),
        receiver_dividend=draw(st.floats(0, 0.5)),
        pressure=draw(st.floats(0, 0.999)),
        shelter=draw(st.floats(0, 0.999)),
        face_cost=draw(st.floats(0, 1)),
        guarantee=draw(st.floats(0, 0.5)),
    )


def random_parameters(n: int, generator: np.random.Generator) -> TalksColumns[FloatArray]:
    """``n`` generic games, tilted towards the crowded part of the space."""
    losses = np.sort(generator.uniform(size=(n, 2)), axis=1)
    upper = {"receiver_dividend": 0.3, "face_cost": 0.5, "guarantee": 0.2, "escalation_cost": 0.6}
    drawn = TalksColumns(*(generator.uniform(0, upper.get(name, 1.0), size=n) for name in TalksColumns._fields))
    return drawn._replace(loss_high=losses.min(axis=1), loss_low=losses.max(axis=1))
