"""The rules of a game in words and numbers: whatever a player knows, and nothing of how to play."""

from collections.abc import Iterator

import numpy as np

from olivebranch.agents.language_model.texts.wording import Words, action_text
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import CompiledGame
from olivebranch.games.registry import NamedGame
from olivebranch.games.rules import Action
from olivebranch.games.war_parameters import SIDES, WarParameters

MOST_ENDS = 80


def rules_text(game: NamedGame, words: Words, story: str, full: bool) -> str:
    """The rules, as a few paragraphs.

    Args:
        game: the game.
        words: for it.
        story: to which the words belong.
        full: with every number.

    Raises:
        ParameterError: ``full``, and it is no war and has too many ends to list.
    """
    compiled = game.compiled
    said = [words.scene, _who(compiled, words, full)]
    if isinstance(game.parameters, WarParameters):
        said += list(_war(game.parameters, words, story, full))
    elif full:
        ends = list(_ends(compiled, words, story))
        if len(ends) > MOST_ENDS:
            raise ParameterError(
                "rules", "full", f"brief, for {game.label} has {len(ends)} ends and no text of its own"
            )
        said += ["Every way in which the game can go:", "\n".join(f"- {end}" for end in ends)]
    else:
        said.append(
            "Players choose in turn or at once, and everyone sees every choice. What you get depends on all choices "
            "and on the kinds of the players."
        )
    return "\n\n".join(said)


def number(value: float) -> str:
    """A number as players are told it."""
    return f"{value:.4g}"


def _who(game: CompiledGame, words: Words, full: bool) -> str:
    rules = game.game
    names = [words.players[player] for player in rules.players]
    said = [f"The players are {', '.join(names[:-1])} and {names[-1]}."]
    for seat, player in enumerate(rules.players):
        kinds = [words.types[player][name] for name in rules.type_names[seat]]
        if len(kinds) == 1:
            continue
        shares = [game.prior[game.profile_types[:, seat] == own].sum() for own in range(len(kinds))]
        each = [
            f"{kind} (probability {number(share)})" if full else kind for kind, share in zip(kinds, shares, strict=True)
        ]
        said.append(
            f"{words.players[player]} is one of these: {', '.join(each)}. Only {words.players[player]} knows which."
        )
    if full and not _independent(game):
        each = [f"{number(game.prior[w])} if {_kinds(game, words, int(w))}" for w in np.flatnonzero(game.prior > 0)]
        said.append(f"The kinds go together with these probabilities: {', '.join(each)}.")
    return " ".join(said)


def _independent(game: CompiledGame) -> bool:
    """Whether the prior is the product of what each player is on its own."""
    product = np.ones(game.n_profiles)
    for seat, n_types in enumerate(game.n_types):
        own = game.profile_types[:, seat]
        product *= np.bincount(own, weights=game.prior, minlength=n_types)[own]
    return bool(np.allclose(product, game.prior))


def _ends(game: CompiledGame, words: Words, story: str) -> Iterator[str]:
    """Each way to the end of a game with what everyone gets, by kinds."""
    yield from _from(game, words, story, 0, [], np.zeros((game.n_players, game.n_profiles)), np.ones(game.n_profiles))


def _from(
    game: CompiledGame, words: Words, story: str, state: int, so_far: list[str], got: np.ndarray, odds: np.ndarray
) -> Iterator[str]:
    if game.terminal[state]:
        yield f"{'; '.join(so_far)}: {_points(game, words, got)}{_odds(game, words, odds)}"
        return
    for edge in np.flatnonzero(game.edge_source == state):
        chosen = move_text(game, words, story, int(edge))
        after = odds * game.edge_probability[edge]
        if (after > 0).any():
            yield from _from(
                game, words, story, int(game.edge_next[edge]), [*so_far, *chosen], got + game.edge_reward[edge], after
            )


def move_text(game: CompiledGame, words: Words, story: str, edge: int) -> list[str]:
    """What everyone saw of one stage: the actions of those who had a choice, and the event."""
    rules, source = game.game, game.edge_source[edge]
    actions = game.joint_actions(game.edge_joint[edge])
    said = [
        f"{words.players[player]} chooses {action_text(words, story, player, rules.action_names[actions[seat]])}"
        for seat, player in enumerate(rules.players)
        if game.acts[source, seat]
    ]
    label = game.edge_labels[edge]
    return [*said, *([words.events.get(label, label)] if label else [])]


def _points(game: CompiledGame, words: Words, got: np.ndarray) -> str:
    possible = np.flatnonzero(game.prior > 0)
    said = []
    for seat, player in enumerate(game.game.players):
        values = got[seat][possible]
        if np.ptp(values) < 1e-12:
            said.append(f"{words.players[player]} gets {number(values[0])}")
        else:
            each = [f"{number(got[seat][w])} if {_kinds(game, words, int(w))}" for w in possible]
            said.append(f"{words.players[player]} gets {', '.join(each)}")
    return "; ".join(said) + "."


def _odds(game: CompiledGame, words: Words, odds: np.ndarray) -> str:
    possible = np.flatnonzero(game.prior > 0)
    if np.allclose(odds[possible], 1):
        return ""
    if np.ptp(odds[possible]) < 1e-12:
        return f" The chance of these events, after these choices, is {number(odds[possible][0])}."
    each = [f"{number(odds[w])} if {_kinds(game, words, int(w))}" for w in possible]
    return f" The chance of these events, after these choices, is {', '.join(each)}."


def _kinds(game: CompiledGame, words: Words, profile: int) -> str:
    rules = game.game
    each = [
        f"{words.players[player]} is {words.types[player][rules.type_names[seat][game.profile_types[profile, seat]]]}"
        for seat, player in enumerate(rules.players)
        if game.n_types[seat] > 1
    ]
    return " and ".join(each) or "always"


def _war(p: WarParameters, words: Words, story: str, full: bool) -> Iterator[str]:
    term, one, two = words.terms, words.players["A"], words.players["B"]
    fight, escalate, offer = (words.actions[a.name] for a in (Action.FIGHT, Action.ESCALATE, Action.OFFER_TALKS))
    order = (
        f"In each period {one} and {two} choose at the same time."
        if p.order == "simultaneous"
        else f"In each period one of them chooses, the other sees it and replies; "
        f"{words.players[p.first_mover]} begins in "
        "period 1, and then they take turns to begin."
    )
    yield (
        f"There are at most {p.horizon} periods. A {term['counter']} between 0 and {p.grid} says how things stand, "
        "and it "
        f"begins at {p.start}. {order} The choices are: {fight}; {escalate}; {offer}. If both of them choose "
        f"{offer} in the "
        f"same period, the game ends. Otherwise either of them may advance: if {one} alone {term['advances']}, the "
        f"{term['counter']} rises by 1, and if {two} alone {term['advances']}, it falls by 1. At 0 or {p.grid} the "
        "game ends."
    )
    if not full:
        yield (
            f"A higher {term['counter']} is better for {one}, and a lower one for {two}. Each period without an "
            "end costs "
            f"both. To choose {escalate} makes {term['advancing']} the one who chooses it more probable and costs "
            "it more."
        )
        return
    yield (
        f"At the end {one} gets ({term['counter']} / {p.grid}) points and {two} gets (1 - {term['counter']} / "
        f"{p.grid}) "
        f"points. If {term['defeat']}, {term['loser']} loses a further {number(p.defeat_cost)}. "
        f"{term['going'].capitalize()} "
        f"costs {one} {number(p.war_cost[0])} and {two} {number(p.war_cost[1])}. To choose {escalate} costs {one} "
        f"{number(p.escalation_cost[0])} and {two} {number(p.escalation_cost[1])} each time."
        + (f" Whatever comes a period later counts {number(p.discount)} times as much." if p.discount != 1 else "")
    )
    for other, side, chances in ((one, "B", p.breakthrough_b), (two, "A", p.breakthrough_a)):
        names = list(words.types[side].values())
        each = ", ".join(f"{number(c)} if {words.players[side]} is {n}" for c, n in zip(chances, names, strict=True))
        if len(names) == 1:
            each = number(chances[0])
        yield (
            f"The probability of {term['advancing']} {other} in a period in which it chooses {escalate}: {each}. If "
            f"{other} chooses anything else, it is multiplied by {number(p.pressure)}. If {words.players[side]} "
            "chooses "
            f"{offer}, it is multiplied by {number(1 - p.shelter)}."
        )
    extra = []
    if p.face_cost:
        extra.append(f"Whoever chooses {offer} while the other chooses {escalate} loses {number(p.face_cost)}.")
    if p.guarantee:
        until = f", once {words.players['mediator']} has put up {term['guarantee']}" if p.mediator else ""
        extra.append(f"Whoever chooses {escalate} while the other chooses {offer} loses {number(p.guarantee)}{until}.")
    for side, costs in zip(SIDES, (p.demonstration_cost_a, p.demonstration_cost_b), strict=True):
        if costs:
            names = list(words.types[side].values())
            each = ", ".join(f"{number(c)} if it is {n}" for c, n in zip(costs, names, strict=True))
            extra.append(
                f"{words.players[side]} may also choose {words.actions['DEMONSTRATE']}, which has the effect of "
                f"{fight} and "
                f"costs it {each}."
            )
    if p.patron:
        patron, client = words.players["patron"], words.players[p.patron.client]
        give, withhold = (action_text(words, story, "patron", a.name) for a in (Action.FIGHT, Action.OFFER_TALKS))
        each = ", ".join(
            f"{number(c)} if it is {n}" for c, n in zip(p.patron.aid_cost, words.types["patron"].values(), strict=True)
        )
        extra.append(
            f"At the beginning of each period {patron} chooses: {give}, or {withhold}. The first multiplies the "
            "probability "
            f"of an advance against {client} in that period by {number(1 - p.patron.aid_effect)} and costs "
            f"{patron} {each}. "
            f"At the end {patron} gets {number(p.patron.stake)} times the points of {client}'s share."
        )
    if p.mediator:
        mediator = words.players["mediator"]
        keep, post = (action_text(words, story, "mediator", a.name) for a in (Action.FIGHT, Action.OFFER_TALKS))
        extra.append(
            f"At the beginning of each period, until it has done so, {mediator} chooses: {keep}, or {post}. The "
            "second costs "
            f"it {number(p.mediator.guarantee_cost)} once, and each period without an end costs it "
            f"{number(p.mediator.war_cost)}."
        )
    if extra:
        yield " ".join(extra)
