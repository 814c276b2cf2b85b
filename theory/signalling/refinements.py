"""Refinements of equilibrium in signalling games: which outcomes survive which restriction of beliefs.

All are tests of an *outcome*: the equilibrium payoffs u*(θ) and the messages that are used. After an unused message m,
let MBR(Θ', m) be the mixed replies that are optimal at some belief over the types Θ', and

    D(θ)  = {ρ in MBR(Θ, m): u(θ, m, ρ) > u*(θ)},    D0(θ) = {ρ in MBR(Θ, m): u(θ, m, ρ) = u*(θ)}.

| filter | type θ is struck out after m if | source |
|---|---|---|
| ``intuitive`` | no best response gives θ as much as u*(θ) | Cho and Kreps 1987, section III |
| ``d1`` | D(θ) ∪ D0(θ) lies in D(θ') for some other θ' | Cho and Kreps 1987, section IV; Banks and Sobel 1987 |
| ``d2`` | D(θ) ∪ D0(θ) lies in the union of D(θ') over the others | the same |
| ``universal_divinity`` | as d2, repeated with MBR over the types that are left | Banks and Sobel 1987 |
| ``never_weak_best_response`` | D0(θ) lies in that union; repeated likewise | Cho and Kreps 1987, section IV |
| ``rationality_compatible`` | see :meth:`Refiner.compatible_replies` | Fudenberg and He 2020, arXiv 1709.01024 |
| ``passive`` | see :meth:`Refiner.passive_replies` | Rubinstein 1985, Econometrica 53: 1151-1172 |

``intuitive`` is one round of the test, as Cho and Kreps define it: it is not repeated with the types that are left. It
fails if some type that is left gains by m at every best response to beliefs over the types left. The
others survive at m if some belief that they allow has a best response at which no type gains: the outcome is
then still that of an equilibrium. Where no reply in MBR(Θ, m) makes any type gain, m is no temptation and is not
tested. D(θ) and MBR are unions of polytopes, so that every inclusion is decided by the corners of polytopes, exactly.

The verdict on a component is that *some* equilibrium in it survives. At generic payoffs a component has one outcome,
and the verdict is exact. Where outcomes differ inside a component (a knife edge, or a type of probability zero, whose
payoff is part of the outcome), they are tested at its extreme equilibria and at the representative of each piece; the
verdict "does not survive" then means: none of these does.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from olivebranch.theory.signalling.beliefs import (
    MessageBeliefs,
    belief_vertices,
    bits,
    largest_sets,
    mask_of,
    reply_polytopes,
)
from olivebranch.theory.signalling.numbers import Number, Vector, dot, extreme_rays
from olivebranch.theory.signalling.pieces import Component, Context, Piece, Strategy

Types = tuple[int, ...]


@dataclass(frozen=True)
class Verdict:
    """What a filter says of an outcome.

    Attributes:
        survives: the verdict.
        reason: in a sentence, by the names of types and messages.
        message: the message at which it fails, else None.
        struck: the types that beliefs after ``message`` may not point to.
        gains: a type that then gains by ``message`` whatever the best response, if there is a single one.
    """

    survives: bool
    reason: str
    message: int | None = None
    struck: Types = ()
    gains: int | None = None


class Deviation:
    """An unused message at a given outcome: who gains from it at which replies.

    Attributes:
        gains: for each type that can send the message, the vector over responses whose product with a mixed reply has
            the sign of u(θ, m, ρ) - u*(θ).
    """

    def __init__(self, context: Context, message: int, values: Vector) -> None:
        self.context, self.message = context, message
        self.cell: MessageBeliefs = context.beliefs[message]
        payoffs, numbers = context.scaled.sender, context.scaled.numbers
        self.gains: dict[int, Vector] = {
            t: numbers.clear([u - values[t] for u in payoffs[t][message]]) for t in self.cell.senders
        }

    @cached_property
    def tempted(self) -> Types:
        """The types that gain at some reply that some belief makes optimal."""
        return tuple(t for t in self.gains if self.can_gain(t, self.cell.maximal))

    def can_gain(self, sender: int, sets: Iterable[int], weakly: bool = False) -> bool:
        """Whether ``sender`` gains (or, weakly, does not lose) at some mixed reply on one of ``sets``."""
        least = 0 if weakly else 1
        sign = self.context.scaled.numbers.sign
        return any(sign(self.gains[sender][a]) >= least for responses in sets for a in bits(responses))

    def exists(
        self, sets: tuple[int, ...], up: Types = (), down: Types = (), level: Types = ()
    ) -> Iterator[tuple[int, list[Vector]]]:
        """The mixed replies on ``sets`` at which types ``up`` do not lose, ``down`` do not gain and ``level`` neither.

        Yields:
            (set, vertices) of each polytope that is not empty.
        """
        limits = [self.gains[t] for t in up] + [tuple(-g for g in self.gains[t]) for t in down]
        equalities = tuple(self.gains[t] for t in level)
        width = len(self.context.game.response_names)
        return reply_polytopes(tuple(limits), equalities, sets, width, self.context.scaled.numbers)

    def sets_for(self, types: Types) -> tuple[int, ...]:
        """The largest sets of responses that are optimal together at some belief over ``types``."""
        if types == self.cell.senders:
            return self.cell.maximal
        return largest_sets([best for _, best in belief_vertices(self.context.scaled, self.message, types)])

    def struck_by_dominance(self) -> Types:
        """Types that would lose by the message at every best response (Cho and Kreps 1987: equilibrium dominated)."""
        return tuple(t for t in self.gains if not self.can_gain(t, self.cell.maximal, weakly=True))

    def struck_by_d1(self) -> Types:
        """Types for which another one gains whenever they do not lose."""
        return tuple(
            t
            for t in self.gains
            if any(
                other != t and not any(self.exists(self.cell.maximal, up=(t,), down=(other,))) for other in self.tempted
            )
        )

    def struck_by_d2(self) -> Types:
        """Types at whose every reply without loss some other type gains."""
        return self._covered(self.cell.senders, indifferent=False)

    def struck_by_universal_divinity(self) -> Types:
        """D2 repeated: what is struck out is no longer believed, which leaves fewer replies, and so on."""
        return self._repeated(indifferent=False)

    def struck_by_never_weak(self) -> Types:
        """Types for whom the message is never a weak best response: where they are indifferent another one gains.

        Repeated, as in Cho and Kreps (1987), so that what survives is universally divine.
        """
        return self._repeated(indifferent=True)

    def _covered(self, among: Types, indifferent: bool) -> Types:
        """The types in ``among`` at whose every reply without loss (or of indifference) another of them gains."""
        sets = self.sets_for(among)
        if not any(self.can_gain(t, sets) for t in among):
            return ()
        others = {t: tuple(other for other in among if other != t) for t in among}
        if indifferent:
            return tuple(t for t in among if not any(self.exists(sets, level=(t,), down=others[t])))
        return tuple(t for t in among if not any(self.exists(sets, up=(t,), down=others[t])))

    def _repeated(self, indifferent: bool) -> Types:
        """A round that would strike out every type is not taken (as in Banks and Sobel 1987)."""
        left = self.cell.senders
        while struck := self._covered(left, indifferent):
            if len(struck) == len(left):
                break
            left = tuple(t for t in left if t not in struck)
        return tuple(t for t in self.cell.senders if t not in left)


STRIKES: Mapping[str, Callable[[Deviation], Types]] = {
    "d1": Deviation.struck_by_d1,
    "d2": Deviation.struck_by_d2,
    "universal_divinity": Deviation.struck_by_universal_divinity,
    "never_weak_best_response": Deviation.struck_by_never_weak,
}
FILTERS = ("intuitive", *STRIKES, "rationality_compatible", "passive")


class Refiner:
    """Applies all filters to the outcomes of one game; keeps what does not depend on the outcome."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._compatible: dict[int, tuple[tuple[int, int], ...]] = {}
        self._tested: dict[tuple[Any, ...], dict[str, Verdict]] = {}

    def verdicts(self, component: Component) -> dict[str, Verdict]:
        """For each filter whether some equilibrium of ``component`` survives; the reason is that of the first that
        does, else that of the first one tested."""
        found: dict[str, Verdict] = {}
        for verdicts in self._outcomes(component):
            for name, verdict in verdicts.items():
                if name not in found or (verdict.survives and not found[name].survives):
                    found[name] = verdict
            if all(verdict.survives for verdict in found.values()):
                break
        return found

    def _outcomes(self, component: Component) -> Iterator[dict[str, Verdict]]:
        tested = set()
        # What a type of probability zero earns may hang on replies to messages that nobody else sends.
        improbable = any(not share for share in self.context.game.prior)
        for piece in (component.representative, *component.pieces):
            corners = [(piece.sender_strategy, piece.receiver_strategy)]
            if piece.outcome_varies or improbable:
                corners += [(s, r) for s in piece.sender_vertices for r in piece.receiver_vertices]
            for sender, receiver in corners:
                values, unused = self._values(sender, receiver)
                if (values, unused) not in tested:
                    tested.add((values, unused))
                    yield self._test(component, piece, values, unused)

    def piece_verdicts(self, component: Component, piece: Piece) -> dict[str, Verdict]:
        """The verdicts on the outcome at the representative of one piece of ``component``."""
        return self._test(component, piece, *self._values(piece.sender_strategy, piece.receiver_strategy))

    def _values(self, sender: Strategy, receiver: Strategy) -> tuple[Vector, Types]:
        """Equilibrium payoffs, in the units of ``Scaled.sender``, and unused messages."""
        game, payoffs = self.context.game, self.context.scaled.sender
        sign = self.context.scaled.numbers.sign
        values = tuple(
            dot(payoffs[t][m], receiver[m]) for t, m in ((t, _first(row, sign)) for t, row in enumerate(sender))
        )
        used = {m for p, row in zip(game.prior, sender, strict=True) if p for m, s in enumerate(row) if sign(s) > 0}
        return values, tuple(cell.message for cell in self.context.beliefs if cell.senders and cell.message not in used)

    def _test(self, component: Component, piece: Piece, values: Vector, unused: Types) -> dict[str, Verdict]:
        """The verdicts on an outcome. Pieces with the same play on the path share them, and are asked for only once."""
        on_path = [m for m in range(len(self.context.beliefs)) if m not in unused]

        def path(of: Piece) -> tuple[Any, ...]:
            return of.sender_support, tuple(of.receiver_support[m] for m in on_path)

        first = component.pieces[0]
        key = (first.sender_support, first.receiver_support, path(piece), values, unused)
        if key not in self._tested:
            twins = [other for other in component.pieces if path(other) == path(piece)]
            self._tested[key] = self._judge(twins, values, unused)
        return self._tested[key]

    def _judge(self, twins: list[Piece], values: Vector, unused: Types) -> dict[str, Verdict]:
        """The verdicts on an outcome that ``twins`` share; between them they hold all replies to unused messages."""
        found = {name: Verdict(True, "every message is used" if not unused else "") for name in FILTERS}
        notes: dict[str, list[str]] = {name: [] for name in FILTERS}
        for m in unused:
            deviation = Deviation(self.context, m, values)
            within = {mask_of(other.receiver_support[m]) for other in twins}
            for name in FILTERS:
                if not found[name].survives:
                    continue
                verdict = self._at(name, deviation, within)
                notes[name].append(verdict.reason)
                found[name] = verdict
        return {
            name: Verdict(True, "; ".join(notes[name]) or verdict.reason) if verdict.survives else verdict
            for name, verdict in found.items()
        }

    def _at(self, name: str, deviation: Deviation, within: set[int]) -> Verdict:
        """The verdict of one filter at one unused message; ``within`` are the supports of the component's replies."""
        label = f"message {self.context.game.message_names[deviation.message]}"
        if not deviation.tempted:
            return Verdict(True, f"{label}: no type gains by it at any best response")
        if name == "intuitive":
            return self._intuitive(deviation, label)
        if name == "rationality_compatible":
            sets, struck, why = self.compatible_replies(deviation)
        elif name == "passive":
            sets, struck, why = self.passive_replies(deviation)
        else:
            struck = STRIKES[name](deviation)
            left = tuple(t for t in deviation.gains if t not in struck)
            sets, why = deviation.sets_for(left), self._named("beliefs exclude", struck)
        deterring = deviation.exists(sets, down=deviation.cell.senders)
        if any(_support(corners) in within for _, corners in deterring):
            return Verdict(True, f"{label}: {why}; a best response deters every type")
        tempted = [t for t in deviation.gains if not any(deviation.exists(sets, down=(t,)))]
        who = f"type {self.context.game.type_names[tempted[0]]} gains" if tempted else "some type gains"
        reason = f"{label}: {why}; {who} at every best response that is left"
        return Verdict(False, reason, deviation.message, struck, tempted[0] if tempted else None)

    def _named(self, verb: str, types: Types) -> str:
        names = ", ".join(self.context.game.type_names[t] for t in types)
        return f"{verb} type {names}" if names else f"{verb} no type"

    def _intuitive(self, deviation: Deviation, label: str) -> Verdict:
        struck = deviation.struck_by_dominance()
        left = tuple(t for t in deviation.gains if t not in struck)
        why = self._named("beliefs exclude", struck)
        sign = self.context.scaled.numbers.sign
        replies = [a for responses in deviation.sets_for(left) for a in bits(responses)]
        for t in left:
            if all(sign(deviation.gains[t][a]) > 0 for a in replies):
                who = self.context.game.type_names[t]
                reason = f"{label}: {why}; type {who} gains at every best response that is left"
                return Verdict(False, reason, deviation.message, struck, t)
        return Verdict(True, f"{label}: {why}; no type gains at every best response that is left")

    def compatible_replies(self, deviation: Deviation) -> tuple[tuple[int, ...], Types, str]:
        """The replies that a rationality-compatible equilibrium allows (Fudenberg and He 2020, definitions 1 to 5).

        Beliefs point to types that some best response would compensate, and raise the odds of θ' over θ'' against the
        prior wherever m is *more rationally compatible* with θ'. The receiver mixes over best responses to such
        beliefs; as only perfect Bayesian equilibria are judged here, over such as one belief makes optimal together.

        Returns:
            (sets of responses over which the receiver may mix, types excluded, in words).
        """
        game, scaled, m = self.context.game, self.context.scaled, deviation.message
        types = tuple(t for t in deviation.gains if deviation.can_gain(t, deviation.cell.maximal, weakly=True))
        limits = []
        order = self.compatibility(m)
        for stronger, weaker in order:
            odds: list[Number] = [0] * len(game.prior)
            odds[stronger], odds[weaker] = game.prior[weaker], -game.prior[stronger]
            limits.append(scaled.numbers.clear(odds))
        best = 0
        for _, optimal in belief_vertices(scaled, m, types, tuple(limits)):
            best |= optimal
        struck = tuple(t for t in deviation.gains if t not in types)
        pairs = ", ".join(f"{game.type_names[s]} over {game.type_names[w]}" for s, w in order)
        why = self._named("beliefs exclude", struck) + (f" and favour {pairs}" if pairs else "")
        return largest_sets([best & responses for responses in deviation.cell.maximal if best & responses]), struck, why

    def passive_replies(self, deviation: Deviation) -> tuple[tuple[int, ...], Types, str]:
        """The replies to *passive conjectures*: an unexpected message is taken to be no news, and the belief is the
        prior among the types that can send it. That is what the receiver learns of types that all explore equally often
        (docs/selection.md). Where none of these types can occur, nothing is learned, and any belief will do.

        Returns:
            (sets of responses over which the receiver may mix, types excluded, in words).
        """
        game, cell = self.context.game, deviation.cell
        if not any(game.prior[t] for t in cell.senders):
            return cell.maximal, (), "only types of probability zero can send it, so that any belief is allowed"
        weights = [p if t in cell.senders else 0 for t, p in enumerate(game.prior)]
        payoffs, sign = self.context.scaled.receiver[deviation.message], self.context.scaled.numbers.sign
        values = {a: dot(payoffs[a], weights) for a in bits(cell.responses)}
        best = max(values.values())
        optimal = mask_of(tuple(a for a, value in values.items() if sign(best - value) == 0))
        return (optimal,), (), "the belief is the prior among the types that can send it"

    def compatibility(self, message: int) -> tuple[tuple[int, int], ...]:
        """The pairs (θ', θ'') such that ``message`` is more rationally compatible with θ' than with θ''.

        That is: against every rational strategy of the receiver to which ``message`` is a best reply for θ'', it is
        the only best reply for θ' (Fudenberg and He 2020, definition 1).
        """
        if message not in self._compatible:
            senders = self.context.beliefs[message].senders
            self._compatible[message] = tuple(
                (stronger, weaker)
                for stronger in senders
                for weaker in senders
                if stronger != weaker and not self._counterexample(message, stronger, weaker)
            )
        return self._compatible[message]

    def _counterexample(self, message: int, stronger: int, weaker: int) -> bool:
        """Whether some rational receiver makes ``message`` best for ``weaker`` but not alone best for ``stronger``."""
        game, payoffs = self.context.game, self.context.scaled.sender
        rational = [tuple(bits(_union(cell.maximal))) for cell in self.context.beliefs]
        for rival in game.messages(stronger):
            if rival == message:
                continue
            places = [(m, a) for m in (message, rival) for a in rational[m]]
            side = {message: 1, rival: -1}
            rows = [[-side[m] * payoffs[stronger][m][a] for m, a in places]]
            for other in game.messages(weaker):
                if other == rival:
                    rows.append([side[m] * payoffs[weaker][m][a] for m, a in places])
                elif other != message:  # the receiver's reply there is free: take the one that tempts least
                    floor = min(payoffs[weaker][other][a] for a in rational[other])
                    rows.append([payoffs[weaker][m][a] - floor if m == message else 0 for m, a in places])
            same_total = [side[m] for m, _ in places]
            if extreme_rays(len(places), rows, [same_total], self.context.scaled.numbers):
                return True
        return False


def _first(row: Vector, sign: Callable[[Number], int]) -> int:
    return next(index for index, value in enumerate(row) if sign(value) > 0)


def _support(corners: list[Vector]) -> int:
    """The responses that some corner uses, as a bit mask."""
    return sum(1 << a for a, column in enumerate(zip(*corners, strict=True)) if any(column))


def _union(sets: Iterable[int]) -> int:
    total = 0
    for responses in sets:
        total |= responses
    return total
