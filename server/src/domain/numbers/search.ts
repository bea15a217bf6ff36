import Big from 'big.js'
import { ProviderRefused, Refusal } from '../../errors.ts'
import type { Database } from '../../lib/db.ts'
import { roundToMinorUnits } from '../../lib/money.ts'
import type { AvailableNumber, NumberQuery, TwilioPort } from '../../providers/twilio/port.ts'
import { accountOf } from '../accounts/reads.ts'
import { planOf } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { planSubscription } from '../subscriptions/reads.ts'
import { isLive } from '../subscriptions/subscription.ts'

/** A number on sale, with what it costs a month on the account's plan; null where the plan does not say. */
type NumberOffer = {
  phoneNumber: string
  friendlyName: string
  locality: string | null
  region: string | null
  country: string
  type: NumberQuery['type']
  capabilities: AvailableNumber['capabilities']
  monthlyAmountCents: number | null
  currency: string
  /** What Twilio wants registered before it sells the number. */
  requires: 'address'[]
}

export type NumberSearch = { numbers: NumberOffer[]; alternatives?: NumberOffer[] }

/**
 * Searches Twilio's shelf. Where nothing fits, `alternatives` has the nearest that is there: the same area without
 * the digits asked for, else anything of the country.
 *
 * @throws {Refusal} bad_input where Twilio does not understand the search
 */
export async function searchNumbers(
  { db, twilio, catalogs }: { db: Database; twilio: Pick<TwilioPort, 'searchNumbers'>; catalogs: Catalogs },
  { accountId, ...query }: NumberQuery & { accountId: string },
): Promise<NumberSearch> {
  const price = await db.tenant(accountId, async (tx) => {
    const { currency } = await accountOf(tx, accountId)
    const subscription = await planSubscription(tx, accountId)
    if (!subscription?.plan || subscription.catalogVersion === null || !isLive(subscription.status)) {
      return { monthlyAmountCents: null, currency }
    }
    const { catalog } = await catalogs.version(tx, subscription.catalogVersion)
    const monthly = planOf(catalog, subscription.plan)?.numbers?.monthlyCents
    const monthlyAmountCents = monthly === undefined ? null : Number(roundToMinorUnits(new Big(monthly)))
    return { monthlyAmountCents, currency: subscription.currency }
  })
  const offers = async (wanted: NumberQuery) =>
    (await ask(twilio, wanted)).map((each) => toOffer(each, price))

  const numbers = await offers(query)
  if (numbers.length > 0) return { numbers }
  for (const wider of widened(query)) {
    const alternatives = await offers(wider)
    if (alternatives.length > 0) return { numbers, alternatives }
  }
  return { numbers }
}

/** The same search with fewer wishes, the nearest first. */
function widened(query: NumberQuery): NumberQuery[] {
  const { contains, areaCode, city, region, ...rest } = query
  const nearby = {
    ...rest,
    ...(areaCode === undefined ? {} : { areaCode }),
    ...(region === undefined ? {} : { region }),
  }
  return [
    ...(contains !== undefined || city !== undefined ? [nearby] : []),
    ...(areaCode !== undefined || region !== undefined ? [rest] : []),
  ]
}

async function ask(
  twilio: Pick<TwilioPort, 'searchNumbers'>,
  query: NumberQuery,
): Promise<AvailableNumber[]> {
  try {
    return await twilio.searchNumbers(query)
  } catch (error) {
    if (!(error instanceof ProviderRefused) || error.status !== 400) throw error
    throw new Refusal('bad_input', { details: [{ path: '', message: error.message }] })
  }
}

function toOffer(
  number: AvailableNumber,
  price: { monthlyAmountCents: number | null; currency: string },
): NumberOffer {
  return {
    phoneNumber: number.e164,
    friendlyName: number.friendlyName,
    locality: number.locality,
    region: number.region,
    country: number.country,
    type: number.type,
    capabilities: number.capabilities,
    ...price,
    requires: number.addressRequired === 'none' ? [] : ['address'],
  }
}
