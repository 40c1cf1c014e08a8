"""The loop that sensors share: what it reports, when it ends, and what it makes of what cannot be read."""

import pytest

from jiankao_agent.errors import SensorError
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.turns import take_turns
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Health
from tests.support.sensor_harness import SensorHarness


class Counting:
    """Counts its turns; asks to be stopped at the third."""

    def __init__(self, context: SensorContext) -> None:
        self._context = context
        self.turns = 0

    def turn(self) -> None:
        self.turns += 1
        if self.turns == 3:
            self._context.stopping.set()


class Failing(Counting):
    """Fails at its second turn."""

    def __init__(self, context: SensorContext, error: Exception) -> None:
        super().__init__(context)
        self._error = error

    def turn(self) -> None:
        super().turn()
        if self.turns == 2:
            raise self._error


def test_it_reports_and_takes_turns_until_told_to_stop() -> None:
    context = SensorHarness().context()
    begun: list[Counting] = []

    def begin(context: SensorContext) -> Counting:
        begun.append(Counting(context))
        return begun[-1]

    take_turns(context, OK, begin, 0.001, lost="x: gone", ask="is it there?")
    assert [watch.turns for watch in begun] == [3]


@pytest.mark.parametrize("error", [OSError(2, "No such file"), MalformedError("not a table")])
def test_what_cannot_be_read_ends_it_with_one_line(error: Exception) -> None:
    context = SensorHarness().context()
    with pytest.raises(SensorError) as caught:
        take_turns(
            context,
            OK,
            lambda context: Failing(context, error),
            0.001,
            lost="x: the table cannot be read any more",
            ask="is it mounted?",
        )
    assert str(caught.value) == f"x: the table cannot be read any more ({error}); is it mounted?"


def test_what_is_unavailable_is_not_begun() -> None:
    condition = Condition(Health.UNAVAILABLE, "there is none", "make one")

    def begin(_context: SensorContext) -> Counting:
        raise AssertionError

    with pytest.raises(SensorError, match="there is none"):
        take_turns(SensorHarness().context(), condition, begin, 0.001, lost="x", ask="y")
