"""A network cable one can pull: TCP passed on between a workstation and the collector.

Pulled, it swallows nothing and tells nobody: what is under way waits, as packets do that are sent
again and again. Cut, the connections break at once, as those of a killed process do.
"""

import asyncio
from types import TracebackType
from typing import Self

from jiankao_collector.config import Address
from jiankao_collector.demo.racing import until_one_ends

_PIECE = 64 * 1024
_DIAL_WITHIN_S = 5.0


class Cable:
    """Listens on loopback and passes every connection on to `far`.

    `out_of`: the address on this machine from which it does, empty for whichever the system takes.
    """

    def __init__(self, far: Address, out_of: str = "") -> None:
        self.far, self._out_of = far, out_of
        self.near_end: tuple[str, int] | None = None
        """Address and port from which the newest connection comes, as the far side sees it."""
        self._in = asyncio.Event()
        self._in.set()
        self._near: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._near = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._near is not None:
            self._near.close()
        await self.cut()
        if self._near is not None:
            await self._near.wait_closed()

    @property
    def address(self) -> str:
        """Where the workstation connects to."""
        assert self._near is not None, "enter the cable first"
        host, port = self._near.sockets[0].getsockname()
        return f"{host}:{port}"

    def pull(self) -> None:
        """Take the plug out: nothing passes any more, nothing is closed."""
        self._in.clear()

    def put_back(self) -> None:
        """Put the plug back in: what waited goes on its way."""
        self._in.set()

    async def move(self, out_of: str) -> None:
        """Plug it into another network: connections break, and new ones come from another address."""
        self._out_of = out_of
        await self.cut()
        self.put_back()

    async def cut(self) -> None:
        """Break every connection there is. New ones can be made."""
        connections = tuple(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "asyncio runs every connection in a task"
        self._connections.add(task)
        try:
            await self._pass_on(reader, writer)
        except OSError:
            # One end is gone or not there; closing the other, below, is all that tells it so.
            pass
        except asyncio.CancelledError:
            # Only `cut` cancels a connection; asyncio would report the cancelled task as an error.
            pass
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._in.wait()
        async with asyncio.timeout(_DIAL_WITHIN_S):
            far_reader, far_writer = await self._dial()
        self.near_end = far_writer.get_extra_info("sockname")[:2]
        try:
            await until_one_ends(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            far_writer.transport.abort()

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        far = self.far
        if self._out_of:
            try:
                return await asyncio.open_connection(
                    far.host, far.port, local_addr=(self._out_of, 0)
                )
            except OSError:
                pass  # this system has no such address, or no way from it: seen from the usual one, then
        return await asyncio.open_connection(far.host, far.port)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE):
            await self._in.wait()
            writer.write(piece)
            await writer.drain()
        await self._in.wait()
