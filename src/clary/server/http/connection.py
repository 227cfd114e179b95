"""HTTP/1.1 on one connection: requests in, answers out, in order. Knows httptools; knows nothing of AWS.

    bytes -> parser -> Turn -> answer(request, body) -> head and body -> bytes

An answer is begun at once, without a task (eager.py): most answers wait for nothing. Bodies up to `WHOLE` are read before
the answer is begun; larger ones, and those of unknown length, are handed on as they arrive, and the client is told to
pause while nobody takes them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import MutableMapping
from functools import partial
from typing import Any

import httptools

from clary.server.http.body import Body
from clary.server.http.eager import Begun, begin
from clary.server.http.flow import Flow
from clary.server.http.request_head import NAMES, lower, target
from clary.server.http.respond import length_of
from clary.server.http.response_head import CLOSING, CONTINUE, head_of, refusal
from clary.server.http.turn import Owner, Turn
from clary.server.http.upgraded import Upgraded, speak
from clary.wire import Request, Response, Switch

log = logging.getLogger("clary.http")

WHOLE = 1 << 20
# S3 takes 8 KB of headers (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html); presigned
# addresses with session tokens, and jobs' proxies, want some room to spare.
LARGEST_HEAD = 64 << 10
HEAD_SECONDS = 60.0  # from a request's first byte to the end of its head
SILENCE_SECONDS = 60.0  # between two pieces of a body, while we do read
IDLE_SECONDS = 75.0  # between two requests
_ENOUGH = 256 << 10  # bytes of a body that may wait to be taken
_PIPELINE = 16  # requests that may wait for their turn
_MOST_DISCARDED = 64 << 20
_JOIN = 64 << 10  # below, head and body go out as one piece


class Connection(Flow):
    """One client's connection."""

    def __init__(self, server: Owner) -> None:
        super().__init__(server)
        self._parser: Any = httptools.HttpRequestParser(self)
        self._scheme = "http"
        self._client: str | None = None
        self._url = b""
        self._headers: dict[str, str] = {}
        self._head_size = 0  # bytes of the head that is arriving, -1 when a body is
        self._between = 0  # bytes of chunks' heads, extensions and trailers since the last piece of a body
        self._head_since = server.now
        self._turns: deque[Turn] = deque()  # the first one is being answered
        self._arriving: Turn | None = None  # its head is here, its body is not yet
        self._half_closed = False
        self._refusal = b""  # what follows the answers that are under way: nothing after it counts

    # asyncio's callbacks ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        peer = transport.get_extra_info("peername")
        self._client = peer[0] if isinstance(peer, tuple) else None
        if transport.get_extra_info("sslcontext"):
            self._scheme = "https"
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self.leave_direct()
        self._server.connections.discard(self)
        for turn in self._turns:
            turn.leave()
            if turn.request.when_gone is not None:
                turn.request.when_gone()
        self.resume_writing()

    def eof_received(self) -> bool:
        """Go on answering a client that has sent everything; with TLS both directions end together."""
        if self._turns and self._arriving is None and self._scheme == "http":
            self._turns[-1].keep &= bool(self._refusal)
            self._half_closed = True
            return True
        return False

    def data_received(self, data: bytes) -> None:
        self._heard = self._server.now
        if self._refusal:
            return
        while self._head_size >= 0 and self._head_size + len(data) > LARGEST_HEAD:
            # One piece may hold more than a head may: what is too large is refused before its end is looked at.
            room = LARGEST_HEAD + 1 - self._head_size
            fine, data = self._feed(data[:room]), data[room:]
            if not fine and not isinstance(self._parser, Upgraded):
                return
        self._feed(data)

    def _feed(self, data: bytes) -> bool:
        """Parse what came; return False if it was refused, and nothing after it counts."""
        if self._head_size >= 0:
            self._head_size += len(data)
        else:
            self._between += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            self.stop_reading()
            self._parser = Upgraded(self._parser.get_http_version(), data[stopped.args[0] :])
            return False
        except httptools.HttpParserError:
            self._refuse(400)
            return False
        if self._head_size > LARGEST_HEAD or self._between > LARGEST_HEAD:
            self._refuse(431)
            return False
        return True

    # httptools' callbacks ---------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers = {}
        self._head_since = self._server.now

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._arriving is not None:
            return  # a trailer: what comes after the body was not part of what was judged
        key = NAMES.get(name) or lower(name)
        headers, text = self._headers, value.decode("latin-1")
        if key in headers:
            if key == "host":  # RFC 9112, 3.2: which one is meant nobody can tell
                raise ValueError("two Host headers")
            text = f"{headers[key]},{text}"
        headers[key] = text

    def on_headers_complete(self) -> None:
        parser, headers = self._parser, self._headers
        self._head_size = -1
        path, query = target(self._url)
        request = Request(parser.get_method().decode(), path, query, headers, b"", self._scheme, self._client)
        # After such a request the parser reads no more, whether or not there will be an upgrade.
        keep = parser.should_keep_alive() and not ("upgrade" in headers and parser.should_upgrade())
        expects = "expect" in headers and headers["expect"].lower() == "100-continue"
        turn = self._arriving = Turn(request, keep, expects)
        if "transfer-encoding" in headers or int(headers.get("content-length") or 0) > WHOLE:
            turn.body = request.body = Body(lambda: self._receive(turn))
            self._enqueue(turn)
        elif expects and not self._turns:
            self._invite(turn)

    def on_body(self, data: bytes) -> None:
        turn = self._arriving
        assert turn is not None
        self._between = 0
        if turn.discarded >= 0:
            turn.discarded += len(data)
            if turn.discarded > _MOST_DISCARDED:
                self._transport.close()
            return
        turn.parts.append(data)
        if turn.body is not None:
            turn.size += len(data)
            if turn.size > _ENOUGH:
                self.stop_reading()
            turn.wake()

    def on_message_complete(self) -> None:
        turn = self._arriving
        assert turn is not None
        self._arriving = None
        self._head_size = self._between = 0
        turn.complete = True
        if turn.body is None:
            parts = turn.parts
            if parts:
                turn.request.body = parts[0] if len(parts) == 1 else b"".join(parts)
                parts.clear()
            turn.expects = False  # it has not waited, or was invited
            self._enqueue(turn)
        elif turn.discarded >= 0:
            self._finish(turn)
        else:
            turn.wake()

    # turns ------------------------------------------------------------------------------------------------------

    def _enqueue(self, turn: Turn) -> None:
        self._turns.append(turn)
        if len(self._turns) == 1:
            self._answer(turn)
        elif len(self._turns) > _PIPELINE:
            self.stop_reading()

    def _answer(self, turn: Turn) -> None:
        """Begin to answer; done at once where nothing is to be waited for."""
        turn.begun = True
        work = self._server.answer(turn.request, turn.body)
        if turn.body is not None:
            turn.task = self._server.carry_on(self._reply(turn, work))
            return
        try:
            response = begin(work, self._loop)
        except Exception as error:
            self._break_off(error)
            return
        if isinstance(response, Begun):
            turn.task = response
            self._server.follow(response, partial(self._reply_now, turn))
        else:
            self._send(turn, response)

    def _reply_now(self, turn: Turn, response: Response, error: BaseException | None) -> None:
        """Send an answer that had to wait; a cancelled one has no client any more."""
        turn.task = None
        if error is None:
            self._send(turn, response)
        elif isinstance(error, Exception):
            self._break_off(error)

    def _send(self, turn: Turn, response: Response) -> None:
        if type(response.body) is bytes:
            self._send_whole(turn, response)
        else:
            turn.task = self._server.carry_on(self._stream(turn, response))

    async def _reply(self, turn: Turn, work: Any) -> None:
        try:
            response: Response = await work
            if type(response.body) is bytes:
                self._send_whole(turn, response)
                return
        except Exception as error:
            self._break_off(error)
            return
        await self._stream(turn, response)

    def _send_whole(self, turn: Turn, response: Response) -> None:
        if self._transport.is_closing():
            return
        turn.spoken = True
        body: bytes = response.body  # type: ignore[assignment]
        head_only = turn.request.method == "HEAD"
        try:
            head = head_of(response, len(body), self._last_words(turn), head_only)
        except ValueError as error:
            self._break_off(error)
            return
        if head_only or response.status in (204, 304):
            self._transport.write(head)
        elif len(body) < _JOIN:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        self._answered(turn)

    async def _stream(self, turn: Turn, response: Response) -> None:
        """Write a streamed body. Break the connection off if the body cannot be read to its end."""
        if isinstance(response.body, Switch):
            self._turns.clear()
            self._server.connections.discard(self)
            self.leave_direct()
            await speak(self._server, self._transport, self._parser, response)
            return
        length = length_of(response)
        head_only = turn.request.method == "HEAD"
        silent = head_only or response.status in (204, 304)
        turn.spoken = True
        unknown = length is None and not silent
        chunked = unknown and self._parser.get_http_version() != "1.0"
        if unknown and not chunked:
            turn.keep = False  # the end of the connection is the end of the body
        try:
            last_words = self._last_words(turn)
            head = head_of(response, length, last_words, head_only, chunked=chunked)
            await self.send(head, None if silent else response.body, length, chunked)
        except Exception as error:
            self._break_off(error)
            return
        self._answered(turn)

    def _last_words(self, turn: Turn) -> bytes:
        """Return the Date header, and `connection: close` if the connection ends with this answer."""
        if turn.expects and not turn.complete:
            turn.keep = False  # it may or may not send its body now: nobody can tell what comes next
        if turn.keep and not self._server.closing:
            return self._server.date
        turn.keep = False
        return self._server.date + CLOSING

    def _answered(self, turn: Turn) -> None:
        if turn.complete:
            self._finish(turn)
        elif turn.expects:
            self._transport.close()
        else:
            # What is left of the body is read and thrown away, or the client might never see the answer.
            turn.discarded = 0
            turn.parts.clear()
            self.resume_reading()

    def _finish(self, turn: Turn) -> None:
        """Go on to the next request: this one is read and answered."""
        turns = self._turns
        turns.popleft()
        if not turn.keep:
            self._transport.close()
        if self._transport.is_closing():
            return
        if self._paused and not self._refusal:
            self.resume_reading()
        if turns:
            # Not from here: a client that sends a thousand requests at once must not make us a thousand calls deep.
            self._loop.call_soon(self._next)
        elif self._refusal:
            self.say_last(self._refusal)
        elif self._arriving is not None and self._arriving.body is None and self._arriving.expects:
            self._invite(self._arriving)

    def _next(self) -> None:
        if self._turns and not self._turns[0].begun and not self._lost:
            self._answer(self._turns[0])

    # bodies -----------------------------------------------------------------------------------------------------

    def _invite(self, turn: Turn) -> None:
        turn.expects = False
        self._transport.write(CONTINUE)

    async def _receive(self, turn: Turn) -> MutableMapping[str, Any]:
        """Return the next part of a body, as ASGI has it."""
        if turn.expects and not turn.complete and not self._lost:
            self._invite(turn)
        while not turn.parts and not turn.complete:
            if self._lost:
                return {"type": "http.disconnect"}
            turn.waker = self._loop.create_future()
            await turn.waker
        data = b"".join(turn.parts)
        turn.parts.clear()
        turn.size = 0
        self.resume_reading()
        return {"type": "http.request", "body": data, "more_body": not turn.complete}

    # ends -------------------------------------------------------------------------------------------------------

    def judge(self, now: float) -> None:
        """End what takes too long: a head, a silence within a body, idleness. `now` by the server's clock."""
        if self._half_closed:
            self._probe()
        if self.is_stuck(now):
            self._transport.abort()
        if self._arriving is not None:
            if not self._paused and now - self._heard > SILENCE_SECONDS:
                self._transport.abort()
        elif self._head_size > 0:
            if now - self._head_since > HEAD_SECONDS:
                self._transport.abort()
        elif not self._turns and now - self._heard > IDLE_SECONDS:
            self._transport.close()

    def _probe(self) -> None:
        """Ask a client that has ended its side, and waits for an answer or has gone: nothing else tells these apart. One
        that has gone resets the connection; to one that waits, one more 100 says nothing (RFC 9110, 15.2)."""
        first = self._turns[0] if self._turns else None
        if first is not None and not first.spoken and self._parser.get_http_version() != "1.0":
            self._transport.write(CONTINUE)

    def shut_down(self) -> None:
        """Take no further request; what is under way is finished."""
        if not self._turns or self._turns[0].discarded >= 0:
            self._transport.close()

    def _refuse(self, status: int) -> None:
        """Refuse what is not HTTP, after the answers to the requests before it."""
        if self._transport.is_closing():
            return
        first = self._turns[0] if self._turns else None
        if first is None or (first is self._arriving and not first.spoken):
            # A handler that reads a body without end learns of it when the connection is lost.
            self.say_last(refusal(status))
        elif self._arriving in self._turns:
            self._transport.abort()
        else:
            self._refusal = refusal(status)
            self._arriving, self._head_size = None, 0
            self.stop_reading()

    def _break_off(self, error: Exception) -> None:
        if not isinstance(error, ConnectionError):
            log.error("an answer was broken off", exc_info=error)
        self._transport.abort()
