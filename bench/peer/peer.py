"""The same model packages, driven by a plain Python loop: the peer that the Java worker is measured against.

Each session speaks the same recording in its own phase. Per video frame and session, one after the other: encode one window of
speech, render one patch, paste it into the frame, convert to I420. Nothing is encoded, sent or paced, so the figure is the most
that this way of writing it can do. `--film` writes what session 0 showed, as proof that the pictures are right.

Example: python peer.py --sessions 4 --seconds 20 --threads 1 --json peer.json
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import wave
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "worker/src/main/resources/dev/mouthpiece/demo"
WARM_UP_FRAMES = 25  # per session, not counted: TorchScript profiles and fuses in its first calls


@dataclass(frozen=True)
class Avatar:
    """One portrait, framed and prepared. Pixels."""

    frame: np.ndarray  # u8 [H,W,3] RGB
    x: int  # of the patch's left edge in the frame
    y: int
    identity: list[Tensor]
    side: int  # P


class Package:
    """The lip-sync package's manifest and modules, as models/README.md has them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = json.loads((folder / "model.json").read_text())
        encode = self.manifest["encode"]
        self.fps: int = self.manifest["fps"]
        self.rate_hz: int = self.manifest["sampleRateHz"]
        self.hop = self.rate_hz // self.fps  # samples
        self.batch: int = encode["batch"]
        self.context: int = encode["contextSamples"]
        self.lookahead: int = encode["lookaheadSamples"]
        self.frames_per_call: list[int] = encode["framesPerCall"]
        self.rest = torch.tensor([[float(p["rest"]) for p in self.manifest["life"]]])
        self.life = [p["name"] for p in self.manifest["life"]]
        self.encode = torch.jit.load(folder / encode["file"])
        self._sides = {p["size"]: p for p in self.manifest["render"]["patches"]}

    def sides(self) -> list[int]:
        return sorted(self._sides)

    def module(self, kind: str, side: int) -> torch.jit.ScriptModule:
        return torch.jit.load(self.folder / self._sides[side][kind])

    def framing(self) -> tuple[float, float, float]:
        """Mouth x, mouth y and eye distance, as shares of the patch's side."""
        render = self.manifest["render"]
        return render["mouth"]["x"], render["mouth"]["y"], render["eyeDistance"]


def prepare(picture: Path, package: Package, face_folder: Path, width: int, height: int, side: int | None) -> Avatar:
    """Finds the face, frames the picture so that the eyes are as far apart as the patch wants, makes the identity tensors.

    Without `side` the smallest patch is taken at which the picture still covers the whole frame.
    """
    names = json.loads((face_folder / "model.json").read_text())["face"]
    find = torch.jit.load(face_folder / names["file"])
    sample = torch.jit.load(face_folder / names["sample"])
    image = torch.from_numpy(np.array(Image.open(picture).convert("RGB")))
    landmarks, scores, _, mask, box = find(image)
    if float(scores.min()) < 0.5:
        raise SystemExit(f"no face found: picture={picture} scores={scores.tolist()}")
    mouth_x, mouth_y, eye_distance = package.framing()
    eyes = float((landmarks[473] - landmarks[468])[:2].norm())
    mouth = (landmarks[78] + landmarks[308])[:2].double().numpy() / 2

    def covers(p: int) -> bool:
        scale = p * eye_distance / eyes
        return scale * image.size(1) >= width and scale * image.size(0) >= height

    if side is None:
        side = next((p for p in package.sides() if covers(p)), package.sides()[-1])
    scale = side * eye_distance / eyes  # frame pixels per picture pixel
    corner = mouth - np.array((mouth_x, mouth_y)) * side / scale  # the patch in the picture

    def origin(offset: float, length: int, available: float, want: float) -> int:
        """The patch's integer place in the frame: near `want`, the frame inside the picture, the patch inside the frame."""
        low, high = offset * scale - (available * scale - length), offset * scale
        place = min(max(want, low), high) if low <= high else want
        return round(min(max(place, 0), length - side))

    x = origin(corner[0], width, image.size(1), width / 2 - mouth_x * side)
    y = origin(corner[1], height, image.size(0), 0.47 * height - mouth_y * side)
    start = corner - np.array((x, y)) / scale
    window = np.concatenate([start, start + np.array((width, height)) / scale])
    frame = sample(image, torch.tensor(window, dtype=torch.float32), torch.tensor(width), torch.tensor(height)).round().byte()
    crop = frame[y : y + side, x : x + side].contiguous()
    per_px = mask.size(0) / (box[2:] - box[:2])
    at = torch.tensor(corner, dtype=torch.float32)
    person_window = torch.cat([(at - box[:2]) * per_px, (at + side / scale - box[:2]) * per_px])
    person = sample(mask[..., None], person_window, torch.tensor(side), torch.tensor(side))[..., 0]
    points = landmarks.clone()
    points[:, :2] = (points[:, :2] - at) * scale
    points[:, 2] *= scale
    identity = package.module("prepare", side)(crop, points, person)
    return Avatar(frame.numpy(), x, y, list(identity), side)


class Session:
    """One speaker: its place in the recording, its idle life, its picture."""

    def __init__(self, package: Package, avatar: Avatar, pcm: np.ndarray, seed: int) -> None:
        self.package = package
        self.avatar = avatar
        self.slot = torch.zeros(1, dtype=torch.long)
        room = np.zeros(package.context, np.float32), np.zeros(package.lookahead + package.hop * 8, np.float32)
        self.padded = torch.from_numpy(np.concatenate([room[0], pcm, room[1]]))
        self.frames = len(pcm) // package.hop
        self.next = 0 if seed == 0 else seed * 37 % self.frames
        self.features = torch.empty(0)
        self.first = 0  # frame number of features[0]
        self.phase = np.random.default_rng(seed).uniform(0, 2 * np.pi, 3)
        self.canvas = avatar.frame.copy()
        self.input = torch.zeros(package.batch, package.context + package.hop * max(package.frames_per_call) + package.lookahead)

    def encode(self, count: int) -> None:
        """Features of `count` frames from `next` on. The unused rows of the batch are zero, as the contract wants."""
        p = self.package
        length = p.context + count * p.hop + p.lookahead
        window = self.input[:, :length]
        window[0] = self.padded[self.next * p.hop : self.next * p.hop + length]
        self.features = p.encode(window)[0]
        self.first = self.next

    def life(self, second: float) -> Tensor:
        """A blink every four seconds, a slight sway, speaking mouth on: as much work as the worker's generator does."""
        values = dict.fromkeys(self.package.life, 0.0)
        values["blink"] = float(np.interp((second + self.phase[0]) % 4.0, (0, 0.08, 0.12, 0.26), (0, 1, 1, 0)))
        values["dx"] = 1.2 * float(np.sin(2.1 * second + self.phase[1]))
        values["dy"] = 0.8 * float(np.sin(1.7 * second + self.phase[2]))
        values["yaw"] = 0.03 * float(np.sin(1.3 * second + self.phase[1]))
        values["talk"] = 1.0
        return torch.tensor([[values[name] for name in self.package.life]])


def read_wav(path: Path, rate_hz: int) -> np.ndarray:
    with wave.open(str(path)) as f:
        if (f.getnchannels(), f.getsampwidth(), f.getframerate()) != (1, 2, rate_hz):
            raise SystemExit(f"want mono 16-bit at {rate_hz} Hz: file={path} is {f.getparams()}")
        return np.frombuffer(f.readframes(f.getnframes()), "<i2").astype(np.float32) / 32768


class Film:
    """An MP4 of raw I420 frames beside a WAV file, by the ffmpeg program."""

    def __init__(self, path: Path, sound: Path, width: int, height: int, fps: int) -> None:
        command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", str(fps)]
        command += ["-i", "-", "-i", str(sound), "-c:v", "libx264", "-crf", "16", "-c:a", "aac", "-b:a", "128k", str(path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE)

    def write(self, i420: np.ndarray) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(i420.tobytes())

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise SystemExit("ffmpeg failed")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """The loop. Times are seconds of wall clock (`perf_counter`) and of all threads' CPU (`process_time`)."""
    width, height = options.frame
    package = Package(options.packages / options.model)
    pcm = read_wav(options.audio, package.rate_hz)
    avatars = [prepare(p, package, options.packages / "face", width, height, options.patch) for p in options.image]
    renders = {a.side: package.module("render", a.side) for a in avatars}
    sessions = [Session(package, avatars[i % len(avatars)], pcm, i) for i in range(options.sessions)]
    count = options.frames_per_call
    if count not in package.frames_per_call:
        raise SystemExit(f"the package takes {package.frames_per_call} frames a call: asked={count}")

    spent: dict[str, float] = defaultdict(float)

    def show(session: Session) -> np.ndarray:
        """One frame of one session, I420 [H*3/2, W]."""
        avatar, render = session.avatar, renders[session.avatar.side]
        t0 = time.perf_counter()
        k = session.next - session.first
        if not 0 <= k < len(session.features):
            session.encode(count)
            k = 0
        features = session.features[k : k + 1]
        t1 = time.perf_counter()
        patch = render(features, session.life(session.next / package.fps), session.slot, *avatar.identity)
        t2 = time.perf_counter()
        session.canvas[avatar.y : avatar.y + avatar.side, avatar.x : avatar.x + avatar.side] = patch[0].numpy().transpose(1, 2, 0)
        t3 = time.perf_counter()
        i420 = cv2.cvtColor(session.canvas, cv2.COLOR_RGB2YUV_I420)
        t4 = time.perf_counter()
        for stage, seconds in (("encode", t1 - t0), ("render", t2 - t1), ("paste", t3 - t2), ("i420", t4 - t3)):
            spent[stage] += seconds
        session.next = (session.next + 1) % session.frames
        return i420

    for session in sessions:
        start = session.next
        for _ in range(WARM_UP_FRAMES):
            show(session)
        session.next, session.features = start, torch.empty(0)
    spent.clear()
    film = Film(options.film, options.audio, width, height, package.fps) if options.film else None
    rounds = sessions[0].frames if film else round(options.seconds * package.fps)
    laps = np.empty(rounds)
    begun, cpu = time.perf_counter(), time.process_time()
    for i in range(rounds):
        lap = time.perf_counter()
        for session in sessions:
            i420 = show(session)
            if film and session is sessions[0]:
                film.write(i420)
        laps[i] = time.perf_counter() - lap
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    if film:
        film.close()
    frames = rounds * len(sessions)
    return {
        "sessions": len(sessions),
        "frames": frames,
        "wallS": wall,
        "cpuS": cpu,
        "framesPerS": frames / wall,
        "sessionsAtFps": frames / wall / package.fps,
        "cpuMsPerFrame": 1e3 * cpu / frames,
        "coresUsed": cpu / wall,
        "stageMsPerFrame": {k: 1e3 * v / frames for k, v in spent.items()},
        "roundMs": dict(zip(("p50", "p95", "p99"), (1e3 * np.percentile(laps, (50, 95, 99))).tolist())),
        "roundsLate": int((laps > 1 / package.fps).sum()),
        "threads": torch.get_num_threads(),
        "framesPerCall": count,
        "plain": options.plain,
        "patch": sorted(renders),
        "frame": [width, height],
        "torch": torch.__version__,
        "model": package.manifest["name"],
        "version": package.manifest["version"],
    }


def size(text: str) -> tuple[int, int]:
    width, height = map(int, text.split("x"))
    if width % 2 or height % 2:
        raise argparse.ArgumentTypeError(f"I420 wants even sides: {text}")
    return width, height


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0, help="of video per session, not of wall clock (default 20)")
    parser.add_argument(
        "--threads", type=int, default=1, help="torch and OpenCV threads; 1 is the fastest per core for such small networks (default 1)"
    )
    parser.add_argument(
        "--frames-per-call", type=int, default=1, help="frames per encode call; 1 = live speech, frames as they come (default 1)"
    )
    parser.add_argument("--patch", type=int, help="side of the patch in px (default: the smallest that lets the picture cover the frame)")
    parser.add_argument("--frame", type=size, default=(368, 560), help="WxH in px (default 368x560)")
    parser.add_argument("--packages", type=Path, default=ROOT / "models/packages")
    parser.add_argument("--model", default="puppet", help="folder name of the lip-sync package (default puppet)")
    parser.add_argument(
        "--image", type=Path, nargs="+", default=sorted(DEMO.glob("av_stock_*.*")), help="portraits, dealt out to the sessions in turn"
    )
    parser.add_argument(
        "--audio", type=Path, default=DEMO / "speech/lips.wav", help="mono 16-bit WAV at the model's rate, repeated as needed"
    )
    parser.add_argument("--plain", action="store_true", help="without TorchScript's graph optimizer, as the worker runs the modules")
    parser.add_argument(
        "--film", type=Path, help="write session 0 speaking the recording once, as MP4 with sound (then --seconds is the recording's)"
    )
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--min-frames-per-s", type=float, help="exit 1 below this sum over all sessions")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    cv2.setNumThreads(options.threads)
    with torch.inference_mode(), torch.jit.optimized_execution(not options.plain):
        result = run(options)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    stages = ", ".join(f"{k} {v:.2f}" for k, v in result["stageMsPerFrame"].items())
    print(
        f"{result['sessions']} sessions, patch {result['patch']}, {result['threads']} thread(s): {result['framesPerS']:.1f} frames/s in sum "
        f"= {result['sessionsAtFps']:.2f} sessions at full rate; CPU {result['cpuMsPerFrame']:.2f} ms a frame, {result['coresUsed']:.2f} cores"
    )
    print(
        f"wall ms a frame: {stages}; a round of all sessions: p50 {result['roundMs']['p50']:.1f}, p95 {result['roundMs']['p95']:.1f}, "
        f"p99 {result['roundMs']['p99']:.1f} ms, late {result['roundsLate']}"
    )
    missed = options.min_frames_per_s is not None and result["framesPerS"] < options.min_frames_per_s
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
