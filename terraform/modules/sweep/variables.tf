variable "name" {
  description = "Name of the deployment; the rule is <name>_sweep_sessions."
  type        = string
}

variable "function" {
  description = "The sweeper's function."
  type        = object({ arn = string, function_name = string })
}

variable "minutes" {
  description = "Minutes between two sweeps: one sweep marks what outlived its session, the next one deletes it."
  type        = number
  default     = 5

  validation {
    # At most 360: an event may wait as long as the interval, and Lambda keeps it for at most six
    # hours (MaximumEventAgeInSeconds, 60 to 21,600 s).
    condition     = var.minutes >= 1 && var.minutes <= 360 && floor(var.minutes) == var.minutes
    error_message = "minutes must be a whole number from 1 to 360 (six hours)."
  }
}
