"""Playthroughs: text files that show a few plays in full, held against what the environments do today.

A difference means that rules, observations, rewards or the use of random numbers have changed. Where that is meant,
write the files anew and read the difference before committing it:

    OLIVEBRANCH_WRITE_PLAYTHROUGHS=1 python -m pytest tests/envs/test_playthroughs.py
"""

import os
from pathlib import Path

import numpy as np
import pytest

from olivebranch.envs.multi import GameParallelEnv
from olivebranch.games.base import CompiledGame
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import compile_talks

FOLDER = Path(__file__).parent / "playthroughs"
PRESETS = ("costly-escalation", "desperate-first", "weak-blend-in")
SEEDS = range(3)


def digits(values: np.ndarray) -> str:
    return " ".join(f"{value:g}" for value in values)


def playthrough(game: CompiledGame) -> str:
    """A few plays under random legal actions: what stands, who sees what, who may do what, what it pays."""
    rules = game.game
    lines = [
        f"game: {rules.name}",
        f"players: {', '.join(rules.players)}",
        f"actions: {', '.join(f'{number} {name}' for number, name in enumerate(rules.action_names))}",
        f"types: {'; '.join(', '.join(names) for names in rules.type_names)}",
        f"prior: {digits(game.prior)}",
        f"public states: {game.n_states}, edges: {game.n_edges}, stages at most: {game.max_stages}",
    ]
    env = GameParallelEnv(game, render_mode="ansi")
    for seed in SEEDS:
        choices = np.random.default_rng([seed, 2023])
        observations, _ = env.reset(seed=seed)
        lines += ["", f"== seed {seed} ==", f"types drawn: {digits(np.array(env.play.types))}"]
        while env.agents:
            lines += ["", f"state {env.play.state}: {rules.describe(game.states[env.play.state])}"]
            actions = {}
            for seat, agent in enumerate(env.possible_agents):
                legal = env.play.legal(seat)
                actions[agent] = int(choices.choice(legal))
                lines.append(f"  {agent} sees {digits(observations[agent]['observation'])}")
                lines.append(f"  {agent} may {legal}, does {rules.action_names[actions[agent]]}")
            observations, rewards, *_ = env.step(actions)
            lines.append(f"  rewards: {', '.join(f'{agent} {reward:.6g}' for agent, reward in rewards.items())}")
        lines += ["", str(env.render()).rstrip()]
    return "\n".join(lines) + "\n"


def check(name: str, game: CompiledGame) -> None:
    path = FOLDER / f"{name}.txt"
    text = playthrough(game)
    if os.environ.get("OLIVEBRANCH_WRITE_PLAYTHROUGHS"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("preset", PRESETS)
def test_talks_plays_as_on_file(preset: str) -> None:
    check(f"talks-{preset}", compile_talks(load_preset(preset).parameters))


def test_three_seats_play_as_on_file(skirmish: CompiledGame) -> None:
    check("skirmish", skirmish)


def test_the_folder_holds_nothing_else() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {*(f"talks-{preset}" for preset in PRESETS), "skirmish"}
