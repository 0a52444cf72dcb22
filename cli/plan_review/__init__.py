"""The review that a person reads before a plan is applied: pure functions of the plan's JSON.

changes        the plan's JSON as plain objects, with every sensitive value masked
configuration  what a resource's block sets, and what its expressions refer to
settings       the texts in a resource's settings, with documents in JSON opened
names          readable names of resources
networks       ranges of addresses: which of them are as wide as the internet
differences    the settings of a resource that change
permissions    the policies, before and after
public         the resources that are open to the internet, before and after
data           data at risk, and the losses that `make deploy` refuses
expiring       the objects that a bucket's lifecycle rules delete, before and after
removals       what is destroyed or replaced, and what hangs on it
places         the places outside the deployment that settings name
destinations   the places that something new, replaced or changed leads to
protection     protection that is taken away
code           the bundle's hash, and the functions whose code changes
other_code     layers, images, wrappers, commands and modules that run besides the bundle
costs          the monthly cost of the plan's resources
drift          what was changed outside Terraform, without Terraform's own work
points         the points at the top of the page: one for each cause, the dangerous ones first
verdict        the headline, and everything that makes a point
listing        the section that lists every resource that changes
sections       the other sections of the page
page           the page as Markdown
markdown       lists, tables and folds of Markdown
"""
