"""Who acts while the participant holds no key.

policy     the interface of a policy, and the face that each kind of policy gets
loading    a function, a `.py`, `.onnx` or `.zip` file, `random`, or one for each value of a condition
actor      asks a policy for actions: in the game's own thread, or in one that delays no frame
"""

from .actor import InlineActor, ThreadActor
from .loading import PolicyError, check, load
from .policy import Policy

__all__ = ["InlineActor", "Policy", "PolicyError", "ThreadActor", "check", "load"]
