"""``olivebranch equilibria``: numerical equilibria of any game whose tree fits, with their gaps."""

import json
import math
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from olivebranch.cli.games import GameOption, ParametersOption, PresetOption, named_game
from olivebranch.cli.progress import Progress
from olivebranch.core.errors import ParameterError, one_of

if TYPE_CHECKING:
    from olivebranch.theory.tree.dynamics import NumericalEquilibrium

SOLVERS = ("mmd", "cfr+", "logit")


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("equilibria")(equilibria)


def equilibria(
    game: GameOption = None,
    preset: PresetOption = None,
    parameter: ParametersOption = None,
    solver: Annotated[
        list[str] | None,
        typer.Option(help="mmd (magnetic mirror descent), cfr+ or logit (slow); repeat the option for several."),
    ] = None,
    starts: Annotated[
        int, typer.Option(help="The number of starting points: uniform play, then nearly pure random ones.")
    ] = 3,
    steps: Annotated[int, typer.Option(help="The largest number of steps that a solver takes.")] = 4000,
    tolerance: Annotated[float, typer.Option(help="The NashConv at which a solver stops.")] = 1e-5,
    seed: Annotated[int, typer.Option(help="The seed of the random starts.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Search for equilibria on the exact game tree, and report the distinct ones, each with its NashConv.

    These are numerical equilibria with the gap that is shown, and there may be others. The command shows for each the
    values, and the hazard of a first offer of talks by player, type and stage.
    """
    solvers = solver or ["mmd", "cfr+"]
    for name in solvers:
        if name not in SOLVERS:
            raise ParameterError("solver", name, one_of(SOLVERS, name))
    for key, value in (("starts", starts), ("steps", steps)):
        if value < 1:
            raise ParameterError(key, value, "a whole number of at least 1")
    if not tolerance > 0:
        raise ParameterError("tolerance", tolerance, "a number above 0")
    chosen = named_game(game, preset, parameter)
    with Progress("equilibria", "searches") as progress:
        import numpy as np

        from olivebranch.theory.tree.dynamics import cfr_plus, distinct, magnetic_mirror_descent
        from olivebranch.theory.tree.dynamics import starts as starting_points
        from olivebranch.theory.tree.histories import TreeTooLarge, unroll
        from olivebranch.theory.tree.logit_path import logit_equilibrium

        try:
            tree = unroll(chosen.compiled)
        except TreeTooLarge as error:
            raise ParameterError("game", chosen.spec, f"a game whose tree fits ({error})") from None
        dynamics = {"mmd": magnetic_mirror_descent, "cfr+": cfr_plus}
        points = list(starting_points(tree, np.random.default_rng(seed), starts))
        jobs = [(name, start) for name in solvers if name in dynamics for start in points]
        found: list[NumericalEquilibrium] = []
        progress.update(0, len(jobs) + ("logit" in solvers))
        for name, start in jobs:
            found.append(dynamics[name](start, steps=steps, tolerance=tolerance))
            progress.advance()
        if "logit" in solvers:
            found.append(logit_equilibrium(tree, tolerance=tolerance))
        best = sorted(distinct(found), key=lambda equilibrium: equilibrium.evaluation.nash_conv)
    if as_json:
        typer.echo(json.dumps({"game": chosen.spec, "runs": len(found), "equilibria": [_as_dict(e) for e in best]}))
    else:
        _print(chosen.label, len(found), best)


def _as_dict(equilibrium: "NumericalEquilibrium") -> dict[str, Any]:
    evaluation, game = equilibrium.evaluation, equilibrium.profile.tree.game.game
    return {
        "solver": equilibrium.solver,
        "nash_conv": evaluation.nash_conv,
        "converged": equilibrium.converged,
        "steps": equilibrium.steps,
        "values": dict(zip(game.players, evaluation.values.tolist(), strict=True)),
        "first_offer_hazard": _hazards(equilibrium),
    }


def _hazards(equilibrium: "NumericalEquilibrium") -> dict[str, dict[str, list[float | None]]]:
    """By player and type, stage by stage; None where the player cannot come to a first offer there."""
    from olivebranch.games.actions import Action
    from olivebranch.theory.tree.first_use import first_use

    game = equilibrium.profile.tree.game
    result: dict[str, dict[str, list[float | None]]] = {}
    if Action.OFFER_TALKS.name not in game.game.action_names:
        return result  # nobody offers talks in this game
    for player, name in enumerate(game.game.players):
        if not game.legal[game.acts[:, player], player, Action.OFFER_TALKS].any():
            continue  # a patron or a mediator makes no offers
        hazard = first_use(equilibrium.profile, player, Action.OFFER_TALKS).hazard
        result[name] = {
            kind: [None if math.isnan(value) else float(value) for value in hazard[:, number]]
            for number, kind in enumerate(game.game.type_names[player])
        }
    return result


def _print(label: str, runs: int, best: "list[NumericalEquilibrium]") -> None:
    console = Console()
    console.print(f"{label}: {len(best)} distinct numerical equilibria from {runs} searches", highlight=False)
    for number, equilibrium in enumerate(best, 1):
        game = equilibrium.profile.tree.game.game
        values = ", ".join(f"{n} {v:.4f}" for n, v in zip(game.players, equilibrium.evaluation.values, strict=True))
        table = Table(
            title=f"{number}. NashConv {equilibrium.evaluation.nash_conv:.1e} ({equilibrium.solver}); values: {values}",
            title_justify="left",
            caption="Hazard of a first offer of talks by stage (of a patron: of withholding aid; of a mediator: of "
            "posting its guarantee); - where none can come.",
            caption_justify="left",
        )
        hazards = _hazards(equilibrium)
        shown = [t for t in range(equilibrium.profile.tree.n_stages) if _any_at(hazards, t)]
        table.add_column("player, type")
        for stage in shown:
            table.add_column(f"stage {stage + 1}", justify="right")
        for player, types in hazards.items():
            for kind, row in types.items():
                cells = ["-" if row[t] is None else f"{row[t]:.3f}" for t in shown]
                table.add_row(f"{player}, {kind}", *cells)
        console.print(table)


def _any_at(hazards: dict[str, dict[str, list[float | None]]], stage: int) -> bool:
    return any(row[stage] is not None for types in hazards.values() for row in types.values())
