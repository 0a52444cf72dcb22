"""The connection of a participant's page.

protocol   reads a page's messages, of all generations; pure
messages   writes the server's messages; pure
pictures   encodes frames
admission  decides whose page may play
path       checks the path of a request on the edge route; pure
client     one page's connection: texts in order, and of frames only the newest
seat       the participant's current connection, and the time without one
session    applies messages to the play, and describes its state; no socket
listening  the options of the listening port
waiting    a warm server, before it has a participant
server     the WebSocket, the clock, and the reasons to exit
leaving    saving the record, within limits, while the store is away
"""
