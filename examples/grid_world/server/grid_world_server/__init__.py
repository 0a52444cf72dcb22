"""The grid world study's server: one participant teaches one robot.

    environment   the world: cells, walls, puddles, a goal; pure
    robot         the learner: its preferences, and how the participant's help changes them; pure
    game          one participant's game: episodes, score, help budget; pure; all rules are here
    protocol      reads and writes the game connection's messages
    picture       draws the world as a base64 JPEG
    recorder      stores events under `{projectId}/Trials/{userId}/`
    settings      reads the environment variables
    tls           loads the certificate and its key: pages served over https require TLS
    server        the WebSocket, the clock, and the reasons to exit

For another study, replace `environment`, `robot` and `game`.
"""
