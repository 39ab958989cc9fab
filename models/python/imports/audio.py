"""What the networks hear, as modules that give the same bits for a row wherever it stands."""
from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

RATE = 16_000
FPS = 25
HOP = RATE // FPS
"""Samples of a video frame."""


def slaney_filters(bins: int, n_fft: int, low: float, high: float) -> Tensor:
    """Triangles on Slaney's mel scale, each of unit area: f32 [bins, n_fft//2 + 1]."""
    def to_mel(hz: np.ndarray) -> np.ndarray:
        return np.where(hz < 1000, hz * 3 / 200, 15 + 27 * np.log(np.maximum(hz, 1e-9) / 1000) / math.log(6.4))

    def to_hz(mel: np.ndarray) -> np.ndarray:
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * math.log(6.4) / 27))

    ends = to_mel(np.array([low, high]))
    corners = to_hz(np.linspace(ends[0], ends[1], bins + 2))
    frequencies = np.arange(n_fft // 2 + 1) * RATE / n_fft
    rising = (frequencies[None] - corners[:-2, None]) / (corners[1:-1] - corners[:-2])[:, None]
    falling = (corners[2:, None] - frequencies[None]) / (corners[2:] - corners[1:-1])[:, None]
    triangles = np.maximum(0, np.minimum(rising, falling)) * (2 / (corners[2:] - corners[:-2]))[:, None]
    return torch.from_numpy(triangles.astype(np.float32))


class Wav2LipMel(nn.Module):
    """pcm f32 [B, CONTEXT + F·HOP + LOOKAHEAD] → f32 [B, F, 80·16]: sixteen mel spectra per video frame, 12.5 ms apart.

    The first is centred `lead` video frames before the frame begins. In training, frame k goes with the window that begins at
    frame k-1, so lead is 1; the inference scripts that are around use 0, and their lips come 40 ms early. Windows begin exactly
    where the frame does, not at the next lower multiple of 12.5 ms.
    """

    BINS, STEPS, N_FFT, STEP = 80, 16, 800, 200
    CONTEXT = 1280

    def __init__(self, lead: int = 1) -> None:
        super().__init__()
        self.start = self.CONTEXT - lead * HOP - self.N_FFT // 2
        self.lookahead = max(0, (self.STEPS - 1) * self.STEP + self.N_FFT // 2 - lead * HOP - HOP)
        self.context = self.CONTEXT
        self.span = (self.STEPS - 1) * self.STEP + self.N_FFT
        self.register_buffer("window", torch.hann_window(self.N_FFT, periodic=True))
        self.register_buffer("filters", slaney_filters(self.BINS, self.N_FFT, 55, 7600).t().contiguous())

    def forward(self, pcm: Tensor) -> Tensor:
        frames = (pcm.shape[1] - self.context - self.lookahead) // 640
        before = torch.nn.functional.pad(pcm, [1, 0])[:, :-1]
        bright = pcm - 0.97 * before
        rows: list[Tensor] = []
        for row in range(pcm.shape[0]):
            spectra: list[Tensor] = []
            for frame in range(frames):
                at = self.start + frame * 640
                windows = bright[row, at:at + self.span].unfold(0, 800, 200) * self.window
                mel = torch.matmul(torch.fft.rfft(windows).abs(), self.filters)
                level = 20.0 * torch.log10(mel.clamp(min=1e-5)) - 20.0
                spectra.append((8.0 * (level + 100.0) / 100.0 - 4.0).clamp(-4.0, 4.0).t().reshape(-1))
            rows.append(torch.stack(spectra))
        return torch.stack(rows)


class WhisperMel(nn.Module):
    """pcm f32 [S] → f32 [80, S/160], Whisper's log-mel.

    Whisper's floor lies 8 (decades) below the loudest bin of its 30 s, so in a window that slides it jumps and lips quiver in
    pauses; here it never falls below that of a quiet voice, and silence is the same number everywhere.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(400, periodic=True))
        self.register_buffer("filters", slaney_filters(80, 400, 0, 8000))

    def forward(self, pcm: Tensor) -> Tensor:
        windows = torch.nn.functional.pad(pcm, [200, 200]).unfold(0, 400, 160)[:pcm.shape[0] // 160] * self.window
        power = torch.fft.rfft(windows).abs().square()
        mel = torch.matmul(self.filters, power.t()).clamp(min=1e-10).log10()
        floor = mel.max().clamp(min=0.0) - 8.0
        return (torch.maximum(mel, floor) + 4.0) / 4.0
