"""Score an agent that maps text to text, as TextArena's agents do: no server, no network.

    python examples/text_agent.py

In TextArena an agent is an object that is called with the observation, a text, and returns its action, a text. Anything
of that form can stand in place of ``always_first``.
"""

from olivebranch.agents.language_model.playing import Connection, play_of
from olivebranch.agents.language_model.settings import AskSettings, ModelSettings, PlayerSettings
from olivebranch.eval.language_model.scores import score
from olivebranch.games.registry import find_game


def always_first(observation: str) -> str:
    """Whatever the question is, the option that is listed first."""
    options = observation.rpartition("What do you choose?\n")[2]
    return options[0]


settings = PlayerSettings(
    model=ModelSettings(name="always-first", base_url="http://127.0.0.1/v1", model="always-first"),
    ask=AskSettings(samples=20, allocation="even"),
)
result = score(play_of(find_game("rival-expectations"), settings, Connection(agent=always_first)))
for move in result.moves:  # the options change places from sample to sample, so a liking for places shows as a half
    print(f"{move.player} ({move.type}), {move.history}: {move.action} {move.share.value:.2f}")  # noqa: T201
print(f"NashConv {result.nash_conv.value:.3f} [{result.nash_conv.low:.3f}, {result.nash_conv.high:.3f}]")  # noqa: T201
