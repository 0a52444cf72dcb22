"""The page that a person reads before a plan is applied: pure functions of the plan's JSON.

changes        the plan's JSON as plain objects, with everything that is sensitive masked
names          what a person calls a resource
differences    which settings of a resource change
permissions/   who may do what, before and after, in words
public         what anybody may reach, and what they newly may
data           data at risk, and what `make deploy` refuses
expiring       what a bucket's lifecycle rules delete, now and afterwards
code           the bundle's hash, and which functions it touches
page           all of it as Markdown
"""
