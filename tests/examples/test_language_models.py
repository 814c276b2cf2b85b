"""The examples of language models run, and say what they should."""

import subprocess
import sys
from pathlib import Path

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
