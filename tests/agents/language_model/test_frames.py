"""The texts of the game: complete, balanced, and silent about how to play."""

import re
from collections import Counter

import numpy as np
import pytest

from olivebranch.agents.language_model.elicitation import edges_to, rows
from olivebranch.agents.language_model.texts.frames import CHOICES, Frame
from olivebranch.agents.language_model.texts.prompts import Prompter
from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import NamedGame, find_game, preset_names
from olivebranch.theory.sampling.counts import situations_of
from olivebranch.theory.talks.solve import EQUILIBRIUM_NAMES
from olivebranch.theory.tree.histories import unroll

FRAMES = [
    Frame(story=story, rules=rules, state_type=state_type, reasoning=reasoning)
    for story in CHOICES["story"]
    for rules in CHOICES["rules"]
    for state_type in (True, False)
    for reasoning in (True, False)
]
# Whatever tells a player what theory, the source or other players would do.
GIVEAWAYS = (
    "equilibri", "nash", "bayes", "optimal", "best response", "best reply", "dominat", "rational", "theor",
    "strategy", "strategic", "bluff", "signal", "weakness", "deter", "pooling", "separat", "should", "wise", "advis",
    "recommend", "ought", "correct", "incentive", "credib",
    "expected payoff", "mixed", "threat", "exploit", "desperate",
    "mastro", "siegel", "olivebranch", "claim", "usually", "typically", "tends to", "most players",
)  # fmt: skip


def given_away(said: str) -> list[str]:
    """The giveaways that begin a word of a text."""
    return [word for word in GIVEAWAYS if re.search(rf"\b{word}", said.lower())]


def texts(game: NamedGame, frame: Frame, most: int = 60) -> list[str]:
    """The questions about the first situations of a game."""
    tree, prompter = unroll(game.compiled), Prompter(game, frame)
    found = []
    for number, (stage, history, column) in enumerate(rows(situations_of(tree))[:most]):
        seat = int(tree.moves.owner[column])
        state = int(tree.stages[stage].state[history])
        own = column - int(tree.type_offset[seat])
        found.append(prompter.question(seat, own, state, edges_to(tree, stage, history), number).messages[0]["content"])
    return found


def fits(game: NamedGame, frame: Frame) -> bool:
    if game.kind in ("leduc", "liars-dice") and frame.rules == "full":
        return False  # they have no text of their own, and too many ends to list
    return frame.story == "neutral" or game.kind in ("talks", "demonstration", "war")


GAMES = [find_game(name) for name in preset_names()]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
def test_no_text_of_any_preset_gives_away_how_to_play(frame: Frame) -> None:
    for game in GAMES:
        if not fits(game, frame):
            continue
        for text in texts(game, frame, 12):
            said = text.lower()
            assert given_away(said) == []
            assert [name for name in EQUILIBRIUM_NAMES if name in said] == []
            assert game.label not in said


def test_the_test_of_giveaways_can_fail() -> None:
    said = "An offer may be read as weakness, so in equilibrium you should fight."
    assert given_away(said) == ["equilibri", "weakness", "should"]


def test_a_text_depends_on_the_rules_and_not_on_what_is_known_of_their_equilibria() -> None:
    """Two games with other equilibria differ in numbers only."""

    def without_numbers(name: str) -> str:
        return re.sub(r"-?\d+(\.\d+)?", "#", texts(find_game(name), Frame(story="war"))[0])

    assert without_numbers("costly-escalation") == without_numbers("desperate-first") or (
        # payoffs that are alike for both types are told once
        without_numbers("costly-escalation").count("#") != without_numbers("desperate-first").count("#")
    )


def test_full_rules_hold_every_payoff_of_a_talks_game() -> None:
    game = find_game("rival-expectations")
    text = Prompter(game, Frame()).rules
    for value in np.unique(np.round(game.compiled.edge_reward[game.compiled.terminal[game.compiled.edge_next]], 10)):
        assert f"{value:.4g}" in text
    assert "0.56" in text
    assert re.findall(r"\d", Prompter(game, Frame(rules="brief")).rules.split("\n\n")[-1]) == []


def test_every_parameter_of_a_war_is_in_its_full_rules() -> None:
    game = find_game("war-ukraine-2022")
    text = Prompter(game, Frame(story="war")).rules
    for name, value in game.parameters.as_dict().items():
        for number in np.ravel(np.array(value, dtype=object)):
            if isinstance(number, float) and number not in (0.0, 1.0) and name not in ("prior", "shelter"):
                assert f"{number:.4g}" in text, name


def test_a_type_is_stated_or_not() -> None:
    game = find_game("rival-expectations")
    stated, silent = Prompter(game, Frame(story="war")), Prompter(game, Frame(story="war", state_type=False))
    assert "You are barely resilient." in stated.role(0, 1)
    assert silent.role(0, 1) == silent.role(0, 0)


@pytest.mark.parametrize("n_options", [2, 3, 4])
def test_rotated_options_stand_in_each_place_equally_often(n_options: int) -> None:
    orders = [Frame().order_of(n_options, sample) for sample in range(4 * n_options)]
    for place in range(n_options):
        assert set(Counter(order[place] for order in orders).values()) == {4}
    assert all(sorted(order) == list(range(n_options)) for order in orders)


def test_labels_lead_back_to_actions() -> None:
    game = find_game("rival-expectations")
    for frame in (Frame(story="war"), Frame(story="war", order="reversed", labels="other-letters")):
        prompter = Prompter(game, frame)
        for sample in range(4):
            text, labels, actions = prompter.options(0, 0, sample)
            said = dict(line.split(": ", 1) for line in text.splitlines())
            for label, action in zip(labels, actions, strict=True):
                assert ("talks" in said[label]) == (action == 2)


def test_names_say_what_is_not_as_by_default() -> None:
    assert Frame().name == "neutral"
    assert Frame(story="war", order="reversed", state_type=False, reasoning=True).name == "war-reversed-no-type-reasons"
    assert len({frame.name for frame in FRAMES}) == len(FRAMES)


def test_a_story_without_words_for_a_game_is_refused() -> None:
    with pytest.raises(ParameterError, match="neutral"):
        Prompter(find_game("kuhn-poker"), Frame(story="war"))
