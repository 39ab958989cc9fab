"""Rebuild a TFLite graph as a PyTorch module: weights are read from the flatbuffer, its operators re-issued as plain torch ones.

Tensors keep their TFLite meaning. 4-D activations are held NCHW inside and are turned back to NHWC only where an operator needs
it (RESHAPE, CONCATENATION, outputs). The graph is static, so tracing gives a flat TorchScript of conv2d, prelu, add and so on.
Weights stay float16 in the file, as in the source, and are widened at each call (under 1 ms), which halves the package.

Three custom operators of MediaPipe's attention mesh are rebuilt after its C++ sources (Apache-2.0), version 2 of each:
Landmarks2TransformMatrix, TransformTensorBilinear, TransformLandmarks.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any

import flatbuffers.flexbuffers as flexbuffers
import numpy as np
import tflite
import torch
import torch.nn.functional as F
from torch import Tensor, nn

OP_NAMES = {v: k for k, v in vars(tflite.BuiltinOperator).items() if not k.startswith("_")}
DTYPES = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64, 9: np.int8}


def _options(op: Any, cls: type) -> Any:
    table = op.BuiltinOptions()
    options = cls()
    options.Init(table.Bytes, table.Pos)
    return options


def _same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's SAME: the odd pixel goes behind."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _activate(x: Tensor, code: int) -> Tensor:
    return F.relu(x) if code == 1 else F.relu6(x) if code == 3 else x


class TfliteModule(nn.Module):
    """f32 [1,H,W,3] → the graph's outputs, each in its own TFLite shape."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        model = tflite.Model.GetRootAsModel(path.read_bytes(), 0)
        graph = model.Subgraphs(0)
        self.shapes: dict[int, list[int]] = {}
        self.constants: dict[int, np.ndarray] = {}
        for i in range(graph.TensorsLength()):
            tensor = graph.Tensors(i)
            self.shapes[i] = [int(v) for v in tensor.ShapeAsNumpy()] if tensor.ShapeLength() else []
            buffer = model.Buffers(tensor.Buffer())
            if buffer.DataLength():
                data = np.frombuffer(buffer.DataAsNumpy().tobytes(), DTYPES[tensor.Type()])
                self.constants[i] = data.reshape(self.shapes[i])
        self.input = int(graph.Inputs(0))
        self.outputs = [int(i) for i in graph.OutputsAsNumpy()]
        self.program: list[tuple[str, int, list[int], int, dict[str, Any]]] = []
        for i in range(graph.OperatorsLength()):
            op = graph.Operators(i)
            code = model.OperatorCodes(op.OpcodeIndex())
            name = OP_NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            if name == "CUSTOM":
                name = code.CustomCode().decode()
            inputs = [int(x) for x in op.InputsAsNumpy()]
            output = int(op.Outputs(0))
            if name == "DEQUANTIZE" and inputs[0] in self.constants:
                self.constants[output] = self.constants[inputs[0]]
                continue
            self.program.append((name, i, inputs, output, self._read(name, i, op, inputs)))

    def _keep(self, name: str, value: np.ndarray) -> None:
        self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(value)).half())

    def _weight(self, name: str) -> Tensor:
        return getattr(self, name).float()

    def _read(self, name: str, i: int, op: Any, inputs: list[int]) -> dict[str, Any]:
        """Attributes of operator `i`; its constant inputs become buffers."""
        const = self.constants
        if name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            depthwise = name != "CONV_2D"
            o = _options(op, tflite.DepthwiseConv2DOptions if depthwise else tflite.Conv2DOptions)
            w = const[inputs[1]].transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
            self._keep(f"w{i}", w)
            self._keep(f"b{i}", const[inputs[2]])
            assert o.DilationHFactor() == o.DilationWFactor() == 1
            return dict(kernel=w.shape[2:], stride=(o.StrideH(), o.StrideW()), same=o.Padding() == 0,
                        act=o.FusedActivationFunction(), groups=w.shape[0] if depthwise else 1)
        if name in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
            o = _options(op, tflite.Pool2DOptions)
            return dict(kernel=(o.FilterHeight(), o.FilterWidth()), stride=(o.StrideH(), o.StrideW()))
        if name == "PRELU":
            self._keep(f"w{i}", const[inputs[1]].reshape(-1))
        if name == "PAD":
            return dict(pad=const[inputs[1]].reshape(-1, 2).tolist())
        if name in ("ADD", "MUL"):
            for j in inputs:
                if j in const:
                    self._keep(f"c{j}", const[j])
            return dict(act=_options(op, tflite.AddOptions if name == "ADD" else tflite.MulOptions).FusedActivationFunction())
        if name == "RESIZE_BILINEAR":
            o = _options(op, tflite.ResizeBilinearOptions)
            assert o.AlignCorners() or o.HalfPixelCenters()
            return dict(size=tuple(const[inputs[1]].tolist()), align=bool(o.AlignCorners()))
        if name == "CONCATENATION":
            return dict(axis=_options(op, tflite.ConcatenationOptions).Axis())
        if name == "Convolution2DTransposeBias":
            self._keep(f"w{i}", const[inputs[1]].transpose(3, 0, 1, 2))
            self._keep(f"b{i}", const[inputs[2]])
        if name == "Landmarks2TransformMatrix":
            a = dict(flexbuffers.Loads(bytes(op.CustomOptionsAsNumpy())))
            self.register_buffer(f"subset{i}", torch.tensor(a["subset_idxs"]))
            size = torch.tensor([float(a["output_width"]), float(a["output_height"])])
            self.register_buffer(f"half{i}", size / 2)
            self.register_buffer(f"scale{i}", torch.tensor([a["scale_x"], a["scale_y"]]) / size)
            return a
        if name == "TransformTensorBilinear":
            a = dict(flexbuffers.Loads(bytes(op.CustomOptionsAsNumpy())))
            h, w = a["output_height"], a["output_width"]
            ys, xs = torch.meshgrid(torch.arange(h) + 0.5, torch.arange(w) + 0.5, indexing="ij")
            self.register_buffer(f"grid{i}", torch.stack([xs, ys], -1).reshape(1, -1, 2))
            _, ih, iw, _ = self.shapes[inputs[0]]
            self.register_buffer(f"limit{i}", torch.tensor([iw - 1.0, ih - 1.0]))
            return a
        return {}

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        values: dict[int, Tensor] = {self.input: x.permute(0, 3, 1, 2)}

        def nhwc(j: int) -> Tensor:
            return values[j].permute(0, 2, 3, 1) if len(self.shapes[j]) == 4 else values[j]

        def operand(j: int) -> Tensor:
            if j not in self.constants:
                return values[j]
            c = self._weight(f"c{j}")
            return c.permute(0, 3, 1, 2) if c.dim() == 4 else c

        for name, i, ins, out, a in self.program:
            if name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
                values[out] = self._conv(values[ins[0]], i, self.shapes[ins[0]], a)
            elif name == "PRELU":
                values[out] = F.prelu(values[ins[0]], self._weight(f"w{i}"))
            elif name == "RELU":
                values[out] = F.relu(values[ins[0]])
            elif name == "HARD_SWISH":
                values[out] = F.hardswish(values[ins[0]])
            elif name == "LOGISTIC":
                values[out] = torch.sigmoid(values[ins[0]])
            elif name in ("ADD", "MUL"):
                p, q = operand(ins[0]), operand(ins[1])
                values[out] = _activate(p + q if name == "ADD" else p * q, a["act"])
            elif name == "MAX_POOL_2D":
                values[out] = F.max_pool2d(values[ins[0]], a["kernel"], a["stride"])
            elif name == "AVERAGE_POOL_2D":
                t = values[ins[0]]
                whole = list(a["kernel"]) == self.shapes[ins[0]][1:3]
                values[out] = t.mean((2, 3), keepdim=True) if whole else F.avg_pool2d(t, a["kernel"], a["stride"])
            elif name == "PAD":
                p = a["pad"]
                values[out] = F.pad(values[ins[0]], (*p[2], *p[1], *p[3]))
            elif name == "RESHAPE":
                t = nhwc(ins[0]).reshape(self.shapes[out])
                values[out] = t.permute(0, 3, 1, 2) if t.dim() == 4 else t
            elif name == "CONCATENATION":
                assert len(self.shapes[out]) == 3  # here only over the lists of anchors
                values[out] = torch.cat([values[j] for j in ins], a["axis"])
            elif name == "RESIZE_BILINEAR":
                values[out] = F.interpolate(values[ins[0]], a["size"], mode="bilinear", align_corners=a["align"])
            elif name == "Convolution2DTransposeBias":
                values[out] = F.conv_transpose2d(values[ins[0]], self._weight(f"w{i}"), self._weight(f"b{i}"), 2)
            elif name == "Landmarks2TransformMatrix":
                values[out] = self._crop_matrix(values[ins[0]], i, a)
            elif name == "TransformTensorBilinear":
                values[out] = self._crop(values[ins[0]], values[ins[1]], i, a)
            elif name == "TransformLandmarks":
                m = values[ins[1]]
                values[out] = values[ins[0]] @ m[:, :2, :2].transpose(1, 2) + m[:, None, :2, 3]
            elif name in ("STRIDED_SLICE", "DEQUANTIZE"):  # the slices of these graphs take the full range
                values[out] = values[ins[0]]
            else:
                raise NotImplementedError(name)
        return tuple(nhwc(j) for j in self.outputs)

    def _conv(self, x: Tensor, i: int, shape: list[int], a: dict[str, Any]) -> Tensor:
        pad = (0, 0)
        if a["same"]:
            top, bottom = _same_padding(shape[1], a["kernel"][0], a["stride"][0])
            left, right = _same_padding(shape[2], a["kernel"][1], a["stride"][1])
            if top == bottom and left == right:
                pad = (top, left)
            else:
                x = F.pad(x, (left, right, top, bottom))
        y = F.conv2d(x, self._weight(f"w{i}"), self._weight(f"b{i}"), a["stride"], pad, 1, a["groups"])
        return _activate(y, a["act"])

    def _crop_matrix(self, points: Tensor, i: int, a: dict[str, Any]) -> Tensor:
        """Rotated bounding box of a landmark subset → [1,4,4] from crop pixels to input pixels; the lower rows, which nobody reads, stay 0."""
        d = points[:, a["right_rotation_idx"], :2] - points[:, a["left_rotation_idx"], :2]
        angle = a["target_rotation_radians"] - torch.atan2(d[:, 1], d[:, 0])
        c, s = torch.cos(angle), torch.sin(angle)
        rotation = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], 1)
        p = points.index_select(1, getattr(self, f"subset{i}"))[..., :2] @ rotation.transpose(1, 2)
        high, low = p.amax(1), p.amin(1)
        middle = (((high + low) / 2)[:, None] @ rotation)[:, 0]
        linear = rotation.transpose(1, 2) * ((high - low) * getattr(self, f"scale{i}"))[:, None]
        offset = middle - (linear @ getattr(self, f"half{i}")[:, None])[..., 0]
        zero = torch.zeros_like(linear)
        top = torch.cat([linear, zero[:, :, :1], offset[..., None]], 2)
        return torch.cat([top, torch.cat([zero, zero], 2)], 1)

    def _crop(self, x: Tensor, matrix: Tensor, i: int, a: dict[str, Any]) -> Tensor:
        """Bilinear crop with half-pixel centres; zero outside."""
        limit = getattr(self, f"limit{i}")
        q = getattr(self, f"grid{i}") @ matrix[:, :2, :2].transpose(1, 2) + matrix[:, None, :2, 3] - 0.5
        h, w = a["output_height"], a["output_width"]
        inside = ((q >= 0) & (q <= limit)).all(-1).to(x.dtype).reshape(1, 1, h, w)
        grid = (q / limit * 2 - 1).reshape(1, h, w, 2)
        return F.grid_sample(x, grid, align_corners=True, padding_mode="border") * inside
