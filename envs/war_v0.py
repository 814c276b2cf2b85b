"""
# War

Two belligerents, A and B, fight over a stake for several periods. Each knows how well it would withstand an
escalation, and not how well the other would. In each period each fights on, escalates, offers talks or, where enabled,
demonstrates its strength. If both offer, talks open and the war ends at the balance of the day. Optional third parties:
a patron of hidden will who gives or withholds aid, and a mediator who may post a guarantee. The rules and their source:
`docs/model.md`, section 5, and `olivebranch.games.war`.

| Import             | `from olivebranch.envs import war_v0`                                          |
|--------------------|--------------------------------------------------------------------------------|
| Actions            | Discrete                                                                       |
| Parallel API       | Yes (native; the AEC is native as well)                                        |
| Agents             | `["A", "B"]`, then `"patron"` and `"mediator"` where the parameters have them  |
| Number of agents   | 2 to 4                                                                         |
| Action space       | `Discrete(4)`, with a mask                                                     |
| Observation space  | Dict, see below                                                                |
| Length             | up to `horizon` periods of 1 to 3 stages; never truncated                      |

### Stages

A period is one stage, in which A and B choose at once. With `order="alternating"` it is two: one belligerent moves, the
other replies; they swap every period. A patron, or a mediator who has not posted its guarantee yet, adds a stage at the
beginning. In the Parallel environment everyone acts in every stage, and who has no choice has `FIGHT` alone as a legal
action.

### Observation space

A Dict, the same for all agents, so that they can share a network:

| Key           | Space                       | Meaning                                                  |
|---------------|-----------------------------|----------------------------------------------------------|
| `observation` | Box, float32, 1-dimensional | what the agent knows                                     |
| `action_mask` | Box, int8, shape `(4,)`     | 1 for each legal action; all 1 once the play is over     |

`observation` holds, in this order:

1. the own type, one-hot, the most resilient (or resolute) first; all 0 for an agent with one type;
2. the share of periods left and A's share of the stake, both in [0, 1]; with alternating moves, whether a reply is
   awaited and the action to be replied to, one-hot; with third parties, whether they are to move, whether aid flows,
   whether the guarantee is posted;
3. the last `window` stages, most recent first, each as every agent's action, one-hot, then the public outcome, one-hot
   by its position among those possible. All 0 for a stage that has not been played. By default the window covers the
   whole war, so recall is perfect.

Nobody ever observes another's type.

### Action space

| Number | Action        | A and B                                 | patron                   | mediator           |
|--------|---------------|-----------------------------------------|--------------------------|--------------------|
| 0      | `FIGHT`       | fight on                                | carry on: give aid       | post nothing       |
| 1      | `ESCALATE`    | escalate                                |                          |                    |
| 2      | `OFFER_TALKS` | offer talks                             | withhold aid, push talks | post the guarantee |
| 3      | `DEMONSTRATE` | fight on, show strength (where enabled) |                          |                    |

An illegal action is replaced by a legal one drawn uniformly, and `infos[agent]["illegal_action"]` is true; only in the
wrapped AEC environment, `env()`, does it end the play with a reward below every payoff, as usual in PettingZoo.

### Rewards

In shares of the stake, as they fall due: each period of fighting costs what it costs, and when the war ends each side
gets its share of the stake (a patron: its interest in its client's share), less `defeat_cost` for a side that is
defeated. All are discounted to the outset, so that an episode's return is the plain sum of its rewards.

### Arguments

```python
war_v0.env(preset=None, parameters=None, window=None, render_mode=None, game=None, mask="dict")
war_v0.raw_env(preset=None, parameters=None, window=None, render_mode=None, game=None, mask="dict")
war_v0.parallel_env(preset=None, parameters=None, window=None, render_mode=None, game=None, mask="dict")
gymnasium.make("olivebranch/War-v0", preset=None, parameters=None, seat="A", opponent="uniform", window=None)
gymnasium.make_vec("olivebranch/War-v0", num_envs=8, preset=None, parameters=None, seat="A", opponent="uniform")
```

`preset`: a name from `olivebranch.games.registry.preset_names("war")`; `"war-example"` where neither it nor
`parameters` is given. `parameters`: a `WarParameters`, or a mapping with its names. `window`: how many stages back an
agent sees. `game`: a game spec of a war, such as a YAML file (docs/games.md); `parameters` then holds what differs from
it.
`render_mode`: `"ansi"` or `"rgb_array"`; types and payoffs show once the play is over. `mask`:
where the legal actions are: `"dict"` and `"observations"` put them into the observation, a Dict (with the vector under
`observation` or `observations`); `"info"` puts them into infos, and the observation is the vector alone.

### Usage

>>> from olivebranch.envs import war_v0
>>> env = war_v0.parallel_env(preset="war-example", render_mode="ansi")
>>> observations, infos = env.reset(seed=7)
>>> _ = env.step({"A": 0, "B": 1})
>>> print(env.render().splitlines()[1])
  1. A: FIGHT, B: ESCALATE; the front holds

### Version history

* v0: first version (0.1.0)
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gymnasium.vector import AutoresetMode
from pettingzoo import AECEnv

from olivebranch.core.errors import ParameterError
from olivebranch.envs.multi import GameAECEnv, GameParallelEnv, wrapped
from olivebranch.envs.opponents import NamedOpponents
from olivebranch.envs.play import MASKS, Observation
from olivebranch.envs.seat import SeatEnv, seated
from olivebranch.games.base import CompiledGame
from olivebranch.games.registry import NamedGame, find_game, load_preset
from olivebranch.games.war_parameters import WarParameters

if TYPE_CHECKING:
    from olivebranch.envs.vector import SeatVectorEnv

DEFAULT_PRESET = "war-example"

Parameters = WarParameters | Mapping[str, Any]


def env(
    preset: str | None = None,
    parameters: Parameters | None = None,
    window: int | None = None,
    render_mode: str | None = None,
    game: str | None = None,
    mask: str = MASKS[0],
) -> AECEnv[str, Observation, int | None]:
    """The AEC environment in PettingZoo's usual wrappers. Raises :class:`ParameterError` for bad parameters."""
    return wrapped(raw_env(preset, parameters, window, render_mode, game, mask))


def raw_env(
    preset: str | None = None,
    parameters: Parameters | None = None,
    window: int | None = None,
    render_mode: str | None = None,
    game: str | None = None,
    mask: str = MASKS[0],
) -> GameAECEnv:
    """The AEC environment itself. Raises :class:`ParameterError` for bad parameters."""
    return GameAECEnv(compiled_game(preset, parameters, game), window, render_mode, mask)


def parallel_env(
    preset: str | None = None,
    parameters: Parameters | None = None,
    window: int | None = None,
    render_mode: str | None = None,
    game: str | None = None,
    mask: str = MASKS[0],
) -> GameParallelEnv:
    """The Parallel environment. Raises :class:`ParameterError` for bad parameters."""
    return GameParallelEnv(compiled_game(preset, parameters, game), window, render_mode, mask)


def seat_env(
    preset: str | None = None,
    parameters: Parameters | None = None,
    seat: str | int = "A",
    opponent: NamedOpponents | Sequence[NamedOpponents] = "uniform",
    window: int | None = None,
    render_mode: str | None = None,
    game: str | None = None,
    mask: str = MASKS[0],
) -> SeatEnv:
    """One seat of the war: what ``gymnasium.make("olivebranch/War-v0", ..)`` builds.

    Args:
        preset: as above.
        parameters: as above.
        seat: ``"A"``, ``"B"``, ``"patron"`` or ``"mediator"``.
        opponent: anything that :class:`SeatEnv` takes (a :class:`Policy` or a function for all other seats, a mapping
            from seats to these, or a sequence of such from which one is drawn for each episode), or in their place
            texts that name policies, e.g. ``"uniform"``, ``{"B": "runs/ppo"}`` or ``"my_policy.py:hawk"``
            (:mod:`olivebranch.agents.policies.registry`).
        window: how many stages back the seat sees; by default all.
        render_mode: ``"ansi"`` or ``"rgb_array"``.
        game: as above.
        mask: where the legal actions are, as above.

    Raises:
        ParameterError: bad parameters, or ``opponent`` names no policy.
        ValueError: an unknown seat.
    """
    return SeatEnv(
        *seated(named_game(preset, parameters, game), seat, opponent), window=window, render_mode=render_mode, mask=mask
    )


seat_env.metadata = SeatEnv.metadata  # type: ignore[attr-defined]  # gymnasium.make looks for render modes here


def seat_vector_env(
    num_envs: int = 1,
    preset: str | None = None,
    parameters: Parameters | None = None,
    seat: str | int = "A",
    opponent: NamedOpponents | Sequence[NamedOpponents] = "uniform",
    window: int | None = None,
    game: str | None = None,
    mask: str = MASKS[0],
    autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
) -> "SeatVectorEnv":
    """The same seat in ``num_envs`` plays at once: what ``gymnasium.make_vec("olivebranch/War-v0", ..)`` builds.

    ``autoreset_mode`` is ``SAME_STEP`` or ``NEXT_STEP``, or its value as text. Other arguments and errors as for
    :func:`seat_env`; ValueError also if ``num_envs`` is below 1.
    """
    from olivebranch.envs.vector import SeatVectorEnv  # brings the compiled loops

    who = seated(named_game(preset, parameters, game), seat, opponent)
    return SeatVectorEnv(*who, num_envs, window=window, mask=mask, autoreset_mode=autoreset_mode)


def compiled_game(preset: str | None, parameters: Parameters | None, game: str | None = None) -> CompiledGame:
    """The compiled game of a preset, of parameters, or of a game spec with what differs from it.

    Raises :class:`ParameterError` for bad parameters, or where two of them are given that exclude each other.
    """
    return named_game(preset, parameters, game).compiled


def named_game(preset: str | None, parameters: Parameters | None, game: str | None = None) -> NamedGame:
    """The same as a game that knows its name and its parameters."""
    if preset is not None and (parameters is not None or game is not None):
        raise ParameterError("preset", preset, "None where parameters or a game are given")
    if game is not None:
        named = find_game(game, parameters.as_dict() if isinstance(parameters, WarParameters) else parameters)
        named.parameters_as(WarParameters)  # refuses a game of another kind
        return named
    if parameters is None:
        return find_game(load_preset(preset or DEFAULT_PRESET, game="war").name)
    if not isinstance(parameters, WarParameters):
        parameters = WarParameters.from_mapping(parameters)
    return NamedGame("war", "war", parameters)
