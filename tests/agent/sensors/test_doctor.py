"""What the doctor says."""

import json
import threading

import pytest

from jiankao_agent import doctor
from jiankao_agent.doctor import Diagnosis
from jiankao_agent.sensors.awaited import AwaitedSensor
from jiankao_agent.sensors.base import OK, Condition, Sensor
from jiankao_agent.sensors.catalogue import sensors
from jiankao_proto.bilingual import in_language, say
from jiankao_proto.observations import Health
from tests.support.sensor_harness import running
from tests.support.xserver import environment, xvfb

ILL = Diagnosis(
    "input",
    Condition(
        Health.DEGRADED, say("桌面是 Wayland", "the desktop is Wayland"), say("换 X11", "use X11")
    ),
)
WELL = Diagnosis("processes", OK)


def test_a_table_in_english() -> None:
    assert doctor.render([WELL, ILL], "en").splitlines() == [
        "sensor     state",
        "processes  works",
        "input      degraded",
        "           why: the desktop is Wayland",
        "           do:  use X11",
        "Not every sensor works fully; do what is said above.",
    ]


def test_a_table_in_chinese_lines_up() -> None:
    assert doctor.render([WELL, ILL], "zh").splitlines() == [
        "采集器     状态",
        "processes  正常",
        "input      受限",
        "           原因：桌面是 Wayland",
        "           处理：换 X11",
        "有采集器不能完全工作，请按上面的说明处理。",
    ]


def test_json_for_machines() -> None:
    assert json.loads(doctor.render_json([WELL, ILL], "zh-CN")) == {
        "ok": False,
        "sensors": [
            {"sensor": "processes", "health": "ok", "reason": "", "remedy": ""},
            {
                "sensor": "input",
                "health": "degraded",
                "reason": "桌面是 Wayland",
                "remedy": "换 X11",
            },
        ],
    }


def test_only_all_well_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    with xvfb() as server:
        for name, value in environment(server.display).items():
            monkeypatch.setenv(name, value)
        text, code = doctor.run(argv_json=False, language="en")
    healths = [diagnosis.condition.health for diagnosis in doctor.report(sensors())]
    assert len(healths) == len(sensors())
    assert code == (0 if "Every sensor works." in text else 1)
    monkeypatch.setattr(doctor, "sensors", lambda: (AwaitedSensor("input"),))
    assert doctor.run(argv_json=True, language="en")[1] == 1


def test_the_catalogue_keeps_its_order() -> None:
    assert [sensor.name for sensor in sensors()] == [
        "processes",
        "connections",
        "input",
        "desktop",
        "sessions",
        "devices",
        "displays",
        "network",
        "files",
        "services",
        "integrity",
    ]


def test_what_is_not_there_yet_says_so_and_stops_when_asked() -> None:
    sensor: Sensor = AwaitedSensor("windows")
    assert sensor.probe().health is Health.UNAVAILABLE
    with running(sensor) as harness:
        condition = harness.wait_for_health(Health.UNAVAILABLE)
        assert "comes with the Windows agent" in condition.reason
    assert not [t for t in threading.enumerate() if t.name == "sensor-windows"]


def test_two_languages_in_one_text() -> None:
    both = say("中文 | 句子", "an English | sentence")
    assert in_language(both, "zh") == "中文 / 句子"
    assert in_language(both, "en") == "an English / sentence"
    assert in_language("one language only", "zh") == "one language only"
