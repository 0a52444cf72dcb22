"""The game of the study: gymnasium's MountainCar-v0, driven and judged by the participant."""

from hippo_play import Binary, Episode, Game, State

FLAG, VALLEY = 0.5, -0.52
"""Positions of the goal and of the lowest point."""

flags = 0


def count(episode: Episode) -> None:
    """Count the rounds that ended at the flag."""
    global flags
    flags += episode.terminated


def whereabouts(state: State) -> str:
    """Describe the picture, for participants who cannot see it or who use a low frame rate."""
    position, velocity = state.observation
    if position >= FLAG:
        return "at the flag"
    where = "left slope" if position < VALLEY - 0.05 else "right slope" if position > VALLEY + 0.05 else "valley"
    how = "hardly moving" if abs(velocity) < 0.001 else "rolling left" if velocity < 0 else "rolling right"
    return f"{where}, {how}"


game = Game(
    "MountainCar-v0",
    keys_to_action={"ArrowLeft": 0, "ArrowRight": 2, "a": 0, "d": 2},
    noop=1,
    fps=20,
    episodes=5,
    feedback=Binary(),
    instructions=[
        "Drive the car up to the flag on the right.",
        "Press Start. Hold ← or A to drive left, → or D to drive right.",
        "Press Good or Bad to judge what the car has just done.",
        "Each step costs a point. Press Start to begin each round.",
    ],
    display=lambda state: {
        "Round": f"{state.episode} of {state.last_episode}",
        "Steps": f"{state.step} of {state.most_steps}",
        "Score": int(state.score),
        "Flags reached": flags,
        "Car": whereabouts(state),
        "Speed": f"{state.fps} frames per second",
    },
    on_episode=count,
)
