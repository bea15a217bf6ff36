import type { Database } from '../lib/db.ts'
import type { StripePort } from '../providers/stripe/port.ts'
import { receiveStripeEvent } from './receive.ts'

/** Events are kept for 30 days at Stripe; a backlog longer than this is caught up in several rounds. */
const EVENTS_MAX = 10_000

/**
 * Takes in the events that Stripe could not deliver (we were down, or the answer was lost), as if they had come.
 * What the inbox has already changes nothing. Answers how many were new.
 */
export async function catchUp({
  db,
  stripe,
}: {
  db: Database
  stripe: Pick<StripePort, 'undeliveredEvents'>
}): Promise<number> {
  let caught = 0
  for (const { event, body } of await stripe.undeliveredEvents(EVENTS_MAX)) {
    const { isNew } = await receiveStripeEvent({ db }, { event, body })
    if (isNew) caught++
  }
  return caught
}
