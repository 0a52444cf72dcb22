"""Who may do what, before and after, in words.

statements   a policy's statements as sets, and what covers what
comparison   what of a policy became wider or narrower
documents    the policies of a plan, also those that are only known in part
wording      statements and differences as sentences
"""
