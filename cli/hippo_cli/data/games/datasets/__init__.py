"""`hippo export -f minari | d3rlpy | imitation`: whole episodes, as libraries for offline learning load them.

writing      opens the data sets of an export, one for each block and environment
minari       a data set of Minari
d3rlpy       a file of d3rlpy's ReplayBuffer
imitation    a folder of imitation's trajectories
episodes     gathers the rows of an episode, and decides whether its record is whole
lookup       the spaces of an episode: recorded, gymnasium's, or guessed
spaces       the spaces of observations and actions, and values as arrays of them
"""
