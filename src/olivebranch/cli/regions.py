"""``olivebranch regions``: maps of which equilibrium components exist, and which survive D1, over two parameters."""

from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from olivebranch.cli.parts.errors import BadInput
from olivebranch.cli.parts.games import GameOption, ParametersOption, PresetOption, named_game
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.extras import require
from olivebranch.games.talks import TalksParameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from olivebranch.theory.talks.regions import RegionMap


class Kinds(StrEnum):
    """Which equilibria a map shows."""

    both = "both"
    none = "none"
    d1 = "d1"


REFINED = {Kinds.both: (False, True), Kinds.none: (False,), Kinds.d1: (True,)}


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("regions")(regions)


def regions(
    game: GameOption = None,
    preset: PresetOption = None,
    parameter: ParametersOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder for regions.png, regions.svg and regions.npz.")
    ] = Path("regions"),
    x: Annotated[str, typer.Option(help="The parameter along the horizontal axis.")] = "pressure",
    y: Annotated[str, typer.Option(help="The parameter along the vertical axis.")] = "escalation_cost",
    x_range: Annotated[
        tuple[float, float] | None,
        typer.Option(help="The ends of the horizontal axis (default: all values that make sense)."),
    ] = None,
    y_range: Annotated[tuple[float, float] | None, typer.Option(help="The ends of the vertical axis.")] = None,
    resolution: Annotated[int, typer.Option(help="The number of cells along each axis of the array.")] = 300,
    refined: Annotated[
        Kinds,
        typer.Option(help="Show all equilibria and those that survive D1, or one of the two ('none': no refinement)."),
    ] = Kinds.both,
    slices: Annotated[
        str | None, typer.Option(help="Repeat the map over a third parameter, e.g. 'shelter=0.1,0.4,0.7'.")
    ] = None,
) -> None:
    """Draw a map of the talks game's equilibria over two parameters, with the exact boundaries between the regions.

    The parameters that are not varied are those of the game that is named.

    The array holds the grid (x_values, y_values), the component names, and for each cell which exist and which
    survive D1; with --slices, one layer a value.
    """
    require("olivebranch regions", "matplotlib", "contourpy")  # said before anything is begun
    chosen = named_game(game, preset, parameter)
    base = chosen.parameters_as(TalksParameters)
    third, values = _parse_slices(slices)

    with Progress("regions", "steps") as progress:
        from olivebranch.theory.talks.regions import region_map, region_slices

        progress.update(0, 4, "solving every cell")
        options: dict[str, Any] = {"x_range": x_range, "y_range": y_range, "resolution": resolution}
        maps: Sequence[RegionMap]
        if third is None:
            maps = [region_map(base, x, y, **options)]
        else:
            maps = region_slices(base, third, values, x, y, **options)
        progress.advance("drawing")
        from olivebranch.eval.figures.comparison import save_figure
        from olivebranch.eval.figures.regions import draw_regions

        figure = draw_regions(maps, REFINED[refined], third, f"Equilibria of the talks game around {chosen.label}")
        output.mkdir(parents=True, exist_ok=True)
        for ending in ("png", "svg"):
            progress.advance(f"writing regions.{ending}")
            save_figure(figure, output / f"regions.{ending}")
        _save_array(output / "regions.npz", maps, third, values)
    typer.echo(f"{output}: regions.png, regions.svg, regions.npz")


def _parse_slices(text: str | None) -> tuple[str | None, list[float]]:
    if text is None:
        return None, []
    name, _, listed = text.partition("=")
    try:
        return name.strip(), [float(value) for value in listed.split(",")]
    except ValueError:
        raise BadInput(f"--slices = {text!r}: expected a parameter and numbers, such as 'shelter=0.1,0.4'") from None


def _save_array(path: Path, maps: "Sequence[RegionMap]", third: str | None, values: list[float]) -> None:
    import numpy as np

    from olivebranch.theory.talks.solve import EQUILIBRIUM_NAMES

    layers: dict[str, Any] = {name: np.stack([getattr(m, name) for m in maps]) for name in ("valid", "exists", "d1")}
    if third is None:
        layers = {name: layer[0] for name, layer in layers.items()}
    else:
        layers |= {"slice_parameter": np.array(third), "slice_values": np.array(values)}
    first = maps[0]
    buffer = BytesIO()
    np.savez_compressed(
        buffer,
        x=np.array(first.x),
        y=np.array(first.y),
        x_values=first.x_values,
        y_values=first.y_values,
        components=np.array(EQUILIBRIUM_NAMES),
        parameters=np.array(list(first.base.as_dict())),
        base=np.array([list(m.base.as_dict().values()) for m in maps], dtype=np.float64),
        **layers,
    )
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(buffer.getvalue())
    temporary.replace(path)
