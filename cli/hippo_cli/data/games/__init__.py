"""`hippo export --games`: what happened in the games, as tables of steps, episodes and feedback.

exporting   fetches the records and writes the tables
trials      the records of a study, copied into the export's folder; later runs fetch only new ones
reading     turns the events of one session into rows
datasets    the same as data sets of Minari, d3rlpy and imitation
columns     the columns of the tables
"""
