"""Where a list of items is worked through: in this process, in processes of this machine, or on a Ray cluster.

Everything that trains many runs (benchmark, atlas) and every study of many games takes one of these, so that what runs
on a laptop runs on a cluster. A task must be safe to begin again: it writes what it makes whole or not at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.core.ray_workers import run_on_ray
from olivebranch.core.workers import ATTEMPTS, Item, Task, run_in_processes

LOCAL, RAY = BACKENDS = ("local", "ray")


@dataclass(frozen=True)
class Backend:
    """Where to work.

    Attributes:
        kind: ``"local"`` or ``"ray"``.
        workers: processes of this machine (1: this process itself), or processors of a Ray that is started here. None
            means 1, or all processors of this machine for Ray. A running cluster has its own number.
        address: of a running Ray cluster; by default the environment's RAY_ADDRESS.

    Raises:
        ParameterError: there is no such kind, ``workers`` is below 1, or an address is given without Ray.
    """

    kind: str = LOCAL
    workers: int | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in BACKENDS:
            raise ParameterError("backend", self.kind, one_of(BACKENDS, self.kind))
        if self.workers is not None and self.workers < 1:
            raise ParameterError("workers", self.workers, "a whole number >= 1")
        if self.address is not None and self.kind != RAY:
            raise ParameterError("address", self.address, "no address without the backend ray")

    def work_through(
        self,
        task: Task,
        items: Sequence[Item],
        report: Callable[..., None],
        name: Callable[[Item], str],
        preload: str,
        attempts: int = ATTEMPTS,
    ) -> None:
        """Call ``task(item, tell)`` for each item.

        Args:
            task: a function of a module that every worker can import.
            items: picklable.
            report: called as ``report(item, *arguments)`` for each ``tell(*arguments)`` of a task; on Ray, where
                nothing can be told on the way, once an item as ``report(item)``. It needs defaults for the arguments.
            name: of an item, for errors.
            preload: a module that local processes import once, before they are forked.
            attempts: how often an item may lose its worker.

        Raises:
            MissingExtra: Ray is asked for and not installed.
            ParameterError: no cluster answers, or an item's worker died ``attempts`` times.
        """
        if self.kind == RAY:
            run_on_ray(task, items, self.workers, self.address, report, name, attempts)
        elif (self.workers or 1) == 1:
            for item in items:

                def tell(*content: Any, item: Item = item) -> None:
                    report(item, *content)

                task(item, tell)
        else:
            run_in_processes(task, items, self.workers or 1, report, name, preload, attempts)


HERE = Backend()  # this process
