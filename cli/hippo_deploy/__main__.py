"""`python -m hippo_deploy`."""

from hippo_deploy.main import main

main()
