"""The base install: what works without any extra, and the one line that names the extra where one is needed."""

import pickle
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from olivebranch.__main__ import COMMANDS
from olivebranch.core.extras import EXTRA_OF, MissingExtra, import_for, missing_extra, require
from olivebranch.games.registry import preset_names
from tests.absent import run_without

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
FOR_USERS = ("theory", "plots", "learn", "ray", "explore", "llm", "peers", "all")
# Distributions whose package has another name.
PACKAGE_OF = {"pyyaml": "yaml", "pillow": "PIL", "open_spiel": "pyspiel"}
EVERYTHING = tuple(EXTRA_OF)
# What an import of the environments must never bring with it.
HEAVY = {"torch", "numba", "scipy", "pydantic", "polars", "matplotlib", "stable_baselines3", "typer", "rich"}
COMMAND = "from olivebranch.__main__ import main; main()"


def distribution(requirement: str) -> str:
    return re.split(r"[<>=!\[ ]", requirement)[0].lower()


def test_importing_the_environments_imports_nothing_heavy() -> None:
    code = "import sys, olivebranch.envs; print(*{name.split('.')[0] for name in sys.modules})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "gymnasium" in result.stdout.split()
    assert not HEAVY & set(result.stdout.split())


def test_environments_rendering_and_equilibrium_opponents_need_no_extra() -> None:
    code = """
import gymnasium
import olivebranch.envs
from olivebranch.agents.policies.equilibrium import equilibrium_policies
from olivebranch.games.registry import load_preset

sender, _ = equilibrium_policies(load_preset("desperate-first").parameters, "low-talks")
env = gymnasium.make("olivebranch/Talks-v0", preset="desperate-first", opponent=sender, render_mode="rgb_array")
env.reset(seed=1)
env.step(0)
print(env.render().shape)
named = gymnasium.make("olivebranch/Talks-v0", preset="desperate-first", opponent="equilibrium:low-talks")
named.reset(seed=1)
by_name = gymnasium.make("olivebranch/Talks-v0", preset="desperate-first", opponent="equilibrium:low-talks")
by_name.reset(seed=1)
gymnasium.make("olivebranch/Talks-v0", opponent=lambda known: known.legal_actions[0]).reset(seed=1)
war = olivebranch.envs.war_v0.parallel_env(preset="war-example", render_mode="ansi")
war.reset(seed=0)
print(war.render())
"""
    result = run_without(EVERYTHING, code)
    assert result.returncode == 0, result.stderr
    assert "(400, 640, 3)" in result.stdout
    assert "period 1 of 2" in result.stdout


def test_without_the_command_line_help_names_each_command_and_its_extra() -> None:
    result = run_without(EVERYTHING, COMMAND, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    for name, (extra, _) in COMMANDS.items():
        assert re.search(rf"^  {name} +{extra} ", result.stdout, re.MULTILINE)
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert run_without(EVERYTHING, COMMAND).stdout == result.stdout
    assert run_without(EVERYTHING, COMMAND, "--version").stdout == f"olivebranch {PROJECT['version']}\n"
    listed = run_without(EVERYTHING, COMMAND, "presets").stdout
    assert [line.split()[0] for line in listed.splitlines()] == list(preset_names())


def test_the_table_of_commands_is_that_of_the_command_line() -> None:
    from olivebranch.cli import app

    groups = {group.name for group in app.registered_groups}
    assert {command.name for command in app.registered_commands} | groups == set(COMMANDS)
    assert {extra for extra, _ in COMMANDS.values()} <= set(EXTRAS)


@pytest.mark.parametrize(
    ("hidden", "arguments", "line"),
    [
        (EVERYTHING, ("train", "x.yaml"), "olivebranch train needs the extra 'learn' (typer is not installed)"),
        (EVERYTHING, ("solve",), "olivebranch solve needs the extra 'theory' (typer is not installed)"),
        (("tensorboard",), ("train", "x.yaml"), "olivebranch train needs the extra 'learn' (tensorboard is not"),
        (("matplotlib",), ("regions", "--preset", "desperate-first"), "olivebranch regions needs the extra 'plots'"),
        (("scipy",), ("equilibria", "--preset", "war-example"), "olivebranch equilibria needs the extra 'theory'"),
        (
            ("torch",),
            ("train", str(ROOT / "configs/talks/costly-escalation-ppo.yaml"), "seeds=1", "--quiet"),
            "olivebranch train needs the extra 'learn' (torch is not installed)",
        ),
        (
            ("ray",),
            ("benchmark", "run", str(ROOT / "configs/benchmark/smoke.yaml"), "--backend", "ray"),
            "olivebranch benchmark needs the extra 'ray' (ray is not installed)",
        ),
    ],
)
def test_a_command_that_lacks_an_extra_says_which_in_one_line(
    hidden: tuple[str, ...], arguments: tuple[str, ...], line: str, tmp_path: Path
) -> None:
    result = run_without(hidden, COMMAND, *arguments, folder=tmp_path)
    assert result.returncode == 2
    assert result.stdout == ""
    *progress, last = result.stderr.splitlines()
    assert last.startswith(f"olivebranch: {line}"), result.stderr
    assert re.search(r": pip install 'olivebranch\[(\w+)\]'$", last)
    assert all(re.search(r"; \d+ s$", line) for line in progress), result.stderr  # where the machine is slow


def test_in_the_library_the_same_line_is_an_import_error() -> None:
    code = """
from olivebranch.core.extras import MissingExtra
try:
    import olivebranch.{module}
except ImportError as error:
    assert isinstance(error, MissingExtra)
    print(error)
"""
    for module, extra in (("train", "learn"), ("eval", "theory"), ("eval.figures", "plots")):
        hidden = tuple(package for package, needed in EXTRA_OF.items() if needed == extra)
        result = run_without(hidden, code.replace("{module}", module))
        assert f"olivebranch.{module} needs the extra '{extra}'" in result.stdout


def test_a_missing_module_that_no_extra_installs_is_no_matter_of_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_extra(ModuleNotFoundError("x", name="a_module_of_the_user"), "x") is None
    # torch is there, and something inside it is not: a fault to be seen whole
    assert missing_extra(ModuleNotFoundError("x", name="numba.no_such_part"), "x") is None
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match="the thing needs the extra 'ray'") as caught:
        require("the thing", "numba", "ray")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        import_for("the thing", "olivebranch.no_such_module")


def test_the_packages_of_each_extra_are_those_of_the_metadata() -> None:
    declared = {
        PACKAGE_OF.get(name, name.replace("-", "_")): extra
        for extra in FOR_USERS
        for requirement in EXTRAS[extra]
        if (name := distribution(requirement)) != PROJECT["name"]
    }
    assert dict(EXTRA_OF) == declared


def test_the_page_on_installing_lists_every_extra_and_its_packages() -> None:
    page = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    rows = {row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|", page, re.MULTILINE)}
    assert set(rows) == set(FOR_USERS)
    for extra, (row, purpose) in rows.items():
        commands = {name for name, (needed, _) in COMMANDS.items() if needed == extra}
        assert set(re.findall(r"`([\w-]+)`", purpose)) == commands, extra
        named = {name.lower() for name in re.findall(r"`([^`]+)`", row)}
        wanted = set()
        for requirement in EXTRAS[extra]:
            inner = re.search(r"\[(.*)\]", requirement)
            wanted |= set(inner[1].split(",")) if inner else {distribution(requirement)}
        assert named == wanted, extra
    base = re.search(r"^\| none \| (.*?) \|", page, re.MULTILINE)
    assert base is not None
    assert {name.lower() for name in re.findall(r"`([^`]+)`", base[1])} == set(
        map(distribution, PROJECT["dependencies"])
    )
