"""``selected``: among several equilibria play has gone to this one; which rules name it, and which name others?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from olivebranch.eval.explain.causes import SELECTED, Cause, cause
from olivebranch.eval.explain.played import Played
from olivebranch.games.registry import NamedGame
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.equilibria.components import Component, Distances
from olivebranch.theory.equilibria.enumerated import EnumeratedComponent
from olivebranch.theory.equilibria.reference import Reference, enumerated
from olivebranch.theory.selection.talks import select_talks
from olivebranch.theory.signalling.numbers import EnumerationTooLarge
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.talks.solve import solve_talks
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import uniform_profile

CLOSE = 1e-6  # of payoffs over their range: as good as the best


@dataclass(frozen=True)
class Rules:
    """Which components each rule names.

    Attributes:
        names: by rule, the components that it names; rules that name none or all are left out.
    """

    names: Mapping[str, frozenset[str]]

    def of(self, component: str) -> tuple[str, ...]:
        """The rules that name it."""
        return tuple(rule for rule, named in self.names.items() if component in named)

    def against(self, component: str) -> tuple[str, ...]:
        """The rules that name others only."""
        return tuple(rule for rule, named in self.names.items() if component not in named)


def rules_of(named: NamedGame, tree: GameTree, reference: Reference) -> Rules:
    """What the rules of selection say of a game's known components.

    Of every game: the largest payoff of each player, the largest joint payoff, nearest to uniform play. Of signalling
    games also the refinements; of talks games also the limit of the logit branch and what exploration sustains.
    """
    components = reference.components
    found: dict[str, frozenset[str]] = {}
    values = np.array([evaluate(component.profile()).values for component in components])
    for seat, player in enumerate(tree.game.game.players):
        found[f"{player}'s payoff"] = _largest(components, values[:, seat])
    found["joint payoff"] = _largest(components, values.sum(axis=1))
    uniform = uniform_profile(tree)
    near = np.array([component.distances(uniform).on_path for component in components])
    found["nearest to uniform play"] = _largest(components, -near)
    if isinstance(named.parameters, TalksParameters):
        found |= _talks(named.parameters)
    else:
        found |= _refinements(_enumerated(named, tree))
    every = frozenset(reference.names)
    return Rules({rule: who & every for rule, who in found.items() if 0 < len(who & every) < len(every)})


def _largest(components: tuple[Component, ...], worth: np.ndarray) -> frozenset[str]:
    close = worth >= worth.max() - CLOSE * max(1.0, float(np.abs(worth).max()))
    return frozenset(component.name for component, best in zip(components, close.tolist(), strict=True) if best)


def _talks(parameters: TalksParameters) -> dict[str, frozenset[str]]:
    solution, selection = solve_talks(parameters), select_talks(parameters)
    found = {
        "D1": frozenset(e.name for e in solution.equilibria if e.d1),
        "intuitive criterion": frozenset(e.name for e in solution.equilibria if e.intuitive),
    }
    if selection.logit_limit is not None:
        found["limit of the logit branch"] = frozenset([selection.logit_limit])
    if selection.components:
        for place, verdict in enumerate(selection.components[0].sustained):
            holds = frozenset(c.name for c in selection.components if c.sustained[place].holds)
            found[f"sustained by exploration ({verdict.exploration})"] = holds
    return found


def _enumerated(named: NamedGame, tree: GameTree) -> tuple[EnumeratedComponent, ...]:
    try:
        return enumerated(named, tree) or ()
    except EnumerationTooLarge:
        return ()


def _refinements(components: tuple[EnumeratedComponent, ...]) -> dict[str, frozenset[str]]:
    if not components:
        return {}
    refiner = Refiner(components[0].found.pieces[0].context)
    verdicts = {component.known.name: refiner.verdicts(component.found) for component in components}
    filters = next(iter(verdicts.values()))
    return {
        rule.replace("_", " "): frozenset(name for name, verdict in verdicts.items() if verdict[rule].survives)
        for rule in filters
    }


def _apart(distances: Distances) -> float:
    return max(distances.on_path, distances.off_path or 0.0)


def selected(case: Played) -> Cause | None:
    """The share of the distance from the equilibria that other rules name, which going elsewhere would remove.

    Counterfactual: play is as far from the nearest equilibrium that a rule names which does not name this one as it is
    from this one. If it is d away from this one and D from that one, the strength is 1 - d / D.
    """
    nearest, reference = case.nearest, case.reference
    if not reference.components:
        return None
    here = _apart(reference.component(nearest.component).distances(case.profile))
    if len(reference.components) == 1:
        text = f"{nearest.component} is the only equilibrium that is known of this game."
        return cause(SELECTED, 1.0 if nearest.reached else 0.0, (nearest.component,), text, distance=here)
    rules = rules_of(case.named, case.tree, reference)
    against = rules.against(nearest.component)
    wanted = set[str]().union(*(rules.names[rule] for rule in against)) or set(reference.names) - {nearest.component}
    there = {name: _apart(reference.component(name).distances(case.profile)) for name in wanted}
    other = min(there, key=lambda name: (there[name], name))
    of = rules.of(nearest.component)
    text = (
        f"play is nearest to {nearest.component} ({here:.3g} away); the game has {len(reference.components)} known "
        f"equilibria. It is named by: {', '.join(of) or 'no rule'}. Other equilibria are named by: "
        f"{', '.join(f'{rule} ({_listed(rules.names[rule])})' for rule in against) or 'no rule'}."
    )
    strength = 1 - here / there[other] if there[other] > 0 else 0.0
    return cause(SELECTED, strength, (nearest.component,), text, distance=here, distance_of_others=there[other])


def _listed(names: frozenset[str]) -> str:
    return " or ".join(sorted(names))
