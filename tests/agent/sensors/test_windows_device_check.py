"""Keys without a device against keys that the hooks called injected."""

from jiankao_agent.sensors.windows.device_check import DeviceCheck

SECOND_US = 1_000_000


def check(*turns: tuple[int, int]) -> list[int]:
    """Return what is unexplained after each second of (flagged, deviceless) keys."""
    devices = DeviceCheck()
    assert devices.unexplained(0) == 0
    found = []
    for number, (flagged, deviceless) in enumerate(turns, 1):
        for _ in range(flagged):
            devices.flagged()
        for _ in range(deviceless):
            devices.deviceless()
        assert devices.unexplained(number * SECOND_US - 1) == 0, "told before the second is over"
        found.append(devices.unexplained(number * SECOND_US))
    return found


def test_what_the_hooks_called_injected_is_explained() -> None:
    assert check((20, 20), (5, 5), (0, 0)) == [0, 0, 0]


def test_a_hook_that_was_a_little_earlier_explains_too() -> None:
    assert check((20, 12), (0, 8)) == [0, 0]


def test_what_no_hook_told_of_is_not_explained() -> None:
    assert check((0, 30), (0, 0), (0, 4)) == [30, 0, 4]


def test_one_flag_explains_one_key_and_no_later_one() -> None:
    assert check((1, 10), (0, 10), (0, 10)) == [9, 9, 10]


def test_a_device_that_is_typed_on_says_nothing() -> None:
    assert check((0, 0), (0, 0)) == [0, 0]
