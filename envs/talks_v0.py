"""
# Talks

One offer, one reply, one hidden type. A *sender* at war, of high or low resilience, fights on or offers talks. The
*receiver*, who does not know the sender's resilience, sees that and holds or escalates. An offer may be read as a
sign of weakness, and whoever reads it so gains from escalating. The rules and their source: `docs/model.md`,
section 2.

| Import             | `from olivebranch.envs import talks_v0`     |
|--------------------|---------------------------------------------|
| Actions            | Discrete                                    |
| Parallel API       | Yes (native; the AEC is native as well)     |
| Agents             | `agents = ["sender", "receiver"]`           |
| Number of agents   | 2                                           |
| Action space       | `Discrete(4)`, with a mask                  |
| Observation space  | Dict, see below                             |
| Length             | 2 stages; never truncated                   |

### Observation space

A Dict, the same for both agents, so that they can share a network:

| Key           | Space                          | Meaning                                                       |
|---------------|--------------------------------|---------------------------------------------------------------|
| `observation` | Box, float32, shape `(10,)`    | what the agent knows                                          |
| `action_mask` | Box, int8, shape `(4,)`        | 1 for each legal action; all 1 once the play is over          |

| Index of `observation` | Meaning                                                                            |
|------------------------|------------------------------------------------------------------------------------|
| 0, 1                   | own type, one-hot: high, low. Both 0 for the receiver, who has no private type     |
| 2 to 5                 | the sender's action in the last stage, one-hot; all 0 in the first stage           |
| 6 to 9                 | the receiver's action in the last stage, one-hot; all 0 in the first stage         |

Nobody ever observes the other's type.

### Action space

One enumeration for every agent and every game of the project:

| Number | Action        | Legal                                                                                       |
|--------|---------------|---------------------------------------------------------------------------------------------|
| 0      | `FIGHT`       | the sender, first; the receiver (to hold) after `FIGHT`; whoever does not act in a stage    |
| 1      | `ESCALATE`    | the receiver, after either message                                                          |
| 2      | `OFFER_TALKS` | the sender, first; the receiver (to reciprocate) after `OFFER_TALKS`                        |
| 3      | `DEMONSTRATE` | never in this game                                                                          |

In the Parallel environment both agents act in both stages, and the one whose turn it is not has `FIGHT` as its only
legal action. The AEC environment asks the sender, then the receiver. An illegal action is replaced by a legal one
drawn uniformly, and `infos[agent]["illegal_action"]` is true; only in the wrapped AEC environment, `env()`, does it
end the play with a reward below every payoff, as usual in PettingZoo.

### Rewards

All at the end, in shares of the stake, relative to the unescalated war. With ℓ the sender's loss (`loss_high` or
`loss_low`), λ `pressure`, s `shelter`, k `escalation_cost`, f `face_cost`, g `guarantee`, b_S and b_R the dividends:

| Sender, receiver           | Sender           | Receiver          |
|----------------------------|------------------|-------------------|
| `FIGHT`, `FIGHT`           | −λ ℓ             | λ ℓ               |
| `FIGHT`, `ESCALATE`        | −ℓ               | ℓ − k             |
| `OFFER_TALKS`, `OFFER_TALKS` | b_S            | b_R               |
| `OFFER_TALKS`, `ESCALATE`  | −(1−s) ℓ − f     | (1−s) ℓ − k − g   |

### Arguments

```python
talks_v0.env(preset=None, parameters=None, render_mode=None, game=None, mask="dict")
talks_v0.raw_env(preset=None, parameters=None, render_mode=None, game=None, mask="dict")
talks_v0.parallel_env(preset=None, parameters=None, render_mode=None, game=None, mask="dict")
gymnasium.make("olivebranch/Talks-v0", preset=None, parameters=None, seat="receiver", opponent="uniform", game=None)
gymnasium.make_vec("olivebranch/Talks-v0", num_envs=8, preset=None, parameters=None, seat="receiver", opponent=..)
```

`preset`: a name from `olivebranch.games.registry.preset_names("talks")`; `"costly-escalation"` where neither it nor
`parameters` is given. `parameters`: a `TalksParameters`, or a mapping with its names. `game`: a game spec of a talks
game, such as a YAML file (docs/games.md); `parameters` then holds what differs from it. `render_mode`: `"ansi"` or
`"rgb_array"`; types and payoffs show once the play is over. `mask`: where the legal actions are: `"dict"` and
`"observations"` put them into the observation, a Dict (with the vector under `observation` or `observations`);
`"info"` puts them into infos, and the observation is the vector alone. `seat` and `opponent` are explained at
`olivebranch.envs.talks_v0.seat_env`, the single seat itself at `olivebranch.envs.seat.SeatEnv`, and many plays of it
at once, which `make_vec` steps in one compiled loop, at `olivebranch.envs.vector.SeatVectorEnv`.

### Usage

>>> from olivebranch.envs import talks_v0
>>> env = talks_v0.parallel_env(preset="costly-escalation", render_mode="ansi")
>>> observations, infos = env.reset(seed=7)
>>> _ = env.step({"sender": 2, "receiver": 0})
>>> _, rewards, terminations, _, _ = env.step({"sender": 0, "receiver": 2})
>>> rewards, terminations
({'sender': 0.3, 'receiver': 0.15}, {'sender': True, 'receiver': True})

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
from olivebranch.games.talks import TalksParameters

if TYPE_CHECKING:
    from olivebranch.envs.vector import SeatVectorEnv

DEFAULT_PRESET = "costly-escalation"

Parameters = TalksParameters | Mapping[str, Any]


def env(
    preset: str | None = None,
    parameters: Parameters | None = None,
    render_mode: str | None = None,
    game: str | None = None,
    mask: str = MASKS[0],
) -> AECEnv[str, Observation, int | None]:
    """The AEC environment in PettingZoo's usual wrappers. Raises :class:`ParameterError` for bad parameters."""
    return wrapped(raw_env(preset, parameters, render_mode, game, mask))


def raw_env(
    preset: str | None = None,
    parameters: Parameters | None = None,
    render_mode: str | None = None,
    game: str | None = None,
    mask: str = MASKS[0],
) -> GameAECEnv:
    """The AEC environment itself. Raises :class:`ParameterError` for bad parameters."""
    return GameAECEnv(compiled_game(preset, parameters, game), render_mode=render_mode, mask=mask)


def parallel_env(
    preset: str | None = None,
    parameters: Parameters | None = None,
    render_mode: str | None = None,
    game: str | None = None,
    mask: str = MASKS[0],
) -> GameParallelEnv:
    """The Parallel environment. Raises :class:`ParameterError` for bad parameters."""
    return GameParallelEnv(compiled_game(preset, parameters, game), render_mode=render_mode, mask=mask)


def seat_env(
    preset: str | None = None,
    parameters: Parameters | None = None,
    seat: str | int = "receiver",
    opponent: NamedOpponents | Sequence[NamedOpponents] = "uniform",
    render_mode: str | None = None,
    game: str | None = None,
    mask: str = MASKS[0],
) -> SeatEnv:
    """One seat of the talks game: what ``gymnasium.make("olivebranch/Talks-v0", ..)`` builds.

    Args:
        preset: as above.
        parameters: as above.
        seat: ``"sender"`` or ``"receiver"``.
        opponent: anything that :class:`SeatEnv` takes (a :class:`Policy` or a function, or a sequence of them from
            which one is drawn for each episode), or a text that names a policy, e.g. ``"uniform"``,
            ``"equilibrium:low-talks"``, ``"runs/ppo"`` or ``"my_policy.py:hawk"``
            (:mod:`olivebranch.agents.policies.registry`).
        render_mode: ``"ansi"`` or ``"rgb_array"``.
        game: as above.
        mask: where the legal actions are, as above.

    Raises:
        ParameterError: bad parameters, or ``opponent`` names no policy.
        ValueError: an unknown seat.
    """
    return SeatEnv(*seated(named_game(preset, parameters, game), seat, opponent), render_mode=render_mode, mask=mask)


seat_env.metadata = SeatEnv.metadata  # type: ignore[attr-defined]  # gymnasium.make looks for render modes here


def seat_vector_env(
    num_envs: int = 1,
    preset: str | None = None,
    parameters: Parameters | None = None,
    seat: str | int = "receiver",
    opponent: NamedOpponents | Sequence[NamedOpponents] = "uniform",
    game: str | None = None,
    mask: str = MASKS[0],
    autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
) -> "SeatVectorEnv":
    """The same seat in ``num_envs`` plays at once: what ``gymnasium.make_vec("olivebranch/Talks-v0", ..)`` builds.

    ``autoreset_mode`` is ``SAME_STEP`` or ``NEXT_STEP``, or its value as text. Other arguments and errors as for
    :func:`seat_env`; ValueError also if ``num_envs`` is below 1.
    """
    from olivebranch.envs.vector import SeatVectorEnv  # brings the compiled loops

    who = seated(named_game(preset, parameters, game), seat, opponent)
    return SeatVectorEnv(*who, num_envs, mask=mask, autoreset_mode=autoreset_mode)


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
        named = find_game(game, parameters.as_dict() if isinstance(parameters, TalksParameters) else parameters)
        named.parameters_as(TalksParameters)  # refuses a game of another kind
        return named
    if parameters is None:
        return find_game(load_preset(preset or DEFAULT_PRESET, game="talks").name)
    if not isinstance(parameters, TalksParameters):
        parameters = TalksParameters.from_mapping(parameters)
    return NamedGame("talks", "talks", parameters)
