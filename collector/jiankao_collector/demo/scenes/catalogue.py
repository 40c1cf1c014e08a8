"""Every scene, by its id. Adding one touches the tuple below and nothing else."""

from jiankao_collector.demo.scenes import (
    aids,
    beijing_2019,
    blinded_sensor,
    clock_turned_back,
    dhanbad_2025,
    fangchenggang_2024,
    guoluo_2019,
    honest,
    honest_machines,
    jaipur_2018,
    jaipur_2025,
    killed_agent,
    meerut_2024,
    neetpg_2016,
    phone_tether,
    pulled_plug,
    shijiazhuang,
    zhejiang_2021,
)
from jiankao_collector.demo.steps import Scene
from jiankao_collector.errors import ConfigurationError

HONEST: tuple[Scene, ...] = honest.SCENES
ATTACKS: tuple[Scene, ...] = (
    zhejiang_2021.SCENE,
    dhanbad_2025.SCENE,
    jaipur_2018.SCENE,
    meerut_2024.SCENE,
    shijiazhuang.SCENE,
    pulled_plug.SCENE,
    killed_agent.SCENE,
    blinded_sensor.SCENE,
)
"""What a room shows unless told otherwise."""
FURTHER: tuple[Scene, ...] = (
    fangchenggang_2024.SCENE,
    beijing_2019.SCENE,
    guoluo_2019.SCENE,
    neetpg_2016.SCENE,
    jaipur_2025.SCENE,
    clock_turned_back.SCENE,
    phone_tether.SCENE,
    *honest_machines.SCENES,
    *aids.SCENES,
)
"""Played when asked for by name, and by every test."""
SCENES = HONEST + ATTACKS + FURTHER


def scene(scene_id: str) -> Scene:
    """Return the scene with this id. Raises ConfigurationError, naming those there are."""
    for candidate in SCENES:
        if candidate.id == scene_id:
            return candidate
    known = ", ".join(s.id for s in SCENES)
    raise ConfigurationError(f"there is no scene {scene_id[:80]!r}; choose among: {known}")
