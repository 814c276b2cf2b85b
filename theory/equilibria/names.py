"""Names of equilibria from what is played in them, e.g. "resilient A fights on, weak A offers in period 1".

A name says in the game's own words what each type does: when it first offers talks, in games that know such an action,
else what it does at its first decision. Equilibria that these words do not tell apart get more of them: first how
often, then what is done where they differ most, at last a number. So a name depends on its equilibrium alone unless
another one plays much alike, and not on how or in which order the equilibria were found.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from olivebranch.games.base import CompiledGame, IntArray
from olivebranch.games.war import WarGame, WarState
from olivebranch.theory.tree.evaluation import counterfactual_values, evaluate
from olivebranch.theory.tree.first_use import first_use
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile

OFFER = "OFFER_TALKS"
RARE, USUAL = 0.05, 0.95  # probabilities below the first are not spoken of, above the second nothing else is
VISITED = 0.02  # what is done where play comes less often than this says little
MOST_PHRASES = 8
MORE = 3  # information sets that are added, at most, to tell equilibria apart

# What the action that offers talks means when a player of the war takes it, and what it is never to do so.
WAR_WORDS = {"patron": ("withholds aid", "gives aid"), "mediator": ("posts a guarantee", "posts no guarantee")}
OFFERS, WAR_NEVER, NEVER = "offers", "fights on", "never offers"
WAR_TYPES = {"high": "resilient", "low": "weak"}  # of belligerents, where there are two levels of resilience


@dataclass(frozen=True)
class Decision:
    """An information set, by its place on the tree.

    Attributes:
        stage, row: of the history.
        player: who decides.
        type: of that player.
    """

    stage: int
    row: int
    player: int
    type: int


def names_of(profiles: Sequence[BehaviourProfile]) -> tuple[str, ...]:
    """A name for each of several equilibria of one game, all different, in the order given."""
    names: list[str] = [""] * len(profiles)
    for group in _grouped(range(len(profiles)), lambda k: _name(profiles[k], exactly=False)):
        for part in _grouped(group.members, lambda k: _name(profiles[k], exactly=True)):
            best = group.key if len(group.members) == 1 else part.key
            for k, name in _told_apart(part.members, profiles, best):
                names[k] = name
    return unique(names)


def unique(names: Sequence[str]) -> tuple[str, ...]:
    """The same names, with a number after those that have occurred before."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(result)


@dataclass(frozen=True)
class _Group:
    key: str
    members: tuple[int, ...]


def _grouped(members: Sequence[int], key: Callable[[int], str]) -> list[_Group]:
    found: dict[str, list[int]] = {}
    for k in members:
        found.setdefault(key(k), []).append(k)
    return [_Group(name, tuple(same)) for name, same in found.items()]


def _told_apart(members: Sequence[int], profiles: Sequence[BehaviourProfile], name: str) -> Iterator[tuple[int, str]]:
    """Those that share ``name``, each with a name of its own."""
    if len(members) == 1:
        yield members[0], name
        return
    reaches = {k: reach_by_type(profiles[k]) for k in members}
    decisions = _telling(profiles[members[0]].tree, [(profiles[k], reaches[k]) for k in members])
    longer: dict[int, str] = {}
    for decision in decisions:
        for k in members:
            reached = reaches[k][decision.stage][decision.row, _column(profiles[k].tree, decision)] >= VISITED
            phrase = _phrase(profiles[k], decision, exactly=True, whole=True) if reached else ""
            longer[k] = longer.get(k, name) + (f"; {phrase}" if phrase else "")
    for group in _grouped(members, lambda k: longer.get(k, name)):
        # payoffs are a key that does not depend on the order in which equilibria were found
        ordered = sorted(group.members, key=lambda k: tuple(np.round(evaluate(profiles[k]).values, 6).tolist()))
        yield from zip(ordered, unique([group.key] * len(ordered)), strict=True)


def _name(profile: BehaviourProfile, exactly: bool) -> str:
    game = profile.tree.game
    if OFFER in game.game.action_names:
        offer = game.game.action_names.index(OFFER)
        phrases = [text for player in range(game.n_players) for text in _offers(profile, player, offer, exactly)]
    else:
        phrases = [_phrase(profile, decision, exactly, whole=False) for decision in _first_decisions(profile)]
    return "; ".join(phrases[:MOST_PHRASES]) or "nobody has a choice"


def _offers(profile: BehaviourProfile, player: int, offer: int, exactly: bool) -> Iterator[str]:
    """When each type of a player first offers talks; types that do the same share a phrase."""
    game = profile.tree.game
    if not game.legal[game.acts[:, player], player, offer].any():
        return
    words = OFFERS, WAR_NEVER if isinstance(game.game, WarGame) else NEVER
    does, never = WAR_WORDS.get(game.game.players[player], words) if isinstance(game.game, WarGame) else words
    unit, times = _clock(profile.tree)
    use = first_use(profile, player, offer, times)
    said = []
    for own_type in range(game.n_types[player]):
        risk, hazard = use.at_risk[:, own_type], use.hazard[:, own_type]
        seen = np.flatnonzero(np.nan_to_num(risk) >= VISITED)
        parts = []
        for time in seen:
            if hazard[time] < RARE:
                continue
            always = hazard[time] > USUAL
            share = f" with {hazard[time]:.2f}" if exactly and not always else ""
            parts.append(f"{'' if always else 'sometimes '}{does} in {unit} {time + 1}{share}")
            if always or not exactly:
                break
        said.append((" and ".join(parts) or never) if len(seen) else "")
    yield from _by_type(game, player, said)


def _by_type(game: CompiledGame, player: int, said: Sequence[str]) -> Iterator[str]:
    name = game.game.players[player]
    if len(set(said) - {""}) == 1:
        yield f"{name} {next(text for text in said if text)}"
    else:
        words = WAR_TYPES if isinstance(game.game, WarGame) else {}
        types = [words.get(t, t) for t in game.game.type_names[player]]
        each = [f"{t} {name} {text}" for t, text in zip(types, said, strict=True) if text]
        if each:
            yield ", ".join(each)


def _clock(tree: GameTree) -> tuple[str, list[IntArray]]:
    """In what time is counted: the war's periods, where it is one, else stages."""
    if not isinstance(tree.game.game, WarGame):
        return "stage", [np.full(len(stage), t) for t, stage in enumerate(tree.stages)]
    periods = np.array([state.period - 1 if isinstance(state, WarState) else 0 for state in tree.game.states])
    return "period", [periods[stage.state] for stage in tree.stages]


def _column(tree: GameTree, decision: Decision) -> int:
    return int(tree.type_offset[decision.player]) + decision.type


def reach_by_type(profile: BehaviourProfile) -> list[np.ndarray]:
    """By stage, the probability of each information set given its owner's type, ``[n_histories, n_columns]``."""
    tree, prior = profile.tree, np.zeros(profile.tree.n_all_types)
    np.add.at(prior, tree.moves.column, tree.game.prior[:, None])
    values, own = counterfactual_values(profile)
    known = np.where(prior > 0, prior, 1.0)
    return [level.reach * reach / known for level, reach in zip(values, own, strict=True)]


def _first_decisions(profile: BehaviourProfile) -> Iterator[Decision]:
    """For each type that can occur its first decision: that to which play comes most often."""
    tree, reach = profile.tree, reach_by_type(profile)
    for player in range(tree.game.n_players):
        acts = [tree.game.acts[stage.state, player] for stage in tree.stages]
        for own_type in range(tree.game.n_types[player]):
            column = int(tree.type_offset[player]) + own_type
            for t, stage_reach in enumerate(reach):
                here = np.where(acts[t], stage_reach[:, column], 0.0)
                if here.max(initial=0.0) >= VISITED:
                    yield Decision(t, int(here.argmax()), player, own_type)
                    break


def _telling(tree: GameTree, played: Sequence[tuple[BehaviourProfile, list[np.ndarray]]]) -> list[Decision]:
    """Where several equilibria differ most, weighted with how often play comes there; the first few such places."""
    differs = [np.zeros(table.shape[:2]) for table in played[0][0].stages]
    for (one, reach), (other, other_reach) in combinations(played, 2):
        for t, total in enumerate(differs):
            gap = np.abs(one.stages[t] - other.stages[t]).sum(axis=2) / 2
            total += gap * (reach[t] + other_reach[t])
    ranked = sorted(
        (-float(total[row, column]), t, int(row), int(column))
        for t, total in enumerate(differs)
        for row, column in zip(*np.nonzero(total > VISITED * RARE), strict=True)
    )
    owner = tree.moves.owner
    return [
        Decision(t, row, int(owner[column]), column - int(tree.type_offset[owner[column]]))
        for _, t, row, column in ranked[:MORE]
    ]


def _phrase(profile: BehaviourProfile, decision: Decision, exactly: bool, whole: bool) -> str:
    """What is done at an information set, e.g. "king first bet"; ``whole``: name the history even where it is clear."""
    game = profile.tree.game
    names, row = game.game.action_names, profile.of(decision.player, decision.stage)[decision.row, decision.type]
    player = game.game.players[decision.player]
    who = f"{game.game.type_names[decision.player][decision.type]} {player}" if _has_types(game, decision) else player
    taken = [a for a in np.argsort(-row, kind="stable") if row[a] >= RARE]
    if row[taken[0]] > USUAL:
        what = names[taken[0]]
    else:
        what = "/".join(f"{names[a]} {row[a]:.2f}" if exactly else names[a] for a in taken)
    crowded = (profile.tree.game.acts[profile.tree.stages[decision.stage].state, decision.player]).sum() > 1
    past = history_words(profile.tree, decision.stage, decision.row) if whole or crowded else ""
    return f"{who} {what}" + (f" after {past}" if past else "")


def _has_types(game: CompiledGame, decision: Decision) -> bool:
    return game.n_types[decision.player] > 1


def history_words(tree: GameTree, stage: int, row: int) -> str:
    """A history in the game's words: what those chose who had a choice, and what chance did; empty at the root."""
    game, words = tree.game, []
    for t in range(stage, 0, -1):
        edge = int(tree.stages[t].edge[row])
        source = int(game.edge_source[edge])
        joint = game.joint_actions(game.edge_joint[edge])
        actors = np.flatnonzero(game.acts[source])
        chosen = [game.game.action_names[joint[player]] for player in actors]
        first = int(game.edge_start[source, game.edge_joint[edge]])
        several = game.edge_count[source, game.edge_joint[edge]] > 1
        label = game.edge_labels[first + int(game.edge_outcome[edge])] if several else ""
        words.append(" and ".join([*chosen, *([label] if label else [])]))
        row = int(tree.stages[t].parent[row])
    return ", ".join(word for word in reversed(words) if word)
