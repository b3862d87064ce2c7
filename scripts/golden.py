#!/usr/bin/env python3
"""Makes the golden cases in Tests/Golden/cases with NumPy, SciPy and PyTorch, none of our code.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install numpy scipy torch
    /tmp/golden/bin/python scripts/golden.py [FOLDER]

Seeded: the same versions give the same files. Everything is computed in double precision from the
stored operands and rounded once to the stored type. The format is described in docs/Cases.md.
"""
import json
import pathlib
import shutil
import sys

import numpy as np
import scipy.ndimage
import scipy.signal
import torch

root = pathlib.Path(__file__).resolve().parent.parent
folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/Golden/cases"
random = np.random.default_rng(20240229)
# NumPy's own names for what stands outside.
NUMPY_MODE = {"reflect": "reflect", "symmetric": "symmetric", "replicate": "edge", "circular": "wrap"}
CONV = {1: torch.nn.functional.conv1d, 2: torch.nn.functional.conv2d, 3: torch.nn.functional.conv3d}
TRANSPOSED = {1: torch.nn.functional.conv_transpose1d, 2: torch.nn.functional.conv_transpose2d,
              3: torch.nn.functional.conv_transpose3d}


def data(shape, dtype):
    if dtype == "i8":
        return random.integers(-9, 10, shape).astype("<i8")
    return random.uniform(-1, 1, shape).astype("<" + dtype)


def save(name, case, dtype, **arrays):
    target = folder / name
    target.mkdir(parents=True)
    (target / "case.json").write_text(json.dumps({"name": name, **case}, indent=1) + "\n")
    for key, value in arrays.items():
        if value is None:
            continue
        value = np.asarray(value)
        if dtype == "i8":
            value = np.rint(value)
        np.save(target / f"{key}.npy", np.ascontiguousarray(value.astype("<" + dtype)))


def pad(x, padding, border):
    """Pads the spatial axes of a torch tensor by NumPy's definition of the border; differentiable."""
    for axis, (low, high) in enumerate(padding, start=2):
        n = x.shape[axis]
        if border == "zeros":
            index = np.pad(np.arange(n), (low, high), constant_values=n)
            zero = torch.zeros_like(x.select(axis, 0)).unsqueeze(axis)
            x = torch.cat([x, zero], axis)
        else:
            index = np.pad(np.arange(n), (low, high), mode=NUMPY_MODE[border])
        x = x.index_select(axis, torch.from_numpy(index))
    return x


def flip(w, convention):
    return w.flip(list(range(2, w.ndim))) if convention == "convolution" else w


def convolve(x, w, bias, p):
    x = pad(x, p["padding"], p["border"])
    return CONV[x.ndim - 2](x, flip(w, p["convention"]), bias, p["stride"], 0, p["dilation"], p["groups"])


def transpose(x, w, bias, p):
    y = TRANSPOSED[x.ndim - 2](x, flip(w, p["convention"]), None, p["stride"], 0, 0, p["groups"], p["dilation"])
    for axis, ((low, high), extra) in enumerate(zip(p["padding"], p["outputPadding"]), start=2):
        shape = list(y.shape)
        shape[axis] = extra
        y = torch.cat([y, y.new_zeros(shape)], axis)
        y = y.narrow(axis, low, y.shape[axis] - low - high)
    return y if bias is None else y + bias.reshape([1, -1] + [1] * (y.ndim - 2))


def draw(transposed):
    """One random problem, or None where it cannot be."""
    rank = int(random.choice([1, 2, 2, 2, 3]))
    groups = int(random.choice([1, 1, 2, 3]))
    c, k = (groups * int(random.integers(1, 4)) for _ in range(2))
    if random.random() < 0.15:
        groups, k = c, c * int(random.integers(1, 3))
    top = {1: 40, 2: 17, 3: 8}[rank]
    border = "zeros" if transposed else str(random.choice(["zeros", "zeros", "reflect", "symmetric", "replicate", "circular"]))
    extents = [int(random.integers(1, top)) for _ in range(rank)]
    kernel = [int(random.integers(1, 6 if rank < 3 else 4)) for _ in range(rank)]
    stride = [int(random.choice([1, 1, 2, 3])) for _ in range(rank)]
    dilation = [int(random.choice([1, 1, 2, 3])) for _ in range(rank)]
    padding = [[int(random.integers(0, 4)), int(random.integers(0, 4))] for _ in range(rank)]
    extra = [int(random.integers(0, max(s, d))) if transposed else 0 for s, d in zip(stride, dilation)]
    for n, f, s, d, (low, high), e in zip(extents, kernel, stride, dilation, padding, extra):
        reach = (f - 1) * d + 1
        if transposed and (n - 1) * s + reach - low - high + e < 1:
            return None
        if not transposed and n + low + high < reach:
            return None
        widest = {"reflect": n - 1, "symmetric": n, "circular": n}.get(border, 99)
        if max(low, high) > widest:
            return None
    p = {"convention": str(random.choice(["crossCorrelation", "convolution"])), "stride": stride,
         "dilation": dilation, "padding": padding, "border": border, "groups": groups}
    if transposed:
        p["outputPadding"] = extra
    return p, int(random.integers(1, 3)), c, k, extents, kernel


def random_case(number, operation, transposed, dtype):
    while (drawn := draw(transposed)) is None:
        pass
    p, batch, c, k, extents, kernel = drawn
    groups = p["groups"]
    x = torch.from_numpy(data([batch, c, *extents], dtype).astype("f8"))
    shape = [c, k // groups, *kernel] if transposed else [k, c // groups, *kernel]
    w = torch.from_numpy(data(shape, dtype).astype("f8"))
    forward = transpose if transposed else convolve
    name = f"{number:03d}-{operation}{'-of-transposed' if transposed and 'Gradient' in operation else ''}-{len(extents)}d-{p['border']}-{dtype}"
    if "Gradient" not in operation:
        bias = torch.from_numpy(data([k], dtype).astype("f8")) if random.random() < 0.3 else None
        y = forward(x, w, bias, p)
        save(name, {"operation": operation, **p}, dtype, input=x, weight=w, bias=bias, expected=y)
        return
    x.requires_grad_()
    w.requires_grad_()
    y = forward(x, w, None, p)
    dy = torch.from_numpy(data(list(y.shape), dtype).astype("f8"))
    dx, dw = torch.autograd.grad(y, (x, w), dy)
    case = {"operation": operation, **p}
    if transposed:
        case["of"] = "transposedConvolution"
    if operation == "inputGradient":
        save(name, {**case, "inputShape": list(x.shape)}, dtype, weight=w.detach(), outputGradient=dy, expected=dx)
    else:
        save(name, {**case, "weightShape": list(w.shape)}, dtype, input=x.detach(), outputGradient=dy, expected=dw)


def scipy_cases(number):
    """SciPy's and NumPy's own convolutions, by their own names."""
    made = 0
    for rank, n, f in [(1, [31], [7]), (1, [30], [4]), (2, [13, 17], [3, 5]), (2, [12, 9], [4, 2]), (3, [7, 6, 8], [3, 2, 3])]:
        for mode in ["valid", "same", "full"]:
            for convention, function in [("convolution", scipy.signal.convolve), ("crossCorrelation", scipy.signal.correlate)]:
                x, w = data(n, "f8"), data(f, "f8")
                y = function(x, w, mode=mode, method="direct")
                total = {"valid": [0] * rank, "same": [k - 1 for k in f], "full": [2 * (k - 1) for k in f]}[mode]
                # SciPy's "same" is the middle of "full", from (k - 1) // 2 on: for an even kernel the
                # extra row is at the near side.
                low = [k // 2 for k in f] if mode == "same" else [t // 2 for t in total]
                padding = [[a, t - a] for a, t in zip(low, total)]
                name = f"{number + made:03d}-scipy-{function.__name__}-{mode}-{'x'.join(map(str, f))}"
                save(name, {"operation": "convolution", "convention": convention, "padding": padding}, "f8",
                     input=x[None, None], weight=w[None, None], expected=y[None, None])
                made += 1
    ndimage_mode = {"zeros": "constant", "reflect": "mirror", "symmetric": "reflect", "replicate": "nearest", "circular": "grid-wrap"}
    for border, mode in ndimage_mode.items():
        for f in [[3, 3], [5, 3], [7, 7]]:
            x, w = data([15, 14], "f4"), data(f, "f4")
            for convention, function in [("crossCorrelation", scipy.ndimage.correlate), ("convolution", scipy.ndimage.convolve)]:
                y = function(x.astype("f8"), w.astype("f8"), mode=mode)
                name = f"{number + made:03d}-ndimage-{function.__name__}-{mode}-{f[0]}x{f[1]}"
                padding = [[(k - 1) // 2, (k - 1) // 2] for k in f]
                save(name, {"operation": "convolution", "convention": convention, "padding": padding, "border": border},
                     "f4", input=x[None, None], weight=w[None, None], expected=y[None, None])
                made += 1
    return made


def main():
    shutil.rmtree(folder, ignore_errors=True)
    number = 0
    plan = [("convolution", False, 100), ("transposedConvolution", True, 50), ("inputGradient", False, 40),
            ("weightGradient", False, 40), ("inputGradient", True, 15), ("weightGradient", True, 15)]
    for operation, transposed, count in plan:
        for i in range(count):
            random_case(number, operation, transposed, ["f4", "f8", "f4", "i8"][i % 4])
            number += 1
    number += scipy_cases(number)
    versions = f"numpy {np.__version__}, scipy {scipy.__version__}, torch {torch.__version__}"
    (folder / "MADE-BY.txt").write_text(f"{number} cases by scripts/golden.py with {versions}\n")
    print(number, "cases in", folder)


main()
