"""Writes the files of a new study: `hippo init`.

asking   asks for what the command line does not say
writing  fills in the files of `template/`, and writes all of them or none
"""
