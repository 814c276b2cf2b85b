"""Games whose equilibria are known in closed form: the talks game, the demonstration game and Kuhn poker.

Those of the talks game and of Kuhn poker are complete. That of the demonstration game gives the equilibrium of interest
in its two forms; there may be others, which enumeration finds.
"""

from dataclasses import dataclass
from functools import cached_property, singledispatch

import numpy as np

from olivebranch.games.base import FloatArray, IntArray
from olivebranch.games.demonstration import DemonstrationParameters
from olivebranch.games.kuhn import KuhnParameters, equilibrium_behaviour
from olivebranch.games.rules import Action
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.equilibria.cells import ProductCell, least_absolute
from olivebranch.theory.equilibria.components import Component, Distances
from olivebranch.theory.equilibria.enumerated import SignallingComponent
from olivebranch.theory.equilibria.signalling_play import SignallingPlay
from olivebranch.theory.signalling.game import signalling_form
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.talks.demonstration import solve_demonstration
from olivebranch.theory.talks.distance import distance
from olivebranch.theory.talks.solve import Interval, TalksEquilibrium, solve_talks
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile, build_profile
from olivebranch.theory.tree.sequence_form import SequenceForm, sequence_form


@dataclass(frozen=True)
class ClosedForm:
    """What a closed form tells of a game.

    Attributes:
        components: by name; none where the form does not apply.
        complete: whether the game has no other equilibria.
    """

    components: tuple[Component, ...] = ()
    complete: bool = False


@singledispatch
def closed_form(parameters: object, tree: GameTree) -> ClosedForm:
    """The equilibria that are known in closed form: of most games none.

    Args:
        parameters: of the game; their class says which game it is.
        tree: the game's tree.
    """
    return ClosedForm()


@closed_form.register
def _talks(parameters: TalksParameters, tree: GameTree) -> ClosedForm:
    play = SignallingPlay.of(tree, signalling_form(tree.game))
    solution = solve_talks(parameters)
    if solution.enumerated is not None:  # a knife edge that the closed forms do not know
        return ClosedForm()
    components = (TalksComponent(parameters, equilibrium, play) for equilibrium in solution.equilibria)
    return ClosedForm(tuple(components), complete=True)


@closed_form.register
def _demonstration(parameters: DemonstrationParameters, tree: GameTree) -> ClosedForm:
    form = signalling_form(tree.game)
    play, prior = SignallingPlay.of(tree, form), np.array(form.prior, dtype=np.float64)
    payoffs = np.array(form.sender_payoffs, dtype=np.float64)
    components = []
    for equilibrium in solve_demonstration(parameters):
        # The intervals are of positive length off the path only.
        cell = ProductCell(
            equilibrium.strategy, tuple(_replies(play, m, interval) for m, interval in enumerate(equilibrium.escalate))
        )
        most = np.array([rows[-1] for rows in cell.replies])
        components.append(
            SignallingComponent(equilibrium.name, play, prior, payoffs, (cell,), (equilibrium.strategy, most))
        )
    return ClosedForm(tuple(components))


@closed_form.register
def _kuhn(parameters: KuhnParameters, tree: GameTree) -> ClosedForm:
    return ClosedForm((KuhnComponent(tree),), complete=True)


def _replies(play: SignallingPlay, message: int, escalate: Interval) -> FloatArray:
    """The replies to a message that escalate with the least and the most probability of an interval, ``[2, a]``, or
    ``[1, a]`` if the two are the same."""
    node = play.replies[message]
    legal = play.tree.game.legal[play.tree.stages[node.stage].state[node.row], 1, play.responses]
    escalates = play.responses == Action.ESCALATE
    rows = [np.where(escalates, share, np.where(legal, 1 - share, 0.0)) for share in dict.fromkeys(escalate)]
    return np.array(rows)


@dataclass(frozen=True)
class TalksComponent:
    """A component of the talks game's equilibria.

    Attributes:
        parameters: of the game.
        equilibrium: the closed form.
        play: where messages and responses are on the tree.
    """

    parameters: TalksParameters
    equilibrium: TalksEquilibrium
    play: SignallingPlay

    @property
    def name(self) -> str:
        """A row of the table in docs/model.md, section 2."""
        return self.equilibrium.name

    def distances(self, profile: BehaviourProfile) -> Distances:
        """See :class:`~olivebranch.theory.equilibria.components.Component`."""
        prior = np.array([self.parameters.prior_high, 1 - self.parameters.prior_high], dtype=np.float64)
        found = distance(prior, TalksBehaviour.of(profile), self.equilibrium)
        return Distances(found.on_path, found.off_path, found.behaviour)

    def profile(self) -> BehaviourProfile:
        """The equilibrium that escalates most after an unused message: a reply that a pure belief supports."""
        known = self.equilibrium
        offers = np.array([known.offer_high, known.offer_low])
        intervals = (known.escalate_after_fight, known.escalate_after_offer)
        reply = np.array([_replies(self.play, m, interval)[-1] for m, interval in enumerate(intervals)])
        return self.play.profile(np.stack([1 - offers, offers], axis=1), reply, np.zeros((2, *reply.shape)))


def kuhn_equilibrium(tree: GameTree, jack_bets: float) -> BehaviourProfile:
    """Kuhn's equilibrium in which the first player bets a jack with probability ``jack_bets``, in [0, 1/3]."""
    table = equilibrium_behaviour(jack_bets)

    def behaviour(seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> FloatArray:
        cards = zip(own_type.tolist(), public_state.tolist(), strict=True)
        bets = np.array([table[seat, card, str(tree.game.states[number])] for card, number in cards])
        return np.stack([1 - bets, bets], axis=1)

    return build_profile(tree, behaviour)


@dataclass(frozen=True)
class KuhnComponent:
    """Kuhn's one-parameter family of equilibria.

    Attributes:
        tree: of Kuhn poker.
    """

    tree: GameTree
    name: str = "kuhn-1950"

    @cached_property
    def _ends(self) -> tuple[SequenceForm, FloatArray, FloatArray]:
        form = sequence_form(self.tree)
        ends = [form.plays(form.plan(kuhn_equilibrium(self.tree, share))) for share in (0.0, 1 / 3)]
        return form, ends[0], ends[1]

    def distances(self, profile: BehaviourProfile) -> Distances:
        """See :class:`~olivebranch.theory.equilibria.components.Component`; exact.

        The first player's realisation plan is affine in the family's parameter and the second player's is the same for
        all, so the probability of every play is affine in it.
        """
        form, first, last = self._ends
        learned = form.plays(form.plan(profile))
        share = least_absolute(first - learned, last - first)
        return Distances(float(np.abs((1 - share) * first + share * last - learned).sum()) / 2, None)

    def profile(self) -> BehaviourProfile:
        """The equilibrium in the middle of the family."""
        return kuhn_equilibrium(self.tree, 1 / 6)
