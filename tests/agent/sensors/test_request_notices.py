"""When injection requests and reads of the screen are told of: the pure part, with its own clock."""

from jiankao_agent.sensors.request_notices import MOST_CLIENTS, RequestNotices
from jiankao_agent.sensors.screen_reads import ScreenReads
from jiankao_proto.observations import InjectionMethod

REQUEST = InjectionMethod.INJECTION_REQUEST
SECOND = 1_000_000


def test_the_first_is_told_at_once_and_the_rest_once_a_second() -> None:
    notices: RequestNotices[str] = RequestNotices()
    notices.feed(REQUEST, "a", 10)
    ((client, first),) = notices.due(0)
    assert (client, first.requests, first.method) == ("a", 1, REQUEST)
    for wall in range(20, 520):
        notices.feed(REQUEST, "a", wall)
    assert notices.due(SECOND - 1) == []
    assert notices.next_due_us() == SECOND
    ((_, more),) = notices.due(SECOND)
    assert (more.requests, more.first_wall_clock_us, more.last_wall_clock_us) == (500, 20, 519)
    assert notices.due(2 * SECOND) == []
    assert notices.next_due_us() is None
    notices.feed(REQUEST, "a", 600)
    assert len(notices.due(2 * SECOND + 1)) == 1


def test_clients_without_end_are_folded_and_none_is_lost() -> None:
    notices: RequestNotices[int] = RequestNotices()
    for client in range(MOST_CLIENTS + 500):
        notices.feed(REQUEST, client, client)
    told = notices.due(0)
    assert len(told) == MOST_CLIENTS + 1
    assert sum(notice.requests for _, notice in told) == MOST_CLIENTS + 500
    assert told[-1][0] is None


def test_five_looks_in_five_seconds_are_told_once_and_again_after_half_a_minute() -> None:
    reads: ScreenReads[str] = ScreenReads()
    told = [second for second in range(120) if reads.feed("viewer", second * SECOND)]
    assert told == [4, 34, 64, 94]


def test_slower_looks_strips_of_one_picture_and_a_pause_are_not() -> None:
    reads: ScreenReads[str] = ScreenReads()
    assert not any(reads.feed("slow", n * 2 * SECOND) for n in range(30))
    assert not any(reads.feed("strips", n * 4_000) for n in range(100))
    early = [reads.feed("pause", n * SECOND) for n in range(4)]
    late = [reads.feed("pause", (n + 60) * SECOND) for n in range(4)]
    assert not any(early + late)


def test_readers_without_end_are_forgotten() -> None:
    reads: ScreenReads[int] = ScreenReads()
    assert not any(reads.feed(n, n) for n in range(2_000))
    assert any(reads.feed(1, 10_000 + n * SECOND) for n in range(5))
