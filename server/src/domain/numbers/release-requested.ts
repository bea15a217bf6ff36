import { ProviderUnavailable, Refusal } from '../../errors.ts'
import { giveUpNumber } from './give-up.ts'
import type { PhoneNumber } from './number.ts'
import { numberOf, numbersOf } from './reads.ts'
import { type ReleaseDeps, release } from './release.ts'

/**
 * Releases one number because somebody asked. `numberId` is only needed where the account has several.
 * Answers the number, which is `released`, or `releasing` where Twilio did not answer and the queue goes on.
 *
 * @throws {Refusal} number_not_found, which_number
 */
export async function releaseRequested(
  deps: ReleaseDeps,
  { accountId, numberId }: { accountId: string; numberId?: string | undefined },
): Promise<PhoneNumber> {
  const chosen = await deps.db.tenant(accountId, async (tx) => {
    const held = await numbersOf(tx, accountId)
    const fitting = numberId === undefined ? held : held.filter((each) => each.numberId === numberId)
    const [number, another] = fitting
    if (number === undefined) throw new Refusal('number_not_found')
    if (another !== undefined) {
      const numbers = fitting.map((each) => ({ id: each.numberId, phoneNumber: each.e164 }))
      throw new Refusal('which_number', { numbers })
    }
    await giveUpNumber(tx, number)
    return number
  })
  try {
    await release(deps, chosen)
  } catch (error) {
    // The work is on the queue as well, and goes on there until Twilio answers.
    if (!(error instanceof ProviderUnavailable)) throw error
  }
  return deps.db.tenant(
    accountId,
    async (tx) => (await numberOf(tx, accountId, chosen.numberId)) as PhoneNumber,
  )
}
