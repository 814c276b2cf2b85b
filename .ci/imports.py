"""Import every module of the installed distribution; with ``--all`` none of them may lack a package.

Without it some may, but only packages that an extra installs, and none of the modules that the base is for.
"""

import importlib
import pkgutil
import sys

import olivebranch
from olivebranch.core.extras import missing_extra

BASE = (
    *("olivebranch.core.", "olivebranch.games.", "olivebranch.envs.talks_v0", "olivebranch.envs.war_v0"),
    *("olivebranch.envs.seat", "olivebranch.agents.policies.equilibrium", "olivebranch.agents.policies.storage"),
)


def main(everything: bool) -> None:
    imported, lacking = 0, list[str]()
    for module in pkgutil.walk_packages(olivebranch.__path__, "olivebranch."):
        try:
            importlib.import_module(module.name)
            imported += 1
        except ModuleNotFoundError as error:
            if everything or module.name.startswith(BASE) or missing_extra(error, module.name) is None:
                raise
            lacking.append(module.name)
    print(f"imported {imported} modules; {len(lacking)} need an extra")  # noqa: T201


main("--all" in sys.argv)
