"""The grid world study's server: one participant teaches one robot.

    environment   the world: cells, walls, puddles, a goal; pure
    robot         the learner: what it prefers to do where, and what it makes of the participant's help; pure
    game          one participant's play: episodes, score, help budget; pure, and the only place with rules
    protocol      the game connection's messages, read and built
    picture       the world drawn as a base64 JPEG
    recorder      what happened, kept under `{projectId}/Trials/{userId}/`
    settings      what the environment variables say
    tls           the certificate and its key, without which no page that comes over https can connect
    server        the WebSocket, the clock, and when to leave

To make another study of it, replace `environment`, `robot` and `game`; the rest can stay.
"""
