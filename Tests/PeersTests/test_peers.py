"""scripts/peers without any peer: the plan, the blocks, the ratios and the table."""

import contextlib
import io
import math
import os
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "scripts"))

from peers_lib import blocks, figures, results, table
from peers_lib.workloads import Shape, all_workloads


class Figures(unittest.TestCase):
    def test_interval_of_ten(self):
        # Ranks 2 and 9: 11 of 1024 outcomes lie outside on each side, with rank 3 it would be 56.
        self.assertEqual(figures.median_interval(list(range(1, 11))), (2, 9))

    def test_no_interval_of_five(self):
        # The whole range of five holds the median with a probability of 15/16 only.
        self.assertIsNone(figures.median_interval([1, 2, 3, 4, 5]))
        self.assertEqual(figures.median_interval([1, 2, 3, 4, 5, 6]), (1, 6))

    def test_quantile(self):
        self.assertEqual(figures.quantile([4, 1, 3, 2], 0.25), 1.75)

    def test_ratio_is_paired(self):
        # The machine halves its speed in block 1; the ratio does not.
        above, below = {0: 6.0, 1: 12.0, 2: 6.0, 7: 1.0}, {0: 2.0, 1: 4.0, 2: 2.0, 9: 1.0}
        middle, low, high = figures.paired_ratio(above, below)
        self.assertEqual(middle, 3.0)
        self.assertTrue(math.isnan(low) and math.isnan(high))
        self.assertIsNone(figures.paired_ratio({0: 1.0}, {1: 1.0}))


class Workloads(unittest.TestCase):
    def test_names_and_passes_are_unique(self):
        keys = [(w.name, w.pass_) for w in all_workloads()]
        self.assertEqual(len(keys), len(set(keys)))

    def test_shapes_add_up(self):
        for w in all_workloads():
            s = w.shape
            for i, o, k, step, pad in zip(s.input, s.output, s.kernel, s.stride, s.padding):
                self.assertEqual(o, (i + 2 * pad - k) // step + 1, w.descriptor)
            self.assertEqual(s.in_channels % s.groups, 0)
            self.assertLess(w.goal.floor, w.goal.aim)

    def test_descriptors(self):
        s = Shape("mb16g32ic128ih56oc64oh28kh3sh2ph1")
        self.assertEqual((s.batch, s.groups, s.in_channels, s.out_channels), (16, 32, 128, 64))
        self.assertEqual((s.input, s.output, s.kernel, s.stride), ([56, 56], [28, 28], [3, 3], [2, 2]))
        self.assertEqual(s.operations, 2 * 16 * 64 * 4 * 28 * 28 * 9)
        self.assertEqual(Shape("mb1ic1iw100oc1ow91kw10").input, [100])
        volume = Shape("mb1ic2id3ih4iw5oc2od3oh4ow5kd3kh3kw3pd1ph1pw1")
        self.assertEqual((volume.input, volume.padding, volume.rank), ([3, 4, 5], [1, 1, 1], 3))


class Blocks(unittest.TestCase):
    def test_all_take_turns_until_the_ratio_is_known(self):
        class Quiet:
            def share(self):
                return 0.0

        order = []

        def turn(name, ms):
            order.append(name)
            return ms

        turns = {"ours": lambda: turn("ours", 2.0), "peer": lambda: turn("peer", 5.0)}
        samples, disturbed, noisy = blocks.run_blocks(
            turns, {"ours": "ours", "peer": "peers"}, 60, Quiet(), fewest=8
        )
        self.assertEqual(len(samples["ours"]), 8)
        self.assertEqual(samples["ours"].keys(), samples["peer"].keys())
        self.assertEqual((disturbed, noisy), (set(), False))
        self.assertNotEqual(order, ["ours", "peer"] * 8)

    def test_disturbed_blocks_are_told_apart(self):
        class Disturbed:
            shares = iter([0.0] + [0.5, 0.0, 0.0, 0.0, 0.5] + [0.0] * 20)

            def share(self):
                return next(self.shares)

        turns = {"ours": lambda: 1.0, "peer": lambda: 1.0}
        _, disturbed, noisy = blocks.run_blocks(
            turns, {"ours": "ours", "peer": "peers"}, 60, Disturbed(), fewest=10
        )
        self.assertEqual((disturbed, noisy), ({0, 4}, False))

    def test_waits_until_the_machine_is_quiet(self):
        class Quiet:
            def share(self):
                return 0.0

        # Before the first block, after its two turns, while waiting, after the repeated turn, and after
        # the rest.
        answers = iter([True, False, True, True, True, False] + [False] * 30)
        taken = []

        def turn(name):
            time.sleep(0.006)  # longer than what is repeated to keep threads awake
            taken.append(name)
            return 1.0

        turns = {name: (lambda name=name: turn(name)) for name in ("ours", "peer")}
        _, disturbed, noisy = blocks.run_blocks(
            turns, {"ours": "ours", "peer": "peers"}, 60, Quiet(), lambda: next(answers), fewest=8
        )
        self.assertEqual((disturbed, noisy), (set(), False))
        self.assertEqual(len(taken), 2 * 8 + 1)

    def test_patience_ends(self):
        class Quiet:
            def share(self):
                return 0.0

        turns = {"ours": lambda: 1.0, "peer": lambda: 1.0}
        _, _, noisy = blocks.run_blocks(
            turns, {"ours": "ours", "peer": "peers"}, 0.1, Quiet(), lambda: True, most=10
        )
        self.assertTrue(noisy)

    def test_screening_keeps_what_is_near(self):
        times = {"a": 10.0, "b": 12.0, "c": 40.0, "d": 11.0, "e": 15.0}
        kept, _ = blocks.screened({n: (lambda t=t: t) for n, t in times.items()})
        self.assertEqual(kept, ["a", "d", "b"])


def row(name, pass_, algorithm, ms, speedup="", status="ok"):
    empty = dict.fromkeys(results.KEY + results.OWN, "")
    low, high = (speedup * 0.9, speedup * 1.1) if speedup else ("", "")
    return empty | {
        "name": name, "pass": pass_, "algorithm": algorithm, "median_ms": ms, "speedup": speedup,
        "speedup_low": low, "speedup_high": high, "status": status, "noisy": 0,
    }  # fmt: skip


class Table(unittest.TestCase):
    rows = [
        row("vgg3.2", "forward", "winograd", 10.0, 4.0),
        row("vgg3.2", "forward", "direct", 30.0, 1.33),
        row("vgg3.2", "forward", "torch-nchw", 40.0, 1.0),
        row("vgg3.2", "forward", "torch-nhwc", 44.0, 0.91),
        row("vgg3.2", "inputGradient", "winograd", 10.0, 3.0),
        row("vgg3.2", "inputGradient", "torch-nchw", 30.0, 1.0),
        row("resnet.1x1", "forward", "im2col", 10.0, 0.95),
        row("resnet.1x1", "forward", "torch-nhwc", 9.5, 1.0),
        row("large7", "forward", "fft", 10.0, 3.0),
        row("large7", "forward", "torch-nchw", 30.0, 1.0),
        row("large7", "forward", "torch-mkldnn", "", status="failed"),
    ]

    def test_fastest_of_each_side(self):
        first = table.ratios(self.rows)[0]
        self.assertEqual((first.ours["algorithm"], first.peer["algorithm"]), ("winograd", "torch-nchw"))
        self.assertEqual(first.verdict, "aim")

    def test_verdicts(self):
        verdicts = {r.workload.label: r.verdict for r in table.ratios(self.rows)}
        # Parity asks for the upper end of the interval: 1.045; gradients for 0.8 of the forward ratio.
        self.assertEqual(verdicts["resnet.1x1"], "floor")
        self.assertEqual(verdicts["vgg3.2.data"], "misses by 6 %")
        self.assertEqual(verdicts["large7"], "misses by 25 %")

    def test_misses_are_named(self):
        text = table.markdown(self.rows)
        self.assertIn("4 rows: 2 reach their floor, 1 of them their aim.", text)
        self.assertIn("* large7: 3.00 of 4, misses by 25 %", text)
        self.assertIn("* large7 forward torch-mkldnn", text)

    def test_plain_transforms_are_a_competition_of_their_own(self):
        name = "2048x2048k31"
        rows = [
            row(name, "forward", "fft-tiled", 5.0, 4.0),
            row(name, "forward", "fft", 10.0, 2.0),
            row(name, "forward", "mkl-fft", 15.0, 1.33),
            row(name, "forward", "opencv-filter2d", 20.0, 1.0),
        ]
        self.assertEqual(table.ratios(rows)[0].peer["algorithm"], "opencv-filter2d")
        self.assertIn(f"| {name} | 15 | 10 | 1.50 |", table.markdown(rows))

    def test_no_rows(self):
        self.assertEqual(table.markdown([]), "0 rows: 0 reach their floor, 0 of them their aim.\n")


class Files(unittest.TestCase):
    def test_resumed_with_what_is_done(self):
        with tempfile.TemporaryDirectory() as folder:
            first = results.Results(folder, resume=False)
            rows = [row("large7", "forward", "fft", 10.0, 3.0) | {"gflop_nominal": "2"}]
            results.fill_times(rows[0], {b: 1.0 + b for b in range(7)}, "peer", {b: 2.0 + 2 * b for b in range(7)}, False, 100.0)
            first.add(rows, {"fft": {b: 1.0 + b for b in range(7)}})
            with self.assertRaises(FileExistsError):
                results.Results(folder, resume=False)
            again = results.Results(folder, resume=True)
            self.assertEqual(again.done, {("large7", "forward")})
            kept = again.rows[0]
            self.assertEqual((kept["median_ms"], kept["speedup"], kept["gflops"]), ("4.0", "2.0", "500.0"))
            with open(first.samples_path) as file:
                self.assertEqual(len(file.readlines()), 8)


class CommandLine(unittest.TestCase):
    def shown(self, *words):
        from peers_lib.__main__ import main

        out = io.StringIO()
        before, sys.argv = sys.argv, ["scripts/peers", *words]
        try:
            with contextlib.redirect_stdout(out):
                self.assertEqual(main(), 0)
        finally:
            sys.argv = before
        return out.getvalue()

    def test_list(self):
        self.assertIn("large31", self.shown("--list"))
        one = self.shown("--list", "--only", "vgg3.2.data")
        self.assertEqual(len(one.splitlines()), 2)
        self.assertLess(len(self.shown("--list", "--quick")), len(self.shown("--list")))

    def test_unknown_group(self):
        with self.assertRaises(SystemExit) as refused:
            self.shown("--list", "--only", "nonsense")
        self.assertIn("no family or workload nonsense", str(refused.exception))


if __name__ == "__main__":
    unittest.main()
