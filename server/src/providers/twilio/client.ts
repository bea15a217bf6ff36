import type { LocalListInstanceOptions } from 'twilio/lib/rest/api/v2010/account/availablePhoneNumberCountry/local.js'
import type { IncomingPhoneNumberInstance } from 'twilio/lib/rest/api/v2010/account/incomingPhoneNumber.js'
import { ProviderRefused } from '../../errors.ts'
import { askTwilio } from './errors.ts'
import type {
  AvailableNumber,
  Capabilities,
  NumberQuery,
  NumberType,
  OwnedNumber,
  TwilioPort,
} from './port.ts'
import { type TwilioAccount, twilioSdk } from './sdk.ts'

const MESSAGES_LOOKED_AT = 50

/** Everything that Tollgate asks of Twilio. The SDK is loaded by the first call. */
export function twilioClient(account: TwilioAccount): TwilioPort {
  let loading: ReturnType<typeof twilioSdk> | undefined
  const ask = <T>(call: (sdk: Awaited<ReturnType<typeof twilioSdk>>) => Promise<T>): Promise<T> =>
    askTwilio(async () => {
      loading ??= twilioSdk(account)
      return call(await loading)
    })
  return {
    searchNumbers: async (query) => {
      try {
        return await ask(async (sdk) => {
          const country = sdk.availablePhoneNumbers(query.country)
          // The three are alike in all but the names of their types.
          const shelves: Record<NumberType, object> = {
            local: country.local,
            mobile: country.mobile,
            'toll-free': country.tollFree,
          }
          const shelf = shelves[query.type] as typeof country.local
          return (await shelf.list(searchOptions(query))).map((found) => fromAvailable(found, query.type))
        })
      } catch (error) {
        // A country without this type of number answers as if the address did not exist.
        if (error instanceof ProviderRefused && error.status === 404) return []
        throw error
      }
    },
    buyNumber: (input) =>
      ask(async (sdk) =>
        fromOwned(
          await sdk.incomingPhoneNumbers.create({
            phoneNumber: input.e164,
            friendlyName: input.friendlyName,
            voiceUrl: input.voiceUrl,
            voiceMethod: 'POST',
            smsUrl: input.smsUrl,
            smsMethod: 'POST',
            statusCallback: input.statusUrl,
            statusCallbackMethod: 'POST',
          }),
        ),
      ),
    findOwned: (e164) =>
      ask(async (sdk) => {
        // The filter also matches parts of a number.
        const found = await sdk.incomingPhoneNumbers.list({ phoneNumber: e164, limit: 20 })
        const exact = found.find((each) => each.phoneNumber === e164)
        return exact && fromOwned(exact)
      }),
    releaseNumber: async (sid) => {
      try {
        await ask((sdk) => sdk.incomingPhoneNumbers(sid).remove())
      } catch (error) {
        if (!(error instanceof ProviderRefused) || error.status !== 404) throw error
      }
    },
    sendMessage: ({ from, to, body, statusUrl }) =>
      ask(async (sdk) => {
        const { sid } = await sdk.messages.create({ from, to, body, statusCallback: statusUrl })
        return { sid }
      }),
    findMessages: (to) =>
      ask(async (sdk) => {
        const found = await sdk.messages.list({ to, limit: MESSAGES_LOOKED_AT })
        return found.map((each) => ({
          sid: each.sid,
          to: each.to,
          body: each.body,
          createdAt: each.dateCreated,
        }))
      }),
  }
}

function searchOptions(query: NumberQuery): LocalListInstanceOptions {
  const wanted = new Set(query.capabilities)
  return {
    limit: query.limit,
    ...(query.areaCode === undefined ? {} : { areaCode: Number(query.areaCode) }),
    ...(query.contains === undefined ? {} : { contains: query.contains }),
    ...(query.region === undefined ? {} : { inRegion: query.region }),
    ...(query.city === undefined ? {} : { inLocality: query.city }),
    ...(wanted.has('voice') ? { voiceEnabled: true } : {}),
    ...(wanted.has('sms') ? { smsEnabled: true } : {}),
    ...(wanted.has('mms') ? { mmsEnabled: true } : {}),
  }
}

type Found = {
  phoneNumber: string
  friendlyName: string
  locality: string
  region: string
  isoCountry: string
  addressRequirements: string
  capabilities: object
}

function fromAvailable(found: Found, type: NumberQuery['type']): AvailableNumber {
  const asked = found.addressRequirements
  return {
    e164: found.phoneNumber,
    friendlyName: found.friendlyName,
    locality: found.locality || null,
    region: found.region || null,
    country: found.isoCountry,
    type,
    capabilities: fromCapabilities(found.capabilities),
    addressRequired: asked === 'any' || asked === 'local' || asked === 'foreign' ? asked : 'none',
  }
}

function fromOwned(owned: IncomingPhoneNumberInstance): OwnedNumber {
  return {
    sid: owned.sid,
    accountSid: owned.accountSid,
    e164: owned.phoneNumber,
    friendlyName: owned.friendlyName,
    capabilities: fromCapabilities(owned.capabilities),
  }
}

// Twilio writes the names in lower case in some answers and in upper case in others.
function fromCapabilities(given: object): Capabilities {
  const named = new Map(Object.entries(given).map(([name, has]) => [name.toLowerCase(), has === true]))
  const has = (name: keyof Capabilities) => named.get(name) ?? false
  return { voice: has('voice'), sms: has('sms'), mms: has('mms') }
}
