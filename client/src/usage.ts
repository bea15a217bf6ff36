/** `quantity` is positive and may be a decimal; give it as a string where a float would lose digits. */
export type UsageEvent = {
  id: string
  meter: string
  quantity?: number | string
  at?: string
  account?: string
  userId?: string
  entityType?: string
  entityId?: string
  costCents?: number | string
  metadata?: Record<string, unknown>
}

/** Durable when answered. `late` events belong to a period that is closed already. */
export type Tracked = { accepted: number; duplicates: number; late: number }

export type UsageQuestion = { meter: string; quantity?: number | string } | { feature: string }

export type Upgrade = { plan: string; url?: string; text?: string }

/** `limit` and `remaining` null: unlimited. `threshold` is the highest one reached, in percent. */
export type UsageAnswer = {
  allowed: boolean
  meter: string | null
  limit: number | null
  used: number
  reserved: number
  remaining: number | null
  percent: number | null
  threshold: number | null
  resetsAt: string | null
  reason?: string
  upgrade?: Upgrade | null
}

export type Consumed = UsageAnswer & { recorded: boolean }

/**
 * The current period in one answer; `period` is null before any plan. `costs` are major units as strings with two decimals; `limits` and
 * `overages` name the limited meters alone.
 */
export type UsageSummary = {
  period: { start: string; end: string } | null
  usage: Record<string, number>
  limits: Record<string, number | null>
  overages: Record<string, number>
  costs: Record<string, string>
}
