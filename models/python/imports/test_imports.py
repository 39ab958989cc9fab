"""The importers: tensor contracts of the published shapes, front ends against references of their own, loading, packages."""
from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import torch

from imports import __main__ as importer
from imports import checkpoint, musetalk, wav2lip
from imports.audio import Wav2LipMel, WhisperMel
from imports.randoms import weights as random_weights
from imports.sketch import Look

torch.set_num_threads(1)


def mel_by_the_book(hz: float) -> float:
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * np.log(hz / 1000) / np.log(6.4)


def filters_by_the_book(bins: int, n_fft: int, low: float, high: float) -> np.ndarray:
    """Bin by bin, in doubles."""
    grid = np.linspace(mel_by_the_book(low), mel_by_the_book(high), bins + 2)
    hz = [m * 200 / 3 if m < 15 else 1000 * 6.4 ** ((m - 15) / 27) for m in grid]
    out = np.zeros((bins, n_fft // 2 + 1))
    for b in range(bins):
        a, c, e = hz[b:b + 3]
        for k in range(n_fft // 2 + 1):
            f = k * 16000 / n_fft
            if a < f < e:
                out[b, k] = min((f - a) / (c - a), (e - f) / (e - c)) * 2 / (e - a)
    return out


def spectrum_by_the_book(samples: np.ndarray, n_fft: int) -> np.ndarray:
    n = np.arange(n_fft)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / n_fft)
    k = np.arange(n_fft // 2 + 1)
    return np.abs(np.exp(-2j * np.pi * np.outer(k, n) / n_fft) @ (samples * window))


def voice(samples: int, seed: int = 0) -> np.ndarray:
    t = np.arange(samples) / 16000
    noise = np.random.default_rng(seed).normal(0, 0.02, samples)
    return (0.3 * np.sin(2 * np.pi * 140 * t) * (1 + np.sin(2 * np.pi * 4 * t)) + noise).astype(np.float32)


class Wav2LipSound(unittest.TestCase):
    def test_mel_is_the_reference_wherever_the_window_begins(self) -> None:
        speech = voice(16000)
        for lead in (0, 1):
            mel = Wav2LipMel(lead)
            frame, frames = 10, 2
            begin = frame * 640 - mel.context
            pcm = torch.from_numpy(speech[begin:begin + mel.context + frames * 640 + mel.lookahead])
            got = mel(pcm[None])[0].reshape(frames, 80, 16)
            bright = np.append(speech[:1], speech[1:] - np.float32(0.97) * speech[:-1]).astype(np.float64)
            filters = filters_by_the_book(80, 800, 55, 7600)
            for f in range(frames):
                for j in (0, 7, 15):
                    centre = (frame + f - lead) * 640 + 200 * j
                    level = 20 * np.log10(np.maximum(1e-5, filters @ spectrum_by_the_book(bright[centre - 400:centre + 400], 800))) - 20
                    expected = np.clip(8 * (level + 100) / 100 - 4, -4, 4)
                    np.testing.assert_allclose(got[f, :, j].numpy(), expected, atol=2e-3)

    def test_digital_silence_is_minus_four_everywhere(self) -> None:
        mel = Wav2LipMel()
        self.assertTrue(torch.equal(mel(torch.zeros(1, mel.context + 640 + mel.lookahead)), torch.full((1, 1, 1280), -4.0)))

    def test_window_reaches_no_further_than_its_lookahead(self) -> None:
        mel = Wav2LipMel(1)
        self.assertEqual((mel.context, mel.lookahead), (1280, 2120))
        self.assertEqual(Wav2LipMel(0).lookahead, 2760)

    def test_rows_give_the_same_bits_wherever_they_stand(self) -> None:
        for encode in (Wav2LipMel(), musetalk.Encode(musetalk.Whisper(48, 2, 6)).eval()):
            samples = encode.context + 1280 + encode.lookahead if isinstance(encode, Wav2LipMel) else encode.outside + 1280
            rows = torch.stack([torch.from_numpy(voice(samples, i)) for i in range(4)])
            together = encode(rows)
            self.assertTrue(torch.equal(encode(rows.flip(0)).flip(0), together))
            self.assertTrue(torch.equal(encode(rows[2:3])[0], together[2]))


class WhisperSound(unittest.TestCase):
    def test_mel_is_the_reference_where_the_voice_is_loud(self) -> None:
        speech = voice(8000)
        got = WhisperMel()(torch.from_numpy(speech)).numpy()
        filters = filters_by_the_book(80, 400, 0, 8000)
        padded = np.pad(speech.astype(np.float64), 200)
        power = np.stack([spectrum_by_the_book(padded[160 * i:160 * i + 400], 400) ** 2 for i in range(50)], axis=1)
        logs = np.log10(np.maximum(1e-10, filters @ power))
        self.assertGreater(logs.max(), 0)
        np.testing.assert_allclose(got, (np.maximum(logs, logs.max() - 8) + 4) / 4, atol=2e-4)

    def test_silence_is_one_number(self) -> None:
        self.assertEqual(WhisperMel()(torch.zeros(3200)).unique().tolist(), [-1.0])


class Shapes(unittest.TestCase):
    def test_sizes_are_the_published_ones(self) -> None:
        def millions(module: torch.nn.Module) -> float:
            return sum(p.numel() for p in module.parameters()) / 1e6

        self.assertAlmostEqual(millions(wav2lip.Wav2Lip(96)), 36.3, places=1)
        self.assertAlmostEqual(millions(wav2lip.Wav2Lip(256)), 53.6, places=1)
        with torch.device("meta"):
            self.assertAlmostEqual(millions(musetalk.UNet()), 849.9, places=1)
            self.assertAlmostEqual(millions(musetalk.Vae().decoder), 49.5, places=1)
            self.assertAlmostEqual(millions(musetalk.Whisper()), 8.2, places=1)

    def test_names_are_those_of_the_published_checkpoints(self) -> None:
        expected = {
            wav2lip.Wav2Lip(96): ["face_encoder_blocks.0.0.conv_block.0.weight", "face_encoder_blocks.6.1.conv_block.1.running_mean",
                                  "audio_encoder.12.conv_block.0.bias", "face_decoder_blocks.6.2.conv_block.0.weight", "output_block.1.weight"],
            musetalk.UNet(16): ["time_embedding.linear_1.weight", "down_blocks.0.resnets.0.time_emb_proj.weight",
                                "down_blocks.2.attentions.1.transformer_blocks.0.attn2.to_out.0.bias", "down_blocks.0.downsamplers.0.conv.weight",
                                "mid_block.attentions.0.proj_in.weight", "up_blocks.3.attentions.2.transformer_blocks.0.ff.net.0.proj.weight",
                                "up_blocks.1.resnets.2.conv_shortcut.weight", "up_blocks.0.upsamplers.0.conv.bias", "conv_norm_out.weight"],
            musetalk.Vae(16): ["encoder.down_blocks.0.downsamplers.0.conv.weight", "decoder.mid_block.attentions.0.group_norm.weight",
                               "decoder.up_blocks.2.resnets.0.conv_shortcut.weight", "post_quant_conv.weight", "quant_conv.bias"],
            musetalk.Whisper(48, 2, 6): ["conv2.weight", "embed_positions.weight", "layers.1.self_attn.q_proj.bias", "layers.0.final_layer_norm.weight",
                                         "layer_norm.bias"],
        }
        for module, names in expected.items():
            self.assertLessEqual(set(names), set(module.state_dict()))
        self.assertNotIn("down_blocks.3.attentions.0.norm.weight", musetalk.UNet(16).state_dict())
        self.assertNotIn("layers.0.self_attn.k_proj.bias", musetalk.Whisper(48, 2, 6).state_dict())

    def test_folding_the_norms_changes_nothing(self) -> None:
        net = wav2lip.Wav2Lip(96).eval()
        net.load_state_dict(random_weights(net))
        mel, face = torch.randn(2, 1, 80, 16), torch.rand(2, 6, 96, 96)
        with torch.no_grad():
            before = net(mel, face)
            after = net.fold()(mel, face)
        self.assertGreater(before.std().item(), 1e-3)
        torch.testing.assert_close(after, before, atol=1e-4, rtol=1e-4)

    def test_rows_painted_one_by_one_are_those_painted_together(self) -> None:
        net = wav2lip.Wav2Lip(96).eval()
        net.load_state_dict(random_weights(net))
        net.fold()
        mel, face = torch.randn(3, 1, 80, 16), torch.rand(3, 6, 96, 96).contiguous(memory_format=torch.channels_last)
        with torch.no_grad():
            seen, mouth = net.eyes()(face), net.mouth()
            single = mouth(mel, seen)
            mouth.deep = len(net.face_decoder_blocks)  # all stages together, and the output of each row alone
            torch.testing.assert_close(single, mouth(mel, seen), atol=1e-6, rtol=1e-6)
            for row in range(3):
                torch.testing.assert_close(single[row:row + 1], net(mel[row:row + 1], face[row:row + 1]), atol=1e-5, rtol=1e-5)

    def test_what_the_eyes_see_travels_from_prepare_to_render(self) -> None:
        net = wav2lip.Wav2Lip(96).eval()
        net.load_state_dict(random_weights(net))
        net.fold()
        crop, landmarks, person = importer.example(96)
        features = torch.randn(2, 1280)
        with torch.no_grad():
            identity, = wav2lip.Prepare(net.eyes())(crop, landmarks, person)
            self.assertEqual((identity.dtype, identity.shape[0]), (torch.float16, 1))
            rows = torch.cat([identity * 0, identity])
            patch = wav2lip.Render(net.mouth(), net.eyes(), 96)(features, torch.ones(2, 1), torch.tensor([1, 1]), rows)
            bgr = crop.flip(2).permute(2, 0, 1).float()[None] / 255
            masked = torch.cat([bgr[:, :, :48], bgr[:, :, 48:] * 0], dim=2)
            whole = net(features.reshape(2, 1, 80, 16), torch.cat([masked, bgr], dim=1).expand(2, -1, -1, -1))
        self.assertLessEqual((patch.float() - (whole * 255).floor().flip(1)).abs().max().item(), 1)

    def test_wav2lip_masks_the_lower_half_and_gives_rgb(self) -> None:
        crop = torch.zeros(96, 96, 3, dtype=torch.uint8)
        crop[..., 0] = 255
        face, = wav2lip.Prepare(Look())(crop, torch.zeros(478, 3), torch.zeros(96, 96))
        picture = face.reshape(96, 96, 6)
        self.assertEqual(picture[10, 10].tolist(), [0, 0, 1, 0, 0, 1])
        self.assertEqual(picture[48, 10].tolist(), [0, 0, 0, 0, 0, 1])

        class Blue(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.weight = torch.nn.Parameter(torch.zeros(1))

            def forward(self, mel: torch.Tensor, seen: list[torch.Tensor]) -> torch.Tensor:
                return seen[0][:, 3:] * 0 + torch.tensor([0.999, 0.5, 0.0]).reshape(1, 3, 1, 1)

        patch = wav2lip.Render(Blue(), Look(), 96)(torch.zeros(1, 1280), torch.zeros(1, 1), torch.zeros(1, dtype=torch.long), face)
        self.assertEqual(patch[0, :, 5, 5].tolist(), [0, 127, 254])  # cut off, as the original does

    def test_musetalk_changes_nothing_above_the_mask(self) -> None:
        unet, vae = musetalk.UNet(16).eval(), musetalk.Vae(16).eval()
        unet.load_state_dict(random_weights(unet))
        vae.load_state_dict(random_weights(vae, 1))
        crop, landmarks, person = importer.example(256)
        with torch.no_grad():
            identity = musetalk.Prepare(vae)(crop, landmarks, person)
            self.assertEqual([tuple(t.shape) for t in identity], [(1, 8, 32, 32), (1, 3, 256, 256), (1, 1, 256, 256)])
            patch = musetalk.Render(unet, vae)(torch.randn(2, 19200), torch.ones(2, 1), torch.zeros(2, dtype=torch.long), *identity)
        self.assertEqual((tuple(patch.shape), patch.dtype), ((2, 3, 256, 256), torch.uint8))
        self.assertTrue(torch.equal(patch[0, :, :110].permute(1, 2, 0), crop[:110]))
        self.assertGreater((patch[0, :, 150:200, 110:140].permute(1, 2, 0).int() - crop[150:200, 110:140].int()).abs().max().item(), 5)

    def test_musetalk_hears_80_ms_before_a_frame_to_120_ms_after(self) -> None:
        encode = musetalk.Encode(musetalk.Whisper(48, 2, 6))
        encode.whisper.forward = lambda mel: torch.arange(mel.shape[1] // 2).float()[:, None, None]
        positions = encode(torch.zeros(1, encode.outside + 2 * 640))[0]
        start = encode.CONTEXT // 320
        self.assertEqual(positions[0].tolist(), [start + i for i in range(-4, 6)])
        self.assertEqual(positions[1].tolist(), [start + 2 + i for i in range(-4, 6)])


class Loading(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def save(self, content: object) -> Path:
        path = self.folder / "checkpoint.pth"
        torch.save(content, path)
        return path

    def test_takes_prefixes_and_the_wrapping_of_training(self) -> None:
        net = wav2lip.Wav2Lip(96)
        weights = {"module." + k: v for k, v in random_weights(net).items()}
        path = self.save({"state_dict": weights, "optimizer": None, "global_step": 7, "global_epoch": 1})
        checkpoint.fill(net, checkpoint.load(path), path)
        self.assertTrue(torch.equal(net.output_block[1].weight, weights["module.output_block.1.weight"]))

    def test_takes_the_older_names_of_attentions(self) -> None:
        vae = musetalk.Vae(16)
        weights = random_weights(vae)
        old = {new: old for old, new in musetalk.Vae.RENAMES.items()}
        given = {}
        for k, v in weights.items():
            for new, name in old.items():
                if "attentions" in k and new in k:
                    k, v = k.replace(new, name), v[..., None, None] if k.endswith("weight") else v
                    break
            given[k] = v
        path = self.save(given)
        checkpoint.fill(vae, checkpoint.load(path), path, renames=musetalk.Vae.RENAMES)
        name = "decoder.mid_block.attentions.0.to_q.weight"
        self.assertTrue(torch.equal(vae.state_dict()[name], weights[name]))

    def test_says_which_tensor_is_wrong(self) -> None:
        weights = random_weights(wav2lip.Wav2Lip(96))
        cases = {
            "lacks 1 tensors, the first is output_block.1.bias (3,)": {k: v for k, v in weights.items() if k != "output_block.1.bias"},
            "has 1 that are not known, the first is extra (2,)": {**weights, "extra": torch.zeros(2)},
            "output_block.1.bias must be (3,), it is (4,)": {**weights, "output_block.1.bias": torch.zeros(4)},
            "output_block.1.bias holds numbers that are not finite": {**weights, "output_block.1.bias": torch.full((3,), torch.nan)},
        }
        for message, broken in cases.items():
            path = self.save(broken)
            with self.assertRaises(checkpoint.CheckpointError) as raised:
                checkpoint.fill(wav2lip.Wav2Lip(96), checkpoint.load(path), path)
            self.assertIn(message, str(raised.exception))

    def test_refuses_code(self) -> None:
        class Evil:
            def __reduce__(self) -> tuple:
                return os.system, (f"touch {self_folder}/ran",)

        self_folder = self.folder
        path = self.folder / "evil.pth"
        path.write_bytes(pickle.dumps({"state_dict": Evil()}))
        with self.assertRaises(checkpoint.CheckpointError):
            checkpoint.load(path)
        torch.save({"state_dict": Evil()}, path)
        with self.assertRaisesRegex(checkpoint.CheckpointError, "could run code"):
            checkpoint.load(path)
        self.assertFalse((self.folder / "ran").exists())

    def test_says_what_a_file_is_not(self) -> None:
        (self.folder / "text.pth").write_text("no checkpoint")
        for file in ("text.pth", "absent.pth"):
            with self.assertRaises(checkpoint.CheckpointError):
                checkpoint.load(self.folder / file)

    def test_reads_safetensors(self) -> None:
        values = np.arange(6, dtype=np.float32)
        head = json.dumps({"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
        path = self.folder / "a.safetensors"
        path.write_bytes(len(head).to_bytes(8, "little") + head + values.tobytes())
        self.assertEqual(checkpoint.load(path)["a"].tolist(), values.reshape(2, 3).tolist())


class Packages(unittest.TestCase):
    def test_wav2lip_becomes_a_package_whose_files_are_all_listed(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        torch.save(random_weights(wav2lip.Wav2Lip(96)), folder / "c.pth")
        out = folder / "wav2lip"
        with mock.patch("sys.argv", ["imports", "wav2lip", "--checkpoint", str(folder / "c.pth"), "--out", str(out), "--buckets", "1", "2"]), \
                contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(importer.main(), 0)
        manifest = json.loads((out / "model.json").read_text())
        self.assertEqual(manifest["files"].keys(), {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()} - {"model.json"})
        self.assertIn("research", (out / "MODEL_CARD.md").read_text())
        render = torch.jit.load(out / "render.pt")
        prepare = torch.jit.load(out / "prepare.pt")
        face = torch.cat([prepare(torch.randint(256, (96, 96, 3), dtype=torch.uint8), torch.zeros(478, 3), torch.ones(96, 96))[0] for _ in range(3)])
        one = [torch.randn(1, 1280), torch.ones(1, 1), torch.tensor([2])]
        two = [torch.cat([one[0], torch.randn(1, 1280)]), torch.ones(2, 1), torch.tensor([2, 0])]
        with torch.no_grad(), torch.jit.optimized_execution(False):
            first, again = render(*two, face), render(two[0], two[1], torch.tensor([2, 1]), face)
            self.assertTrue(torch.equal(first[0], again[0]))
            self.assertLessEqual((first[0].int() - render(*one, face)[0].int()).abs().max().item(), 1)
        half = torch.jit.load(out / "render-cuda.pt")
        self.assertEqual({p.dtype for p in half.parameters()}, {torch.float16})
        self.assertEqual(manifest["render"]["patches"][0]["renderBfloat16"], "render-bfloat16.pt")
        narrow = torch.jit.load(out / "render-bfloat16.pt")
        self.assertEqual({p.dtype for p in narrow.parameters()}, {torch.bfloat16})
        with torch.no_grad(), torch.jit.optimized_execution(False):
            away = (narrow(*two, face).int() - first.int()).abs()
            self.assertTrue(torch.equal(narrow(*two, face)[0], narrow(two[0], two[1], torch.tensor([2, 1]), face)[0]))
        self.assertLessEqual(away.max().item(), 4)

    def test_weights_that_bfloat16_cannot_hold_get_no_such_renderer(self) -> None:
        class Steep(torch.nn.Module):
            """Lifts what bfloat16 leaves out of a number to where it is seen."""

            def __init__(self) -> None:
                super().__init__()
                self.weight = torch.nn.Parameter(torch.tensor([0.701]))

            def forward(self, mel: torch.Tensor, seen: list[torch.Tensor]) -> torch.Tensor:
                return seen[0][:, 3:] * 0 + (self.weight - 0.7) * 250 + 0.5

        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        inputs = [torch.zeros(1, 1280), torch.ones(1, 1), torch.zeros(1, dtype=torch.long), torch.rand(1, 6 * 96 * 96).half()]
        steep, said = wav2lip.Render(Steep(), Look(), 96).eval(), io.StringIO()
        exporter = importer.Exporter("steep", "wav2lip", 96, folder)
        with torch.no_grad(), contextlib.redirect_stderr(said):
            self.assertEqual(exporter.bfloat16(steep, inputs, steep(*inputs)), {})
        self.assertIn("too far", said.getvalue())
        self.assertEqual(list(folder.iterdir()), [])

    def test_a_bad_checkpoint_is_one_line_and_exit_code_two(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        said = io.StringIO()
        with mock.patch("sys.argv", ["imports", "wav2lip", "--checkpoint", str(folder / "none.pth"), "--out", str(folder / "o")]), \
                contextlib.redirect_stderr(said):
            self.assertEqual(importer.main(), 2)
        self.assertEqual(len(said.getvalue().splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
