"""Sends simulated participants through a study: `hippo rehearse`.

    running      many participants, some at a time
    walk         one participant: reads and answers each page, waits for the server, plays, continues
    report       what went wrong, on the terminal and as JSON
    player       plays the game at random, over its WebSocket
    next_client  one participant's requests to `/next`
    forms        fills in a page's form, by the types of its fields
    places       where the study is: a link to a deployment's page, or a preview on this machine

They know no study and no game: they see what a participant's browser sees.
"""
