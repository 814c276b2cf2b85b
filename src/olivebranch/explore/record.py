"""Record what the page shows where nothing can be computed on the spot: ``python -m olivebranch.explore.record FILE``.

Trained populations (scene 6 of the story, and the static build), and who offers first in the equilibria of the war
presets (scene 7). The file ``page/recorded.json`` is made by this; a test makes part of it again.
"""

import json
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.core.files import write_bytes
from olivebranch.explore.training import EXPLORATIONS, STARTS, TrainingRequest, frames
from olivebranch.games.registry import find_game, load_preset, preset_names
from olivebranch.games.rules import Action
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.equilibria.reference import reference_of
from olivebranch.theory.tree.first_use import first_use

POPULATION = "rival-expectations"
LEARNERS, PLAYS = 60, 30_000


def population(exploration: str, start: str) -> dict[str, Any]:
    """A training of scene 6, as compact as can be: percentages of a run side by side."""
    parameters = load_preset(POPULATION).parameters_as(TalksParameters)
    request = TrainingRequest(parameters, exploration, start, learners=LEARNERS, plays=PLAYS)
    found = []
    for frame in frames(request):
        percent = np.round(100 * frame.play).astype(int).ravel().tolist()
        found.append({"plays": frame.plays, "percent": percent, "nearest": list(frame.nearest)})
    return {"exploration": exploration, "start": start, "frames": found}


def war(name: str) -> dict[str, Any]:
    """Who offers first, by player, type and stage, in each known equilibrium of a war preset."""
    game = find_game(name)
    reference = reference_of(game)
    rules, found = game.compiled.game, []
    for component in reference.components:
        profile = component.profile()
        hazards = {}
        for player, who in enumerate(rules.players):
            use = first_use(profile, player, Action.OFFER_TALKS)
            if np.nansum(use.at_risk) > 0:
                rows = [[None if np.isnan(x) else round(float(x), 3) for x in column] for column in use.hazard.T]
                hazards[who] = dict(zip(rules.type_names[player], rows, strict=True))
        found.append({"name": component.name, "hazards": hazards})
    return {"preset": name, "complete": reference.complete, "equilibria": found}


def record() -> dict[str, Any]:
    """Everything."""
    wars = [name for name in preset_names("war") if name != "war-example"]
    return {
        "population": POPULATION,
        "learners": LEARNERS,
        "trainings": [population(*pair) for pair in product(EXPLORATIONS, STARTS)],
        "wars": [war(name) for name in wars],
    }


if __name__ == "__main__":
    write_bytes(Path(sys.argv[1]), (json.dumps(record(), ensure_ascii=False, separators=(",", ":")) + "\n").encode())
