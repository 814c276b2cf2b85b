"""A stranger brings three games, each in one file outside of the package, and does with them all that presets can.

Everything goes through the command line, in a working directory of the stranger's own.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from olivebranch.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"
GAMES = {  # by config: the file, the spec and its parameters, and what makes a change of the game in the file
    "raid": ("raid.py", {"spec": "raid.py:Raid", "parameters": {"seasons": 2}}, ("3.0", "3.5")),
    "breakfast": ("beer-quiche.yaml", {"spec": "beer-quiche.yaml"}, ("[3, 1]", "[4, 1]")),
    "hunt": ("hunt.efg", {"spec": "hunt.efg"}, ("{ 2 2 }", "{ 3 3 }")),
}
# A checkpoint every 10 ms, so that there is one when the process is killed.
SLOWLY = """
import sys
from pathlib import Path
from olivebranch.train import loop
from olivebranch.train.config import load_config
from olivebranch.train.run import train
loop.train_seed.__defaults__ = (0.01, *loop.train_seed.__defaults__[1:])
train(load_config(Path(sys.argv[1])), Path(sys.argv[2]))
"""


def hunt() -> str:
    """Two hunters each hear a rustle or silence, signs of a stag that neither sees, and choose their prey at once."""
    lines, outcomes = ['EFG 2 R "hunt" { "Ann" "Bob" }', 'c "" 1 "" { "stag" 3/5 "none" 2/5 } 0'], 0
    for event, (there, odds) in enumerate(((True, (9, 3, 3, 1)), (False, (1, 3, 3, 9))), 2):
        shares = " ".join(
            f'"{label}" {weight}/16' for label, weight in zip(("r, r", "r, s", "s, r", "s, s"), odds, strict=True)
        )
        lines.append(f'c "" {event} "" {{ {shares} }} 0')
        for ann, bob in product((1, 2), repeat=2):
            lines.append(f'p "" 1 {ann} "{ann}" {{ "stag" "hare" }} 0')
            for first in "sh":
                lines.append(f'p "" 2 {bob} "{bob}" {{ "stag" "hare" }} 0')
                for second in "sh":
                    outcomes += 1
                    caught = 2 if there and first == second == "s" else 0
                    pays = [caught if prey == "s" else 1 for prey in (first, second)]
                    lines.append(f't "" {outcomes} "" {{ {pays[0]} {pays[1]} }}')
    return "\n".join(lines) + "\n"


class Answer(NamedTuple):
    status: int
    out: str
    err: str


def run(folder: Path, *arguments: str) -> Answer:
    """The command line in this process, which saves the time of a new one's imports."""
    out, err, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["olivebranch", *arguments]
    try:
        with contextlib.chdir(folder), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
            main()
    finally:
        sys.argv = before
    assert isinstance(end.value.code, int)
    return Answer(end.value.code, out.getvalue(), err.getvalue())


def done(folder: Path, *arguments: str) -> str:
    answer = run(folder, *arguments)
    assert answer.status == 0, answer.err
    return answer.out


def refused(folder: Path, *arguments: str) -> str:
    """The one line by which a command refuses what it was given."""
    answer = run(folder, *arguments)
    assert answer.status == 2
    return answer.err.strip().splitlines()[-1]  # after what tells how far it is


def digests(folder: Path) -> dict[str, str]:
    files = [path for seed in folder.glob("seed-*") for path in seed.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with the three games, and a run of each over three seeds, trained in two processes."""
    folder = tmp_path_factory.mktemp("stranger")
    for file in ("raid.py", "beer-quiche.yaml"):
        shutil.copy(EXAMPLES / file, folder / file)
    (folder / "hunt.efg").write_text(hunt())
    for name, (_, game, _) in GAMES.items():
        learner = {"kind": "q-learning", "episodes": 30_000, "batch": 50}
        config = {"name": name, "game": game, "learner": learner, "seeds": 3, "evaluations": 4}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(config))
        done(folder, "train", f"{name}.yaml", "--workers", "2", "--quiet")
    return folder


@pytest.mark.parametrize("name", GAMES)
def test_the_number_of_processes_does_not_matter_and_the_run_tells_the_files_digest(name: str, folder: Path) -> None:
    file, game, _ = GAMES[name]
    trained = folder / "runs" / name
    assert {path.split("/")[0] for path in digests(trained)} == {"seed-0000", "seed-0001", "seed-0002"}
    done(folder, "train", f"{name}.yaml", "--workers", "1", "--output", "alone", "--quiet")
    assert digests(folder / "alone" / name) == digests(trained)
    code = [{"spec": game["spec"], "sha256": hashlib.sha256((folder / file).read_bytes()).hexdigest()}]
    assert json.loads((trained / "run.json").read_text())["code"] == code


@pytest.mark.parametrize("name", GAMES)
def test_killed_and_resumed_it_ends_with_the_same_bytes(name: str, folder: Path) -> None:
    begun = folder / "killed" / name
    process = subprocess.Popen([sys.executable, "-c", SLOWLY, f"{name}.yaml", "killed"], cwd=folder)
    deadline = time.monotonic() + 120
    while not list(begun.glob(".seed-*/checkpoint.safetensors")) and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert list(begun.glob(".seed-*/checkpoint.safetensors")), "it was killed after a checkpoint and before the end"
    done(folder, "train", f"{name}.yaml", "--output", "killed", "--workers", "2", "--quiet")
    assert digests(begun) == digests(folder / "runs" / name)


@pytest.mark.parametrize(
    "name, label, source, limit",
    [
        ("raid", "Raid", "numerical", 0.65),  # mixed on both sides: learners circle; uniform play has 0.65
        ("breakfast", "beer-quiche", "enumeration", 0.2),  # 0.08 measured; uniform play has 0.9
        ("hunt", "hunt", "numerical", 0.05),  # 0.002 measured; uniform play has 0.4
    ],
)
def test_play_is_held_against_the_games_equilibria(
    name: str, label: str, source: str, limit: float, folder: Path
) -> None:
    report = json.loads(done(folder, "eval", f"runs/{name}", "--json", "--no-figure"))
    assert (report["game"], report["reference"]["kind"]) == (label, source)
    last = report["profiles"]["last"]["seeds"]
    assert [seed["seed"] for seed in last] == [0, 1, 2]
    for seed in last:
        assert seed["nash_conv"] < limit
        lines = (folder / "runs" / name / f"seed-{seed['seed']:04d}" / "metrics.jsonl").read_text().splitlines()
        assert seed["nash_conv"] == pytest.approx(json.loads(lines[-1])["last/nash_conv"], abs=1e-6)


@pytest.mark.parametrize("name", GAMES)
def test_it_is_exported_and_its_export_is_the_same_game(name: str, folder: Path) -> None:
    spec, parameters = GAMES[name][1]["spec"], GAMES[name][1].get("parameters", {})
    options = [f"--parameter={key}={value}" for key, value in parameters.items()]
    done(folder, "export", "--game", spec, *options, "--output", f"{name}-tree.efg")
    once = (folder / f"{name}-tree.efg").read_text()
    again = done(folder, "export", "--game", f"{name}-tree.efg")
    assert again.count("\nt ") == once.count("\nt ")
    assert again.count("\np ") == once.count("\np ")


def test_the_breakfast_has_its_two_equilibria(folder: Path) -> None:
    answer = json.loads(done(folder, "equilibria", "--game", "beer-quiche.yaml", "--json"))
    found = {entry["name"]: entry["refinements"]["intuitive"] for entry in answer["equilibria"]}
    assert found == {"strong beer, weak beer": True, "strong quiche, weak quiche": False}  # Cho and Kreps (1987)


def test_the_hunters_have_an_equilibrium_in_which_the_rustle_counts(folder: Path) -> None:
    """Who hears a rustle hunts the stag. Pr(both rustle, and a stag is there) = 3/5 * 9/16, and Pr(silence for Ann) =
    3/5 * 4/16 + 2/5 * 12/16 = 9/20: Ann gets 2 * 27/80 + 9/20 = 9/8."""
    answer = json.loads(done(folder, "equilibria", "--game", "hunt.efg", "--json"))
    values = [entry["values"]["Ann"] for entry in answer["equilibria"]]
    assert any(value == pytest.approx(9 / 8, abs=1e-6) for value in values)
    assert any(value == pytest.approx(1.0, abs=1e-6) for value in values)  # both take the hare, whatever they hear


def test_the_raiders_equilibrium_follows_the_parameters(folder: Path) -> None:
    options = ("--parameter", "seasons=1", "--parameter", "strong=1e-9")
    answer = json.loads(done(folder, "equilibria", "--game", "raid.py:Raid", *options, "--json"))
    # Nearly all raiders are weak. Against walls they lose 1 by raiding, without them they win 1; walls cost 1/2 and
    # save 2 from a raid. So the weak raid with 1/4, at which the village is indifferent, and get nothing by it.
    values = [entry["values"] for entry in answer["equilibria"]]
    assert len(values) == 1
    assert values[0]["raiders"] == pytest.approx(0.0, abs=1e-5)
    assert values[0]["village"] == pytest.approx(-0.25, abs=1e-5)


def test_all_three_stand_beside_a_preset_in_a_benchmark(folder: Path) -> None:
    config = {
        "name": "all",
        "track": "tabular",
        "learners": {"q": {"kind": "q-learning"}, "e": {"kind": "exp3"}},
        "games": [
            "kuhn-poker",
            {"spec": "raid.py:Raid", "parameters": {"seasons": 1}},
            {"spec": "raid.py:Raid", "parameters": {"seasons": 2}, "name": "long-raid"},
            "beer-quiche.yaml",
            "hunt.efg",
        ],
        "budgets": {"decisions": [2000]},
        "seeds": 2,
        "evaluations": 2,
    }
    (folder / "all.yaml").write_text(yaml.safe_dump(config))
    done(folder, "benchmark", "run", "all.yaml", "--workers", "2", "--quiet")
    results = folder / "benchmark-results" / "all"
    found = {path.name for path in (results / "runs" / "q" / "decisions-2000").iterdir() if path.is_dir()}
    assert found == {"kuhn-poker", "Raid", "long-raid", "beer-quiche", "hunt"}
    page = (results / "report.md").read_text()
    assert "long-raid" in page
    done(folder, "benchmark", "run", "all.yaml", "--workers", "1", "--quiet")  # nothing is missing: it is read again


def test_a_study_trains_a_config_on_several_of_them(folder: Path) -> None:
    options = ("--game", "beer-quiche.yaml", "--game", "hunt.efg", "--preset", "weak-blend-in", "--set", "seeds=1")
    text = done(folder, "study", "raid.yaml", *options, "--set", "learner.episodes=1000")
    assert "evaluation.json" in text
    found = {path.name for path in (folder / "study").iterdir() if path.is_dir()}
    assert found == {"weak-blend-in-q-learning", "beer-quiche-q-learning", "hunt-q-learning"}


def test_what_is_learned_is_exploited(folder: Path) -> None:
    answer = done(folder, "exploit", "runs/hunt", "--episodes", "500", "--seeds", "0", "--json")
    assert set(json.loads(answer)["seeds"][0]["players"]) == {"Ann", "Bob"}


@pytest.mark.parametrize("name", GAMES)
def test_a_game_that_has_changed_or_is_gone_is_refused_in_one_line(name: str, folder: Path, tmp_path: Path) -> None:
    file, game, (old, new) = GAMES[name]
    here = tmp_path / "here"
    shutil.copytree(folder, here)
    changed = (folder / file).read_text().replace(old, new)
    assert changed != (folder / file).read_text()
    (here / file).write_text(changed)
    for command in (("eval", f"runs/{name}", "--json", "--no-figure"), ("train", f"{name}.yaml", "seeds=4", "--quiet")):
        line = refused(here, *command)
        assert game["spec"] in line
        assert "it has changed to" in line
    (here / file).unlink()
    assert game["spec"] in refused(here, "exploit", f"runs/{name}", "--json")


def test_a_game_that_cannot_be_is_refused_before_a_folder_is_made(folder: Path) -> None:
    line = refused(folder, "train", "raid.yaml", "name=impossible", "game.parameters.storm=2", "--quiet")
    assert "game = 'raid.py:Raid': expected rules that can be compiled (game 'raid', state 1: the outcomes" in line
    assert not (folder / "runs" / "impossible").exists()
