"""Questions to a model, by way of its transcript: what is answered there is not asked again."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from olivebranch.agents.language_model.settings import AskSettings, ModelSettings
from olivebranch.agents.language_model.texts.prompts import Message
from olivebranch.agents.language_model.transcript import Record, Transcript, question_id
from olivebranch.core.errors import ParameterError

if TYPE_CHECKING:
    from olivebranch.agents.language_model.client import ChatClient
    from olivebranch.agents.language_model.text_agent import TextAgent

LETTERS_PER_TOKEN = 3.0  # of a careful estimate; English has about four


@dataclass(frozen=True)
class Spent:
    """What asking cost, or is estimated to.

    Attributes:
        requests: how many were answered.
        input_tokens, output_tokens: as the server counts them, else as estimated from the letters.
        cost: by the prices of the config.
        currency: of ``cost``.
    """

    requests: int
    input_tokens: int
    output_tokens: int
    cost: float
    currency: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self)}

    def __str__(self) -> str:
        tokens = f"{self.input_tokens:,} + {self.output_tokens:,} tokens"
        return f"{self.requests:,} requests, {tokens}, {self.cost:.2f} {self.currency}"


@dataclass(frozen=True)
class Ask:
    """One question to be put.

    Attributes:
        about: what it is about, for the transcript and as a part of what identifies it.
        sample: its number among those about the same.
        messages: the conversation.
        top: how many log-probabilities of the first token are wanted; 0 for none.
    """

    about: str
    sample: int
    messages: tuple[Message, ...]
    top: int = 0


def payload_of(model: ModelSettings, ask: Ask) -> dict[str, Any]:
    """What is sent to the server."""
    payload: dict[str, Any] = {
        "model": model.model,
        "messages": [dict(message) for message in ask.messages],
        "temperature": model.temperature,
        "max_tokens": 1 if ask.top else model.max_tokens,
    }
    if model.seed is not None:
        payload["seed"] = model.seed + ask.sample
    if ask.top:
        payload |= {"logprobs": True, "top_logprobs": ask.top}
    return payload


def estimate(model: ModelSettings, asks: Sequence[Ask]) -> Spent:
    """What asking would cost at most, from the letters of the questions and the longest answers."""
    tokens_in = sum(_letters(ask) / LETTERS_PER_TOKEN for ask in asks)
    tokens_out = sum(1 if ask.top else model.max_tokens for ask in asks)
    return _spent(model, len(asks), int(tokens_in), tokens_out)


def _letters(ask: Ask) -> int:
    return sum(len(message["content"]) for message in ask.messages)


def _spent(model: ModelSettings, requests: int, tokens_in: int, tokens_out: int) -> Spent:
    cost = (tokens_in * model.input_price + tokens_out * model.output_price) / 1e6
    return Spent(requests, tokens_in, tokens_out, cost, model.currency)


class Asker:
    """Asks one model, within limits.

    Args:
        model, limits: of the config.
        transcript: what was answered before, and where answers go.
        client: None to play again from the transcript alone.
        watch: called after each new answer with how many there are.
    """

    def __init__(
        self,
        model: ModelSettings,
        limits: AskSettings,
        transcript: Transcript,
        client: "ChatClient | TextAgent | None",
        watch: Callable[[int], None] = lambda answered: None,
    ) -> None:
        self.model, self.limits, self.transcript, self.client, self.watch = model, limits, transcript, client, watch
        self.stopped = ""  # why no more is asked; empty while more may be
        self._sums = [(0, 0, 0)]  # after each answer: tokens in, tokens out, and the most tokens that one question had
        for record in transcript.records.values():
            self._count(record)

    @property
    def spent(self) -> Spent:
        """What the transcript's answers cost."""
        return _spent(self.model, len(self.transcript.records), *self._sums[-1][:2])

    @property
    def faults(self) -> Mapping[str, int]:
        """What went wrong since the start and was tried again."""
        return self.client.faults if self.client is not None else {}

    def ask(self, asks: Sequence[Ask]) -> Iterator[Record]:
        """The answers, in the order of the questions; fewer where a limit is reached, and then ``stopped`` says which.

        Several requests are under way at once, and their answers are written in the order of the questions. So the
        transcript does not depend on which answer came first, nor on where an earlier process was killed.

        Raises:
            ServerTrouble: the server does not answer.
            ParameterError: there is no client, and the transcript does not answer a question.
        """
        waiting: deque[tuple[Ask, str, Future[dict[str, Any]] | None]] = deque()
        with ThreadPoolExecutor(max_workers=self.model.workers) as pool:
            try:
                for ask in asks:
                    payload = payload_of(self.model, ask)
                    identity = question_id({"about": ask.about, **payload}, ask.sample)
                    future = None
                    if identity not in self.transcript.records:
                        if self._limit(sum(each[2] is not None for each in waiting), ask):
                            break
                        if self.client is None:
                            expected = f"an answer to every question; it has none to {ask.about}, sample {ask.sample}"
                            raise ParameterError("transcript", str(self.transcript.path), expected)
                        future = pool.submit(self.client.send, payload)
                    waiting.append((ask, identity, future))
                    while len(waiting) >= self.model.workers:
                        yield self._taken(*waiting.popleft())
                while waiting:
                    yield self._taken(*waiting.popleft())
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _taken(self, ask: Ask, identity: str, future: Future[dict[str, Any]] | None) -> Record:
        if future is None:
            return self.transcript.records[identity]
        request = payload_of(self.model, ask)
        record = {
            "id": identity,
            "about": ask.about,
            "sample": ask.sample,
            "request": request,
            "reply": future.result(),
        }
        self.transcript.add(record)
        self._count(record)
        self.watch(len(self.transcript.records))
        return record

    def _count(self, record: Record) -> None:
        usage = record["reply"].get("usage") or [None, None]
        request = record.get("request") or {}
        said = record["reply"].get("text") or ""
        asked = sum(len(str(message.get("content", ""))) for message in request.get("messages", []))
        tokens = []
        for place, letters in enumerate((asked, len(said))):
            known = usage[place] if len(usage) > place else None
            tokens.append(known if isinstance(known, int) else int(letters / LETTERS_PER_TOKEN) + 1)
        before = self._sums[-1]
        longest = max(before[2], tokens[0], int(asked / LETTERS_PER_TOKEN) + 1)
        self._sums.append((before[0] + tokens[0], before[1] + tokens[1], longest))

    def _limit(self, under_way: int, ask: Ask) -> bool:
        """Whether another request could break a limit.

        It looks at the answers up to as many before this question as can be under way at once, and takes the others for
        the longest that they could be. So what is asked does not depend on which answers have come, nor on a kill.
        """
        limits, ahead = self.limits, self.model.workers
        if limits.max_requests is None and limits.max_tokens is None and limits.max_cost is None:
            return False
        number = len(self._sums) - 1 + under_way  # of answers before this one
        known = max(0, number - ahead + 1)
        tokens_in, tokens_out, longest = self._sums[known]
        longest = max(longest, int(_letters(ask) / LETTERS_PER_TOKEN) + 1)
        coming = number - known + 1
        would = _spent(
            self.model, number + 1, tokens_in + coming * longest, tokens_out + coming * self.model.max_tokens
        )
        for name, limit, reached in (
            ("max_requests", limits.max_requests, would.requests),
            ("max_tokens", limits.max_tokens, would.input_tokens + would.output_tokens),
            ("max_cost", limits.max_cost, would.cost),
        ):
            if limit is not None and reached > limit:
                self.stopped = f"{name} = {limit} would not hold for one more request"
                return True
        return False
