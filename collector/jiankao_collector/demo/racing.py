"""Running several things until one of them ends."""

import asyncio
from collections.abc import Coroutine


async def until_one_ends(*work: Coroutine[object, object, None]) -> None:
    """Run all of `work`; when one ends, stop the others. Raises what the ended one raised."""
    tasks = [asyncio.create_task(w) for w in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result
