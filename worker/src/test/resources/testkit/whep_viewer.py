"""A viewer that is no browser: aiortc over WHEP, and speech over a WebSocket. Prints what it has seen and heard as one line of JSON.

usage: whep_viewer.py WHEP_URL SPEECH_URL TOKEN
"""

import asyncio
import json
import math
import struct
import sys
import time

import aiohttp
from aiortc import RTCPeerConnection, RTCSessionDescription

RATE = 16000


def tone(seconds):
    """1 kHz, at which the test card is white."""
    return b"".join(struct.pack("<h", int(16000 * math.sin(2 * math.pi * 1000 * i / RATE))) for i in range(int(seconds * RATE)))


async def watch(track, seen):
    while True:
        frame = await track.recv()
        if track.kind == "video":
            picture = frame.to_ndarray(format="gray")
            seen["frames"] += 1
            seen["size"] = [frame.width, frame.height]
            seen["brightest"] = max(seen["brightest"], float(picture.mean()))
        else:
            seen["loudest"] = max(seen["loudest"], int(abs(frame.to_ndarray()).max()))


async def main(whep, speech, token):
    seen = {"frames": 0, "size": None, "brightest": 0.0, "loudest": 0, "events": []}
    headers = {"Authorization": f"Bearer {token}"}
    connection = RTCPeerConnection()
    watchers = []
    connection.on("track", lambda track: watchers.append(asyncio.ensure_future(watch(track, seen))))
    for kind in ("video", "audio"):
        connection.addTransceiver(kind, direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(whep, data=connection.localDescription.sdp, headers={"Content-Type": "application/sdp"}) as answer:
            seen["status"] = answer.status
            viewer = answer.headers.get("Location", "")
            sdp = await answer.text()
        await connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        await asyncio.sleep(2)
        seen["idle"] = dict(frames=seen["frames"], brightest=seen["brightest"], loudest=seen["loudest"])
        async with http.ws_connect(f"{speech}?rate={RATE}&channels=1") as socket:
            await socket.send_bytes(tone(1.0))
            await socket.send_str('{"type":"flush"}')
            until = time.monotonic() + 10
            while time.monotonic() < until:
                event = json.loads((await socket.receive(timeout=10)).data)
                if event["type"] != "mouth":
                    seen["events"].append(event)
                if event["type"] == "playback_finished":
                    break
        await asyncio.sleep(0.5)
        async with http.delete(whep[: whep.index("/whep/")] + viewer) as gone:
            seen["left"] = gone.status
    for watcher in watchers:
        watcher.cancel()
    await connection.close()
    print(json.dumps(seen))


asyncio.run(main(*sys.argv[1:]))
