import { ProviderRefused, ProviderUnavailable } from '../../errors.ts'
import type { Database } from '../../lib/db.ts'
import { newId } from '../../lib/ids.ts'
import { NUMBER_INVALID, NUMBER_NOT_AVAILABLE } from '../../providers/twilio/errors.ts'
import type { AvailableNumber, OwnedNumber, TwilioPort } from '../../providers/twilio/port.ts'
import type { NumberOrder, Outcome, PhoneNumber } from './number.ts'
import { callbacksOf, friendlyNameOf, isBuyable, searchesFor } from './number.ts'
import { liveNumberOfOrder, lockWithSiblings, numberOf } from './reads.ts'
import { dropClaim, insertClaim } from './writes.ts'

export type BuyDeps = {
  db: Database
  twilio: Pick<TwilioPort, 'searchNumbers' | 'findOwned' | 'buyNumber'>
  publicUrl: string
}

/** So many numbers that were on sale a moment ago cannot all have gone by chance. */
const GONE_MAX = 5

/**
 * Buys the number of an order: claimed in our table first, then bought by exactly that number, then known by the
 * order's id in its name. Running it again, at once or after a crash, comes to the same number: an order has one
 * claim at a time, and Twilio sells one account the same number only once.
 */
export async function buyNumber(deps: BuyDeps, order: NumberOrder): Promise<Outcome> {
  const { db, twilio } = deps
  const claimed = await db.tenant(order.accountId, (tx) => liveNumberOfOrder(tx, order))
  if (claimed !== undefined) {
    const outcome = await acquire(deps, claimed)
    if (outcome !== 'gone') return outcome
  }
  let gone = 0
  const seen = new Set<string>()
  try {
    for (const search of searchesFor(order.preference)) {
      for (const candidate of await twilio.searchNumbers(search)) {
        if (seen.has(candidate.e164) || !isBuyable(candidate)) continue
        seen.add(candidate.e164)
        const claim = await claimFor(db, order, candidate)
        if (claim === 'ended') return { kind: 'ended' }
        if (claim === 'taken') continue
        const outcome = await acquire(deps, claim)
        if (outcome !== 'gone') return outcome
        gone += 1
        if (gone === GONE_MAX) {
          return {
            kind: 'none_found',
            error: `${gone} numbers in a row were sold to others before we could buy them`,
          }
        }
      }
    }
  } catch (error) {
    // Only the searches come here: nothing is being bought while they run.
    if (error instanceof ProviderRefused) return { kind: 'refused', error: error.message }
    if (error instanceof ProviderUnavailable) return { kind: 'not_asked', error: error.message }
    throw error
  }
  return { kind: 'none_found', error: 'Twilio has no number on sale that fits' }
}

/** The order's claim on this number; another run of the same order may have claimed one meanwhile, then that one. */
async function claimFor(
  db: Database,
  order: NumberOrder,
  number: AvailableNumber,
): Promise<PhoneNumber | 'taken' | 'ended'> {
  const { accountId, orderId } = order
  return db.tenant(accountId, async (tx) => {
    const current = (await lockWithSiblings(tx, accountId, orderId)).find((each) => each.orderId === orderId)
    if (current?.status !== 'pending') return 'ended'
    const existing = await liveNumberOfOrder(tx, order)
    if (existing !== undefined) return existing
    const numberId = newId('num')
    if (!(await insertClaim(tx, { accountId, orderId, numberId, number }))) return 'taken'
    return (await numberOf(tx, accountId, numberId)) as PhoneNumber
  })
}

/**
 * Makes a claimed number ours at Twilio. It looks first: an earlier try may have bought it without our hearing, and
 * buying a number that somebody beside us on the same Twilio account holds would take it from them.
 */
async function acquire(deps: BuyDeps, claim: PhoneNumber): Promise<Outcome | 'gone'> {
  const { db, twilio, publicUrl } = deps
  const dropped = () => db.tenant(claim.accountId, (tx) => dropClaim(tx, claim))
  const friendlyName = friendlyNameOf(claim.orderId)
  const isOurs = (owned: OwnedNumber | undefined) => owned?.friendlyName === friendlyName
  try {
    const before = await twilio.findOwned(claim.e164)
    if (before !== undefined && isOurs(before)) return bought(claim, before)
    if (before !== undefined) {
      await dropped()
      return 'gone'
    }
    return bought(
      claim,
      await twilio.buyNumber({ e164: claim.e164, friendlyName, ...callbacksOf(publicUrl) }),
    )
  } catch (error) {
    if (!(error instanceof ProviderRefused || error instanceof ProviderUnavailable)) throw error
    const after = await lookAgain(twilio, claim.e164)
    if (after === 'no answer') return { kind: 'unknown', error: error.message }
    if (after !== undefined && isOurs(after)) return bought(claim, after)
    if (error instanceof ProviderUnavailable) return { kind: 'unknown', error: error.message }
    await dropped()
    const isGone = error.code === NUMBER_NOT_AVAILABLE || error.code === NUMBER_INVALID
    return isGone ? 'gone' : { kind: 'refused', error: error.message }
  }
}

function bought(number: PhoneNumber, owned: OwnedNumber): Outcome {
  const { sid, accountSid, capabilities } = owned
  return { kind: 'bought', number, twilioSid: sid, twilioAccountSid: accountSid, capabilities }
}

async function lookAgain(
  twilio: BuyDeps['twilio'],
  e164: string,
): Promise<OwnedNumber | undefined | 'no answer'> {
  try {
    return await twilio.findOwned(e164)
  } catch (error) {
    if (error instanceof ProviderRefused || error instanceof ProviderUnavailable) return 'no answer'
    throw error
  }
}
