"""The collector as a whole: what must not happen quietly."""

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from jiankao_collector.errors import CollectorError
from jiankao_collector.evidence_log.writer import EvidenceLogWriter
from jiankao_collector.serving import serving
from jiankao_proto.records import ClockTick
from tests.support.collector import ANY_PORTS, founded, problem_of
from tests.support.room import until

HOUR_US = 3600 * 1_000_000


async def test_a_collector_that_judges_no_more_does_not_go_on(tmp_path: Path) -> None:
    folder = founded(tmp_path / "data")
    async with serving(folder, ANY_PORTS) as running:
        running.live.following.cancel()
        with pytest.raises(CollectorError, match="judging ended by itself") as caught:
            await asyncio.wait_for(running.until(asyncio.Event()), 10)
    assert "\n" not in str(caught.value)
    assert problem_of(folder.root) is None


async def test_a_record_from_the_future_does_not_stop_time(tmp_path: Path) -> None:
    folder = founded(tmp_path / "data")
    async with serving(folder, ANY_PORTS) as running:
        future = running.clock.now_us() + 2 * HOUR_US
        with closing(EvidenceLogWriter(folder.evidence_log)) as writer:
            writer.append([ClockTick()], future)
        await until("the clock goes on from there", lambda: running.clock.now_us() > future)
        first = (await running.journal.append(ClockTick())).record.recorded_at_us
        second = (await running.journal.append(ClockTick())).record.recorded_at_us
        assert future < first < second
    assert problem_of(folder.root) is None


async def test_a_data_folder_is_served_once(tmp_path: Path) -> None:
    folder = founded(tmp_path / "data")
    async with serving(folder, ANY_PORTS):
        with pytest.raises(CollectorError, match="another collector is serving this folder"):
            async with serving(folder, ANY_PORTS):
                pass
    async with serving(folder, ANY_PORTS):
        pass
    assert problem_of(folder.root) is None
