"""The certificate of the participants' servers: got and renewed by ACME (RFC 8555), without a person.

A bundle of its own holds this package and `hippo_gym.runtime`, the only part of hippo_gym that it
imports. A module imports only from the modules below it:

    wiring        assembles a run from the function's settings
    renewal       one run: looks whether a renewal is due, and carries it out
    authority     the CA, through the library acme
    vault         the two secrets, and the copies in the bucket
    zone          the _acme-challenge records in the hosted zone
    challenge     which texts those records hold; pure
    orders        what an order needs next; pure
    plan          when a certificate is to be renewed; pure
    certificates  keys, requests and certificates in PEM
    settings      the function's environment variables
"""
