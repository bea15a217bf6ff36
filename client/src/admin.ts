import type { AccessState } from './account.ts'
import type { SubscriptionStatus } from './billing.ts'

export type AccountRow = {
  id: string
  externalId: string
  name: string
  email: string
  plan: string | null
  status: SubscriptionStatus | null
  access: AccessState
  createdAt: string
}

/** One thing that happened to an account. */
export type TimelineEntry = {
  at: string
  type: string
  description: string
  amountCents?: number
  currency?: string
  object?: string
}

/** `waiting`: for something that is not known yet; `ignored`: of a type that says nothing to us. */
export type InboxStatus = 'received' | 'waiting' | 'handled' | 'ignored' | 'dead'
export type NotificationStatus = 'pending' | 'sending' | 'sent' | 'failed'

/** An inbound webhook as it was received, and what became of it. */
export type InboxRow = {
  id: string
  source: string
  externalId: string
  type: string
  status: InboxStatus
  attempts: number
  error: string | null
  occurredAt: string | null
  receivedAt: string
  handledAt: string | null
  accountId: string | null
}

export type NotificationRow = {
  id: string
  accountId: string | null
  kind: string
  channel: 'email' | 'sms'
  to: string
  subject: string | null
  status: NotificationStatus
  createdAt: string
  sentAt: string | null
  error: string | null
}
