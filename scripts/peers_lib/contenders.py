"""What users would pick instead, as functions from our operands to a result.

Each peer is a function that is given a workload and its operands (NCHW arrays of float32) and
returns a function without arguments that computes the result, NCHW again, or None where the peer
does not do the problem. Weights are prepared outside, where the peer can; changes of the layout of
what flows are inside.
"""

import numpy as np


def torch_peers(threads):
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    last = {2: torch.channels_last, 3: torch.channels_last_3d}

    def convolve(workload, operands, layout):
        shape = workload.shape
        if layout is not None and shape.rank == 1 or shape.takes_torch_seconds:
            return None
        x, second, w = (None if a is None else torch.from_numpy(a) for a in operands)
        arrange = (
            (lambda t: t.contiguous(memory_format=layout[shape.rank]))
            if layout
            else (lambda t: t)
        )
        settings = (shape.stride, shape.padding, [1] * shape.rank, False, [0] * shape.rank, shape.groups)
        if workload.pass_ == "forward":
            w = arrange(w)
            return lambda: torch.convolution(arrange(x), w, None, *settings).contiguous().numpy()
        backward = torch.ops.aten.convolution_backward
        if workload.pass_ == "inputGradient":
            w = arrange(w)
            like = arrange(torch.empty([shape.batch, shape.in_channels, *shape.input]))
            return lambda: backward(
                arrange(x), like, w, None, *settings, [True, False, False]
            )[0].contiguous().numpy()
        like = arrange(
            torch.empty([shape.out_channels, shape.in_channels // shape.groups, *shape.kernel])
        )
        return lambda: backward(
            arrange(second), arrange(x), like, None, *settings, [False, True, False]
        )[1].contiguous().numpy()

    def blocked(workload, operands):
        shape = workload.shape
        if workload.pass_ != "forward" or shape.rank == 1 or shape.takes_torch_seconds:
            return None
        x, _, w = (None if a is None else torch.from_numpy(a) for a in operands)
        ones = [1] * shape.rank
        reorder = {
            2: torch._C._nn.mkldnn_reorder_conv2d_weight,
            3: torch._C._nn.mkldnn_reorder_conv3d_weight,
        }[shape.rank]
        settings = (shape.padding, shape.stride, ones, shape.groups)
        w = reorder(w.to_mkldnn(), *settings, list(x.shape))
        return lambda: torch.mkldnn_convolution(x.to_mkldnn(), w, None, *settings).to_dense().numpy()

    def spectra(workload, operands):
        """MKL's real transforms over the whole, at a size of small factors."""
        shape = workload.shape
        if not (shape.is_image or shape.is_signal) or workload.pass_ != "forward":
            return None
        x, _, w = (None if a is None else torch.from_numpy(a) for a in operands)
        axes = list(range(2, 2 + shape.rank))
        sizes = [fast_size(n + 2 * p) for n, p in zip(shape.input, shape.padding)]
        kernel = torch.fft.rfftn(w, s=sizes, dim=axes).conj().resolve_conj()
        padding = [p for pad in reversed(shape.padding) for p in (pad, pad)]
        window = (slice(None), slice(None), *(slice(0, n) for n in shape.output))

        def run():
            padded = F.pad(x, padding) if any(padding) else x
            product = torch.fft.rfftn(padded, s=sizes, dim=axes) * kernel
            return torch.fft.irfftn(product, s=sizes, dim=axes)[window].contiguous().numpy()

        return run

    return {
        "torch-nchw": lambda w, o: convolve(w, o, None),
        "torch-nhwc": lambda w, o: convolve(w, o, last),
        "torch-mkldnn": blocked,
        "mkl-fft": spectra,
    }


def opencv_peers(threads):
    import cv2

    cv2.setNumThreads(threads)

    def filter2d(workload, operands):
        if not workload.shape.is_image or workload.pass_ != "forward":
            return None
        x, w = operands[0][0, 0], operands[2][0, 0]
        return lambda: cv2.filter2D(x, -1, w, borderType=cv2.BORDER_CONSTANT)[None, None]

    return {"opencv-filter2d": filter2d}


def scipy_peers(threads):
    import scipy.fft
    import scipy.ndimage
    import scipy.signal

    def by(function):
        def make(workload, operands):
            shape = workload.shape
            if not (shape.is_image or shape.is_signal) or workload.pass_ != "forward":
                return None
            x, w = operands[0][0, 0], np.ascontiguousarray(np.flip(operands[2][0, 0]))
            mode = "same" if any(shape.padding) else "valid"

            def run():
                with scipy.fft.set_workers(threads):
                    return function(x, w, mode=mode)[None, None]

            return run

        return make

    def ndimage(workload, operands):
        if not workload.shape.is_image or max(workload.shape.kernel) > 9:
            return None
        x, w = operands[0][0, 0], operands[2][0, 0]
        return lambda: scipy.ndimage.correlate(x, w, mode="constant")[None, None]

    def direct(workload, operands):
        if not workload.shape.is_signal or max(workload.shape.kernel) > 256:
            return None
        x, w = operands[0][0, 0], operands[2][0, 0]
        return lambda: np.correlate(x, w, mode="valid")[None, None]

    return {
        "scipy-fftconvolve": by(scipy.signal.fftconvolve),
        "scipy-oaconvolve": by(scipy.signal.oaconvolve),
        "scipy-ndimage": ndimage,
        "numpy-correlate": direct,
    }


def fast_size(least):
    """The smallest number from `least` up whose prime factors are 2, 3, 5 and 7."""
    n = least
    while True:
        rest = n
        for p in (2, 3, 5, 7):
            while rest % p == 0:
                rest //= p
        if rest == 1:
            return n
        n += 1


def all_peers(threads):
    """Every peer that can be imported, and the reasons why others are missing."""
    peers, missing = {}, []
    for make in (torch_peers, opencv_peers, scipy_peers):
        try:
            peers |= make(threads)
        except ImportError as error:
            missing.append(f"{make.__name__.removesuffix('_peers')}: {error}")
    return peers, missing
