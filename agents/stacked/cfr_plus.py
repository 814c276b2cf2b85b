"""CFR+ in many signalling games and seeds at once: :mod:`olivebranch.agents.tree.cfr_plus`."""

from functools import partial

from olivebranch.agents.stacked.cfr import Regrets
from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, States
from olivebranch.agents.stacked.parts.exact import learn_exactly
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start
from olivebranch.agents.tree.cfr_plus import CFRPlusSettings


def learn(
    games: StackedGames,
    settings: CFRPlusSettings,
    states: States,
    start: Start = UNIFORM,
    response: BestResponse | None = None,
) -> StackedOutcome:
    """See :class:`olivebranch.agents.stacked.registry.StackedLearner`; ``memory`` holds regrets, as in CFR."""
    return learn_exactly(games, settings.updates(), states, partial(Regrets, plus=True), start, response)
