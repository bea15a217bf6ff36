import type { Account } from './account.ts'
import type { NumberType } from './countries.ts'
import { rfc2822 } from './dates.ts'
import { applySettings, settingParameters } from './number-settings.ts'
import { findOwned, type OwnedNumber, ownedBy, putOwned, release } from './owned-numbers.ts'
import { pageOf, pageParameters } from './paging.ts'
import { buy } from './purchase.ts'
import { json, Refusal } from './refusal.ts'
import { type Call, type Route, route } from './router.ts'
import type { World } from './world.ts'

const snake = (name: string) => name.replace(/\B[A-Z]/g, (letter) => `_${letter}`).toLowerCase()

/** What the sandbox has none of yet, and Twilio names in every number. */
const absent = {
  address_sid: null,
  bundle_sid: null,
  emergency_address_sid: null,
  emergency_address_status: 'unregistered',
  identity_sid: null,
  sms_application_sid: null,
  trunk_sid: null,
  voice_application_sid: null,
}

function show(number: OwnedNumber): object {
  const settings = Object.entries(number.settings).map(([name, value]) => [snake(name), value])
  return {
    ...absent,
    ...Object.fromEntries(settings),
    account_sid: number.account,
    address_requirements: number.addressRequirements,
    api_version: '2010-04-01',
    beta: false,
    capabilities: number.capabilities,
    date_created: rfc2822(number.createdAt),
    date_updated: rfc2822(number.updatedAt),
    origin: 'twilio',
    phone_number: number.phoneNumber,
    sid: number.id,
    status: 'in-use',
    type: number.type.replace(' ', '-'),
    uri: `/2010-04-01/Accounts/${number.account}/IncomingPhoneNumbers/${number.id}.json`,
  }
}

/** A part of a number, with `*` for any one digit; what else people write between digits is passed over. */
function numberFilter(pattern: string): (number: OwnedNumber) => boolean {
  const kept = pattern.replace(/[\s().-]/g, '')
  if (!/^\+?[\d*]+$/.test(kept)) throw new Refusal(20422, `Invalid Parameter: PhoneNumber "${pattern}".`)
  const source = kept.replace('+', '\\+').replaceAll('*', '\\d')
  const expression = new RegExp(source)
  return ({ phoneNumber }) => expression.test(phoneNumber)
}

const listParameters = {
  ...pageParameters,
  Beta: 'boolean',
  FriendlyName: 'text',
  PhoneNumber: 'text',
  Origin: ['twilio', 'hosted'],
} as const

function list(world: World, call: Call<typeof listParameters>, type: NumberType | null): object {
  const { given, account, url } = call
  const fits = given.PhoneNumber === undefined ? () => true : numberFilter(given.PhoneNumber)
  const items = ownedBy(world.store, account.id)
    .filter((number) => type === null || number.type === type)
    .filter(
      (number) => given.FriendlyName === undefined || number.settings.FriendlyName === given.FriendlyName,
    )
    .filter((number) => given.Origin !== 'hosted' && fits(number))
  return pageOf({ key: 'incoming_phone_numbers', items, idOf: ({ id }) => id, show, asked: given, ...url })
}

function own(world: World, { account, path, url }: Pick<Call, 'account' | 'path' | 'url'>): OwnedNumber {
  const number = findOwned(world.store, path.Sid ?? '')
  if (number?.account === account.id) return number
  throw new Refusal(20404, `The requested resource ${url.path} was not found`, 404)
}

/** Moves a number between a parent and its subaccounts. */
function transfer(world: World, caller: Account, sid: string): Account {
  const target = world.accounts.find(sid)
  if (target && target.status === 'active' && target.owner === caller.owner && caller.id === caller.owner) {
    return target
  }
  throw new Refusal(20422, `Invalid Parameter: the number cannot be moved to the account ${sid}.`)
}

const subresources = [
  { path: '/IncomingPhoneNumbers/Local.json', type: 'local' },
  { path: '/IncomingPhoneNumbers/TollFree.json', type: 'toll free' },
  { path: '/IncomingPhoneNumbers/Mobile.json', type: 'mobile' },
] as const

/** Numbers that an account owns: buy, fetch, change, list, release. */
export function incomingNumberRoutes(world: World): Route[] {
  const base = '/2010-04-01/Accounts/:AccountSid'
  const typed = subresources.flatMap(({ path, type }) => [
    route({
      at: `GET ${base}${path}`,
      takes: listParameters,
      act: (call) => json(200, list(world, call, type)),
    }),
    route({
      at: `POST ${base}${path}`,
      takes: { ...settingParameters, PhoneNumber: 'text', AreaCode: 'text' },
      act: ({ account, given: { AreaCode, PhoneNumber, ...settings } }) => {
        if (AreaCode !== undefined) throw new Refusal(21457, 'AreaCode Parameter not Supported')
        return json(201, show(buy(world, account, { settings, phoneNumber: PhoneNumber, type })))
      },
    }),
  ])
  const one = `${base}/IncomingPhoneNumbers/:Sid.json`
  return [
    ...typed,
    route({
      at: `GET ${base}/IncomingPhoneNumbers.json`,
      takes: listParameters,
      act: (call) => json(200, list(world, call, null)),
    }),
    route({
      at: `POST ${base}/IncomingPhoneNumbers.json`,
      takes: { ...settingParameters, PhoneNumber: 'text', AreaCode: 'text' },
      act: ({ account, given: { AreaCode, PhoneNumber, ...settings } }) =>
        json(201, show(buy(world, account, { settings, phoneNumber: PhoneNumber, areaCode: AreaCode }))),
    }),
    route({ at: `GET ${one}`, takes: {}, act: (call) => json(200, show(own(world, call))) }),
    route({
      at: `POST ${one}`,
      takes: { ...settingParameters, AccountSid: 'text' },
      act: (call) => {
        const { AccountSid, ...settings } = call.given
        const number = own(world, call)
        const account =
          AccountSid === undefined ? number.account : transfer(world, call.caller, AccountSid).id
        return json(
          200,
          show(putOwned(world.store, applySettings({ ...number, account }, settings, world.clock))),
        )
      },
    }),
    route({
      at: `DELETE ${one}`,
      takes: {},
      act: (call) => {
        release(world, own(world, call))
        return { status: 204, body: '' }
      },
    }),
  ]
}
