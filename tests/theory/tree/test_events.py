"""Probabilities of public events, against sums over the end states and by hand."""

import numpy as np
import pytest

from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.events import event_probability
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import random_profile, uniform_profile


def test_talks_under_uniform_play_by_hand() -> None:
    tree = unroll(load_preset("war-example").compile())
    talks = np.array([label == "talks open" for label in tree.game.edge_labels])
    found = event_probability(uniform_profile(tree), talks)
    # 1/9 in period 1; in period 2 again, of what has neither talked nor ended in B's defeat (from x = 3, A alone)
    first = (tree.game.edge_source == 0) & ~tree.game.terminal[tree.game.edge_next]
    goes_on = tree.game.prior @ tree.game.edge_probability[first].sum(axis=0) / 9
    assert found.total == pytest.approx((1 + goes_on) / 9)
    assert tree.game.prior.reshape(2, 2).sum(axis=1) @ found.by_type[0] == pytest.approx(found.total)


@pytest.mark.parametrize("name", ["war-ukraine-2022", "war-sino-indian-1962"])
def test_every_play_ends_exactly_once(name: str) -> None:
    tree = unroll(load_preset(name).compile())
    found = event_probability(random_profile(tree, np.random.default_rng(0)), tree.game.terminal[tree.game.edge_next])
    assert found.total == pytest.approx(1.0)
    for part in found.by_type:
        np.testing.assert_allclose(part, 1.0)
