import type { Tx } from '../../lib/db.ts'
import { enqueueWork } from '../../lib/queue.ts'
import type { PhoneNumber } from './number.ts'
import { startRelease } from './writes.ts'

/**
 * Puts a number on its way back to Twilio, claims included: whether a claim was bought after all is looked up there.
 * `twilioSid` is given where a purchase that came too late has just told it.
 */
export async function giveUpNumber(tx: Tx, number: PhoneNumber, twilioSid?: string): Promise<void> {
  const { accountId, numberId } = number
  await startRelease(tx, number, twilioSid)
  await enqueueWork(tx, { verb: 'numbers.release', payload: { accountId, numberId }, key: numberId })
}
