"""Serves an `App` folder of the original HIPPO Gym, unchanged: its `agent.py` and the `trial:` part of its config.

    folder         load, game: from a folder to what the server plays
    configuration  reads `trial:` of config.yml or .trialConfig.yml
    agent          imports agent.py, and calls its start, step, render, reset and close
    environment    agent.py as an environment of this library
    old_gym        the part of `gym` that agent.py uses, made of gymnasium, where gym is not installed

`trial.py` and `communicator.py` are not used: this library takes their place.
"""

from .folder import game, load

__all__ = ["game", "load"]
