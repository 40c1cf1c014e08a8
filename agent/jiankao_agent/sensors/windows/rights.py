"""What an agent without an administrator's rights says of itself."""

from jiankao_agent.sensors.base import Condition
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Health

NOT_ADMINISTRATOR = Condition(
    Health.DEGRADED,
    say(
        "采集程序没有管理员权限，看不全其他用户的程序",
        "the agent has no administrator rights and cannot see all of other users' programs",
    ),
    say("请以管理员身份运行采集程序", "run the agent as administrator"),
)
