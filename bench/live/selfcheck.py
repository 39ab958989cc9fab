"""Checks the judging itself: a made recording whose offsets, gaps and onsets are known must give just those. `bench/live/run selfcheck`."""

from __future__ import annotations

import json
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

import measures
from recording import HEADER, REPORT, RTP, TRACK, frames, read, sound

SECONDS = 20
LATE_MS = 30.0  # the picture behind the sound, by the capture clock
TRAVEL_S = 0.025
NTP_START = 3_900_000_000.0
SIZE = (368, 560)
CHUNK = 1000


def encoded_video() -> list[bytes]:
    """25 fps, white for five frames from frame 10 of each second; every second with a square that "speaks" in its second half."""
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height = SIZE
    context.pix_fmt, context.time_base = "yuv420p", Fraction(1, 25)
    context.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "repeat-headers=1"}
    out = []
    for i in range(SECONDS * 25):
        luma = np.full((SIZE[1], SIZE[0]), 230 if 10 <= i % 25 < 15 else 90, np.uint8)
        frame = av.VideoFrame.from_ndarray(np.concatenate([luma.ravel(), np.full(luma.size // 2, 128, np.uint8)]).reshape(-1, SIZE[0]), "yuv420p")
        frame.pts = i
        out += [bytes(p) for p in context.encode(frame)]
    return out


def encoded_sound() -> list[bytes]:
    """A tone of 1 kHz for 200 ms from .4 s of each second."""
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format, context.bit_rate = 48000, "mono", "s16", 48000
    context.options = {"application": "audio", "frame_duration": "20"}
    t = np.arange(SECONDS * 48000)
    on = (t % 48000 >= 19200) & (t % 48000 < 28800)
    pcm = (16000 * np.sin(2 * np.pi * 1000 * t / 48000) * on).astype(np.int16)
    out = []
    for at in range(0, len(pcm), 960):
        frame = av.AudioFrame.from_ndarray(pcm[None, at : at + 960], "s16", "mono")
        frame.sample_rate, frame.pts = 48000, at
        out += [bytes(p) for p in context.encode(frame)]
    return out


def units(bits: bytes) -> list[bytes]:
    """The NAL units of an access unit."""
    return [u.rstrip(b"\0") if n else u for n, u in enumerate(bits.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")) if u]


def fragments(unit: bytes) -> list[bytes]:
    if len(unit) <= CHUNK:
        return [unit]
    head, kind = unit[0] & 0xE0 | 28, unit[0] & 31
    parts = [unit[1 + at : 1 + at + CHUNK] for at in range(0, len(unit) - 1, CHUNK)]
    last = len(parts) - 1
    return [bytes([head, kind | (0x80 if i == 0 else 0) | (0x40 if i == last else 0)]) + p for i, p in enumerate(parts)]


def write(path: Path) -> None:
    records: list[tuple[float, bytes]] = []

    def add(kind: int, track: int, at: float, ntp: float = 0, stamp: int = 0, sequence: int = 0, body: bytes = b"") -> None:
        head = HEADER.pack(kind, track, 0, 0, len(body), int(at * 1e9), int(ntp * 2**32), stamp % 2**32, sequence)
        records.append((at, head + body))

    for track, kind, mime, clock in ((0, "video", "video/H264", 90000), (1, "audio", "audio/opus", 48000)):
        about = {"identity": "avatar", "kind": kind, "mime": mime, "clock": clock}
        add(TRACK, track, 0.5, body=json.dumps(about).encode())
    for track, clock, start, late in ((0, 90000, 2**32 - 500_000, LATE_MS / 1e3), (1, 48000, 2**32 - 9_000, 0.0)):
        # The wrap comes in mid-recording, and the reports begin before the packets.
        for k in range(0, SECONDS, 2):
            add(REPORT, track, 1 + k, NTP_START + k + late, start + k * clock)
    sequence = 65_500
    for i, bits in enumerate(encoded_video()):
        if i == 300:
            continue  # a frame that the encoder skipped: a gap of 80 ms
        for unit in units(bits):
            for part in fragments(unit):
                add(RTP, 0, 1 + i / 25 + TRAVEL_S, 0, 2**32 - 500_000 + i * 3600, sequence % 65536, part)
                sequence += 1
    for i, packet in enumerate(encoded_sound()):
        add(RTP, 1, 1 + (i + 1) / 50 + TRAVEL_S, 0, 2**32 - 9_000 + i * 960, (65_530 + i) % 65536, packet)
    records.sort(key=lambda r: r[0])
    path.write_bytes(b"".join(r for _, r in records))


def check(what: str, value: float, low: float, high: float) -> bool:
    is_good = low <= value <= high
    print(f"{'ok ' if is_good else 'BAD'} {what}: {value:.2f} (must be {low}..{high})")
    return is_good


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.rtp"
        write(path)
        tracks = read(path, "avatar")
    pictures, heard = frames(tracks["video"]), sound(tracks["audio"])
    found = measures.offsets(pictures, heard)
    cadence = measures.cadence(pictures, 0, 100)
    heard_from = heard.arrival[np.flatnonzero(measures.audible(heard))[0]]
    begins, ends = measures.flashes(pictures)
    good = [
        check("frames", len(pictures.bits), SECONDS * 25 - 1, SECONDS * 25 - 1),
        check("packets lost", pictures.lost + heard.lost, 0, 0),
        check("pairs of flash and beep", len(found.capture), SECONDS, SECONDS),
        check("alone", found.alone, 0, 0),
        check("offset by capture clock, median ms", float(np.median(found.capture)), LATE_MS - 1.5, LATE_MS + 1.5),
        check("offset, worst ms", float(np.abs(found.capture - LATE_MS).max()), 0, 3),
        # A beep's packet comes 20 ms after its first sample was due, or one packet later for the codec's delay.
        check("offset by arrival, median ms", float(np.median(found.arrival)), -41, -19),
        check("cadence, mean ms", cadence["mean"], 40.05, 40.15),
        check("cadence, longest ms", cadence["max"], 80, 80),
        check("gaps over 80 ms", cadence["over80"], 0, 0),
        check("first audible packet, s", heard_from, 1.4 + TRAVEL_S + 0.019, 1.4 + TRAVEL_S + 0.041),
        check("first flash, s", pictures.last[begins[0]], 1.4 + TRAVEL_S - 0.001, 1.4 + TRAVEL_S + 0.001),
        check("first flash's last frame, s", pictures.last[ends[0]], 1.56 + TRAVEL_S - 0.001, 1.56 + TRAVEL_S + 0.001),
    ]
    return 0 if all(good) else 1


sys.exit(main())
