"""CloudFront in front of participants' servers, for the edge route (docs/connection.md).

function      runs the CloudFront Function's own file, in Node (run_function.mjs)
distribution  sends a request of /game/* where the function says, as CloudFront does, with its faults
route         puts a local cloud's deployment on the edge route
"""
