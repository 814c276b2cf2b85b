"""The claims ledger: verdicts, real counterexamples, conditions respected, and an engine that can say no."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.games.demonstration import DemonstrationParameters
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.claims.checking import REFINEMENTS, Check, Claim, ClaimResult, decide_claims, run_check
from olivebranch.theory.claims.draws import Draws, demonstrations, draw_where, talks
from olivebranch.theory.claims.ledger import CLAIMS
from olivebranch.theory.talks.check import check_talks
from olivebranch.theory.talks.demonstration import solve_demonstration
from olivebranch.theory.talks.solve import solve_talks

H, C = "holds", "holds with a correction"
LEDGER = Path(__file__).parents[3] / "docs" / "claims.md"
# The verdicts (PBE, D1) in the table of docs/claims.md. The proofs are there; this guards that draws agree with them.
VERDICTS = {
    key: (pbe, d1)
    for key, pbe, d1 in re.findall(r"^\| (C\d) [^|]* \| ([^|]*) \| ([^|]*) \|", LEDGER.read_text("utf-8"), re.MULTILINE)
}


def quick(claim: Claim) -> Claim:
    """With fewer of the draws that are tested one game at a time."""
    checks = (replace(c, limit=None if c.limit is None else 40) for c in claim.checks)
    return replace(claim, checks=tuple(checks))


@pytest.fixture(scope="module")
def decided() -> dict[str, ClaimResult]:
    results = decide_claims([quick(claim) for claim in CLAIMS], np.random.default_rng(0), draws=4_000)
    return {result.claim.key: result for result in results}


def test_the_ledger_has_claims_one_to_nine() -> None:
    assert [claim.key for claim in CLAIMS] == list(VERDICTS) == [f"C{number}" for number in range(1, 10)]


@pytest.mark.parametrize("key", VERDICTS)
def test_verdicts_are_those_of_the_documentation(key: str, decided: dict[str, ClaimResult]) -> None:
    assert tuple(decided[key].verdict(refinement) for refinement in REFINEMENTS) == VERDICTS[key]


@pytest.mark.parametrize("key", VERDICTS)
def test_corrected_statements_have_no_counterexample_and_every_claim_looks_outside(
    key: str, decided: dict[str, ClaimResult]
) -> None:
    results = decided[key].results
    assert not any(r.failures for r in results if r.check.part == "corrected")
    assert {r.check.place for r in results} >= {"just outside"}
    assert {r.check.refinement for r in results} == {"PBE", "D1"}
    assert bool(decided[key].claim.correction) == (VERDICTS[key] != (H, H))


def test_what_goes_beyond_the_claims_is_refuted_where_the_documentation_says_so(
    decided: dict[str, ClaimResult],
) -> None:
    refuted = {
        (key, r.check.statement)
        for key, result in decided.items()
        for r in result.results
        if r.check.part == "beyond" and r.check.universal and r.failures
    }
    assert refuted == {
        ("C7", "a pool-fight that survives D1 survives every rise of λ up to (λ+s-1) ℓ_L = f"),
        ("C8", "pool-fight stays however much of b_S is handed over to the receiver (b_R)"),
        ("C9", "no rise of π brings about a pool-fight that was not there"),
        ("C9", "no fall of ℓ_L leaves pool-fight alone where low-talks was"),
    }


def first(
    decided: dict[str, ClaimResult], key: str, refinement: str
) -> list[tuple[dict[str, float], dict[str, float]]]:
    """Counterexamples to the claim as written: the start of the path (or the game) and the game."""
    results = [r for r in decided[key].results if (r.check.refinement, r.check.part) == (refinement, "as written")]
    examples = [e for r in results for e in r.counterexamples]
    assert examples
    return [(e.start or e.parameters, e.parameters) for e in examples]


def test_counterexamples_to_c3_are_inside_the_window_and_have_no_low_talks(decided: dict[str, ClaimResult]) -> None:
    for _, p in first(decided, "C3", "PBE"):
        slack = p["pressure"] + p["shelter"] - 1
        assert (1 - p["pressure"]) * p["loss_high"] <= p["escalation_cost"]
        assert slack * p["loss_high"] <= p["face_cost"] <= slack * p["loss_low"]
        assert "low-talks" not in solve_talks(TalksParameters(**p)).names


def test_counterexamples_to_c5_start_closed_and_end_open(decided: dict[str, ClaimResult]) -> None:
    for start, end in first(decided, "C5", "PBE"):
        assert end["face_cost"] <= start["face_cost"]
        assert end["pressure"] <= start["pressure"]
        assert {k for k in start if start[k] != end[k]} <= {"face_cost", "pressure"}
        assert "pool-fight" in solve_talks(TalksParameters(**start)).names
        assert "pool-fight" not in solve_talks(TalksParameters(**end)).names


def test_counterexamples_to_c8_differ_in_the_dividend_alone_and_lose_d1(decided: dict[str, ClaimResult]) -> None:
    for start, end in first(decided, "C8", "D1"):
        assert {k for k in start if start[k] != end[k]} == {"sender_dividend"}
        assert solve_talks(TalksParameters(**start))["pool-fight"].d1
        assert not solve_talks(TalksParameters(**end))["pool-fight"].d1


def test_counterexamples_to_c4_exist_and_fail_d1(decided: dict[str, ClaimResult]) -> None:
    for _, p in first(decided, "C4", "D1"):
        (found,) = solve_demonstration(DemonstrationParameters(**p))
        assert not found.d1


def test_counterexamples_to_c6_lie_on_the_knife_edge(decided: dict[str, ClaimResult]) -> None:
    for _, p in first(decided, "C6", "PBE"):
        edges = solve_talks(TalksParameters(**p)).knife_edges
        assert any("after an offer equals 0" in edge for edge in edges)


def test_a_false_statement_is_refuted_with_a_round_counterexample() -> None:
    check = Check("every game has pool-talk", lambda d: d.exists("pool-talk"))
    result = run_check(check, np.random.default_rng(1), 1_000)
    assert 0 < result.failures < 1_000
    assert result.share == 1 - result.failures / 1_000
    (example, _) = result.counterexamples
    assert "pool-talk" not in example.equilibria
    assert all(value == round(value, 4) for value in example.parameters.values())
    assert ClaimResult(Claim("X", "", "", (check,)), (result,)).verdict("PBE") == "fails"


def test_a_path_fails_where_one_of_its_points_does() -> None:
    def along(start: Draws) -> list[Draws]:
        return [start.replace(prior_high=0.9), start.replace(prior_high=0.1), start]

    check = Check("the prior is high", lambda d: d["prior_high"] > 0.5, lambda d: d["prior_high"] > 0.6, along=along)
    result = run_check(check, np.random.default_rng(1), 50)
    assert (result.failures, result.solved) == (50, 150)
    assert result.counterexamples[0].parameters["prior_high"] == 0.1
    assert result.counterexamples[0].start is not None
    assert result.counterexamples[0].start["prior_high"] > 0.6


def test_the_same_seed_gives_the_same_results() -> None:
    one, two = (decide_claims(CLAIMS[:1], np.random.default_rng(5), draws=500) for _ in range(2))
    assert [r.as_dict() for r in one] == [r.as_dict() for r in two]


def test_draws_are_valid_and_satisfy_the_condition() -> None:
    found = draw_where(700, np.random.default_rng(2), demonstrations, lambda d: d["shelter"] > 0.9)
    assert len(found) == 700
    assert found.valid.all()
    assert (found["shelter"] > 0.9).all()
    assert not found.replace(loss_high=found["loss_low"]).valid.any()
    with pytest.raises(RuntimeError, match="0 of 10"):
        draw_where(10, np.random.default_rng(2), talks, lambda d: d["shelter"] > 2, attempts=2)
    with pytest.raises(ParameterError, match="draws = 0"):
        decide_claims(CLAIMS, np.random.default_rng(0), draws=0)


def game(values: str) -> TalksParameters:
    names = (
        "prior_high", "loss_high", "loss_low", "escalation_cost", "sender_dividend", "receiver_dividend", "pressure",
        "shelter", "face_cost", "guarantee",
    )  # fmt: skip
    return TalksParameters(**{name: float(value) for name, value in zip(names, values.split(), strict=True)})


@pytest.mark.parametrize(
    ("values", "components"),
    [
        # docs/claims.md, examples, in the order of the text; True where the component survives D1.
        (".22 .01 .56 .23 .88 .18 .87 .63 .26 .17", {"pool-talk": True}),
        (".66 .25 .77 .13 .83 .02 .83 .16 .19 .06", {"pool-fight": True}),
        (".66 .25 .77 .13 .83 .02 .664 .16 .114 .06", {"high-fights-low-mixes": True}),
        (".25 .53 .95 .51 .25 .01 .26 .06 .16 .18", {"pool-fight": True}),
        (".25 .53 .95 .51 .25 .01 .445 .06 .16 .18", {"pool-fight": False, "both-mix": True}),
        (
            ".61 .47 .99 .6 .38 .12 .51 .16 .48 .11",
            {"pool-talk": True, "pool-fight": True, "low-talks-high-mixes": True},
        ),
        (".61 .47 .99 .6 .76 .12 .51 .16 .48 .11", {"pool-talk": True, "pool-fight": False}),
        (".41 .05 .88 .05 .58 .09 .43 .43 .28 .04", {"high-fights-low-mixes": True}),
        (
            ".9882 .05 .88 .05 .58 .09 .43 .43 .28 .04",
            {"pool-talk": True, "pool-fight": True, "low-talks-high-mixes": True},
        ),
        (".44 .5 .79 .08 .01 .18 .57 .3 .17 .08", {"low-talks": True}),
        (".44 .5 .5058 .08 .01 .18 .57 .3 .17 .08", {"pool-fight": True}),
    ],
)
def test_the_examples_of_the_documentation(values: str, components: dict[str, bool]) -> None:
    assert {e.name: e.d1 for e in solve_talks(game(values)).equilibria} == components


def test_the_knife_edge_example_of_the_documentation() -> None:
    # docs/claims.md, C6: g = (1-s) ℓ_L - k - b_R exactly, 1/2 of a per mille of g to either side of it matters.
    exact = ".117 .499 .522 .152 .318 .118 .486 .095 .194 .20241"
    assert check_talks(game(exact), 0, 0, 1, 1, belief_after_offer=0).is_equilibrium
    above = game(exact.replace(".20241", ".2025"))
    assert not check_talks(above, 0, 0, 1, 1, belief_after_offer=0).is_equilibrium
    assert solve_talks(above).names == ("pool-talk",)
