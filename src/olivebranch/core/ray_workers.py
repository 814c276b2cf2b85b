"""The same list of items worked through by the workers of a Ray cluster, whose machines share the results' folder."""

import os
from collections.abc import Callable, Sequence
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

from olivebranch.core.errors import ParameterError
from olivebranch.core.extras import require
from olivebranch.core.workers import ATTEMPTS, Failure, Item, Task, lost


def run_on_ray(
    task: Task,
    items: Sequence[Item],
    workers: int | None,
    address: str | None,
    report: Callable[[Item], None],
    name: Callable[[Item], str],
    attempts: int = ATTEMPTS,
) -> None:
    """Call ``task(item, tell)`` for each item as a Ray task of one processor; ``tell`` goes nowhere.

    A task whose worker is killed is begun again by Ray, wherever there is room.

    Args:
        task: a function of a module that the cluster's machines can import.
        items: picklable.
        workers: processors of a Ray started here; all if None. A running cluster has its own number.
        address: of the cluster; by default the environment's RAY_ADDRESS, and without it Ray is started here.
        report: called with each item that is done.
        name: of an item, for errors.
        attempts: how often an item may lose its worker.

    Raises:
        MissingExtra: Ray is not installed.
        ParameterError: no cluster answers, or an item's worker died ``attempts`` times.
    """
    require("the backend 'ray'", "ray")
    import ray

    chosen = address or os.environ.get("RAY_ADDRESS") or None
    try:
        if chosen is None:
            # "local", since without an address Ray joins any Ray that happens to run on this machine
            ray.init(address="local", num_cpus=workers, include_dashboard=False, log_to_driver=False)
        else:
            ray.init(address=chosen, log_to_driver=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ParameterError("address", chosen or "local", f"a Ray cluster that answers ({error})") from None
    try:
        # only lost workers are retried: a fault of ours would only be repeated, so it comes back as a result
        remote = ray.remote(num_cpus=1, max_retries=attempts - 1)(_call)
        here = str(Path.cwd())
        running = {remote.remote(task, bytes(ForkingPickler.dumps(item)), here): item for item in items}
        while running:
            for reference in ray.wait(list(running), num_returns=1)[0]:
                item = running.pop(reference)
                try:
                    failure = ray.get(reference)
                except ray.exceptions.RayTaskError:
                    raise  # the task could not even be begun, e.g. for want of a module; the message has it all
                except ray.exceptions.RayError as error:
                    raise lost(name(item), attempts, type(error).__name__) from None
                if failure is not None:
                    raise failure.error()
                report(item)
    finally:
        ray.shutdown()


def _call(task: Task, packed: bytes, folder: str) -> Failure | None:
    """Put the item together and do it in ``folder``, where specs of a user's own files are at home."""
    if Path(folder).is_dir():  # on another machine it may not be there
        os.chdir(folder)
    try:
        task(ForkingPickler.loads(packed), lambda *content: None)
    except Exception as error:
        return Failure.of(error)
    return None
