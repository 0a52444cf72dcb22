"""Serves an App of HIPPO Gym's last generation, whose trial.py connects to an address instead of listening.

__main__   from the environment variables to the exit status
bridge     listens; starts a trial for each connection, and copies texts both ways
trial      checks an App's files, starts its trial.py, and stores what it wrote
run_trial  in the App's own Python: runs trial.py, connected to the bridge instead of its address
"""
