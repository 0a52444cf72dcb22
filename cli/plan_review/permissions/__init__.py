"""Who may do what, before and after.

statements  a policy's statements as sets, and which statement covers which
comparison  what a changed policy newly allows, and what it no longer allows
documents   the policies of a plan, including those that are partly unknown until the apply
wording     statements and differences as sentences
"""
