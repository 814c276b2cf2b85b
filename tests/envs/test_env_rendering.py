"""What the two renderings show, and what they keep back until the play is over."""

import numpy as np
import pytest

from olivebranch.envs.play import Play
from olivebranch.envs.rendering import COLOURS, HEIGHT, ROWS, WIDTH, ansi, render, rgb_array
from olivebranch.games import Action
from olivebranch.games.base import CompiledGame
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import compile_talks


def play_through(game: CompiledGame, types: tuple[int, ...], *stages: tuple[tuple[int, ...], str]) -> Play:
    """A play of given types; each stage is a joint action and the label of its outcome."""
    play = Play(game)
    play.types = types
    play.profile = game.profile_types.tolist().index(list(types))
    for joint, label in stages:
        first = int(game.edge_start[play.state, game.joint_index(np.array(joint))])
        labels = game.edge_labels[first : first + game.max_outcomes]
        play.take(first + labels.index(label))
    return play


@pytest.fixture
def talks() -> CompiledGame:
    return compile_talks(load_preset("desperate-first").parameters)


def has_colour(picture: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((picture == np.array(colour, dtype=np.uint8)).all(axis=2).any())


def test_ansi_tells_a_play_from_start_to_end(talks: CompiledGame) -> None:
    assert ansi(play_through(talks, (1, 0))) == (
        "talks: sender, receiver\nnow: the sender considers an offer of talks\nto move: sender (FIGHT, OFFER_TALKS)\n"
    )
    parameters = load_preset("desperate-first").parameters
    loss = (1 - parameters.shelter) * parameters.loss_low
    sender, receiver = -loss - parameters.face_cost, loss - parameters.escalation_cost - parameters.guarantee
    assert ansi(play_through(talks, (1, 0), ((Action.OFFER_TALKS, 0), ""), ((0, Action.ESCALATE), ""))) == (
        "talks: sender, receiver\n"
        "  1. sender: OFFER_TALKS\n"
        "  2. receiver: ESCALATE\n"
        "now: the war has taken its course\n"
        f"payoffs: sender {sender:+.3f}, receiver {receiver:+.3f}\n"
        "hidden until now: sender low\n"
    )


def test_ansi_shows_simultaneous_moves_chance_and_stages_without_choice(skirmish: CompiledGame) -> None:
    assert ansi(play_through(skirmish, (0, 0, 0), ((1, 2, 0), "holds"), ((0, 0, 0), "calm"))) == (
        "skirmish: a, b, c\n"
        "  1. a: push, b: yield; holds\n"
        "  2. calm\n"
        "now: reply (1)\n"
        "to move: b (wait, push); c (push, yield)\n"
    )


def test_nothing_drawn_before_the_end_depends_on_the_types(talks: CompiledGame) -> None:
    for stages in ((), (((Action.FIGHT, 0), ""),), (((Action.OFFER_TALKS, 0), ""),)):
        high, low = (play_through(talks, (kind, 0), *stages) for kind in (0, 1))
        assert ansi(high) == ansi(low)
        np.testing.assert_array_equal(rgb_array(high), rgb_array(low))
    high, low = (play_through(talks, (kind, 0), ((Action.FIGHT, 0), ""), ((0, Action.ESCALATE), "")) for kind in (0, 1))
    assert ansi(high) != ansi(low)
    assert (rgb_array(high) != rgb_array(low)).any()


def test_picture_has_its_size_and_the_colours_of_the_actions(talks: CompiledGame) -> None:
    offer = rgb_array(play_through(talks, (0, 0), ((Action.OFFER_TALKS, 0), "")))
    rebuff = rgb_array(play_through(talks, (0, 0), ((Action.OFFER_TALKS, 0), ""), ((0, Action.ESCALATE), "")))
    assert (offer.shape, offer.dtype) == ((HEIGHT, WIDTH, 3), np.uint8)
    assert has_colour(offer, COLOURS[Action.OFFER_TALKS])
    assert not has_colour(offer, COLOURS[Action.ESCALATE])
    assert has_colour(rebuff, COLOURS[Action.ESCALATE])
    # The receiver's column is to the right of the sender's.
    columns = [np.flatnonzero((rebuff == np.array(COLOURS[action])).all(axis=2).any(axis=0)) for action in (2, 1)]
    assert columns[0].max() < columns[1].min()


def test_long_plays_show_their_latest_stages(skirmish: CompiledGame) -> None:
    play = play_through(skirmish, (0, 0, 0))
    pushing = int(skirmish.edge_start[0, skirmish.joint_index(np.array([1, 0, 0]))])
    waiting = int(skirmish.edge_start[0, 0])
    play.edges = [pushing] + [waiting] * ROWS
    assert not has_colour(rgb_array(play), COLOURS[1])
    play.edges = [waiting] * ROWS + [pushing]
    assert has_colour(rgb_array(play), COLOURS[1])


@pytest.mark.parametrize("mode", ["human", None])
def test_other_modes_are_named_as_such(talks: CompiledGame, mode: str | None) -> None:
    with pytest.raises(ValueError, match=rf"render_mode = {mode!r}: expected one of ansi, rgb_array"):
        render(play_through(talks, (0, 0)), mode)


def test_there_is_nothing_to_draw_before_a_play(talks: CompiledGame) -> None:
    with pytest.raises(ValueError, match="call reset"):
        render(Play(talks), "ansi")
