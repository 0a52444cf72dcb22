"""One module for each command, `command` in each: named in hippo_deploy.main."""
