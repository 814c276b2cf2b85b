"""What must not matter does not: names, units of payoffs, and payoffs that no choice of one's own can change."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.refinements import Refiner

SHAPES = st.sampled_from([(2, 2, 2), (2, 3, 2), (3, 2, 2), (2, 2, 3)])
Tensor = list[list[list[int]]]


@st.composite
def games(draw: st.DrawFn) -> tuple[list[Fraction], Tensor, Tensor]:
    """Small integers, so that ties are common."""
    types, messages, responses = draw(SHAPES)
    weights = draw(st.lists(st.integers(1, 4), min_size=types, max_size=types))
    table = st.lists(
        st.lists(
            st.lists(st.integers(-3, 3), min_size=responses, max_size=responses), min_size=messages, max_size=messages
        ),
        min_size=types,
        max_size=types,
    )
    return [Fraction(w, sum(weights)) for w in weights], draw(table), draw(table)


def described(game: SignallingGame) -> set:
    """Components as sets of (supports, dimension, verdicts), which do not depend on any order."""
    found = set()
    for component in enumerate_equilibria(game).components:
        verdicts = Refiner(component.pieces[0].context).verdicts(component)
        pieces = frozenset((p.sender_support, p.receiver_support, p.dimension) for p in component.pieces)
        found.add((pieces, tuple((name, verdict.survives) for name, verdict in verdicts.items())))
    return found


@settings(max_examples=40, deadline=None)
@given(games(), st.data())
def test_units_and_constants_do_not_matter(game: tuple, data: st.DataObject) -> None:
    prior, sender, receiver = game
    numbers = st.integers(-5, 5)
    scale = st.integers(1, 7)
    units = [(data.draw(scale), data.draw(numbers)) for _ in sender]
    scales = [data.draw(scale) for _ in sender[0]]
    other_sender = [[[k * u + c for u in row] for row in plane] for plane, (k, c) in zip(sender, units, strict=True)]
    constants = [[data.draw(numbers) for _ in plane] for plane in receiver]
    other_receiver = [
        [[k * v + c for v in row] for row, k, c in zip(plane, scales, row_constants, strict=True)]
        for plane, row_constants in zip(receiver, constants, strict=True)
    ]
    assert described(SignallingGame(prior, sender, receiver)) == described(
        SignallingGame(prior, other_sender, other_receiver)
    )


@settings(max_examples=40, deadline=None)
@given(games(), st.data())
def test_the_order_of_types_messages_and_responses_does_not_matter(game: tuple, data: st.DataObject) -> None:
    prior, sender, receiver = game
    t, m, a = (data.draw(st.permutations(range(n))) for n in (len(sender), len(sender[0]), len(sender[0][0])))

    def moved(table: Tensor) -> Tensor:
        return [[[table[i][j][k] for k in a] for j in m] for i in t]

    def back(found: set) -> set:
        """The supports of the reordered game in the old order."""
        return {
            (
                frozenset(
                    (
                        tuple(tuple(sorted(m[j] for j in sent[t.index(i)])) for i in range(len(t))),
                        tuple(tuple(sorted(a[k] for k in reply[m.index(j)])) for j in range(len(m))),
                        dimension,
                    )
                    for sent, reply, dimension in pieces
                ),
                verdicts,
            )
            for pieces, verdicts in found
        }

    reordered = SignallingGame([prior[i] for i in t], moved(sender), moved(receiver))
    assert described(SignallingGame(prior, sender, receiver)) == back(described(reordered))
