"""The permissions of a plan's policies, before and after.

statements  a policy's statements as sets, and whether one covers another
comparison  what a changed policy newly allows, and what it no longer allows
documents   the policies of a plan, including those that are partly unknown until the apply
wording     statements and differences as sentences
"""
