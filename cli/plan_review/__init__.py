"""The review that a person reads before a plan is applied: pure functions of the plan's JSON.

changes      the plan's JSON as plain objects, with every sensitive value masked
names        readable names of resources
differences  the settings of a resource that change
permissions  the policies, before and after
public       the resources that are open to the internet, before and after
data         data at risk, and the losses that `make deploy` refuses
expiring     the objects that a bucket's lifecycle rules delete, before and after
code         the bundle's hash, and the functions whose code changes
costs        the monthly cost of the plan's resources
sections     the sections of the page
page         the page as Markdown
markdown     lists, tables and folds of Markdown
"""
