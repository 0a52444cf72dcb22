variable "name" {
  description = "Name of the deployment; the rule is <name>_sweep_sessions."
  type        = string
}

variable "function" {
  description = "The function that sweeps."
  type        = object({ arn = string, function_name = string })
}

variable "minutes" {
  description = "Minutes between two sweeps: one marks what outlives its session, the next clears it."
  type        = number
  default     = 5

  validation {
    condition     = var.minutes >= 1 && var.minutes <= 60 && floor(var.minutes) == var.minutes
    error_message = "minutes must be a whole number from 1 to 60."
  }
}
