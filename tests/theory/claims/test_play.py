"""Statements on play: games where they are said to be, events by hand, and theory's answers against known facts."""

from dataclasses import replace

import numpy as np
import pytest

from olivebranch.games.talks import TalksParameters, each_game
from olivebranch.theory.claims.draws import Draws, talks
from olivebranch.theory.claims.play import (
    PLACES,
    Play,
    draw_sample,
    nobody_offers,
    opens,
    strong_alone_demonstrate,
    talks_open,
    weak_alone_offer,
)
from olivebranch.theory.claims.reading import READINGS, forced, read, reading_verdict
from olivebranch.theory.claims.statements import STATEMENTS
from olivebranch.theory.talks.check import check_talks


def play(*rows: tuple[float, float, float, float]) -> Play:
    """One game; profiles by x_H, x_L, q and r."""
    high, low, after_offer, after_fight = np.array([rows]).transpose(2, 0, 1)
    return Play(*(np.stack(pair, axis=2) for pair in ((1 - high, high), (1 - low, low), (after_fight, after_offer))))


def test_talks_open_if_an_offer_is_made_and_met() -> None:
    d = talks(1, np.random.default_rng(0)).replace(prior_high=0.25)
    found = talks_open(d, play((1, 1, 0, 0), (0, 1, 0.4, 0), (0, 0, 0, 0)))
    # By both and surely met; by the weak alone (three quarters) and met in 60 %; by nobody.
    np.testing.assert_allclose(found, [[1.0, 0.75 * 0.6, 0.0]])
    assert opens(d, play((1, 1, 0.05, 0), (1, 1, 0.2, 0))).tolist() == [[True, False]]


def test_events_of_the_talks_game() -> None:
    d = talks(1, np.random.default_rng(0))
    rows = play((0.05, 0.05, 1, 1), (0.05, 0.95, 1, 0), (0.95, 0.95, 0, 0))
    assert nobody_offers(d, rows).tolist() == [[True, False, False]]
    assert weak_alone_offer(d, rows).tolist() == [[False, True, False]]


def test_the_strong_alone_demonstrate_only_if_they_are_met_and_not_copied() -> None:
    d = talks(1, np.random.default_rng(0))
    signal, fight = np.eye(4)[3][None, None], np.eye(4)[0][None, None]
    met, refused = np.array([[[1.0, 1, 1, 0]]]), np.ones((1, 1, 4))
    assert strong_alone_demonstrate(d, Play(signal, fight, met))
    assert not strong_alone_demonstrate(d, Play(signal, signal, met))
    assert not strong_alone_demonstrate(d, Play(signal, fight, refused))


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.key)
def test_theory_says_of_games_inside_what_the_claim_says(statement: object) -> None:
    assert statement in STATEMENTS
    (found,) = [s for s in STATEMENTS if s is statement]
    count = 25 if found.claim == "C4" else 400
    answers = {
        place: read(found, draw_sample(found.samples[place], count, np.random.default_rng(4)).after, logit_games=3)
        for place in PLACES
    }
    # The statements are written out from the claims; the components come from closed forms and enumeration.
    assert getattr(answers["inside"]["PBE"], found.quantifier) == 1
    if found.key != "C7.1":  # where it is D1 alone that tells inside from outside
        assert getattr(answers["outside"]["PBE"], found.quantifier) < 0.6
    else:
        assert answers["inside"]["D1"].some == 1
        assert answers["outside"]["D1"].some == 0
    for place in PLACES:
        for refined in READINGS[1:3]:
            assert answers[place][refined].some <= answers[place]["PBE"].some
    verdicts = [reading_verdict([(found, answers["inside"])], reading) for reading in READINGS]
    assert verdicts[0] == "holds"


def test_games_of_c2_are_closed_by_the_definition_inside_and_not_outside() -> None:
    (statement,) = [s for s in STATEMENTS if s.key == "C2.1"]
    for place, closed in (("inside", True), ("outside", False)):
        drawn = draw_sample(statement.samples[place], 50, np.random.default_rng(1)).after  # type: ignore[index]
        for p in each_game(drawn.talks):
            assert bool(check_talks(p, 0, 0, 1, 0, 0.0, p.prior_high).is_equilibrium) == closed


def test_a_change_changes_what_it_says_and_nothing_else() -> None:
    changed = {
        "C5.1": {"face_cost", "pressure"}, "C6.1": {"guarantee"}, "C7.1": {"pressure"}, "C7.2": {"pressure"},
        "C8.1": {"sender_dividend"}, "C9.1": {"loss_low"}, "C9.2": {"prior_high"},
    }  # fmt: skip
    for statement in STATEMENTS:
        for place in PLACES:
            drawn = draw_sample(statement.samples[place], 20, np.random.default_rng(2))
            pairs = zip(drawn.before.games._asdict().items(), drawn.after.games, strict=True)
            moved = {name for (name, before), after in pairs if not np.array_equal(before, after)}
            assert moved == changed.get(statement.key, set()), (statement.key, place)
            assert drawn.after.valid.all()


def test_passive_conjectures_are_those_of_the_enumerator() -> None:
    # Pool-fight with π > μ_T = .75 - the belief after an offer is the prior, and an offer is met: it does not survive.
    base = TalksParameters(
        prior_high=0.9, loss_high=0.1, loss_low=0.9, escalation_cost=0.31, sender_dividend=0.3, receiver_dividend=0.0,
        face_cost=0.2,
    )  # fmt: skip
    (statement,) = [s for s in STATEMENTS if s.key == "C2.1"]
    columns = {name: np.array([value]) for name, value in base.as_dict().items()}
    d = Draws(talks(1, np.random.default_rng(0)).games._replace(**columns))
    answers = read(statement, d)
    assert (answers["PBE"].some, answers["passive"].some) == (1, 0)
    pessimist = Draws(d.games._replace(prior_high=np.array([0.3])))
    assert read(statement, pessimist)["passive"].some == 1
    assert replace(base, prior_high=0.3).prior_high == 0.3


def test_what_is_forced_is_what_every_equilibrium_does() -> None:
    for statement in STATEMENTS:
        games = draw_sample(statement.samples["inside"], 12, np.random.default_rng(6)).after
        assert forced(statement, games).mean() == pytest.approx(read(statement, games, 1)["PBE"].every)


def test_a_sample_that_cannot_be_drawn_is_an_error() -> None:
    sample = replace(STATEMENTS[0].samples["inside"], given=lambda before, after: np.zeros(len(after), dtype=np.bool_))
    with pytest.raises(RuntimeError, match="only 0 of 5 games"):
        draw_sample(sample, 5, np.random.default_rng(0), attempts=3)
