"""The workloads: what is timed, in which family, and what our lead over the peers should be."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Goal:
    """The peers' time over ours: what must be reached, and what we are after."""

    floor: float
    aim: float


@dataclass(frozen=True)
class Workload:
    """One problem in one pass; a row of the table of ratios."""

    name: str
    family: str
    descriptor: str
    goal: Goal
    pass_: str = "forward"
    quick: bool = True  # whether --quick includes it
    shape: "Shape" = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "shape", Shape(self.descriptor))

    @property
    def label(self):
        return self.name + {"forward": "", "inputGradient": ".data", "weightGradient": ".weights"}[
            self.pass_
        ]


class Shape:
    """What a benchdnn descriptor says, for the peers: extents of the axes that the problem has."""

    def __init__(self, descriptor):
        fields = {k: int(v) for k, v in re.findall(r"([a-z]+)(\d+)", descriptor)}
        self.batch, self.groups = fields.get("mb", 1), fields.get("g", 1)
        self.in_channels, self.out_channels = fields["ic"], fields["oc"]
        self.axes = [a for a in "dhw" if any(a in k and len(k) == 2 for k in fields if k[0] in "iok")]
        if self.axes == ["h"]:
            self.axes = ["h", "w"]  # benchdnn's squares: what is not said of w holds of h

        def along(prefix, default):
            out = []
            for axis in self.axes:
                near = [fields[prefix + a] for a in "whd" if prefix + a in fields]
                out.append(fields.get(prefix + axis, near[-1] if near else default))
            return out

        self.input, self.output = along("i", 1), along("o", 1)
        self.kernel, self.stride = along("k", 1), along("s", 1)
        self.padding = along("p", 0)

    @property
    def rank(self):
        return len(self.axes)

    @property
    def is_image(self):
        return self.batch == self.in_channels == self.out_channels == 1 and self.rank == 2

    @property
    def is_signal(self):
        return self.batch == self.in_channels == self.out_channels == 1 and self.rank == 1

    @property
    def is_for_transforms(self):
        """Whether direct sums of one channel take seconds, where transforms take milliseconds."""
        longest = max(self.kernel)
        return self.is_image and longest > 31 or self.is_signal and longest > 256

    @property
    def takes_torch_seconds(self):
        """PyTorch sums one channel at about 0.4 GFLOP/s: 21 s for 31 x 31 taps on 2048 x 2048."""
        return self.is_for_transforms or self.is_image and self.operations > 1e9

    @property
    def operations(self):
        """Additions and multiplications as published: every tap of every output."""
        count = 2 * self.batch * self.out_channels * self.in_channels // self.groups
        for extent in self.output + self.kernel:
            count *= extent
        return count


THREE, HEAVY, FIVE = Goal(2.3, 3.5), Goal(1.7, 2.5), Goal(3.5, 5.5)
PARITY = Goal(1.0, 1.2)


def square(batch, inputs, size, outputs, kernel, stride=1, groups=1):
    """A descriptor of a square problem whose padding is half the kernel."""
    pad = (kernel - 1) // 2
    out = (size + 2 * pad - kernel) // stride + 1
    return (
        f"mb{batch}" + (f"g{groups}" if groups > 1 else "") + f"ic{inputs}ih{size}oc{outputs}oh{out}"
        f"kh{kernel}" + (f"sh{stride}" if stride > 1 else "") + (f"ph{pad}" if pad else "")
    )


def cube(inputs, extents, outputs, kernel):
    """A descriptor of a volume whose padding is half the kernel."""
    d, h, w = extents
    p = kernel // 2
    return (
        f"mb1ic{inputs}id{d}ih{h}iw{w}oc{outputs}od{d}oh{h}ow{w}"
        f"kd{kernel}kh{kernel}kw{kernel}pd{p}ph{p}pw{p}"
    )


VGG3, VGG5 = square(4, 256, 56, 256, 3), square(4, 512, 14, 512, 3)
ALEXNET2, LARGE11 = square(16, 96, 27, 256, 5), square(4, 64, 64, 64, 11)
RESNET_S2 = square(16, 128, 56, 128, 3, stride=2)


def layers():
    rows = [
        ("vgg1.2", square(4, 64, 224, 64, 3), THREE, True),
        ("vgg2.2", square(4, 128, 112, 128, 3), THREE, True),
        ("vgg3.2", VGG3, THREE, True),
        ("vgg4.2", square(4, 512, 28, 512, 3), HEAVY, False),
        ("vgg5.2", VGG5, HEAVY, True),
        ("alexnet3", square(16, 256, 13, 384, 3), HEAVY, False),
        ("alexnet2", ALEXNET2, FIVE, True),
        ("googlenet.5x5", square(16, 32, 28, 96, 5), FIVE, True),
        ("large7", square(4, 64, 64, 64, 7), Goal(4, 6.5), True),
        ("large11", LARGE11, Goal(12, 20), True),
        ("large15", square(4, 64, 64, 64, 15), Goal(20, 30), True),
        ("large31", square(2, 64, 64, 64, 31), Goal(45, 80), True),
    ]
    return [Workload(n, "layers", d, g, quick=q) for n, d, g, q in rows]


def parity():
    """Where there is no arithmetic to save."""
    rows = [
        ("alexnet1", "mb16ic3ih227oc96oh55kh11sh4", True),
        ("vgg1.1", square(4, 3, 224, 64, 3), True),
        ("resnet.conv1", "mb4ic3ih224oc64oh112kh7sh2ph3", True),
        ("resnet.1x1", square(16, 64, 56, 256, 1), True),
        ("resnet.3x3s2", RESNET_S2, True),
        ("resnext.g32", square(16, 128, 56, 128, 3, groups=32), True),
    ]
    return [Workload(n, "parity", d, PARITY, quick=q) for n, d, q in rows]


def images():
    goals = {3: Goal(1.5, 2), 5: Goal(2, 3), 7: Goal(2, 3), 9: Goal(2, 3), 11: Goal(2, 3)}
    goals |= {15: Goal(8, 16), 31: Goal(5, 10), 63: Goal(4, 8), 127: Goal(3.5, 7)}
    return [
        Workload(
            f"{size}x{size}k{k}", "image", square(1, 1, size, 1, k), goal,
            quick=(size == 2048) == (k != 9) and k not in (3, 7, 11) or size == 2048 and k in (3, 11),
        )
        for size in (512, 2048)
        for k, goal in goals.items()
    ]


def signals():
    sizes = [(65536, 64), (1 << 20, 256), (1 << 20, 4096), (1 << 20, 65536), (1 << 24, 4096)]
    return [
        Workload(
            f"n{n}k{k}", "big1d", f"mb1ic1iw{n}oc1ow{n - k + 1}kw{k}", Goal(3, 5), quick=n < 1 << 24
        )
        for n, k in sizes
    ]


def depthwise():
    rows = [
        ("mobilenet.dw3", 8, 128, 56, 3, Goal(1, 1.2)),
        ("depthwise5", 4, 128, 56, 5, Goal(1.2, 2)),
        ("convnext.dw7", 4, 96, 56, 7, Goal(1.2, 2)),
        ("depthwise9", 4, 128, 56, 9, Goal(1.5, 3)),
        ("replknet.dw13", 8, 1024, 7, 13, Goal(1.5, 3)),
        ("depthwise21", 4, 128, 56, 21, Goal(3, 6)),
        ("replknet.dw31", 4, 128, 56, 31, Goal(4.5, 9)),
    ]
    return [
        Workload(n, "depthwise", square(b, c, s, c, k, groups=c), g, quick=k not in (3, 13))
        for n, b, c, s, k, g in rows
    ]


def volumes():
    rows = [
        ("c3d.2", cube(64, (16, 56, 56), 128, 3), Goal(1.7, 2.5), False),
        ("c3d.3b", cube(256, (8, 28, 28), 256, 3), Goal(1.7, 2.5), True),
        ("vol5", cube(32, (32, 32, 32), 32, 5), Goal(3, 5), True),
        ("vol7", cube(16, (32, 32, 32), 16, 7), Goal(5, 9), True),
        ("vol9", cube(16, (32, 32, 32), 16, 9), Goal(5, 9), False),
    ]
    return [Workload(n, "large3d", d, g, quick=q) for n, d, g, q in rows]


def backward():
    forward = [
        ("vgg3.2", VGG3, THREE, True),
        ("vgg5.2", VGG5, HEAVY, False),
        ("alexnet2", ALEXNET2, FIVE, True),
        ("large11", LARGE11, Goal(12, 20), True),
        ("resnet.3x3s2", RESNET_S2, PARITY, True),
    ]
    return [
        # No arithmetic to save: parity is parity backwards too.
        Workload(n, "backward", d, g if g is PARITY else Goal(0.8 * g.floor, g.floor), p, q)
        for n, d, g, q in forward
        for p in ("inputGradient", "weightGradient")
    ]


def all_workloads():
    """Every row, in the order of the table."""
    return layers() + parity() + images() + signals() + depthwise() + volumes() + backward()
