"""Removes the data of participants after the retention of their study (`retainDays`).

rounds      goes through all studies, one page of one study in each turn
looking     finds what of a page is due
removing    removes one participant's data, and goes on with it after a crash
schedule    which studies have a retention, and how far a round has come
"""
