"""Certificates: every component's holds, and the checker sees through false ones."""

import inspect
import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from olivebranch.theory.signalling import certificate as certificate_module
from olivebranch.theory.signalling.certificate import Cell, Certificate, check_certificate
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame


def random_games(shape: tuple[int, int, int], count: int, integers: bool) -> list[SignallingGame]:
    rng = np.random.default_rng(sum(shape))
    weights = [Fraction(t + 1, shape[0] * (shape[0] + 1) // 2) for t in range(shape[0])]
    draw = (lambda: rng.integers(-2, 3, size=shape)) if integers else (lambda: rng.normal(size=shape))
    return [SignallingGame(weights, draw(), draw()) for _ in range(count)]


@pytest.mark.parametrize("integers", [False, True])
@pytest.mark.parametrize("shape, count", [((2, 2, 2), 150), ((2, 4, 2), 15), ((3, 2, 3), 15), ((3, 3, 3), 3)])
def test_every_certificate_holds(shape: tuple[int, int, int], count: int, integers: bool) -> None:
    for game in random_games(shape, count, integers):
        for component in enumerate_equilibria(game).components:
            certificate = component.certificate
            assert check_certificate(game, certificate) == []
            restored = Certificate.from_dict(json.loads(json.dumps(certificate.as_dict())))
            assert check_certificate(game, restored) == []


def beer() -> tuple[SignallingGame, Certificate]:
    game = SignallingGame(
        ["1/10", "9/10"],
        [[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
        [[[1, 0], [1, 0]], [[0, 1], [0, 1]]],
    )
    return game, enumerate_equilibria(game).components[1].certificate


def with_cell(**changes: object) -> list[str]:
    game, certificate = beer()
    return check_certificate(game, Certificate((replace(certificate.cells[0], **changes),)))


def test_the_checker_accepts_the_untouched_certificate() -> None:
    assert with_cell() == []


@pytest.mark.parametrize(
    "changes, fault",
    [
        ({"senders": (((1, 0), (0, 1)),)}, "type 0: message 0 is not best"),
        ({"senders": (((0, 1), (0, 2)),)}, "type 1: not a distribution"),
        ({"receivers": (((1, 0), (1, 0)),)}, "message 1: response 0 is not optimal"),
        ({"receivers": (((Fraction(1, 3), Fraction(2, 3)), (0, 1)),)}, "type 0: message 1 is not best"),
        ({"receivers": (((1, 1), (0, 1)),)}, "message 0: not a distribution"),
        ({"beliefs": {0: (0, 1)}}, "message 0: response 0 is not optimal"),
        ({"beliefs": {0: (Fraction(1, 2), Fraction(1, 3))}}, "message 0: no belief"),
        ({"beliefs": {}}, "message 0: no belief"),
    ],
)
def test_the_checker_names_what_is_false(changes: dict[str, object], fault: str) -> None:
    assert any(found.startswith(fault) for found in with_cell(**changes)), with_cell(**changes)


def test_cells_that_do_not_touch_are_not_a_component() -> None:
    game, certificate = beer()
    other = enumerate_equilibria(game).components[0].certificate
    both = Certificate(certificate.cells + other.cells)
    assert check_certificate(game, both) == ["the cells do not hang together"]


def test_a_vertex_that_is_an_equilibrium_alone_does_not_cover_the_product() -> None:
    # beer with a duel after quiche, and quiche with a duel after beer: each profile is an equilibrium, the product of
    # the two sets of vertices is not
    game, certificate = beer()
    other = enumerate_equilibria(game).components[0].certificate.cells[0]
    mine = certificate.cells[0]
    product = Cell(mine.senders + other.senders, mine.receivers + other.receivers, mine.beliefs | other.beliefs)
    assert check_certificate(game, Certificate((product,))) != []


def test_cells_that_share_their_senders_alone_do_not_hang_together() -> None:
    """Beer with a duel after quiche, once for certain and once by halves: between the two nothing is said."""
    game, certificate = beer()
    cell = certificate.cells[0]
    apart = tuple(replace(cell, receivers=(vertex,)) for vertex in cell.receivers)
    assert len(apart) == 2
    assert check_certificate(game, Certificate(apart)) == ["the cells do not hang together"]
    assert check_certificate(game, Certificate((*apart, cell))) == []  # the cell between them holds both


def test_only_what_is_legal_is_compared_and_accepted() -> None:
    """Every legal play pays both -1, so that all of it is in equilibrium; what is not legal stands as 0 in the tables,
    which is more. Only type 0 can send message 1, and only response 0 answers it."""
    everywhere = [[[-1, -1], [-1, 0]], [[-1, -1], [0, 0]]]
    legal = {"message_legal": [[True, True], [True, False]], "response_legal": [[True, True], [True, False]]}
    game = SignallingGame(["1/2", "1/2"], everywhere, everywhere, **legal)
    half, first, second = (Fraction(1, 2), Fraction(1, 2)), (Fraction(1), Fraction(0)), (Fraction(0), Fraction(1))

    def faults(sender: object, receiver: object, beliefs: object = None) -> list[str]:
        return check_certificate(game, Certificate((Cell((sender,), (receiver,), beliefs or {}),)))  # type: ignore[arg-type]

    assert faults((half, first), (half, first)) == []
    assert faults((first, first), (half, first), {1: first}) == []
    assert "type 1: not a distribution over its messages" in faults((half, second), (half, first))
    assert "message 1: not a distribution over its responses" in faults((half, first), (half, second))
    assert faults((first, first), (half, first), {1: half}) == ["message 1: no belief over the types that can send it"]
    below_zero = ((Fraction(2), Fraction(-1)), first)
    assert "message 0: not a distribution over its responses" in faults((half, first), below_zero)


def test_the_checker_shares_no_code_with_the_solver() -> None:
    source = inspect.getsource(certificate_module)
    imported = {line.split()[1] for line in source.splitlines() if line.startswith("from olivebranch")}
    assert imported == {"olivebranch.theory.signalling.game"}
