"""The options by which a command says where it works: in this process, in several, or on a Ray cluster."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from olivebranch.core.backend import Backend

WorkersOption = Annotated[
    int | None,
    typer.Option(
        help="The number of processes (default: one; with ray all processors); the results do not depend on it."
    ),
]
BackendOption = Annotated[str, typer.Option("--backend", help="Where the processes run: local or ray.")]
AddressOption = Annotated[
    str | None,
    typer.Option(
        help="The address of a Ray cluster (default: RAY_ADDRESS; without one Ray is started on this machine)."
    ),
]


def chosen_backend(command: str, backend: str, workers: int | None, address: str | None) -> "Backend":
    """The back end that the options mean.

    Raises:
        MissingExtra: Ray is asked for and not installed; said before anything is begun.
        ParameterError: there is no such back end.
    """
    from olivebranch.core.backend import RAY, Backend
    from olivebranch.core.extras import require

    chosen = Backend(backend, workers, address)
    if chosen.kind == RAY:
        require(command, "ray")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the workers: one processor each
    return chosen
