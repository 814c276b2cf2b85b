"""Without numba the same loops run in plain Python and give the same numbers."""

import json

import numpy as np
import pytest

from olivebranch.core.compiled import compiled
from olivebranch.games.base import FloatArray
from olivebranch.games.kuhn import KuhnParameters, compile_kuhn
from olivebranch.theory.talks.kernel import solve_array
from olivebranch.theory.tree import evaluate, uniform_profile, unroll
from tests.absent import run_without
from tests.strategies import random_parameters

pytest.importorskip("numba", reason="without numba there is nothing to compare with")

TALKS = """
import json
import numpy as np
from olivebranch.games.talks import TalksColumns
from olivebranch.theory.talks.kernel import solve_array
assert "numba" not in sys.modules
values, flags, margins = solve_array(TalksColumns(*np.array(json.loads(sys.argv[1]))))
print(json.dumps([[column.tolist() for column in values], flags.tolist(), margins.tolist()]))
"""
KUHN = """
from olivebranch.games.kuhn import KuhnParameters, compile_kuhn
from olivebranch.theory.tree import evaluate, uniform_profile, unroll
print(repr(float(evaluate(uniform_profile(unroll(compile_kuhn(KuhnParameters())))).nash_conv)))
"""


def test_the_closed_forms_are_the_same_without_numba() -> None:
    """At a knife edge too, where a row divides by zero: pressure 1 leaves nothing to escalate."""
    games = random_parameters(300, np.random.default_rng(5))
    games.pressure[0] = 1.0
    result = run_without(("numba",), TALKS, json.dumps([column.tolist() for column in games]))
    assert result.stderr == ""
    values, flags, margins = json.loads(result.stdout)
    expected = solve_array(games)
    np.testing.assert_allclose(values, expected[0], rtol=1e-15, atol=0)
    np.testing.assert_array_equal(flags, expected[1])
    np.testing.assert_allclose(margins, expected[2], rtol=1e-12, atol=1e-15)


def test_nash_conv_is_the_same_without_numba() -> None:
    result = run_without(("numba",), KUHN)
    expected = evaluate(uniform_profile(unroll(compile_kuhn(KuhnParameters())))).nash_conv
    assert float(result.stdout) == pytest.approx(expected, rel=1e-14)


@compiled
def reciprocal(numbers: FloatArray) -> float:
    """Python's rule."""
    return 1.0 / numbers[0]


@compiled(error_model="numpy")
def reciprocal_or_infinity(numbers: FloatArray) -> float:
    """NumPy's rule."""
    return 1.0 / numbers[0]


def test_a_division_by_zero_is_an_infinity_only_where_that_is_asked_for() -> None:
    zero = np.zeros(1)
    assert reciprocal_or_infinity(zero) == np.inf
    with pytest.raises(ZeroDivisionError):
        reciprocal(zero)


def test_loops_compile_where_no_cache_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    numba = pytest.importorskip("numba")
    original = numba.njit

    def njit(**options: object) -> object:
        if options.pop("cache", False):
            raise RuntimeError("cannot cache function 'loop': no locator available")
        return original(**options)

    monkeypatch.setattr(numba, "njit", njit)

    def loop(numbers: FloatArray) -> float:
        return float(numbers[0])

    assert compiled(loop)(np.ones(1)) == 1.0
