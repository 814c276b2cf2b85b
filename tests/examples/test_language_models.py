"""The examples of language models run, and say what they should."""

import importlib.util
import subprocess
import sys
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from olivebranch.games.registry import find_game
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import uniform_profile
from tests.language_model_stub import Stub, serving

ROOT = Path(__file__).parents[2]


def run(folder: Path, *arguments: str) -> str:
    result = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_server_in_the_form_that_llama_cpp_vllm_and_ollama_have_is_asked(tmp_path: Path) -> None:
    def hawk(situation: str, options: tuple[str, ...]) -> dict[str, float]:
        return {option: float(option == ("escalate" if "escalate" in options else "fight on")) for option in options}

    stub = Stub(mixture=hawk)
    with serving(stub) as url:
        said = run(tmp_path, str(ROOT / "examples/language_model.py"), url, "a-model")
    assert {"model", "messages", "temperature", "max_tokens"} <= set(stub.requests[0])
    assert stub.requests[0]["model"] == "a-model"
    assert "receiver (only), sender FIGHT: ESCALATE 1.00" in said
    assert "NashConv" in said


def test_a_text_agent_that_likes_the_first_place_is_seen_to_like_no_action(tmp_path: Path) -> None:
    said = run(tmp_path, str(ROOT / "examples/text_agent.py"))
    shares = [line.rsplit(" ", 1)[1] for line in said.splitlines()[:-1]]
    assert shares == ["0.50"] * 8


def test_a_task_of_inspect_has_the_nash_conv_of_what_was_answered(tmp_path: Path) -> None:
    """A model that always says A likes a place and no action, which is uniform play; one that refuses does not move."""
    inspect: Any = pytest.importorskip("inspect_ai", reason="Inspect AI is no dependency: pip install inspect-ai")
    from inspect_ai.model import ModelOutput, get_model  # pyright: ignore[reportMissingImports]

    spec = importlib.util.spec_from_file_location("inspect_task", ROOT / "examples/inspect_task.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    uniform = evaluate(uniform_profile(unroll(find_game("rival-expectations").compiled))).nash_conv
    for said, moves in (("A", 1.0), ("I'm sorry, I cannot.", 0.0)):
        model = get_model("mockllm/model", custom_outputs=repeat(ModelOutput.from_content("mockllm/model", said)))
        (log,) = inspect.eval(module.play(samples=4), model=model, log_dir=str(tmp_path), display="none")
        assert log.status == "success", log.error
        metrics = {name: metric.value for name, metric in log.results.scores[0].metrics.items()}
        assert metrics["accuracy"] == moves
        assert metrics["nash_conv"] == pytest.approx(uniform)
