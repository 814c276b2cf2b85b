"""``olivebranch equilibria``: the equilibria of any game, exact where it is a signalling game, else numerical."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from olivebranch.cli.parts.games import GameOption, ParametersOption, PresetOption, named_game
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.errors import ParameterError
from olivebranch.theory.signalling.words import REFINEMENTS

if TYPE_CHECKING:
    from olivebranch.games.registry import NamedGame
    from olivebranch.theory.equilibria.numerical import Job, Search
    from olivebranch.theory.tree.histories import GameTree

MOST_ROWS = 30  # of a table of information sets; JSON has them all

Entry = Mapping[str, Any]  # as theory.equilibria.as_json makes them


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("equilibria")(equilibria)


def equilibria(
    game: GameOption = None,
    preset: PresetOption = None,
    parameter: ParametersOption = None,
    solver: Annotated[
        list[str] | None,
        typer.Option(
            help="Search numerically, even where equilibria are known exactly: mmd (magnetic mirror descent), cfr+, "
            "logit (slow), or lp (two players, constant sum); repeat for several. "
            "By default lp where it can be used, else mmd and cfr+.",
            show_default=False,
        ),
    ] = None,
    starts: Annotated[
        int | None,
        typer.Option(help="Of the search: starting points, uniform play, then nearly pure random ones; default 3."),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Of the search: the most steps of a solver; default 1000.")] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(help="Of the search: NashConv, over the range of payoffs, that counts as zero; default 1e-6."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the search: of the random starts; default 0.")] = None,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Keep what a search finds in ~/.cache/olivebranch.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """The equilibria of a game, of any number of players.

    A finite signalling game that is small enough has all its perfect Bayesian equilibria listed, in exact arithmetic:
    components with beliefs on and off the path and the verdicts of refinements. Of any other game whose tree fits,
    equilibria are searched for and polished; each carries its NashConv, the sum of what best responses would gain, and
    there may be others. With any option of the search, it is made for signalling games too.
    """
    from olivebranch.theory.equilibria.numerical import Search
    from olivebranch.theory.tree.histories import TreeTooLarge, unroll

    named = named_game(game, preset, parameter)
    given = {"starts": starts, "steps": steps, "tolerance": tolerance, "seed": seed}
    options: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    search = Search(solvers=tuple(solver or ()), **options)
    try:
        tree = unroll(named.compiled)
    except TreeTooLarge as error:
        raise ParameterError("game", named.spec, f"a game whose tree fits ({error})") from None
    answer: dict[str, Any] | None = None
    with Progress("equilibria", "steps") as progress:
        if not solver and not options:
            answer = _exact(named, tree, progress)
        if answer is None:
            answer = _numerical(named, tree, search, cache, progress)
    heading = {"game": named.label, "preset": named.preset.name if named.preset else None, "rules": named.kind}
    if as_json:
        typer.echo(json.dumps(heading | answer))
    else:
        _print(named.label, answer)


def _exact(named: "NamedGame", tree: "GameTree", progress: Progress) -> dict[str, Any] | None:
    """Every component of a signalling game's equilibria; None if it is none, or too large, which is then said."""
    from olivebranch.theory.equilibria.as_json import enumerated_as_dict
    from olivebranch.theory.equilibria.reference import enumerated
    from olivebranch.theory.signalling.numbers import EnumerationTooLarge
    from olivebranch.theory.signalling.refinements import Refiner

    try:
        found = enumerated(named, tree)
    except EnumerationTooLarge as error:
        typer.echo(f"{error}; so equilibria are searched for instead", err=True)
        return None
    if found is None:
        return None
    refiner = Refiner(found[0].found.pieces[0].context)  # an equilibrium always exists
    entries = []
    for number, component in enumerate(found):
        progress.update(number, len(found), "refinements")
        entries.append(enumerated_as_dict(component, refiner))
    return {"source": "enumeration", "complete": True, "equilibria": entries}


def _numerical(
    named: "NamedGame", tree: "GameTree", search: "Search", cached: bool, progress: Progress
) -> dict[str, Any]:
    from olivebranch.theory.equilibria.as_json import numerical_as_dict
    from olivebranch.theory.equilibria.reference import Source, searched

    def watch(jobs: "Sequence[Job]", what: str) -> "Iterable[Job]":
        for number, job in enumerate(jobs):
            progress.update(number, len(jobs), what)
            yield job

    found = searched(named, tree, search, watch, cached)
    return {
        "source": found.source.value,
        "complete": found.source is Source.LINEAR_PROGRAM,
        "runs": found.equilibria.searches,
        "left_out": found.equilibria.left_out,
        "payoff_range": found.equilibria.payoff_range,
        "equilibria": [numerical_as_dict(component) for component in found.components],
    }


def _print(label: str, answer: Entry) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:  # Piped output would be cut to 80 columns.
        console = Console(width=120, highlight=False)
    console.print(f"[bold]{escape(label)}[/bold]: {_found(answer)}")
    for number, entry in enumerate(answer["equilibria"], 1):
        values = ", ".join(f"{name} {value:.4f}" for name, value in entry["values"].items())
        console.print(f"\n[bold]{number}. {escape(entry['name'])}[/bold]\n{_about(entry)}; values: {escape(values)}")
        table, notes = _exact_table(entry) if "sender" in entry else _numerical_table(entry)
        console.print(table)
        for note in notes:
            console.print(escape(note))


def _found(answer: Entry) -> str:
    entries = answer["equilibria"]
    if answer["source"] == "enumeration":
        return f"every perfect Bayesian equilibrium, {_count(len(entries), 'component')}"
    if answer["complete"]:
        return "a game of constant sum; its equilibria are all pairs of optimal strategies, of which this is one"
    left_out = f"; {answer['left_out']} more, not converged, left out" if answer["left_out"] else ""
    found = _count(len(entries), "numerical equilibrium", "numerical equilibria")
    return f"{found} from {_count(answer['runs'], 'search', 'searches')}{left_out}; there may be others"


def _count(number: int, one: str, several: str | None = None) -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


def _about(entry: Entry) -> str:
    if "sender" in entry:
        return f"{entry['kind']}, a set of dimension {entry['dimension']}" if entry["dimension"] else str(entry["kind"])
    converged = "" if entry["converged"] else ", not converged"
    gap = f"NashConv {entry['nash_conv']:.1e}{converged} ({entry['solver']})"
    return f"{gap}; largest loss at any information set {entry['rationality_gap']:.1e}"


def _exact_table(entry: Entry) -> tuple[Table, list[str]]:
    table = Table()
    for column in ("message", "sent by", "reply", "belief"):
        table.add_column(column)
    for message, reply in entry["receiver"].items():
        sent = ", ".join(
            name if shares[message] == 1 else f"{name} {shares[message]:.3f}"
            for name, shares in entry["sender"].items()
            if message in shares
        )
        if message in entry["off_path"]:
            cells = entry["off_path"][message]
            replies = [row for cell in cells for row in cell["replies"]]
            beliefs = [row for cell in cells for row in cell["beliefs"]]
            table.add_row(message, sent or "-", _ranges(replies), _ranges(beliefs))
        else:
            table.add_row(message, sent or "-", _ranges([reply]), _ranges([entry["beliefs"].get(message, {})]))
    passed = [REFINEMENTS[name] for name, survives in entry["refinements"].items() if survives]
    lines = [f"survives: {', '.join(passed) or 'no refinement'}"]
    reasons: dict[str, list[str]] = {}
    for name, survives in entry["refinements"].items():
        if not survives:
            reasons.setdefault(entry["reasons"][name], []).append(REFINEMENTS[name])
    lines += [f"fails {', '.join(names)}: {reason}" for reason, names in reasons.items()]
    lines += [f"knife edge: {edge}" for edge in entry["knife_edges"]]
    return table, lines


def _ranges(rows: Sequence[Mapping[str, float]]) -> str:
    """The least and largest share of each name over several distributions: "duel 0.5 to 1, not 0 to 0.5"."""
    names = dict.fromkeys(name for row in rows for name in row)
    parts = []
    for name in names:
        low, high = min(row.get(name, 0.0) for row in rows), max(row.get(name, 0.0) for row in rows)
        if high > 0:
            parts.append(f"{name} {low:.3g}" if low == high else f"{name} {low:.3g} to {high:.3g}")
    return ", ".join(parts)


def _numerical_table(entry: Entry) -> tuple[Table, list[str]]:
    if "first_offer_hazard" in entry:
        return _hazards(entry["first_offer_hazard"])
    return _information_sets(entry["information_sets"])


def _hazards(hazards: Mapping[str, Mapping[str, Sequence[float | None]]]) -> tuple[Table, list[str]]:
    table = Table()
    rows = [(f"{player}, {kind}", row) for player, types in hazards.items() for kind, row in types.items()]
    stages = range(max((len(row) for _, row in rows), default=0))
    shown = [t for t in stages if any(row[t] is not None for _, row in rows)]
    table.add_column("player, type")
    for stage in shown:
        table.add_column(f"stage {stage + 1}", justify="right")
    for name, row in rows:
        table.add_row(name, *("-" if row[t] is None else f"{row[t]:.3f}" for t in shown))
    patron = " (a patron: of withholding aid)" if "patron" in hazards else ""
    return table, [f"Hazard of a first offer of talks by stage{patron}; - where none can come."]


def _information_sets(sets: Sequence[Entry]) -> tuple[Table, list[str]]:
    table = Table()
    for column in ("player, type", "after", "reached", "plays"):
        table.add_column(column, justify="right" if column == "reached" else "left")
    for row in sets[:MOST_ROWS]:
        plays = ", ".join(f"{name} {share:.3f}" for name, share in row["actions"].items() if share >= 0.0005)
        table.add_row(f"{row['player']}, {row['type']}", row["after"] or "-", f"{row['reach']:.3f}", plays)
    hidden = len(sets) - MOST_ROWS
    return table, ["Reached: probability given the type." + (f" {hidden} more: see --json." if hidden > 0 else "")]
