"""MuseTalk 1.5 from its published shapes: a one-step UNet of the size of Stable Diffusion 1.4, its VAE, Whisper-tiny's encoder.

Parameter names are those of the public checkpoints. `width` makes small ones of the same build, for tests.
"""
from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .audio import HOP, WhisperMel

SCALE = 0.18215
SIDE = 256
POSITIONS, HIDDEN = 50, 384
"""Of a frame: ten positions of 20 ms, five layers of the encoder each, 384 numbers."""


def group_norm(channels: int, eps: float) -> nn.GroupNorm:
    return nn.GroupNorm(min(32, channels // 4), channels, eps=eps)


class Resnet(nn.Module):
    """Two convolutions around a shortcut; with a time embedding in the UNet."""

    def __init__(self, before: int, after: int, time: int, eps: float) -> None:
        super().__init__()
        self.norm1 = group_norm(before, eps)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1)
        self.time_emb_proj = nn.Linear(time, after) if time else None
        self.norm2 = group_norm(after, eps)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(before, after, 1) if before != after else None

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        y = self.conv1(F.silu(self.norm1(x)))
        if self.time_emb_proj is not None:
            y = y + self.time_emb_proj(F.silu(time))[:, :, None, None]
        y = self.conv2(F.silu(self.norm2(y)))
        if self.conv_shortcut is not None:
            x = self.conv_shortcut(x)
        return x + y


class Attention(nn.Module):
    def __init__(self, channels: int, context: int, heads: int, bias: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, channels, bias=bias)
        self.to_k = nn.Linear(context, channels, bias=bias)
        self.to_v = nn.Linear(context, channels, bias=bias)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def split(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        y = F.scaled_dot_product_attention(self.split(self.to_q(x)), self.split(self.to_k(context)), self.split(self.to_v(context)))
        return self.to_out[0](y.transpose(1, 2).reshape(x.shape))


class Gated(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, 8 * channels)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.proj(x).chunk(2, dim=-1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.net = nn.Sequential(Gated(channels), nn.Identity(), nn.Linear(4 * channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class TransformerBlock(nn.Module):
    def __init__(self, channels: int, context: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.attn1 = nn.LayerNorm(channels), Attention(channels, channels, heads)
        self.norm2, self.attn2 = nn.LayerNorm(channels), Attention(channels, context, heads)
        self.norm3, self.ff = nn.LayerNorm(channels), FeedForward(channels)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        y = self.norm1(x)
        x = x + self.attn1(y, y)
        x = x + self.attn2(self.norm2(x), context)
        return x + self.ff(self.norm3(x))


class Transformer(nn.Module):
    def __init__(self, channels: int, context: int, heads: int) -> None:
        super().__init__()
        self.norm = group_norm(channels, 1e-6)
        self.proj_in = nn.Conv2d(channels, channels, 1)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(channels, context, heads)])
        self.proj_out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        y = self.proj_in(self.norm(x))
        z = y.flatten(2).transpose(1, 2)
        for block in self.transformer_blocks:
            z = block(z, context)
        return x + self.proj_out(z.transpose(1, 2).reshape(y.shape))


class Down(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class Up(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Plain(nn.Module):
    """Stands where a block has no attention."""

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        return x


class DownBlock(nn.Module):
    def __init__(self, before: int, after: int, time: int, context: int, heads: int, attends: bool, last: bool) -> None:
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(before, after, time, 1e-5), Resnet(after, after, time, 1e-5)])
        self.attentions = nn.ModuleList([Transformer(after, context, heads) if attends else Plain() for _ in range(2)])
        self.downsamplers = nn.ModuleList([] if last else [Down(after)])

    def forward(self, x: Tensor, time: Tensor, context: Tensor, kept: list[Tensor]) -> Tensor:
        for resnet, attention in zip(self.resnets, self.attentions):
            x = attention(resnet(x, time), context)
            kept.append(x)
        for down in self.downsamplers:
            x = down(x)
            kept.append(x)
        return x


class UpBlock(nn.Module):
    def __init__(self, before: list[int], after: int, time: int, context: int, heads: int, attends: bool, last: bool) -> None:
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(channels, after, time, 1e-5) for channels in before])
        self.attentions = nn.ModuleList([Transformer(after, context, heads) if attends else Plain() for _ in before])
        self.upsamplers = nn.ModuleList([] if last else [Up(after)])

    def forward(self, x: Tensor, time: Tensor, context: Tensor, kept: list[Tensor]) -> Tensor:
        for resnet, attention in zip(self.resnets, self.attentions):
            x = attention(resnet(torch.cat([x, kept.pop()], dim=1), time), context)
        for up in self.upsamplers:
            x = up(x)
        return x


class Middle(nn.Module):
    def __init__(self, channels: int, time: int, context: int, heads: int) -> None:
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(channels, channels, time, 1e-5) for _ in range(2)])
        self.attentions = nn.ModuleList([Transformer(channels, context, heads)])

    def forward(self, x: Tensor, time: Tensor, context: Tensor) -> Tensor:
        return self.resnets[1](self.attentions[0](self.resnets[0](x, time), context), time)


class TimeEmbedding(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(channels, 4 * channels)
        self.linear_2 = nn.Linear(4 * channels, 4 * channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_2(F.silu(self.linear_1(x)))


class UNet(nn.Module):
    """latents f32 [B, 8, 32, 32], context f32 [B, 50, 384] → clean latents [B, 4, 32, 32], in one step at time 0."""

    def __init__(self, width: int = 320, context: int = HIDDEN, heads: int = 8) -> None:
        super().__init__()
        sizes, time = [width, 2 * width, 4 * width, 4 * width], 4 * width
        # Time 0, cosines first: ones, then zeros.
        self.register_buffer("moment", torch.cat([torch.ones(1, width // 2), torch.zeros(1, width - width // 2)], dim=1), persistent=False)
        self.conv_in = nn.Conv2d(8, width, 3, padding=1)
        self.time_embedding = TimeEmbedding(width)
        kept, downs = [width], []
        for at, size in enumerate(sizes):
            downs.append(DownBlock(kept[-1], size, time, context, heads, at < 3, at == 3))
            kept += [size, size] + ([size] if at < 3 else [])
        self.down_blocks = nn.ModuleList(downs)
        self.mid_block = Middle(sizes[-1], time, context, heads)
        before, ups = sizes[-1], []
        for at, size in enumerate(reversed(sizes)):
            inputs = []
            for _ in range(3):
                inputs.append(before + kept.pop())
                before = size
            ups.append(UpBlock(inputs, size, time, context, heads, at > 0, at == 3))
        self.up_blocks = nn.ModuleList(ups)
        self.conv_norm_out = group_norm(width, 1e-5)
        self.conv_out = nn.Conv2d(width, 4, 3, padding=1)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        time = self.time_embedding(self.moment)
        x = self.conv_in(x)
        kept = [x]
        for block in self.down_blocks:
            x = block(x, time, context, kept)
        x = self.mid_block(x, time, context)
        for block in self.up_blocks:
            x = block(x, time, context, kept)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


class PlaneAttention(nn.Module):
    """The VAE's one attention, over all positions, with one head."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.group_norm = group_norm(channels, 1e-6)
        self.to_q = nn.Linear(channels, channels)
        self.to_k = nn.Linear(channels, channels)
        self.to_v = nn.Linear(channels, channels)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x: Tensor) -> Tensor:
        z = self.group_norm(x).flatten(2).transpose(1, 2).unsqueeze(1)
        y = F.scaled_dot_product_attention(self.to_q(z), self.to_k(z), self.to_v(z)).squeeze(1)
        return x + self.to_out[0](y).transpose(1, 2).reshape(x.shape)


class PlaneMiddle(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(channels, channels, 0, 1e-6) for _ in range(2)])
        self.attentions = nn.ModuleList([PlaneAttention(channels)])

    def forward(self, x: Tensor, none: Tensor) -> Tensor:
        return self.resnets[1](self.attentions[0](self.resnets[0](x, none)), none)


class CornerDown(nn.Module):
    """Halves a plane, padded at its right and bottom only."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x, [0, 1, 0, 1]))


class PlaneBlock(nn.Module):
    def __init__(self, before: int, after: int, count: int, down: bool, up: bool) -> None:
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(before if i == 0 else after, after, 0, 1e-6) for i in range(count)])
        if down:
            self.downsamplers = nn.ModuleList([CornerDown(after)])
        if up:
            self.upsamplers = nn.ModuleList([Up(after)])

    def forward(self, x: Tensor, none: Tensor) -> Tensor:
        for resnet in self.resnets:
            x = resnet(x, none)
        return x


class DownPlane(PlaneBlock):
    def __init__(self, before: int, after: int, count: int) -> None:
        super().__init__(before, after, count, True, False)

    def forward(self, x: Tensor, none: Tensor) -> Tensor:
        for resnet in self.resnets:
            x = resnet(x, none)
        return self.downsamplers[0](x)


class UpPlane(PlaneBlock):
    def __init__(self, before: int, after: int, count: int) -> None:
        super().__init__(before, after, count, False, True)

    def forward(self, x: Tensor, none: Tensor) -> Tensor:
        for resnet in self.resnets:
            x = resnet(x, none)
        return self.upsamplers[0](x)


class Encoder(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        sizes = [width, 2 * width, 4 * width, 4 * width]
        self.conv_in = nn.Conv2d(3, width, 3, padding=1)
        before = [width, *sizes]
        self.down_blocks = nn.ModuleList([DownPlane(before[i], sizes[i], 2) for i in range(3)] + [PlaneBlock(before[3], sizes[3], 2, False, False)])
        self.mid_block = PlaneMiddle(sizes[-1])
        self.conv_norm_out = group_norm(sizes[-1], 1e-6)
        self.conv_out = nn.Conv2d(sizes[-1], 8, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        none = x.new_zeros(1, 1)
        x = self.conv_in(x)
        for block in self.down_blocks:
            x = block(x, none)
        return self.conv_out(F.silu(self.conv_norm_out(self.mid_block(x, none))))


class Decoder(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        sizes = [4 * width, 4 * width, 2 * width, width]
        self.conv_in = nn.Conv2d(4, sizes[0], 3, padding=1)
        self.mid_block = PlaneMiddle(sizes[0])
        before = [sizes[0], *sizes]
        self.up_blocks = nn.ModuleList([UpPlane(before[i], sizes[i], 3) for i in range(3)] + [PlaneBlock(before[3], sizes[3], 3, False, False)])
        self.conv_norm_out = group_norm(width, 1e-6)
        self.conv_out = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        none = x.new_zeros(1, 1)
        x = self.mid_block(self.conv_in(x), none)
        for block in self.up_blocks:
            x = block(x, none)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


class Vae(nn.Module):
    """Pictures f32 [B, 3, 256, 256] in -1..1 ↔ latents f32 [B, 4, 32, 32]."""

    RENAMES = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(width), Decoder(width)
        self.quant_conv, self.post_quant_conv = nn.Conv2d(8, 8, 1), nn.Conv2d(4, 4, 1)
        self.scale = SCALE

    def encode(self, picture: Tensor) -> Tensor:
        """The mode of the distribution, so that a package prepares the same avatar every time."""
        return self.quant_conv(self.encoder(picture))[:, :4] * self.scale

    def decode(self, latents: Tensor) -> Tensor:
        return self.decoder(self.post_quant_conv(latents / self.scale))


class WhisperLayer(nn.Module):
    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.self_attn = nn.ModuleDict({"q_proj": nn.Linear(hidden, hidden), "k_proj": nn.Linear(hidden, hidden, bias=False),
                                        "v_proj": nn.Linear(hidden, hidden), "out_proj": nn.Linear(hidden, hidden)})
        self.self_attn_layer_norm, self.final_layer_norm = nn.LayerNorm(hidden), nn.LayerNorm(hidden)
        self.fc1, self.fc2 = nn.Linear(hidden, 4 * hidden), nn.Linear(4 * hidden, hidden)
        self.heads = heads

    def split(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], self.heads, -1).transpose(0, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.self_attn_layer_norm(x)
        q = self.split(self.self_attn["q_proj"](y))
        k = self.split(self.self_attn["k_proj"](y))
        v = self.split(self.self_attn["v_proj"](y))
        z = F.scaled_dot_product_attention(q, k, v).transpose(0, 1).reshape(x.shape)
        x = x + self.self_attn["out_proj"](z)
        return x + self.fc2(F.gelu(self.fc1(self.final_layer_norm(x))))


class Whisper(nn.Module):
    """mel f32 [80, T] → what each layer says, f32 [T/2, layers + 1, hidden]."""

    def __init__(self, hidden: int = HIDDEN, layers: int = 4, heads: int = 6) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(80, hidden, 3, padding=1)
        self.conv2 = nn.Conv1d(hidden, hidden, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(1500, hidden)
        self.layers = nn.ModuleList([WhisperLayer(hidden, heads) for _ in range(layers)])
        self.layer_norm = nn.LayerNorm(hidden)

    def forward(self, mel: Tensor) -> Tensor:
        x = F.gelu(self.conv2(F.gelu(self.conv1(mel.unsqueeze(0)))))[0].t()
        x = x + self.embed_positions.weight[:x.shape[0]]
        said = [x]
        for layer in self.layers:
            x = layer(x)
            said.append(x)
        # The last is told through the final norm only, as the published features are.
        said[-1] = self.layer_norm(x)
        return torch.stack(said, dim=1)


class Encode(nn.Module):
    """pcm f32 [B, S] → f32 [B, F, 50·384]: positions from 80 ms before a frame to 120 ms after its beginning.

    A window holds a second before the new frames and 240 ms after them, and is given to the encoder as it is, not padded to
    Whisper's 30 s: a fortieth of the work.
    """

    CONTEXT, LOOKAHEAD, LIMIT = 16_000, 3_840, 1_000.0

    def __init__(self, whisper: Whisper) -> None:
        super().__init__()
        self.mel, self.whisper = WhisperMel(), whisper
        self.outside = self.CONTEXT + self.LOOKAHEAD
        self.first = self.CONTEXT // 320 - 4
        self.limit = self.LIMIT

    def forward(self, pcm: Tensor) -> Tensor:
        frames = (pcm.shape[1] - self.outside) // 640
        rows: list[Tensor] = []
        for row in range(pcm.shape[0]):
            said = self.whisper(self.mel(pcm[row]))
            windows: list[Tensor] = []
            for frame in range(frames):
                at = self.first + 2 * frame
                windows.append(said[at:at + 10].reshape(-1))
            rows.append(torch.stack(windows))
        return torch.stack(rows).clamp(-self.limit, self.limit)


class Prepare(nn.Module):
    """crop u8 [256, 256, 3], landmarks f32 [478, 3], person → latents [1, 8, 32, 32], crop f32 [1, 3, 256, 256], mask f32 [1, 1, 256, 256].

    The mask says where the network's picture is to be seen: the lower half of the face's oval, soft at its edge. (MuseTalk parses
    the face with a further network instead.)
    """

    def __init__(self, vae: Vae) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, crop: Tensor, landmarks: Tensor, person: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        rgb = crop.permute(2, 0, 1).float().unsqueeze(0)
        picture = rgb / 127.5 - 1.0
        masked = picture.clone()
        masked[:, :, picture.shape[2] // 2:] = -1.0
        latents = torch.cat([self.vae.encode(masked), self.vae.encode(picture)], dim=1)
        side = crop.shape[0]
        low, high = landmarks[:, :2].amin(dim=0), landmarks[:, :2].amax(dim=0)
        middle, radius = (low + high) / 2.0, ((high - low) / 2.0).clamp(min=1.0)
        line = torch.arange(side, device=crop.device, dtype=torch.float32)
        across, down = (line - middle[0]) / radius[0], (line - middle[1]) / radius[1]
        away = (across[None] * across[None] + down[:, None] * down[:, None]).sqrt()
        oval = ((1.0 - away) * 8.0 + 0.5).clamp(0.0, 1.0)
        below = ((line / side - 0.45) * 10.0).clamp(0.0, 1.0)
        return latents.contiguous(), rgb.contiguous(), (oval * below[:, None]).reshape(1, 1, side, side).contiguous()


class Render(nn.Module):
    """features f32 [B, 19200], life, slot i64 [B], latents, crops, masks → u8 [B, 3, 256, 256]. Computes in its weights' type."""

    def __init__(self, unet: UNet, vae: Vae, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.unet, self.decoder, self.post_quant_conv = unet, vae.decoder, vae.post_quant_conv
        self.positions, self.hidden, self.scale = POSITIONS, hidden, SCALE
        position = torch.arange(POSITIONS).float()[:, None]
        rate = torch.exp(torch.arange(0, hidden, 2).float() * (-math.log(10_000.0) / hidden))
        places = torch.zeros(POSITIONS, hidden)
        places[:, 0::2], places[:, 1::2] = torch.sin(position * rate), torch.cos(position * rate)
        self.register_buffer("places", places)

    def forward(self, features: Tensor, life: Tensor, slot: Tensor, latents: Tensor, crops: Tensor, masks: Tensor) -> Tensor:
        kind = self.unet.conv_in.weight.dtype
        context = (features.reshape(-1, self.positions, self.hidden) + self.places.float()).to(kind)
        x = latents.index_select(0, slot).to(kind).contiguous(memory_format=torch.channels_last)
        clean = self.unet(x, context)
        picture = self.decoder(self.post_quant_conv(clean / self.scale)).float()
        shown = ((picture / 2.0 + 0.5).clamp(0.0, 1.0) * 255.0).round()
        mask = masks.index_select(0, slot)
        crop = crops.index_select(0, slot)
        return (crop + mask * (shown - crop)).round().clamp(0.0, 255.0).to(torch.uint8).contiguous()


LOOKAHEAD_MS = Encode.LOOKAHEAD * 1000 // 16_000
assert HOP == 640
