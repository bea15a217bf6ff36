import type { Database } from '../../lib/db.ts'
import { enqueueFact } from '../../lib/queue.ts'
import type { TwilioPort } from '../../providers/twilio/port.ts'
import { friendlyNameOf, type PhoneNumber } from './number.ts'
import { numberOf } from './reads.ts'
import { finishRelease } from './writes.ts'

export type ReleaseDeps = { db: Database; twilio: Pick<TwilioPort, 'findOwned' | 'releaseNumber'> }

/**
 * Gives a number that is on its way out back to Twilio, by its SID. Repeatable: one that is gone there counts as
 * released, and only the run that sees it end here says so.
 *
 * @throws {ProviderUnavailable} so that the queue tries again.
 */
export async function release(
  { db, twilio }: ReleaseDeps,
  { accountId, numberId }: { accountId: string; numberId: string },
): Promise<void> {
  const number = await db.tenant(accountId, (tx) => numberOf(tx, accountId, numberId))
  if (number?.status !== 'releasing') return
  const sid = number.twilioSid ?? (await sidOfClaim(twilio, number))
  if (sid !== undefined) await twilio.releaseNumber(sid)
  await db.tenant(accountId, async (tx) => {
    if (!(await finishRelease(tx, number)) || number.ownedAt === null) return
    const payload = { numberId, e164: number.e164 }
    await enqueueFact(tx, { name: 'number.released', accountId, key: numberId, payload })
  })
}

async function sidOfClaim(twilio: ReleaseDeps['twilio'], claim: PhoneNumber): Promise<string | undefined> {
  const owned = await twilio.findOwned(claim.e164)
  return owned?.friendlyName === friendlyNameOf(claim.orderId) ? owned.sid : undefined
}
