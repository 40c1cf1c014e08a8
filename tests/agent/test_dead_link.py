"""A link that died without a word: no reset, no end, only silence."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from jiankao_agent.config import StateFolder
from tests.agent.conftest import StartAgent
from tests.support.fake_collector import FakeCollector


class Cable:
    """Carries bytes between agent and collector until it is cut; later connections are carried again."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._cut: list[asyncio.Event] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections = 0

    async def plug_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
        cut = asyncio.Event()
        self._cut.append(cut)
        self.connections += 1
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._carry(source, sink, cut))
            self._tasks.add(task)

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        try:
            while (data := await source.read(65536)) or cut.is_set():
                if cut.is_set():
                    await asyncio.Event().wait()  # neither carried on nor refused
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass  # the ends say for themselves that they lost each other
        finally:
            sink.close()

    def cut(self) -> None:
        for event in self._cut:
            event.set()

    async def unplug(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def cable(collector: FakeCollector, state: StateFolder) -> AsyncIterator[Cable]:
    cable = Cable(collector.telemetry_port)
    server = await asyncio.start_server(cable.plug_in, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    content = state.enrolment.read_text(encoding="utf-8")
    state.enrolment.write_text(content.replace(str(collector.telemetry_port), str(port)))
    async with server:
        yield cable
        await cable.unplug()


async def test_the_agent_notices_and_comes_back_with_everything(
    collector: FakeCollector, cable: Cable, start_agent: StartAgent
) -> None:
    agent = await start_agent("ticks")
    await collector.until(lambda: collector.count >= 3)
    cable.cut()
    # The agent asks after 1.5 s of silence and waits 2 s for the answer.
    await collector.until(lambda: len(collector.hellos) == 2, 40)
    before = collector.count
    await collector.until(lambda: collector.count > before + 2)
    agent.terminate()
    await agent.communicate()
    assert cable.connections == 2
    collector.check_chain()
