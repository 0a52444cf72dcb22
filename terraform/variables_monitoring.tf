# ------------------------------------------------------------------------------------------------------ monitoring

variable "alarm_emails" {
  description = "E-mail addresses that alarms go to, once their owners have confirmed the message that AWS sends first. For a chat or a pager, subscribe it to the output alarm_topic_arn, or set alarm_topic_arn."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "alarm_emails must be e-mail addresses."
  }
}

variable "alarm_topic_arn" {
  description = "Your SNS topic for alarms. Its policy must allow cloudwatch.amazonaws.com to publish, and with monthly_budget also budgets.amazonaws.com. Null: Terraform creates the topic <name>_alarms."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null || can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.alarm_topic_arn))
    error_message = "alarm_topic_arn must be the ARN of a topic, such as arn:aws:sns:<region>:<account id>:on_call."
  }

  validation {
    condition     = var.alarm_topic_arn == null || length(var.alarm_emails) == 0
    error_message = "alarm_emails cannot be used with alarm_topic_arn: they subscribe to the topic that Terraform creates. Subscribe the addresses to your own topic instead."
  }

  validation {
    # CloudWatch refuses another Region: "Invalid region … specified. Only … is supported."
    condition     = var.alarm_topic_arn == null ? true : try(split(":", var.alarm_topic_arn)[3] == var.region, false)
    error_message = "alarm_topic_arn must be a topic in ${var.region}: an alarm publishes in its own Region only. Create a topic there, and subscribe the people on call to it."
  }
}

variable "alarms" {
  description = "Create the alarms. Each one costs money (docs/operate.md): a test deployment can do without."
  type        = bool
  default     = true
  nullable    = false

  validation {
    # Here and not with max_sessions, whose own rule must not wait for those of other variables.
    condition     = var.max_sessions != 0 || (var.alarms && (length(var.alarm_emails) > 0 || var.alarm_topic_arn != null))
    error_message = "max_sessions = 0 without an alarm address: nothing would limit what servers cost, and no person would get an alarm. Set max_sessions (the default is 50), or keep alarms = true and set alarm_emails or alarm_topic_arn."
  }
}

variable "dashboard" {
  description = "Create the dashboard <name>."
  type        = bool
  default     = true
  nullable    = false
}

variable "alarm_thresholds" {
  description = "Thresholds of the alarms. In five minutes: function_errors of a function, retried_function_errors of start_server and stop_server (which Lambda retries), throttles, failed_requests (5xx; \"try again\"). In an hour: start_failures. In 15 minutes: seconds_to_ready (p95). In a sweep: orphans. sessions_percent of max_sessions. server_hours_a_day of all sessions together: limits what a mistake can cost."
  type = object({
    function_errors         = optional(number, 1)
    retried_function_errors = optional(number, 5)
    throttles               = optional(number, 5)
    failed_requests         = optional(number, 5)
    start_failures          = optional(number, 3)
    seconds_to_ready        = optional(number, 180)
    sessions_percent        = optional(number, 80)
    orphans                 = optional(number, 1)
    server_hours_a_day      = optional(number, 100)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for threshold in values(var.alarm_thresholds) : threshold > 0]) && var.alarm_thresholds.sessions_percent <= 100
    error_message = "Each of alarm_thresholds must be above 0, and sessions_percent at most 100."
  }
}

variable "monthly_budget" {
  description = "AWS Budgets budget in USD a month, with alarms at 80 % and 100 % of it and when AWS forecasts more than 100 %. It counts resources with the tag Deployment, which must be active as a cost allocation tag (docs/alarms.md), or with whole_account the whole account. Without usd: 200 if alarm_emails holds an address, no budget otherwise. usd = 0: no budget; the alarm on server hours works in either case."
  type = object({
    usd           = optional(number)
    whole_account = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.monthly_budget.usd == null ? true : var.monthly_budget.usd >= 0
    error_message = "monthly_budget.usd must be above 0, or 0 for no budget."
  }
}

variable "runbook_url" {
  description = "Address where your team reads docs/alarms.md: each alarm's text ends in this address and the anchor of its entry."
  type        = string
  default     = "docs/alarms.md"
  nullable    = false

  validation {
    condition     = !strcontains(var.runbook_url, "#") && length(var.runbook_url) <= 300
    error_message = "runbook_url must be an address without an anchor (#) and of at most 300 characters."
  }
}

variable "tracing" {
  description = "Trace requests with X-Ray through functions, topics and tasks."
  type        = bool
  default     = true
  nullable    = false
}

variable "xray_resource_policy" {
  description = "Create an X-Ray resource policy that allows the session topics to send their part of a trace. An account can have five such policies in a Region: set false if one of yours admits the topics, or if all five are in use. The functions need no such policy."
  type        = bool
  default     = true
  nullable    = false
}
