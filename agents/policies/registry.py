"""Every way to name a policy: one text, the *policy spec*, accepted wherever something plays a game.

==================================  ==================================================================================
spec                                what it names
==================================  ==================================================================================
``uniform``                         every legal action with the same probability
``equilibrium:low-talks``           an equilibrium of the game, by its name
``runs/ppo``, ``run:runs/ppo``      what a run learned, in its last iterate; with all its finished seeds
``runs/ppo/average``                the same of its time average
``runs/ppo#3``                      what seed 3 of the run learned
``one/sender.safetensors``          a policy file
``language-model:my_model.yaml``    what a language model answers (:mod:`olivebranch.agents.language_model`)
``my_policy.py:hawk``               a function of an information state in a file of the working directory
                                    (:mod:`olivebranch.agents.policies.function`), or a policy object
``my_package.play:hawk``            the same in a module on the Python path
any other name                      one that an installed distribution declares in the entry-point group
                                    ``olivebranch.policies``, in the form ``module:function``
==================================  ==================================================================================
"""

from dataclasses import dataclass
from pathlib import Path

from olivebranch.agents.policies.equilibrium import equilibrium_profile
from olivebranch.agents.policies.function import FunctionPolicy
from olivebranch.agents.policies.uniform import UniformPolicy
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.core.extras import import_for
from olivebranch.core.plugins import Code, entry_point, is_plugin, load_plugin, require_same_code
from olivebranch.games.information import Policy, PolicyFunction
from olivebranch.games.registry import NamedGame

ENTRY_POINTS = "olivebranch.policies"
EQUILIBRIUM, RUN, UNIFORM, LANGUAGE_MODEL = "equilibrium:", "run:", "uniform", "language-model:"
WHICH = ("last", "average")

Profile = tuple[Policy, ...]  # one a seat, in the order of the players

FORMS = (
    "a policy: uniform, equilibrium:NAME, a run folder (with /average or #SEED, if wanted), a .safetensors file, "
    "language-model:FILE.yaml, module:function or file.py:function"
)


@dataclass(frozen=True)
class FoundPolicies:
    """The policies that a spec names.

    Attributes:
        spec: by which they were named.
        profiles: one a seed of a run, in ascending order; else a single one. A policy that does not differ from seat
            to seat stands in each.
        seeds: the seeds of ``profiles``; empty where it is no run.
        code: the file of the user's own function, if it is one.
        files: the policy files that were read.
    """

    spec: str
    profiles: tuple[Profile, ...]
    seeds: tuple[int, ...] = ()
    code: Code | None = None
    files: tuple[Path, ...] = ()

    def one(self, key: str) -> Profile:
        """The single profile. Raises :class:`ParameterError`, which names ``key``, where there are several."""
        if len(self.profiles) > 1:
            seeds = ", ".join(f"#{seed}" for seed in self.seeds)
            raise ParameterError(key, self.spec, f"one seed of the run: add one of {seeds}")
        return self.profiles[0]


def find_policies(spec: str, game: NamedGame, key: str = "policy") -> FoundPolicies:
    """The policies that ``spec`` names; see the module for the forms that it may have.

    Args:
        spec: the policy spec.
        game: what they are to play.
        key: what errors name.

    Raises:
        ParameterError: nothing has that name, it cannot be read, or the user's own code that a run was trained with
            has changed.
    """
    everyone = len(game.compiled.game.players)
    if spec == UNIFORM:
        return FoundPolicies(spec, ((UniformPolicy(),) * everyone,))
    if spec.startswith(EQUILIBRIUM):
        return FoundPolicies(spec, (equilibrium_profile(game, spec.removeprefix(EQUILIBRIUM)),))
    if spec.startswith(RUN) or _place(spec)[0].is_dir():
        return _of_run(spec, game, key)
    if spec.endswith(".safetensors"):
        from olivebranch.agents.policies.storage import load_policy  # needs more than environments are installed with

        return FoundPolicies(spec, ((load_policy(Path(spec)),) * everyone,), files=(Path(spec),))
    if spec.startswith(LANGUAGE_MODEL):
        module = import_for("a language model", "olivebranch.agents.language_model.policy")
        return FoundPolicies(spec, (module.language_model_policies(spec.removeprefix(LANGUAGE_MODEL), game),))
    plugin = spec if is_plugin(spec) else entry_point(ENTRY_POINTS, spec)
    if plugin is None:
        raise ParameterError(key, spec, FORMS)
    found, code = load_plugin(key, plugin, "a function of an information state", _plays)
    policy = found if isinstance(found, Policy) else FunctionPolicy(_function(found), game.compiled, spec)
    return FoundPolicies(spec, ((policy,) * everyone,), code=code)


def _plays(found: object) -> bool:
    return not isinstance(found, type) and (callable(found) or isinstance(found, Policy))


def _function(found: object) -> PolicyFunction:
    assert callable(found)
    function: PolicyFunction = found
    return function


def _place(spec: str) -> tuple[Path, str, str]:
    """Run folder, kind of policy and seed (or nothing) of a spec, if it names a run."""
    place, _, seed = spec.removeprefix(RUN).partition("#")
    path = Path(place)
    if path.name in WHICH and not path.is_dir():
        return path.parent, path.name, seed
    return path, "last", seed


def _of_run(spec: str, game: NamedGame, key: str) -> FoundPolicies:
    path, which, seed = _place(spec)
    if not (path / "config.yaml").is_file():
        raise ParameterError(key, spec, "a run folder, which holds a config.yaml")
    require_same_code(path)
    folders = {int(folder.name.removeprefix("seed-")): folder for folder in sorted(path.glob("seed-[0-9]*"))}
    if not folders:
        raise ParameterError(key, spec, "a run with at least one finished seed")
    if seed:
        known = [str(number) for number in folders]
        if seed not in known:
            raise ParameterError(key, spec, f"a finished seed of the run: {one_of(known, seed)}")
        folders = {int(seed): folders[int(seed)]}
    from olivebranch.agents.policies.storage import load_policy

    players = game.compiled.game.players
    files = [[folder / which / f"{player}.safetensors" for player in players] for folder in folders.values()]
    for missing in (file for row in files for file in row if not file.is_file()):
        raise ParameterError(key, spec, f"a run that left {missing.relative_to(path)}, which this one did not")
    profiles = tuple(tuple(load_policy(file, game.compiled, seat) for seat, file in enumerate(row)) for row in files)
    return FoundPolicies(spec, profiles, tuple(folders), files=tuple(file for row in files for file in row))
