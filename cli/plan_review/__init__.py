"""The page that a person reads before a plan is applied: pure functions of the plan's JSON.

changes      the plan's JSON as plain objects, with every sensitive value masked
names        what a person calls a resource
differences  which settings of a resource change
permissions  who may do what, before and after
public       what is open to the internet, before and after
data         data at risk, and what `make deploy` refuses
expiring     which objects a bucket's lifecycle rules delete, before and after
code         the bundle's hash, and the functions that it changes
costs        what the plan's resources cost a month
sections     the sections of the page
page         the page as Markdown
markdown     lists, tables and folds of Markdown
"""
