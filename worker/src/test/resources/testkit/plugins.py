"""Agents as people write them: a job of livekit-agents, an AgentSession, and an avatar by the published plugin; steered by JSON lines (lines.py).

Where LiveKit is, and the key to it, the plugins find in the environment: LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET. Agents need avatars of
different identities, as in agent.py.

  start      plugin (protoface, lemonslice), room, api_url, api_key: a job in that room, its session, and the avatar; answers "started"
             with the avatar's session once its picture is there
  say        seconds: a turn, a tone of 440 Hz; at its end "said", with its position in seconds, and interrupted
  interrupt  what the agent does when somebody talks into its turn
  stop       closes the avatar as the plugin does it, then session and job; answers "stopped"

What livekit-agents warns of meanwhile is the event "warned", with its text.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Future
from typing import Any

import numpy as np
from livekit import api, rtc
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, JobExecutorType, room_io
from livekit.plugins import lemonslice, protoface

from lines import Command, say, serve

RATE = 24000
FRAME = RATE // 50


async def tone(seconds: float) -> AsyncIterator[rtc.AudioFrame]:
    pcm = (np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE) * 12000).astype(np.int16)
    for at in range(0, len(pcm), FRAME):
        yield rtc.AudioFrame(pcm[at : at + FRAME].tobytes(), RATE, 1, len(pcm[at : at + FRAME]))


def avatar(c: Command) -> Any:
    match c["plugin"]:
        case "protoface":
            return protoface.AvatarSession(api_url=c["api_url"], api_key=c["api_key"], max_duration_seconds=300)
        case "lemonslice":
            return lemonslice.AvatarSession(agent_id="av_stock_001", api_url=c["api_url"], api_key=c["api_key"], idle_timeout=120)
        case other:
            raise ValueError(f"no plugin {other}")


class Speaker:
    """One agent. Its job has a thread and a loop of its own."""

    def __init__(self, c: Command) -> None:
        self.id = c["id"]
        self.order = c
        self.turns: set[asyncio.Task[None]] = set()
        self.up: Future[None] = Future()

    async def run(self, ctx: JobContext) -> None:
        """The job."""
        try:
            self.ctx = ctx
            self.loop = asyncio.get_running_loop()
            await ctx.connect()
            self.session = AgentSession[None](vad=None)
            await self.session.start(
                agent=Agent(instructions="Say what you are told."), room=ctx.room, room_options=room_io.RoomOptions(audio_input=False)
            )
            self.avatar = avatar(self.order)
            await self.avatar.start(self.session, ctx.room)
            await self.avatar.wait_for_join()
        except BaseException as e:
            self.up.set_exception(e)
            raise
        self.up.set_result(None)

    async def there(self, work: Coroutine[Any, Any, None]) -> None:
        """Does it in the job's loop."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    async def say(self, seconds: float) -> None:
        output = self.session.output.audio
        assert output is not None
        turn = self.session.say("la " * round(4 * seconds), audio=tone(seconds), add_to_chat_ctx=False)

        async def wait() -> None:
            await turn.wait_for_playout()
            e = await output.wait_for_playout()
            say("said", self.id, position=e.playback_position, interrupted=e.interrupted)

        self.turns.add(asyncio.create_task(wait()))

    async def interrupt(self) -> None:
        self.session.interrupt()

    async def stop(self) -> None:
        await self.avatar.aclose()
        await self.session.aclose()
        self.ctx.shutdown()


class Warnings(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say("warned", text=record.getMessage())


server = AgentServer(job_executor_type=JobExecutorType.THREAD, host="127.0.0.1")
speakers: dict[str, Speaker] = {}


@server.rtc_session()
async def entry(ctx: JobContext) -> None:
    await next(s for s in speakers.values() if s.order["room"] == ctx.job.room.name).run(ctx)


async def start(c: Command) -> None:
    speaker = speakers[c["id"]] = Speaker(c)
    async with api.LiveKitAPI() as livekit:
        room = await livekit.room.create_room(api.CreateRoomRequest(name=c["room"]))
    # As the server would dispatch it, but whatever the load of this machine is.
    await server.simulate_job(c["room"], agent_identity=c["id"], room_info=room)
    await asyncio.wrap_future(speaker.up)
    say("started", c["id"], session=speaker.avatar.session_id, identity=speaker.avatar.avatar_identity)


async def handle(c: Command) -> None:
    id = c["id"]
    match c["cmd"]:
        case "start":
            await start(c)
        case "say":
            await speakers[id].there(speakers[id].say(c["seconds"]))
        case "interrupt":
            await speakers[id].there(speakers[id].interrupt())
        case "stop":
            speaker = speakers.pop(id)
            await speaker.there(speaker.stop())
            say("stopped", id)
        case other:
            raise ValueError(f"no command {other}")


async def main() -> None:
    running = asyncio.create_task(server.run(devmode=True, unregistered=True))
    ready = asyncio.Event()
    server.once("worker_started", ready.set)
    await ready.wait()

    async def end() -> None:
        await server.aclose()
        await running

    await serve(handle, end)


logging.getLogger("livekit.agents").addHandler(Warnings(logging.WARNING))
asyncio.run(main())
