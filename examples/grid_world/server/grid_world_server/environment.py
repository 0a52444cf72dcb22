"""The world: a grid with walls, puddles and one goal. Pure: no robot, participant or socket."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """A move. The values are the names of the controls in the game connection's `UI` list."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


_STEP = {Direction.LEFT: (0, -1), Direction.RIGHT: (0, 1), Direction.UP: (-1, 0), Direction.DOWN: (1, 0)}

MOVE_REWARD = -1
PUDDLE_REWARD = -5
GOAL_REWARD = 20


@dataclass(frozen=True, order=True)
class Cell:
    """A cell's position, from 0 at the top left."""

    row: int
    column: int


@dataclass(frozen=True)
class Outcome:
    """The result of one move."""

    cell: Cell
    reward: int
    bumped: bool
    at_goal: bool


@dataclass(frozen=True)
class Grid:
    """The map of the world."""

    rows: int
    columns: int
    start: Cell
    goal: Cell
    walls: frozenset[Cell]
    puddles: frozenset[Cell]

    @classmethod
    def from_text(cls, text: str) -> Grid:
        """Read a map: `S` start, `G` goal, `#` wall, `~` puddle, `.` free.

        Raises:
            ValueError: the map is not a rectangle, contains another character, or does not have
                exactly one S and one G.
        """
        lines = [line.strip() for line in text.strip().splitlines()]
        if len({len(line) for line in lines}) != 1:
            raise ValueError("the map's lines must all have the same length")
        found: dict[str, list[Cell]] = {kind: [] for kind in "SG#~."}
        for row, line in enumerate(lines):
            for column, kind in enumerate(line):
                if kind not in found:
                    raise ValueError(f"line {row + 1} of the map contains {kind!r}; allowed are S G # ~ and .")
                found[kind].append(Cell(row, column))
        if len(found["S"]) != 1 or len(found["G"]) != 1:
            raise ValueError(f"the map needs one S and one G, found {len(found['S'])} and {len(found['G'])}")
        return cls(
            rows=len(lines),
            columns=len(lines[0]),
            start=found["S"][0],
            goal=found["G"][0],
            walls=frozenset(found["#"]),
            puddles=frozenset(found["~"]),
        )

    def is_open(self, cell: Cell) -> bool:
        """Return whether a robot can enter the cell."""
        return 0 <= cell.row < self.rows and 0 <= cell.column < self.columns and cell not in self.walls

    def move(self, cell: Cell, direction: Direction) -> Outcome:
        """Move one cell; at a wall or the edge the robot stays, and the move still costs."""
        down, right = _STEP[direction]
        target = Cell(cell.row + down, cell.column + right)
        bumped = not self.is_open(target)
        if bumped:
            target = cell
        reward = MOVE_REWARD
        if target in self.puddles:
            reward += PUDDLE_REWARD
        if target == self.goal:
            reward += GOAL_REWARD
        return Outcome(cell=target, reward=reward, bumped=bumped, at_goal=target == self.goal)


GARDEN = Grid.from_text(
    """
    S..#..
    .#....
    ...~#.
    .#.~..
    .....#
    #..~.G
    """
)
"""The map of this study."""
