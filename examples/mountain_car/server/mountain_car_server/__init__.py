"""The mountain car study's server: one participant drives one car up one hill.

    mountain    the world: gymnasium's MountainCar-v0 and its picture; the only module that knows gymnasium
    agent       where a lab's learning agent goes: what it is asked and what it is told
    game        one participant's play: rounds, score, who chooses each action; no clock, socket or file
    protocol    the game connection's messages, read and built; both generations of clients; pure
    controls    what a message does to the game, and what is shown of it
    trial       what happened, kept under `{projectId}/Trials/{userId}/`, whatever S3 does meanwhile
    seat        the participant's connection: one at a time, and whether they are gone
    server      the WebSocket, the clock, and when to leave
    trace       the time that it served, for X-Ray, which follows a request to here
    settings    what the environment variables say
    tls         the certificate and its key, without which no page that comes over https can connect

To make another study of it, replace `mountain`, and what `game` and `controls` say of rounds and cars; the rest can
stay.
"""
