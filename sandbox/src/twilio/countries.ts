import { areaCodes, type Place, tollFreeCodes } from './north-america.ts'

export type NumberType = 'local' | 'toll free' | 'mobile'
type Capabilities = { fax: boolean; mms: boolean; sms: boolean; voice: boolean }

/**
 * A run of numbers that are for sale: `prefix` and then every combination of so many digits. All are numbers that
 * nobody has: the exchange 555 in North America, elsewhere what the regulator keeps for films and plays.
 */
export type Block = {
  country: string
  type: NumberType
  prefix: string
  digits: number
  /** Only North America has area codes that can be searched by. */
  areaCode: string | null
  /** The towns that its numbers are spread over; none for numbers without a place. */
  places: readonly Place[]
  capabilities: Capabilities
  addressRequirements: 'none' | 'any' | 'local' | 'foreign'
  /** Whether the country's rules ask for an approved bundle of documents. */
  needsBundle: boolean
}

export type Country = { code: string; name: string; blocks: readonly Block[] }

const all = { fax: false, mms: true, sms: true, voice: true }
const voiceOnly = { fax: false, mms: false, sms: false, voice: true }
const withText = { fax: false, mms: false, sms: true, voice: true }

function northAmerica(code: 'US' | 'CA', name: string): Country {
  const common = { country: code, digits: 4, addressRequirements: 'none', needsBundle: false } as const
  const local = [...areaCodes[code]].map(([areaCode, places]) => ({
    ...common,
    type: 'local' as const,
    prefix: `+1${areaCode}555`,
    areaCode,
    places,
    // Fax is on few numbers, so that a search for it is a real restriction.
    capabilities: { ...all, fax: Number(areaCode) % 4 === 0 },
  }))
  const free = tollFreeCodes[code].map((areaCode) => ({
    ...common,
    type: 'toll free' as const,
    prefix: `+1${areaCode}555`,
    areaCode,
    places: [],
    capabilities: all,
  }))
  return { code, name, blocks: [...local, ...free] }
}

type Sketch = {
  type: NumberType
  prefix: string
  digits: number
  town?: readonly [region: string, locality: string, latitude: number, longitude: number]
  address?: Block['addressRequirements']
  bundle?: boolean
}

function elsewhere(code: string, name: string, sketches: readonly Sketch[]): Country {
  const blocks = sketches.map(({ type, prefix, digits, town, address, bundle }) => ({
    country: code,
    type,
    prefix,
    digits,
    areaCode: null,
    places: town
      ? [
          {
            region: town[0],
            locality: town[1],
            latitude: town[2],
            longitude: town[3],
            postalCode: null,
            lata: null,
          },
        ]
      : [],
    capabilities: type === 'mobile' ? withText : voiceOnly,
    addressRequirements: address ?? 'none',
    needsBundle: bundle ?? false,
  }))
  return { code, name, blocks }
}

/**
 * Countries with numbers for sale. Towns and area codes of the United States and Canada are real. What is said of
 * the other countries (which kinds, capabilities and documents) is **invented test data**, not Twilio's.
 */
export const countries: readonly Country[] = [
  northAmerica('US', 'United States'),
  northAmerica('CA', 'Canada'),
  elsewhere('AU', 'Australia', [
    {
      type: 'local',
      prefix: '+6125550',
      digits: 4,
      town: ['NSW', 'Sydney', -33.87, 151.21],
      address: 'any',
      bundle: true,
    },
    {
      type: 'local',
      prefix: '+6135550',
      digits: 4,
      town: ['VIC', 'Melbourne', -37.81, 144.96],
      address: 'any',
      bundle: true,
    },
    { type: 'mobile', prefix: '+6149157015', digits: 1, address: 'any', bundle: true },
    { type: 'toll free', prefix: '+61180097571', digits: 1 },
  ]),
  elsewhere('DE', 'Germany', [
    {
      type: 'local',
      prefix: '+493023125',
      digits: 3,
      town: ['Berlin', 'Berlin', 52.52, 13.4],
      address: 'local',
      bundle: true,
    },
    {
      type: 'local',
      prefix: '+496990009',
      digits: 3,
      town: ['Hessen', 'Frankfurt am Main', 50.11, 8.68],
      address: 'local',
      bundle: true,
    },
    { type: 'mobile', prefix: '+4917139200', digits: 2, address: 'any', bundle: true },
  ]),
  elsewhere('FR', 'France', [
    {
      type: 'local',
      prefix: '+3319900',
      digits: 4,
      town: ['Île-de-France', 'Paris', 48.86, 2.35],
      address: 'local',
      bundle: true,
    },
    { type: 'mobile', prefix: '+3363998', digits: 4, address: 'any', bundle: true },
  ]),
  elsewhere('GB', 'United Kingdom', [
    {
      type: 'local',
      prefix: '+442079460',
      digits: 3,
      town: ['England', 'London', 51.51, -0.13],
      bundle: true,
    },
    {
      type: 'local',
      prefix: '+441614960',
      digits: 3,
      town: ['England', 'Manchester', 53.48, -2.24],
      bundle: true,
    },
    { type: 'mobile', prefix: '+447700900', digits: 3, bundle: true },
    { type: 'toll free', prefix: '+448081570', digits: 3 },
  ]),
  elsewhere('IE', 'Ireland', [
    {
      type: 'local',
      prefix: '+3532091',
      digits: 5,
      town: ['Leinster', 'Dublin', 53.35, -6.26],
      address: 'local',
    },
  ]),
  elsewhere('SE', 'Sweden', [
    { type: 'local', prefix: '+468465004', digits: 2, town: ['Stockholm', 'Stockholm', 59.33, 18.07] },
    { type: 'mobile', prefix: '+4670174062', digits: 1 },
    { type: 'mobile', prefix: '+4670174061', digits: 1 },
  ]),
]

export const findCountry = (code: string) => countries.find((country) => country.code === code)
