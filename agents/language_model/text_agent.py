"""An agent that maps text to text, as TextArena's do, in the place of a server."""

import threading
from collections.abc import Callable, Mapping
from typing import Any


class TextAgent:
    """Puts questions to a function instead of a server; one at a time.

    Args:
        agent: from the whole text of a question to the answer. Of a conversation it gets all messages, each after a
            line with who said it.
    """

    def __init__(self, agent: Callable[[str], str]) -> None:
        self.agent = agent
        self.faults: dict[str, int] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """There is nothing to close."""

    def send(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """What the agent answers, in the form of :meth:`~olivebranch.agents.language_model.client.ChatClient.send`."""
        messages = payload["messages"]
        text = messages[0]["content"]
        if len(messages) > 1:
            text = "\n\n".join(f"[{message['role'].upper()}]\n{message['content']}" for message in messages)
        with self._lock:
            said = self.agent(text)
        return {"text": str(said), "finish": "stop", "refused": False, "usage": [None, None]}
