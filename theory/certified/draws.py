"""Random games by the structure of their equilibria: drawn until one has the structure that is asked for.

==========================  ==========================================================================================
stratum                     what a game of it is
==========================  ==========================================================================================
``zero-sum``                a signalling game whose payoffs sum to zero
``unique-pure``             one component of perfect Bayesian equilibria, without mixing on the path
``unique-mixed``            one component, in all of which somebody mixes on the path
``d1-selected``             several; exactly one survives D1, and it survives passive conjectures, too
``selection-conflict``      several; exactly one survives D1, and it fails passive conjectures, which another survives
``war``                     a war of 2 to 5 periods, with or without a third player
==========================  ==========================================================================================

Games at a knife edge are rejected, as are those in which uniform play is nearly an equilibrium already.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from olivebranch.games.registry import NamedGame, find_game
from olivebranch.games.signalling import SignallingGame
from olivebranch.theory.equilibria.enumerated import WORK, signalling_game
from olivebranch.theory.equilibria.numerical import payoff_range
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.numbers import EnumerationTooLarge
from olivebranch.theory.signalling.pieces import Piece
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import uniform_profile

ZERO_SUM, PURE, MIXED, SELECTED, CONFLICT, WAR = STRATA = (
    "zero-sum",
    "unique-pure",
    "unique-mixed",
    "d1-selected",
    "selection-conflict",
    "war",
)
TRIVIAL = 0.05  # NashConv of uniform play, over the range of payoffs, below which a game is not worth learning
DRAWS = 20_000  # until a draw is given up
UNIT = 100  # payoffs and probabilities are whole hundredths, so that the exact arithmetic is about the very game

# what the wars of a set are, in turn: periods, steps of the balance, and a third player
WARS = ((2, 4, ""), (2, 2, "patron"), (3, 2, ""), (2, 4, "mediator"), (4, 2, ""), (5, 2, ""))


def draw_game(stratum: str, number: int, generator: np.random.Generator) -> NamedGame:
    """A game of ``stratum``.

    Args:
        stratum: one of ``STRATA``.
        number: of the game within its stratum, from 0 on. Signalling games are talks games and games of free payoffs in
            turn (of zero-sum games and selection conflicts, which the talks game has none of, all have free payoffs),
            and wars go through ``WARS``.
        generator: draws it.

    Raises:
        RuntimeError: no draw has the structure.
    """
    for _ in range(DRAWS):
        if stratum == WAR:
            game = find_game("war", _war(*WARS[number % len(WARS)], generator))
        elif number % 2 == 0 and stratum not in (ZERO_SUM, CONFLICT):
            game = find_game("talks", _talks(generator))
        else:
            game = find_game("signalling", _payoffs(generator, stratum == ZERO_SUM))
        if (stratum in (WAR, ZERO_SUM) or structure(game) == stratum) and not _is_trivial(game):
            return game
    raise RuntimeError(f"no game of the stratum {stratum!r} in {DRAWS} draws")


def structure(game: NamedGame) -> str | None:
    """The stratum that a signalling game belongs to by its equilibria; None if to none, or at a knife edge."""
    form = signalling_game(game.compiled)
    if form is None:
        return None
    try:
        found = enumerate_equilibria(form, work=WORK // 100)
    except EnumerationTooLarge:
        return None
    components = found.components
    if any(component.knife_edges for component in components):
        return None
    if len(components) == 1:
        mixes = {_mixes(piece) for piece in components[0].pieces}
        return None if len(mixes) > 1 else MIXED if mixes == {True} else PURE
    refiner = Refiner(found.pieces[0].context)
    verdicts = [refiner.verdicts(component) for component in components]
    by_d1, passive = ({k for k, v in enumerate(verdicts) if v[name].survives} for name in ("d1", "passive"))
    if len(by_d1) != 1:
        return None
    return SELECTED if by_d1 <= passive else CONFLICT if passive else None


def _mixes(piece: Piece) -> bool:
    """Whether somebody mixes on the path."""
    mixing_reply = any(len(piece.receiver_support[m]) > 1 for m in piece.on_path)
    return mixing_reply or any(len(support) > 1 for support in piece.sender_support)


def _is_trivial(game: NamedGame) -> bool:
    worth = evaluate(uniform_profile(unroll(game.compiled))).nash_conv
    return bool(worth < TRIVIAL * payoff_range(game.compiled))


def _hundredths(generator: np.random.Generator, low: float, high: float) -> float:
    return int(generator.integers(round(low * UNIT), round(high * UNIT) + 1)) / UNIT


def _talks(generator: np.random.Generator) -> Mapping[str, object]:
    def draw(low: float, high: float) -> float:
        return _hundredths(generator, low, high)

    loss_high = draw(0.0, 0.8)
    return {
        "prior_high": draw(0.1, 0.9),
        "loss_high": loss_high,
        "loss_low": draw(loss_high + 0.05, 1.0),
        "escalation_cost": draw(0.0, 0.6),
        "sender_dividend": draw(0.01, 0.5),
        "receiver_dividend": draw(0.0, 0.3),
        "pressure": draw(0.0, 0.9),
        "shelter": draw(0.0, 0.9),
        "face_cost": draw(0.0, 0.5),
        "guarantee": draw(0.0, 0.2),
    }


def _payoffs(generator: np.random.Generator, zero_sum: bool) -> Mapping[str, object]:
    shape = types, messages, responses = tuple(int(n) for n in generator.integers(2, 4, size=3))
    shares = generator.integers(1, 10, size=types)
    first = generator.integers(-UNIT, UNIT + 1, size=shape)
    second = -first if zero_sum else generator.integers(-UNIT, UNIT + 1, size=shape)
    total = int(shares.sum())
    form = SignallingGame(
        [f"{int(share)}/{total}" for share in shares],
        (first / UNIT).tolist(),
        (second / UNIT).tolist(),
        type_names=[f"type-{k + 1}" for k in range(types)],
        message_names=[f"message-{k + 1}" for k in range(messages)],
        response_names=[f"response-{k + 1}" for k in range(responses)],
    )
    return form.as_dict()


def _war(horizon: int, grid: int, third: str, generator: np.random.Generator) -> Mapping[str, object]:
    def draw(low: float, high: float) -> float:
        return _hundredths(generator, low, high)

    def levels(low: float, high: float) -> list[float]:
        return sorted([draw(low, (low + high) / 2), draw((low + high) / 2 + 0.01, high)])

    def shares() -> list[float]:
        first = int(generator.integers(20, 81))
        return [first / UNIT, (UNIT - first) / UNIT]

    values: dict[str, Any] = {
        "horizon": horizon,
        "grid": grid,
        "start": int(generator.integers(1, grid)),
        "breakthrough_a": levels(0.1, 0.9),
        "breakthrough_b": levels(0.1, 0.9),
        "prior_a": shares(),
        "prior_b": shares(),
        "war_cost": [draw(0.01, 0.05), draw(0.01, 0.05)],
        "escalation_cost": [draw(0.03, 0.25), draw(0.03, 0.25)],
        "pressure": draw(0.2, 0.8),
        "shelter": draw(0.0, 0.4),
        "face_cost": draw(0.0, 0.2),
        "defeat_cost": draw(0.05, 0.5),
    }
    if third == "patron":
        values["patron"] = {
            "client": "A" if generator.random() < 0.5 else "B",
            "prior": shares(),
            "aid_cost": levels(0.01, 0.1),
            "aid_effect": draw(0.2, 0.6),
            "stake": draw(0.2, 0.6),
        }
    elif third == "mediator":
        values["guarantee"] = draw(0.05, 0.3)
        values["mediator"] = {"guarantee_cost": draw(0.01, 0.05), "war_cost": draw(0.02, 0.15)}
    return values
