"""What counts as agreement: shares over games, differences, verdicts."""

import numpy as np
import pytest

from olivebranch.eval.ledger.page import differences
from olivebranch.eval.ledger.verdicts import Difference, Share, jointly, judge, majority


def share(of: int, games: int) -> Share:
    return Share.of(np.array([1.0] * of + [0.0] * (games - of)))


def test_an_interval_has_as_many_trials_as_there_are_games_whatever_the_runs() -> None:
    # Ten games whose runs all agree; the interval is that of 5 in 10 (Wilson 1927; 0.2366 and 0.7634).
    found = share(5, 10)
    assert (found.low, found.high) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    halves = Share.of(np.full(10, 0.5))  # in each game half of the runs
    assert (halves.value, halves.low, halves.high) == (found.value, found.low, found.high)


def test_games_that_do_not_count_are_left_out() -> None:
    found = Share.of(np.array([1.0, np.nan, 0.0, np.nan]))
    assert (found.value, found.games) == (0.5, 2)
    nothing = Share.of(np.array([np.nan]))
    assert (nothing.low, nothing.high, nothing.games) == (0, 1, 0)
    assert nothing.as_dict()["value"] is None


def test_the_difference_is_newcombes() -> None:
    # Newcombe 1998, table II: 56/70 and 48/80 differ by 0.2, method 10 gives 0.0524 to 0.3339.
    found = Difference.of(share(56, 70), share(48, 80))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


@pytest.mark.parametrize(
    "inside,outside,verdict",
    [
        ((950, 1000), (300, 1000), "agrees"),
        ((950, 1000), (949, 1000), "undecided"),  # it does so anywhere, as far as can be told
        ((950, 1000), (1000, 1000), "departs"),  # surely no more inside than outside
        ((650, 1000), (100, 1000), "undecided"),
        ((400, 1000), (100, 1000), "departs"),
        ((9, 10), (0, 10), "undecided"),  # too few games
    ],
)
def test_verdicts(inside: tuple[int, int], outside: tuple[int, int], verdict: str) -> None:
    here = share(*inside)
    assert judge(here, Difference.of(here, share(*outside))) == verdict


def test_without_games_nothing_is_decided() -> None:
    nothing = Share.of(np.array([]))
    assert judge(nothing, Difference.of(nothing, share(1, 1000))) == "undecided"


def test_a_claim_needs_all_its_statements_and_the_ledger_two_thirds_of_the_learners() -> None:
    assert jointly(["agrees", "agrees"]) == "agrees"
    assert jointly(["agrees", "undecided"]) == "undecided"
    assert jointly(["undecided", "departs"]) == "departs"
    assert majority(["agrees", "agrees", "departs"]) == "agrees"
    assert majority(["agrees", "departs", "departs"]) == "departs"
    assert majority(["agrees", "departs"]) == "undecided"


def test_what_two_ledgers_disagree_on() -> None:
    def entry(verdict: str) -> dict[str, object]:
        theory = {"verdicts": {"PBE": "holds", "D1": "holds", "passive": "fails", "logit limit": "fails"}}
        learned = {"verdict": "agrees", "learners": {"exp3": {"verdict": verdict}, "cfr": {"verdict": "agrees"}}}
        return {"claim": "C1", "theory": theory, "learned": learned}

    assert differences([entry("agrees")], [entry("agrees")]) == []
    assert differences([entry("agrees")], [entry("departs")]) == [
        {"claim": "C1", "of": "exp3", "here": "agrees", "there": "departs"}
    ]
