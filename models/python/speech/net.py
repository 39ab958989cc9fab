"""The network: log-mel front end, causal convolutions, and the form that is exported.

Frame k is the 40 ms of audio [640 k, 640 k + 640). Its mouth shape is decided from the samples
[640 k - CONTEXT_SAMPLES, 640 k + 640 + LOOKAHEAD_SAMPLES), and from nothing else: every convolution is *valid*, there is
no norm layer and no state, so a stream cut into windows gives what the whole file gives.
"""

from typing import List, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

SAMPLE_RATE_HZ = 16_000
FRAME_SAMPLES = 640
"""One video frame at 25 fps."""

MEL_HOP = 160
MEL_WINDOW = 400
MEL_FFT = 512
MEL_BANDS = 40
MEL_PER_FRAME = FRAME_SAMPLES // MEL_HOP

FEATURES = ("jaw", "wide", "round", "close", "bite", "upper", "tongue", "emph")
JAW, WIDE, ROUND, CLOSE, BITE, UPPER, TONGUE, EMPH = range(8)

LOOKAHEAD_SAMPLES = 1200
"""80 ms less the 5 ms that the last mel window does not need (40 ms costs lips 20 % of their closures, 120 ms gains none)."""

PHONE_MELS = 4 + 2 * (2 + 4) + 2 * 1 + 4 * (2 + 4 + 4)
"""Mel frames that say what is spoken in one output frame: the stem, two blocks at 20 ms, the halving, three blocks at 40 ms: 58,
595 ms."""

SPEAKER_FRAMES = 40
"""Video frames, of 40 ms, over which the net hears who speaks, how loud and in what noise."""

PAST_MELS = MEL_PER_FRAME * SPEAKER_FRAMES

RECEPTIVE_MELS = PAST_MELS + PHONE_MELS
"""Mel frames behind one output frame: 218, 2.2 s."""

CONTEXT_SAMPLES = MEL_HOP * (RECEPTIVE_MELS - 1) + MEL_WINDOW - FRAME_SAMPLES - LOOKAHEAD_SAMPLES
"""Samples a window holds before its first frame: 33280, 2.1 s."""

SILENCE_MEL = float((np.log(1e-5) + 4.0) * 0.25)
"""What `LogMel` says of digital zero."""


def mel_bank(low_hz: float = 60.0, high_hz: float = 7600.0) -> np.ndarray:
    """Triangles on the HTK mel scale, each with area one: f32 [MEL_FFT / 2 + 1, MEL_BANDS]."""
    edges_mel = np.linspace(2595 * np.log10(1 + low_hz / 700), 2595 * np.log10(1 + high_hz / 700), MEL_BANDS + 2)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    bins = np.arange(MEL_FFT // 2 + 1) * SAMPLE_RATE_HZ / MEL_FFT
    rise = (bins[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[None, 2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    bank = np.maximum(0, np.minimum(rise, fall)).astype(np.float32)
    return bank / np.maximum(bank.sum(0), 1e-6)


class LogMel(nn.Module):
    """pcm f32 [B, S], in [-1, 1] -> log-mel f32 [B, (S - 400) / 160 + 1, 40]; the same in training and in the export."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(MEL_WINDOW, periodic=False))
        self.register_buffer("bank", torch.tensor(mel_bank()))

    def forward(self, pcm: Tensor, hop: int = 160) -> Tensor:
        frames = pcm.unfold(1, 400, hop) * self.window
        spectrum = torch.fft.rfft(frames, 512)
        power = spectrum.real * spectrum.real + spectrum.imag * spectrum.imag
        return (torch.log(torch.matmul(power, self.bank) + 1e-5) + 4.0) * 0.25


class Taps(nn.Module):
    """A valid 1-D convolution over [B, T, I], as one matrix product over its concatenated taps.

    On windows of some tens of steps this takes half the time of `nn.Conv1d`, and the result of a row does not depend on
    the other rows of a batch of the same size.
    """

    def __init__(self, inputs: int, outputs: int, taps: int, dilation: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.taps = taps
        self.dilation = dilation
        self.stride = stride
        bound = 1 / (inputs * taps) ** 0.5
        self.weight = nn.Parameter(torch.empty(taps * inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(outputs).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        steps = (x.shape[1] - (self.taps - 1) * self.dilation - 1) // self.stride + 1
        if self.taps > 1:
            columns: List[Tensor] = []
            for tap in range(self.taps):
                start = tap * self.dilation
                columns.append(x[:, start : start + (steps - 1) * self.stride + 1 : self.stride])
            x = torch.cat(columns, 2)
        return torch.addmm(self.bias, x.reshape(-1, x.shape[2]), self.weight).view(x.shape[0], steps, -1)


class Block(nn.Module):
    """Residual: three dilated taps, then one, added to the input cropped to match."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.dilated = Taps(channels, channels, 3, dilation)
        self.mix = Taps(channels, channels, 1)
        self.crop = dilation

    def forward(self, x: Tensor) -> Tensor:
        y = self.mix(torch.relu(self.dilated(x)))
        return torch.relu(x[:, self.crop : x.shape[1] - self.crop] + y)


class Speaker(nn.Module):
    """Who speaks: every fourth log-mel frame, [B, F + 54, 40] -> [B, F + 13, 64], each of the 40 steps before it and its own.

    What a channel keeps is the mean over those steps, weighted by how much each of them says about it (a vowel says more of
    a vocal tract than a pause does), or their maximum (a level, against which a stressed vowel is loud).
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = Taps(MEL_BANDS, 64, 1)
        self.near = Taps(64, 64, 3)
        self.value = Taps(64, 48, 1)
        self.weight = Taps(64, 48, 1)
        self.peak = Taps(64, 16, 1)
        self.mix = Taps(64, 64, 1)
        self.steps = SPEAKER_FRAMES

    def forward(self, sparse: Tensor) -> Tensor:
        x = torch.relu(self.near(torch.relu(self.stem(sparse))))
        weight = torch.sigmoid(self.weight(x)).transpose(1, 2)
        sum_of = torch.nn.functional.avg_pool1d(weight * self.value(x).transpose(1, 2), self.steps, 1)
        mean = sum_of / (torch.nn.functional.avg_pool1d(weight, self.steps, 1) + 0.01)
        peak = torch.nn.functional.max_pool1d(self.peak(x).transpose(1, 2), self.steps, 1)
        return torch.relu(self.mix(torch.cat([mean, peak], 1).transpose(1, 2)))


class Adapt(nn.Module):
    """Scales and shifts channels by who speaks (feature-wise linear modulation); begins as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.by = Taps(64, 2 * channels, 1)
        nn.init.zeros_(self.by.weight)
        nn.init.zeros_(self.by.bias)

    def forward(self, x: Tensor, speaker: Tensor) -> Tensor:
        scale, shift = self.by(speaker).chunk(2, 2)
        return x * (1.0 + scale) + shift


class Trunk(nn.Module):
    """log-mel [B, 4 (F - 1) + 58, 40], and every fourth frame of it and of the 160 before it -> [B, F, channels]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.speaker = Speaker()
        self.stem = Taps(MEL_BANDS, channels, 4, stride=2)
        self.adapt_stem = Adapt(channels)
        self.fine = nn.Sequential(Block(channels, 1), Block(channels, 2))
        self.halve = Taps(channels, channels, 2, stride=2)
        self.adapt_halved = Adapt(channels)
        self.coarse = nn.Sequential(Block(channels, 1), Block(channels, 2), Block(channels, 2))

    def forward(self, mel: Tensor, sparse: Tensor) -> Tensor:
        speaker = self.speaker(sparse)
        x = torch.relu(self.adapt_stem(self.stem(mel), speaker.repeat_interleave(2, 1)))
        x = torch.relu(self.adapt_halved(self.halve(self.fine(x)), speaker[:, 3:]))
        return self.coarse(x)


class MouthNet(nn.Module):
    """What is trained: the trunk, the mouth head, and a phone head (two labels a frame) that only training looks at."""

    def __init__(self, channels: int, phone_classes: int) -> None:
        super().__init__()
        self.channels = channels
        self.trunk = Trunk(channels)
        self.mouth = Taps(channels, len(FEATURES), 1)
        self.phones = Taps(channels, 2 * phone_classes, 1)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """log-mel [B, 4 (F - 1) + 218, 40] -> mouth logits [B, F, 8], phone logits [B, 2 F, classes]."""
        hidden = self.trunk(mel[:, PAST_MELS:], mel[:, ::MEL_PER_FRAME])
        phones = self.phones(hidden)
        return self.mouth(hidden), phones.reshape(phones.shape[0], 2 * phones.shape[1], -1)


def smoothstep(x: Tensor, low: float, high: float) -> Tensor:
    t = torch.clamp((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


class Lips(NamedTuple):
    """The numbers of the exported post-processing."""

    close: tuple[float, float] = (0.33, 0.73)
    """The raw closure at which lips begin to press, and at which they are shut."""
    bite: tuple[float, float] = (0.30, 0.70)
    hold: tuple[float, float] = (0.50, 1.00)
    """Where lips begin to hold the jaw, and where it can open no more than a tenth. Later than they press: the renderer parts
    no lips that are pressed, so a jaw held by a closure that was none is all that an earlier hold would add."""
    jaw_gain: float = 1.12
    """The net's jaw has 0.9 of its target's amplitude on a human it has not heard: what is unsure is averaged."""


class Hearing(nn.Module):
    """One net without its phone head: the mouth, f32 [B, F, 8], in [0, 1]."""

    def __init__(self, net: MouthNet) -> None:
        super().__init__()
        self.trunk = net.trunk
        self.mouth = net.mouth

    def forward(self, mel: Tensor, sparse: Tensor) -> Tensor:
        return torch.sigmoid(self.mouth(self.trunk(mel, sparse)))


class Heard(nn.Module):
    """pcm f32 [B, CONTEXT + 640 F + LOOKAHEAD] -> f32 [B, F, 8], in the order of `FEATURES`: the mean of several nets, which err
    in different places on a voice that none of them has heard."""

    def __init__(self, nets: List[MouthNet]) -> None:
        super().__init__()
        self.mel = LogMel()
        self.nets = nn.ModuleList([Hearing(one) for one in nets])
        self.past = MEL_HOP * PAST_MELS
        self.share = 1.0 / len(nets)

    def forward(self, pcm: Tensor) -> Tensor:
        mel, sparse = self.mel(pcm[:, self.past :]), self.mel(pcm, 640)
        parts: List[Tensor] = []
        for one in self.nets:
            parts.append(one(mel, sparse))
        return torch.stack(parts).sum(0) * self.share


class Encoder(nn.Module):
    """The exported module: what `Heard` hears, made fit for a face.

    The nets hedge where they are unsure, and a face must not: lips half closed are neither. So closures and bites are pushed to
    0 or 1, a bite gives way to a closure only as far as that is the surer of the two, the jaw is given its amplitude back, and
    lips that are shut hold it.
    """

    def __init__(self, nets: List[MouthNet], lips: Lips) -> None:
        super().__init__()
        self.heard = Heard(nets)
        self.close_low, self.close_high = lips.close
        self.bite_low, self.bite_high = lips.bite
        self.hold_low, self.hold_high = lips.hold
        self.jaw_gain = lips.jaw_gain

    def forward(self, pcm: Tensor) -> Tensor:
        raw = self.heard(pcm)
        close = smoothstep(raw[:, :, 3], self.close_low, self.close_high)
        bite = smoothstep(raw[:, :, 4], self.bite_low, self.bite_high)
        bite = bite * (1.0 - torch.relu(close - bite))
        hold = smoothstep(raw[:, :, 3], self.hold_low, self.hold_high)
        jaw = torch.minimum(raw[:, :, 0] * self.jaw_gain, 1.0 - 0.9 * hold)
        return torch.stack([jaw, raw[:, :, 1], raw[:, :, 2], close, bite, raw[:, :, 5], raw[:, :, 6], raw[:, :, 7]], dim=2)
