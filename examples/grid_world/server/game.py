"""The game of the study: `hippo preview` plays it, and the container serves it."""

import os

from garden import MOST_MOVES, Garden
from hippo_play import Binary, Game
from robot import Robot

HELP = 60  # how often the participant may help: each Good, each Bad and each move counts one

robot = Robot(os.environ.get("HIPPO_SESSION_ID"))

game = Game(
    Garden,
    keys_to_action={"ArrowLeft": 0, "ArrowRight": 1, "ArrowUp": 2, "ArrowDown": 3, "a": 0, "d": 1, "w": 2, "s": 3},
    fps=2,
    episodes=3,
    start_each_episode=False,
    policy=robot,
    feedback=Binary(),
    budget=HELP,
    instructions=[
        "Help the robot to the orange goal.",
        "Press Start. Press Good or Bad to judge its last move.",
        "Hold an arrow key, or W, A, S or D, to make its moves.",
    ],
    display=lambda state: {
        "Round": f"{state.episode} of {state.last_episode}",
        "Moves": f"{state.step} of {MOST_MOVES}",
        "Score": int(state.score),
        "Help left": max(0, HELP - robot.helped),
        "Speed": f"{state.fps} moves per second",
    },
    record=["observation", "info"],
)
