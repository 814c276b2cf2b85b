"""The game of a run as a table and as a tree, and its equilibria with the reasons for them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from olivebranch.eval.report_page.known_game import KnownGame
from olivebranch.eval.report_page.markup import (
    Section,
    bullets,
    folded,
    heading,
    interval,
    join,
    number,
    paragraph,
    swatch,
    table,
    tabs,
)
from olivebranch.eval.report_page.play_tree import SMALL, Branch, PlayTree, play_tree, profile_names
from olivebranch.eval.report_page.tree_svg import draw_tree
from olivebranch.games.talks import RANGES
from olivebranch.theory.selection.talks import select_talks
from olivebranch.theory.signalling.words import REFINEMENTS
from olivebranch.theory.talks.existence import MEANINGS, Condition, why
from olivebranch.theory.talks.solve import TalksEquilibrium, solve_talks
from olivebranch.theory.tree.profiles import BehaviourProfile

MOST_PROFILES = 6  # type profiles that have a column in the payoff table
MOST_EQUILIBRIA = 12  # that are told of one by one


def game_section(game: KnownGame, learned: Sequence[BehaviourProfile], place: str, sources: Sequence[str]) -> Section:
    """The game, with the play of some seeds on its tree.

    Args:
        game: the game.
        learned: one profile a seed.
        place: unique on the page, for the names of its controls.
        sources: of learned play.
    """
    names = game.reference.names
    trees = [
        (name, game.colour(name), play_tree(game.tree, game.reference.component(name).profile(), learned))
        for name in names[:MOST_EQUILIBRIA]
    ]
    if not trees:
        trees = [("", "#777777", play_tree(game.tree, None, learned))]
    body = _about(game) + heading(3, "Payoffs") + _payoffs(game, trees[0][2])
    body += heading(3, "Play on the tree") + paragraph(_how_to_read(game, trees[0][2]))
    panels = [(name or "learned play", draw_tree(tree, name, colour, bool(name))) for name, colour, tree in trees]
    return Section("The game", body + tabs(f"tree-{place}", "Equilibrium drawn", panels), tuple(sources))


def _about(game: KnownGame) -> Markup:
    preset = game.named.preset
    body = Markup("")
    if preset is not None:
        body += paragraph(f"{preset.title} (preset {preset.name}).")
    rows = []
    for name, value in game.named.parameters.as_dict().items():
        meaning = RANGES[name][4] if game.talks is not None else ""
        rows.append((name, str(value) if isinstance(value, str) else _plain(value), meaning))
    head = ("parameter", "value", "meaning") if game.talks is not None else ("parameter", "value")
    if rows:
        body += table(
            f"Parameters of the game, of the kind {game.named.kind}", head, [row[: len(head)] for row in rows]
        )
    if preset is not None and preset.assumptions:
        body += folded("What the preset assumes", bullets(preset.assumptions))
    return body


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _payoffs(game: KnownGame, tree: PlayTree) -> Markup:
    if not tree.whole:
        return paragraph(
            f"The game has {tree.plays:,} plays, too many for a table (up to {SMALL} are listed); payoffs stand at the "
            "ends of the tree below, and `olivebranch export` writes all of them."
        )
    shown = list(profile_names(game.tree.game).items())[:MOST_PROFILES]
    players = " / ".join(game.tree.game.game.players)
    rows = [
        (words, *(" / ".join(number(value) for value in payoffs[name].tolist()) for _, name in shown))
        for words, payoffs in _ends(tree.root, ())
    ]
    head = ("play", *(f"{name}, probability {number(float(game.tree.game.prior[n]))}" for n, name in shown))
    more = len(profile_names(game.tree.game)) - len(shown)
    note = paragraph(f"{more} further type profiles are left out.") if more else Markup("")
    return table(f"Payoffs {players} by type", head, rows) + note


def _ends(branch: Branch, before: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    words = (*before, branch.words) if branch.words else before
    if not branch.children:
        yield ", then ".join(words), branch.payoffs
    for child in branch.children:
        yield from _ends(child, words)


def _how_to_read(game: KnownGame, tree: PlayTree) -> str:
    both = bool(game.reference.names)
    said = (
        "Below each branch stand the probability in equilibrium | as learned"
        if both
        else ("Below each branch stands its learned probability")
    )
    said += ", for each type of the player who chooses alone, else where the history is reached (a dash: it never is). "
    if both:
        said += "The solid line is the equilibrium in its colour, the dashed one is learned play. "
    said += "Learned probabilities are means over seeds. The ends of plays have payoffs of all players by type."
    if not tree.whole:
        said += (
            f" This tree is pruned: the game has {tree.plays:,} plays, and the branches that are reached most often in "
            "equilibrium or as learned are shown."
        )
    return said


def equilibria_section(game: KnownGame) -> Section:
    """Every known equilibrium with beliefs, why it exists, and what refinements say."""
    reference = game.reference
    if not reference.components:
        return Section("Equilibria", paragraph(f"No equilibrium is known: {reference.note}."), ("config.yaml",))
    complete = "all of them" if reference.complete else "there may be others"
    body = paragraph(f"{len(reference.names)} known, {complete} ({reference.text}). {reference.note}".strip())
    if game.talks is not None:
        body += _talks(game)
        command = "olivebranch solve and olivebranch equilibria"
    else:
        cards = [_card(name, game.colour(name), _entry(game.entries.get(name))) for name in reference.names]
        body += join(cards[:MOST_EQUILIBRIA])
        if cards[MOST_EQUILIBRIA:]:
            body += folded(f"{len(cards) - MOST_EQUILIBRIA} more", join(cards[MOST_EQUILIBRIA:]))
        command = "olivebranch equilibria"
    return Section("Equilibria, and why", body, (f"config.yaml (the game), solved by {command}",))


def _card(name: str, colour: str, body: str, meaning: str = "") -> Markup:
    return Markup('<div class="card" style="border-left-color:{}">{}{}</div>').format(
        colour, Markup("<h3>{}{}</h3>").format(swatch(colour), name), (paragraph(meaning) if meaning else "") + body
    )


def _talks(game: KnownGame) -> Markup:
    parameters = game.talks
    assert parameters is not None
    solution, conditions, selection = solve_talks(parameters), why(parameters), select_talks(parameters)
    body = Markup("")
    if solution.knife_edges:
        body += paragraph("These parameters lie on a knife edge: " + "; ".join(solution.knife_edges) + ".")
    for one in solution.equilibria:
        parts = [_replies(one)]
        if one.name in conditions:
            parts += [heading(4, "Why it exists"), _conditions(conditions[one.name])]
        parts += [heading(4, "Refinements"), _verdicts(one, game.entries.get(one.name))]
        chosen = next((c for c in selection.components if c.name == one.name), None)
        if chosen is not None:
            rows = [("index", f"{chosen.index:+d}", chosen.index_reason)]
            rows += [(s.exploration, "sustained" if s.holds else "not sustained", s.reason) for s in chosen.sustained]
            rows += [(s.dynamics, s.label, s.reason) for s in chosen.stability]
            parts.append(
                folded(
                    "Which exploration sustains it, and is it stable?",
                    table("Selection", ("by", "verdict", "why"), rows),
                )
            )
        body += _card(one.name, game.colour(one.name), join(parts), MEANINGS.get(one.name, ""))
    absent = [name for name in conditions if name not in solution.names]
    if not solution.enumerated:
        lists = [heading(4, name) + _conditions(conditions[name]) for name in absent]
        body += folded(f"Why the {len(absent)} other components do not exist here", join(lists))
    return body


def _replies(one: TalksEquilibrium) -> Markup:
    rows = [
        (
            message + (" (nobody sends it)" if one.off_path == message else ""),
            number(high),
            number(low),
            interval(*escalate),
            interval(*belief),
        )
        for message, high, low, escalate, belief in (
            ("offer", one.offer_high, one.offer_low, one.escalate_after_offer, one.belief_after_offer),
            ("fight", 1 - one.offer_high, 1 - one.offer_low, one.escalate_after_fight, one.belief_after_fight),
        )
    ]
    head = ("message", "sent by high", "sent by low", "reply: escalate", "belief Pr(high)")
    return table("Strategies, replies and beliefs", head, rows)


def _conditions(found: Sequence[Condition]) -> Markup:
    return bullets(
        Markup("{}: {} {} {} 0 ({})").format(
            c.says, c.formula + " =", number(float(c.value)), c.relation, _mark(c.holds, "holds", "fails")
        )
        for c in found
    )


def _mark(holds: bool, yes: str, no: str) -> Markup:
    return Markup('<span class="{}">{} {}</span>').format(
        "holds" if holds else "fails", "✓" if holds else "✗", yes if holds else no
    )


def _verdicts(one: TalksEquilibrium, entry: Mapping[str, Any] | None) -> Markup:
    if entry is not None and "refinements" in entry:
        return _refinements(entry)
    rows = [(name, _mark(holds, "survives", "fails")) for name, holds in (("D1", one.d1), ("intuitive", one.intuitive))]
    return table("Verdicts", ("refinement", "verdict"), rows)


def _refinements(entry: Mapping[str, Any]) -> Markup:
    rows = [
        (
            REFINEMENTS.get(name, name.replace("_", " ")),
            _mark(bool(holds), "survives", "fails") if holds is not None else "undecided",
            entry["reasons"].get(name, ""),
        )
        for name, holds in entry["refinements"].items()
    ]
    return table("Verdicts of refinements", ("refinement", "verdict", "why"), rows)


def _entry(entry: Mapping[str, Any] | None) -> Markup:
    """An equilibrium in the words of ``olivebranch equilibria``."""
    if entry is None:
        return paragraph("It is known in closed form; its play stands on the tree above.")
    values = ", ".join(f"{player} {number(value)}" for player, value in entry["values"].items())
    body = paragraph(f"Values: {values}. NashConv {number(entry['nash_conv'], 6)}.")
    if "sender" in entry:
        rows = [
            (
                message,
                ", ".join(
                    f"{t} {number(shares[message])}" for t, shares in entry["sender"].items() if message in shares
                )
                or "nobody",
                _shares(entry["receiver"].get(message, {})),
                _shares(entry["beliefs"].get(message, {})) or _supported(entry["off_path"].get(message, ())),
            )
            for message in entry["receiver"]
        ]
        body += table("Strategies, replies and beliefs", ("message", "sent by", "reply", "belief"), rows)
        return body + heading(4, "Refinements") + _refinements(entry)
    body += paragraph(
        f"It was found by {entry['solver']} after {entry['steps']:,} steps. It counts as one because players gain no "
        f"more than NashConv = {number(entry['nash_conv'], 6)} in all, and nobody loses more than "
        f"{number(entry['rationality_gap'], 6)} at any information set that is reached."
    )
    if "first_offer_hazard" in entry:
        hazards = [
            (f"{player}, {kind}", *(number(value) for value in stages))
            for player, kinds in entry["first_offer_hazard"].items()
            for kind, stages in kinds.items()
        ]
        widest = max((len(row) for row in hazards), default=1)
        head = ("player, type", *(f"stage {n}" for n in range(1, widest)))
        body += table("Hazard of a first offer of talks", head, [(*r, *[""] * (widest - len(r))) for r in hazards])
    return body


def _shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {number(value)}" for name, value in shares.items())


def _supported(sets: Sequence[Mapping[str, Any]]) -> str:
    """The beliefs that support replies to an unused message, by the corners of each set."""
    return "off the path, corners: " + "; ".join(_shares(b) for one in sets for b in one["beliefs"]) if sets else ""
