"""An AWS account on this machine: ministack, and what it lacks for our stacks.

It runs with packages of its own, which requirements/emulator.txt pins.
What the emulator says of health, IAM, security groups and routes proves nothing: it evaluates none of them.
"""
