"""Policies of your own in one file: plain functions of an information state, to be named wherever a policy is.

Play them against equilibria and runs, learn against them, or put them into an environment's other seats:

    olivebranch cross-play --game rival-expectations my_policy.py:bold my_policy.py:wary equilibrium:pool-talk
    olivebranch train CONFIG "opponents={receiver: my_policy.py:wary}"
    gymnasium.make("olivebranch/Talks-v0", opponent="my_policy.py:wary")

A function gets what its player knows, in the game's own names, and answers with the name of an action, or with
probabilities by name. It is asked once about each information state, so it must not depend on anything else.
"""

from olivebranch.games.information import InformationState


def bold(known: InformationState) -> str:
    """Fights on and escalates whenever the rules allow it."""
    return "ESCALATE" if "ESCALATE" in known.legal_actions else "FIGHT"


def wary(known: InformationState) -> dict[str, float]:
    """Offers talks mostly if it is of low resilience; takes two offers in three for weakness."""
    if not known.history:  # the first stage: the sender speaks
        offers = 0.9 if known.own_type == "low" else 0.2
        return {"OFFER_TALKS": offers, "FIGHT": 1.0 - offers}
    if known.history[-1].actions["sender"] == "OFFER_TALKS":
        return {"ESCALATE": 2 / 3, "OFFER_TALKS": 1 / 3}
    return {"FIGHT": 1.0}
