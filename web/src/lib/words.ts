import type {
  AccessState,
  InboxStatus,
  NotificationStatus,
  Payment,
  PhoneNumberStatus,
  Subscription,
  SubscriptionStatus,
} from 'tollgate-client'

export type Tone = 'neutral' | 'accent' | 'success' | 'warning' | 'danger'
export type Word = { text: string; tone: Tone }

/** A code read aloud, for one that no table here knows: "number_released" is "Number released". */
export const readAloud = (code: string): string => {
  const words = code.replaceAll(/[._-]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const unknown = (code: string): Word => ({ text: readAloud(code), tone: 'neutral' })

const subscriptionWords: Record<SubscriptionStatus, Word> = {
  active: { text: 'Active', tone: 'success' },
  trialing: { text: 'Trial', tone: 'accent' },
  past_due: { text: 'Payment overdue', tone: 'danger' },
  unpaid: { text: 'Unpaid', tone: 'danger' },
  paused: { text: 'Paused', tone: 'warning' },
  incomplete: { text: 'First payment open', tone: 'warning' },
  incomplete_expired: { text: 'Never paid', tone: 'neutral' },
  canceled: { text: 'Ended', tone: 'neutral' },
}

export const subscriptionWord = (subscription: Pick<Subscription, 'status' | 'cancelAtPeriodEnd'>): Word => {
  const { status, cancelAtPeriodEnd } = subscription
  if (cancelAtPeriodEnd && (status === 'active' || status === 'trialing'))
    return { text: 'Ending', tone: 'warning' }
  return subscriptionWords[status] ?? unknown(status)
}

export const statusWord = (status: SubscriptionStatus): Word => subscriptionWords[status] ?? unknown(status)

const accessWords: Record<AccessState, Word> = {
  full: { text: 'Full access', tone: 'success' },
  free: { text: 'Free plan', tone: 'neutral' },
  grace: { text: 'Grace period', tone: 'warning' },
  restricted: { text: 'Restricted', tone: 'danger' },
  suspended: { text: 'Suspended', tone: 'danger' },
  none: { text: 'No plan', tone: 'neutral' },
}

export const accessWord = (state: AccessState): Word => accessWords[state] ?? unknown(state)

const paymentWords: Record<Payment['status'], Word> = {
  draft: { text: 'In preparation', tone: 'neutral' },
  open: { text: 'Open', tone: 'warning' },
  paid: { text: 'Paid', tone: 'success' },
  uncollectible: { text: 'Given up', tone: 'danger' },
  void: { text: 'Voided', tone: 'neutral' },
}

export const paymentWord = ({
  status,
  refundedCents,
  amountCents,
}: Pick<Payment, 'status' | 'refundedCents' | 'amountCents'>): Word => {
  if (refundedCents > 0)
    return { text: refundedCents >= amountCents ? 'Refunded' : 'Partly refunded', tone: 'neutral' }
  return paymentWords[status] ?? unknown(status)
}

const reasons: Record<string, string> = {
  subscription_create: 'First invoice',
  subscription_cycle: 'Renewal',
  subscription_update: 'Plan change',
  subscription_threshold: 'Use during the period',
  manual: 'One-off invoice',
}

export const reasonText = (reason: string): string => reasons[reason] ?? readAloud(reason)

const inboxWords: Record<InboxStatus, Word> = {
  received: { text: 'Received', tone: 'accent' },
  waiting: { text: 'Waiting', tone: 'warning' },
  handled: { text: 'Handled', tone: 'success' },
  ignored: { text: 'Not needed', tone: 'neutral' },
  dead: { text: 'Given up', tone: 'danger' },
}

export const inboxWord = (status: InboxStatus): Word => inboxWords[status] ?? unknown(status)

const notificationWords: Record<NotificationStatus, Word> = {
  pending: { text: 'Waiting', tone: 'accent' },
  sending: { text: 'On its way', tone: 'accent' },
  sent: { text: 'Sent', tone: 'success' },
  failed: { text: 'Failed', tone: 'danger' },
}

export const notificationWord = (status: NotificationStatus): Word =>
  notificationWords[status] ?? unknown(status)

const numberWords: Record<PhoneNumberStatus, Word> = {
  claimed: { text: 'On its way', tone: 'accent' },
  active: { text: 'In use', tone: 'success' },
  releasing: { text: 'Being released', tone: 'warning' },
  released: { text: 'Released', tone: 'neutral' },
}

export const numberWord = (status: PhoneNumberStatus): Word => numberWords[status] ?? unknown(status)

const playedWords: Record<string, string> = {
  'checkout.expire': 'A checkout ran out',
  'delivery.retry': 'A webhook was sent again',
  'invoice.finalize': 'An invoice was finalised and charged',
  'invoice.retry': 'A failed payment was tried again',
  'subscription.expire': 'A subscription ended that was never paid',
  'subscription.trial_will_end': 'The end of a trial was announced',
  'subscription.turn': 'A subscription went into its next period',
  'twilio.call.rate': 'Twilio set the price of a call',
  'twilio.message.step': 'A message went a step further',
  'subscription.upcoming': 'The next invoice was announced',
}

export const playedText = (what: string): string => playedWords[what] ?? readAloud(what)
