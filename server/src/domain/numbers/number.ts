import type { AvailableNumber, Capabilities, NumberQuery, NumberType } from '../../providers/twilio/port.ts'
import type { Plan } from '../catalog/catalog.ts'
import type { NumberPreference } from '../subscriptions/subscription.ts'

/**
 * `claimed`: ours alone to buy, not bought as far as we know. `owned`: bought. `releasing`: to be given up at Twilio.
 * `released`: given up; with `ownedAt` null, a claim that was dropped.
 */
export type NumberStatus = 'claimed' | 'owned' | 'releasing' | 'released'

export type PhoneNumber = {
  accountId: string
  numberId: string
  orderId: string
  e164: string
  country: string
  type: NumberType
  status: NumberStatus
  twilioSid: string | null
  capabilities: Capabilities
  locality: string | null
  region: string | null
  label: string | null
  claimedAt: Date
  ownedAt: Date | null
  releasedAt: Date | null
}

/** One purchase of one number: that a plan comes with (`included`), or that somebody asked for (`requested`). */
export type NumberOrder = {
  accountId: string
  orderId: string
  kind: 'included' | 'requested'
  subscriptionId: string
  position: number
  preference: NumberPreference
  status: 'pending' | 'completed' | 'failed'
  attemptCount: number
  /** When it is tried again, in business time. */
  dueAt: Date | null
  lastError: string | null
}

/** The name a number bears at Twilio, by which its purchase is known again. */
export function friendlyNameOf(orderId: string): string {
  return `Tollgate ${orderId}`
}

/** Where Twilio tells of calls and messages. */
export function callbacksOf(publicUrl: string): { voiceUrl: string; smsUrl: string; statusUrl: string } {
  const base = `${publicUrl}/api/webhooks/twilio`
  return { voiceUrl: `${base}/voice`, smsUrl: `${base}/message`, statusUrl: `${base}/status` }
}

/** Where the number should be: as asked, or else where the plan says. */
export function preferenceFor(plan: Plan, asked: NumberPreference): NumberPreference {
  const home = plan.numbers?.country ?? 'US'
  const country = asked.country ?? home
  const areaCode = asked.areaCode ?? (country === home ? plan.numbers?.areaCode : undefined)
  return {
    country,
    ...(areaCode === undefined ? {} : { areaCode }),
    ...(asked.contains === undefined ? {} : { contains: asked.contains }),
  }
}

const CANDIDATES_A_SEARCH = 20
const HAS_AREA_CODES = new Set(['US', 'CA'])

/** The searches for a number, the dearest wish first: as preferred, in the area, anywhere in the country, any that speaks. */
export function searchesFor(preference: NumberPreference): NumberQuery[] {
  const country = (preference.country ?? 'US').toUpperCase()
  const anywhere: NumberQuery = {
    country,
    type: 'local',
    capabilities: ['voice', 'sms'],
    limit: CANDIDATES_A_SEARCH,
  }
  const hasArea = preference.areaCode !== undefined && HAS_AREA_CODES.has(country)
  const area = hasArea ? { areaCode: preference.areaCode as string } : {}
  const digits = preference.contains === undefined ? {} : { contains: preference.contains }
  const searches = [
    { ...anywhere, ...area, ...digits },
    { ...anywhere, ...area },
    { ...anywhere, ...digits },
    anywhere,
    { ...anywhere, capabilities: ['voice' as const] },
  ]
  return searches.filter(
    (search, index) =>
      searches.findIndex((other) => JSON.stringify(other) === JSON.stringify(search)) === index,
  )
}

/** A number that needs an address registered first cannot be bought unattended. */
export function isBuyable(candidate: AvailableNumber): boolean {
  return candidate.addressRequired === 'none'
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DELAYS_SECONDS = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR]

/** How long to wait after the nth attempt (from 1), in seconds of business time. It never stops trying. */
export function retryDelaySeconds(attempt: number): number {
  return DELAYS_SECONDS[attempt - 1] ?? 6 * HOUR
}

/** How an attempt to buy went. */
export type Outcome =
  | {
      kind: 'bought'
      number: PhoneNumber
      twilioSid: string
      twilioAccountSid: string
      capabilities: Capabilities
    }
  /** The order or its subscription ended meanwhile. */
  | { kind: 'ended' }
  /** Nothing was bought, and that is certain. */
  | { kind: 'none_found' | 'refused' | 'not_asked'; error: string }
  /** It may have been bought: look before anything else. */
  | { kind: 'unknown'; error: string }

/**
 * What a plan includes is tried again until it is there. Somebody who asks and is told no may ask again, so only an
 * unknown end of what was asked for is followed up.
 */
export function isRetried(
  kind: NumberOrder['kind'],
  outcome: Exclude<Outcome, { kind: 'bought' | 'ended' }>,
): boolean {
  return kind === 'included' || outcome.kind === 'unknown'
}

/** A number as the API shows it. */
export type NumberShown = {
  id: string
  phoneNumber: string
  country: string
  type: NumberType
  status: 'claimed' | 'active' | 'releasing' | 'released'
  capabilities: Capabilities
  locality: string | null
  region: string | null
  label: string | null
  selectedAgentId: null
  createdAt: string
}

export function showNumber(number: PhoneNumber): NumberShown {
  return {
    id: number.numberId,
    phoneNumber: number.e164,
    country: number.country,
    type: number.type,
    status: number.status === 'owned' ? 'active' : number.status,
    capabilities: number.capabilities,
    locality: number.locality,
    region: number.region,
    label: number.label,
    selectedAgentId: null,
    createdAt: (number.ownedAt ?? number.claimedAt).toISOString(),
  }
}
