/** What an account is told of. */
export type NotificationKind =
  | 'welcome'
  | 'receipt'
  | 'payment_failed'
  | 'canceled'
  | 'number_provisioned'
  | 'number_released'

export type Channel = 'email' | 'sms'

/**
 * `sending` is written before the provider is called: found so later, it may have gone out already. `failed` is
 * final: the provider refused it, or never took it.
 */
export type NotificationStatus = 'pending' | 'sending' | 'sent' | 'failed'

/** One message on one channel, as it was written when its cause happened. */
export type Notification = {
  accountId: string
  notificationId: string
  /** What made it necessary: one message per cause, kind and channel. */
  cause: string
  kind: NotificationKind
  channel: Channel
  recipient: string
  subject: string | null
  bodyText: string
  bodyHtml: string | null
  status: NotificationStatus
  /** Of a mail, with its brackets: the same however often it is sent. */
  messageId: string
  providerId: string | null
  attemptCount: number
  lastError: string | null
  createdAt: Date
  sentAt: Date | null
}

/** What happened, as the facts tell it. */
export type Happening =
  | { kind: 'welcome'; data: { subscriptionId: string; numbers: string[] } }
  | { kind: 'receipt'; data: { paymentId: string } }
  | {
      kind: 'payment_failed'
      data: { stripeInvoiceId: string; attempt: number; amountCents: string; currency: string }
    }
  | { kind: 'canceled'; data: { subscriptionId: string } }
  | { kind: 'number_provisioned'; data: { numberId: string; isLate: boolean } }
  | { kind: 'number_released'; data: { numberId: string } }

/** The same happening has the same cause, however often it is reported. */
export function causeOf(happening: Happening): string {
  switch (happening.kind) {
    case 'welcome':
    case 'canceled':
      return happening.data.subscriptionId
    case 'receipt':
      return happening.data.paymentId
    case 'payment_failed':
      return `${happening.data.stripeInvoiceId}:${happening.data.attempt}`
    case 'number_provisioned':
    case 'number_released':
      return happening.data.numberId
  }
}

/** How often a message is tried. The queue's waits between them add up to about nine hours. */
export const ATTEMPTS_MAX = 10
