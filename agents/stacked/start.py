"""Where stacked learners begin: in uniform play, at random, or in a given profile, such as a point of a component.

What an algorithm keeps at each action decides how it is put there:

=================================  ====================================================================================
what is kept                       how it begins in a profile; at random
=================================  ====================================================================================
action values (Q-learning, EWA)    with what each action is worth in the profile, replies off the path included, for
                                   which the receiver's belief is needed; where the profile mixes, values differ by as
                                   much as the first temperature needs to mix so. At random: values drawn uniformly
                                   between the least and the largest payoff of their row
behaviour (all others)             with the profile itself, in the form in which it is kept: propensities, log weights,
                                   logits, the first strategy of fictitious play, the play that CFR falls back on until
                                   it has regrets. At random: every row drawn from the flat Dirichlet distribution
=================================  ====================================================================================

Exploration is that of the settings, from the first play on. So a Q-learner begins with the logit (or greedy) response
to the profile's values: near the profile if the first temperature is low against what deviations lose, and nowhere near
if it is high. An action that the profile does not use though it is worth as much as those it uses ties with them.
"""

from dataclasses import dataclass

from olivebranch.core.errors import ParameterError
from olivebranch.games.base import FloatArray


@dataclass(frozen=True)
class UniformStart:
    """Every legal action alike."""


@dataclass(frozen=True)
class RandomStart:
    """Drawn for every run, from the run's own generator."""


@dataclass(frozen=True)
class ProfileStart:
    """A profile of every game.

    Attributes:
        sender: ``[games, types, messages]``.
        receiver: ``[games, messages, replies]``.
        beliefs: of the receiver about the type, ``[games, messages, types]``. By default Bayes' rule, and after a
            message that no type sends the belief under which the profile's reply is best by the largest margin.
    """

    sender: FloatArray
    receiver: FloatArray
    beliefs: FloatArray | None = None


Start = UniformStart | RandomStart | ProfileStart
UNIFORM, RANDOM = UniformStart(), RandomStart()


@dataclass(frozen=True)
class BestResponse:
    """A receiver that does not learn: it responds best to how the sender behaves, by Bayes' rule.

    It begins as the start says; then, before the first play and after every update, its behaviour moves towards the
    best response to the sender's behaviour of that moment, exploration included. Ties are shared evenly. A message that
    no type sends leaves its reply as it is.

    Attributes:
        rate: how far it moves, in (0, 1]; 1 is at once. Near a belief at which the receiver is indifferent an immediate
            response jumps to and fro, and what it replies on average is the mixture; a slow one settles there.
    """

    rate: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.rate <= 1.0:
            raise ParameterError("rate", self.rate, "a number above 0 and at most 1")
