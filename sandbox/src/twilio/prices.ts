import type { NumberType } from './countries.ts'

/** Prices in US dollars as decimal text: numbers by the month, messages by the segment, calls by the minute. */
export type Prices = {
  numbers: Partial<Record<NumberType, string>>
  smsOut: string
  smsIn: Partial<Record<NumberType, string>>
  voiceIn: Partial<Record<NumberType, string>>
  voiceOut: { prefixes: readonly string[]; price: string; name: string }[]
}

const northAmerica = {
  numbers: { local: '1.15', 'toll free': '2.15' },
  smsOut: '0.0083',
  smsIn: { local: '0.0083', 'toll free': '0.0083' },
  voiceIn: { local: '0.0085', 'toll free': '0.0220' },
}

const outbound = (name: string, prefixes: readonly string[], price: string) => ({
  prefixes,
  price,
  name: `Programmable Outbound Minute - ${name}`,
})

const nanp = [
  outbound('United States - Alaska', ['1907'], '0.0900'),
  outbound('United States & Canada', ['1'], '0.0140'),
]

/**
 * The United States and Canada have Twilio's list prices as known at the time of writing. All others are **invented
 * sandbox data**: figures to calculate with, of which nothing can be concluded about what Twilio charges.
 */
export const prices: Readonly<Record<string, Prices>> = {
  US: { ...northAmerica, voiceOut: nanp },
  CA: { ...northAmerica, voiceOut: nanp },
  AU: {
    numbers: { local: '3.11', mobile: '6.11', 'toll free': '16.11' },
    smsOut: '0.0511',
    smsIn: { mobile: '0.0111' },
    voiceIn: { local: '0.0111', mobile: '0.0111', 'toll free': '0.0711' },
    voiceOut: [outbound('Australia - Mobile', ['614'], '0.0811'), outbound('Australia', ['61'], '0.0311')],
  },
  DE: {
    numbers: { local: '1.22', mobile: '12.22' },
    smsOut: '0.1022',
    smsIn: { mobile: '0.0122' },
    voiceIn: { local: '0.0122', mobile: '0.0122' },
    voiceOut: [
      outbound('Germany - Mobile', ['4915', '4916', '4917'], '0.0622'),
      outbound('Germany', ['49'], '0.0222'),
    ],
  },
  FR: {
    numbers: { local: '1.33', mobile: '13.33' },
    smsOut: '0.0733',
    smsIn: { mobile: '0.0133' },
    voiceIn: { local: '0.0133', mobile: '0.0133' },
    voiceOut: [outbound('France - Mobile', ['336', '337'], '0.0533'), outbound('France', ['33'], '0.0233')],
  },
  GB: {
    numbers: { local: '1.44', mobile: '1.44', 'toll free': '2.44' },
    smsOut: '0.0444',
    smsIn: { mobile: '0.0144' },
    voiceIn: { local: '0.0144', mobile: '0.0144', 'toll free': '0.0644' },
    voiceOut: [
      outbound('United Kingdom - Mobile', ['447'], '0.0344'),
      outbound('United Kingdom', ['44'], '0.0144'),
    ],
  },
  IE: {
    numbers: { local: '2.55' },
    smsOut: '0.0755',
    smsIn: {},
    voiceIn: { local: '0.0155' },
    voiceOut: [outbound('Ireland', ['353'], '0.0255')],
  },
  SE: {
    numbers: { local: '1.66', mobile: '3.66' },
    smsOut: '0.0566',
    smsIn: { mobile: '0.0166' },
    voiceIn: { local: '0.0166', mobile: '0.0166' },
    voiceOut: [outbound('Sweden', ['46'], '0.0266')],
  },
}
