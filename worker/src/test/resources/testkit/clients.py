"""A published Python client against a served API: CLIENT URL KEY PORTRAIT. Prints "ok CLIENT"; a client that is not content ends this with its trace.

Where LiveKit is, and the key to it, stands in LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET. Imports are where they are used, for no
environment has them all.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

HANGS_S = 200  # the test gives up a little later, and then the trace says where
LIMIT_S = 60


def room() -> dict[str, str]:
    return {"url": os.environ["LIVEKIT_URL"], "room_name": "room-" + uuid.uuid4().hex}


def token(name: str) -> str:
    from livekit import api

    grants = api.VideoGrants(room_join=True, room=name)
    return api.AccessToken().with_kind("agent").with_identity("avatar").with_grants(grants).to_jwt()


def until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.05)


def protoface_sdk(url: str, key: str, portrait: Path) -> None:
    from protoface_sdk import ProtofaceClient, errors
    from protoface_sdk.models import LiveKitTransportConfig, SessionCreateRequest

    for base in (url, url + "/", url + "/protoface"):
        with ProtofaceClient(api_key=key, base_url=base) as client:
            there = room()
            metadata = {"a": 1, "nothing": None, "x": 1.5}
            made = client.sessions.create_livekit(
                avatar_id="av_pattern", **there, worker_token=token(there["room_name"]), quality="lite", metadata=metadata
            )
            assert made.metadata == metadata, made
            assert made.status.value == "queued", made
            running = made.wait_until_running(timeout=LIMIT_S)
            assert running.status.value == "running" and running.started_at and running.first_frame_at, running
            assert client.sessions.end(made.id).status.value in ("ending", "ended")
            until(lambda: client.sessions.get(made.id).status.value == "ended", "the session's end")
            over = client.sessions.get(made.id)
            assert over.ended_at and over.usage and over.usage.frames > 0 and over.failure is None, over

            there = room()
            typed = SessionCreateRequest(
                avatar_id="av_pattern", transport=LiveKitTransportConfig(**there, worker_token=token(there["room_name"]))
            )
            once = "key-" + uuid.uuid4().hex
            first = client.sessions.create(typed, idempotency_key=once)
            assert client.sessions.create(typed, idempotency_key=once).id == first.id
            client.sessions.end(first.id)
            assert first.id in [s.id for s in client.sessions.list(limit=2).data]
            try:
                client.sessions.get("sess_none")
                raise AssertionError("found what is not there")
            except errors.NotFoundError as e:
                assert e.request_id and e.request_id.startswith("req_"), e

            avatar = client.avatars.create(image=portrait.read_bytes(), name="Ada")
            assert avatar.status.value == "processing", avatar
            until(lambda: client.avatars.get(avatar.id).status.value != "processing", "the avatar")
            assert client.avatars.get(avatar.id).status.value == "ready", client.avatars.get(avatar.id)
            assert any(a.id == "av_stock_001" and a.is_demo for a in client.avatars.list().data)
            client.avatars.delete(avatar.id)
            assert client.usage.summary(period="current_month").sessions > 0
            assert client.get_status().status.value == "operational"
            assert client.list_billing_plans()


async def protoface_plugin(url: str, key: str, portrait: Path) -> None:
    import aiohttp
    from livekit.plugins.protoface.api import ProtofaceAPI

    there = room()
    async with aiohttp.ClientSession() as http:
        plugin = ProtofaceAPI(api_key=key, api_url=url + "/protoface/", session=http)
        made = await plugin.start_session(
            avatar_id="av_pattern",
            transport={
                "type": "livekit", **there, "worker_token": token(there["room_name"]), "worker_identity": "me",
                "audio_source": "data_stream",
            },
            max_duration_seconds=60,
        )
        assert made["id"].startswith("sess_"), made
        ended = await plugin.end_session(made["id"])
        assert ended["status"] in ("canceled", "ending", "ended"), ended


async def lemonslice_plugin(url: str, key: str, portrait: Path) -> None:
    import aiohttp
    from livekit.plugins.lemonslice.api import LemonSliceAPI
    from PIL import Image

    for base in (url + "/api/liveai/sessions", url + "/lemonslice/api/liveai/sessions"):
        async with LemonSliceAPI(api_key=key, api_url=base) as plugin, aiohttp.ClientSession(headers={"X-API-Key": key}) as http:
            for source in ({"agent_id": "av_pattern"}, {"agent_image": Image.open(portrait)}):
                there = room()
                made = await plugin.start_agent_session(
                    livekit_url=there["url"], livekit_token=token(there["room_name"]), livekit_session_id="RM_x",
                    agent_prompt="a smiling person", agent_idle_prompt="a calm person", idle_timeout=30, audio_sample_rate=24000,
                    model="lite", extra_payload={"response_done_timeout": 0.8, "aspect_ratio": "2x3", "simulcast": True}, **source,
                )
                assert made.startswith("livekit-"), made
                # The plugin itself ends a session by removing the avatar from the room.
                async with http.post(f"{base}/{made}/control", json={"event": "terminate"}) as answer:
                    assert answer.status == 200, await answer.text()


async def pipecat(url: str, key: str, portrait: Path) -> None:
    import aiohttp
    from PIL import Image
    from pipecat.transports.lemonslice.api import LemonSliceApi

    base = url + "/api/liveai/sessions"
    async with aiohttp.ClientSession() as http:
        client = LemonSliceApi(key, http)
        properties = {"livekit_url": os.environ["LIVEKIT_URL"]}
        for source in ({"agent_id": "av_pattern"}, {"agent_image": Image.open(portrait)}):
            made = await client.create_session(
                agent_prompt="a smiling person", idle_timeout=30, audio_sample_rate=24000, model="lite", api_url=base,
                connection_properties={**properties, "livekit_token": token(room()["room_name"])},
                extra_properties={"transport_type": "livekit"}, **source,
            )
            assert made["room_url"] == properties["livekit_url"], made
            await client.end_session(made["session_id"], made["control_url"])
            await client.end_session(made["session_id"], made["control_url"])
            async with http.get(f"{base}/{made['session_id']}", headers={"x-api-key": key}) as answer:
                assert answer.status == 200, await answer.text()
        try:
            await client.create_session(agent_id="av_pattern", daily_room_url="https://x.daily.co/r", daily_token="t", api_url=base)
            raise AssertionError("joined a room of Daily's")
        except aiohttp.ClientResponseError as e:
            assert e.status == 400, e


faulthandler.dump_traceback_later(HANGS_S, exit=True)
name, url, key, portrait = sys.argv[1:5]
match name:
    case "protoface-sdk":
        protoface_sdk(url, key, Path(portrait))
    case "livekit-plugins-protoface":
        asyncio.run(protoface_plugin(url, key, Path(portrait)))
    case "livekit-plugins-lemonslice":
        asyncio.run(lemonslice_plugin(url, key, Path(portrait)))
    case "pipecat":
        asyncio.run(pipecat(url, key, Path(portrait)))
    case other:
        raise SystemExit(f"no client {other}")
print("ok " + name)
