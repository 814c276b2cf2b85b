"""Quantal response: the branch against the definition and against Gambit; the precision that made the data is found."""

import numpy as np
import pytest

from olivebranch.games.talks import TalksParameters, compile_talks
from olivebranch.theory.quantal_response.fit import LogitBranch, expected_counts, log_likelihood, logit_branch
from olivebranch.theory.tree.evaluation import information_sets
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile


@pytest.fixture(scope="module")
def branch() -> LogitBranch:
    return logit_branch(unroll(compile_talks(parameters())))


def parameters() -> TalksParameters:
    return TalksParameters(
        prior_high=0.4,
        loss_high=0.2,
        loss_low=0.9,
        escalation_cost=0.3,
        sender_dividend=0.2,
        receiver_dividend=0.1,
        pressure=0.2,
        shelter=0.1,
        face_cost=0.2,
    )


def sample(profile: BehaviourProfile, plays: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Counts of ``plays`` plays of a profile of the talks game: types, then messages, then replies."""
    tree = profile.tree
    counts = [np.zeros_like(table, dtype=float) for table in profile.stages]
    drawn = rng.multinomial(plays, tree.game.prior)
    replies = np.zeros(len(tree.stages[1]))
    receiver = tree.types_of(1).start
    for kind, number in enumerate(drawn):
        sent = rng.multinomial(number, profile.stages[0][0, kind])
        counts[0][0, kind] = sent
        for history, edge in enumerate(tree.stages[1].edge):
            replies[history] += sent[tree.game.joint_actions(tree.game.edge_joint[edge])[0]]
    for history, number in enumerate(replies):
        counts[1][history, receiver] = rng.multinomial(int(number), profile.stages[1][history, receiver])
    return counts


def test_every_point_plays_logit_responses_to_itself(branch: LogitBranch) -> None:
    assert branch.precisions[0] == pytest.approx(1e-2)
    assert branch.precisions[-1] >= 1e3
    for point in branch.points[::10]:
        for level, table in zip(information_sets(point.profile), point.profile.stages, strict=True):
            q = np.where(np.isnan(level.action_values), -np.inf, level.action_values)
            weight = np.exp(point.precision * (q - q.max(axis=2, keepdims=True)))
            np.testing.assert_allclose(table, weight / weight.sum(axis=2, keepdims=True), atol=1e-6)


@pytest.mark.parametrize("precision", [0.5, 3.0, 30.0])
def test_the_precision_that_made_the_data_is_found(branch: LogitBranch, precision: float) -> None:
    profile = branch.at(precision).profile
    counts = expected_counts(profile, 10_000)
    fit = branch.fit(counts)
    assert fit.precision == pytest.approx(precision, rel=1e-6)
    assert fit.lower < precision < fit.upper
    assert fit.log_likelihood == pytest.approx(log_likelihood(profile, counts), rel=1e-12)
    assert fit.explained == pytest.approx(1.0, abs=1e-6)
    wider = branch.fit(counts, confidence=0.99)
    assert wider.lower < fit.lower < fit.upper < wider.upper
    fewer = branch.fit(expected_counts(profile, 100))
    assert fewer.upper - fewer.lower > fit.upper - fit.lower


@pytest.mark.parametrize("confidence, depth", [(0.95, 1.920729), (0.99, 3.317448)])
def test_at_the_ends_of_the_interval_the_likelihood_is_lower_by_half_a_quantile(
    branch: LogitBranch, confidence: float, depth: float
) -> None:
    """The quantiles of chi squared with one degree of freedom are those of the normal distribution, squared: 1.959964²
    / 2 = 1.920729 and 2.575829² / 2 = 3.317448."""
    counts = expected_counts(branch.at(3.0).profile, 2_000)
    fit = branch.fit(counts, confidence)
    for end in (fit.lower, fit.upper):
        assert fit.log_likelihood - log_likelihood(branch.at(end).profile, counts) == pytest.approx(depth, abs=1e-5)


def test_the_interval_covers_as_often_as_it_says(branch: LogitBranch) -> None:
    true, profile = 5.0, branch.at(5.0).profile
    rng = np.random.default_rng(0)
    fits = [branch.fit(sample(profile, 400, rng)) for _ in range(200)]
    covered = sum(fit.lower <= true <= fit.upper for fit in fits)
    # 95 % of 200 is 190; Pr(181 to 198) = 0.998 for a binomial, so the test can fail on either side.
    assert 181 <= covered <= 198


def test_uniform_play_and_equilibrium_play_are_at_the_ends(branch: LogitBranch) -> None:
    uniform = branch.fit(expected_counts(uniform_profile(branch.tree), 1000))
    assert uniform.lower == 0.0
    assert uniform.upper < 1.0
    sharp = branch.fit(expected_counts(branch.points[-1].profile, 1000))
    assert sharp.upper == float("inf")
    assert sharp.lower > 10


def test_play_that_no_precision_explains_is_told_by_the_share_explained(branch: LogitBranch) -> None:
    # turn the limiting equilibrium on its head: every choice with two actions is swapped
    tables = []
    for stage, table in zip(branch.tree.stages, branch.points[-1].profile.stages, strict=True):
        legal = branch.tree.moves.legal[stage.state]
        acts = legal.sum(axis=2, keepdims=True) == 2
        tables.append(np.where(acts & legal, 1.0 - table, table))
    fit = branch.fit(expected_counts(BehaviourProfile(branch.tree, tuple(tables)), 1000))
    assert fit.explained < 0.3


def test_bad_counts_are_refused(branch: LogitBranch) -> None:
    counts = [np.zeros_like(table) for table in branch.points[0].profile.stages]
    with pytest.raises(ValueError, match="nothing was observed"):
        branch.fit(counts)
    with pytest.raises(ValueError, match="1 stages"):
        branch.fit(counts[:1])
    counts[0][0, 0, 1] = 3  # the sender cannot escalate at the start
    with pytest.raises(ValueError, match="stage 0: expected numbers >= 0, zero where an action is illegal"):
        branch.fit(counts)
