"""What the command-line packages share. It imports none of them.

console       all output to the terminal: results, warnings, questions, progress
reading       JSON and YAML from outside, within limits
errors        the error that ends a command, with what to do about it
aws_errors    errors of AWS as messages, for researchers and for infra teams
parallel      one function on many items, in threads
words         numbers, durations, dates and amounts as people read them
prices        what a server costs, from a dated table of list prices
task_sizes    the sizes of a Fargate task
names         names that the Terraform root gives
"""
