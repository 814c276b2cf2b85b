"""
# Any game

The environments of any game of the class (finite multi-stage games with observed actions and private types): a preset,
a YAML file, an .efg file, or a class of rules of your own. How to write one: `docs/games.md`.

| Import             | `from olivebranch.envs import game_v0`                                    |
|--------------------|---------------------------------------------------------------------------|
| Actions            | Discrete                                                                  |
| Parallel API       | Yes (native; the AEC is native as well)                                   |
| Agents             | the game's players, by name                                               |
| Action space       | `Discrete(n)` over the game's enumeration of actions, with a mask         |
| Observation space  | Dict of `observation` and `action_mask`, see below                        |
| Length             | at most the longest play of the game; never truncated                     |

### Observation space

A Dict, the same for all agents, so that they can share a network. `observation`, float32, holds the own type, one-hot
(all 0 for an agent with one type); the features that the rules give of the public state; and the last `window` stages,
most recent first, each as every agent's action, one-hot, then the public outcome, one-hot, where there are several.
By default the window covers the whole game, so recall is perfect. `action_mask`, int8, is 1 for each legal action, and
all 1 once the play is over.
Nobody ever observes another's type. The details are in `olivebranch.games.information.ObservationEncoder`.

### Arguments

```python
game_v0.env(game, parameters=None, window=None, render_mode=None, mask="dict")
game_v0.raw_env(game, parameters=None, window=None, render_mode=None, mask="dict")
game_v0.parallel_env(game, parameters=None, window=None, render_mode=None, mask="dict")
gymnasium.make("olivebranch/Game-v0", game=.., parameters=None, seat=0, opponent="uniform", ..)
```

`game`: a game spec, such as `"kuhn-poker"`, `"beer-quiche.yaml"`, `"pennies.efg"`, `"my_games.py:Coin"` or
`"my_package.games:Coin"`; paths are relative to the working directory. `parameters`: a mapping with what differs from
the spec, or the arguments of a class of rules. `window`: how many stages back an agent sees. `render_mode`: `"ansi"`
or `"rgb_array"`; types and payoffs show once the play is over. `mask`:
where the legal actions are: `"dict"` and `"observations"` put them into the observation, a Dict (with the vector under
`observation` or `observations`); `"info"` puts them into infos, and the observation is the vector alone.

### Usage

>>> from olivebranch.envs import game_v0
>>> env = game_v0.parallel_env("kuhn-poker")
>>> observations, infos = env.reset(seed=7)
>>> env.agents
['first', 'second']
>>> _, rewards, _, _, _ = env.step({"first": 1, "second": 0})   # bet
>>> _, rewards, terminations, _, _ = env.step({"first": 0, "second": 0})   # pass, that is fold
>>> rewards, terminations["first"]
({'first': 1.0, 'second': -1.0}, True)

### Version history

* v0: first version (0.1.0)
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gymnasium.vector import AutoresetMode
from pettingzoo import AECEnv

from olivebranch.envs.multi import GameAECEnv, GameParallelEnv, wrapped
from olivebranch.envs.opponents import NamedOpponents
from olivebranch.envs.play import MASKS, Observation
from olivebranch.envs.seat import SeatEnv, seated
from olivebranch.games.registry import find_game

if TYPE_CHECKING:
    from olivebranch.envs.vector import SeatVectorEnv


def env(
    game: str,
    parameters: Mapping[str, object] | None = None,
    window: int | None = None,
    render_mode: str | None = None,
    mask: str = MASKS[0],
) -> AECEnv[str, Observation, int | None]:
    """The AEC environment in PettingZoo's usual wrappers. Raises :class:`ParameterError` for a bad game."""
    return wrapped(raw_env(game, parameters, window, render_mode, mask))


def raw_env(
    game: str,
    parameters: Mapping[str, object] | None = None,
    window: int | None = None,
    render_mode: str | None = None,
    mask: str = MASKS[0],
) -> GameAECEnv:
    """The AEC environment itself. Raises :class:`ParameterError` for a bad game."""
    return GameAECEnv(find_game(game, parameters).compiled, window, render_mode, mask)


def parallel_env(
    game: str,
    parameters: Mapping[str, object] | None = None,
    window: int | None = None,
    render_mode: str | None = None,
    mask: str = MASKS[0],
) -> GameParallelEnv:
    """The Parallel environment. Raises :class:`ParameterError` for a bad game."""
    return GameParallelEnv(find_game(game, parameters).compiled, window, render_mode, mask)


def seat_env(
    game: str,
    parameters: Mapping[str, object] | None = None,
    seat: str | int = 0,
    opponent: NamedOpponents | Sequence[NamedOpponents] = "uniform",
    window: int | None = None,
    render_mode: str | None = None,
    mask: str = MASKS[0],
) -> SeatEnv:
    """One seat of a game: what ``gymnasium.make("olivebranch/Game-v0", ..)`` builds.

    Args:
        game: as above.
        parameters: as above.
        seat: a player, by name or by number.
        opponent: anything that :class:`SeatEnv` takes (a :class:`Policy` or a function for all other seats, a mapping
            from seats to these, or a sequence of such from which one is drawn for each episode), or in their place
            texts that name policies, e.g. ``"uniform"``, ``"runs/ppo"`` or ``"my_policy.py:hawk"``
            (:mod:`olivebranch.agents.policies.registry`).
        window: how many stages back the seat sees; by default all.
        render_mode: ``"ansi"`` or ``"rgb_array"``.
        mask: where the legal actions are, as above.

    Raises:
        ParameterError: a bad game, or ``opponent`` names no policy.
        ValueError: an unknown seat.
    """
    return SeatEnv(
        *seated(find_game(game, parameters), seat, opponent), window=window, render_mode=render_mode, mask=mask
    )


seat_env.metadata = SeatEnv.metadata  # type: ignore[attr-defined]  # gymnasium.make looks for render modes here


def seat_vector_env(
    num_envs: int = 1,
    *,
    game: str,
    parameters: Mapping[str, object] | None = None,
    seat: str | int = 0,
    opponent: NamedOpponents | Sequence[NamedOpponents] = "uniform",
    window: int | None = None,
    mask: str = MASKS[0],
    autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
) -> "SeatVectorEnv":
    """The same seat in ``num_envs`` plays at once: what ``gymnasium.make_vec("olivebranch/Game-v0", ..)`` builds.

    ``autoreset_mode`` is ``SAME_STEP`` or ``NEXT_STEP``, or its value as text. Other arguments and errors as for
    :func:`seat_env`; ValueError also if ``num_envs`` is below 1.
    """
    from olivebranch.envs.vector import SeatVectorEnv  # brings the compiled loops

    who = seated(find_game(game, parameters), seat, opponent)
    return SeatVectorEnv(*who, num_envs, window=window, mask=mask, autoreset_mode=autoreset_mode)
