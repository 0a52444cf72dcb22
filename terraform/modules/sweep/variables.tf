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
    # 360: an event waits for as long as the interval, and Lambda keeps one for six hours at most
    # (MaximumEventAgeInSeconds, 60 to 21,600 s).
    condition     = var.minutes >= 1 && var.minutes <= 360 && floor(var.minutes) == var.minutes
    error_message = "minutes must be a whole number from 1 to 360 (six hours)."
  }
}
