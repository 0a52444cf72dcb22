"""`hippo replay`: plays a participant's game again, compares it with the record, and shows it.

finding   the study on this machine, and the participant's record: of the deployment, or of a folder
playing   runs hippo_play in the study's Python, which steps, compares and draws
serving   HTTP on this machine: the page, the time line, the pictures
video     the pictures as an MP4 file
words     the result in words, for the terminal

`page/` is the page: the picture, the time line of keys and judgements, and its controls.
"""
