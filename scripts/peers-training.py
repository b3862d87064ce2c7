#!/usr/bin/env python3
"""Times PyTorch on the Sign-MNIST network that `compare train sign-mnist` trains.

usage: peers-training.py [--pictures 27455] [--epochs 2] [--threads 2] [--layout nchw|nhwc|both]

The same layers, batch, loss and optimiser, on made-up pictures (what stands in them does not change
the time). Prints the time of each epoch and the median and least of its steps; the first epoch is
the warm-up. To be set against the seconds of

    compare train sign-mnist --data made-up:27455 --epochs 2 --threads 2
"""
import argparse
import statistics
import time

import torch
from torch import nn


def network():
    """CLASSROOM's figures: 264,049 parameters with the tracked ones. Keras' batch norm."""
    def norm(c):
        return nn.BatchNorm2d(c, eps=1e-3, momentum=0.01)

    def pool():
        return nn.MaxPool2d(2, 2, ceil_mode=True)

    return nn.Sequential(
        nn.Conv2d(1, 75, 3, padding=1), nn.ReLU(), norm(75), pool(),
        nn.Conv2d(75, 50, 3, padding=1), nn.ReLU(), nn.Dropout(0.2), norm(50), pool(),
        nn.Conv2d(50, 25, 3, padding=1), nn.ReLU(), norm(25), pool(),
        nn.Flatten(), nn.Linear(400, 512), nn.ReLU(), nn.Dropout(0.3), nn.Linear(512, 24))


def epoch(model, optimizer, pictures, labels, batch):
    """Seconds of an epoch and of its steps; the loss is read at each step, as a progress line does."""
    loss_of = nn.CrossEntropyLoss()
    order = torch.randperm(len(labels))
    steps = []
    start = time.perf_counter()
    for i in range(0, len(labels), batch):
        begin = time.perf_counter()
        chosen = order[i:i + batch]
        x, y = pictures[chosen], labels[chosen]
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        loss.item()
        steps.append(time.perf_counter() - begin)
    return time.perf_counter() - start, steps


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=27455)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layout", choices=["nchw", "nhwc", "both"], default="both")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    labels = torch.arange(arguments.pictures) % 24
    pictures = torch.rand(arguments.pictures, 1, 28, 28)
    layouts = ["nchw", "nhwc"] if arguments.layout == "both" else [arguments.layout]
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for layout in layouts:
        model = network()
        x = pictures
        if layout == "nhwc":
            model = model.to(memory_format=torch.channels_last)
            x = pictures.contiguous(memory_format=torch.channels_last)
        model.train()
        optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
        for number in range(1, arguments.epochs + 1):
            seconds, steps = epoch(model, optimizer, x, labels, arguments.batch)
            print(f"{layout} epoch {number}: {seconds:.2f} s, {len(steps)} steps, median "
                  f"{1e3 * statistics.median(steps):.2f} ms, least {1e3 * min(steps):.2f} ms")


main()
