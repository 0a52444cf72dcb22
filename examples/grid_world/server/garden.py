"""The environment: a garden with walls, puddles and one goal, as gymnasium's environments are."""

from typing import Any, Final

import gymnasium
import numpy
from PIL import Image, ImageDraw

# S start, G goal, # wall, ~ puddle, . free
MAP: Final = ("S..#..", ".#....", "...~#.", ".#.~..", ".....#", "#..~.G")
MOVES: Final = ((0, -1), (0, 1), (-1, 0), (1, 0))  # rows down, columns right: left, right, up, down
MOST_MOVES: Final = 40
MOVE_REWARD, PUDDLE_REWARD, GOAL_REWARD = -1, -5, 20

_CELL, _MARGIN = 64, 8  # pixels
_PAPER, _LINE, _INK = "#f7f4ec", "#cfc8b8", "#1b1b1b"
_WALL, _PUDDLE, _GOAL, _ROBOT = "#4a4a4a", "#56b4e9", "#e69f00", "#0072b2"


class Garden(gymnasium.Env[Any, Any]):
    """A robot walks from the start to the goal. An observation is its cell: row and column."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 2}  # noqa: RUF012 - as gymnasium has it
    render_mode = "rgb_array"

    def __init__(self) -> None:
        """Put the robot at the start."""
        self.action_space = gymnasium.spaces.Discrete(4)
        self.observation_space = gymnasium.spaces.MultiDiscrete([len(MAP), len(MAP[0])])
        self.cell, self.moves = (0, 0), 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.cell, self.moves = (0, 0), 0
        return numpy.array(self.cell), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Move one cell; at a wall or the edge the robot stays, and the move still costs."""
        target = (self.cell[0] + MOVES[action][0], self.cell[1] + MOVES[action][1])
        bumped = not (0 <= target[0] < len(MAP) and 0 <= target[1] < len(MAP[0])) or MAP[target[0]][target[1]] == "#"
        self.cell = self.cell if bumped else target
        self.moves += 1
        kind = MAP[self.cell[0]][self.cell[1]]
        reward = MOVE_REWARD + {"~": PUDDLE_REWARD, "G": GOAL_REWARD}.get(kind, 0)
        return numpy.array(self.cell), reward, kind == "G", self.moves >= MOST_MOVES, {"bumped": bumped}

    def render(self) -> Any:
        """Draw the garden. Objects differ in shape and colour, for colour-blind participants."""
        canvas = ImageDraw.Draw(image := Image.new("RGB", (len(MAP[0]) * _CELL, len(MAP) * _CELL), _PAPER))
        for row, line in enumerate(MAP):
            for column, kind in enumerate(line):
                canvas.rectangle(_box(row, column), outline=_LINE, fill=_WALL if kind == "#" else None)
                left, top, right, bottom = _box(row, column, _MARGIN)
                if kind == "~":
                    canvas.ellipse((left, top, right, bottom), fill=_PUDDLE)
                if kind == "G":
                    x, y = (left + right) // 2, (top + bottom) // 2
                    canvas.polygon([(x, top), (right, y), (x, bottom), (left, y)], fill=_GOAL, outline=_INK)
        left, top, right, bottom = robot = _box(*self.cell, 2 * _MARGIN)
        canvas.rounded_rectangle(robot, radius=_MARGIN, fill=_ROBOT, outline=_INK, width=2)
        canvas.line((left + 8, bottom - 8, right - 8, bottom - 8), fill="white", width=3)
        return numpy.asarray(image)


def _box(row: int, column: int, margin: int = 0) -> tuple[int, int, int, int]:
    left, top = column * _CELL, row * _CELL
    return left + margin, top + margin, left + _CELL - 1 - margin, top + _CELL - 1 - margin
