"""Measures live avatars from the outside: a real LiveKit server, real agents that speak, a tap that records and decodes nothing.

The recordings are decoded and judged afterwards, when nothing has to be in time any more. README.md of bench says what the
figures mean and what they were. Times of commands and of packets are on one clock (CLOCK_MONOTONIC).

  idle      nobody says anything: cadence, CPU, memory; and the offsets of flashes and beeps if the worker makes them by itself
  join      start of `mouthpiece join` (or of the command to a running worker) to the first picture at the tap
  turns     sessions speak in turns: first sound, first moving mouth, cadence, CPU, memory
  talk      sessions speak without a pause: cadence, CPU, memory; for finding how many fit
  pattern   flashes and beeps (give the worker the model `pattern`): picture against sound, and its drift
  barge     agents interrupt: when sound and mouth stop
  track     somebody speaks into a microphone: as `turns`
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
import signal
import socket
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from livekit import api

import measures
import speech
from processes import Child, HarnessError, Meter
from recording import Frames, Sound, frames, read, sound

HERE = Path(__file__).resolve().parent
KIT = HERE.parents[1] / "worker/src/test/resources/testkit"
KEY, SECRET = "benchkey", "a-secret-that-only-benches-know-0123456789"
SETTLE_S = 2.0  # from the first picture on, before anything counts: encoders find their bitrate
MEMORY_EVERY = 5
MOVE_WITHIN_S = 1.0


def free_ports(count: int) -> list[int]:
    """Different ones below those that a system gives to outgoing connections: nobody takes them before the server does."""
    sockets: list[socket.socket] = []
    while len(sockets) < count:
        s = socket.socket()
        try:
            s.bind(("", random.randrange(10_000, 32_000)))
        except OSError:
            s.close()
        else:
            sockets.append(s)
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def avatar_of(id: str) -> str:
    """Of one name each: livekit-agents sorts what avatars report by their identities alone, for all rooms of a process."""
    return f"avatar-{id}"


class Stage:
    """The server, the agents and the tap; and whoever is measured."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.folder: Path = options.out
        self.folder.mkdir(parents=True, exist_ok=True)
        http, tcp, udp, stun = free_ports(4)
        self.url = f"ws://127.0.0.1:{http}"
        config = {
            "port": http, "bind_addresses": ["127.0.0.1"], "keys": {KEY: SECRET}, "logging": {"level": "warn"},
            "rtc": {"udp_port": udp, "tcp_port": tcp, "node_ip": "127.0.0.1", "use_external_ip": False,
                    "enable_loopback_candidate": True, "stun_servers": [f"127.0.0.1:{stun}"]},
        }
        (self.folder / "server.yaml").write_text(json.dumps(config))
        self.children: list[Child] = []
        self.server = self.child("server", [options.server, "--config", str(self.folder / "server.yaml")])
        self.await_server(http)
        self.agents = self.child("agents", [sys.executable, "-u", "-W", "ignore", str(KIT / "agent.py")])
        self.tap = self.child("tap", [options.tap])
        for child in (self.agents, self.tap):
            child.wait("ready", limit=60)
        self.workers: list[Child] = []
        self.all: Child | None = None
        if options.all:
            self.all = self.child("worker", shlex.split(options.all))
            self.workers.append(self.all)
            self.all.wait("ready", limit=120)

    def child(self, name: str, command: list[str]) -> Child:
        child = Child(name, command, self.folder / f"{name}.log")
        self.children.append(child)
        return child

    def await_server(self, port: int) -> None:
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise HarnessError(f"the server does not start: {self.server.log}")

    def token(self, room: str, identity: str, kind: str = "standard", **attributes: str) -> str:
        token = api.AccessToken(KEY, SECRET).with_identity(identity).with_grants(api.VideoGrants(room_join=True, room=room))
        return token.with_kind(kind).with_attributes(attributes).to_jwt()

    def watch(self, id: str) -> None:
        out = str(self.folder / f"{id}.rtp")
        self.tap.ask("joined", cmd="join", id=id, url=self.url, token=self.token(id, "tap"), out=out)

    def avatar(self, id: str) -> int:
        """Has the worker join; returns the time (ns) at which it was told to."""
        token = self.token(id, avatar_of(id), "agent", **{"lk.publish_on_behalf": "agent"})
        if self.all:
            begun = time.monotonic_ns()
            source = "track" if self.options.scenario == "track" else "data_stream"
            self.all.send(cmd="join", id=id, url=self.url, token=token, source=source)
            return begun
        words = [w.format(url=self.url, token=token, room=id) for w in shlex.split(self.options.each)]
        child = self.child(f"worker-{id}", words)
        self.workers.append(child)
        return child.started

    def first_picture(self, id: str) -> int:
        return int(self.tap.wait("track", id, limit=60, fits=lambda e: e["identity"] == avatar_of(id) and e["kind"] == "video")["first_t"])

    def agent(self, id: str) -> None:
        self.agents.ask("joined", cmd="join", id=id, url=self.url, token=self.token(id, "agent", "agent"),
                        avatar=avatar_of(id))

    def meter(self) -> Meter:
        return Meter({"worker": self.workers, "server": [self.server], "agents": [self.agents], "tap": [self.tap]})

    def begin(self) -> tuple[Meter, Memory, float]:
        self.stats()
        return self.meter(), Memory(self), time.monotonic()

    def recorded(self, id: str) -> tuple[Frames, Sound]:
        tracks = read(self.folder / f"{id}.rtp", avatar_of(id))
        if set(tracks) != {"audio", "video"}:
            raise HarnessError(f"{id}: recorded only {sorted(tracks)}")
        return frames(tracks["video"]), sound(tracks["audio"])

    def stats(self) -> dict[str, Any]:
        """What the worker counts of itself since it was asked last; nothing from one that counts nothing."""
        if not self.all or "LiveRooms" not in self.options.all:
            return {}
        return {k: v for k, v in self.all.ask("stats", cmd="stats", id="").items() if k not in ("ev", "t", "id")}

    def flush(self, id: str) -> None:
        self.tap.ask("flushed", cmd="flush", id=id)

    def leave(self, id: str) -> None:
        if self.all:
            self.all.ask("left", cmd="leave", id=id)

    def close(self) -> None:
        for worker in self.workers:
            if worker is not self.all:
                worker.stop(signal.SIGINT)
        for child in self.children:
            if child is self.all or child.name in ("agents", "tap", "mics"):
                child.finish()
        self.server.stop(times=2)


def line(values: list[float] | np.ndarray, unit: str = "ms") -> dict[str, Any]:
    """What a list of figures comes to."""
    known = np.asarray([v for v in values if v == v], float)
    if not len(known):
        return {"n": 0, "missing": len(values)}
    median, p95, p99 = measures.percentiles(known, 50, 95, 99)
    return {"n": len(known), "missing": len(values) - len(known), "median": median, "p95": p95, "p99": p99,
            "min": float(known.min()), "max": float(known.max()), "unit": unit}


def join(stage: Stage) -> dict[str, Any]:
    took = []
    for i in range(stage.options.turns):
        id = f"join-{i}"
        stage.watch(id)
        # There before the avatar: livekit-agents' own worker shows nothing as long as it has no agent.
        stage.agent(id)
        begun = stage.avatar(id)
        took.append((stage.first_picture(id) - begun) / 1e6)
        if stage.all:
            stage.leave(id)
        else:
            stage.workers.pop().stop(signal.SIGINT)
        stage.tap.ask("left", cmd="leave", id=id)
        stage.agents.ask("left", cmd="leave", id=id)
    return {"first picture": line(took)}


def on_air(stage: Stage) -> list[str]:
    """All sessions in their rooms with their agents, settled."""
    ids = [f"s{i}" for i in range(stage.options.sessions)]
    took = []
    for id in ids:
        stage.watch(id)
        if stage.options.scenario != "track":
            stage.agent(id)
        begun = stage.avatar(id)
        took.append((stage.first_picture(id) - begun) / 1e6)
    print(f"  on air: {len(ids)} sessions, first pictures after {line(took)['median']:.0f} ms (median)", file=sys.stderr)
    time.sleep(SETTLE_S)
    return ids


def by_thread(stats: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Who allocates on the heap, kB a second, the largest first; what is under 1 kB a second is left out."""
    rates = sorted(((b / 1e3 / seconds, name) for name, b in stats["allocatedBy"].items()), reverse=True)
    return {"heap kB/s by thread": {name: round(rate, 1) for rate, name in rates if rate >= 1}}


class Memory:
    """The workers' memory, looked at now and then."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.highest, self.next = stage, 0, 0.0

    def look(self) -> None:
        if time.monotonic() >= self.next:
            self.next = time.monotonic() + MEMORY_EVERY
            self.highest = max(self.highest, sum(w.rss() for w in self.stage.workers))


def say_next(stage: Stage, id: str, wav: Path, speed: float = 0) -> None:
    stage.agents.send(cmd="push", id=id, wav=str(wav), speed=speed)
    stage.agents.send(cmd="flush", id=id)
    stage.agents.send(cmd="playout", id=id)


def turns(stage: Stage) -> dict[str, Any]:
    o = stage.options
    wav = speech.beep(stage.folder, o.seconds) if o.flashes else speech.talk(stage.folder, o.seconds)
    ids = on_air(stage)
    meter, memory, begun = stage.begin()
    chance = random.Random(o.seed)
    due = {id: time.monotonic() + chance.uniform(0.5, 2.5) for id in ids}
    left = dict.fromkeys(ids, o.turns)
    marks: dict[str, int] = {}
    while due or marks:
        memory.look()
        now = time.monotonic()
        for id in [i for i, t in due.items() if t <= now]:
            del due[id]
            marks[id] = len(stage.agents.events)
            say_next(stage, id, wav, o.speed)
        for id, mark in list(marks.items()):
            if any(e["ev"] == "playout" and e["id"] == id for e in stage.agents.events[mark:]):
                del marks[id]
                left[id] -= 1
                if left[id]:
                    due[id] = now + chance.uniform(1.5, 2.5)
        if Child.failure:
            raise HarnessError(Child.failure)
        if now > begun + (o.seconds + 6) * o.turns + 30:
            raise HarnessError(f"turns do not end: waiting for {sorted(marks)}")
        time.sleep(0.01)
    cores, ended = meter.end(), time.monotonic()
    time.sleep(0.5)
    result = common(stage, ids, begun, ended, cores, memory)
    sounds, mouths, played = [], [], []
    for id in ids:
        pictures, heard = stage.recorded(id)
        # When the first chunk had left: before it, the agent may have waited for the avatar.
        pushed = [e["first_t"] / 1e9 for e in stage.agents.events if e["ev"] == "pushed" and e["id"] == id]
        ends = [e["t"] / 1e9 for e in stage.agents.events if e["ev"] == "playout" and e["id"] == id]
        s, m = beginnings(pictures, heard, pushed, ends, o.flashes)
        sounds += s
        mouths += m
        played += [e["position"] for e in stage.agents.events if e["ev"] == "playout" and e["id"] == id]
    result["first sound"], result["first moving mouth"] = line(sounds), line(mouths)
    result["played"] = line(played, "s")
    return result


def beginnings(
    pictures: Frames, heard: Sound, begun: list[float], ended: list[float], has_flashes: bool
) -> tuple[list[float], list[float]]:
    """For each utterance, ms from its beginning to the first audible packet and to the first moving mouth."""
    is_heard = measures.audible(heard)
    sounds = []
    for t in begun:
        after = np.flatnonzero(is_heard & (heard.arrival > t))
        sounds.append(1e3 * (heard.arrival[after[0]] - t) if len(after) else float("nan"))
    if has_flashes:
        begins, _ = measures.flashes(pictures)
        starts = pictures.last[begins]
        mouths = [1e3 * (starts[starts > t][0] - t) if (starts > t).any() else float("nan") for t in begun]
        return sounds, mouths
    is_speech = np.zeros(len(pictures.last), bool)
    for a, b in zip(begun, ended):
        is_speech |= (pictures.last > a + 0.2) & (pictures.last < b)
    mouth = measures.Mouth(pictures, is_speech)
    return sounds, [1e3 * (mouth.first_move(t, MOVE_WITHIN_S) - t) for t in begun]


def common(stage: Stage, ids: list[str], begun: float, ended: float, cores: dict[str, float], memory: Memory) -> dict[str, Any]:
    """Cadence, losses, CPU and memory of a stretch of time."""
    memory.next = 0
    memory.look()
    stats = stage.stats()
    each, sound_gaps, lost = [], [], 0
    for id in ids:
        stage.flush(id)
        pictures, heard = stage.recorded(id)
        each.append(measures.cadence(pictures, begun, ended))
        sound_gaps += list(measures.arrival_gaps(heard.arrival, begun, ended))
        lost += pictures.lost + heard.lost
    return {
        "sessions": len(ids), "seconds": ended - begun,
        "cadence": {
            "mean": float(np.mean([c["mean"] for c in each])), "p99": max(c["p99"] for c in each), "max": max(c["max"] for c in each),
            "over80": sum(c["over80"] for c in each), "over120": sum(c["over120"] for c in each),
            "frames": sum(c["frames"] for c in each), "worst mean": max(c["mean"] for c in each),
        },
        "sound packets apart": line(sound_gaps), "packets lost": lost, "cores": cores,
        "worker cpu per session": 100 * cores["worker"] / len(ids), "rss MB": memory.highest / 1e6,
        **({"heap MB/s": stats["allocated"] / 1e6 / (ended - begun), **by_thread(stats, ended - begun), "pictures repeated in speech %": 100 * stats["repeats"] / max(1, stats["pictures"] + stats["repeats"])} if stats else {}),
    }


def idle(stage: Stage) -> dict[str, Any]:
    ids = on_air(stage)
    meter, memory, begun = stage.begin()
    while time.monotonic() < begun + stage.options.seconds:
        memory.look()
        time.sleep(0.2)
    cores, ended = meter.end(), time.monotonic()
    result = common(stage, ids, begun, ended, cores, memory)
    captures = np.concatenate([measures.offsets(*stage.recorded(id)).capture for id in ids])
    if len(captures):
        result["offset by capture clock"] = line(captures)
    return result


def talk(stage: Stage) -> dict[str, Any]:
    o = stage.options
    wav = speech.talk(stage.folder, o.seconds)
    ids = on_air(stage)
    marks = {}
    for i, id in enumerate(ids):
        marks[id] = len(stage.agents.events)
        say_next(stage, id, wav)
        time.sleep(0.37)
    # From the last one's first word to the first one's last.
    time.sleep(o.settle)
    meter, memory, begun = stage.begin()
    while time.monotonic() < begun + o.seconds - 0.37 * len(ids) - 1 - o.settle:
        memory.look()
        time.sleep(0.2)
    cores, ended = meter.end(), time.monotonic()
    for id in ids:
        stage.agents.wait("playout", id, marks[id], limit=o.seconds + 30)
    result = common(stage, ids, begun, ended, cores, memory)
    frozen = [measures.frozen(stage.recorded(id)[0], begun, ended) for id in ids]
    result["pictures like the one before %"] = 100 * float(np.mean(frozen))
    result["the same of the worst session %"] = 100 * max(frozen)
    return result


def pattern(stage: Stage) -> dict[str, Any]:
    o = stage.options
    piece = min(o.seconds, 30.0)
    wav = speech.beeps(stage.folder, piece)
    ids = on_air(stage)
    meter, memory, begun = stage.begin()
    for _ in range(max(1, round(o.seconds / piece))):
        marks = {}
        for id in ids:
            marks[id] = len(stage.agents.events)
            say_next(stage, id, wav)
        for id in ids:
            memory.look()
            stage.agents.wait("playout", id, marks[id], limit=piece + 30)
    cores, ended = meter.end(), time.monotonic()
    time.sleep(0.5)
    result = common(stage, ids, begun, ended, cores, memory)
    captures, arrivals, drifts, alone = [], [], [], 0
    for id in ids:
        found = measures.offsets(*stage.recorded(id))
        captures.append(found.capture)
        arrivals.append(found.arrival)
        alone += found.alone
        if len(found.at) > 2:
            # ms an hour.
            drifts.append(3600 * float(np.polyfit(found.at, found.capture, 1)[0]))
    result["offset by capture clock"] = line(np.concatenate(captures))
    result["offset by arrival"] = line(np.concatenate(arrivals))
    result["offset medians"] = [float(np.median(c)) for c in captures if len(c)]
    result["offset, 99 % of its size"] = measures.percentiles(np.abs(np.concatenate(captures)), 99)[0]
    result["drift ms an hour"] = drifts
    result["alone"] = alone
    return result


def barge(stage: Stage) -> dict[str, Any]:
    o = stage.options
    wav = speech.beep(stage.folder, o.seconds) if o.flashes else speech.talk(stage.folder, o.seconds)
    ids = on_air(stage)
    meter, memory, begun = stage.begin()
    chance = random.Random(o.seed)
    times: dict[str, list[tuple[float, float, float]]] = {id: [] for id in ids}
    for _ in range(o.turns):
        for id in ids:
            memory.look()
            mark = len(stage.agents.events)
            say_next(stage, id, wav)
            pushed = stage.agents.wait("pushed", id, mark)["first_t"] / 1e9
            time.sleep(chance.uniform(1.0, 2.0))
            cleared = stage.agents.ask("clearing", cmd="clear", id=id)["t"] / 1e9
            end = stage.agents.wait("playout", id, mark)
            if not end["interrupted"]:
                raise HarnessError(f"{id}: said it was not interrupted: {end}")
            times[id].append((pushed, cleared, end["t"] / 1e9))
            time.sleep(1.2)
    cores, ended = meter.end(), time.monotonic()
    result = common(stage, ids, begun, ended, cores, memory)
    sounds, mouths = [], []
    for id in ids:
        pictures, heard = stage.recorded(id)
        is_heard = measures.audible(heard)
        speaking = np.zeros(len(pictures.last), bool)
        for pushed, cleared, _ in times[id]:
            speaking |= (pictures.last > pushed + 0.2) & (pictures.last < cleared)
        mouth = None if o.flashes else measures.Mouth(pictures, speaking)
        white_ends = measures.flashes(pictures)[1] if o.flashes else np.zeros(0, int)
        for _, cleared, _ in times[id]:
            window = (heard.arrival > cleared) & (heard.arrival < cleared + MOVE_WITHIN_S)
            last = np.flatnonzero(is_heard & window)
            sounds.append(1e3 * (heard.arrival[last[-1]] - cleared) if len(last) else 0.0)
            if mouth:
                mouths.append(1e3 * (mouth.last_move(cleared, MOVE_WITHIN_S) - cleared))
            else:
                ends = pictures.last[white_ends]
                ends = ends[(ends > cleared - 0.04) & (ends < cleared + MOVE_WITHIN_S)]
                mouths.append(max(0.0, 1e3 * (ends[0] - cleared)) if len(ends) else float("nan"))
    result["sound stops"], result["mouth stops"] = line(sounds), line(mouths)
    result["finished event"] = line([1e3 * (f - c) for t in times.values() for _, c, f in t])
    return result


def track(stage: Stage) -> dict[str, Any]:
    o = stage.options
    source = speech.beep(stage.folder, o.seconds) if o.flashes else speech.talk(stage.folder, o.seconds)
    wav = speech.at_48k(stage.folder, source)
    mics = stage.child("mics", [sys.executable, "-u", "-W", "ignore", str(KIT / "mic.py")])
    mics.wait("ready")
    ids = on_air(stage)
    for id in ids:
        mics.ask("joined", cmd="join", id=id, url=stage.url, token=stage.token(id, "agent"))
    meter, memory, begun = stage.begin()
    spans: dict[str, list[tuple[float, float]]] = {id: [] for id in ids}
    for _ in range(o.turns):
        marks = {id: len(mics.events) for id in ids}
        for id in ids:
            # The silence goes out as well: a microphone is never gone.
            mics.send(cmd="publish", id=id, wav=str(wav), pause=2.0)
        for id in ids:
            memory.look()
            spoken = mics.wait("speaking", id, marks[id], limit=30)
            # The silence of the turn before is still on its way out of the microphone.
            start = spoken["t"] / 1e9 + spoken["queued"]
            mics.wait("spoken", id, marks[id], limit=o.seconds + 30)
            spans[id].append((start, start + o.seconds))
    cores, ended = meter.end(), time.monotonic()
    result = common(stage, ids, begun, ended, cores, memory)
    sounds, mouths, frozen = [], [], []
    for id in ids:
        pictures, heard = stage.recorded(id)
        # The first utterance also pays for the subscription.
        s, m = beginnings(pictures, heard, [a for a, _ in spans[id][1:]], [b for _, b in spans[id][1:]], o.flashes)
        sounds += s
        mouths += m
        frozen += [measures.frozen(pictures, a + 0.3, b) for a, b in spans[id][1:]]
    result["first sound"], result["first moving mouth"] = line(sounds), line(mouths)
    result["pictures like the one before %"] = 100 * float(np.mean(frozen))
    result["the same of the worst utterance %"] = 100 * max(frozen)
    return result


SCENARIOS = {"idle": idle, "join": join, "turns": turns, "talk": talk, "pattern": pattern, "barge": barge, "track": track}


def show(name: str, value: Any, indent: str = "  ") -> None:
    if isinstance(value, dict) and "median" in value:
        text = "  ".join(f"{k} {value[k]:.1f}" for k in ("median", "p95", "p99", "min", "max"))
        print(f"{indent}{name}: {text} {value['unit']}  (n {value['n']}" + (f", {value['missing']} missing)" if value["missing"] else ")"))
    elif isinstance(value, dict):
        print(f"{indent}{name}: " + ", ".join(f"{k} {v:.2f}" if isinstance(v, float) else f"{k} {v}" for k, v in value.items()))
    elif isinstance(value, list):
        print(f"{indent}{name}: " + ", ".join(f"{v:.1f}" for v in value))
    else:
        print(f"{indent}{name}: {value:.1f}" if isinstance(value, float) else f"{indent}{name}: {value}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/live/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--turns", type=int, default=10, help="of each session; runs of `join`")
    parser.add_argument("--seconds", type=float, default=6.0, help="of an utterance; of it all in `idle`, `talk` and `pattern`")
    parser.add_argument("--speed", type=float, default=0.0, help="of speech in `turns`: 0 as fast as it goes, 1 real time")
    parser.add_argument("--settle", type=float, default=1.0, help="seconds of `talk` before anything counts: a new Java compiles meanwhile")
    parser.add_argument("--flashes", action="store_true", help="the worker shows the model `pattern`: tones instead of speech")
    parser.add_argument("--each", default="", help="command of one session: {url}, {token}, {room}")
    parser.add_argument("--all", default="", help="command of a worker for all sessions that takes JSON lines")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="folder for recordings, logs and the result as JSON")
    parser.add_argument("--keep", action="store_true", help="keep the recordings")
    parser.add_argument("--server", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--tap", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if bool(options.each) == bool(options.all):
        parser.error("say who is measured: --each or --all")
    options.out = options.out or Path.home() / ".cache/mouthpiece/bench/runs" / f"{datetime.now():%Y%m%d-%H%M%S}-{options.scenario}"
    stage = Stage(options)
    try:
        result = SCENARIOS[options.scenario](stage)
    except HarnessError as e:
        print(f"bench/live: {e}", file=sys.stderr)
        return 1
    finally:
        stage.close()
    print(f"{options.scenario}: {options.all or options.each}")
    for name, value in result.items():
        show(name, value)
    (options.out / "result.json").write_text(json.dumps({"options": vars(options) | {"out": str(options.out)}, **result}, indent=1))
    if not options.keep:
        for file in options.out.glob("*.rtp"):
            file.unlink()
    return 0


sys.exit(main())
