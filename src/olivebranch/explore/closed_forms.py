"""The closed forms as JavaScript, made from the Python that defines them.

One script, ``closed_forms.js``, gives the page what :func:`olivebranch.theory.talks.solve.solve_talks` and
:func:`olivebranch.theory.selection.talks.select_talks` give in Python, the reasons in words included. The tests hold
the two against each other on random games.
"""

import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from scipy.special import expit, log_expit, logit

from olivebranch.explore.javascript import Translator
from olivebranch.games.demonstration import DemonstrationColumns
from olivebranch.games.rules import Action
from olivebranch.games.talks import AFTER_FIGHT, AFTER_OFFER, TalksColumns, TalksGame
from olivebranch.theory.selection import exploration, indices, reasons, stability, terms
from olivebranch.theory.talks import columns, demonstration, existence, kernel, regions, solve

PAGE = resources.files("olivebranch.explore") / "page"
NATIVE: tuple[Callable[..., Any], ...] = (
    kernel.decisive_quantities,
    kernel.decide,
    kernel.knife_edge_distance,
    kernel.fill_components,
    demonstration.decide_demonstration,
)
GENERAL = (
    TalksColumns,
    DemonstrationColumns,
    columns.ComponentColumns,
    solve._exact_thresholds,
    solve._knife_edges,
    existence.ways_to_exist,
    existence.nearest_way,
    TalksGame._payoffs,
    terms.Terms,
    indices.component_indices,
    exploration.ConstantRates,
    exploration.LogitLimit,
    exploration.Logit,
    exploration.sustained,
    stability.stability,
    reasons.index_reason,
    reasons.exploration_reason,
    reasons.stability_reason,
)
PROVIDED = {
    kernel.solve_array: "solveArray",
    Fraction: "Fraction.of",
    expit: "special.expit",
    logit: "special.logit",
    log_expit: "special.log_expit",
}
EXPORTS = ("solveTalks", "selectTalks", "regionMap", "demonstrationFlags", "solveArray", "solveOneNative", "payoffs")


def read_page(name: str) -> str:
    """A file of the page, as text."""
    return (PAGE / name).read_text(encoding="utf-8")


@cache
def closed_forms() -> str:
    """The script, which adds ``OB.forms`` to what ``runtime.js`` made."""
    translator = Translator(NATIVE, PROVIDED)
    translator.add(*GENERAL)
    constants = {
        "ROWS": kernel.ROWS,
        "FIELDS": TalksColumns._fields,
        "DEMONSTRATION_FIELDS": DemonstrationColumns._fields,
        "LABELS": stability.LABELS,
        "DYNAMICS": stability.DYNAMICS,
        "NEAR_KNIFE_EDGE": solve.NEAR_KNIFE_EDGE,
        "OFF_CENTRE": regions.OFF_CENTRE,
        "REPLIES": {  # state and action, for each message and for holding and escalating
            "fight": [[AFTER_FIGHT, Action.FIGHT], [AFTER_FIGHT, Action.ESCALATE]],
            "offer": [[AFTER_OFFER, Action.OFFER_TALKS], [AFTER_OFFER, Action.ESCALATE]],
        },
    }
    shared = ", ".join([*EXPORTS, *constants])
    return "\n".join(
        [
            "/* Generated from the Python of olivebranch by explore/closed_forms.py; do not edit. */",
            '"use strict";',
            'if (typeof require !== "undefined" && typeof OB === "undefined") var OB = require("./runtime.js");',
            "OB.forms = (({ py, np, special, Fraction, NDArray }) => {",
            *(f"const {name} = {json.dumps(value)};" for name, value in constants.items()),
            translator.text(),
            read_page("glue.js"),
            f"return {{ {shared}, translated: {{ {', '.join(sorted(translator.exports().values()))} }} }};",
            "})(OB.runtime);",
            'if (typeof module !== "undefined") module.exports = OB;',
            "",
        ]
    )
