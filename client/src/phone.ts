/** `claimed`: on its way; `releasing`: on its way back. */
export type PhoneNumberStatus = 'claimed' | 'active' | 'releasing' | 'released'

export type PhoneCapabilities = { voice: boolean; sms: boolean; mms: boolean }

/** A number of the account. `phoneNumber` is in E.164 form. */
export type PhoneNumber = {
  id: string
  phoneNumber: string
  country: string
  type: string
  status: PhoneNumberStatus
  capabilities: PhoneCapabilities
  locality: string | null
  region: string | null
  label: string | null
  selectedAgentId: string | null
  createdAt: string
}
