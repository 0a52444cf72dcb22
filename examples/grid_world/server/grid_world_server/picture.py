"""Draws the world.

Objects differ in shape and colour, so that colour-blind participants can distinguish them.
"""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageDraw

from .environment import Cell, Grid

CELL_PIXELS = 64
_MARGIN = CELL_PIXELS // 8

_PAPER, _LINE = "#f7f4ec", "#cfc8b8"
_WALL, _PUDDLE, _GOAL, _ROBOT, _INK = "#4a4a4a", "#56b4e9", "#e69f00", "#0072b2", "#1b1b1b"


def size(grid: Grid) -> tuple[int, int]:
    """Return the picture's width and height, in pixels."""
    return grid.columns * CELL_PIXELS, grid.rows * CELL_PIXELS


def draw(grid: Grid, robot: Cell) -> str:
    """Draw the world with the robot: a JPEG, base64, without prefix."""
    image = Image.new("RGB", size(grid), _PAPER)
    canvas = ImageDraw.Draw(image)
    for row in range(grid.rows):
        for column in range(grid.columns):
            canvas.rectangle(_box(Cell(row, column)), outline=_LINE)
    for wall in grid.walls:
        canvas.rectangle(_box(wall), fill=_WALL)
    for puddle in grid.puddles:
        _draw_puddle(canvas, puddle)
    _draw_goal(canvas, grid.goal)
    _draw_robot(canvas, robot)
    file = io.BytesIO()
    image.save(file, format="JPEG", quality=70)
    return base64.b64encode(file.getvalue()).decode("ascii")


def _box(cell: Cell, margin: int = 0) -> tuple[int, int, int, int]:
    left, top = cell.column * CELL_PIXELS, cell.row * CELL_PIXELS
    return left + margin, top + margin, left + CELL_PIXELS - 1 - margin, top + CELL_PIXELS - 1 - margin


def _draw_puddle(canvas: ImageDraw.ImageDraw, cell: Cell) -> None:
    left, top, right, bottom = _box(cell, _MARGIN)
    canvas.ellipse((left, top, right, bottom), fill=_PUDDLE)
    for wave in (1, 2, 3):
        y = top + wave * (bottom - top) // 4
        canvas.arc((left + 2 * _MARGIN, y, right - 2 * _MARGIN, y + _MARGIN), 180, 360, fill=_INK, width=2)


def _draw_goal(canvas: ImageDraw.ImageDraw, cell: Cell) -> None:
    left, top, right, bottom = _box(cell, _MARGIN)
    centre = (left + right) // 2, (top + bottom) // 2
    canvas.polygon(
        [(centre[0], top), (right, centre[1]), (centre[0], bottom), (left, centre[1])],
        fill=_GOAL,
        outline=_INK,
    )


def _draw_robot(canvas: ImageDraw.ImageDraw, cell: Cell) -> None:
    left, top, right, bottom = _box(cell, 2 * _MARGIN)
    eye = _MARGIN // 2
    canvas.rounded_rectangle((left, top, right, bottom), radius=_MARGIN, fill=_ROBOT, outline=_INK, width=2)
    for x in (left + (right - left) // 3, left + 2 * (right - left) // 3):
        y = top + (bottom - top) // 3
        canvas.ellipse((x - eye, y - eye, x + eye, y + eye), fill="white")
    canvas.line((left + 2 * eye, bottom - 2 * eye, right - 2 * eye, bottom - 2 * eye), fill="white", width=3)
