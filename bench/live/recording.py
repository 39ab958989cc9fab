"""What tap has recorded, read and decoded afterwards: tracks, frames, sound, and the capture clock that ties them.

Times: `arrival` in s of CLOCK_MONOTONIC, when the packet reached the tap; `capture` in s of the publisher's clock as the sender
reports tell it, the same for picture and sound of a participant.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np

HEADER = struct.Struct("<BBBBIqQII")
RTP, REPORT, TRACK = 1, 2, 3
RATE_HZ = 48000
OPUS_DELAY = 312  # samples: what comes out of the decoder is that late against what the packet's timestamp says
NTP_FRACTION = 2.0**32


@dataclass
class Track:
    identity: str = ""
    kind: str = ""
    mime: str = ""
    clock: int = 90000
    arrivals: list[int] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    reports: list[tuple[int, float]] = field(default_factory=list)  # RTP timestamp, NTP s

    def unwrap(self) -> None:
        """Timestamps and sequence numbers without their wraps; packets in order, without the empty ones that probe the network."""
        start = self.stamps[0]
        order = _unwrapped(self.sequences, 16)
        stamps = _unwrapped(self.stamps, 32)
        keep = [i for i in np.argsort(order, kind="stable") if self.payloads[i]]
        self.arrivals = [self.arrivals[i] for i in keep]
        self.stamps = [int(stamps[i]) for i in keep]
        self.sequences = [int(order[i]) for i in keep]
        self.payloads = [self.payloads[i] for i in keep]
        # Within six hours of the first packet, so that one wrap at most lies between.
        self.reports = [(start + _signed(stamp - start, 32), ntp) for stamp, ntp in self.reports]

    def capture(self, stamps: np.ndarray) -> np.ndarray:
        """The publisher's clock, s, at RTP timestamps: the reports on either side decide, so that a drift shows."""
        if not self.reports:
            return np.full(len(stamps), np.nan)
        rtp = np.array([r[0] for r in self.reports], float)
        zero = np.array([r[1] for r in self.reports]) - rtp / self.clock
        return stamps / self.clock + np.interp(stamps, rtp, zero)


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >= 1 << (bits - 1) else value


def _unwrapped(values: list[int], bits: int) -> np.ndarray:
    steps = np.diff(np.array(values, np.int64), prepend=values[0])
    half, full = 1 << (bits - 1), 1 << bits
    return values[0] + np.cumsum((steps + half) % full - half)


def read(path: Path, identity: str) -> dict[str, Track]:
    """The tracks of one participant by kind. Of several of a kind (after a reconnect) the one with the most packets."""
    tracks: dict[int, Track] = {}
    data = path.read_bytes()
    at = 0
    while at + HEADER.size <= len(data):
        kind, n, _, _, size, arrival, ntp, stamp, sequence = HEADER.unpack_from(data, at)
        body = data[at + HEADER.size : at + HEADER.size + size]
        at += HEADER.size + size
        track = tracks.setdefault(n, Track())
        if kind == RTP:
            track.arrivals.append(arrival)
            track.stamps.append(stamp)
            track.sequences.append(sequence)
            track.payloads.append(body)
        elif kind == REPORT:
            track.reports.append((stamp, ntp / NTP_FRACTION))
        elif kind == TRACK:
            about = json.loads(body)
            track.identity, track.kind, track.mime, track.clock = (about[k] for k in ("identity", "kind", "mime", "clock"))
    found: dict[str, Track] = {}
    for track in sorted(tracks.values(), key=lambda t: len(t.payloads)):
        if track.identity == identity and track.payloads:
            found[track.kind] = track
    for track in found.values():
        track.unwrap()
    return found


@dataclass
class Frames:
    """The frames of a video track, in order."""

    stamps: np.ndarray  # RTP, unwrapped
    first: np.ndarray  # arrival of the first packet, s
    last: np.ndarray  # of the last one
    capture: np.ndarray
    bits: list[bytes]  # one access unit each
    lost: int  # packets
    codec: str

    def luma(self, step: int = 1) -> Iterator[np.ndarray]:
        """Every frame's luma, u8 [H/step, W/step]. A frame that does not decode repeats the one before; those before the first
        key frame show what it shows."""
        context = av.CodecContext.create(self.codec, "r")
        context.thread_count = 1
        context.options = {"flags": "low_delay"}
        shown: np.ndarray | None = None
        waiting = 0
        for bits in self.bits:
            waiting += 1
            try:
                for frame in context.decode(av.Packet(bits)):
                    plane = frame.planes[0]
                    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
                    shown = rows[::step, : plane.width : step].copy()
            except av.error.InvalidDataError:
                pass
            if shown is not None:
                yield from [shown] * waiting
                waiting = 0


def frames(track: Track) -> Frames:
    stamps = np.array(track.stamps)
    starts = np.flatnonzero(np.diff(stamps, prepend=stamps[0] - 1))
    ends = np.append(starts[1:], len(stamps))
    arrivals = np.array(track.arrivals) / 1e9
    is_h264 = track.mime.lower().endswith("h264")
    unpack = _h264 if is_h264 else _vp8
    bits = [unpack(track.payloads[a:b]) for a, b in zip(starts, ends)]
    lost = int(track.sequences[-1] - track.sequences[0] + 1 - len(track.sequences))
    return Frames(
        stamps[starts], arrivals[starts], np.array([arrivals[a:b].max() for a, b in zip(starts, ends)]),
        track.capture(stamps[starts]), bits, lost, "h264" if is_h264 else "vp8",
    )


def _h264(payloads: list[bytes]) -> bytes:
    """RFC 6184: single units, STAP-A and FU-A to an access unit with start codes."""
    out = bytearray()
    for p in payloads:
        kind = p[0] & 31
        if kind == 24:
            at = 1
            while at + 2 <= len(p):
                size = int.from_bytes(p[at : at + 2])
                out += b"\0\0\0\1" + p[at + 2 : at + 2 + size]
                at += 2 + size
        elif kind == 28:
            if p[1] & 0x80:
                out += b"\0\0\0\1" + bytes([p[0] & 0xE0 | p[1] & 31])
            out += p[2:]
        else:
            out += b"\0\0\0\1" + p
    return bytes(out)


def _vp8(payloads: list[bytes]) -> bytes:
    """RFC 7741: without the payload descriptors."""
    out = bytearray()
    for p in payloads:
        at = 1
        if p[0] & 0x80:
            extension = p[1]
            at = 2
            if extension & 0x80:
                at += 2 if p[at] & 0x80 else 1
            at += (extension >> 6 & 1) + (1 if extension & 0x30 else 0)
        out += p[at:]
    return bytes(out)


@dataclass
class Sound:
    """The sound of an audio track on its own sample clock."""

    pcm: np.ndarray  # f32, from the first packet's timestamp on, the codec's delay taken off
    packet_at: np.ndarray  # first sample of each packet
    arrival: np.ndarray  # of each packet, s
    track: Track
    lost: int

    def capture(self, sample: np.ndarray) -> np.ndarray:
        return self.track.capture(self.track.stamps[0] + sample)

    def arrival_of(self, sample: int) -> float:
        """When the packet that holds a sample came."""
        return float(self.arrival[max(0, int(np.searchsorted(self.packet_at, sample + OPUS_DELAY, "right")) - 1)])

    def sample_after(self, arrival: float) -> int:
        """The first sample of the first packet that came at or after a time; the end where there is none."""
        i = int(np.searchsorted(self.arrival, arrival))
        return int(self.packet_at[i]) if i < len(self.packet_at) else len(self.pcm)


def sound(track: Track) -> Sound:
    context = av.CodecContext.create("libopus", "r")
    context.sample_rate, context.layout = RATE_HZ, "mono"
    context.thread_count = 1
    at = np.array(track.stamps) - track.stamps[0]
    pcm = np.zeros(int(at[-1]) + RATE_HZ // 5, np.float32)
    for start, payload in zip(at, track.payloads):
        try:
            for frame in context.decode(av.Packet(payload)):
                values = frame.to_ndarray().reshape(-1)
                if values.dtype == np.int16:
                    values = values.astype(np.float32) / 32768
                pcm[start : start + len(values)] = values[: len(pcm) - start]
        except av.error.InvalidDataError:
            pass
    lost = int(track.sequences[-1] - track.sequences[0] + 1 - len(track.sequences))
    # The tap may have come later than the first packets: its own first one is the zero here.
    return Sound(pcm[OPUS_DELAY:], at, np.array(track.arrivals) / 1e9, track, lost)
