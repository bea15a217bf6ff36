import type { Account } from './account.ts'
import type { NumberType } from './countries.ts'
import { findStock, isE164, type StockNumber, stock } from './inventory.ts'
import { applySettings, defaultSettings, type Settings } from './number-settings.ts'
import { isTaken, type OwnedNumber, ownerOf, putOwned } from './owned-numbers.ts'
import { Refusal } from './refusal.ts'
import { newSid } from './sids.ts'
import type { World } from './world.ts'

/** Twilio's test inputs for buying, honoured on every account. Nothing is kept of what they buy. */
const magic = {
  unavailable: '+15005550000',
  invalid: '+15005550001',
  valid: '+15005550006',
  emptyAreaCode: '533',
  fullAreaCode: '500',
}

type Order = {
  settings: Settings
  phoneNumber?: string | undefined
  areaCode?: string | undefined
  /** The subresource that was posted to, where it was one. */
  type?: NumberType
}

const magicStock: StockNumber = {
  phoneNumber: magic.valid,
  country: 'US',
  type: 'local',
  areaCode: '500',
  place: null,
  capabilities: { fax: false, mms: true, sms: true, voice: true },
  addressRequirements: 'none',
  needsBundle: false,
}

const unavailable = (phoneNumber: string) => new Refusal(21422, `PhoneNumber ${phoneNumber} is not available`)

/** The first number of an area code that nobody has. */
function pickInAreaCode(world: World, areaCode: string): StockNumber {
  if (!/^[2-9]\d\d$/.test(areaCode)) throw new Refusal(21451, `Invalid area code: ${areaCode}`)
  if (areaCode === magic.fullAreaCode) return magicStock
  for (const country of areaCode === magic.emptyAreaCode ? [] : ['US', 'CA']) {
    for (const number of stock(country, 'local', (block) => block.areaCode === areaCode)) {
      if (!isTaken(world, number.phoneNumber)) return number
    }
  }
  throw new Refusal(21452, `No phone numbers found in area code ${areaCode}`)
}

function pickByNumber(world: World, phoneNumber: string): StockNumber {
  if (!isE164(phoneNumber) || phoneNumber === magic.invalid) {
    throw new Refusal(21421, `PhoneNumber ${phoneNumber} is invalid: E.164 is expected, as +14155550123`)
  }
  if (phoneNumber === magic.valid) return magicStock
  const number = findStock(phoneNumber)
  if (!number || isTaken(world, phoneNumber)) throw unavailable(phoneNumber)
  return number
}

function checkRules(number: StockNumber): void {
  if (number.needsBundle) throw new Refusal(21649, 'Phone Number Requires a Bundle')
  if (number.addressRequirements === 'local')
    throw new Refusal(21615, 'Phone Number Requires a Local Address')
  if (number.addressRequirements !== 'none') throw new Refusal(21631, 'Phone Number Requires an Address')
}

function checkType(type: NumberType | undefined, wanted: NumberType): void {
  if (type !== undefined && type !== wanted)
    throw new Refusal(21458, 'PhoneNumber Provisioning Type Mismatch')
}

/**
 * Buys a number by its E.164 form or the next free one of an area code. Bought again by exact number, the owner's
 * own is answered with what was given changed, as Twilio does; by area code each call buys another.
 */
export function buy(world: World, account: Account, order: Order): OwnedNumber {
  const { settings, phoneNumber, areaCode, type } = order
  if ((phoneNumber === undefined) === (areaCode === undefined)) {
    throw new Refusal(20422, 'Invalid Parameter: give PhoneNumber or AreaCode, one of the two.')
  }
  const mine = phoneNumber === undefined ? undefined : ownerOf(world.store, phoneNumber)
  if (mine?.account === account.id) {
    checkType(type, mine.type)
    return putOwned(world.store, applySettings(mine, settings, world.clock))
  }
  const chosen =
    phoneNumber === undefined ? pickInAreaCode(world, areaCode ?? '') : pickByNumber(world, phoneNumber)
  checkType(type, chosen.type)
  checkRules(chosen)
  const now = world.clock.now()
  const fresh: OwnedNumber = {
    id: newSid('PN'),
    account: account.id,
    phoneNumber: chosen.phoneNumber,
    type: chosen.type,
    capabilities: chosen.capabilities,
    addressRequirements: chosen.addressRequirements,
    settings: defaultSettings(chosen.phoneNumber),
    createdAt: now,
    updatedAt: now,
  }
  const bought = applySettings(fresh, settings, world.clock)
  return chosen === magicStock ? bought : putOwned(world.store, bought)
}
