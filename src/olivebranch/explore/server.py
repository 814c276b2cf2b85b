"""The explorer's server: the page's files from memory, and what the page cannot do by itself, to this machine alone.

It listens on 127.0.0.1 and answers only requests that were meant for it: the header ``Host`` must name it, and so must
``Origin``, which browsers send with every request that another page makes. A request is small, its content is JSON that
is checked like any input, and nothing in it names a file, a module or an address.
"""

import json
import socket
import threading
import uuid
import webbrowser
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.explore.desk import Desk, run_bounded
from olivebranch.explore.static import page_files
from olivebranch.games.registry import find_game, preset_names
from olivebranch.games.talks import TalksParameters, compile_talks

LARGEST_REQUEST = 16 * 1024  # bytes
MOST_SESSIONS = 32
MOST_WAITING = 4  # requests for one kind of work at a time
KINDS = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Answer = dict[str, Any]


class Busy(Exception):
    """Too many requests for one kind of work wait already."""


class Work:
    """What the page asks for, each a function of a JSON object; ParameterError for what does not fit."""

    def __init__(self, opponents: Sequence[str] = ()) -> None:
        self.desk = Desk()
        self.opponents = list(opponents)
        self._sessions: OrderedDict[str, Any] = OrderedDict()
        self._tables: OrderedDict[tuple[str, str, str], Any] = OrderedDict()
        self._one = threading.Lock()
        self._waiting = threading.Semaphore(MOST_WAITING)
        self.answers: dict[str, Callable[[Answer], Answer]] = {
            "train": lambda asked: {"id": self.desk.start(asked)},
            "train/news": lambda asked: self.desk.news(asked.get("id"), asked.get("since", 0)),
            "train/cancel": self._cancel,
            "branch": self._alone(branch),
            "table": self._alone(table),
            "play/choices": self._alone(self._choices),
            "play/start": self._alone(self._start),
            "play/act": self._act,
        }

    def _alone(self, work: Callable[[Answer], Answer]) -> Callable[[Answer], Answer]:
        def one_at_a_time(asked: Answer) -> Answer:
            if not self._waiting.acquire(blocking=False):
                raise Busy
            try:
                with self._one:
                    return work(asked)
            finally:
                self._waiting.release()

        return one_at_a_time

    def _cancel(self, asked: Answer) -> Answer:
        self.desk.cancel(asked.get("id"))
        return {}

    def _choices(self, asked: Answer) -> Answer:
        from olivebranch.explore.play import opponents_of

        game = find_game(_preset(asked.get("game")))
        return {"seats": list(game.compiled.game.players), "opponents": opponents_of(game) + self.opponents}

    def _start(self, asked: Answer) -> Answer:
        from olivebranch.explore.play import Session, Table, opponents_of

        name, seat, opponent, seed = (asked.get(key) for key in ("game", "seat", "opponent", "seed"))
        game = find_game(_preset(name))
        choices = opponents_of(game) + self.opponents
        if opponent not in choices:  # a list of names: a link or a page must not be able to name a file or a module
            raise ParameterError("opponent", opponent, one_of(choices, opponent))
        if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
            raise ParameterError("seed", seed, "a whole number of at least 0")
        key = (game.spec, str(seat), str(opponent))
        if key not in self._tables:
            self._tables[key] = Table(game, str(seat), str(opponent))
            while len(self._tables) > MOST_SESSIONS:
                self._tables.popitem(last=False)
        session, number = Session(self._tables[key], np.random.default_rng(seed)), uuid.uuid4().hex
        self._sessions[number] = session
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return session.as_dict() | {"id": number}

    def _act(self, asked: Answer) -> Answer:
        number, action = asked.get("id"), asked.get("action")
        session = self._sessions.get(number) if isinstance(number, str) else None
        if session is None:
            raise ParameterError("id", number, "a play that this server has begun, and not too many have begun since")
        if not isinstance(action, int) or isinstance(action, bool):
            raise ParameterError("action", action, "the number of an action")
        session.act(action)
        answer: Answer = session.as_dict()
        return answer | {"id": number}


def _preset(name: object) -> str:
    names = preset_names()
    if not isinstance(name, str) or name not in names:
        raise ParameterError("game", name, one_of(names, name))
    return name


def branch(asked: Answer) -> Answer:
    """The logit branch of a talks game, thinned, and where it leads."""
    from olivebranch.theory.quantal_response.branch import BranchCurve, BranchLost
    from olivebranch.theory.selection.limits import follow, row_name
    from olivebranch.theory.talks.behaviour import TalksBehaviour
    from olivebranch.theory.tree.histories import unroll

    given = asked.get("parameters")
    if not isinstance(given, dict):
        raise ParameterError("parameters", given, "a mapping")
    parameters = TalksParameters.from_mapping(given)
    points: list[list[float]] = []
    words = ""
    try:
        for point in BranchCurve(unroll(compile_talks(parameters))).follow((0.1, 300.0), 0.2, 1500):
            at = TalksBehaviour.of(point.profile)
            numbers = (point.precision, at.offer_high, at.offer_low, at.escalate_after_offer, at.escalate_after_fight)
            points.append([round(x, 6) for x in numbers])
        row, limit = follow(parameters)
        words = f"It leads to {row_name(row)}." if row is not None else f"Undecided: {limit.reason}."
    except BranchLost as error:
        words = f"{error}."
    if not points:
        raise ParameterError("parameters", "this game", f"a game whose branch can be followed ({words})")
    return {"points": points[:: max(1, len(points) // 200)], "words": words}


def table(asked: Answer) -> Answer:
    """The equilibria of a payoff table."""
    from olivebranch.explore import tables

    given = asked.get("table")
    if not isinstance(given, dict):
        raise ParameterError("table", given, "an object with prior and payoffs")
    tables.line_of(given)
    answer: Answer = run_bounded(tables.__name__, given, tables.SECONDS)
    return answer


def make_app(port: int, opponents: Sequence[str] = ()) -> FastAPI:
    """The application, which answers to 127.0.0.1 and localhost at ``port`` alone.

    Args:
        port: that it is reached at.
        opponents: policy specs that the page may name beside equilibria: those that whoever started it has given.
    """
    work, files = Work(opponents), page_files(served=True)
    hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
    origins = {f"http://{host}" for host in hosts}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        yield
        work.desk.end()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        refused = None
        stranger = request.headers.get("origin", next(iter(origins))) not in origins
        if request.headers.get("host") not in hosts:
            refused = _refusal(421, f"expected a request to {' or '.join(sorted(hosts))}")
        elif stranger or request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            refused = _refusal(403, "expected a request from the explorer's own page")
        response = refused or await call_next(request)
        response.headers.update(HEADERS)
        return response

    @app.get("/")
    async def index() -> Response:
        return Response(files["index.html"], media_type=KINDS["html"])

    @app.get("/{name}")
    async def file(name: str) -> Response:
        if name not in files:  # a name of a list, never a path
            return _refusal(404, "no such file")
        return Response(files[name], media_type=KINDS[name.rpartition(".")[2]])

    @app.post("/api/{what:path}")
    async def api(what: str, request: Request) -> Response:
        if what not in work.answers:
            return _refusal(404, f"expected one of {', '.join(work.answers)}")
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _refusal(415, "expected content of the type application/json")
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_REQUEST:
                return _refusal(413, f"expected at most {LARGEST_REQUEST} bytes")
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            return _refusal(400, "expected JSON")
        if not isinstance(asked, dict):
            return _refusal(400, "expected a JSON object")
        try:
            return JSONResponse(await run_in_threadpool(work.answers[what], asked))
        except ParameterError as error:
            return _refusal(400, str(error))
        except Busy:
            return _refusal(429, "too many requests of this kind wait already; try again in a moment")

    return app


def _refusal(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status_code=status)


def open_socket(port: int) -> socket.socket:
    """A socket that listens on 127.0.0.1; port 0 is any free one. Raises OSError where the port is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        listening.close()
        raise
    return listening


def serve(app: FastAPI, listening: socket.socket, browser: bool = False) -> None:
    """Serve the page until the process is told to end.

    Args:
        app: see :func:`make_app`.
        listening: see :func:`open_socket`.
        browser: whether to open one at the page.
    """
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, limit_concurrency=64)
    if browser:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        threading.Timer(0.7, webbrowser.open, (address,)).start()
    uvicorn.Server(config).run(sockets=[listening])
