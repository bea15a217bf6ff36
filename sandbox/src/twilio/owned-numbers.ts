import type { Store } from '../store.ts'
import type { NumberType } from './countries.ts'
import type { World } from './world.ts'

/** The parameters of a number that its owner sets, by their names at Twilio, as they were given. */
export type NumberSettings = {
  FriendlyName: string
  VoiceUrl: string
  VoiceMethod: string
  VoiceFallbackUrl: string
  VoiceFallbackMethod: string
  VoiceCallerIdLookup: boolean
  VoiceReceiveMode: string
  SmsUrl: string
  SmsMethod: string
  SmsFallbackUrl: string
  SmsFallbackMethod: string
  StatusCallback: string
  StatusCallbackMethod: string
  EmergencyStatus: string
}

export type OwnedNumber = {
  id: string
  account: string
  phoneNumber: string
  type: NumberType
  capabilities: { fax: boolean; mms: boolean; sms: boolean; voice: boolean }
  addressRequirements: string
  settings: NumberSettings
  createdAt: number
  updatedAt: number
}

type Released = { id: string; account: string; at: number }

const kind = 'twilio.number'
const releasedKind = 'twilio.released-number'

/** How long a released number is kept from everybody: two months, as Twilio says at least. */
const quarantineSeconds = 60 * 86_400

export function declareNumberIndexes(store: Store): void {
  store.index<OwnedNumber>(kind, 'number', ({ phoneNumber }) => phoneNumber)
  store.index<OwnedNumber>(kind, 'account', ({ account }) => account)
}

export const findOwned = (store: Store, sid: string) => store.get<OwnedNumber>(kind, sid)

export const ownerOf = (store: Store, phoneNumber: string): OwnedNumber | undefined =>
  store.by<OwnedNumber>(kind, 'number', phoneNumber)[0]

/** Newest first, as Twilio lists them. */
export const ownedBy = (store: Store, account: string): OwnedNumber[] =>
  store.by<OwnedNumber>(kind, 'account', account).reverse()

export const putOwned = (store: Store, number: OwnedNumber) => store.put(kind, number)

/** Whether somebody owns the number, or had it until a short while ago. */
export function isTaken({ store, clock }: Pick<World, 'store' | 'clock'>, phoneNumber: string): boolean {
  if (ownerOf(store, phoneNumber)) return true
  const released = store.get<Released>(releasedKind, phoneNumber)
  return released !== undefined && clock.now() < released.at + quarantineSeconds
}

/** Gives a number back. It can be neither found nor bought until its quarantine is over. */
export function release({ store, clock }: Pick<World, 'store' | 'clock'>, number: OwnedNumber): void {
  store.remove(kind, number.id)
  store.put<Released>(releasedKind, { id: number.phoneNumber, account: number.account, at: clock.now() })
}

export function releaseAll(world: Pick<World, 'store' | 'clock'>, account: string): void {
  for (const number of ownedBy(world.store, account)) release(world, number)
}
