"""One run of the files sensor, the same on every system."""

from collections.abc import Callable
from contextlib import suppress

from watchdog.observers import Observer

from jiankao_agent.errors import ConfigurationError, SensorError
from jiankao_agent.sensors.base import Condition, SensorContext
from jiankao_agent.sensors.file_events import Media
from jiankao_agent.sensors.file_watch import TURN_S, FileWatch
from jiankao_agent.sensors.watched_places import Place
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Health


def watch_files(
    context: SensorContext,
    media: Media,
    wanted: Callable[[], tuple[tuple[Place, ...], Condition]],
    also: Callable[[], None] = lambda: None,
) -> None:
    """Watch until told to stop; `also` is done at every turn. Raises SensorError when that cannot be."""
    observer = Observer(timeout=TURN_S)
    try:
        observer.start()
        watch = FileWatch(context, observer, media, wanted)
        while not context.stopping.is_set():
            watch.turn()
            also()
            watch.wait()
    except OSError as error:
        raise SensorError(f"files: they cannot be watched any more ({error})") from error
    finally:
        observer.stop()
        with suppress(RuntimeError):  # it never came to be started
            observer.join(1.0)


def try_observer() -> None:
    """Start and stop an observer. Raises OSError or RuntimeError when files cannot be watched."""
    observer = Observer(timeout=TURN_S)
    observer.start()
    observer.stop()
    observer.join()


def unsettled(error: ConfigurationError) -> Condition:
    """Return the condition of a sensor whose settings cannot be read."""
    return Condition(
        Health.DEGRADED,
        say(
            f"监视设置无效，考试软件未被监视：{error}",
            f"the exam application is not watched: {error}",
        ),
        say("请改正 watch.toml，或删除它", "correct watch.toml, or remove it"),
    )
