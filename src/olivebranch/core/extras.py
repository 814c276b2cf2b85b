"""Which extra of the distribution installs a package, and the one line for a user who lacks it."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

# The package, as it is imported, and the smallest extra that installs it. A test holds this against pyproject.toml.
EXTRA_OF: Mapping[str, str] = {
    "typer": "theory",
    "rich": "theory",
    "numba": "theory",
    "scipy": "theory",
    "matplotlib": "plots",
    "contourpy": "plots",
    "torch": "learn",
    "stable_baselines3": "learn",
    "sb3_contrib": "learn",
    "pydantic": "learn",
    "tensorboard": "learn",
    "polars": "learn",
    "markupsafe": "learn",
    "ray": "ray",
    "fastapi": "explore",
    "uvicorn": "explore",
    "httpx": "llm",
    "pygambit": "peers",
    "pyspiel": "peers",
}


class MissingExtra(ModuleNotFoundError):
    """Something needs a package that is not installed; the message is one line that names the extra to install.

    Attributes:
        extra: the extra that installs the package.
    """

    def __init__(self, user: str, package: str) -> None:
        self.user = user
        self.extra = EXTRA_OF[package]
        super().__init__(needed(user, self.extra, f"{package} is not installed"), name=package)

    def __reduce__(self) -> tuple[type["MissingExtra"], tuple[str, str | None]]:
        """So that it can be sent from a worker process to the one that waits for it."""
        return MissingExtra, (self.user, self.name)


def needed(user: str, extra: str, reason: str) -> str:
    """The line that says what ``user``, a command or a module, lacks."""
    return f"{user} needs the extra '{extra}' ({reason}): pip install 'olivebranch[{extra}]'"


def require(user: str, *packages: str) -> None:
    """Check that ``packages``, keys of ``EXTRA_OF``, are installed, without importing them.

    Raises:
        MissingExtra: the first one that is not.
    """
    for package in packages:
        if find_spec(package) is None:
            raise MissingExtra(user, package)


def missing_extra(error: ModuleNotFoundError, user: str) -> MissingExtra | None:
    """The same failure in the words of :class:`MissingExtra`; None if no extra installs the module that was missing."""
    package = (error.name or "").split(".")[0]
    # A module that is missing *inside* an installed package is no matter of extras.
    return MissingExtra(user, package) if package in EXTRA_OF and find_spec(package) is None else None


def import_for(user: str, module: str) -> ModuleType:
    """Import ``module`` for ``user``, e.g. a kind of learner. Raises :class:`MissingExtra` where it lacks a package."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = missing_extra(error, user)
        if missing is None:
            raise
        raise missing from None
