"""The game of this study. `hippo preview` starts it again when this file is saved."""

from hippo_play import Game

game = Game(
    $env,  # or a function that makes your own environment: lambda: MyEnvironment(render_mode="rgb_array")
    episodes=3,
    # fps=30,
    # keys_to_action={"ArrowLeft": 0, "ArrowRight": 1},  # without it: the environment's own keys
    # policy="random",  # who acts while the participant holds no key
)
