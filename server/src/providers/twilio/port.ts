/** What Tollgate needs of Twilio, in its own words. Numbers are E.164, countries ISO 3166 two-letter codes. */

export type NumberType = 'local' | 'mobile' | 'toll-free'

export type Capabilities = { voice: boolean; sms: boolean; mms: boolean }

export type NumberQuery = {
  country: string
  type: NumberType
  /** Three digits; the United States and Canada only. */
  areaCode?: string
  /** Digits or letters that the number should contain, 2 to 16 of them; `*` stands for any digit. */
  contains?: string
  region?: string
  city?: string
  capabilities?: (keyof Capabilities)[]
  limit: number
}

/** A number on sale. Being found reserves nothing: somebody else may buy it first. */
export type AvailableNumber = {
  e164: string
  friendlyName: string
  locality: string | null
  region: string | null
  country: string
  type: NumberType
  capabilities: Capabilities
  /** Whose address must be registered before Twilio sells it. */
  addressRequired: 'none' | 'any' | 'local' | 'foreign'
}

export type OwnedNumber = {
  sid: string
  accountSid: string
  e164: string
  friendlyName: string
  capabilities: Capabilities
}

type NewNumber = {
  e164: string
  /** At most 64 characters. What we find the purchase again by. */
  friendlyName: string
  voiceUrl: string
  smsUrl: string
  statusUrl: string
}

type NewMessage = { from: string; to: string; body: string; statusUrl: string }

type MessageFound = { sid: string; to: string; body: string; createdAt: Date }

/** Each call fails as ProviderRefused (final) or ProviderUnavailable (it may or may not have been done). */
export type TwilioPort = {
  /** Numbers on sale now; none where Twilio sells no such type in that country. */
  searchNumbers(query: NumberQuery): Promise<AvailableNumber[]>
  /**
   * Buys exactly this number. Twilio knows no idempotency key, but buying a number that its account already holds
   * succeeds and changes that number: so only ever called for a number that is claimed in our own tables.
   */
  buyNumber(input: NewNumber): Promise<OwnedNumber>
  findOwned(e164: string): Promise<OwnedNumber | undefined>
  /** Gives a number up for good. One that is gone already counts as given up. */
  releaseNumber(sid: string): Promise<void>
  sendMessage(input: NewMessage): Promise<{ sid: string }>
  /** The newest messages sent to somebody: what an earlier try may have sent without our hearing of it. */
  findMessages(to: string): Promise<MessageFound[]>
}

/** Whether a webhook was signed with the account's auth token, for the public URL that Twilio was given. */
export type VerifyTwilioWebhook = (request: {
  signature: string
  url: string
  params: Record<string, unknown>
}) => Promise<boolean>
