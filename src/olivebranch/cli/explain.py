"""``olivebranch explain``: why a run did not reach an equilibrium, or why it reached that one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from olivebranch.cli.parts.games import GameOption, ParametersOption, PresetOption, named_game
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.errors import ParameterError

if TYPE_CHECKING:
    from olivebranch.eval.explain.explanation import Explanation
    from olivebranch.games.registry import NamedGame


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("explain")(explain)


def explain(
    runs: Annotated[
        list[str],
        typer.Argument(
            help="Run folders, or folders of runs (a study, a benchmark), at any depth. With a game: policies.",
            show_default=False,
        ),
    ],
    game: GameOption = None,
    preset: PresetOption = None,
    parameter: ParametersOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each seed of each run.")] = False,
    policy: Annotated[str, typer.Option(help="Which policy to explain: last or average.")] = "last",
) -> None:
    """Say why a run did not reach an equilibrium, or why it reached that one.

    Causes come strongest first, each with its strength, its places and its evidence. The strength is the share of
    NashConv (or of the distance) that the cause's counterfactual removes; docs/explain.md defines every one. The words
    are: unvisited, unfinished, cycling, regularised, approximation, selected, exploited. Of several runs there is one
    line for each.

    With --game, each argument is a policy instead, such as language-model:FILE.yaml, uniform or file.py:function. Of
    these no training is known, and the words are selected, regularised and exploited.
    """
    if game is not None or preset is not None:
        _tell(_of_policies(runs, named_game(game, preset, parameter), policy), as_json, len(runs))
        return
    if parameter:
        raise ParameterError("parameter", ", ".join(parameter), "--game as well; a run has its own game")
    folders = [folder for path in runs for folder in run_folders(Path(path))]
    with Progress("explain", "runs") as progress:
        from olivebranch.eval.explain.explanation import explain_run
        from olivebranch.train.run import load_run

        found = []
        for number, folder in enumerate(folders):
            progress.update(number, len(folders), str(folder))

            def note(done: int, total: int, number: int = number, folder: Path = folder) -> None:
                progress.update(number + done / total, len(folders), str(folder))

            found.append(explain_run(load_run(folder), policy, note))
        progress.update(len(folders), len(folders), "")
    _tell([one for each in found for one in each], as_json, len(folders))


def _of_policies(specs: list[str], named: "NamedGame", policy: str) -> "list[Explanation]":
    if policy != "last":
        raise ParameterError("policy", policy, "no --policy beside --game: RUN/average names the average of a run")
    with Progress("explain", "policies") as progress:
        from olivebranch.eval.explain.explanation import explain_policies

        found: list[Explanation] = []
        for number, spec in enumerate(specs):

            def note(done: int, total: int, number: int = number, spec: str = spec) -> None:
                progress.update(number + done / total, len(specs), spec)

            found += explain_policies(spec, named, note)
    return found


def _tell(found: "Sequence[Explanation]", as_json: bool, named: int) -> None:
    """Print explanations: in full where one run or policy was named."""
    for one in found:
        if as_json:
            typer.echo(json.dumps(one.as_dict()))
        elif named > 1:
            typer.echo(f"{one.run} seed {one.seed}: {one.line()}")
        else:
            typer.echo(one.words() + "\n")


def run_folders(path: Path) -> list[Path]:
    """The run folders at ``path``: itself, or those in it. Raises :class:`ParameterError` where there is none."""
    if (path / "config.yaml").is_file():
        return [path]
    found = sorted(config.parent for config in path.rglob("config.yaml") if any(config.parent.glob("seed-*")))
    if not found:
        raise ParameterError("runs", str(path), "a run folder, or a folder with finished runs in it")
    return found
