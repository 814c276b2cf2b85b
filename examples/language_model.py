"""Ask a language model on a server of this machine for its play in one game, and hold it against the equilibria.

Start a server that has POST /v1/chat/completions (llama.cpp, vLLM, Ollama), then:

    python examples/language_model.py http://127.0.0.1:8080/v1 NAME-OF-THE-MODEL
"""

import sys

from olivebranch.agents.language_model.playing import play_of
from olivebranch.agents.language_model.settings import AskSettings, ModelSettings, PlayerSettings
from olivebranch.agents.language_model.texts.frames import Frame
from olivebranch.eval.language_model.scores import score
from olivebranch.games.registry import find_game

base_url, name = sys.argv[1:3]
settings = PlayerSettings(
    model=ModelSettings(name="mine", base_url=base_url, model=name, seed=1),
    frame=Frame(story="war"),
    ask=AskSettings(samples=20),
)
result = score(play_of(find_game("rival-expectations"), settings))
for move in result.moves:
    low, high = move.share.low, move.share.high
    where = f"{move.player} ({move.type}), {move.history}"
    print(f"{where}: {move.action} {move.share.value:.2f} [{low:.2f}, {high:.2f}]")  # noqa: T201
print(f"NashConv {result.nash_conv.value:.3f} [{result.nash_conv.low:.3f}, {result.nash_conv.high:.3f}]")  # noqa: T201
print(f"nearest equilibrium: {result.nearest.component}, at {result.nearest.on_path:.2f}")  # noqa: T201
