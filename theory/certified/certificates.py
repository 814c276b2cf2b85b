"""What is proven of a game's equilibria, as plain values that can be stored beside the game and checked again.

======================  ==============================================================================================
``method``              what the certificate holds
======================  ==============================================================================================
``enumeration``         of a signalling game every component: its name, its proof in fractions
                        (:mod:`olivebranch.theory.signalling.certificate`) and the verdict of each refinement
``closed form``         the names of all components; Kuhn poker
``linear programming``  the value of a two-player game of constant sum to the first player
``logit``               one equilibrium, as a table, with its exact NashConv: the limit of the logit branch
``none``                nothing, and why
======================  ==============================================================================================

Magnetic mirror descent and CFR+ make none of them, because they compete where these games are used.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from olivebranch.games.registry import NamedGame
from olivebranch.theory.equilibria.closed_forms import closed_form
from olivebranch.theory.equilibria.enumerated import signalling_game
from olivebranch.theory.equilibria.numerical import (
    LINEAR_PROGRAM,
    LOGIT,
    Search,
    find_equilibria,
    is_constant_sum,
    payoff_range,
)
from olivebranch.theory.equilibria.polish import MOST_SEQUENCES
from olivebranch.theory.equilibria.reference import enumerated
from olivebranch.theory.quantal_response.branch import BranchLost
from olivebranch.theory.signalling.certificate import Certificate, check_certificate
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree, estimate, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.sequence_form import count_sequences

Values = Mapping[str, Any]

ENUMERATION, CLOSED_FORM, PROGRAM, BRANCH, NONE = "enumeration", "closed form", "linear programming", "logit", "none"
COMPLETE = (ENUMERATION, CLOSED_FORM)  # the methods that know every equilibrium
MOST_SETS = 400  # information sets up to which the logit branch is followed: seconds
TOLERANCE = 1e-6  # NashConv of a numerical equilibrium, over the range of payoffs
DIGITS = 12  # of stored probabilities


def certify(game: NamedGame) -> dict[str, Any]:
    """What can be proven of a game's equilibria, in plain values; see the module.

    Raises:
        EnumerationTooLarge: it is a signalling game that is too large to enumerate.
        TreeTooLarge: its tree does not fit into memory.
    """
    tree = unroll(game.compiled)
    components = enumerated(game, tree)
    if components is not None:
        refiner = Refiner(components[0].found.pieces[0].context)
        return {
            "method": ENUMERATION,
            "components": [
                {
                    "name": component.known.name,
                    "kind": component.found.kind,
                    "dimension": component.found.dimension,
                    "refinements": {
                        name: verdict.survives for name, verdict in refiner.verdicts(component.found).items()
                    },
                    "proof": component.found.certificate.as_dict(),
                }
                for component in components
            ],
        }
    known = closed_form(game.parameters, tree)
    if known.complete:
        return {"method": CLOSED_FORM, "components": [{"name": component.name} for component in known.components]}
    if is_constant_sum(game.compiled) and count_sequences(tree) <= MOST_SEQUENCES:
        found = find_equilibria(tree, Search(solvers=(LINEAR_PROGRAM,)), cached=False)
        return {"method": PROGRAM, "value": round(float(found.components[0].equilibrium.evaluation.values[0]), 9)}
    return _by_branch(tree)


def _by_branch(tree: GameTree) -> dict[str, Any]:
    sets = estimate(tree.game).information_sets
    if sets > MOST_SETS:
        return {"method": NONE, "reason": f"{sets} information sets; the logit branch is followed up to {MOST_SETS}"}
    try:
        found = find_equilibria(tree, Search(solvers=(LOGIT,)), cached=False)
    except BranchLost as error:
        return {"method": NONE, "reason": f"the logit branch was lost ({error})"}
    profile = found.components[0].equilibrium.profile
    values = {"method": BRANCH, "profile": [np.round(table, DIGITS).tolist() for table in profile.stages]}
    nash_conv = evaluate(_stored_profile(tree, values)).nash_conv
    if nash_conv > TOLERANCE * payoff_range(tree.game):
        return {"method": NONE, "reason": f"the end of the logit branch has a NashConv of {nash_conv:.1e}"}
    return {**values, "nash_conv": nash_conv}


def check(game: NamedGame, certificate: Values) -> list[str]:
    """What is wrong with ``certificate`` as a statement about ``game``; an empty list if it holds.

    Proofs are checked from the definition of equilibrium; then everything is computed anew and compared.
    """
    method = certificate.get("method")
    faults = []
    tree = unroll(game.compiled)
    if method == ENUMERATION:
        form = signalling_game(game.compiled)
        if form is None:
            return ["it is no signalling game, and the certificate lists the equilibria of one"]
        for component in certificate["components"]:
            proof = Certificate.from_dict(component["proof"])
            faults += [f"{component['name']}: {fault}" for fault in check_certificate(form, proof)]
    if method == BRANCH:  # the branch need not be followed again: its end speaks for itself
        nash_conv, most = evaluate(_stored_profile(tree, certificate)).nash_conv, TOLERANCE * payoff_range(tree.game)
        return [] if nash_conv <= most else [f"NashConv is {nash_conv:.1e} and should be at most {most:.1e}"]
    if method == NONE:
        return []
    again = certify(game)
    if again != dict(certificate):
        wrong = [key for key in {*again, *certificate} if again.get(key) != certificate.get(key)]
        faults.append(f"computed anew, it differs in {', '.join(sorted(wrong))}")
    return faults


def _stored_profile(tree: GameTree, values: Values) -> BehaviourProfile:
    stages = []
    for table in values["profile"]:
        stage = np.array(table, dtype=np.float64)
        stages.append(stage / stage.sum(axis=2, keepdims=True))
    return BehaviourProfile(tree, tuple(stages))
