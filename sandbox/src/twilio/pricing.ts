import { type Country, countries, findCountry } from './countries.ts'
import { metaPageOf, pageParameters } from './paging.ts'
import { type Prices, prices } from './prices.ts'
import { json, Refusal } from './refusal.ts'
import { type Route, route } from './router.ts'

const origin = 'https://pricing.twilio.com'

/** Every account pays the list price here, so the account's price and the base price are the same. */
const priced = (price: string) => ({ base_price: price, current_price: price })

const byType = (table: Partial<Record<string, string>>) =>
  Object.entries(table).map(([type, price]) => ({ number_type: type, ...priced(price ?? '') }))

/** Carriers are invented: Twilio lists every network of a country, the sandbox one for all. */
const smsOut = (price: string, country: Country) => [
  {
    carrier: `Any network of ${country.name}`,
    mcc: '001',
    mnc: '01',
    prices: ['local', 'mobile', 'toll free'].map((type) => ({ number_type: type, ...priced(price) })),
  },
]

const voiceOut = (table: Prices['voiceOut'], prefixes: (list: readonly string[]) => object) =>
  table.map((row) => ({ ...prefixes(row.prefixes), ...priced(row.price), friendly_name: row.name }))

type Sheet = { path: string; show: (table: Prices, country: Country) => object }

const sheets: readonly Sheet[] = [
  { path: '/v1/PhoneNumbers/Countries', show: ({ numbers }) => ({ phone_number_prices: byType(numbers) }) },
  {
    path: '/v1/Messaging/Countries',
    show: (table, country) => ({
      outbound_sms_prices: smsOut(table.smsOut, country),
      inbound_sms_prices: byType(table.smsIn),
    }),
  },
  {
    path: '/v1/Voice/Countries',
    show: (table) => ({
      outbound_prefix_prices: voiceOut(table.voiceOut, (list) => ({ prefixes: list })),
      inbound_call_prices: byType(table.voiceIn),
    }),
  },
  {
    path: '/v2/Voice/Countries',
    show: (table) => ({
      outbound_prefix_prices: voiceOut(table.voiceOut, (list) => ({
        origination_prefixes: ['ALL'],
        destination_prefixes: list,
      })),
      inbound_call_prices: byType(table.voiceIn),
    }),
  },
]

/** Price lists by country: numbers, messages, calls. */
export function pricingRoutes(): Route[] {
  return sheets.flatMap(({ path: base, show }) => {
    const address = (country: Country) => ({
      country: country.name,
      iso_country: country.code,
      url: `${origin}${base}/${country.code}`,
    })
    return [
      route({
        at: `GET pricing ${base}`,
        takes: pageParameters,
        act: ({ given, url }) =>
          json(
            200,
            metaPageOf({
              key: 'countries',
              items: [...countries],
              idOf: ({ code }) => code,
              show: address,
              asked: given,
              origin,
              ...url,
            }),
          ),
      }),
      route({
        at: `GET pricing ${base}/:IsoCountry`,
        takes: {},
        act: ({ path, url }) => {
          const country = findCountry(path.IsoCountry ?? '')
          const table = country && prices[country.code]
          if (!table) throw new Refusal(20404, `The requested resource ${url.path} was not found`, 404)
          return json(200, { ...address(country), ...show(table, country), price_unit: 'USD' })
        },
      }),
    ]
  })
}
