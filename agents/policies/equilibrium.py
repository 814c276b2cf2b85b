"""Play by the book: equilibria as policies; those of the talks game are analytic (docs/model.md, section 2)."""

import numpy as np

from olivebranch.agents.policies.lookup import lookup_policies
from olivebranch.agents.policies.tabular import TabularPolicy
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.core.extras import import_for
from olivebranch.games.information import Policy
from olivebranch.games.registry import NamedGame
from olivebranch.games.rules import Action
from olivebranch.games.talks import (
    AFTER_FIGHT,
    AFTER_OFFER,
    HIGH,
    LOW,
    RECEIVER,
    SENDER,
    START,
    TalksParameters,
    compile_talks,
)
from olivebranch.theory.talks.solve import EQUILIBRIUM_NAMES, solve_talks
from olivebranch.theory.tree.histories import TreeTooLarge


def equilibrium_profile(game: NamedGame, name: str) -> tuple[Policy, ...]:
    """One policy a seat, in the equilibrium of ``game`` that ``olivebranch equilibria`` calls ``name``.

    Those of the talks game are worked out in closed form, with nothing but what environments are installed with.

    Raises:
        ParameterError: no equilibrium of the game has that name, or none is known.
        MissingExtra: the game is another one, and a package is missing that finds its equilibria.
    """
    if type(game.parameters) is TalksParameters:  # Those of the demonstration game are a subclass.
        return equilibrium_policies(game.parameters, name)
    reference = import_for("an equilibrium of this game by name", "olivebranch.theory.equilibria.reference")
    try:
        return lookup_policies(reference.equilibrium_profile(game, name))
    except TreeTooLarge as error:
        raise ParameterError("equilibrium", name, f"a game whose tree fits ({error})") from None


def equilibrium_policies(
    parameters: TalksParameters, name: str, off_path_reply: float = 1.0
) -> tuple[TabularPolicy, TabularPolicy]:
    """Sender's and receiver's policy in one equilibrium component.

    Args:
        parameters: of the game.
        name: of the component, e.g. ``"pool-talk"``.
        off_path_reply: where the component allows an interval of replies to an unused message, the position of the
            reply in it, from 0 (least escalation) to 1 (most: a reply that a pure belief supports).

    Raises:
        ParameterError: there is no such component at these parameters, or ``off_path_reply`` is not in [0, 1].
    """
    if not 0.0 <= off_path_reply <= 1.0:
        raise ParameterError("off_path_reply", off_path_reply, "a number in [0, 1]")
    components = {equilibrium.name: equilibrium for equilibrium in solve_talks(parameters).equilibria}
    if name not in components:
        exist = f"one that exists at these parameters: {', '.join(components)}"
        raise ParameterError("equilibrium", name, exist if name in EQUILIBRIUM_NAMES else one_of(components, name))
    component, game = components[name], compile_talks(parameters)
    number = {state: index for index, state in enumerate(game.states)}
    # Where a seat does not act, its one legal action.
    tables = [np.repeat(game.legal[:, seat, None, :], n, axis=1).astype(float) for seat, n in enumerate(game.n_types)]

    offer = {HIGH: component.offer_high, LOW: component.offer_low}
    for own_type, probability in offer.items():
        row = tables[SENDER][number[START], own_type]
        row[Action.OFFER_TALKS], row[Action.FIGHT] = probability, 1.0 - probability
    replies = {
        AFTER_OFFER: (component.escalate_after_offer, Action.OFFER_TALKS),
        AFTER_FIGHT: (component.escalate_after_fight, Action.FIGHT),
    }
    for state, ((least, most), hold) in replies.items():
        escalate = least + off_path_reply * (most - least)
        row = tables[RECEIVER][number[state], 0]
        row[Action.ESCALATE], row[hold] = escalate, 1.0 - escalate
    return TabularPolicy(SENDER, tables[SENDER]), TabularPolicy(RECEIVER, tables[RECEIVER])
