"""The mountain car study's server: one participant drives one car up one hill.

    mountain    the world: gymnasium's MountainCar-v0 and its picture; the only module that imports gymnasium
    agent       the interface of a lab's learning agent
    game        one participant's game: rounds, score, the source of each action; no clock, socket or file
    protocol    reads and writes the game connection's messages, of both generations of clients; pure
    controls    applies messages to the game, and describes its state
    trial       stores events under `{projectId}/Trials/{userId}/`; waits while S3 fails
    seat        the participant's current connection, and the time without one
    server      the WebSocket, the clock, and the reasons to exit
    trace       sends the server's running time to X-Ray
    settings    reads the environment variables
    tls         loads the certificate and its key: pages served over https require TLS

For another study, replace `mountain`, and the rounds and the car in `game` and `controls`.
"""
