"""A driver that learns from people's judgement alone, in the manner of TAMER (Knox and Stone, 2009)."""

from typing import Any

import numpy

from hippo_play import Step

CENTRES = numpy.stack(numpy.meshgrid(numpy.linspace(0, 1, 5), numpy.linspace(0, 1, 7)), axis=-1).reshape(-1, 2)


def features(observation: Any) -> Any:
    """Return how near the state is to each of 35 positions and velocities; the sum is 1."""
    state = (observation - numpy.array([-1.2, -0.07])) / (1.8, 0.14)
    near = numpy.exp(-(((state - CENTRES) / (0.2, 0.06)) ** 2).sum(axis=1) / 2)
    return near / near.sum()


class Tamer:
    """Predicts how each action would be judged, with a linear model of the state, and takes the best."""

    def __init__(self) -> None:
        self.weights, self.action = numpy.zeros((3, len(CENTRES))), 1

    def choose(self, observation: Any, step: int) -> int:
        if step % 10 == 1:  # twice a second: people see what they judge
            values = self.weights @ features(observation)
            self.action = int(numpy.random.choice(numpy.flatnonzero(values > values.max() - 1e-6)))
        return self.action

    def feedback(self, steps: tuple[Step, ...], value: float) -> None:
        for step in steps:
            near = features(step.observation)
            self.weights[step.action] += 0.3 * (value - self.weights[step.action] @ near) * near

    def save(self, folder: Any) -> None:
        numpy.save(folder / "weights.npy", self.weights)


policy = Tamer()
