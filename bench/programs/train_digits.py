"""A training job of PyTorch: a network of two layers learns scikit-learn's 1,797 images of digits, and tells its validation loss
after each epoch."""

from __future__ import annotations

import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--momentum", type=float)
    parser.add_argument("--width", type=int)
    parser.add_argument("--dropout", type=float)
    given, _ = parser.parse_known_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    images, digits = load_digits(return_X_y=True)
    inputs, targets = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(digits)
    order = torch.randperm(len(inputs))
    train, test = order[:1300], order[1300:]
    network = nn.Sequential(
        nn.Linear(64, given.width),
        nn.ReLU(),
        nn.Dropout(given.dropout),
        nn.Linear(given.width, given.width),
        nn.ReLU(),
        nn.Linear(given.width, 10),
    )
    learner = torch.optim.SGD(network.parameters(), lr=given.rate, momentum=given.momentum)
    for epoch in range(given.epochs):
        network.train()
        for batch in train[torch.randperm(len(train))].split(4):
            learner.zero_grad()
            nn.functional.cross_entropy(network(inputs[batch]), targets[batch]).backward()
            learner.step()
        network.eval()
        with torch.no_grad():
            loss = nn.functional.cross_entropy(network(inputs[test]), targets[test])
        print(f"epoch {epoch + 1}: loss={loss.item():.6f};", flush=True)


if __name__ == "__main__":
    main()
