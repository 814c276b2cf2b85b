"""What tables and pages call the refinements."""

from collections.abc import Mapping

REFINEMENTS: Mapping[str, str] = {
    "intuitive": "the intuitive criterion",
    "d1": "D1",
    "d2": "D2",
    "universal_divinity": "universal divinity",
    "never_weak_best_response": "never a weak best response",
    "rationality_compatible": "rationality-compatible equilibrium",
    "passive": "passive conjectures",
    "logit_limit": "the logit limit",
}
