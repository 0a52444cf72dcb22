"""The game of a study, which hippo_play serves in a child process, in the study's own Python.

preview_games  one server for each participant of a preview, restarted when a file is saved
checking       `hippo validate --game`: tries the game out, and returns its faults
server      one game server: a child process, its address and its log
missing     what an error of the child means: the package to install, in one sentence
image          `hippo submit` without a Dockerfile: the folder to build the image from
wheel       hippo_play as a wheel
pins        the packages that the image needs, each with its version
survey      a program for the study's Python: which packages are installed there
python         the Python to run the game with
files          the study's files that the game may read
"""
