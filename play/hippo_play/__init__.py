"""Let people play, watch and teach a gymnasium environment in their browser.

    >>> from hippo_play import Game
    >>> game = Game("LunarLander-v3", fps=30, episodes=5)

`python -m hippo_play game.py` serves it. The modules:

    game          what a researcher says, checked at once: every fault with its fix
    faults        errors of a researcher's own code, as problems with a fix
    loading       finds the games that a target names: game.py, an id, config.yml
    blocks        makes a study's games ready for one participant: environment, policy, seed
    environments  gymnasium's environments, and old gym's, with one interface
    known         what people press in gymnasium's own environments
    keys          keys, and the actions that they stand for
    held          the keys that a participant holds
    play          one participant's play: READY → RUNNING ⇄ PAUSED → OVER; no clock, socket or file
    steps         what happened: steps, episodes, and the state between them
    feedback      how a participant judges: Good and Bad, or a scale
    policies      who acts while no key is held
    display       the figures beside the game
    instructions  the lines above the game
    recording     the record: parts, store, progress, replay
    connection    messages of all generations, seat, session, server
    serving       runs a server, from settings to exit status
    filming       plays a record again with pictures and a time line, for `hippo replay`
    checking      tries a game out and says what is wrong
    settings      reads the environment variables
    tls           loads the certificate and its key
    trace         sends the server's running time to X-Ray
    classic       serves an App folder of the original HIPPO Gym, unchanged
    plain         values of any library as JSON
"""

from .feedback import Binary, Scale
from .game import Game, GameError
from .policies import Policy
from .serving import serve
from .settings import conditions, groups
from .steps import Episode, State, Step

__version__ = "0.1.0"
__all__ = [
    "Binary",
    "Episode",
    "Game",
    "GameError",
    "Policy",
    "Scale",
    "State",
    "Step",
    "conditions",
    "groups",
    "serve",
]
