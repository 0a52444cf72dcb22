"""A study in the browser, from its folder, as a participant will see it. AWS is not needed, and is not asked.

stage          the study in a bucket in memory, and the product's own `visits` over it; its servers are ready at once
watching       tells when a file of the study has changed
server         HTTP on this machine: the preview's page, a participant's page, `/next`
page/          the bar: steps, groups, what is wrong, what was answered
placeholder    a game's server that only says that the game would be here
participant/   the product's participant page, shown inside: `frontend/`, put here when the package is built
"""
