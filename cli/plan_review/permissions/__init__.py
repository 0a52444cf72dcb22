"""The permissions of a plan's policies, before and after.

statements  a policy's statements as sets, and whether one covers another
comparison  what a changed policy newly allows, and what it no longer allows
holders     what a policy belongs to, and whether both go together
documents   the policies of a plan, including those that are partly unknown until the apply
anyone      whether a policy admits anyone, judged by its conditions
wording     statements and differences as sentences
"""
