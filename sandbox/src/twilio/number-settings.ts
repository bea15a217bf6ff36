import type { Clock } from '../clock.ts'
import { friendlyNumber } from './inventory.ts'
import type { NumberSettings, OwnedNumber } from './owned-numbers.ts'
import type { Declared, Given } from './parameters.ts'
import { Refusal } from './refusal.ts'

const method = ['GET', 'POST'] as const

/** Things that a number can refer to at Twilio and that the sandbox has none of: only the empty text, none, fits. */
const references = {
  SmsApplicationSid: 'text',
  VoiceApplicationSid: 'text',
  TrunkSid: 'text',
  IdentitySid: 'text',
  AddressSid: 'text',
  BundleSid: 'text',
  EmergencyAddressSid: 'text',
} as const satisfies Declared

/** What can be set when a number is bought and afterwards. */
export const settingParameters = {
  ...references,
  ApiVersion: ['2010-04-01'],
  FriendlyName: 'text',
  VoiceUrl: 'url',
  VoiceMethod: method,
  VoiceFallbackUrl: 'url',
  VoiceFallbackMethod: method,
  VoiceCallerIdLookup: 'boolean',
  VoiceReceiveMode: ['voice', 'fax'],
  SmsUrl: 'url',
  SmsMethod: method,
  SmsFallbackUrl: 'url',
  SmsFallbackMethod: method,
  StatusCallback: 'url',
  StatusCallbackMethod: method,
  EmergencyStatus: ['Active', 'Inactive'],
} as const satisfies Declared

export type Settings = Given<typeof settingParameters>

/** The settings of a number that was bought with none given. */
export function defaultSettings(phoneNumber: string): NumberSettings {
  return {
    FriendlyName: friendlyNumber(phoneNumber),
    VoiceUrl: '',
    VoiceMethod: 'POST',
    VoiceFallbackUrl: '',
    VoiceFallbackMethod: 'POST',
    VoiceCallerIdLookup: false,
    VoiceReceiveMode: 'voice',
    SmsUrl: '',
    SmsMethod: 'POST',
    SmsFallbackUrl: '',
    SmsFallbackMethod: 'POST',
    StatusCallback: '',
    StatusCallbackMethod: 'POST',
    EmergencyStatus: 'Inactive',
  }
}

/** Checks what one parameter alone does not show. */
function check(settings: Settings): void {
  for (const name of Object.keys(references) as (keyof typeof references)[]) {
    if (settings[name]) {
      throw new Refusal(
        20422,
        `Invalid Parameter: ${name} ${settings[name]} names nothing: the sandbox has none of these.`,
      )
    }
  }
  for (const name of ['SmsMethod', 'SmsFallbackMethod', 'StatusCallbackMethod'] as const) {
    if (settings[name] === 'GET') {
      throw new Refusal(
        20422,
        `Invalid Parameter: ${name} GET: this sandbox sends its webhooks by POST only.`,
      )
    }
  }
  if (settings.FriendlyName !== undefined && settings.FriendlyName.length > 64) {
    throw new Refusal(
      20002,
      `Invalid FriendlyName: at most 64 characters, not ${settings.FriendlyName.length}.`,
    )
  }
  if (settings.EmergencyStatus === 'Active') {
    throw new Refusal(
      20422,
      'Invalid Parameter: EmergencyStatus Active needs an emergency address, and the sandbox has none.',
    )
  }
}

/** The number with what was given changed, and checked first. */
export function applySettings(number: OwnedNumber, settings: Settings, clock: Clock): OwnedNumber {
  check(settings)
  const known = Object.keys(number.settings)
  const changes = Object.fromEntries(Object.entries(settings).filter(([name]) => known.includes(name)))
  const changed = { ...number.settings, ...changes }
  if (changed.VoiceFallbackUrl && !changed.VoiceUrl) {
    throw new Refusal(21405, 'Cannot set VoiceFallbackUrl without setting VoiceUrl')
  }
  return { ...number, settings: changed, updatedAt: clock.now() }
}
