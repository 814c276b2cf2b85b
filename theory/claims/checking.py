"""The claims ledger, theory column: statements as code, decided over many random games (docs/claims.md).

A claim is a list of checks. Each draws games that satisfy its condition (inside it, just outside it, or as starting
points of a path) and asks of every one whether the statement holds there, under perfect Bayesian equilibrium (PBE) or
for the components that survive D1. A single counterexample refutes a universal statement; so the verdict of a claim
follows from its checks, and the counterexamples come with it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from olivebranch.core.errors import ParameterError
from olivebranch.games.base import BoolArray
from olivebranch.games.demonstration import DemonstrationColumns, DemonstrationParameters
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.claims.draws import Draws, Proposal, draw_where, talks
from olivebranch.theory.talks.demonstration import solve_demonstration
from olivebranch.theory.talks.solve import solve_talks

Refinement = Literal["PBE", "D1"]
Part = Literal["as written", "corrected", "beyond"]
Place = Literal["inside", "just outside", "path"]
Verdict = Literal["holds", "holds with a correction", "fails"]
REFINEMENTS: tuple[Refinement, ...] = ("PBE", "D1")


def everywhere(draws: Draws) -> BoolArray:
    """The condition that is always met."""
    return np.ones(len(draws), dtype=np.bool_)


def in_place(draws: Draws) -> Iterator[Draws]:
    """The path that stays where it starts."""
    yield draws


@dataclass(frozen=True)
class Check:
    """One statement and the games that it is tested on.

    Attributes:
        statement: in words and symbols.
        holds: is it true of each game, ``[n]``.
        given: the condition on the games drawn (or on the start of the path).
        place: how the games lie to the claim's condition.
        part: whether the statement is the claim ``as written``, its correction, or goes ``beyond`` it.
        refinement: which equilibria it speaks of.
        universal: whether it must hold of every game; otherwise only its share is reported.
        propose: where games come from, before the condition.
        along: the points of the path from each start; the statement must hold at all of them.
        limit: most games that are drawn, for statements that are tested one game at a time.
    """

    statement: str
    holds: Callable[[Draws], BoolArray]
    given: Callable[[Draws], BoolArray] = everywhere
    place: Place = "inside"
    part: Part = "as written"
    refinement: Refinement = "PBE"
    universal: bool = True
    propose: Proposal = talks
    along: Callable[[Draws], Iterable[Draws]] = in_place
    limit: int | None = None


@dataclass(frozen=True)
class Claim:
    """A claim of the ledger.

    Attributes:
        key: e.g. ``"C1"``.
        title: its short name.
        statement: the claim as written, in the symbols of docs/model.md.
        checks: what it comes to.
        correction: what holds instead, or in addition, where the statement fails as written; else empty.
    """

    key: str
    title: str
    statement: str
    checks: tuple[Check, ...]
    correction: str = ""


@dataclass(frozen=True)
class Counterexample:
    """A game at which a statement fails, its numbers as round as the failure allows.

    Attributes:
        parameters: the game.
        start: where the path began, if the statement is about a path.
        equilibria: the components at these parameters, solved exactly, and whether each survives D1. For the
            demonstration game: the forms of the equilibrium of interest.
        knife_edges: equalities that hold exactly at these parameters, in words; the talks game only.
    """

    parameters: dict[str, float]
    start: dict[str, float] | None
    equilibria: dict[str, bool]
    knife_edges: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """In the form that ``olivebranch claims --json`` prints."""
        return asdict(self)


@dataclass(frozen=True)
class CheckResult:
    """What the draws said.

    Attributes:
        check: the statement.
        draws: games drawn that satisfy the condition.
        solved: games solved, the points of paths counted.
        failures: games (paths) at which the statement is false.
        counterexamples: a few of these.
    """

    check: Check
    draws: int
    solved: int
    failures: int
    counterexamples: tuple[Counterexample, ...]

    @property
    def share(self) -> float:
        """The share of the draws at which the statement holds."""
        return 1 - self.failures / self.draws

    def as_dict(self) -> dict[str, Any]:
        """In the form that ``olivebranch claims --json`` prints."""
        check = self.check
        return {
            "statement": check.statement,
            "place": check.place,
            "part": check.part,
            "refinement": check.refinement,
            "universal": check.universal,
            "draws": self.draws,
            "solved": self.solved,
            "failures": self.failures,
            "share": self.share,
            "counterexamples": [example.as_dict() for example in self.counterexamples],
        }


@dataclass(frozen=True)
class ClaimResult:
    """A claim, decided.

    Attributes:
        claim: the claim.
        results: one for each of its checks.
    """

    claim: Claim
    results: tuple[CheckResult, ...]

    def verdict(self, refinement: Refinement) -> Verdict:
        """``holds`` if no draw contradicts the claim as written; ``holds with a correction`` if some do but none
        contradicts the corrected statement; otherwise ``fails``."""
        failed: dict[Part, list[bool]] = {"as written": [], "corrected": [], "beyond": []}
        for result in self.results:
            if result.check.refinement == refinement and result.check.universal:
                failed[result.check.part].append(result.failures > 0)
        if not any(failed["as written"]):
            return "holds"
        return "holds with a correction" if failed["corrected"] and not any(failed["corrected"]) else "fails"

    def as_dict(self) -> dict[str, Any]:
        """In the form that ``olivebranch claims --json`` prints."""
        return {
            "claim": self.claim.key,
            "title": self.claim.title,
            "statement": self.claim.statement,
            "correction": self.claim.correction,
            "verdicts": {refinement: self.verdict(refinement) for refinement in REFINEMENTS},
            "draws": sum(result.draws for result in self.results),
            "checks": [result.as_dict() for result in self.results],
        }


def decide_claims(
    claims: Sequence[Claim],
    generator: np.random.Generator,
    draws: int = 100_000,
    examples: int = 2,
    progress: Callable[[Claim, Check], None] | None = None,
) -> tuple[ClaimResult, ...]:
    """Decide each claim.

    Args:
        claims: e.g. ``theory.claims.ledger.CLAIMS``.
        generator: the source of all draws; each check gets a stream of its own.
        draws: games for each check (fewer for those with a ``limit``).
        examples: counterexamples to keep for each check.
        progress: called after each check.

    Raises:
        ParameterError: ``draws`` is below 1.
    """
    if draws < 1:
        raise ParameterError("draws", draws, "a whole number of at least 1")
    decided = []
    for claim in claims:
        results = []
        for check in claim.checks:
            results.append(run_check(check, generator.spawn(1)[0], draws, examples))
            if progress is not None:
                progress(claim, check)
        decided.append(ClaimResult(claim, tuple(results)))
    return tuple(decided)


def run_check(check: Check, generator: np.random.Generator, draws: int, examples: int = 2) -> CheckResult:
    """Draw games for one check and test its statement on each."""
    wanted = draws if check.limit is None else min(draws, check.limit)
    starts = draw_where(wanted, generator, check.propose, check.given)
    failing = np.zeros(wanted, dtype=np.bool_)
    points = starts
    solved = 0
    for point in check.along(starts):
        new = ~check.holds(point) & ~failing
        points = point.where(new, points) if new.any() else points
        failing |= new
        solved += len(point)
    found = np.flatnonzero(failing)
    shown = found[: examples if check.universal else 0]
    return CheckResult(
        check=check,
        draws=wanted,
        solved=solved,
        failures=len(found),
        counterexamples=tuple(_example(check, starts.take(index), points.take(index)) for index in shown[:, None]),
    )


def _example(check: Check, start: Draws, point: Draws) -> Counterexample:
    """The counterexample with as few digits as still make one."""
    for digits in range(2, 12):
        rounded = start.rounded(digits)
        if not (rounded.valid.all() and check.given(rounded).all()):
            continue
        for candidate in check.along(rounded):
            if not check.holds(candidate).all() and candidate.valid.all():
                return _shown(check, rounded, candidate)
    return _shown(check, start, point)


def _shown(check: Check, start: Draws, point: Draws) -> Counterexample:
    values = _only(point)
    began = None if check.along is in_place else _only(start)
    if isinstance(point.games, DemonstrationColumns):
        forms = solve_demonstration(DemonstrationParameters(**values))
        return Counterexample(values, began, {form.name: form.d1 for form in forms})
    solution = solve_talks(TalksParameters(**values))
    return Counterexample(values, began, {e.name: e.d1 for e in solution.equilibria}, solution.knife_edges)


def _only(draws: Draws) -> dict[str, float]:
    """The parameters of a single game, to twelve decimals."""
    return {name: float(column[0]) for name, column in draws.rounded(12).games._asdict().items()}
