import { readContains } from './contains.ts'
import { type Block, type Country, countries, findCountry, type NumberType } from './countries.ts'
import { friendlyNumber, type StockNumber, stock } from './inventory.ts'
import type { Place } from './north-america.ts'
import { isTaken } from './owned-numbers.ts'
import { pageParameters, pageSize } from './paging.ts'
import type { Declared, Given } from './parameters.ts'
import { json, Refusal } from './refusal.ts'
import { type Route, route } from './router.ts'
import type { World } from './world.ts'

const resources = [
  { name: 'Local', key: 'local', type: 'local' },
  { name: 'TollFree', key: 'toll_free', type: 'toll free' },
  { name: 'Mobile', key: 'mobile', type: 'mobile' },
] as const

const searchParameters = {
  ...pageParameters,
  AreaCode: 'integer',
  Contains: 'text',
  SmsEnabled: 'boolean',
  MmsEnabled: 'boolean',
  VoiceEnabled: 'boolean',
  FaxEnabled: 'boolean',
  ExcludeAllAddressRequired: 'boolean',
  ExcludeLocalAddressRequired: 'boolean',
  ExcludeForeignAddressRequired: 'boolean',
  Beta: 'boolean',
  InRegion: 'text',
  InLocality: 'text',
  InPostalCode: 'text',
  InRateCenter: 'text',
  InLata: 'text',
} as const satisfies Declared

type Search = Given<typeof searchParameters>

const typesOf = (country: Country): NumberType[] => [...new Set(country.blocks.map(({ type }) => type))]

function showCountry(account: string, country: Country): object {
  const base = `/2010-04-01/Accounts/${account}/AvailablePhoneNumbers/${country.code}`
  const offered = resources.filter(({ type }) => typesOf(country).includes(type))
  return {
    country_code: country.code,
    country: country.name,
    uri: `${base}.json`,
    beta: false,
    subresource_uris: Object.fromEntries(offered.map(({ key, name }) => [key, `${base}/${name}.json`])),
  }
}

const rateCenterOf = (locality: string) =>
  locality
    .normalize('NFD')
    .toUpperCase()
    .replace(/[^A-Z]/g, '')
    .slice(0, 10)

function showNumber(number: StockNumber): object {
  const { place } = number
  return {
    friendly_name: friendlyNumber(number.phoneNumber),
    phone_number: number.phoneNumber,
    lata: place?.lata ?? null,
    locality: place?.locality ?? null,
    rate_center: place ? rateCenterOf(place.locality) : null,
    latitude: place?.latitude.toFixed(6) ?? null,
    longitude: place?.longitude.toFixed(6) ?? null,
    region: place?.region ?? null,
    postal_code: place?.postalCode ?? null,
    iso_country: number.country,
    address_requirements: number.addressRequirements,
    beta: false,
    capabilities: number.capabilities,
  }
}

function fitsBlock(search: Search): (block: Block) => boolean {
  const { AreaCode, SmsEnabled, MmsEnabled, VoiceEnabled, FaxEnabled } = search
  const excluded = [
    ...(search.ExcludeAllAddressRequired ? ['any', 'local', 'foreign'] : []),
    ...(search.ExcludeLocalAddressRequired ? ['local'] : []),
    ...(search.ExcludeForeignAddressRequired ? ['foreign'] : []),
  ]
  // `false` asks for numbers without the capability, as for those with it: only silence means either.
  const same = (asked: boolean | undefined, has: boolean) => asked === undefined || asked === has
  return ({ areaCode, capabilities, addressRequirements }) =>
    (AreaCode === undefined || areaCode === String(AreaCode)) &&
    same(SmsEnabled, capabilities.sms) &&
    same(MmsEnabled, capabilities.mms) &&
    same(VoiceEnabled, capabilities.voice) &&
    same(FaxEnabled, capabilities.fax) &&
    !excluded.includes(addressRequirements)
}

const folded = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** Whether a place is where the search looks; accents and case do not matter. */
function fitsPlace(search: Search): (place: Place | null) => boolean {
  const asked: [string | undefined, (place: Place) => string | null][] = [
    [search.InRegion, (place) => place.region],
    [search.InLocality, (place) => place.locality],
    [search.InPostalCode, (place) => place.postalCode],
    [search.InRateCenter, (place) => rateCenterOf(place.locality)],
    [search.InLata, (place) => place.lata],
  ]
  const wanted = asked.filter(([value]) => value !== undefined)
  return (place) =>
    wanted.every(([value, read]) => place && folded(read(place) ?? '') === folded(value ?? ''))
}

function find(world: World, country: Country, type: NumberType, search: Search): StockNumber[] {
  if (search.AreaCode !== undefined && !country.blocks.some(({ areaCode }) => areaCode !== null)) {
    throw new Refusal(
      20422,
      `Invalid Parameter: AreaCode can be used for US and CA, not for ${country.code}.`,
    )
  }
  if (search.PageToken !== undefined) throw new Refusal(21481, 'Invalid PageToken: a search has none.')
  const contains = search.Contains === undefined ? () => true : readContains(search.Contains)
  const isThere = fitsPlace(search)
  const fits = fitsBlock(search)
  const fitsHere = (block: Block) =>
    fits(block) && (block.places.length === 0 ? [null] : block.places).some(isThere)
  const size = pageSize(search)
  let skip = size * (search.Page ?? 0)
  const found: StockNumber[] = []
  for (const number of stock(country.code, type, fitsHere)) {
    if (!isThere(number.place) || !contains(number.phoneNumber) || isTaken(world, number.phoneNumber))
      continue
    if (skip-- > 0) continue
    found.push(number)
    if (found.length === size) break
  }
  return found
}

function countryIn(path: Readonly<Record<string, string>>, resource: string): Country {
  const country = findCountry(path.CountryCode ?? '')
  if (country) return country
  throw new Refusal(20404, `The requested resource ${resource} was not found`, 404)
}

/** Countries with numbers for sale, and the search for them. A search reserves nothing. */
export function availableNumberRoutes(world: World): Route[] {
  const base = '/2010-04-01/Accounts/:AccountSid/AvailablePhoneNumbers'
  const searches = resources.map(({ name, type }) =>
    route({
      at: `GET ${base}/:CountryCode/${name}.json`,
      takes: searchParameters,
      act: ({ path, given, url }) => {
        const country = countryIn(path, url.path)
        if (!typesOf(country).includes(type)) {
          throw new Refusal(20404, `The requested resource ${url.path} was not found`, 404)
        }
        const numbers = find(world, country, type, given)
        const uri = url.query.size > 0 ? `${url.path}?${url.query}` : url.path
        return json(200, { available_phone_numbers: numbers.map(showNumber), uri })
      },
    }),
  )
  return [
    route({
      at: `GET ${base}.json`,
      takes: pageParameters,
      act: ({ account, given, url }) => {
        const size = pageSize(given)
        const start = size * (given.Page ?? 0)
        const shown = countries.slice(start, start + size)
        return json(200, {
          countries: shown.map((country) => showCountry(account.id, country)),
          uri: url.path,
        })
      },
    }),
    route({
      at: `GET ${base}/:CountryCode.json`,
      takes: {},
      act: ({ account, path, url }) => json(200, showCountry(account.id, countryIn(path, url.path))),
    }),
    ...searches,
  ]
}
