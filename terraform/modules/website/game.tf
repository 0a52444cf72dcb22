# The edge route: a function that sends the WebSocket of a signed path to a session's server. Its keys
# are in a store that `make deploy` fills, so that neither the state nor a plan holds one.

resource "aws_cloudfront_key_value_store" "game" {
  count = var.edge_route ? 1 : 0

  name    = "${var.name}_game"
  comment = "Keys of the signed paths of ${var.name}"
}

resource "aws_cloudfront_function" "game" {
  count = var.edge_route ? 1 : 0

  name                         = "${var.name}_game"
  comment                      = "Sends games of ${var.name} to their servers"
  runtime                      = "cloudfront-js-2.0"
  publish                      = true
  code                         = replace(file("${path.module}/game_route.js"), "{{root_domain}}", lower(var.root_domain))
  key_value_store_associations = [aws_cloudfront_key_value_store.game[0].arn]
}
