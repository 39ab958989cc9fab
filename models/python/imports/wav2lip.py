"""Wav2Lip's generator from its published shapes, for faces of 96 pixels (the paper's) and 256 (with one more stage).

Parameter names are those of the public checkpoints. A block is convolution, batch norm, rectified, with a shortcut where it keeps
its shape. Blocks are written down as (in, out, kernel, stride, padding), with 0 for in where it equals out: a shortcut.
"""
from __future__ import annotations

import torch
from torch import Tensor, nn

Stride = int | tuple[int, int]

AUDIO: list[tuple[int, int, int, Stride, int]] = [
    (1, 32, 3, 1, 1), (0, 32, 3, 1, 1), (0, 32, 3, 1, 1), (32, 64, 3, (3, 1), 1), (0, 64, 3, 1, 1), (0, 64, 3, 1, 1),
    (64, 128, 3, 3, 1), (0, 128, 3, 1, 1), (0, 128, 3, 1, 1), (128, 256, 3, (3, 2), 1), (0, 256, 3, 1, 1),
    (256, 512, 3, 1, 0), (512, 512, 1, 1, 0)]

# Channels after each stage of the face encoder, with how many shortcut blocks follow; the first has none and keeps the size.
FACE = {96: [(32, 2), (64, 3), (128, 2), (256, 2), (512, 1)],
        256: [(32, 2), (64, 3), (128, 2), (256, 2), (512, 1), (512, 1)]}
# Kernel of the bottleneck: the side of the face after all stages.
BOTTLENECK = {96: 3, 256: 4}
# The decoder's stages: channels and shortcut blocks; the first of them opens the bottleneck.
OPEN = {96: [(512, 1), (512, 2), (384, 2), (256, 2), (128, 2), (64, 2)],
        256: [(512, 1), (512, 1), (512, 2), (384, 2), (256, 2), (128, 2), (64, 2)]}


class Block(nn.Module):
    """Convolution (or transposed), norm, rectified; the norm goes when `fold` has put it into the convolution."""

    def __init__(self, conv: nn.Module, channels: int, shortcut: bool) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(conv, nn.BatchNorm2d(channels))
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv_block(x)
        if self.shortcut:
            y += x
        return torch.relu_(y)

    def fold(self) -> None:
        conv, norm = self.conv_block[0], self.conv_block[1]
        fused = nn.utils.fuse_conv_bn_eval(conv, norm, transpose=isinstance(conv, nn.ConvTranspose2d))
        self.conv_block = nn.Sequential(fused)


def conv(spec: tuple[int, int, int, Stride, int]) -> Block:
    before, after, kernel, stride, padding = spec
    return Block(nn.Conv2d(before or after, after, kernel, stride, padding), after, before == 0)


def shortcuts(channels: int, count: int) -> list[Block]:
    return [conv((0, channels, 3, 1, 1)) for _ in range(count)]


class Eyes(nn.Module):
    """What the decoder wants to know of a face: f32 [B, 6, S, S] → what each stage saw, the first stage's first."""

    def __init__(self, face_encoder_blocks: nn.ModuleList) -> None:
        super().__init__()
        self.face_encoder_blocks = face_encoder_blocks

    def forward(self, face: Tensor) -> list[Tensor]:
        seen: list[Tensor] = []
        x = face
        for stage in self.face_encoder_blocks:
            x = stage(x)
            seen.append(x)
        return seen


class Mouth(nn.Module):
    """mel [B, 1, 80, 16] and what the eyes saw → [B, 3, S, S] (BGR, 0..1).

    The deep stages have many weights and small pictures: their rows go together. The last ones have few weights and pictures that
    fill a cache: on a CPU their rows go one after the other, with the same bits.
    """

    def __init__(self, audio_encoder: nn.Sequential, face_decoder_blocks: nn.ModuleList, output_block: nn.Sequential) -> None:
        super().__init__()
        self.audio_encoder, self.face_decoder_blocks, self.output_block = audio_encoder, face_decoder_blocks, output_block
        self.deep = len(face_decoder_blocks) - 2

    def forward(self, mel: Tensor, seen: list[Tensor]) -> Tensor:
        x = self.audio_encoder(mel)
        for at, stage in enumerate(self.face_decoder_blocks):
            if at < self.deep:
                x = torch.cat([stage(x), seen[-1 - at]], dim=1)
        if x.is_cuda or x.shape[0] == 1:
            return self.paint(x, seen)
        return torch.cat([self.paint(x[row:row + 1], [part[row:row + 1] for part in seen]) for row in range(x.shape[0])])

    def paint(self, x: Tensor, seen: list[Tensor]) -> Tensor:
        """The last stages."""
        for at, stage in enumerate(self.face_decoder_blocks):
            if at >= self.deep:
                x = torch.cat([stage(x), seen[-1 - at]], dim=1)
        return self.output_block(x)


class Wav2Lip(nn.Module):
    """The whole network under its public names: mel f32 [B, 1, 80, 16], face f32 [B, 6, S, S] (BGR, 0..1: lower half masked, then whole)
    → f32 [B, 3, S, S] (BGR, 0..1). What its eyes see of a face does not depend on what is said, so a package's `prepare` looks, once.
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        stages = [nn.Sequential(conv((6, 16, 7, 1, 3)))]
        channels = [16]
        for after, count in FACE[side]:
            stages.append(nn.Sequential(conv((channels[-1], after, 3, 2, 1)), *shortcuts(after, count)))
            channels.append(after)
        stages.append(nn.Sequential(conv((512, 512, BOTTLENECK[side], 1, 0)), conv((512, 512, 1, 1, 0))))
        channels.append(512)
        self.face_encoder_blocks = nn.ModuleList(stages)
        self.audio_encoder = nn.Sequential(*[conv(spec) for spec in AUDIO])
        opening = [nn.Sequential(conv((512, 512, 1, 1, 0)))]
        before = 512 + channels.pop()
        for at, (after, count) in enumerate(OPEN[side]):
            up = (nn.ConvTranspose2d(before, after, BOTTLENECK[side], 1, 0) if at == 0
                  else nn.ConvTranspose2d(before, after, 3, 2, 1, output_padding=1))
            opening.append(nn.Sequential(Block(up, after, False), *shortcuts(after, count)))
            before = after + channels.pop()
        self.face_decoder_blocks = nn.ModuleList(opening)
        self.output_block = nn.Sequential(conv((before, 32, 3, 1, 1)), nn.Conv2d(32, 3, 1, 1, 0), nn.Sigmoid())

    def eyes(self) -> Eyes:
        return Eyes(self.face_encoder_blocks)

    def mouth(self) -> Mouth:
        return Mouth(self.audio_encoder, self.face_decoder_blocks, self.output_block)

    def forward(self, mel: Tensor, face: Tensor) -> Tensor:
        return self.mouth()(mel, self.eyes()(face))

    def fold(self) -> Wav2Lip:
        """Without norms: their scales go into the convolutions, whose weights lie as the pictures do, channels last: else each call turns them."""
        self.eval()
        for module in self.modules():
            if isinstance(module, Block):
                module.fold()
        return self.to(memory_format=torch.channels_last)


class Prepare(nn.Module):
    """crop u8 [S, S, 3], landmarks, person → what the eyes see of it, f16 [1, N]: the stages one after the other, each channels last."""

    def __init__(self, eyes: nn.Module) -> None:
        super().__init__()
        self.eyes = eyes

    def forward(self, crop: Tensor, landmarks: Tensor, person: Tensor) -> tuple[Tensor]:
        bgr = crop.flip(2).permute(2, 0, 1).float() / 255.0
        masked = bgr.clone()
        masked[:, bgr.shape[1] // 2:] = 0.0
        face = torch.cat([masked, bgr]).unsqueeze(0).contiguous(memory_format=torch.channels_last)
        return (torch.cat([part.permute(0, 2, 3, 1).reshape(1, -1) for part in self.eyes(face)], dim=1).half(),)


class Render(nn.Module):
    """features f32 [B, 1280], life, slot i64 [B], face f16 [N of avatars, N] → u8 [B, 3, S, S]. Computes in its weights' type."""

    def __init__(self, mouth: nn.Module, eyes: nn.Module, side: int) -> None:
        super().__init__()
        self.mouth = mouth
        with torch.no_grad():
            seen = eyes(torch.zeros(1, 6, side, side))
        self.shapes = [(part.shape[2], part.shape[3], part.shape[1]) for part in seen]
        self.register_buffer("like", torch.zeros(1, dtype=next(mouth.parameters()).dtype))

    def forward(self, features: Tensor, life: Tensor, slot: Tensor, face: Tensor) -> Tensor:
        rows = face.index_select(0, slot)
        seen: list[Tensor] = []
        begin = 0
        for height, width, channels in self.shapes:
            end = begin + height * width * channels
            part = rows[:, begin:end].to(self.like.dtype)
            seen.append(part.reshape(-1, height, width, channels).permute(0, 3, 1, 2))
            begin = end
        mel = features.reshape(-1, 1, 80, 16).to(self.like.dtype)
        bgr = self.mouth(mel, seen).float()
        return (bgr * 255.0).to(torch.uint8).flip(1).contiguous()
