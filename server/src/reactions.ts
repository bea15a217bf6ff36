/**
 * What follows what. A verb that made a fact true says so in its own transaction and ends; this table says what
 * happens next, each row as a job of its own, so that a mail that fails never repeats a billing step.
 */
export type Reaction = { when: string; follows: string; why: string }

export const reactions: readonly Reaction[] = [
  {
    when: 'subscription.activated',
    follows: 'numbers.provisionIncluded',
    why: 'a plan can come with numbers',
  },
  { when: 'subscription.activated', follows: 'history.record', why: 'the account sees when it began' },
  {
    when: 'numbers.settled',
    follows: 'notifications.welcome',
    why: 'the welcome names the number, so it waits for it',
  },
  {
    when: 'number.provisioned',
    follows: 'notifications.numberProvisioned',
    why: 'a number that came after the welcome',
  },
  { when: 'number.provisioned', follows: 'history.record', why: 'the account sees its numbers come' },
  {
    when: 'number.released',
    follows: 'notifications.numberReleased',
    why: 'nobody should be called there any more',
  },
  { when: 'number.released', follows: 'history.record', why: 'the account sees its numbers go' },
  { when: 'payment.succeeded', follows: 'notifications.receipt', why: 'who paid gets a receipt' },
  { when: 'payment.succeeded', follows: 'history.record', why: 'the account sees what it paid' },
  {
    when: 'payment.failed',
    follows: 'notifications.paymentFailed',
    why: 'somebody must do something about it',
  },
  { when: 'invoice.finalised', follows: 'overage.finalise', why: 'what stands on it cannot change any more' },
  { when: 'overage.sealed', follows: 'invoices.sync', why: 'our copy shows the lines that were put on it' },
  {
    when: 'subscription.ended',
    follows: 'numbers.releaseAll',
    why: 'numbers cost money as long as they are held',
  },
  { when: 'subscription.ended', follows: 'notifications.canceled', why: 'the account hears that it ended' },
  { when: 'subscription.ended', follows: 'history.record', why: 'the account sees when it ended' },
]
