"""Judges an environment's settings as a whole, before any command runs terraform on the deployment.

values      the values of a tfvars file, each with its line
trees       reads HCL with python-hcl2, and describes its trees
tfvars      reads a tfvars file: its settings, and the lines that cannot be read
types       the types of Terraform's variables
variables   reads the variables that terraform/variables*.tf declare
nearest     finds the known name that a misspelled name probably means
faults      one fault of the settings: its place and its sentence
names       finds settings and attributes that do not exist, are missing or are set twice
fitting     finds values that do not fit the type of their setting
elsewhere   finds settings in places that the commands do not read: the shell, other files
evaluating  evaluates the variables with terraform, with defaults and validation rules
judging     brings all of it together: every fault at once, above Terraform's own text
region      finds out whether `region` differs from where the deployment is
"""
