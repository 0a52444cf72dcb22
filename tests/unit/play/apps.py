"""Repositories of the original framework: agents in the forms that its users have."""

from __future__ import annotations

from pathlib import Path

OLD_GYM = """
import gym

class Agent():
    resets = 0

    def start(self, game):
        self.env = gym.make(game)

    def step(self, action):
        observation, reward, done, info = self.env.step(action)
        return {'observation': observation, 'reward': reward, 'done': done, 'info': info, 'resets': Agent.resets}

    def render(self):
        return self.env.render('rgb_array')

    def reset(self):
        Agent.resets += 1
        self.env.reset()

    def close(self):
        self.env.close()
"""

OF_GYMNASIUM = """
import gymnasium

class CarAgent:
    def start(self, config):
        self.env = gymnasium.make(config['game'], render_mode='rgb_array')

    def step(self, action):
        observation, reward, terminated, truncated, info = self.env.step(action)
        return {'observation': observation, 'reward': reward, 'done': terminated or truncated}

    def render(self):
        return self.env.render()

    def reset(self):
        self.observation, _ = self.env.reset()

    def close(self):
        self.env.close()
"""

FUNCTIONS = """
import numpy as np

heard = []

class Rail:
    position = 0

def start(game):
    np.random.seed(0)
    return Rail()

def step(env, reward):
    heard.append(reward)
    env.position += 1
    return {'observation': [env.position], 'done': env.position == 40, 'action': 'right', 'heard': heard[-1]}

def render(env):
    return np.full((20, 30, 3), env.position, np.uint8)

def reset(env):
    env.position = 0

def close(env):
    return close(env)
"""

TRIAL = """
trial:
  game: MountainCar-v0
  actionSpace: [left, noop, right]
  maxEpisodes: 2
  startingFrameRate: 60
  ui: {left: True, right: True, start: True, pause: True, good: False, fpsUp: False}
"""

OWN_ENVIRONMENT = """
import gym
from gym import spaces
from gym.envs.registration import register
from gym.utils import seeding

class Line(gym.Env):
    def __init__(self, length):
        self.length, self.action_space = length, spaces.Discrete(2)

    def seed(self, seed=None):
        self.np_random, seed = seeding.np_random(seed)
        return [seed]

    def reset(self):
        self.at = 0
        return [self.at]

    def step(self, action):
        self.at += action
        return [self.at], 1.0, self.at == self.length, {}

    def render(self, mode='human'):
        import numpy
        assert mode == 'rgb_array'
        return numpy.zeros((8, 8, 3), numpy.uint8)

register(id='Line-v0', entry_point=Line, kwargs={'length': 9}, max_episode_steps=4)
"""


def app(folder: Path, agent: str, trial: str = TRIAL) -> Path:
    """Write a repository of the original framework; return its App folder."""
    (folder / "App").mkdir()
    (folder / "App" / "agent.py").write_text(agent)
    (folder / "config.yml").write_text(trial)
    return folder / "App"
