"""What the scripts beside this one share: commands come as JSON lines on standard input, events go out as JSON lines.

Every event has "ev", its name, and "t", CLOCK_MONOTONIC in nanoseconds: Java's System.nanoTime() on the same machine. A command
has "cmd", and may have "id", which says which participant it means; its events carry the same "id". Commands for one
participant run one after the other, for different ones at once; those named in `at_once` wait for no other, so that an
interruption can come in the middle of a long one. The end of standard input ends the script.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

Command = dict[str, Any]


def say(ev: str, id: str = "", **more: Any) -> None:
    line = {"ev": ev, "t": time.monotonic_ns(), "id": id, **more}
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()


async def serve(
    handle: Callable[[Command], Awaitable[None]], at_end: Callable[[], Awaitable[None]], at_once: frozenset[str] = frozenset()
) -> None:
    """Hands each command to `handle`; a failure becomes the event "error"."""
    loop = asyncio.get_running_loop()
    queues: dict[str, asyncio.Queue[Command]] = {}
    tasks: set[asyncio.Task[None]] = set()
    ended = asyncio.Event()

    async def run(command: Command) -> None:
        try:
            await handle(command)
        except Exception as e:  # noqa: BLE001 - whatever it is, the test must hear of it
            say("error", command.get("id", ""), cmd=command.get("cmd"), error=f"{type(e).__name__}: {e}")

    async def work(queue: asyncio.Queue[Command]) -> None:
        while True:
            await run(await queue.get())

    def take(line: str | None) -> None:
        if line is None:
            ended.set()
        elif line.strip():
            command = json.loads(line)
            id = command.get("id", "")
            if command.get("cmd") in at_once:
                tasks.add(asyncio.create_task(run(command)))
                return
            if id not in queues:
                queues[id] = asyncio.Queue()
                tasks.add(asyncio.create_task(work(queues[id])))
            queues[id].put_nowait(command)

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(take, line)
        loop.call_soon_threadsafe(take, None)

    threading.Thread(target=read, daemon=True).start()
    say("ready")
    await ended.wait()
    for task in tasks:
        task.cancel()
    await at_end()


def watch(room: Any, id: str) -> None:
    """Tells what happens in a room."""

    def on(name: str, tell: Callable[..., dict[str, Any]]) -> None:
        room.on(name, lambda *args: say(name, id, **tell(*args)))

    def participant(p: Any, *_: Any) -> dict[str, Any]:
        return {"identity": p.identity, "sid": p.sid, "kind": int(p.kind), "attributes": dict(p.attributes)}

    for name in ("participant_connected", "participant_active", "participant_disconnected"):
        on(name, participant)
    on("participant_attributes_changed", lambda changed, p: {"identity": p.identity, "changed": dict(changed)})
    for name in ("track_published", "track_unpublished"):
        on(name, lambda pub, p: {"identity": p.identity, **publication(pub)})
    for name in ("track_muted", "track_unmuted"):
        on(name, lambda p, pub: {"identity": p.identity, **publication(pub)})
    on("data_received", data)
    on("reconnecting", lambda: {})
    on("reconnected", lambda: {})
    on("disconnected", lambda reason: {"reason": int(reason)})


def data(packet: Any) -> dict[str, Any]:
    sender = packet.participant
    return {"identity": sender.identity if sender else None, "topic": packet.topic, "text": packet.data.decode(errors="replace")}


def publication(pub: Any) -> dict[str, Any]:
    return {
        "sid": pub.sid, "name": pub.name, "kind": "video" if int(pub.kind) == 2 else "audio", "source": int(pub.source),
        "mime": pub.mime_type, "width": pub.width, "height": pub.height, "simulcast": pub.simulcasted, "muted": pub.muted,
    }


def present(room: Any) -> list[dict[str, Any]]:
    return [
        {
            "identity": p.identity, "sid": p.sid, "kind": int(p.kind), "attributes": dict(p.attributes),
            "tracks": [publication(t) for t in p.track_publications.values()],
        }
        for p in room.remote_participants.values()
    ]
