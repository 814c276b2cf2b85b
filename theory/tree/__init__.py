"""The tree of public histories: what any play of any game of the class is worth, and solvers that read all of it.

The names below are the public face of this room; everything else is in its modules.
"""

from olivebranch.theory.tree.evaluation import Evaluation, best_response, evaluate
from olivebranch.theory.tree.histories import GameTree, TreeTooLarge, estimate, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, build_profile, uniform_profile

__all__ = [
    "BehaviourProfile",
    "Evaluation",
    "GameTree",
    "TreeTooLarge",
    "best_response",
    "build_profile",
    "estimate",
    "evaluate",
    "uniform_profile",
    "unroll",
]
